"""Where the members of the published lists come from: regions and provinces."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.zones.published import TopList
from analysis.zones.registry import REGIONS


def composition(known: TopList, groups: pd.Series) -> pd.Series:
    """Return how many known members each group has, most first.

    Parameters
    ----------
    known : TopList
    groups : pandas.Series
        Group (province, region) by zone.

    Returns
    -------
    pandas.Series
        Count by group; the members that are not known stand under ``""``, so
        that the counts add up to the size of the list.
    """
    counts = groups.loc[sorted(known.members)].value_counts()
    counts = counts.sort_index().sort_values(ascending=False, kind="stable")
    if known.missing:
        counts[""] = known.missing
    return counts.astype("int64")


def region_mix(
    lists: Sequence[TopList], zones: pd.DataFrame, aggregates: pd.DataFrame
) -> pd.DataFrame:
    """Return how many members of each list lie in each region.

    A complete list is counted. Where it is known in part but the numbers by
    region were published (metric ``in-top30``), those are taken. Otherwise the
    known members are counted, and the others stand under ``unknown``.

    Returns
    -------
    pandas.DataFrame
        Index ``data_year``; ``east, central, west, unknown`` (int) and
        ``evidence``: ``list``, ``published`` or ``partial``.
    """
    rows = {}
    stated = aggregates[(aggregates["metric"] == "in-top30")]
    for known in lists:
        year = stated[(stated["data_year"] == known.data_year) & stated["scope"].isin(REGIONS)]
        published = year.set_index("scope")["value"].reindex(REGIONS)
        if not known.complete and published.sum() == known.size:
            row = {region: int(published[region]) for region in REGIONS}
            rows[known.data_year] = {**row, "unknown": 0, "evidence": "published"}
            continue
        counts = composition(known, zones["region"])
        row = {region: int(counts.get(region, 0)) for region in REGIONS}
        evidence = "list" if known.complete else "partial"
        rows[known.data_year] = {**row, "unknown": known.missing, "evidence": evidence}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("data_year")
