"""Why a unit moved: its shift of score and rank between two frameworks, split into causes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.core.account_shapley import all_orders
from analysis.core.change import Edition, only_year, year_by_year
from analysis.core.comparing.crosswalk import Crosswalk
from analysis.core.comparing.hybrid import CAUSES, Hybrid, hybrid
from analysis.core.comparing.union import unite
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.rank import rank_scores, round_scores
from analysis.core.score import score

__all__ = ["CAUSES", "Attribution", "attribute", "summarise_causes"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Attribution:
    """Shifts of score and rank, and what each cause has in them.

    Attributes
    ----------
    table : pandas.DataFrame
        ``unit, score_old, score_new, score_shift, score_groups, score_items,
        score_weights, score_normalisation, rank_old, rank_new, rank_shift,
        rank_groups, rank_items, rank_weights, rank_normalisation``; sorted by
        unit. Scores are standardised (mean 0 and standard deviation 1 over
        these units), ranks (Int64) are among them; ``rank_shift`` is
        ``rank_old - rank_new``: positive is places won. The four parts sum to
        the shift.
    hybrids : pandas.DataFrame
        16 rows, from none to all switched: ``hybrid`` (the causes switched to
        the new edition, joined by ``+``; ``""`` for none), ``groups, items,
        weights, normalisation`` (bool), ``emptied`` (groups without items in
        use, their codes joined by a space), ``emptied_weight`` (their weight
        in the index, which went to the others in proportion), ``brought``
        and ``brought_weight`` (groups that items without a place brought
        along, and the weight used for them), ``spearman_old`` and
        ``spearman_new`` (with the scores of the two editions).
    group_weights : pandas.DataFrame
        ``hybrid``, then a row a group as in `Hybrid.groups`: where the weight
        of every emptied group went.
    left_out : pandas.DataFrame
        ``unit, scored_old, scored_new, hybrids``: units that take no part,
        since they have no score in some hybrid, and in how many of the 16.
    """

    table: pd.DataFrame
    hybrids: pd.DataFrame
    group_weights: pd.DataFrame
    left_out: pd.DataFrame


def attribute(
    panel_old: Panel,
    panel_new: Panel,
    old: Framework,
    new: Framework,
    method_old: Method,
    method_new: Method,
    year: int,
    crosswalk: Crosswalk,
) -> Attribution:
    """Split the shift of each unit between two frameworks into its causes.

    ``v(S)`` is a unit's score (or its rank, taken negative) in the hybrid that
    takes the causes in ``S`` from the new edition and the others from the old
    (`analysis.core.comparing.hybrid.hybrid` says what each is). Each cause has
    in the shift ``v(all) - v(none)`` its Shapley value: what it adds, as a
    mean over the 24 orders in which the four can be switched. The parts sum
    to the shift, and the two editions swapped negate them.

    Parameters
    ----------
    panel_old, panel_new : Panel
        The items of each edition, for the same units.
    old, new : Framework
    method_old, method_new : Method
    year : int
    crosswalk : Crosswalk

    Returns
    -------
    Attribution
        Over the units that have a score in all 16 hybrids. Values may be
        missing as far as the methods allow. Scores that are the same for all
        units are standardised to 0.

    Raises
    ------
    InputError
        If the panels do not assess the same units, the crosswalk does not fit
        the frameworks, a method takes weights as they are given, a hybrid
        cannot be scored (it is named), or no unit has a score in all.

    Notes
    -----
    Frameworks may be of any depth: groups are the children of the index, and
    the nodes within a group stay as long as it is the group of a hybrid, items
    of the other edition hanging under the node that the crosswalk names. An
    index straight above its items is one group. In a group with nodes of its
    own an item's weight is taken through them (`Union.relative`): an item
    dropped leaves its weight to the whole group, not to its node alone, and
    where an edition does the latter, the difference counts as one of weights.

    References
    ----------
    Shapley, L. S. (1953), A value for n-person games, in Kuhn, H. W., Tucker,
    A. W. (eds), Contributions to the Theory of Games II, Princeton.
    """
    editions = (Edition(panel_old, old, method_old), Edition(panel_new, new, method_new))
    units = _same_units(editions, year)
    union = unite(old, new, crosswalk)
    switches = [set(chosen) for size in range(5) for chosen in combinations(CAUSES, size)]
    made = {_name(switched): hybrid(editions, union, switched) for switched in switches}
    raw = _scored(made, year, units)
    missing = raw.isna()
    out = missing.any(axis=1)
    if out.all():
        empty = [name or "old" for name in made if missing[name].all()]
        told = {"year": year, "hybrids": ", ".join(empty[:4]) or "-"}
        raise InputError([Finding("error", "attribution.nobody", told)])
    raw = raw[~out]
    standard = raw.apply(lambda column: _standardised(column.to_numpy()), result_type="broadcast")
    ranks = pd.DataFrame(
        {
            name: rank_scores(raw[name].to_numpy(), one.edition.method.ranking.decimals)
            for name, one in made.items()
        },
        index=raw.index,
    )
    table = pd.DataFrame({"unit": pd.Series(raw.index, dtype="str")})
    everything = _name(set(CAUSES))
    for what, worth, sign in (("score", standard, 1.0), ("rank", ranks, -1.0)):
        parts = _shapley(sign * worth)
        table[f"{what}_old"], table[f"{what}_new"] = worth[""].array, worth[everything].array
        table[f"{what}_shift"] = sign * (table[f"{what}_new"] - table[f"{what}_old"])
        for place, cause in enumerate(CAUSES):
            table[f"{what}_{cause}"] = parts[:, place]
    whole = ["rank_old", "rank_new", "rank_shift"]
    table[whole] = table[whole].astype("Int64")
    groups = [made[name].groups.assign(hybrid=name) for name in made]
    weights = pd.concat(groups, ignore_index=True)
    left = missing[out]
    return Attribution(
        table=table,
        hybrids=_hybrids(made, standard),
        group_weights=weights[["hybrid", *weights.columns.drop("hybrid")]],
        left_out=pd.DataFrame(
            {
                "unit": pd.Series(left.index, dtype="str"),
                "scored_old": ~left[""].to_numpy(),
                "scored_new": ~left[everything].to_numpy(),
                "hybrids": left.sum(axis=1).to_numpy(),
            }
        ),
    )


def summarise_causes(table: pd.DataFrame) -> pd.DataFrame:
    """Return how much each cause has in the shifts of all units.

    Parameters
    ----------
    table : pandas.DataFrame
        As in `Attribution.table`, or some of its rows.

    Returns
    -------
    pandas.DataFrame
        ``cause``; ``score_mean`` and ``rank_mean``: mean absolute part;
        ``score_share`` and ``rank_share``: that over its sum over the causes
        (NaN where nothing moves); ``largest``: the number of units of whose
        shift of rank the cause has the largest absolute part (rounded to 9
        decimals; ties count for the first).
    """
    rows = pd.DataFrame({"cause": list(CAUSES)})
    for what in ("score", "rank"):
        parts = table[[f"{what}_{cause}" for cause in CAUSES]].to_numpy(dtype=np.float64)
        mean = np.abs(parts).mean(axis=0) if len(parts) else np.full(len(CAUSES), np.nan)
        rows[f"{what}_mean"] = mean
        rows[f"{what}_share"] = mean / mean.sum() if mean.sum() > 0 else np.nan
    size = np.abs(parts).round(9)
    moved = size.max(axis=1, initial=0.0) > 0
    rows["largest"] = np.bincount(size[moved].argmax(axis=1), minlength=len(CAUSES))
    return rows


def _name(switched: set[str]) -> str:
    return "+".join(cause for cause in CAUSES if cause in switched)


def _same_units(editions: tuple[Edition, Edition], year: int) -> pd.Index:
    """Return the units of the year."""
    found = []
    problems = []
    for edition in editions:
        index = only_year(edition.panel.assessed(), year).values.index
        found.append(index.get_level_values("unit"))
        if not edition.method.weighting.rescale:
            told: dict[str, object] = {"method": edition.method.name}
            problems.append(Finding("error", "attribution.as_given", told))
    different = found[0].symmetric_difference(found[1])
    if len(different):
        named = ", ".join(different[:5]) + (" …" if len(different) > 5 else "")
        told = {"year": year, "count": len(different), "units": named}
        problems.append(Finding("error", "attribution.units", told, year=year))
    if not len(found[0]):
        problems.append(Finding("error", "attribution.no_units", {"year": year}, year=year))
    if problems:
        raise InputError(problems)
    return found[0]


def _scored(made: Mapping[str, Hybrid], year: int, units: pd.Index) -> pd.DataFrame:
    """Return the index of every hybrid, one column each, and NaN where there is no score.

    Hybrids that are the same, since a cause does not differ, are scored once.
    """
    columns: dict[str, FloatArray] = {}
    for name, one in made.items():
        alike = next((done for done in columns if _same(one.edition, made[done].edition)), None)
        columns[name] = _index(name, one.edition, year, units) if alike is None else columns[alike]
    return pd.DataFrame(columns, index=units)


def _same(one: Edition, other: Edition) -> bool:
    return (
        one.panel is other.panel
        and one.method is other.method
        and one.framework.weight_sets == other.framework.weight_sets
        and one.framework.nodes.equals(other.framework.nodes)
    )


def _index(name: str, edition: Edition, year: int, units: pd.Index) -> FloatArray:
    alone = year_by_year(edition.method)
    panel = only_year(edition.panel, year) if alone else edition.panel
    try:
        scores = score(panel, edition.framework, edition.method)
    except InputError as error:
        told = {"hybrid": name.replace("+", ", ") or "-"}
        first = Finding("error", "attribution.hybrid", told)
        raise InputError([first, *error.findings]) from error
    root = scores.in_year(year)[edition.framework.root]
    return root.reindex(units).to_numpy(dtype=np.float64)


def _standardised(scores: FloatArray) -> FloatArray:
    """Return scores with mean 0 and (population) standard deviation 1; 0 where all are the same."""
    rounded = round_scores(scores, 9)
    if rounded.min() == rounded.max():
        return np.zeros(len(scores))
    centred = scores - scores.mean()
    result: FloatArray = centred / centred.std()
    return result


def _shapley(worth: pd.DataFrame) -> FloatArray:
    def of(moved: NDArray[np.bool_]) -> FloatArray:
        name = "+".join(cause for cause, on in zip(CAUSES, moved, strict=True) if on)
        return worth[name].to_numpy(dtype=np.float64)

    return all_orders(of, len(CAUSES))


def _hybrids(made: Mapping[str, Hybrid], scores: pd.DataFrame) -> pd.DataFrame:
    rows = []
    names = list(made)
    for name, one in made.items():
        groups = one.groups
        emptied = groups[(groups["items"] == 0) & (groups["weight"] > 0)]
        brought = groups[groups["brought"]]
        rows.append(
            {
                "hybrid": name,
                **{cause: cause in name.split("+") for cause in CAUSES},
                "emptied": " ".join(emptied["group"]),
                "emptied_weight": emptied["weight"].sum(),
                "brought": " ".join(brought["group"]),
                "brought_weight": brought["weight_used"].sum(),
                "spearman_old": _spearman(scores[name], scores[names[0]]),
                "spearman_new": _spearman(scores[name], scores[names[-1]]),
            }
        )
    return pd.DataFrame(rows)


def _spearman(a: pd.Series, b: pd.Series) -> float:
    x, y = round_scores(a.to_numpy(), 9), round_scores(b.to_numpy(), 9)
    if len(x) < 2 or (x == x[0]).all() or (y == y[0]).all():
        return float("nan")
    return float(stats.spearmanr(x, y).statistic)
