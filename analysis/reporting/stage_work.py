"""The stage of a year in a panel folder: the trace as text, and the step that a user asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.core.cells import shown
from analysis.core.findings import Finding, InputError
from analysis.core.panel_folder import open_folder
from analysis.core.panel_stages import (
    FROZEN,
    STAGES,
    Step,
    broken_seal,
    read_stages,
    seal_findings,
    stage_of,
    stages_table,
    year_contents,
)
from analysis.core.write import write_table
from analysis.reporting.audit.audit_beside import Asked
from analysis.reporting.audit.audit_work import AuditWork, make_audit
from analysis.reporting.inputs import Request
from analysis.texts import LANGUAGES, spans, text
from analysis.zones.cycle.stages import move


@dataclass(frozen=True, eq=False)
class Moved:
    """A step that was taken.

    Attributes
    ----------
    steps : tuple of Step
        All steps of the year, the new one last.
    audit : AuditWork or None
        The audit on which it rests, where it is that of freezing.
    """

    steps: tuple[Step, ...]
    audit: AuditWork | None


def stage_named(word: str) -> str:
    """Return the code of a stage that is named by it or in either language; else the word."""
    named = {
        text(f"stage.{stage}", lang).casefold(): stage for stage in STAGES for lang in LANGUAGES
    }
    return named.get(word.strip().casefold(), word.strip())


def steps_of(panel: Path, year: int) -> tuple[Step, ...]:
    """Return the steps of a year of a panel folder.

    Raises
    ------
    InputError
        If it is no panel folder or has no such year.
    """
    folder = open_folder(panel)
    if year not in folder.years:
        told: dict[str, object] = {"asked": year, "known": spans(folder.years) or "—"}
        raise InputError([Finding("error", "stages.no_year", told)])
    return read_stages(panel, year)


def take_step(
    panel: Path,
    year: int,
    to: str,
    *,
    by: str,
    on: str,
    reason: str = "",
    accepted: Sequence[str] = (),
) -> Moved:
    """Put a year at another stage and write its trace.

    Freezing rests on the audit that `jingkai audit` makes of the folder: by the
    shipped rules and those of the folder's own, with the acceptances of its
    ``accepted.csv`` and of further files. What was frozen and has been changed
    since goes no further, but may go back to the audits.

    Parameters
    ----------
    panel : pathlib.Path
        The panel folder.
    year : int
    to : str
        A stage, by its code or its name.
    by, on, reason : str
        Who, on which day (ISO 8601), and why.
    accepted : sequence of str
        Further files of acceptances.

    Raises
    ------
    InputError
        If the year cannot take that step, or cannot be audited.
    """
    steps, to = steps_of(panel, year), stage_named(to)
    back = to in STAGES and STAGES.index(to) < STAGES.index(stage_of(steps))
    # Back among the frozen, what was changed by hand would be sealed without an audit.
    opened = back and STAGES.index(to) < STAGES.index(FROZEN)
    if not opened and broken_seal(panel, year, steps):
        raise InputError(seal_findings(panel, year))
    contents = year_contents(panel, year)
    given = {"by": by, "on": on, "contents": contents, "year": year}
    audit, errors = None, None
    if to == FROZEN and not back:
        move(steps, to, reason=reason, **given)  # type: ignore[arg-type]
        asked = Asked(year=year, accepted=tuple(accepted))
        _, audit = make_audit(Request(panel=str(panel)), asked)
        errors = sum(finding.severity == "error" for finding in audit.open)
    steps = move(steps, to, reason=reason, open_errors=errors, **given)  # type: ignore[arg-type]
    try:
        write_table(stages_table(steps), panel / f"{year}.stages.csv")
    except OSError as error:
        told: dict[str, object] = {"out": str(panel), "reason": error.strerror or str(error)}
        raise InputError([Finding("error", "out.unwritable", told)]) from None
    return Moved(steps, audit)


def trace_text(steps: Sequence[Step], year: int, lang: str) -> str:
    """Return the stage of a year and every step that led to it, as lines of text."""
    stage = stage_of(tuple(steps))
    now = text(f"stage.{stage}", lang)
    lines = [text("stage.now", lang, year=year, stage=now)]
    for number, step in enumerate(steps, 1):
        told = {
            "number": number,
            "on": step.on,
            "stage": text(f"stage.{step.stage}", lang),
            "by": shown(step.by),
            "digest": step.digest[:12],
        }
        lines.append(text("stage.step", lang, **told))
        if step.open_errors not in ("", "0"):
            lines.append(text("stage.step_open", lang, count=step.open_errors))
        if step.reason:
            lines.append(text("stage.step_reason", lang, reason=shown(step.reason, 300)))
    if not steps:
        lines.append(text("stage.no_steps", lang))
    at = STAGES.index(stage)
    if at + 1 < len(STAGES):
        lines.append(text("stage.next", lang, year=year, next=STAGES[at + 1]))
    return "\n".join(lines)
