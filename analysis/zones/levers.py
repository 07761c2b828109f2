"""What a zone can move itself, and which way: the levers of its way out, as data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.core.catalogue import read_primitives
from analysis.zones.files import read_record

COLUMNS = ("code", "lowest", "highest", "percent", "moves")
_YES = ("true", "1", "yes")


def lever_bounds(own: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return a table of bounds for `analysis.core.way_out.way_out`, with which way levers move.

    ``data/levers.csv`` says it of each primitive of the shipped frameworks:
    ``up`` (output, inputs, numbers, titles), ``down`` (use of resources,
    emissions, time taken) or ``none`` (what is not for the zone to change). It
    is an assumption of this project, not of the ministry.

    Parameters
    ----------
    own : pandas.DataFrame, optional
        The user's table: ``code`` with any of ``lowest, highest, percent, moves``.
        What it says of a code goes before what is shipped, cell by cell.

    Returns
    -------
    pandas.DataFrame
        ``code, lowest, highest, percent, moves``; an empty cell leaves the default.
        Twice named codes stand twice, for `way_out` to name.
    """
    shipped = read_record("levers.csv")[["code", "moves"]]
    if own is None or "code" not in own:
        table = shipped if own is None else own
        return table.reindex(columns=list(COLUMNS)) if own is None else own
    moves = dict(zip(shipped["code"], shipped["moves"], strict=True))
    table = own.copy()
    table["code"] = [str(code).strip() for code in own["code"]]
    given = own["moves"] if "moves" in own else [np.nan] * len(own)
    table["moves"] = [
        word if pd.notna(word) and str(word).strip() else moves.get(code, "")
        for code, word in zip(table["code"], given, strict=True)
    ]
    rest = shipped[~shipped["code"].isin(table["code"])]
    return pd.concat([table, rest], ignore_index=True).reindex(columns=list(COLUMNS))


def bounds_in(bounds: pd.DataFrame, panel_columns: pd.Index) -> pd.DataFrame:
    """Return the rows of shipped bounds that a panel has, and all of a user's own codes.

    Parameters
    ----------
    bounds : pandas.DataFrame
        From `lever_bounds`.
    panel_columns : pandas.Index
        Columns of the panel's values.
    """
    shipped = set(read_record("levers.csv")["code"])
    return bounds[bounds["code"].isin(panel_columns) | ~bounds["code"].isin(shipped)]


def facts_of(framework_name: str) -> tuple[frozenset[str] | None, dict[str, str]]:
    """Return which primitives go in whole numbers, and which are parts of which.

    Parameters
    ----------
    framework_name : str
        A shipped framework, or a file of the user's own (see
        `analysis.core.catalogue.read_primitives`).

    Returns
    -------
    whole : frozenset of str, or None
        None where nothing is said of the primitives: the data then tell.
    part_of : dict of str to str
    """
    facts = read_primitives(framework_name)
    if not facts:
        return None, {}
    whole = {code for code, row in facts.items() if _is(row.get("integer"))}
    parts = {code: str(row["part_of"]).strip() for code, row in facts.items() if row.get("part_of")}
    return frozenset(whole), parts


def _is(word: str | None) -> bool:
    return (word or "").strip().casefold() in _YES
