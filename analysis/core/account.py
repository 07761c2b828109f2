"""The account of a score: what each part adds to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from analysis.core.account_shapley import shapley_parts
from analysis.core.account_slopes import slope_parts, weights_used
from analysis.core.adjustment import POINTS
from analysis.core.nodes import rule_of
from analysis.core.scores import Scores

Definition = Literal["weights", "slopes", "shapley"]

MEANS = ("arithmetic", "geometric", "harmonic", "power")


@dataclass(frozen=True, eq=False)
class Account:
    """What the children of a node add to its score, beside the mean of all units.

    Attributes
    ----------
    parts : pandas.DataFrame
        Index ``unit``, one column a child, and for an index with points outside
        the weights a last one, ``points``. A row sums to the unit's total,
        a column to zero over the units that have a score.
    rule : str
        The rule by which the node is formed; it says what the total is.
    """

    parts: pd.DataFrame
    rule: str


def account(scores: Scores, year: int, node: str | None = None) -> Account:
    """Split each unit's distance from the mean among the children of a node.

    A weighted mean is additive in ``f``: ``f(s) = sum(w_c f(s_c))`` with
    ``f(x) = x`` (arithmetic), ``100 log x`` (geometric) or ``-1 / x``
    (harmonic), and ``w`` the unit's own weights, renormalised over the
    children it has. Child ``c`` adds ``w_c f(s_c)`` less the mean of that over
    all units, so that the parts sum to ``f(s)`` less its mean: for an
    arithmetic mean the score's distance from the mean score, for a geometric
    one the distance of its logarithm, in hundredths (for small distances, per
    cent above the geometric mean of the units). By any other rule child ``c``
    adds what its items add by `item_account`, counted from the mean item,
    less the mean of that: in sum the score's distance from the mean score,
    where units share weights and missing values; else beside what the mean
    item itself scores with theirs.

    Points outside the weights, where the index has any, add ``f(s) - f(s')``,
    ``s'`` being the index without them, less the mean of that.

    Parameters
    ----------
    scores : Scores
    year : int
    node : str, optional
        By default the index.

    Returns
    -------
    Account
        A unit without a score has no parts (NaN); a child without a score
        adds nothing beyond the renormalised weights of the others.

    Raises
    ------
    KeyError
        If the year was not scored or there is no such node.
    """
    framework = scores.framework
    node = node or framework.root
    if scores.points is not None and node == framework.root:
        return _with_points(account(scores.unadjusted, year, node), scores, year)
    children = list(framework.children(node))
    rule = rule_of(node, framework, scores.method)[0]
    values = scores.in_year(year)
    if rule not in ("arithmetic", "geometric", "harmonic"):
        items = {child: list(framework.items_under(child)) for child in children}
        mean = values[[item for held in items.values() for item in held]].mean()
        found = item_account(scores, year, node, mean).parts
        sums = {child: found[held].sum(axis=1, skipna=False) for child, held in items.items()}
        whole = pd.DataFrame(sums)
        return Account(whole - whole.mean(), rule)
    below = values[children].to_numpy()
    weights = weights_used(scores, year, node)
    with np.errstate(invalid="ignore", divide="ignore"):
        transformed = below
        if rule == "geometric":
            transformed = 100.0 * np.log(below)
        elif rule == "harmonic":
            transformed = -1.0 / below
        parts = np.where(weights > 0, weights * transformed, 0.0)
    parts[values[node].isna().to_numpy()] = np.nan
    frame = pd.DataFrame(parts, index=values.index, columns=children)
    return Account(frame - frame.mean(), rule)


def _with_points(found: Account, scores: Scores, year: int) -> Account:
    """Return the account of the index with a line for the points, all lines centred anew."""
    assert scores.points is not None
    before = scores.unadjusted.in_year(year)[scores.framework.root]
    after = scores.in_year(year)[scores.framework.root]
    with np.errstate(invalid="ignore", divide="ignore"):
        if found.rule == "geometric":
            points = 100.0 * (np.log(after) - np.log(before))
        elif found.rule == "harmonic":
            points = 1.0 / before - 1.0 / after
        else:
            points = after - before
    parts = found.parts.assign(**{POINTS: points})
    parts = parts.where(after.notna())
    return Account(parts - parts.mean(), found.rule)


@dataclass(frozen=True, eq=False)
class ItemAccount:
    """What each item adds to the score of a node; the parts sum to the score.

    Attributes
    ----------
    parts : pandas.DataFrame
        Index ``unit``, one column an item under the node, and for an index with
        points outside the weights a last one, ``points``: what they change in
        the score. ``base`` plus the sum of a row is the unit's score. 0 where
        the unit lacks the item, NaN where it has no score.
    base : pandas.Series
        What a unit with the reference values of the items would score (with
        the same values missing): 0 for arithmetic means by default.
    score : pandas.Series
    definition : {"weights", "slopes", "shapley"}
        How the parts are found (see `item_account`); the text
        ``account.definition.<word>`` says it in words.
    reference : pandas.DataFrame
        Normalised values of the items from which the parts count, by unit.
    """

    parts: pd.DataFrame
    base: pd.Series
    score: pd.Series
    definition: Definition
    reference: pd.DataFrame


def item_account(
    scores: Scores,
    year: int,
    node: str | None = None,
    reference: pd.DataFrame | pd.Series | None = None,
    *,
    orders: int = 64,
    seed: int = 0,
) -> ItemAccount:
    """Split the score of each unit among the items, so that the parts sum to it.

    With ``x`` the normalised items and ``r`` the reference, the parts sum to
    ``s(x) - s(r)``; the definition depends on how nodes are formed:

    - ``weights``: all nodes are arithmetic means. Item ``i`` adds ``W_i (x_i -
      r_i)``, ``W_i`` the product of its weight and those of the nodes above
      it, each renormalised over what the unit has. By default ``r = 0``: the
      parts are ``W_i x_i`` and sum to the score itself.
    - ``slopes``: all are arithmetic, geometric, harmonic or power means, ``f(s)
      = sum(w_c f(s_c))`` with ``f(x)`` = ``x``, ``log x``, ``-1 / x`` or ``x **
      p``. Child ``c`` adds ``w_c (f(s_c) - f(r_c)) (s - s_r) / (f(s) -
      f(s_r))``, shared out among its items in proportion to what they add to
      it. For a geometric mean that is the logarithmic-mean (LMDI) share, ``L(s,
      s_r) w_c log(s_c / r_c)``. It takes the same value from ``r`` to ``x`` as
      back, and needs no order of the items.
    - ``shapley``: any other rule. The mean, over orders in which items are
      moved from ``r`` to ``x``, of what each then adds (columns are moved for
      all units of the year at once, as such rules look at all units): all
      orders where they are few, else ``orders`` drawn ones, each with its
      reverse. The sum is exact in either case.

    Parameters
    ----------
    scores : Scores
    year : int
    node : str, optional
        By default the index.
    reference : pandas.Series (by item) or pandas.DataFrame (units by items), optional
        By default 0 for arithmetic means, else the mean of each item over all
        units of the year.
    orders : int
    seed : int

    Returns
    -------
    ItemAccount

    Raises
    ------
    KeyError
        If the year was not scored or there is no such node.

    References
    ----------
    Ang, B. W. (2004), Decomposition analysis for policymaking in energy,
    Energy Policy 32 (LMDI). Shapley, L. S. (1953), A value for n-person games.
    """
    framework = scores.framework
    node = node or framework.root
    if scores.points is not None and node == framework.root:
        plain = item_account(scores.unadjusted, year, node, reference, orders=orders, seed=seed)
        own = scores.in_year(year)[node]
        lines = plain.parts.assign(**{POINTS: own - plain.score}).where(own.notna())
        return replace(plain, parts=lines, base=plain.base.where(own.notna()), score=own)
    items = list(framework.items_under(node))
    inner = [c for c in framework.bottom_up if framework.children(c) and _below(scores, c, node)]
    rules = {rule_of(code, framework, scores.method)[0] for code in inner}
    values = scores.in_year(year)
    actual = values[items].to_numpy()
    additive = rules <= {"arithmetic"}
    if isinstance(reference, pd.DataFrame):
        start = reference.reindex(index=values.index, columns=items).to_numpy(dtype=np.float64)
    else:
        if reference is None:
            reference = pd.Series(0.0, index=items) if additive else values[items].mean()
        start = np.tile(reference[items].to_numpy(dtype=np.float64), (len(values), 1))
    start = np.where(np.isnan(actual), np.nan, start)
    frame = pd.DataFrame(start, index=values.index, columns=items)
    definition: Definition = "weights" if additive else "slopes"
    if rules <= set(MEANS):
        base, parts = slope_parts(scores, year, node, inner, frame)
    else:
        definition = "shapley"
        base, parts = shapley_parts(scores, year, node, items, start, orders, seed)
    score = values[node]
    lacking = score.isna().to_numpy()
    parts[lacking], base[lacking] = np.nan, np.nan
    table = pd.DataFrame(parts, index=values.index, columns=items)
    return ItemAccount(table, pd.Series(base, index=values.index), score, definition, frame)


def _below(scores: Scores, code: str, node: str) -> bool:
    while code and code != node:
        code = scores.framework.parent(code)
    return code == node
