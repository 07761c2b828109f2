"""In how many draws, and in how many panels, a statement on two rankings holds."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.comparing.measures import GAIN, SHIFT
from analysis.core.comparing.paired import QUANTILES
from analysis.core.uncertainty.draws.intervals import quantiles_of_draws, wilson
from analysis.texts import text

BoolArray = NDArray[np.bool_]
Relation = Literal["<", "<=", "==", ">=", ">"]

RELATIONS: Mapping[str, Callable[[pd.Series, float], pd.Series]] = {
    "<": operator.lt, "<=": operator.le, "==": operator.eq, ">=": operator.ge, ">": operator.gt,
}  # fmt: skip
# Columns that a table over panels may have besides those of `measures`.
EFFECT, CAUSE = "effect:", "cause:"
STEP = 0.05  # correlations are held against bounds in steps of it
DECIMALS = 9


@dataclass(frozen=True)
class Compare:
    """The test that a measure stands in a relation to a bound.

    Measures are rounded to 9 decimals; one that is missing does not pass.
    """

    measure: str
    relation: Relation
    bound: float

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns that it looks at."""
        return (self.measure,)

    def __call__(self, table: pd.DataFrame) -> BoolArray:
        """Return which rows pass."""
        column = table[self.measure].round(DECIMALS)
        return RELATIONS[self.relation](column, self.bound).to_numpy(dtype=bool)


@dataclass(frozen=True)
class Greatest:
    """The test that a measure is greater than all of some others.

    A tie does not pass, and neither does a row in which one is missing.
    """

    measure: str
    others: tuple[str, ...]

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns that it looks at."""
        return (self.measure, *self.others)

    def __call__(self, table: pd.DataFrame) -> BoolArray:
        """Return which rows pass."""
        values = table[list(self.needs)].to_numpy(dtype=np.float64).round(DECIMALS)
        return np.asarray((values[:, :1] > values[:, 1:]).all(axis=1))


@dataclass(frozen=True)
class Statement:
    """Something said of two rankings, and how it is tested on a draw or a panel.

    Attributes
    ----------
    key : str
        Its wording is the text ``firmness.<key>``.
    values : mapping of str to object
        What is put into the wording; codes of regions and the like get their
        labels there.
    test : Compare or Greatest
        On a table of `analysis.core.comparing.measures.measures`, or one with
        the same columns and more.
    """

    key: str
    values: Mapping[str, object]
    test: Compare | Greatest

    def said(self, lang: str, labels: Mapping[str, str] | None = None) -> str:
        """Return the statement in words.

        Parameters
        ----------
        lang : {"zh", "en"}
        labels : mapping of str to str, optional
            Of codes; one that is not there stands as it is.
        """
        known = {} if labels is None else labels
        told = {
            name: known.get(value, value) if isinstance(value, str) else value
            for name, value in self.values.items()
        }
        return text(f"firmness.{self.key}", lang, **told)


def usual_statements(nominal: pd.Series, *, top: int, last: int = 5) -> tuple[Statement, ...]:
    """Return what is said of a pair of rankings, as far as it has been measured.

    Every statement is true of the nominal rankings. Correlations are held
    against the bounds in steps of 0.05 on either side of the one found,
    numbers of units against the number found (no less, no more), the mean
    shift against its whole places, and the gains of regions, of units with
    more of a characteristic, and of those by a cause by their direction or order.

    Parameters
    ----------
    nominal : pandas.Series
        A row of `analysis.core.comparing.measures.measures`, with ``effect:``
        and ``cause:`` columns where there are any.
    top, last : int
        As they were measured.

    Returns
    -------
    tuple of Statement
        Nothing is said of what is missing, or exactly 0 and so without a direction.
    """
    found = nominal.astype("float64").round(DECIMALS)
    made = [*_agreement(found), *_turnover(found, top, last), *_regions(found)]
    for prefix, key in ((GAIN, "gain"), (EFFECT, "effect")):
        for column in _columns(found, prefix):
            name = {"characteristic": column.removeprefix(prefix)}
            made += _direction(found, column, (f"{key}_more", f"{key}_less"), name)
    causes = _columns(found, CAUSE)
    made += _leader(found, causes, CAUSE, "cause_most", "cause")
    return tuple(made)


def firmness(
    statements: Sequence[Statement],
    drawn: pd.DataFrame | None = None,
    panels: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the share of draws and of panels in which each statement holds.

    Parameters
    ----------
    statements : sequence of Statement
    drawn : pandas.DataFrame, optional
        Measures, one row a draw of weights and methods.
    panels : pandas.DataFrame, optional
        Measures of the year in question, one row a panel.

    Returns
    -------
    pandas.DataFrame
        One row a statement: ``key, measure``; ``draws, draws_held, draws_share,
        draws_low, draws_high`` and the same with ``panels``: number of rows,
        of those in which it holds, their share and Wilson's interval of 95%.
        No rows and NaN where there is no such table, or it lacks the measure.

    Notes
    -----
    The share of draws speaks of admissible weights and methods, and its
    interval of the number of draws; the share of panels speaks of the
    generator that they are drawn from, and its interval of the number of panels.
    """
    rows = []
    for statement in statements:
        row: dict[str, object] = {"key": statement.key, "measure": statement.test.needs[0]}
        for name, table in (("draws", drawn), ("panels", panels)):
            many = held = 0
            if table is not None and set(statement.test.needs) <= set(table.columns):
                many, held = len(table), int(statement.test(table).sum())
            low, high = wilson(np.array([held]), many)
            row |= {name: many, f"{name}_held": held}
            row |= {f"{name}_share": held / many if many else math.nan}
            row |= {f"{name}_low": float(low[0]), f"{name}_high": float(high[0])}
        rows.append(row)
    sides = ("", "_held", "_share", "_low", "_high")
    columns = [f"{name}{side}" for name in ("draws", "panels") for side in sides]
    return pd.DataFrame(rows, columns=["key", "measure", *columns])


def spread(nominal: pd.Series, drawn: pd.DataFrame) -> pd.DataFrame:
    """Return each measure as found, and its quantiles over draws or panels.

    Parameters
    ----------
    nominal : pandas.Series
        By measure.
    drawn : pandas.DataFrame
        One row a draw or a panel; columns that ``nominal`` lacks are left out.

    Returns
    -------
    pandas.DataFrame
        Index ``measure``: ``nominal``; ``q05, q25, median, q75, q95``: the
        least value that at least that share of the rows do not exceed (rows
        in which it is missing left out); ``rows``: how many have it.
    """
    names = [name for name in nominal.index if name in drawn.columns]
    values = drawn[names].to_numpy(dtype=np.float64).T.copy()
    there = (~np.isnan(values)).sum(axis=1)
    found = quantiles_of_draws(values, list(QUANTILES.values()))
    table = pd.DataFrame(dict(zip(QUANTILES, found, strict=True)), index=pd.Index(names))
    table.index.name = "measure"
    table.insert(0, "nominal", nominal[names].astype("float64"))
    return table.assign(rows=there)


def _agreement(found: pd.Series) -> list[Statement]:
    made = []
    steps = found["spearman"] / STEP
    if not math.isnan(steps):
        # A bound that is met exactly must not be missed by the error of the division.
        low, high = (
            round(whole * STEP, 2)
            for whole in (math.floor(round(steps, 6)), math.ceil(round(steps, 6)))
        )
        for key, relation, bound in (("least", ">=", low), ("most", "<=", high)):
            if -1 < bound < 1:
                test = Compare("spearman", relation, bound)  # type: ignore[arg-type]
                made.append(Statement(f"spearman_{key}", {"bound": f"{bound:.2f}"}, test))
    places = found["mean_shift"]
    if places >= 1:
        test = Compare("mean_shift", ">=", math.floor(places))
        made.append(Statement("mean_shift_least", {"places": math.floor(places)}, test))
    return made


def _turnover(found: pd.Series, top: int, last: int) -> list[Statement]:
    made = []
    for measure, key, size in (("left_top", "replaced", top), ("left_last", "last", last)):
        if measure not in found or math.isnan(found[measure]):
            continue
        count = int(found[measure])
        told = {"count": count, "size": size}
        if count:
            made.append(Statement(f"{key}_least", told, Compare(measure, ">=", count)))
        made.append(Statement(f"{key}_most", told, Compare(measure, "<=", count)))
    return made


def _regions(found: pd.Series) -> list[Statement]:
    columns = _columns(found, SHIFT)
    made = []
    for column in columns:
        name = {"region": column.removeprefix(SHIFT)}
        made += _direction(found, column, ("region_gains", "region_loses"), name)
    return made + _leader(found, columns, SHIFT, "region_most", "region")


def _direction(
    found: pd.Series, column: str, keys: tuple[str, str], values: Mapping[str, object]
) -> list[Statement]:
    if math.isnan(found[column]) or found[column] == 0:
        return []
    up = found[column] > 0
    return [Statement(keys[0] if up else keys[1], values, Compare(column, ">" if up else "<", 0.0))]


def _leader(
    found: pd.Series, columns: Sequence[str], prefix: str, key: str, name: str
) -> list[Statement]:
    """Return the statement that one of the columns is the greatest, if there is one."""
    known = found[list(columns)].dropna()
    if len(known) < 2:
        return []
    first = str(known.idxmax())
    others = tuple(column for column in columns if column != first)
    if len(known) < len(columns) or not known[first] > known[list(others)].max():
        return []
    return [Statement(key, {name: first.removeprefix(prefix)}, Greatest(first, others))]


def _columns(found: pd.Series, prefix: str) -> list[str]:
    return [str(name) for name in found.index if str(name).startswith(prefix)]
