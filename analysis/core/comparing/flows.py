"""Where the weight of the old groups goes under the new framework."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.core.comparing.check_crosswalk import item_groups
from analysis.core.comparing.crosswalk import Crosswalk
from analysis.core.framework import Framework
from analysis.core.weights import index_weights


def weight_flows(
    old: Framework,
    new: Framework,
    crosswalk: Crosswalk,
    attributes: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return how much weight runs from each old group to each new one.

    An item's weight in the index is its own times those of the groups above
    it. An old item shares its weight equally among its links, and so does a
    new item; with ``L(i)`` the links of ``i``, and links taken from the old
    group ``g`` to the new group ``h``::

        weight_old(g, h) = sum over links (i, j) from g to h of w_old(i) / |L(i)|
        weight_new(g, h) = sum over links (i, j) from g to h of w_new(j) / |L(j)|

    The same link thus has one weight at its old end and another at its new
    one. What is dropped or new has an end of its own, whatever group it
    would belong to.

    Parameters
    ----------
    old, new : Framework
    crosswalk : Crosswalk
        From ``old`` to ``new``.
    attributes : mapping, optional
        Attributes of the units whose weights are taken, ``{"region": "west"}``
        say; by default the general weights.

    Returns
    -------
    pandas.DataFrame
        ``old_group, new_group, weight_old, weight_new, items_old, items_new``:
        groups in the order of the frameworks, ``new_group`` ``""`` for what is
        dropped and ``old_group`` ``""`` for what is new, last. Both weights sum
        to 1. The items count those with a link here, so one with several links
        may count in several rows.

    Raises
    ------
    KeyError
        If the crosswalk links an item that its framework has not.
    """
    links = crosswalk.table[["old", "new"]].copy()
    ends: dict[str, list[str]] = {}
    for side, framework in (("old", old), ("new", new)):
        groups = item_groups(framework)
        unknown = sorted(set(links[side]) - {"", *groups})
        if unknown:
            raise KeyError(", ".join(unknown))
        weights = index_weights(framework, framework.weights(attributes))
        shared = weights.reindex(links[side]).to_numpy() / links.groupby(side)[side].transform(
            "size"
        )
        links[f"weight_{side}"] = shared.where(links[side] != "", 0.0)
        links[f"{side}_group"] = links[side].map({"": "", **groups})
        links[f"items_{side}"] = (links[side] != "").astype("int64")
        ends[side] = [*framework.groups, ""]
    sums = ["weight_old", "weight_new", "items_old", "items_new"]
    flows = links.groupby(["old_group", "new_group"], as_index=False)[sums].sum()
    order = {side: {group: place for place, group in enumerate(ends[side])} for side in ends}
    places = flows.assign(
        old=flows["old_group"].map(order["old"]), new=flows["new_group"].map(order["new"])
    )
    flows = flows.loc[places.sort_values(["old", "new"]).index].reset_index(drop=True)
    return flows.astype({"old_group": "str", "new_group": "str"})
