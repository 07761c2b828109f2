"""The items of two editions together: which are one item, and their place in either grouping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.comparing.crosswalk import Crosswalk
from analysis.core.findings import Finding, InputError
from analysis.core.framework import Framework

FloatArray = NDArray[np.float64]
Sides = tuple[Framework, Framework]
SIDES = ("old", "new")


@dataclass(frozen=True)
class Place:
    """Where an item hangs in a hybrid.

    Attributes
    ----------
    side : int
        The edition whose group this is: 0 the old, 1 the new.
    group : str
        Child of the index; the index itself in a framework without groups.
    path : tuple of str
        Nodes between the index and the item, from the group downwards; empty
        in a framework without groups.
    """

    side: int
    group: str
    path: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Union:
    """The items of two frameworks, with their place in both.

    Attributes
    ----------
    frameworks : (Framework, Framework)
        The old and the new.
    partner : (dict, dict)
        For each side, the kept items: code there to code in the other.
    word : (dict, dict)
        For each side, its other items: code there to the node of the *other*
        framework under which it belongs, ``""`` where there is none.
    """

    frameworks: Sides
    partner: tuple[Mapping[str, str], Mapping[str, str]]
    word: tuple[Mapping[str, str], Mapping[str, str]]

    @cached_property
    def flat(self) -> tuple[bool, bool]:
        """Whether each framework has items only under the index: it is then one group."""
        old, new = (all(f.level(code) == 1 for code in f.groups) for f in self.frameworks)
        return old, new

    @cached_property
    def _home(self) -> tuple[dict[str, Place], dict[str, Place]]:
        old, new = ({i: self._own(side, i) for i in self.frameworks[side].items} for side in (0, 1))
        return old, new

    def _own(self, side: int, item: str) -> Place:
        """Return the place of an item at home; straight under the index it is its own group."""
        framework = self.frameworks[side]
        if self.flat[side]:
            return Place(side, framework.root, ())
        parent = framework.parent(item)
        return self._under(side, item if parent == framework.root else parent)

    def _under(self, side: int, node: str) -> Place:
        """Return the place of an item that hangs under a node."""
        framework = self.frameworks[side]
        path = [node]
        while framework.parent(path[0]) != framework.root:
            path.insert(0, framework.parent(path[0]))
        return Place(side, path[0], tuple(path))

    def groups(self, side: int) -> tuple[str, ...]:
        """Return the groups of a framework: the children of the index, or the index."""
        framework = self.frameworks[side]
        return (framework.root,) if self.flat[side] else framework.groups

    def place(self, side: int, item: str, grouping: int) -> Place:
        """Return where an item of one edition hangs in the grouping of one.

        Its own place in its own grouping, and that of its partner where it is
        kept; else under the node that the crosswalk names. An item for which
        it names none keeps the place it has at home, and brings its group
        along (`Place.side` is then its own edition).
        """
        if grouping == side:
            return self._home[side][item]
        if item in self.partner[side]:
            return self._home[grouping][self.partner[side][item]]
        word = self.word[side].get(item, "")
        if self.flat[grouping]:
            return Place(grouping, self.frameworks[grouping].root, ())
        if word:
            return self._under(grouping, word)
        home = self._home[side][item]
        return replace(home, path=home.path or (home.group,))

    def relative(self, side: int, attributes: Mapping[str, str] | None = None) -> pd.Series:
        """Return the weight of each item in its group, scaled to the mean 1 of the group.

        ``n * w_i * w_parent * ...`` up to below the group, ``n`` the items of the
        group and ``w`` the weights among siblings; 0 where no sibling has any.
        """
        framework = self.frameworks[side]
        local = framework.weights(attributes).fillna(0.0).to_dict()
        home = self._home[side]
        share = {
            item: prod(local[node] for node in (*home[item].path[1:], *_below(home[item], item)))
            for item in framework.items
        }
        within = pd.Series(share, dtype=np.float64)
        groups = pd.Series({item: home[item].group for item in framework.items})
        return within * groups.map(groups.value_counts()).to_numpy(dtype=np.float64)

    def group_weights(
        self, side: int, attributes: Mapping[str, str] | None = None
    ) -> dict[str, float]:
        """Return the weight of each group of a framework in its index."""
        if self.flat[side]:
            return {self.frameworks[side].root: 1.0}
        local = self.frameworks[side].weights(attributes).fillna(0.0)
        return {group: float(local[group]) for group in self.frameworks[side].groups}

    def home(self, side: int, item: str) -> Place:
        """Return the place of an item in its own framework."""
        return self._home[side][item]

    def item_weights(
        self, attributes: Mapping[str, str] | None = None
    ) -> tuple[pd.Series, pd.Series]:
        """Return the relative weights of both editions, on one scale as far as they can be.

        What an edition says of weights within a group leaves their scale open.
        It is taken such that kept items weigh the same in both: factors ``a``
        for the old and ``b`` for the new groups with the least ``sum(log(a u_i) -
        log(b v_i))^2`` over the kept items ``i`` of relative weights ``u`` and
        ``v``, and among those the factors closest to 1 (least sum of squared
        logarithms). Where items weigh the same throughout, all factors are 1.

        Returns
        -------
        old, new : pandas.Series
            By item, each edition's own.
        """
        found = [self.relative(side, attributes) for side in (0, 1)]
        keys = [(side, group) for side in (0, 1) for group in self.groups(side)]
        column = {key: place for place, key in enumerate(keys)}
        rows, ratios = [], []
        for mine, theirs in self.partner[0].items():
            u, v = found[0][mine], found[1][theirs]
            if u > 0 and v > 0:
                row = np.zeros(len(keys))
                row[column[0, self._home[0][mine].group]] = 1.0
                row[column[1, self._home[1][theirs].group]] = -1.0
                rows.append(row)
                # Rounded, so that what differs by a rounding error counts as the same.
                ratios.append(round(float(np.log(v / u)), 12))
        if rows:
            logs = np.linalg.lstsq(np.array(rows), np.array(ratios), rcond=1e-10)[0]
            for side in (0, 1):
                home = self._home[side]
                places = [column[side, home[str(i)].group] for i in found[side].index]
                found[side] = found[side] * np.exp(logs[places])
        return found[0], found[1]


def unite(old: Framework, new: Framework, crosswalk: Crosswalk) -> Union:
    """Return the items of two frameworks together, by a crosswalk.

    Parameters
    ----------
    old, new : Framework
    crosswalk : Crosswalk
        As `Crosswalk.items` reads it: a pair that is ``kept`` is one item, all
        others are of one edition alone, those merged or split too. Items that
        it does not name have no group in the other edition.

    Returns
    -------
    Union

    Raises
    ------
    InputError
        With every problem: codes that the frameworks have not, items kept
        twice, groups that are none.
    """
    frameworks = (old, new)
    partner: tuple[dict[str, str], dict[str, str]] = ({}, {})
    word: tuple[dict[str, str], dict[str, str]] = ({}, {})
    problems: list[Finding] = []

    def problem(code: str, item: str, framework: Framework, **values: object) -> None:
        told = {"crosswalk": crosswalk.name, "code": item, "framework": framework.name, **values}
        problems.append(Finding("error", f"attribution.{code}", told, item=item))

    rows = crosswalk.items()[["old", "new", "old_group", "new_group"]].to_numpy(dtype=object)
    for *pair, old_group, new_group in rows.tolist():
        here = [side for side in (0, 1) if pair[side]]
        unknown = [side for side in here if pair[side] not in frameworks[side].items]
        for side in unknown:
            problem("unknown_item", pair[side], frameworks[side])
        if unknown:
            continue
        for side in here:
            other, named = frameworks[1 - side], (new_group, old_group)[side]
            if len(here) == 2:
                if partner[side].setdefault(pair[side], pair[1 - side]) != pair[1 - side]:
                    problem("kept_twice", pair[side], frameworks[side])
            elif not named or _is_group(other, named):
                word[side][pair[side]] = named
            else:
                groups = ", ".join(other.groups)
                problem("no_group", pair[side], other, group=named, groups=groups)
    if problems:
        raise InputError(problems)
    return Union(frameworks, partner, word)


def _below(place: Place, item: str) -> tuple[str, ...]:
    """Return the item, unless it is a group by itself."""
    return () if place.path and place.path[-1] == item else (item,)


def _is_group(framework: Framework, word: str) -> bool:
    """Return whether an item can be said to belong under a node."""
    if word not in framework.nodes.index:
        return False
    if all(framework.level(code) == 1 for code in framework.groups):
        return True  # the index is the one group, whatever the word
    return word in framework.groups or (framework.level(word) > 1 and word != framework.root)
