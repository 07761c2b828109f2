"""Several tables read as one, whose findings stand in their own files."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.core.findings import Finding
from analysis.core.raw_table import RawTable


@dataclass(frozen=True, eq=False)
class JoinedTable(RawTable):
    """Several tables as one, that knows where each of its rows stands.

    Attributes
    ----------
    parts : tuple of (int, str)
        Rows to add to those of the file (its first row being 1), and its name.
    """

    parts: tuple[tuple[int, str], ...] = ()

    def place(self, finding: Finding) -> Finding:
        """Return a finding about a row of this table with the place in its own file."""
        if finding.row is None or finding.file != self.file:
            return finding
        values = dict(finding.values)
        file, row = self._at(finding.row)
        for key in ("other", "row_before"):
            other = values.get(key)
            if finding.code in ("table-duplicate", "table-fact-differs") and isinstance(other, int):
                values[key] = self._at(other)[1]
        return replace(finding, values=values, file=file, row=row)

    def _at(self, row: int) -> tuple[str, int]:
        offsets = [offset for offset, _ in self.parts]
        offset, file = self.parts[bisect_right(offsets, row - 1) - 1]
        return file, row - offset


def join_tables(tables: Sequence[RawTable], name: str) -> JoinedTable:
    """Put tables below each other; a column that one of them lacks is blank there.

    Parameters
    ----------
    tables : sequence of RawTable
        At least one.
    name : str
        What findings about the whole name as their file.
    """
    header = tuple(dict.fromkeys(word for table in tables for word in table.header))
    columns: tuple[list[object], ...] = tuple([] for _ in header)
    rows: list[int] = []
    broken: set[int] = set()
    parts = []
    offset = 0
    for table in tables:
        parts.append((offset, table.file))
        held = dict(zip(table.header, table.columns, strict=True))
        for word, column in zip(header, columns, strict=True):
            column += held.get(word) or [None] * len(table.rows)
        rows += [offset + row for row in table.rows]
        broken |= {offset + row for row in table.broken}
        offset = max([*rows, offset, *broken])
    return JoinedTable(name, None, header, columns, tuple(rows), frozenset(broken), 1, tuple(parts))
