"""How weights are drawn, read from a word or a YAML file."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework
from analysis.core.uncertainty.weights.draw_spec import WeightDraws
from analysis.core.uncertainty.weights.read_constraints import (
    LARGEST,
    Problems,
    bounded,
    groups_asked,
    rows_asked,
    shown,
)
from analysis.core.uncertainty.weights.sample_weights import space_of
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.space_builders import with_linear
from analysis.core.uncertainty.weights.space_centre import centre
from analysis.core.yaml_file import Unreadable, read_yaml

KEYS = ("groups", "bounds", "items", "shares", "order", "linear", "distribution")
IN_FILE = ("uniform", "band", "dirichlet")
WORDS = (*IN_FILE, "nominal")
_WORD = re.compile(r"([a-z]+)(?::(.+))?", re.DOTALL)


def weight_draws(word_or_path: str | Path, framework: Framework) -> WeightDraws:
    """Return how weights are drawn, from a word or a file.

    Parameters
    ----------
    word_or_path : str or pathlib.Path
        ``dirichlet`` or ``dirichlet:5`` (concentration), ``band`` or
        ``band:0.5`` (weights within ± 50% of nominal), ``uniform`` (evenly over
        `analysis.core.uncertainty.weights.space_builders.admissible`), ``nominal``, or
        a file for `read_weight_space`.
    framework : Framework

    Returns
    -------
    WeightDraws

    Raises
    ------
    InputError
        If it is neither such a word nor a file, or the file is not right.
    """
    met = _WORD.fullmatch(str(word_or_path))
    if not isinstance(word_or_path, str) or met is None or met[1] not in WORDS:
        return read_weight_space(word_or_path, framework)
    problems = Problems(framework, "")
    spec = _worded(word_or_path, WORDS, word_or_path, problems)
    if spec is None:
        raise InputError(problems.found)
    return replace(spec, space=space_of(spec, framework))


def read_weight_space(source: str | Path, framework: Framework) -> WeightDraws:
    """Read admissible weights from a YAML file.

    All keys may be left out::

        groups: fixed             # or free, or [0.8, 1.2] times those given
        bounds: [0.5, 2]          # items' weights, times nominal; or free
        items:                    # the same for items of their own
          exports: [0.2, 3]
        shares:                   # share of any node in its parent, from 0 to 1
          trade: [0.1, 0.4]
        order:                    # at least as important as; any nodes
          - [exports, imports, tariffs]
        linear:                   # any linear constraints, any nodes
          - {weights: {exports: 1, imports: -2}, least: 0, most: 0.1}
        distribution: uniform     # or band, or dirichlet, or dirichlet:5

    ``order`` and ``linear`` speak of weights in the index, from 0 to 1; a group
    counts with the sum of its items. ``distribution: band`` draws evenly
    between bounds and needs ``groups`` fixed or free and neither ``shares``
    that link items, ``order`` nor ``linear``; ``dirichlet`` knows no bounds at
    all beside ``groups``.

    Parameters
    ----------
    source : str or pathlib.Path
        At most a megabyte.
    framework : Framework

    Returns
    -------
    WeightDraws

    Raises
    ------
    InputError
        With every problem found; or, where no weights fulfil everything asked,
        constraints that contradict each other.
    """
    path = Path(source)
    problems = Problems(framework, path.name)
    try:
        content = read_yaml(path)
    except Unreadable as error:
        code = f"file_{error.code}"
        if error.code == "unreadable" and not path.suffix:
            code = "word"
        line = "?" if error.line is None else error.line
        told = {"file": shown(str(source)), "line": line, "words": ", ".join(WORDS)}
        raise InputError([Finding("error", f"space.{code}", told, file=path.name)]) from None
    for key in content:
        if key not in KEYS:
            problems.add("key", shown(key), allowed=", ".join(KEYS))
    spec = _worded(content.get("distribution", "uniform"), IN_FILE, "distribution", problems)
    boundless = spec is not None and spec.kind == "dirichlet"
    space = bounded({"bounds": "free", **content} if boundless else content, problems)
    rows = rows_asked(content, problems)
    if problems.found or space is None or spec is None:
        raise InputError(problems.found)
    space = with_linear(space, rows)
    _fitting(spec, space, content, problems)
    if problems.found:
        raise InputError(problems.found)
    try:
        centre(space)
    except InputError as error:
        raise InputError([replace(one, file=path.name) for one in error.findings]) from None
    return replace(spec, space=space, source=path.name)


def _worded(
    word: object, allowed: tuple[str, ...], key: str, problems: Problems
) -> WeightDraws | None:
    """Return the specification that a word stands for, None where it stands for none."""
    met = _WORD.fullmatch(word) if isinstance(word, str) else None
    kind, number = met.groups() if met is not None else ("", None)
    if kind not in allowed or (kind == "band" and allowed is IN_FILE and number is not None):
        problems.add("distribution", key, value=shown(word), allowed=", ".join(allowed))
        return None
    if number is None:
        plain: dict[str, WeightDraws] = {
            "uniform": WeightDraws("uniform"),
            "band": WeightDraws("band"),
            "dirichlet": WeightDraws("dirichlet"),
            "nominal": WeightDraws("nominal"),
        }
        return plain[kind]
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if kind == "dirichlet" and 1e-3 <= value <= LARGEST:
        return WeightDraws("dirichlet", concentration=value)
    if kind == "band" and 0 < value <= 1:
        return WeightDraws("band", band=value)
    problems.add("word_number", key, value=shown(number), kind=kind)
    return None


def _fitting(
    spec: WeightDraws, space: WeightSpace, content: Mapping[Any, Any], problems: Problems
) -> None:
    """Note where a distribution cannot live on what the file allows."""
    if spec.kind == "band" and not space.separable:
        problems.add("not_boxed", "distribution", kind="band")
    if spec.kind == "dirichlet":
        unfit = [key for key in KEYS[1:-1] if content.get(key) not in (None, "free", [], {})]
        if unfit or not isinstance(groups_asked(content, problems), str):
            problems.add("not_free", "distribution", keys=", ".join(unfit or ["groups"]))
