"""Points outside the weights as a choice that is varied: by default, and on what assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from analysis.core.adjust import input_of
from analysis.core.adjust_check import adjust_problems
from analysis.core.adjustment import in_force
from analysis.core.catalogue import find_method, points_example
from analysis.core.change import only_year
from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.uncertainty.methods.method_space import POINTS, MethodSpace, default_methods
from analysis.core.uncertainty.methods.read_adjustments import FILE

INSIDE, OUTSIDE = "inside", "outside"
ASSUMED = "study.points_assumed"


def usual_methods(panel: Panel, framework: Framework, base: Method) -> Mapping[str, Any]:
    """Return what a study of one framework varies by default: for `read_method_space`.

    That of `default_methods`; and where the base method has no points of its own
    and an example is shipped for the framework (`example_points`), whether its
    items count ``inside`` the weights, as they do, or ``outside``, as in it.

    Parameters
    ----------
    panel : Panel
        Of items.
    framework : Framework
    base : Method
    """
    usual = default_methods(base)
    example = example_points(panel, framework, base)
    if example is None:
        return usual
    return {**usual, POINTS: ({"name": INSIDE}, {"name": OUTSIDE, FILE: example.name})}


def example_points(panel: Panel, framework: Framework, base: Method) -> Method | None:
    """Return the base method with the points shipped as an example for a framework, named so.

    None where no example is shipped, the method has points of its own, or those
    of the example cannot be counted under it (see
    `analysis.core.adjust_check.adjust_problems`): nobody asked for them, so
    that nothing is refused for their sake.

    Parameters
    ----------
    panel : Panel
        Of items.
    framework : Framework
    base : Method
    """
    name = points_example(framework.name)
    if not name or in_force(base, framework).active:
        return None
    held = replace(base, name=name, adjustment=find_method(name).adjustment)
    return None if adjust_problems(panel, framework, held) else held


def assumed_points(
    panel: Panel, framework: Framework, base: Method, space: MethodSpace, year: int
) -> list[Finding]:
    """Return a note on each level of points that rests on sizes which are assumed.

    Parameters
    ----------
    panel : Panel
        Of items.
    framework : Framework
    base : Method
    space : MethodSpace
    year : int
        In which it is looked which rules have an input.
    """
    notes = []
    for level in space.factors.get(POINTS, ()):
        steps: dict[str, Any] = {POINTS: level.step}
        given = in_force(replace(base, **steps), framework)
        assumed = sum(rule.basis == "assumed" for rule in given.rules)
        if not assumed:
            continue
        here = only_year(panel, year).assessed()
        known = [not np.isnan(input_of(here, rule.input)).all() for rule in given.rules]
        told = {"level": level.name, "assumed": assumed, "rules": len(given.rules)}
        told |= {"counted": sum(known), "codes": ", ".join(given.outside) or "-"}
        notes.append(Finding("note", ASSUMED, told))
    return notes
