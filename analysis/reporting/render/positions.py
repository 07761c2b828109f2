"""YAML with line numbers, and the check of its keys against what is supported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from analysis.reporting.render.errors import Place, RenderError

Path_ = tuple[str | int, ...]
Schema = Mapping[str, Any]
"""Key -> None (any value), a set of values, a nested schema, or [schema] for a list."""


@dataclass(frozen=True)
class Positioned:
    """Data read from YAML, and the place of each key.

    Attributes
    ----------
    data : dict
    places : mapping of path to Place
        A path is the tuple of keys (and positions in lists) down to a value.
    """

    data: dict[str, Any]
    places: Mapping[Path_, Place]

    def place(self, *path: str | int) -> Place | None:
        """Return the place of a key, or of the nearest one above it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path)


def load_yaml(text: str, at: Place) -> Positioned:
    """Read a YAML mapping whose first line stands at ``at``.

    Raises
    ------
    RenderError
        If it is no YAML, or no mapping.
    """
    first = at.line or 1
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = first + (mark.line if mark is not None else 0)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise RenderError("yaml", Place(at.file, line, at.cell), problem=problem) from None
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise RenderError("yaml", at, problem="a mapping of keys to values was expected")
    places: dict[Path_, Place] = {(): at}

    def visit(node: yaml.Node | None, path: Path_) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                below = (*path, str(key.value))
                places[below] = Place(at.file, first + key.start_mark.line, at.cell)
                visit(value, below)
        elif isinstance(node, yaml.SequenceNode):
            for position, value in enumerate(node.value):
                below = (*path, position)
                places[below] = Place(at.file, first + value.start_mark.line, at.cell)
                visit(value, below)

    visit(tree, ())
    return Positioned(data, places)


def check_keys(source: Positioned, schema: Schema) -> None:
    """Refuse the first key or value that the schema does not know.

    Raises
    ------
    RenderError
        Naming the key, with file and line.
    """
    _check(source, source.data, schema, ())


def _check(source: Positioned, data: Any, schema: Any, path: Path_) -> None:
    if schema is None:
        return
    name = ".".join(str(part) for part in path if not isinstance(part, int))
    if isinstance(schema, list):
        if not isinstance(data, list):
            raise RenderError("value", source.place(*path), key=name, value=data, known="[…]")
        for position, part in enumerate(data):
            _check(source, part, schema[0], (*path, position))
    elif isinstance(schema, Mapping):
        if not isinstance(data, dict):
            known = ", ".join(sorted(schema))
            raise RenderError("value", source.place(*path), key=name, value=data, known=known)
        for key, part in data.items():
            if key not in schema:
                where = source.place(*path, str(key))
                full = f"{name}.{key}" if name else str(key)
                raise RenderError("key", where, key=full, known=", ".join(sorted(schema)))
            _check(source, part, schema[key], (*path, str(key)))
    elif data not in schema:
        known = ", ".join(sorted(str(value) for value in schema))
        raise RenderError("value", source.place(*path), key=name, value=data, known=known)
