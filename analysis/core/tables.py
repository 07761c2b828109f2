"""Reading a table from a file, whatever its format, into raw cells with their places.

What a file is shows in its first bytes; its ending only says what its author
took it for, and a difference is reported rather than guessed away.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.core.cells import Cell
from analysis.core.csv_table import read_csv
from analysis.core.excel_table import read_excel
from analysis.core.findings import Finding
from analysis.core.raw_table import MAX_CELLS, MAX_COLUMNS, RawTable, assemble

FORMATS = {
    ".csv": "CSV",
    ".tsv": "CSV",
    ".txt": "CSV",
    ".xlsx": "Excel",
    ".xlsm": "Excel",
    ".parquet": "Parquet",
    ".pq": "Parquet",
}
_ZIP, _OLE, _PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read_table(
    source: str | Path, sheet: str | int | None = None
) -> tuple[RawTable | None, list[Finding]]:
    """Read a table from a CSV, Excel or Parquet file.

    Parameters
    ----------
    source : str or pathlib.Path
    sheet : str, int or None
        Sheet of a workbook, by name or place; by default the first that
        holds anything.

    Returns
    -------
    table : RawTable or None
        None if the file as a whole cannot be read.
    findings : list of Finding
        Every problem of the file and of its rows as such. Nothing is raised
        for anything in the file.
    """
    path = Path(source)
    findings: list[Finding] = []
    kind = FORMATS.get(path.suffix.lower())
    problem = problem_of_file(path, kind)
    if problem is not None:
        return None, [problem]
    if sheet is not None and kind != "Excel":
        return None, [_problem(path, "table-no-sheets")]
    if kind == "Excel":
        table = read_excel(path, sheet, findings)
    elif kind == "Parquet":
        table = _read_parquet(path, findings)
    else:
        table = read_csv(path, findings)
    return table, findings


def _problem(path: Path, code: str, /, **values: object) -> Finding:
    return Finding("error", code, values, file=path.name)


def problem_of_file(path: Path, kind: str | None) -> Finding | None:
    """Return what is wrong with the file before it is opened as what it claims to be."""
    if path.is_dir():
        return _problem(path, "table-folder")
    if not path.is_file():
        return _problem(path, "table-not-found", path=str(path))
    if kind is None:
        code = "table-old-excel" if path.suffix.lower() == ".xls" else "table-ending"
        return _problem(path, code, ending=path.suffix, endings=" ".join(FORMATS))
    try:
        with path.open("rb") as handle:
            head = handle.read(8)
            if head.startswith(_OLE):
                locked = _ENCRYPTED in handle.read(2**26)
                return _problem(path, "table-password" if locked else "table-old-excel")
    except OSError:
        return _problem(path, "table-unreadable", path=str(path))
    if not head:
        return _problem(path, "table-empty")
    is_kind = "Excel" if head.startswith(_ZIP) else "Parquet" if head.startswith(_PARQUET) else ""
    if kind == "Excel" and is_kind != "Excel":
        return _problem(path, "table-not-excel")
    if kind == "Parquet" and is_kind != "Parquet":
        return _problem(path, "table-not-parquet")
    if kind == "CSV" and is_kind:
        return _problem(path, "table-not-csv", kind=is_kind)
    return None


def _read_parquet(path: Path, findings: list[Finding]) -> RawTable | None:
    """Read a flat Parquet file; texts stay dictionaries so that none is repeated in memory."""
    try:
        with pq.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
            nested = [f.name for f in schema if not _is_flat(f.type)]
            if nested:
                findings.append(_problem(path, "table-nested", columns=", ".join(nested[:20])))
                return None
            if len(schema) > MAX_COLUMNS or rows * len(schema) > MAX_CELLS:
                findings.append(
                    _problem(path, "table-too-large", columns=MAX_COLUMNS, cells=f"{MAX_CELLS:,}")
                )
                return None
            texts = [f.name for f in schema if _is_text(f.type)]
        with pq.ParquetFile(path, read_dictionary=texts, page_checksum_verification=True) as file:
            data = file.read()
        data.validate(full=True)
        header = data.column_names
        columns = [_cells_of(column) for column in data.columns]
    except Exception:  # a damaged file makes the library raise anything at all
        findings.append(_problem(path, "table-damaged", kind="Parquet"))
        return None
    records = enumerate(zip(*columns, strict=True), start=2)
    return assemble(path.name, None, header, records, findings)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_flat(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return not (pa.types.is_nested(kind) or "binary" in str(kind))


def _cells_of(column: pa.ChunkedArray) -> list[Cell]:
    cells: list[Cell] = []
    for chunk in column.chunks:
        if pa.types.is_dictionary(chunk.type):
            words = chunk.dictionary.to_pylist()
            cells += [None if i is None else words[i] for i in chunk.indices.to_pylist()]
        elif pa.types.is_floating(chunk.type):
            values = chunk.to_numpy(zero_copy_only=False).astype(float).tolist()
            cells += [None if value != value else value for value in values]
        else:
            cells += chunk.to_pylist()
    return cells
