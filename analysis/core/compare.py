"""Two or more indices side by side: how far scores and ranks shift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.core.findings import InputError
from analysis.core.rank import rank_scores

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
