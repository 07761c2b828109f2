"""Lists as long tables: one row a list and unit, of all years."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.reporting.lists.lists_work import OneYear


def members_table(years: Sequence[OneYear]) -> pd.DataFrame:
    """Return the members of all lists, one row a list and place, texts in both languages.

    Columns: ``year, list, list_zh, list_en, scope, place, unit, name, region,
    value, sorted_by, measure_zh, measure_en, unit_of_measure_zh,
    unit_of_measure_en, condition, by_value, tied, ahead, gap, size,
    size_basis, synthetic``; ``gap`` is the list's: what the first one out lacks.
    """
    rows = []
    for year in years:
        zh, en = year.words("zh"), year.words("en")
        for one in year.made.lists:
            said = {
                "year": year.made.year,
                "list": one.rule.code,
                "list_zh": zh.title(one),
                "list_en": en.title(one),
                "scope": one.region,
            }
            by = one.sorted_by
            means = {
                "sorted_by": f"growth:{by.code}" if by.kind == "growth" else by.code,
                "measure_zh": zh.measure(by),
                "measure_en": en.measure(by),
                "unit_of_measure_zh": zh.unit(by),
                "unit_of_measure_en": en.unit(by),
            }
            end = {
                "gap": one.gap,
                "size": one.rule.size,
                "size_basis": one.rule.size_basis,
                "synthetic": year.inputs.panel.synthetic,
            }
            for entry in one.members.to_dict("records"):
                at = {name: entry[name] for name in ("condition", "by_value", "tied", "ahead")}
                rows.append(
                    said
                    | {
                        "place": entry["place"],
                        "unit": entry["unit"],
                        "name": _name(year, str(entry["unit"])),
                        "region": entry["region"],
                        "value": entry["value"],
                    }
                    | means
                    | at
                    | end
                )
    columns = (
        "year", "list", "list_zh", "list_en", "scope", "place", "unit", "name", "region",
        "value", "sorted_by", "measure_zh", "measure_en", "unit_of_measure_zh",
        "unit_of_measure_en", "condition", "by_value", "tied", "ahead", "gap", "size",
        "size_basis", "synthetic",
    )  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns))


def outside_table(years: Sequence[OneYear]) -> pd.DataFrame:
    """Return who is in no place of each list, one row a list and unit, and why.

    Columns: ``year, list, scope, status, place, unit, name, value, condition,
    by_value, gap, why, since, synthetic``. ``status``: ``outside`` (with the
    gap to the last one in), ``passed`` (the condition is not met, among those
    whose value had a place) or ``excluded`` (may not be listed, has no value).
    """
    parts = []
    for year in years:
        for one in year.made.lists:
            excluded = one.excluded.rename(columns={"reason": "why"})
            for status, frame in (
                ("outside", one.outside),
                ("passed", one.passed),
                ("excluded", excluded),
            ):
                parts.append(
                    frame.assign(
                        year=year.made.year,
                        list=one.rule.code,
                        scope=one.region,
                        status=status,
                        name=[_name(year, str(unit)) for unit in frame["unit"]],
                        synthetic=year.inputs.panel.synthetic,
                    )
                )
    columns = [
        "year", "list", "scope", "status", "place", "unit", "name", "value", "condition",
        "by_value", "gap", "why", "since", "synthetic",
    ]  # fmt: skip
    filled = [part.reindex(columns=columns) for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=columns)
    whole = dict.fromkeys(("place", "by_value", "since"), "Int64")
    real = dict.fromkeys(("value", "condition", "gap"), "float64")
    typed = [part.astype({**whole, **real, "why": "object"}) for part in filled]
    return pd.concat(typed, ignore_index=True)


def threshold_rows(years: Sequence[OneYear]) -> pd.DataFrame:
    """Return `threshold_table` of all years, with ``year``, ``name`` and ``synthetic``."""
    parts = [
        year.thresholds.assign(
            year=year.made.year,
            name=[_name(year, str(unit)) for unit in year.thresholds["unit"]],
            synthetic=year.inputs.panel.synthetic,
        )
        for year in years
    ]
    columns = ["year", "item", "region", "counted", "unit", "name", "value", "picked", "synthetic"]
    filled = [part[columns] for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)


def _name(year: OneYear, unit: str) -> str:
    return str(year.units.at[unit, "name"])
