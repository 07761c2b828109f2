"""Points that a document gives or takes outside the weights: bonus items, deductions, veto."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.core.framework import Framework
    from analysis.core.method import Method

KINDS = ("bonus", "penalty", "veto")
UNRANKED, LOWEST, UNLISTED = "unranked", "lowest", "unlisted"
EFFECTS = (UNRANKED, LOWEST, UNLISTED)  # the gravest first: it is the one that counts
BASES = ("assumed", "document")
NOTHING, OPTIONAL, REFUSE = "nothing", "optional", "refuse"
MISSING = (NOTHING, OPTIONAL, REFUSE)
POINTS = "points"
"""Name of the line of points in the account of a score; no node may be called so."""


@dataclass(frozen=True)
class PointRule:
    """One rule of an `Adjustment`.

    With ``x`` the input of a unit-year, ``p`` the points: ``p = per_unit max(x, 0)``, or
    the points of the highest step that ``x`` reaches; at most ``cap``. A deduction
    counts ``-p``. A veto takes effect where ``x >= at_least``.

    Attributes
    ----------
    id : str
    kind : {"bonus", "penalty", "veto"}
    input : str
        Code of an item of the framework (its value in its own unit, before
        denomination, imputation and treatment), else the name of a numeric
        attribute of the units.
    title_zh, title_en : str
    basis : {"assumed", "document"}
        Whether the size of the points is assumed, or what a document says.
    source_zh, source_en : str
        The document, or what the rule is shaped after.
    per_unit : float
        Points for each unit of the input, positive.
    steps : tuple of (float, float)
        ``(at least, points)``, both rising, in place of ``per_unit``.
    cap : float or None
        Most points of this rule, positive.
    at_least : float
        Of a veto.
    effect : {"unranked", "lowest", "unlisted"}
        Of a veto: no score and no place; the lowest score there is; or score and
        place are kept and marked (`analysis.core.scores.Scores.vetoes`), for
        whoever makes lists to leave the unit out.
    missing : {"nothing", "optional", "refuse"}
        A unit-year without a value of the input: counts as nothing reported,
        with a finding; the same, and nobody need have it (the attribute may be
        absent); or the panel is refused. An imputed value is a missing one.
    """

    id: str
    kind: str
    input: str
    title_zh: str = ""
    title_en: str = ""
    basis: str = "assumed"
    source_zh: str = ""
    source_en: str = ""
    per_unit: float = 0.0
    steps: tuple[tuple[float, float], ...] = ()
    cap: float | None = None
    at_least: float = 1.0
    effect: str = UNLISTED
    missing: str = NOTHING

    def title(self, lang: str) -> str:
        """Return the rule's title in ``lang``, else its id."""
        return (self.title_zh if lang == "zh" else self.title_en) or self.id

    def source(self, lang: str) -> str:
        """Return the rule's source in ``lang``, else in the other language."""
        both = self.source_zh, self.source_en
        return both[lang != "zh"] or both[lang == "zh"]


@dataclass(frozen=True)
class Adjustment:
    """Bonus items, deductions and vetoes that are counted outside the weights.

    The index becomes ``s + f (min(bonuses, cap) + max(-deductions, floor))``, with
    ``f`` the width of the scale of the index over that of ``scale`` (see
    `analysis.core.adjust_scale.on_scale`). No other node changes. None by default.

    Attributes
    ----------
    rules : tuple of PointRule
    cap : float or None
        Most points that bonuses add in all, 0 or more.
    floor : float or None
        Fewest points that deductions leave in all, 0 or less.
    outside : tuple of str
        Nodes taken out of the weights, which go to their siblings in proportion
        (`analysis.core.rebuild.dropped`): they count by points alone.
    scale : (float, float) or None
        Ends of the scale on which the points are stated; None: that of the index,
        whatever it is. A method file that does not say has the ends of its own
        normalisation.
    framework : str
        Name of the framework that it is for, and to no other is it applied;
        empty: any.
    """

    rules: tuple[PointRule, ...] = ()
    cap: float | None = None
    floor: float | None = None
    outside: tuple[str, ...] = ()
    scale: tuple[float, float] | None = None
    framework: str = ""

    @property
    def active(self) -> bool:
        """Whether it changes anything."""
        return bool(self.rules or self.outside)


NO_ADJUSTMENT = Adjustment()


def in_force(method: Method, framework: Framework) -> Adjustment:
    """Return the adjustment of a method as far as it is for a framework, else none."""
    given = method.adjustment
    return given if given.framework in ("", framework.name) else NO_ADJUSTMENT
