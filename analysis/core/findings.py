"""Findings: what validation has to say, collected before it speaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from analysis.texts import text

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """One thing found in an input, with the place where it stands.

    Attributes
    ----------
    severity : {"error", "warning", "note"}
        An error stops a run (or refuses the row, when bad rows are skipped);
        a warning is reported and the run goes on; a note informs.
    code : str
        Key of the text ``finding.<code>`` in the table of texts.
    values : mapping
        Values for the placeholders of that text.
    file, sheet, row, column : optional
        Place in the input as its author sees it: ``row`` counts from 1 with
        the header, ``column`` is the header's own word.
    unit, year, item : optional
        The cell in the panel that the finding is about.
    """

    severity: Severity
    code: str
    values: Mapping[str, object] = field(default_factory=dict)
    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    unit: str | None = None
    year: int | None = None
    item: str | None = None

    def text(self, lang: str) -> str:
        """Return the finding as a sentence in ``lang``, without its place."""
        return text(f"finding.{self.code}", lang, **self.values)


class InputError(Exception):
    """Input that cannot be used, with every problem found in one pass."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(f.text("en") for f in self.findings))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Finding, ...]]]:
        """Pickle by the findings, since the exception comes from other processes too."""
        return type(self), (self.findings,)
