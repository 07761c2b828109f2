"""Which nodes of a unit have a score under a variant: settled once, by the nominal weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.core.framework import Framework
from analysis.core.method import Method, Missing
from analysis.core.nodes import form_nodes, rule_of
from analysis.core.uncertainty.draws.form import MEANS
from analysis.core.uncertainty.methods.upstream import Normalised
from analysis.core.uncertainty.methods.variant import Variant

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

ANY_SHARE = Missing("renormalise", 0.0)


def settled(
    done: Normalised,
    values: FloatArray,
    framework: Framework,
    method: Method,
    choice: Mapping[str, str],
    year: int,
    known: dict[tuple[bytes, bytes], BoolArray] | None = None,
) -> Variant:
    """Return a variant, items blanked below the nodes that have no score by nominal weights.

    Parameters
    ----------
    done : Normalised
    values : ndarray, shape (units, items)
        The normalised items as the nodes are formed from them.
    framework : Framework
        With the nominal weights.
    method : Method
    choice : mapping of str to str
    year : int
        Of ``done.units``.
    known : dict, optional
        What was blanked under this method in other tables of the same units,
        by what is missing and refused: where all nodes are means, and take the
        values there are, it depends on nothing else. Added to.
    """
    ready = replace(method, missing=ANY_SHARE)
    lacking = np.isnan(values)
    alike = _takes_all(values, framework, method)
    if alike and not (lacking.any() or done.refused.any()):
        return Variant(ready, choice, values)
    key = lacking.tobytes(), done.refused.tobytes()
    blank = known.get(key) if known is not None and alike else None
    if blank is None:
        blank = _blanks(done, values, framework, method, year)
        if known is not None and alike:
            known[key] = blank
    return Variant(ready, choice, np.where(blank, np.nan, values))


def _blanks(
    done: Normalised, values: FloatArray, framework: Framework, method: Method, year: int
) -> BoolArray:
    """Return which items are below a node without a score."""
    told = np.ones(len(values), dtype=bool)
    formed = form_nodes(
        values, done.refused, values, done.units, {year: framework}, method, told
    ).values
    column = {str(code): at for at, code in enumerate(framework.nodes.index)}
    item = {code: at for at, code in enumerate(framework.items)}
    blank = np.zeros(values.shape, dtype=bool)
    for code in framework.bottom_up:
        lacking = np.isnan(formed[:, column[code]])
        if framework.children(code) and lacking.any():
            below = [item[one] for one in framework.items_under(code)]
            blank[np.ix_(np.flatnonzero(lacking), np.array(below))] = True
    return blank


def _takes_all(values: FloatArray, framework: Framework, method: Method) -> bool:
    """Return whether all nodes are means that take the values there are."""
    inner = [code for code in framework.bottom_up if framework.children(code)]
    rules = {rule_of(code, framework, method)[0] for code in inner}
    return rules <= {"arithmetic"} or (rules <= set(MEANS) and not (values <= 0).any())
