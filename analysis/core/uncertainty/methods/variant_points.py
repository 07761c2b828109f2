"""Points outside the weights under every variant of a method."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.core.adjust import Counted, added, count_points
from analysis.core.adjust_check import adjust_problems
from analysis.core.adjust_scale import on_scale, set_wise_problems, width_of
from analysis.core.adjustment import Adjustment, in_force
from analysis.core.change import only_year
from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.uncertainty.methods.upstream import FloatArray
from analysis.core.uncertainty.methods.variant import Variant


@dataclass(frozen=True, eq=False)
class PointSource:
    """What the points of a year are counted from; each adjustment is counted once.

    Attributes
    ----------
    panel : Panel
        The assessed unit-years of one year.
    framework : Framework
        With the weights there are before nodes are taken out.
    width : float
        Of the scale of the index under the base method: that of points which name none.
    counted : dict of Adjustment to Counted
    """

    panel: Panel
    framework: Framework
    width: float
    counted: dict[Adjustment, Counted] = field(default_factory=dict)

    def problems(self, methods: Iterable[Method]) -> list[Finding]:
        """Return why the points of some of the methods cannot be counted, each once."""
        found: dict[str, Finding] = {}
        checked: set[Adjustment] = set()
        for method in methods:
            # What points ask of the data once, what they ask of the other steps each time.
            if method.adjustment in checked:
                problems = set_wise_problems(self.framework, method)
            else:
                problems = adjust_problems(self.panel, self.framework, method)
            checked.add(method.adjustment)
            found |= {problem.text("en"): problem for problem in problems}
        return list(found.values())

    def given(self, variant: Variant, method: Method, values: FloatArray, mapped: bool) -> Variant:
        """Return a variant with the points of its method, on the scale of its index.

        Parameters
        ----------
        variant : Variant
        method : Method
            That of the variant, with its adjustment.
        values : ndarray, shape (units, items)
            Normalised, nothing blanked.
        mapped : bool
            Whether ``values`` were mapped to a scale that is not the method's.
        """
        adjustment = in_force(method, self.framework)
        if not adjustment.active:
            return variant
        if adjustment not in self.counted:
            self.counted[adjustment] = count_points(self.panel, adjustment)
        counted = self.counted[adjustment]
        stated = adjustment
        if adjustment.scale is None and self.width > 0:
            stated = replace(adjustment, scale=(0.0, self.width))
        factor, lowest = on_scale(
            stated, counted.penalty, self.framework, method, values, ends=not mapped
        )
        whole = added(factor * counted.bonus + factor * counted.penalty, counted.veto, lowest)
        nothing = not whole.points.any() and bool(np.isnan(whole.fixed).all())
        return replace(variant, added=None if nothing else whole, outside=adjustment.outside)


def point_source(
    panel: Panel, framework: Framework, base: Method, values: FloatArray, year: int
) -> PointSource:
    """Return what the points of a year are counted from.

    Parameters
    ----------
    panel : Panel
    framework : Framework
    base : Method
    values : ndarray, shape (units, items)
        Normalised under the base method.
    year : int
    """
    return PointSource(
        only_year(panel, year).assessed(), framework, width_of(framework, base, values)
    )
