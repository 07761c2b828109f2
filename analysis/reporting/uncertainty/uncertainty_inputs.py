"""What a study of uncertainty starts from: tables, the year, the units asked for."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.uncertainty.methods.method_space import (
    MethodSpace,
    default_methods,
    read_method_space,
)
from analysis.core.uncertainty.methods.points_choice import usual_methods
from analysis.reporting.inputs import Inputs, Request, read_inputs

NO_METHODS, DEFAULT = "none", "default"


def read_one_year(request: Request, year: int | None) -> Inputs:
    """Read what the study of one year needs; all years of the table come with it.

    ``year`` None is the newest. A table without a column for the year is of
    the year asked for.

    Raises
    ------
    InputError
        With every problem there is.
    """
    asked = replace(request, years="" if year is None else str(year), year=None)
    try:
        return read_inputs(asked)[-1]
    except InputError as error:
        undated = any(found.code == "table-no-year" for found in error.findings)
        if year is None or not undated:
            raise
    return read_inputs(replace(asked, years="", year=year))[-1]


def read_methods(
    word: str, framework: Framework, base: Method, panel: Panel | None = None
) -> MethodSpace:
    """Return what of the method is varied: by ``none``, ``default`` or the path of a file.

    With a panel the default is that of a study of this framework (`usual_methods`);
    without one it is what several frameworks, or methods, can be compared by.
    """
    if word == NO_METHODS:
        return MethodSpace()
    chosen: str | Mapping[str, Any] = word
    if word == DEFAULT:
        usual = default_methods(base)
        chosen = usual if panel is None else usual_methods(panel, framework, base)
    return read_method_space(chosen, framework, base)


def units_of(inputs: Inputs) -> pd.DataFrame:
    """Return what is known of the units assessed in the year studied, by code."""
    rows = inputs.panel.assessed().units
    return rows[rows.index.get_level_values("year") == inputs.years[-1]].droplevel("year")


def tried(read: Callable[[], Any]) -> tuple[Any, InputError | None]:
    """Return what was read, or what was wrong with it: for `gathered`."""
    try:
        return read(), None
    except InputError as error:
        return None, error


def gathered(*parts: tuple[object, InputError | None]) -> None:
    """Raise one `InputError` with the findings of all that failed, each once."""
    problems: dict[str, Finding] = {}
    for _, error in parts:
        if error is not None:
            problems |= {repr(found): found for found in error.findings}
    if problems:
        raise InputError(problems.values())


def units_named(words: Iterable[str], units: pd.DataFrame) -> tuple[str, ...]:
    """Return the codes of units that are named by code or by name.

    Parameters
    ----------
    words : iterable of str
    units : pandas.DataFrame
        Index: codes; ``name``, perhaps ``name_en``.

    Raises
    ------
    InputError
        With every word that is neither a code nor the name of one unit.
    """
    places: dict[str, list[str]] = {}
    for column in ("name", "name_en"):
        for code, name in units.get(column, pd.Series(dtype=object)).items():
            if isinstance(name, str) and name and str(code) not in places.get(name, []):
                places.setdefault(name, []).append(str(code))
    places |= {str(code): [str(code)] for code in units.index}
    found, problems = [], []
    for word in words:
        codes = places.get(word, [])
        if len(codes) == 1:
            found.append(codes[0])
        elif codes:
            told: dict[str, object] = {"name": word, "codes": ", ".join(codes[:5])}
            problems.append(Finding("error", "uncertainty.units_alike", told))
        else:
            near = difflib.get_close_matches(word, places, 3) or [str(u) for u in units.index[:3]]
            told = {"name": word, "near": ", ".join(near)}
            problems.append(Finding("error", "uncertainty.no_unit", told))
    if problems:
        raise InputError(problems)
    return tuple(dict.fromkeys(found))


def units_of_region(region: str, units: pd.DataFrame) -> tuple[str, ...]:
    """Return the codes of a region's units.

    Raises
    ------
    InputError
        If the table has no such region.
    """
    chosen = units.index[units["region"] == region]
    if not len(chosen):
        names = ", ".join(sorted({str(name) for name in units["region"] if name})) or "-"
        raise InputError([Finding("error", "run.no_region", {"name": region, "names": names})])
    return tuple(map(str, chosen))


def first_units(ranks: pd.Series, most: int) -> Sequence[str]:
    """Return the codes of the units with the smallest ranks, at most so many."""
    ordered = ranks.dropna().sort_values(kind="stable")
    return [str(unit) for unit in ordered.index[:most]]
