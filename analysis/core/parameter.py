"""What a parameter of a rule may be, so that a method file can be checked before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

HUGE = 1e300  # finite, so that neither an infinity nor a number past float64 is let in


@dataclass(frozen=True)
class Parameter:
    """One parameter of a rule.

    Attributes
    ----------
    kind : {"number", "whole", "choice", "flag", "table", "text", "numbers"}
        ``table`` is a mapping, checked by the rule itself; ``numbers`` a list of them.
    default : number, str, bool, tuple of numbers or None
        None: the rule does without, or finds the value by itself.
    low, high : float
        Bounds of a number, both allowed.
    choices : tuple of str
        Words allowed for a choice.
    """

    kind: Literal["number", "whole", "choice", "flag", "table", "text", "numbers"]
    default: float | int | str | bool | tuple[float, ...] | None = None
    low: float = -HUGE
    high: float = HUGE
    choices: tuple[str, ...] = ()


def problem_with(parameter: Parameter, value: object) -> str | None:
    """Return the kind of thing that a value should be and is not.

    None where the value is allowed; a value of None is where the default is.
    """
    if value is None:
        return None if parameter.default is None else parameter.kind
    if parameter.kind == "flag":
        fine = isinstance(value, bool)
    elif parameter.kind == "choice":
        fine = isinstance(value, str) and value in parameter.choices
    elif parameter.kind == "table":
        fine = isinstance(value, Mapping)
    elif parameter.kind == "text":
        fine = isinstance(value, str) and (parameter.default == "" or bool(value.strip()))
    elif parameter.kind == "numbers":
        fine = isinstance(value, list | tuple) and all(_within(parameter, v) for v in value)
    else:
        fine = _within(parameter, value)
    return None if fine else parameter.kind


def _within(parameter: Parameter, value: object) -> bool:
    kinds = (int,) if parameter.kind == "whole" else (int, float)
    if not isinstance(value, kinds) or isinstance(value, bool):
        return False
    return parameter.low <= value <= parameter.high
