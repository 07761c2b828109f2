"""The catalogue: frameworks, methods and regions that are shipped, found by name."""

from __future__ import annotations

import csv
import difflib
from dataclasses import dataclass
from pathlib import Path

from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.method import Method, read_method
from analysis.core.read_framework import read_framework
from analysis.core.regions import Region, Regions
from analysis.paths import data_dir

DEFAULT_METHOD = "efficacy"


@dataclass(frozen=True)
class Entry:
    """A shipped framework, and what goes with it.

    Attributes
    ----------
    name, title_zh, title_en : str
    method : str
        Name of the method it is scored by unless another is asked for.
    panel : str
        Its own table of values, below ``data/``; ``""`` where it has none.
    regions : str
        Name of its set of regions; ``""`` where any region is accepted.
    primitives : str
        Names and definitions of its primitives, below ``data/``; ``""`` where
        it has none.
    points : str
        Name of the method whose points outside the weights are shipped as an
        example for it; ``""`` where there is none.
    source, note_zh, note_en : str
    """

    name: str
    title_zh: str
    title_en: str
    method: str
    panel: str
    regions: str
    primitives: str
    points: str
    source: str
    note_zh: str
    note_en: str

    def title(self, lang: str) -> str:
        """Return the title in ``lang``."""
        return self.title_zh if lang == "zh" else self.title_en


def list_frameworks() -> tuple[Entry, ...]:
    """Return the shipped frameworks, in the order of the catalogue."""
    return tuple(
        Entry(**{key: (row[key] or "").strip() for key in Entry.__dataclass_fields__})
        for row in _rows(data_dir() / "frameworks" / "catalogue.csv")
    )


def list_methods() -> tuple[str, ...]:
    """Return the names of the shipped methods, sorted."""
    return tuple(sorted(path.stem for path in (data_dir() / "methods").glob("*.yml")))


def framework_path(name_or_path: str | Path) -> Path:
    """Return the file of a framework, shipped under that name or at that path.

    Raises
    ------
    InputError
        If it is neither; the error lists the names there are.
    """
    names = tuple(entry.name for entry in list_frameworks())
    return _find("framework", name_or_path, names, data_dir() / "frameworks", ".csv")


def method_path(name_or_path: str | Path) -> Path:
    """Return the file of a method, shipped under that name or at that path.

    Raises
    ------
    InputError
        If it is neither; the error lists the names there are.
    """
    return _find("method", name_or_path, list_methods(), data_dir() / "methods", ".yml")


def find_framework(name_or_path: str | Path) -> Framework:
    """Read a framework, shipped under that name or at that path.

    Raises
    ------
    InputError
        If there is none, or with every problem in it.
    """
    return read_framework(framework_path(name_or_path))


def find_method(name_or_path: str | Path) -> Method:
    """Read a method, shipped under that name or at that path.

    Raises
    ------
    InputError
        If there is none, or with every problem in it.
    """
    return read_method(method_path(name_or_path))


def default_method(framework_name: str) -> str:
    """Return the name of the method a framework is scored by by default."""
    entry = _entry(framework_name)
    return entry.method if entry else DEFAULT_METHOD


def points_example(framework_name: str) -> str:
    """Return the method that shows points outside a framework's weights; ``""`` where none does."""
    entry = _entry(framework_name)
    return entry.points if entry else ""


def default_panel(framework_name: str) -> Path | None:
    """Return the path of a framework's own table of values, where it has one."""
    entry = _entry(framework_name)
    return data_dir() / entry.panel if entry and entry.panel else None


def read_primitives(name_or_path: str | Path) -> dict[str, dict[str, str]]:
    """Return what is said of the primitives of a framework, by code.

    For a framework of the user's own it stands in ``<stem>.primitives.csv``
    beside it. Columns as in ``data/demo/primitives.csv``: ``name_zh, name_en,
    unit, unit_zh, unit_en, integer, part_of, meaning_zh, meaning_en``; any of
    them may be left out.
    """
    entry = _entry(str(name_or_path))
    if entry is not None:
        path = data_dir() / entry.primitives if entry.primitives else None
    else:
        path = Path(name_or_path)
        path = path.with_name(f"{path.stem}.primitives.csv")
    if path is None or not path.is_file():
        return {}
    return {str(row.get("code") or ""): row for row in _rows(path)}


def default_regions(framework_name: str) -> Regions | None:
    """Return a framework's set of regions; None where any region is accepted."""
    entry = _entry(framework_name)
    return find_regions(entry.regions) if entry and entry.regions else None


def find_regions(name: str) -> Regions:
    """Return a set of regions of ``data/regions.csv``.

    Raises
    ------
    InputError
        If there is no set of that name.
    """
    rows = _rows(data_dir() / "regions.csv")
    members = tuple(
        Region(
            row["code"],
            row["name_zh"],
            row["name_en"],
            tuple(word.strip() for word in row["aliases"].split(";") if word.strip()),
        )
        for row in rows
        if row["set"] == name
    )
    if not members:
        names = tuple(sorted({row["set"] for row in rows}))
        raise InputError([_not_found("regions", name, names)])
    return Regions(name, members)


def _entry(name: str) -> Entry | None:
    return next((entry for entry in list_frameworks() if entry.name == name), None)


def _find(
    kind: str, name_or_path: str | Path, names: tuple[str, ...], folder: Path, ending: str
) -> Path:
    name = str(name_or_path)
    if name in names:
        return folder / f"{name}{ending}"
    path = Path(name_or_path)
    if name and "\0" not in name and path.is_file():
        return path
    raise InputError([_not_found(kind, name, names)])


def _not_found(kind: str, name: str, names: tuple[str, ...]) -> Finding:
    near = difflib.get_close_matches(name.lower(), names, 1)
    code = f"catalogue.{kind}_near" if near else f"catalogue.{kind}"
    values = {"name": name, "near": near[0] if near else "", "names": ", ".join(names)}
    return Finding("error", code, values)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))
