"""How firm decisions are: last fives and candidates for exit over draws of weights and methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.comparing.firmness import Compare, Statement
from analysis.core.comparing.measures import last_of_region, places_in_both
from analysis.core.comparing.paired import PairedDraws
from analysis.core.uncertainty.draws.intervals import wilson
from analysis.zones.decisions import CANDIDATES, SIDES, STATUSES
from analysis.zones.management import RULE_2016, RULE_2021, Rule

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class CandidateDraws:
    """Candidates for exit under both editions, draw by draw.

    Attributes
    ----------
    units : pandas.DataFrame
        One row a year and unit that is a candidate in some draw or nominally:
        ``year, unit, region``; bool ``old, new`` (nominally); for each side
        ``p_old, p_old_low, p_old_high`` and ``p_new ...`` (share of the draws
        with Wilson's interval of 95%); ``p_only_old, p_only_new`` (under one
        edition and not the other). By year, region and unit.
    counts : pandas.DataFrame
        ``year, draw, candidates_both, candidates_old, candidates_new``: how
        many are candidates under both editions, and under one only.
    nominal : pandas.DataFrame
        The same without draws, index ``year``.
    """

    units: pd.DataFrame
    counts: pd.DataFrame
    nominal: pd.DataFrame


def candidate_draws(
    paired: Mapping[int, PairedDraws],
    old_rule: Rule = RULE_2016,
    new_rule: Rule = RULE_2021,
) -> CandidateDraws:
    """Run the rule of each edition over the years, draw by draw.

    Parameters
    ----------
    paired : mapping of int to PairedDraws
        By year: as many draws of the same studies' settings and seed, so that
        draw ``d`` has the same weights and choices in every year. Only units
        with a score under both editions are ranked.
    old_rule, new_rule : Rule

    Returns
    -------
    CandidateDraws
        As `analysis.zones.management.candidates` finds them in each draw.

    Raises
    ------
    ValueError
        If the numbers of draws differ, or a rule counts assessed years, or
        leaves small groups or ties out, which is not done over draws.
    """
    years = sorted(paired)
    if len({paired[year].draws for year in years}) != 1:
        raise ValueError("the years need the same number of draws, and at least one year")
    for rule in (old_rule, new_rule):
        if (rule.years_count, rule.small_groups, rule.ties) != ("calendar", "all", "all"):
            raise ValueError("draws take rules of calendar years, all groups and all ties")
    units = sorted({unit for year in years for unit in paired[year].units})
    drawn, plain = [], []
    for side, rule in zip(SIDES, (old_rule, new_rule), strict=True):
        last = np.stack([_last(paired[year], side, rule, units) for year in years])
        flags = candidate_flags(last, years, rule)
        drawn.append(flags[:, 1:])
        plain.append(flags[:, :1])
    counts, nominal = [], []
    for at, year in enumerate(years):
        counts.append(_counts(drawn[0][at], drawn[1][at]).assign(year=year))
        nominal.append(_counts(plain[0][at], plain[1][at]).assign(year=year))
    names = [f"{CANDIDATES}{status}" for status in STATUSES]
    table = pd.concat(counts).rename_axis("draw").reset_index()
    return CandidateDraws(
        units=_units(paired, years, units, drawn, plain),
        counts=table[["year", "draw", *names]],
        nominal=pd.concat(nominal).set_index("year")[names],
    )


def candidate_flags(last: BoolArray, years: Sequence[int], rule: Rule) -> BoolArray:
    """Return who is a candidate when.

    Parameters
    ----------
    last : ndarray of bool, shape (years, ...)
        Who is among the last.
    years : sequence of int
        Calendar years, ascending; one that is not there breaks no window but counts for nobody.
    rule : Rule

    Returns
    -------
    ndarray of bool, same shape
        Among the last in the year, and ``times`` within the ``window`` that ends with it.
    """
    flags = np.zeros_like(last)
    for at, year in enumerate(years):
        within = [i for i in range(at + 1) if years[i] > year - rule.window]
        flags[at] = last[at] & (last[within].sum(axis=0) >= rule.times)
    return flags


def candidate_statements(nominal: pd.Series) -> tuple[Statement, ...]:
    """Return what is said of the candidates of a year under the two editions.

    Parameters
    ----------
    nominal : pandas.Series
        ``candidates_both, candidates_old, candidates_new``.

    Returns
    -------
    tuple of Statement
        That at least, and at most, as many as found are candidates under one
        edition only; for tables that have these columns (`CandidateDraws.counts`
        of a year, the table over panels).
    """
    made = []
    for side in SIDES:
        measure = f"{CANDIDATES}{side}"
        count = int(nominal[measure])
        if count:
            test = Compare(measure, ">=", count)
            made.append(Statement(f"{measure}_least", {"count": count}, test))
        made.append(Statement(f"{measure}_most", {"count": count}, Compare(measure, "<=", count)))
    return tuple(made)


def _last(paired: PairedDraws, side: str, rule: Rule, units: Sequence[str]) -> BoolArray:
    """Return who is among the last: nominally in the first row, then in every draw."""
    scores = [
        np.vstack([nominal[None, :], drawn])
        for nominal, drawn in (
            (paired.nominal_old, paired.old),
            (paired.nominal_new, paired.new),
        )
    ]
    places = places_in_both(scores[0], scores[1])
    own = places.old if side == "old" else places.new
    regions = np.array(paired.regions, dtype=object)
    among = last_of_region(own, regions, rule.last, whole=rule.scope == "national")
    found = np.zeros((len(own), len(units)), dtype=bool)
    found[:, np.searchsorted(np.array(units), np.array(paired.units))] = among
    return found


def _counts(old: BoolArray, new: BoolArray) -> pd.DataFrame:
    sides = {"both": old & new, "old": old & ~new, "new": new & ~old}
    return pd.DataFrame({f"{CANDIDATES}{name}": who.sum(axis=1) for name, who in sides.items()})


def _units(
    paired: Mapping[int, PairedDraws],
    years: Sequence[int],
    units: Sequence[str],
    drawn: Sequence[BoolArray],
    plain: Sequence[BoolArray],
) -> pd.DataFrame:
    parts = []
    for at, year in enumerate(years):
        old, new = drawn[0][at], drawn[1][at]
        many = len(old)
        regions = dict(zip(paired[year].units, paired[year].regions, strict=True))
        table = pd.DataFrame({"year": year, "unit": list(units)})
        table["region"] = table["unit"].map(regions).fillna("").astype("object")
        for name, side in zip(SIDES, plain, strict=True):
            table[name] = side[at][0]
        for name, who in zip(SIDES, (old, new), strict=True):
            table[f"p_{name}"] = who.mean(axis=0)
            low, high = wilson(who.sum(axis=0), many)
            table = table.assign(**{f"p_{name}_low": low, f"p_{name}_high": high})
        table["p_only_old"] = (old & ~new).mean(axis=0)
        table["p_only_new"] = (new & ~old).mean(axis=0)
        some = table["old"] | table["new"] | (table["p_old"] > 0) | (table["p_new"] > 0)
        parts.append(table[some])
    whole = pd.concat(parts, ignore_index=True)
    return whole.sort_values(["year", "region", "unit"], ignore_index=True, kind="stable")
