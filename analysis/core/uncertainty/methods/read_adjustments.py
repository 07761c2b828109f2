"""Levels of the points outside the weights, read from a file of methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis.core.adjust_read import read_adjustment
from analysis.core.adjustment import NO_ADJUSTMENT, Adjustment
from analysis.core.catalogue import find_method, list_methods
from analysis.core.findings import Finding, InputError
from analysis.core.method import Method, on_own_scale
from analysis.core.yaml_file import shown

FILE = "file"
NONE = ("none", "inside")


def read_points(
    content: Mapping[Any, Any],
    base: Method,
    file: str | None,
    folder: Path,
    problems: list[Finding],
) -> Adjustment:
    """Return the adjustment of a level.

    Parameters
    ----------
    content : mapping
        Nothing: that of the base method. ``file``: ``none`` or ``inside`` (no points:
        all items inside the weights), the name of a shipped method, or the path of a
        method file. Else rules as in a method file; points that name no scale are
        on that of the base method.
    base : Method
    file : str or None
        The file of methods, for messages.
    folder : pathlib.Path
        From which a path counts.
    problems : list of Finding
        What is wrong is added to it.
    """
    if not content:
        return base.adjustment
    word = content.get(FILE)
    if FILE not in content:
        given = read_adjustment(content, problems, file)
        return on_own_scale(replace(base, adjustment=given)).adjustment
    if len(content) > 1 or not isinstance(word, str) or not word.strip() or "\0" in word:
        more = word if len(content) == 1 else ", ".join(shown(key) for key in content)
        problems.append(_problem("adjustment", file, value=shown(more)))
        return NO_ADJUSTMENT
    if word in NONE:
        return NO_ADJUSTMENT
    try:
        found = find_method(word if word in list_methods() else folder / word).adjustment
    except InputError as error:
        problems += error.findings
        return NO_ADJUSTMENT
    except (OSError, ValueError):  # a name that no file can have
        problems.append(_problem("adjustment", file, value=shown(word)))
        return NO_ADJUSTMENT
    if not found.active:
        problems.append(_problem("no_points", file, file=shown(word)))
    return found


def points_name(content: Mapping[Any, Any]) -> str:
    """Return a name for a level that was given none."""
    if not content:
        return "base"
    word = content.get(FILE)
    return Path(word).stem if isinstance(word, str) else "points"


def _problem(code: str, file: str | None, /, **values: object) -> Finding:
    return Finding("error", f"methods.{code}", values, file=file)
