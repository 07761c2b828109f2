"""How far each lever may go: what the user says, else a share of what is there."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.panel import Panel

DEFAULT_PERCENT = 20.0
BOUND_COLUMNS = ("code", "lowest", "highest", "percent", "moves")
MOVES = ("up", "down", "both", "none")
WHOLE_NUMBER = 1e-9  # relative to the value: whole but for the last digits


def read_bounds(bounds: pd.DataFrame | None, panel: Panel) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the bounds that are given, by code, and what is wrong with them."""
    columns = [column for column in BOUND_COLUMNS[1:] if column != "moves"]
    if bounds is None:
        bounds = pd.DataFrame({"code": [], "percent": []})
    if "code" not in bounds or not set(bounds.columns) & set(BOUND_COLUMNS[1:]):
        told = {"columns": ", ".join(BOUND_COLUMNS)}
        return pd.DataFrame(), [Finding("error", "way_out.bounds_columns", told)]
    codes = [str(code).strip() for code in bounds["code"]]
    problems = []
    found = pd.DataFrame(index=codes, columns=columns, dtype=np.float64)
    for column in [word for word in columns if word in bounds]:
        words = ["" if pd.isna(cell) else str(cell).strip() for cell in bounds[column]]
        numbers = pd.to_numeric(pd.Series(words, dtype="str"), errors="coerce")
        found[column] = numbers.to_numpy(dtype=np.float64)
        for code, word, number in zip(codes, words, found[column], strict=True):
            if word and not np.isfinite(number):
                told = {"code": code, "column": column, "value": word[:40]}
                problems.append(Finding("error", "way_out.bound_number", told, item=code))
    moves = bounds["moves"] if "moves" in bounds else [""] * len(codes)
    found["moves"] = ["both" if pd.isna(w) or not str(w).strip() else str(w).strip() for w in moves]
    for code, low, high, percent, word in found.itertuples(name=None):
        told = {"code": code}
        if code not in panel.values:
            problems.append(Finding("error", "way_out.bound_code", told, item=code))
        if word not in MOVES:
            shown = {**told, "value": word[:40], "allowed": ", ".join(MOVES)}
            problems.append(Finding("error", "way_out.bound_moves", shown, item=code))
        if low > high:
            ends = {"lowest": f"{low:g}", "highest": f"{high:g}"}
            problems.append(Finding("error", "way_out.bound_order", {**told, **ends}, item=code))
        if percent < 0:
            shown = {**told, "percent": f"{percent:g}"}
            problems.append(Finding("error", "way_out.bound_percent", shown, item=code))
        if not np.isnan(percent) and not (np.isnan(low) and np.isnan(high)):
            problems.append(Finding("error", "way_out.bound_both", told, item=code))
    for code in dict.fromkeys(code for code in codes if codes.count(code) > 1):
        problems.append(Finding("error", "way_out.bound_twice", {"code": code}, item=code))
    return found[~found.index.duplicated()], problems


def spread_in(panel: Panel, year: int) -> dict[str, float]:
    """Return the interquartile range of every column among the scored units of a year."""
    scored = panel.assessed().values
    here = scored[scored.index.get_level_values("year") == year]
    wide = here.quantile(0.75) - here.quantile(0.25)
    return {str(code): float(value) for code, value in wide.items()}


def bound_of(
    code: str,
    now: float,
    count: bool,
    table: pd.DataFrame,
    spread: dict[str, float],
    framework: Framework,
) -> tuple[float, float, str]:
    """Return the lowest and the highest value of a lever, and where they come from."""
    percent, basis = DEFAULT_PERCENT, "percent"
    columns = ["lowest", "highest", "percent"]
    low = high = np.nan
    if code in table.index:
        low, high, own = table.loc[[code], columns].to_numpy(dtype=np.float64)[0].tolist()
        if not np.isnan(own):
            percent, basis = own, "given"
        elif not (np.isnan(low) and np.isnan(high)):
            basis = "given"
    far = abs(now) * percent / 100.0
    if basis == "percent" and not count and _a_rate(code, now, framework):
        # A share of what may be zero or negative says nothing: a share of the spread does.
        far, basis = float(np.nan_to_num(spread[code])) * percent / 100.0, "spread"
    if count and percent > 0:
        far = max(np.floor(far + WHOLE_NUMBER), 1.0)
    lowest = now - far if np.isnan(low) else min(low, now)
    highest = now + far if np.isnan(high) else max(high, now)
    if now >= 0 and np.isnan(low) and basis != "spread":
        lowest = max(lowest, 0.0)
    moves = str(table.at[code, "moves"]) if code in table.index else "both"
    lowest = lowest if moves in ("down", "both") else now
    highest = highest if moves in ("up", "both") else now
    return lowest, highest, basis if highest > lowest else "none"


def _a_rate(code: str, now: float, framework: Framework) -> bool:
    """Return whether a value may be zero or negative, so that a share of it is no measure."""
    kind = str(framework.nodes.at[code, "kind"]) if code in framework.items else ""
    return now < 0 or kind in ("growth", "difference")
