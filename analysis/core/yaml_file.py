"""YAML written by strangers: plain data, each key once, and nothing that grows while it is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from analysis.core.cells import shown as quoted

LARGEST = 1_000_000  # bytes


class Unreadable(Exception):
    """A file that cannot be used, ``code`` saying why: ``unreadable``, ``too_large``, ``not_yaml``.

    Attributes
    ----------
    code : str
    line : int, optional
        Where reading failed, counted from 1.
    """

    def __init__(self, code: str, line: int | None = None) -> None:
        self.code, self.line = code, line
        super().__init__(code)


class _Strict(yaml.SafeLoader):
    """Plain data only: no repeated keys, and no merge key, which can double itself."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Refuse ``<<``."""
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(None, None, "merge key", key.start_mark)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping, refusing a key that stands twice."""
        found = super().construct_mapping(node, deep=deep)
        if len(found) != len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "repeated key", node.start_mark)
        return found


def read_yaml(source: str | Path) -> Mapping[Any, Any]:
    """Return the mapping that a YAML file holds.

    Parameters
    ----------
    source : str or pathlib.Path

    Returns
    -------
    mapping
        Of anything plain: whoever asks has still to check it.

    Raises
    ------
    Unreadable
    """
    path = Path(source)
    try:
        with path.open("rb") as handle:
            content = handle.read(LARGEST + 1)
    except (OSError, ValueError):  # a path may hold a NUL
        raise Unreadable("unreadable") from None
    if len(content) > LARGEST:
        raise Unreadable("too_large")
    try:
        found = yaml.load(content.decode("utf-8-sig"), Loader=_Strict)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise Unreadable("not_yaml", mark.line + 1 if mark else None) from None
    except (UnicodeDecodeError, yaml.YAMLError, ValueError, OverflowError, RecursionError):
        raise Unreadable("not_yaml") from None
    if not isinstance(found, Mapping):
        raise Unreadable("not_yaml")
    return found


def shown(value: object) -> str:
    """Return a value as a message may show it: a nested one only by its kind."""
    try:
        return quoted(value) if isinstance(value, str | int | float) else type(value).__name__
    except ValueError:  # a whole number of thousands of digits
        return type(value).__name__
