"""The tables of a way out: each lever alone, the combination, the bounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.way_out_curves import Arm, brackets, least, put
from analysis.core.way_out_levers import Levers
from analysis.core.way_out_search import shares_of, with_ends, within
from analysis.core.way_out_trial import Trial

FloatArray = NDArray[np.float64]

SINGLE_COLUMNS = (
    *("code", "measure", "direction", "now", "then", "change", "percent", "share"),
    *("reaches", "gain", "whole"),
)
COMBINED_COLUMNS = (
    *("code", "measure", "direction", "now", "then", "change", "percent", "share"),
    *("cost", "whole"),
)


def single_table(trial: Trial, levers: Levers, arms: Sequence[Arm], margin: float) -> pd.DataFrame:
    """Return what each lever does alone."""
    rooms = within(levers, arms)
    arms = with_ends(trial, levers, arms, rooms, margin)
    spans = brackets(arms, margin, rooms)
    able = [k for k, span in enumerate(spans) if span is not None]
    found = np.full(len(arms), np.nan)
    ends = [span for span in spans if span is not None]
    found[able] = least(trial, levers, levers.now, [arms[k] for k in able], ends)
    best: dict[int, tuple[float, int]] = {}
    gains = [
        float(arm.gains[arm.shares <= room + 1e-12].max())
        for arm, room in zip(arms, rooms, strict=True)
    ]
    for k, arm in enumerate(arms):
        # The smaller change, or where neither direction suffices the greater gain.
        key = -np.inf if np.isnan(found[k]) else -found[k]
        rank = (key, gains[k])
        if arm.lever not in best or rank > (best[arm.lever][0], gains[best[arm.lever][1]]):
            best[arm.lever] = (key, k)
    rows = []
    for j in range(len(levers.codes)):
        row: dict[str, object] = {**_row(levers, j, np.nan, np.nan), "gain": 0.0}
        if j in best and gains[best[j][1]] > 0:
            place = best[j][1]
            arm, share = arms[place], float(found[place])
            if not np.isnan(share):
                row = _row(levers, j, float(put(levers, levers.now, arm, share)[j]), share)
            row |= {"direction": arm.direction, "gain": gains[place]}
        rows.append({**row, "reaches": not np.isnan(float(str(row["share"])))})
    table = pd.DataFrame(rows, columns=list(SINGLE_COLUMNS))
    table["order"] = -table["gain"]
    table = table.sort_values(["share", "order", "code"], kind="stable", ignore_index=True)
    return table.drop(columns="order")


def combined_table(levers: Levers, values: FloatArray) -> pd.DataFrame:
    """Return the changes of a combination, the largest share of a bound first."""
    shares = shares_of(levers, values)
    rows = []
    for j in np.flatnonzero(values != levers.now):
        row = _row(levers, int(j), float(values[j]), float(shares[j]))
        rows.append({**row, "cost": float(levers.cost[j] * shares[j])})
    table = pd.DataFrame(rows, columns=list(COMBINED_COLUMNS))
    table["order"] = -table["share"].astype(float).round(9)
    return table.sort_values(["order", "code"], ignore_index=True).drop(columns="order")


def _row(levers: Levers, j: int, then: float, share: float) -> dict[str, object]:
    now = float(levers.now[j])
    change = then - now if not np.isnan(share) else np.nan
    return {
        "code": levers.codes[j],
        "measure": levers.measure[j],
        "direction": int(np.sign(then - now)) if not np.isnan(share) else 0,
        "now": now,
        "then": then,
        "change": change,
        "percent": 100.0 * change / abs(now) if now else np.nan,
        "share": share,
        "whole": bool(levers.whole[j]),
    }


def bounds_table(levers: Levers) -> pd.DataFrame:
    """Return how far each lever may go, by code."""
    return pd.DataFrame(
        {
            "lowest": levers.lowest,
            "highest": levers.highest,
            "now": levers.now,
            "basis": list(levers.basis),
        },
        index=pd.Index(list(levers.codes), name="code", dtype="str"),
    )
