"""The filled forms in a folder."""

from __future__ import annotations

from pathlib import Path

from analysis.core.findings import Finding

ENDINGS = (".xlsx", ".xlsm")
_TABLES = (".xls", ".xlsb", ".ods", ".et", ".csv", ".tsv", ".parquet", ".numbers")


def forms_in(path: Path, findings: list[Finding]) -> list[tuple[Path, str]]:
    """Return the forms in a folder and below it, with the names for messages, in order.

    Files that programs leave behind (``~$form.xlsx``, ``.DS_Store``) are
    passed over; a table of another kind is an error, since its figures would
    be missed.
    """
    if path.is_file():
        return [(path, path.name)]
    if not path.is_dir():
        findings.append(Finding("error", "form.no_folder", {"path": str(path)}))
        return []
    found = []
    for file in sorted(path.rglob("*"), key=lambda file: file.relative_to(path).as_posix()):
        name = file.relative_to(path).as_posix()
        hidden = any(part.startswith((".", "~$")) for part in file.relative_to(path).parts)
        if hidden or not file.is_file():
            continue
        if file.suffix.lower() in ENDINGS:
            found.append((file, name))
        elif file.suffix.lower() in _TABLES:
            told = {"endings": ", ".join(ENDINGS)}
            findings.append(Finding("error", "form.ending", told, name))
        else:
            findings.append(Finding("note", "form.other_file", file=name))
    if not found:
        findings.append(Finding("error", "form.none", {"path": str(path)}))
    return found
