"""Reading the tables of the published record in ``data/``."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.paths import data_dir


def read_record(name: str, *, whole: Sequence[str] = (), real: Sequence[str] = ()) -> pd.DataFrame:
    """Read a shipped CSV file of the record.

    Parameters
    ----------
    name : str
        File name in ``data/``.
    whole, real : sequence of str
        Columns that hold integers (read as ``Int64``) and real numbers (read
        as ``float64``); an empty cell is missing in both.

    Returns
    -------
    pandas.DataFrame
        Every other column holds text; an empty cell is the empty string.
    """
    frame = pd.read_csv(data_dir() / name, dtype=str, keep_default_na=False, encoding="utf-8")
    for column in whole:
        frame[column] = pd.to_numeric(frame[column].replace("", None)).astype("Int64")
    for column in real:
        frame[column] = pd.to_numeric(frame[column].replace("", None)).astype("float64")
    return frame
