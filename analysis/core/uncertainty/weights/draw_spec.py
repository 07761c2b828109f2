"""How weights are drawn: a distribution, and the admissible weights it lives on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.texts import text

Kind = Literal["nominal", "dirichlet", "band", "uniform"]


@dataclass(frozen=True, eq=False)
class WeightDraws:
    """How weights are drawn.

    Attributes
    ----------
    kind : {"nominal", "dirichlet", "band", "uniform"}
        ``nominal``: never any others. ``dirichlet``: within each block of
        ``space`` from a Dirichlet distribution whose mean is the nominal
        weights. ``band``: each weight evenly between its bounds, then moved
        until the block's sum is right. ``uniform``: every admissible set of
        weights is equally likely.
    concentration : float
        Of the Dirichlet distribution: the higher, the nearer to the nominal weights.
    band : float
        Width of the band: bounds are ``1 - band`` and ``1 + band`` times nominal.
    space : WeightSpace, optional
        Admissible weights; None stands for those of the kind in the framework
        at hand (`analysis.core.uncertainty.weights.sample_weights.space_of`).
    source : str
        File that it was read from.
    """

    kind: Kind
    concentration: float = 1.0
    band: float = 0.5
    space: WeightSpace | None = None
    source: str = ""

    @property
    def name(self) -> str:
        """Word by which a command asks for it, or the name of the file."""
        if self.source:
            return self.source
        if self.kind == "dirichlet":
            return f"dirichlet:{self.concentration:g}"
        return f"band:{self.band:g}" if self.kind == "band" else self.kind

    @property
    def admissible_set(self) -> WeightSpace:
        """The polytope that the draws come from.

        Raises
        ------
        ValueError
            If the specification was made without one.
        """
        if self.space is None:
            raise ValueError("made without a framework: use weight_draws(word, framework)")
        return self.space

    @property
    def chained(self) -> bool:
        """Whether draws come from chains (hit-and-run), not each independently of the others."""
        return self.kind == "uniform" and self.space is not None and not self.space.separable

    def describe(self, lang: str) -> str:
        """Return in a sentence how weights are drawn."""
        told = {"concentration": f"{self.concentration:g}", "band": f"{self.band * 100:g}"}
        kind: str = "chained" if self.chained else self.kind
        if self.source and self.kind == "band":
            kind = "bounds"
        if kind in ("dirichlet", "band") and self.space is not None and len(self.space.total) == 1:
            kind = f"{kind}_whole"
        said = text(f"weight_draws.{kind}", lang, **told)
        return text("weight_draws.file", lang, said=said, file=self.source) if self.source else said
