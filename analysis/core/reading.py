"""What came of reading a table, and handing it on as files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from analysis.core.columns import Layout
from analysis.core.findings import Finding
from analysis.core.panel import REASON_COLUMNS, Panel
from analysis.core.write import write_table, write_text

PANEL_FILE, BASES_FILE, READING_FILE = "panel.parquet", "bases.parquet", "reading.json"
FORM = 1


@dataclass(frozen=True, eq=False)
class Reading:
    """A table that was read.

    Attributes
    ----------
    panel : Panel
        Items or primitives as found, not yet derived.
    findings : tuple of Finding
        What was found in it; the errors are those of rows that were refused.
    rows_read, rows_used, rows_refused : int
        ``rows_read == rows_used + rows_refused``; blank rows are no rows. A
        row is a unit-year in wide form and one value in long form.
    attributes : tuple of str
        Columns taken as attributes of the units.
    layout : {"long", "wide"}
    sources : mapping of str to str
        Where the values come from, in ``zh`` and ``en``.
    """

    panel: Panel
    findings: tuple[Finding, ...]
    rows_read: int
    rows_used: int
    rows_refused: int
    attributes: tuple[str, ...]
    layout: Layout
    sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def save_reading(reading: Reading, folder: str | Path) -> None:
    """Write a reading as ``panel.parquet`` and ``reading.json`` into ``folder``.

    Figures that only growth rests on go into ``bases.parquet``, if there are any.

    The same reading gives the same bytes. The folder is made if need be; use
    `analysis.core.write.atomic_folder` to have both files or none.

    Parameters
    ----------
    reading : Reading
    folder : str or pathlib.Path
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    panel = reading.panel
    # Several tables in one: the columns say by their prefix where they belong.
    parts = [panel.units.add_prefix("unit:"), panel.values.add_prefix("value:")]
    if panel.imputed is not None:
        parts.append(panel.imputed.add_prefix("imputed:"))
    write_table(pd.concat(parts, axis=1).reset_index(), folder / PANEL_FILE)
    if panel.bases is not None:
        write_table(panel.bases.reset_index(), folder / BASES_FILE)
    record = {
        "form": FORM,
        "source": panel.source,
        "sources": dict(reading.sources),
        "synthetic": panel.synthetic,
        "layout": reading.layout,
        "rows": [reading.rows_read, reading.rows_used, reading.rows_refused],
        "attributes": list(reading.attributes),
        "reasons": panel.reasons.to_numpy(dtype=object).tolist(),
        "findings": [_record(finding) for finding in reading.findings],
    }
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, indent=1, default=_plain)
    write_text(folder / READING_FILE, text + "\n")


def load_reading(folder: str | Path) -> Reading:
    """Read what `save_reading` wrote.

    Parameters
    ----------
    folder : str or pathlib.Path

    Returns
    -------
    Reading

    Raises
    ------
    FileNotFoundError
        If the folder lacks one of the files.
    ValueError
        If they were written by another version of this format.
    """
    folder = Path(folder)
    record = json.loads((folder / READING_FILE).read_text(encoding="utf-8"))
    if record.get("form") != FORM:
        raise ValueError(f"{folder / READING_FILE} has form {record.get('form')}, not {FORM}")
    table = _table(folder / PANEL_FILE)
    parts = {
        prefix: table.filter(regex=f"^{prefix}").rename(columns=lambda c: c.split(":", 1)[1])
        for prefix in ("unit:", "value:", "imputed:")
    }
    reasons = pd.DataFrame(record["reasons"], columns=list(REASON_COLUMNS))
    panel = Panel(
        parts["value:"],
        parts["unit:"],
        reasons,
        record["source"],
        record["synthetic"],
        parts["imputed:"].astype(bool) if len(parts["imputed:"].columns) else None,
        _table(folder / BASES_FILE) if (folder / BASES_FILE).is_file() else None,
    )
    rows_read, rows_used, rows_refused = record["rows"]
    return Reading(
        panel,
        tuple(Finding(**finding) for finding in record["findings"]),
        rows_read,
        rows_used,
        rows_refused,
        attributes=tuple(record["attributes"]),
        layout=record["layout"],
        sources=MappingProxyType(record["sources"]),
    )


def _table(path: Path) -> pd.DataFrame:
    with pq.ParquetFile(path) as file:
        table: pd.DataFrame = file.read().to_pandas()
    return table.astype({"unit": "str"}).set_index(["year", "unit"])


def _record(finding: Finding) -> dict[str, Any]:
    # asdict() cannot copy a read-only mapping.
    record = {name: getattr(finding, name) for name in Finding.__dataclass_fields__}
    return {name: dict(v) if isinstance(v, Mapping) else v for name, v in record.items()}


def _plain(value: object) -> object:
    """Return numpy's numbers as Python's, and anything else as text."""
    return value.item() if hasattr(value, "item") else str(value)
