"""The files beside a panel that an audit reads: rules, evidence, totals, acceptances.

A panel folder brings its own; what the user names on the command line goes
before them or is added. A report gets all of them as extras of its inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from analysis.core.findings import Finding, InputError
from analysis.reporting.inputs import Request
from analysis.zones.audit.evidence import evidence_files
from analysis.zones.audit.read_rules import SHIPPED

RULES, ACCEPTED = "audit.yml", "accepted.csv"
# What was named on the command line, as extras of a report: the user's own bytes.
_GIVEN = "audit-"


@dataclass(frozen=True)
class Asked:
    """What an audit was asked for, beside the panel.

    Attributes
    ----------
    year : int or None
        None: the newest.
    rules, accepted : tuple of str
        Files; ``"default"`` among the rules stands for those shipped.
    evidence, totals : str
        Files; ``""``: none, or those of the panel's folder.
    """

    year: int | None = None
    rules: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    evidence: str = ""
    totals: str = ""


@dataclass(frozen=True)
class Beside:
    """Files to audit by.

    Attributes
    ----------
    rules : tuple of str or pathlib.Path
        In order, the later going before; ``"default"``: those shipped.
    evidence : mapping of pathlib.Path to int
        With the year of the rows that name none.
    totals : pathlib.Path or None
    accepted : tuple of pathlib.Path
    """

    rules: tuple[str | Path, ...] = (SHIPPED,)
    evidence: Mapping[Path, int] = field(default_factory=dict)
    totals: Path | None = None
    accepted: tuple[Path, ...] = ()


def in_folder(folder: Path, year: int) -> Beside:
    """Return what a panel folder brings: a table that is no folder brings nothing.

    ``audit.yml`` (rules, after those shipped), ``<year>.evidence.csv`` of the
    year and the years before, ``<year>.totals.csv`` and ``accepted.csv``.
    """
    rules, totals, accepted = folder / RULES, folder / f"{year}.totals.csv", folder / ACCEPTED
    return Beside(
        (SHIPPED, rules) if rules.is_file() else (SHIPPED,),
        evidence_files(folder, year, None),
        totals if totals.is_file() else None,
        (accepted,) if accepted.is_file() else (),
    )


def rules_of(request: Request, asked: Asked) -> tuple[str | Path, ...]:
    """Return the rules asked for, else those shipped and the folder's own."""
    own = Path(request.panel, RULES) if request.panel else None
    return asked.rules or ((SHIPPED, own) if own is not None and own.is_file() else (SHIPPED,))


def beside_of(request: Request, asked: Asked, year: int) -> Beside:
    """Return the files of an audit from what was asked for and what the panel's folder brings.

    Rules, evidence and totals that are named take the place of the folder's;
    acceptances that are named are added and go before.

    Raises
    ------
    InputError
        If the evidence that was named is not there.
    """
    own = in_folder(Path(request.panel), year) if request.panel else Beside()
    given = Path(asked.evidence) if asked.evidence else None
    return Beside(
        asked.rules or own.rules,
        own.evidence if given is None else evidence_files(given, year, given),
        Path(asked.totals) if asked.totals else own.totals,
        (*own.accepted, *map(Path, asked.accepted)),
    )


def as_extras(asked: Asked) -> dict[str, bytes]:
    """Return what was named, to go with the inputs of a report; `in_extras` finds it there.

    Raises
    ------
    InputError
        If a file cannot be read any more.
    """
    named = [("evidence", asked.evidence), ("totals", asked.totals)]
    named += [(f"accepted-{place:03d}", path) for place, path in enumerate(asked.accepted)]
    named += [(f"rules-{place:03d}", path) for place, path in enumerate(asked.rules)]
    extras: dict[str, bytes] = {}
    for name, word in named:
        if not word:
            continue
        if name.startswith("rules") and word == SHIPPED:
            extras[f"{_GIVEN}{name}.{SHIPPED}"] = b""
            continue
        try:
            extras[f"{_GIVEN}{name}{Path(word).suffix.lower()}"] = Path(word).read_bytes()
        except OSError:
            raise InputError([Finding("error", "table-not-found", {"path": word})]) from None
    return extras


def in_extras(folder: Path, year: int) -> Beside:
    """Return the files of an audit from the extras of a report's inputs."""
    own = in_folder(folder, year)
    rules = sorted(folder.glob(f"{_GIVEN}rules-*"))
    evidence = sorted(folder.glob(f"{_GIVEN}evidence.*"))
    totals = sorted(folder.glob(f"{_GIVEN}totals.*"))
    named = tuple(SHIPPED if path.suffix == f".{SHIPPED}" else path for path in rules)
    return Beside(
        named or own.rules,
        dict.fromkeys(evidence, year) or own.evidence,
        totals[0] if totals else own.totals,
        (*own.accepted, *sorted(folder.glob(f"{_GIVEN}accepted-*"))),
    )
