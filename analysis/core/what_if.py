"""What if: other weights, fewer items, another step of the method; what it does to the ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.core.change import DATA_FREE_WEIGHTS, only_year, year_by_year
from analysis.core.compare import WhatIf, compare, summarise
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.rebuild import dropped, framework_of, rebuild, reweighted
from analysis.core.score import score
from analysis.core.scores import Scores

__all__ = [
    "WhatIf",
    "compare",
    "summarise",
    "upstream",
    "with_methods",
    "with_weights",
    "without",
]


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
        others keep theirs among siblings, as fractions of 1. Weights need
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
    framework = framework_of(scores, year)
    plain = replace(framework, weight_sets=())
    nominal = framework.weights()
    tables = {}
    for case, changed in cases.items():
        new = pd.Series(dict(changed), dtype=np.float64)
        if not set(new.index) <= set(nominal.index) or not (new >= 0).all():
            raise ValueError(f"weights of case {case!r} must name nodes and be 0 or more")
        weights = nominal.copy()
        weights.update(new)
        tables[case] = rebuild(scores, year, framework=reweighted(plain, weights))
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
    framework = framework_of(scores, year)
    node = node or framework.root
    chosen = [c for c in framework.nodes.index if framework.level(c) == level]
    chosen = list(nodes) if nodes is not None else chosen
    tables = {}
    for code in chosen:
        if code != node and _is_below(framework, code, node):
            tables[code] = rebuild(scores, year, framework=dropped(framework, code))
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
                else score(
                    only_year(panel, year) if year_by_year(other) else panel, framework, other
                ).in_year(year)
            )
        except InputError as problem:
            refused.append((case, problem))
    found = _compare(base, year, tables, node or framework.root, top)
    return WhatIf(found.shifts, found.summary, tuple(refused))


def upstream(method: Method) -> dict[str, object]:
    """Return the steps of a method on which the normalised items and the weights rest."""
    later = {"name", "title_zh", "title_en", "note_zh", "note_en", "ranking"}
    if method.weighting.rule in DATA_FREE_WEIGHTS:  # else weights hang on how nodes are formed
        later |= {"aggregation", "missing"}
    return {key: value for key, value in vars(method).items() if key not in later}


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
