"""The filled forms in a folder."""

from __future__ import annotations

import filecmp
import os
from pathlib import Path

from analysis.core.findings import Finding

ENDINGS = (".xlsx", ".xlsm")
_TABLES = (
    *(".xls", ".xlsb", ".xltx", ".xltm", ".xlt", ".ods", ".fods", ".ots", ".et", ".ett"),
    *(".csv", ".tsv", ".parquet", ".numbers", ".dbf"),
)
_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")


def forms_in(path: Path, findings: list[Finding]) -> list[tuple[Path, str]]:
    """Return the forms in a folder and below it, with the names for messages, in order.

    Files that programs leave behind (``~$form.xlsx``, ``.DS_Store``) are
    passed over. A table of another kind, an archive or a link is an error,
    since its figures would be missed; of two files with the same bytes the
    first is read and a note names the other.
    """
    if path.is_file():
        return [(path, plain_name(path.name))]
    if not path.is_dir():
        findings.append(Finding("error", "form.no_folder", {"path": plain_name(str(path))}))
        return []
    found: list[tuple[Path, str]] = []
    sizes: dict[int, list[tuple[Path, str]]] = {}
    for file in sorted(path.rglob("*"), key=lambda file: file.relative_to(path).as_posix()):
        name = plain_name(file.relative_to(path).as_posix())
        if any(part.startswith((".", "~$")) for part in file.relative_to(path).parts):
            continue
        # A link may lead anywhere: whoever put it there is not whoever reads what it leads to.
        if file.is_symlink():
            findings.append(Finding("error", "form.link", file=name))
        elif file.is_dir():
            continue
        elif not file.is_file():
            findings.append(Finding("note", "form.other_file", file=name))
        elif file.suffix.lower() in ENDINGS:
            alike = sizes.setdefault(file.stat().st_size, [])
            first = next((n for f, n in alike if _same(f, file)), None)
            if first is None:
                alike.append((file, name))
                found.append((file, name))
            else:
                findings.append(Finding("note", "form.copy", {"other": first}, name))
        elif file.suffix.lower() in _TABLES:
            told = {"endings": ", ".join(ENDINGS)}
            findings.append(Finding("error", "form.ending", told, name))
        elif file.suffix.lower() in _ARCHIVES:
            findings.append(Finding("error", "form.archive", file=name))
        else:
            findings.append(Finding("note", "form.other_file", file=name))
    if not found:
        findings.append(Finding("error", "form.none", {"path": plain_name(str(path))}))
    return found


def _same(one: Path, other: Path) -> bool:
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError:  # reading it says so
        return False


def plain_name(name: str) -> str:
    """Return the name of a file as messages and traces have it: in UTF-8 and on one line.

    Names that were packed on a Chinese Windows come in GB18030; what cannot
    be shown (line ends, marks that turn the text around) is written as the
    escape that Python has for it.
    """
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        try:
            name = os.fsencode(name).decode("gb18030")
        except (UnicodeDecodeError, UnicodeEncodeError):
            name = name.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
