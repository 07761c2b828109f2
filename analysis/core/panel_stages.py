"""The stages that a year of a panel folder goes through, and the seal on what is frozen.

``<year>.stages.csv`` has one row for each step, in order. A year without the
file is at the first stage. From `FROZEN` on the files of the year may not
change: the last step keeps their digest, and whoever reads the folder is told
where it does not fit any more.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

import pandas as pd

from analysis.core.cells import shown
from analysis.core.findings import Finding, InputError
from analysis.core.panel_sides import read_side

STAGES = ("submitted", "audit1", "audit2", "frozen", "agreed", "published")
FROZEN = "frozen"
STAGE_COLUMNS = ("order", "stage", "on", "by", "reason", "open_errors", "digest", "files")
SEALED_KINDS = ("", "evidence", "base")
"""Files of a year that the digest is over; ``""`` stands for the values."""

_STAGES_FILE = re.compile(r"([0-9]{4})\.stages\.csv")
_SHORT = 16


@dataclass(frozen=True)
class Step:
    """One step from stage to stage.

    Attributes
    ----------
    stage : str
        The stage that was reached, one of `STAGES`.
    on : str
        Date, ISO 8601.
    by, reason : str
    open_errors : str
        How many errors of the audit were open when it was frozen; ``""``: not asked.
    digest : str
        SHA-256 of the year's files as they were then (`seal_of`).
    files : str
        The files with the first digits of the digest of each.
    """

    stage: str
    on: str
    by: str
    reason: str
    open_errors: str
    digest: str
    files: str

    @property
    def sealed(self) -> bool:
        """Whether the files of the year may not change after this step."""
        return STAGES.index(self.stage) >= STAGES.index(FROZEN)


def seal_of(contents: Mapping[str, bytes]) -> tuple[str, str]:
    """Return the digest of a year's files and the list of them that names what changed.

    Parameters
    ----------
    contents : mapping of str to bytes
        By the name of the file.

    Returns
    -------
    digest : str
        SHA-256, in hexadecimal, over names and contents in the order of names.
    files : str
        ``"2023.csv:0123456789abcdef 2023.evidence.csv:..."``: names with the
        first 16 digits of the SHA-256 of each.
    """
    each = {name: hashlib.sha256(contents[name]).hexdigest() for name in sorted(contents)}
    whole = "".join(f"{name} {digest}\n" for name, digest in each.items())
    files = " ".join(f"{name}:{digest[:_SHORT]}" for name, digest in each.items())
    return hashlib.sha256(whole.encode()).hexdigest(), files


def year_contents(path: str | Path, year: int) -> dict[str, bytes]:
    """Return the files of a year that a seal is over, those that are there, by name."""
    names = [f"{year}.{kind}.csv" if kind else f"{year}.csv" for kind in SEALED_KINDS]
    files = {name: Path(path) / name for name in names}
    return {name: file.read_bytes() for name, file in files.items() if file.is_file()}


def read_stages(path: str | Path, year: int) -> tuple[Step, ...]:
    """Return the steps of a year, oldest first; none if it has no file of stages.

    Raises
    ------
    InputError
        With every row that is no step: an unknown stage, or out of order.
    """
    file = Path(path) / f"{year}.stages.csv"
    table = read_side(file, STAGE_COLUMNS)
    findings = []
    for at, (order, stage) in enumerate(zip(table["order"], table["stage"], strict=True), 1):
        if order != str(at) or stage not in STAGES:
            told = {"order": at, "stage": shown(stage), "stages": ", ".join(STAGES)}
            findings.append(Finding("error", "stages.row", told, file.name, row=at + 1, year=year))
    if findings:
        raise InputError(findings)
    rows = table[[name for name in STAGE_COLUMNS if name != "order"]]
    return tuple(Step(*map(str, row)) for row in rows.itertuples(index=False))


def stage_of(steps: tuple[Step, ...]) -> str:
    """Return the stage after these steps."""
    return steps[-1].stage if steps else STAGES[0]


def stages_table(steps: tuple[Step, ...]) -> pd.DataFrame:
    """Return steps as the table that is kept in the file: `STAGE_COLUMNS`."""
    rows = [(number, *astuple(step)) for number, step in enumerate(steps, 1)]
    return pd.DataFrame(rows, columns=list(STAGE_COLUMNS))


def broken_seal(path: str | Path, year: int, steps: tuple[Step, ...]) -> list[str]:
    """Return the files of a year that are not what they were when it was frozen."""
    if not steps or not steps[-1].sealed:
        return []
    contents = year_contents(path, year)
    digest, files = seal_of(contents)
    if digest == steps[-1].digest:
        return []
    kept = {word for word in steps[-1].files.split(" ") if word}
    changed = {word.rpartition(":")[0] for word in kept ^ set(files.split(" "))}
    return sorted(changed) or [f"{year}.stages.csv"]


def seal_findings(path: str | Path, year: int | None = None) -> list[Finding]:
    """Return an error for every file that changed after its year was frozen.

    Parameters
    ----------
    path : str or pathlib.Path
        The panel folder.
    year : int, optional
        Only this year; else all.
    """
    findings: list[Finding] = []
    matches = (_STAGES_FILE.fullmatch(file.name) for file in Path(path).iterdir())
    for number in sorted(int(match[1]) for match in matches if match):
        if year is not None and number != year:
            continue
        try:
            steps = read_stages(path, number)
        except InputError as error:
            findings += error.findings
            continue
        for file in broken_seal(path, number, steps):
            last = steps[-1]
            told = {"asked": number, "stage": last.stage, "on": last.on, "by": shown(last.by)}
            findings.append(Finding("error", "stages.changed", told, file, year=number))
    return findings
