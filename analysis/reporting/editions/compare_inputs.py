"""What a comparison of two frameworks starts from: one table of values, read for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pandas as pd

from analysis.core.catalogue import default_panel, find_framework
from analysis.core.comparing.crosswalk import (
    Crosswalk,
    find_crosswalk,
    match_by_code,
    read_crosswalk,
)
from analysis.core.findings import Finding, InputError
from analysis.core.panel import Panel
from analysis.reporting.inputs import Inputs, Request, editions, parse_years, read_inputs
from analysis.reporting.uncertainty.uncertainty_inputs import gathered, tried
from analysis.texts import spans

BY_CODE = "codes"


@dataclass(frozen=True, eq=False)
class Pair:
    """Two frameworks with the same unit-years of one table.

    Attributes
    ----------
    old, new : Inputs
        Their panels hold the same unit-years.
    years : tuple of int
        Those asked for, ascending; all that both readings have where none were.
    crosswalk : Crosswalk
    crosswalk_from : str
        ``file``, ``shipped`` or ``codes``: where it comes from.
    crosswalk_file : pathlib.Path or None
        Of one's own.
    dropped : int
        Unit-years that only one of the two readings has; they take no part.
    demonstration : bool
        Whether this is the ministry's two editions, each by its own method, on the
        demonstration panel: then there are panels drawn from its generator too.
    years_named : bool
        Whether the user named the years; else those that cannot be compared are left out.
    """

    old: Inputs
    new: Inputs
    years: tuple[int, ...]
    crosswalk: Crosswalk
    crosswalk_from: str
    crosswalk_file: Path | None
    dropped: int
    demonstration: bool = False
    years_named: bool = True

    @property
    def sides(self) -> tuple[Inputs, Inputs]:
        """The old and the new."""
        return self.old, self.new

    @property
    def synthetic(self) -> bool:
        """Whether the values are made up."""
        return self.old.panel.synthetic or self.new.panel.synthetic


def read_pair(
    request: Request, frameworks: Sequence[str], methods: Sequence[str], crosswalk: str = ""
) -> Pair:
    """Read a table for two frameworks, and the crosswalk between them.

    Parameters
    ----------
    request : Request
        Its ``framework`` and ``method`` are not looked at; ``years`` empty stands
        for all that the table has.
    frameworks : sequence of str
        The old and the new, by name or path; empty: the ministry's two editions.
    methods : sequence of str
        None (each framework's own), one for both, or one each.
    crosswalk : str
        A file; ``codes`` to match items by their codes; empty: the one that is
        shipped for the two, else by codes.

    Returns
    -------
    Pair

    Raises
    ------
    InputError
        With every problem there is.
    """
    asked = tuple(frameworks) or editions()[-2:]
    problems = []
    if len(asked) != 2:
        told: dict[str, object] = {"count": len(asked), "names": ", ".join(asked)}
        problems.append(Finding("error", "compare.frameworks", told))
    if len(methods) > 2:
        told = {"count": len(methods), "names": ", ".join(methods)}
        problems.append(Finding("error", "compare.methods", told))
    if problems:
        raise InputError(problems)
    gathered(*(tried(partial(find_framework, name)) for name in asked))
    chosen = (tuple(methods) or ("",)) * (2 if len(methods) < 2 else 1)
    wanted = parse_years(request.years) if request.years else ()
    whole = replace(request, years="", panel=request.panel or _own_panel(asked))
    read = [
        tried(partial(_read, replace(whole, framework=name, method=method)))
        for name, method in zip(asked, chosen, strict=True)
    ]
    gathered(*read)
    old, new = (inputs for inputs, _ in read)
    named = dict.fromkeys(side.method.name for side in (old, new) if side.method.adjustment.active)
    if named:
        raise InputError([Finding("error", "compare.points", {"methods": ", ".join(named)})])
    old, new, dropped = _same_rows(old, new)
    years = _years(wanted, old, new)
    found, where, file = _crosswalk(crosswalk, old, new)
    sides = [replace(side, years=years) for side in (old, new)]
    shipped = (
        asked == editions()[-2:] and where == "shipped" and not (request.panel or any(methods))
    )
    return Pair(sides[0], sides[1], years, found, where, file, dropped, shipped, bool(wanted))


def _read(request: Request) -> Inputs:
    return read_inputs(request, all_years=True)[0]


def _own_panel(frameworks: Sequence[str]) -> str:
    """Return the table of values that either framework has of its own, if there is but one."""
    names = [find_framework(name).name for name in frameworks]
    own = {name: path for name in names if (path := default_panel(name)) is not None}
    if len(set(own.values())) > 1:
        told: dict[str, object] = {"names": ", ".join(own)}
        raise InputError([Finding("error", "compare.panels", told)])
    return str(next(iter(own.values()), ""))


def _same_rows(old: Inputs, new: Inputs) -> tuple[Inputs, Inputs, int]:
    """Return both with the unit-years that either has, and how many only one has."""
    indexes = old.panel.values.index, new.panel.values.index
    if indexes[0].equals(indexes[1]):
        return old, new, 0
    both = indexes[0].intersection(indexes[1])
    dropped = len(indexes[0].union(indexes[1])) - len(both)
    sides = [replace(side, panel=_rows(side.panel, both)) for side in (old, new)]
    return sides[0], sides[1], dropped


def _rows(panel: Panel, index: pd.Index) -> Panel:
    keep = panel.values.index.isin(index)
    imputed = None if panel.imputed is None else panel.imputed[keep]
    return replace(panel, values=panel.values[keep], units=panel.units[keep], imputed=imputed)


def _years(wanted: tuple[int, ...], old: Inputs, new: Inputs) -> tuple[int, ...]:
    known = tuple(year for year in old.panel.years if year in new.panel.years)
    if not known:
        raise InputError([Finding("error", "run.nothing")])
    missing = [year for year in wanted if year not in known]
    if missing:
        values: dict[str, object] = {"years": spans(missing), "known": spans(known)}
        raise InputError([Finding("error", "run.no_year", values)])
    return wanted or known


def _crosswalk(word: str, old: Inputs, new: Inputs) -> tuple[Crosswalk, str, Path | None]:
    if word and word != BY_CODE:
        return read_crosswalk(word, old.framework, new.framework), "file", Path(word)
    shipped = None if word else find_crosswalk(old.framework, new.framework)
    if shipped is not None:
        return shipped, "shipped", None
    return match_by_code(old.framework, new.framework), BY_CODE, None
