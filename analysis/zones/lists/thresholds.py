"""Thresholds that differ by region: which of them counted for whom."""

from __future__ import annotations

import pandas as pd

from analysis.core.derive import regional_inputs
from analysis.zones.lists.measures import ListData

COLUMNS = ("item", "region", "counted", "unit", "value", "picked")


def threshold_table(data: ListData) -> pd.DataFrame:
    """Return what was counted for every unit in the items that count by region.

    Of manufacturing firms those with a main-business revenue of at least CNY
    3.0 bn count in the East, of at least 1.5 bn in Central and West: one
    assessed item, for which the framework names the column of each region
    (operation ``pick``).

    Parameters
    ----------
    data : ListData

    Returns
    -------
    pandas.DataFrame
        ``item, region, counted, unit, value, picked``, one row an item and
        unit, by item, region and unit: the column that counts in the region
        (``""`` where the framework names none), the value of the item, and
        whether it was picked from that column: not where the table has a
        column of the item itself.
    """
    rows = []
    for item in data.framework.items:
        if str(data.framework.nodes.at[item, "operation"]) != "pick":
            continue
        columns = regional_inputs(str(data.framework.nodes.at[item, "inputs"]))
        picked = item not in data.panel.values
        for unit, region in data.units["region"].items():
            counted = columns.get(str(region), "")
            value = data.items.at[unit, item]
            rows.append((item, str(region), counted, str(unit), value, picked and bool(counted)))
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"value": "float64", "picked": bool})
    order = {item: place for place, item in enumerate(data.framework.items)}
    frame["_order"] = frame["item"].map(order)
    frame = frame.sort_values(["_order", "region", "unit"], kind="stable").drop(columns="_order")
    return frame.reset_index(drop=True)
