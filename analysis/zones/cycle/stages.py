"""Moving a year of a panel folder from stage to stage: what is allowed, and what is kept of it.

A year's data are submitted, audited twice, frozen, their results agreed and
published. A year goes forward one stage at a time, and is frozen when the
audit has no open error; it goes back to any earlier stage, with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from analysis.core.cells import shown
from analysis.core.findings import Finding, InputError
from analysis.core.panel_stages import (
    FROZEN,
    SEALED_KINDS,
    STAGES,
    Step,
    seal_of,
    stage_of,
    stages_table,
)
from analysis.core.write import csv_bytes

AMENDED = "audit2"
"""The stage to which an amendment takes a year back: what changed has to be audited."""


@dataclass(frozen=True)
class Amendment:
    """Who changes a year that is frozen, on which day (ISO 8601), and why."""

    by: str
    on: str
    reason: str


def move(
    steps: Sequence[Step],
    to: str,
    *,
    by: str,
    on: str,
    reason: str = "",
    open_errors: int | None = None,
    contents: Mapping[str, bytes],
    year: int,
) -> tuple[Step, ...]:
    """Return the steps of a year with one more.

    Parameters
    ----------
    steps : sequence of Step
        Those so far; none: the year is submitted.
    to : str
        The stage to go to, one of `STAGES`.
    by : str
        Who decided.
    on : str
        Date, ISO 8601.
    reason : str
        Needed for going back, and for freezing a year with open errors.
    open_errors : int, optional
        Errors of the audit that were not accepted; needed where ``to`` is the
        stage of freezing, and kept with the step.
    contents : mapping of str to bytes
        The year's files (`analysis.core.panel_stages.year_contents`).
    year : int

    Raises
    ------
    InputError
        With every reason why the year cannot take that step.
    """
    steps = tuple(steps)
    now = stage_of(steps)
    told: dict[str, object] = {"asked": year, "stage": now, "to": to}
    problems = _said(by, on, year)
    if to not in STAGES:
        raise InputError(
            [Finding("error", "stages.unknown", {**told, "stages": ", ".join(STAGES)})]
        )
    forward = STAGES.index(to) - STAGES.index(now)
    if forward == 0:
        problems.append(Finding("error", "stages.same", told, year=year))
    elif forward > 1:
        after = STAGES[STAGES.index(now) + 1]
        problems.append(Finding("error", "stages.skipped", {**told, "next": after}, year=year))
    elif forward < 0 and not reason.strip():
        problems.append(Finding("error", "stages.back", told, year=year))
    elif to == FROZEN and open_errors and forward > 0 and not reason.strip():
        problems.append(Finding("error", "stages.open", {**told, "count": open_errors}, year=year))
    if problems:
        raise InputError(problems)
    digest, files = seal_of(contents)
    audited = "" if open_errors is None else str(open_errors)
    return (*steps, Step(to, on, by.strip(), reason.strip(), audited, digest, files))


def amended(
    steps: Sequence[Step], amendment: Amendment, contents: Mapping[str, bytes], year: int
) -> bytes:
    """Return the file of stages of a frozen year that is amended: back to the second audit.

    Parameters
    ----------
    steps : sequence of Step
    amendment : Amendment
    contents : mapping of str to bytes
        The year's files as they will be.
    year : int
    """
    names = {f"{year}.{kind}.csv" if kind else f"{year}.csv" for kind in SEALED_KINDS}
    digest, files = seal_of({name: held for name, held in contents.items() if name in names})
    step = Step(AMENDED, amendment.on, amendment.by, amendment.reason, "", digest, files)
    return csv_bytes(stages_table((*steps, step)))


def amendment_of(by: str, on: str, reason: str, year: int) -> Amendment:
    """Return an amendment, if all that it needs is said.

    Raises
    ------
    InputError
        If it is not said who, or why, or the date is none.
    """
    amendment = Amendment(by.strip(), on, reason.strip())
    problems = _said(by, on, year)
    if not amendment.reason:
        problems.append(Finding("error", "stages.why", year=year))
    if problems:
        raise InputError(problems)
    return amendment


def frozen(last: Step, year: int) -> Finding:
    """Return the refusal of a year that takes nothing in any more."""
    told: dict[str, object] = {
        "asked": year,
        "stage": last.stage,
        "on": last.on,
        "by": shown(last.by),
    }
    return Finding("error", "stages.frozen", told, year=year)


def _said(by: str, on: str, year: int) -> list[Finding]:
    problems = []
    if not by.strip():
        problems.append(Finding("error", "stages.who", year=year))
    try:
        if date.fromisoformat(on).isoformat() != on:
            raise ValueError
    except ValueError:
        problems.append(Finding("error", "stages.date", {"date": on}, year=year))
    return problems
