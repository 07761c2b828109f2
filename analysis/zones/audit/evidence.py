"""The evidence of values: where each comes from, of which date, on which basis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.cells import shown
from analysis.core.findings import Finding, InputError
from analysis.zones.audit.tables import frame_of, read_side

WORDS = ("source", "date", "basis", "currency", "boundary", "note")
"""What evidence says in words; the ``note`` of an empty cell is the reason why it is empty."""

COLUMNS = ("year", "unit", "code", "value", *WORDS)
DEFINED, BOUNDARY = "defined", "boundary"
BASES = (DEFINED, "other", BOUNDARY, "estimate")
"""Codes of the bases that the form offers; in words they are the texts ``form.basis.<code>``."""


def read_evidence(files: Mapping[Path, int]) -> pd.DataFrame:
    """Read the evidence of one or more years.

    Parameters
    ----------
    files : mapping of pathlib.Path to int
        Tables with columns ``unit, code`` and any of ``year, value, source,
        date, basis, currency, boundary, note``, each with the year of the rows that
        name none.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`; ``value`` is float (NaN where not given), the words
        are ``""`` where empty.

    Raises
    ------
    InputError
        With every problem of every file.
    """
    frames, findings = [], []
    for path, year in sorted(files.items()):
        side = read_side(path, COLUMNS, ("unit", "code"))
        columns: dict[str, Sequence[object] | NDArray[np.float64]] = {
            "year": side.years("year", year),
            "unit": side.texts("unit", identifier=True),
            "code": side.texts("code", identifier=True),
            "value": side.numbers("value"),
        }
        columns |= {word: side.texts(word) for word in WORDS}
        frame = frame_of(columns)
        twice = frame.duplicated(["year", "unit", "code"]).to_numpy()
        for at in np.flatnonzero(twice):
            told = {"unit": shown(frame["unit"].iloc[at]), "code": shown(frame["code"].iloc[at])}
            side.note("evidence_twice", side.rows[at], "unit", **told)
        frames.append(frame)
        findings += side.findings
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise InputError(errors)
    return pd.concat(frames, ignore_index=True) if frames else _empty()


def evidence_files(panel: Path, year: int, given: Path | None) -> dict[Path, int]:
    """Return the files of evidence that go with a panel.

    A panel folder keeps one for each year, ``<year>.evidence.csv``; for any
    panel a file can be given, whose rows are of ``year`` unless they say
    otherwise. A file that is given takes the place of the folder's.

    Raises
    ------
    InputError
        If the file that was given is not there.
    """
    if given is not None:
        if not given.is_file():
            raise InputError([Finding("error", "table-not-found", {"path": str(given)})])
        return {given: year}
    if not panel.is_dir():
        return {}
    return {
        path: int(path.name[:4])
        for path in panel.glob("[0-9][0-9][0-9][0-9].evidence.csv")
        if path.is_file() and int(path.name[:4]) <= year
    }


def of_code(evidence: pd.DataFrame, code: str, year: int, units: Sequence[str]) -> pd.DataFrame:
    """Return the evidence of a column, one row a unit; missing where there is none."""
    rows = evidence[(evidence["code"] == code) & (evidence["year"] == year)]
    return rows.set_index("unit").reindex(list(units))


def words_of(
    evidence: pd.DataFrame | None, column: str, code: str, year: int, units: Sequence[str]
) -> NDArray[np.object_]:
    """Return one word of the evidence of a column, one a unit; ``""`` where there is none."""
    if evidence is None:
        return np.full(len(units), "", dtype=object)
    return of_code(evidence, code, year, units)[column].fillna("").to_numpy(dtype=object)


def same_words(
    column: str, now: NDArray[np.object_], before: NDArray[np.object_]
) -> NDArray[np.bool_]:
    """Return where two years of one column of the evidence say the same, as far as is known.

    An empty word is the same as any. Of the bases that the form offers
    ``boundary`` says that the zone's boundary has changed in the year: then the
    year is not on the basis of the one before whatever that says, and the
    year after it is on the same basis again if it is as defined.
    """
    same = (now == before) | (now == "") | (before == "")
    if column == "basis":
        same |= (before == BOUNDARY) & (now == DEFINED)
        same &= now != BOUNDARY
    return np.asarray(same, dtype=bool)


def _empty() -> pd.DataFrame:
    empty: dict[str, Sequence[object] | NDArray[np.float64]] = dict.fromkeys(COLUMNS, ())
    return frame_of(empty | {"value": np.empty(0)})
