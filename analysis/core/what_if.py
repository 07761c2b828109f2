"""What if: other weights, fewer items, another step of the method; what it does to the ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.rank import rank_scores
from analysis.core.rebuild import rebuild
from analysis.core.score import score
from analysis.core.scores import Scores

SHIFT_COLUMNS = (
    "case", "unit", "score", "rank", "score_then", "rank_then", "score_shift", "rank_shift",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class WhatIf:
    """Scores and ranks of a node as they are, and as they would be.

    Attributes
    ----------
    shifts : pandas.DataFrame
        ``case, unit, score, rank, score_then, rank_then, score_shift,
        rank_shift``, cases in the order given, units sorted. Ranks are Int64;
        ``rank_shift`` is ``rank - rank_then``: positive is places won. Empty
        where a unit has no score in one of the two.
    summary : pandas.DataFrame
        One row a case: see `summarise`.
    refused : tuple of (str, InputError)
        Cases that cannot be scored, and why; they are in neither table.
    """

    shifts: pd.DataFrame
    summary: pd.DataFrame
    refused: tuple[tuple[str, InputError], ...] = ()


def with_weights(
    scores: Scores,
    year: int,
    cases: Mapping[str, Mapping[str, float] | pd.Series],
    *,
    node: str | None = None,
    top: int = 10,
) -> WhatIf:
    """Return what other weights do, the steps before aggregation as they are.

    Parameters
    ----------
    scores : Scores
        Treated and normalised items are taken from here, not computed anew.
    year : int
    cases : mapping of str to mapping
        New weights of some nodes by case, ``{"doubled": {"a": 2.0}}``; the
        others keep theirs among siblings (as fractions of 1). Weights need
        not sum to one. They hold for all units alike, weight sets included.
    node : str, optional
        The node whose scores are compared; by default the index.
    top : int
        Best places whose keeping is counted.

    Returns
    -------
    WhatIf

    Raises
    ------
    ValueError
        If a weight is negative or no number, or a code is not in the framework.
    """
    framework = scores.framework
    nominal = framework.weights()
    tables = {}
    for case, changed in cases.items():
        new = pd.Series(dict(changed), dtype=np.float64)
        if not set(new.index) <= set(nominal.index) or not (new >= 0).all():
            raise ValueError(f"weights of case {case!r} must name nodes and be 0 or more")
        weights = nominal.copy()
        weights.update(new)
        tables[case] = rebuild(scores, year, framework=_weighted(framework, weights))
    return _compare(scores, year, tables, node or framework.root, top)


def without(
    scores: Scores,
    year: int,
    nodes: Sequence[str] | None = None,
    *,
    level: int = 1,
    node: str | None = None,
    top: int = 10,
) -> WhatIf:
    """Return what leaving out each item or group does, one at a time.

    The weight of the node becomes 0 and the others of its parent share in
    proportion; a group left with nothing goes too. The steps before
    aggregation are as they are. Weight sets hold as before.

    Parameters
    ----------
    scores : Scores
    year : int
    nodes : sequence of str, optional
        Nodes to leave out, a case each; by default all of ``level``.
    level : int
        1 is the items.
    node : str, optional
        The node whose scores are compared; by default the index. Nodes that
        are not below it make no case.
    top : int

    Returns
    -------
    WhatIf
        Cases are the nodes left out. Rules that look at no weights (see
        `analysis.core.aggregations`) may still see the node.

    Notes
    -----
    The counterpart of COINr's ``remove_elements``.
    """
    framework = scores.framework
    node = node or framework.root
    chosen = [c for c in framework.nodes.index if framework.level(c) == level]
    chosen = list(nodes) if nodes is not None else chosen
    tables = {}
    for code in chosen:
        if code != node and _is_below(framework, code, node):
            tables[code] = rebuild(scores, year, framework=_dropped(framework, code))
    return _compare(scores, year, tables, node, top)


def with_methods(
    panel: Panel,
    framework: Framework,
    method: Method,
    year: int,
    cases: Mapping[str, Method],
    *,
    node: str | None = None,
    top: int = 10,
    base: Scores | None = None,
) -> WhatIf:
    """Return what other methods do: any step swapped, all of them scored.

    A case that differs from ``method`` in aggregation or missing values alone
    is formed from the normalised items at hand.

    Parameters
    ----------
    panel : Panel
    framework : Framework
    method : Method
    year : int
    cases : mapping of str to Method
        ``{"z": dataclasses.replace(method, normalisation=Normalisation("zscore"))}``
    node : str, optional
    top : int
    base : Scores, optional
        ``score(panel, framework, method)`` where it is at hand.

    Returns
    -------
    WhatIf
    """
    base = score(panel, framework, method) if base is None else base
    tables: dict[str, pd.DataFrame] = {}
    refused = []
    for case, other in cases.items():
        try:
            tables[case] = (
                rebuild(base, year, method=other)
                if upstream(other) == upstream(method)
                else score(panel, framework, other).in_year(year)
            )
        except InputError as problem:
            refused.append((case, problem))
    found = _compare(base, year, tables, node or framework.root, top)
    return WhatIf(found.shifts, found.summary, tuple(refused))


def upstream(method: Method) -> dict[str, object]:
    """Return the steps of a method that come before aggregation, weighting included."""
    later = {"name", "title_zh", "title_en", "note_zh", "note_en"}
    later |= {"aggregation", "missing", "ranking"}
    return {key: value for key, value in vars(method).items() if key not in later}


def compare(
    cases: Mapping[str, pd.Series], base: str, *, top: int = 10, decimals: int = 9
) -> WhatIf:
    """Return how the ranks of several indices differ from those of one of them.

    Parameters
    ----------
    cases : mapping of str to pandas.Series
        Scores by unit, of any scale, the higher the better. Units need not be
        the same: ranks are among the units of each.
    base : str
        The case with which the others are compared.
    top, decimals : int

    Returns
    -------
    WhatIf
        A case for each but the base; score shifts only mean something on one scale.

    Notes
    -----
    The counterpart of COINr's ``compare_coins`` and ``compare_coins_multi``.
    """
    before = cases[base]
    parts = []
    for case, after in cases.items():
        if case == base:
            continue
        units = before.index.union(after.index).sort_values()
        old, new = before.reindex(units), after.reindex(units)
        ranks = rank_scores(np.vstack([old, new]).astype(np.float64), decimals)
        part = pd.DataFrame({"case": case, "unit": units})
        part["score"], part["score_then"] = old.to_numpy(), new.to_numpy()
        part["rank"] = pd.array(ranks[0], dtype="Int64")
        part["rank_then"] = pd.array(ranks[1], dtype="Int64")
        part["score_shift"] = part["score_then"] - part["score"]
        part["rank_shift"] = part["rank"] - part["rank_then"]
        parts.append(part)
    shifts = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=SHIFT_COLUMNS)
    shifts = shifts[list(SHIFT_COLUMNS)]
    return WhatIf(shifts, summarise(shifts, top))


def summarise(shifts: pd.DataFrame, top: int = 10) -> pd.DataFrame:
    """Return one row a case on how far the ranks move.

    Parameters
    ----------
    shifts : pandas.DataFrame
        As in `WhatIf`.
    top : int

    Returns
    -------
    pandas.DataFrame
        ``case``; ``units`` ranked in both; ``mean_shift`` and ``max_shift`` of
        the absolute rank shift; ``moved``: share of the units whose rank
        changes; ``top_kept``: share of the units of rank ``top`` or better
        that stay so; ``spearman`` and ``kendall`` (tau-b) of the two sets of scores,
        rounded to 9 decimals (NaN for fewer than 2 units or where all score
        the same); ``lost``, ``gained``: units without a score then, or now only.

    Notes
    -----
    The mean absolute rank shift is the measure of the OECD/JRC Handbook (2008), step 7.
    """
    rows = []
    for case, part in shifts.groupby("case", sort=False):
        both = part[part["rank"].notna() & part["rank_then"].notna()]
        moved = both["rank_shift"].abs().astype(float)
        best = both[both["rank"] <= top]
        old, new = both["score"].round(9), both["score_then"].round(9)
        varied = len(both) > 1 and old.nunique() > 1 and new.nunique() > 1
        rows.append(
            {
                "case": case,
                "units": len(both),
                "mean_shift": moved.mean(),
                "max_shift": moved.max(),
                "moved": (moved > 0).mean() if len(both) else float("nan"),
                "top_kept": (best["rank_then"] <= top).astype(float).mean(),
                "spearman": stats.spearmanr(old, new).statistic if varied else float("nan"),
                "kendall": stats.kendalltau(old, new).statistic if varied else float("nan"),
                "lost": int((part["rank"].notna() & part["rank_then"].isna()).sum()),
                "gained": int((part["rank"].isna() & part["rank_then"].notna()).sum()),
            }
        )
    columns = ["case", "units", "mean_shift", "max_shift", "moved", "top_kept"]
    columns += ["spearman", "kendall", "lost", "gained"]
    return pd.DataFrame(rows, columns=columns)


def _compare(
    scores: Scores, year: int, tables: Mapping[str, pd.DataFrame], node: str, top: int
) -> WhatIf:
    base = "\0base"  # no case of a user's can be called so
    cases = {base: scores.in_year(year)[node]}
    cases |= {case: table[node] for case, table in tables.items()}
    return compare(cases, base, top=top, decimals=scores.method.ranking.decimals)


def _is_below(framework: Framework, code: str, node: str) -> bool:
    while code and code != node:
        code = framework.parent(code)
    return code == node


def _weighted(framework: Framework, weights: pd.Series) -> Framework:
    """Return the framework with these weights, and none for a group of nothing but zeros."""
    weights = weights.copy()
    for code in framework.bottom_up:
        children = list(framework.children(code))
        if children and not (weights[children] > 0).any():
            weights[code] = 0.0
    return Framework(framework.name, framework.nodes.assign(weight=weights))


def _dropped(framework: Framework, code: str) -> Framework:
    """Return the framework with a node of weight 0, and no group of nothing but such."""
    nodes = framework.nodes.copy()
    columns = ["weight", *(held.column for held in framework.weight_sets)]
    # What is left open weighs the same among siblings: it must keep what it has.
    nodes["weight"] = nodes["weight"].where(nodes["weight"].notna(), 1.0)
    while code and code != framework.root:
        nodes.loc[code, columns] = 0.0
        parent = framework.parent(code)
        if (nodes.loc[list(framework.children(parent)), "weight"] > 0).any():
            break
        code = parent
    return Framework(framework.name, nodes, framework.weight_sets)
