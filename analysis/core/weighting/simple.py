"""Weights that need no data: as given, equal, and mixtures of others."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework


def given(
    framework: Framework,
    *,
    rescale: bool = True,
    attributes: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return the weights of the framework.

    Parameters
    ----------
    framework : Framework
    rescale : bool
        Whether they are scaled to sum to one among siblings; if not, they are
        used as they are, whatever their sum. Published weights do not always
        sum to one.
    attributes : mapping, optional
        Attribute values of a unit, for the weight sets keyed on them.

    Returns
    -------
    pandas.DataFrame
        ``code, weight, note``; one row a node below the index, in file order.
        Siblings without any weight share 1 equally.
    """
    scaled = framework.weights(attributes)
    if rescale:
        return weight_table(framework, scaled)
    raw = framework.nodes["weight"].astype(float).copy()
    for held in framework.weight_sets:
        if attributes is not None and held.holds(attributes):
            raw = framework.nodes[held.column].astype(float).fillna(raw)
    return weight_table(framework, raw.fillna(scaled))


def equal(framework: Framework) -> pd.DataFrame:
    """Return equal weights among siblings: ``1 / k`` for ``k`` children of one parent.

    Parameters
    ----------
    framework : Framework

    Returns
    -------
    pandas.DataFrame
        ``code, weight, note``; one row a node below the index, in file order.

    Notes
    -----
    OECD/JRC Handbook (2008), step 6. Equal weights among siblings are not
    equal weights of the items in the index, where groups differ in size.
    """
    parents = framework.nodes["parent"]
    return weight_table(framework, 1.0 / parents.groupby(parents).transform("size"))


def weight_table(framework: Framework, weights: pd.Series) -> pd.DataFrame:
    """Return weights indexed by code as a table, the index left out, in file order."""
    codes = [code for code in framework.nodes.index if code != framework.root]
    table = {"code": codes, "weight": weights[codes].to_numpy(dtype=float), "note": ""}
    return pd.DataFrame(table)


def mixed(
    framework: Framework, tables: Mapping[str, pd.DataFrame], shares: Mapping[str, float]
) -> pd.DataFrame:
    """Return a convex combination of tables of weights.

    ``w_j = sum(a_t w_tj) / sum(a_t)`` over the tables ``t``, each scaled to sum to
    one among siblings before.

    Parameters
    ----------
    framework : Framework
    tables : mapping of str to pandas.DataFrame
        With columns ``code`` and ``weight``, one row a node below the index.
    shares : mapping of str to float
        Share of each table, by the same names.

    Returns
    -------
    pandas.DataFrame
        ``code, weight, note`` and the weights of each table in a column of its name.

    Raises
    ------
    InputError
        If a share is negative or no number, or they sum to nothing.
    """
    numbers = all(_is_share(share) for share in shares.values())
    if not numbers or not sum(shares.values()) > 0:
        told = {"shares": ", ".join(f"{name}: {share}" for name, share in shares.items())}
        raise InputError([Finding("error", "weigh.mixture_shares", told)])
    whole = sum(shares.values())
    parents = framework.nodes["parent"]
    result = pd.Series(0.0, index=framework.nodes.index)
    columns = {}
    for name, share in shares.items():
        own = tables[name].set_index("code")["weight"].reindex(result.index)
        own = own / own.groupby(parents).transform("sum")
        columns[name] = own
        result = result + share / whole * own
    table = weight_table(framework, result)
    for name, column in columns.items():
        table[name] = column[list(table["code"])].to_numpy(dtype=float)
    return table


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12
