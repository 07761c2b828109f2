"""What a framework rewards, and what its weight rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.core.comparing.check_crosswalk import item_groups
from analysis.core.framework import EVIDENCE, Framework
from analysis.core.weights import index_weights

KINDS = ("level", "growth", "share", "intensity", "count")
ASPECTS = ("kind", "evidence", "weight_status", "group_weight_status")


def rewards(framework: Framework, attributes: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the share of the weight by kind of item, evidence and status of weights.

    The share of a word is the sum of the weights in the index of the items that
    bear it (an item's own weight times those of the groups above it).

    Parameters
    ----------
    framework : Framework
    attributes : mapping, optional
        Attributes of the units whose weights are taken; by default the general
        weights.

    Returns
    -------
    pandas.DataFrame
        ``aspect, word, items, weight``. Aspects:

        - ``kind``: level, growth, share, intensity, count or what else the
          framework says an item is;
        - ``evidence``: named, reported, implied, proxy;
        - ``weight_status``: what the framework says of the weight of the item
          among its siblings;
        - ``group_weight_status``: the same of the child of the root above it.

        ``word`` is ``""`` where the framework says nothing. Words in the order
        above, then by name; only those that occur. The items and the weights
        (which sum to 1) of an aspect are those of the framework.
    """
    items = list(framework.items)
    nodes = framework.nodes
    words = nodes.loc[items, ["kind", "evidence", "weight_status"]].copy()
    groups = [item_groups(framework)[item] for item in items]
    words["group_weight_status"] = nodes.loc[groups, "weight_status"].to_numpy()
    words["weight"] = index_weights(framework, framework.weights(attributes))[items]
    parts = []
    for aspect in ASPECTS:
        told = words.groupby(aspect)["weight"]
        part = pd.DataFrame({"items": told.size(), "weight": told.sum()})
        part = part.loc[_ordered(part.index, {"kind": KINDS, "evidence": EVIDENCE}.get(aspect))]
        part.insert(0, "word", part.index.astype("str"))
        part.insert(0, "aspect", aspect)
        parts.append(part)
    return pd.concat(parts, ignore_index=True).astype({"aspect": "str"})


def _ordered(words: pd.Index, first: Sequence[str] | None) -> list[str]:
    """Return the words of a known order first, then the others by name, ``""`` last."""
    known = [word for word in first or () if word in words]
    others = sorted(str(word) for word in words if word and word not in known)
    return known + others + ([""] if "" in words else [])
