"""A unit's values tried out: the whole panel scored anew for each trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.adjustment import in_force
from analysis.core.change import DATA_FREE_WEIGHTS, only_year, year_by_year
from analysis.core.derive import derive_items
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.nodes import form_nodes
from analysis.core.panel import LARGEST, Panel
from analysis.core.rank import rank_scores, round_scores
from analysis.core.rebuild import framework_of, refused_cells
from analysis.core.scale import in_own_unit, put_on_scale, rules_of
from analysis.core.score import score, treat_items
from analysis.core.scores import Scores
from analysis.core.way_out_goal import Goal, Place, margins_of
from analysis.core.way_out_points import with_points
from analysis.core.way_out_recipe import Recipe, recipes_of, values_before, values_of

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

AT_ONCE = 64  # trials whose nodes are formed together
_TITLES = {"name", "title_zh", "title_en", "note_zh", "note_en"}
# Steps that a trial can take column by column, as `Trial.quick` looks at them.
_BY_COLUMN = {"denomination", "screening", "imputation", "treatment", "normalisation"}
_AFTER = {"weighting", "aggregation", "missing", "adjustment", "ranking"}


@dataclass(frozen=True, eq=False)
class Trial:
    """One unit of a year, whose values are tried out.

    Attributes
    ----------
    panel : Panel
        Of primitives or items, with the years that scoring looks at.
    framework : Framework
    method : Method
    year : int
    unit : str
    goal : Goal
    levers : tuple of str
        Columns of the panel that are varied.
    apart : frozenset of str
        Units that are scored with the others and have no place in the year.
    """

    panel: Panel
    framework: Framework
    method: Method
    year: int
    unit: str
    goal: Goal
    levers: tuple[str, ...]
    apart: frozenset[str] = frozenset()
    _columns: dict[tuple[int, float], tuple[FloatArray, BoolArray]] = field(
        default_factory=dict, repr=False
    )

    @cached_property
    def quick(self) -> bool:
        """Whether a value of an item moves nothing but that item and the nodes above it."""
        method, plain = self.method, Method()
        known = _TITLES | _BY_COLUMN | _AFTER
        return (
            year_by_year(method)
            and method.weighting.rule in DATA_FREE_WEIGHTS
            and method.imputation.rule == method.screening.rule == "none"
            and (method.denomination.rule == "none" or not self.framework.denominators)
            and all(
                getattr(method, step.name) == getattr(plain, step.name)
                for step in fields(method)
                if step.name not in known
            )
        )

    @cached_property
    def now(self) -> FloatArray:
        """Present values of the levers."""
        return np.array([self._values[0][code] for code in self.levers])

    @cached_property
    def base(self) -> Scores:
        """Scores of the panel as it is."""
        return self.scored(self.now)

    @cached_property
    def rivals(self) -> BoolArray:
        """Which scored units of the year are the others in the scope of the goal."""
        return self._others(self.base)

    def scored(self, values: FloatArray) -> Scores:
        """Derive and score the whole panel with other values of the levers.

        Parameters
        ----------
        values : ndarray, shape (levers,)
        """
        index, columns = self.panel.values.index, self.panel.values.columns
        at = index.get_indexer(pd.MultiIndex.from_tuples([(self.year, self.unit)]))
        numbers = self.panel.values.to_numpy(dtype=np.float64).copy()
        numbers[at[0], columns.get_indexer(pd.Index(list(self.levers)))] = values
        table = pd.DataFrame(numbers, index=index, columns=columns)
        derived, _ = derive_items(replace(self.panel, values=table), self.framework)
        if year_by_year(self.method):
            derived = only_year(derived, self.year)
        return score(derived, self.framework, self.method)

    def place(self, scores: Scores) -> Place:
        """Return where the unit stands among scores of the whole panel."""
        index = scores.in_year(self.year)[self.framework.root]
        decimals = self.method.ranking.decimals
        values = index.to_numpy()
        ranked = np.where(self._placed(index.index), values, np.nan)
        ranks = pd.Series(rank_scores(ranked, decimals), index=index.index)
        region = scores.units_in(self.year)["region"]
        same = (region == region[self.unit]).to_numpy() & (region[self.unit] != "")
        within = rank_scores(np.where(same, ranked, np.nan), decimals)
        own = _at(index, self.unit)
        others = values[self._others(scores)]
        rounded = round_scores(others, decimals)
        mine = round_scores(values[[own]], decimals)[0]
        return Place(
            float(index[self.unit]),
            int(ranks[self.unit]),
            int(within[own]) if same.any() else 0,
            1 + int((rounded < mine).sum()),
            1 + int((~np.isnan(others)).sum()),
            float(margins_of(values[[own]][None], others[None], self.goal, decimals)[0]),
        )

    def behind(self, scores: Scores) -> set[str]:
        """Return the others in the scope that are ranked behind the unit."""
        index = scores.in_year(self.year)[self.framework.root]
        rounded = round_scores(index.to_numpy(), self.method.ranking.decimals)
        own = rounded[_at(index, self.unit)]
        return set(index.index[self._others(scores) & (rounded < own)])

    def margins(self, values: FloatArray) -> FloatArray:
        """Return by how many points the unit is out, negative where it is not.

        The unit's score less the score it must pass, which is that of the unit
        at place ``last`` from the end of the others, half a unit of the last
        decimal counted in: it is out where the margin is positive.

        Parameters
        ----------
        values : ndarray, shape (trials, levers)

        Returns
        -------
        ndarray, shape (trials,)
            Minus infinity where the unit has no score, or an item that it has now is
            lost: nobody improves by going without a value.
        """
        if not len(values):
            return np.zeros(0)
        if not self.quick:
            return np.array([self.place_margin(self.scored(row)) for row in values])
        items = self._items(values)
        found = np.full(len(values), -np.inf)
        kept = np.flatnonzero(~(np.isnan(items) & ~np.isnan(self._present_items)).any(axis=1))
        self._prepare_columns(items[kept])
        for a in range(0, len(kept), AT_ONCE):
            found[kept[a : a + AT_ONCE]] = self._formed(items[kept[a : a + AT_ONCE]])
        return found

    def place_margin(self, scores: Scores) -> float:
        """Return the margin among scores of the whole panel."""
        index = scores.in_year(self.year)[self.framework.root]
        own = index.to_numpy()[[_at(index, self.unit)]]
        return float(
            margins_of(
                own[None],
                index.to_numpy()[self._others(scores)][None],
                self.goal,
                self.method.ranking.decimals,
            )[0]
        )

    def _others(self, scores: Scores) -> BoolArray:
        units = scores.units_in(self.year)
        others = np.asarray(units.index != self.unit, dtype=bool) & self._placed(units.index)
        if self.goal.scope == "region":
            others &= (units["region"] == units.at[self.unit, "region"]).to_numpy()
        return others

    def _placed(self, units: pd.Index) -> BoolArray:
        """Return who has a place: all but the units apart; the unit itself always has."""
        return np.asarray(~units.isin(list(self.apart - {self.unit})), dtype=bool)

    def _items(self, values: FloatArray) -> FloatArray:
        """Return the unit's items for other values of the levers, shape (trials, items)."""
        present, before = self._values
        here = {code: np.full(len(values), value) for code, value in present.items()}
        here |= dict(zip(self.levers, values.T, strict=True))
        return np.column_stack([recipe.derived(here, before) for recipe in self._recipes])

    @cached_property
    def _values(self) -> tuple[dict[str, float], dict[str, float]]:
        """Values of the unit in the year and in the one before."""
        key = self.panel, self.year, self.unit
        return values_of(*key), values_before(*key)

    @cached_property
    def _recipes(self) -> tuple[Recipe, ...]:
        return tuple(recipes_of(self.panel, self.framework, self.year, self.unit).values())

    @cached_property
    def _own(self) -> int:
        return _at(self.base.units_in(self.year), self.unit)

    @cached_property
    def _raw(self) -> FloatArray:
        return self.base.values.to_numpy(dtype=np.float64)

    @cached_property
    def _present(self) -> tuple[FloatArray, BoolArray]:
        scaled = self.base.normalised.to_numpy(dtype=np.float64)
        return scaled, refused_cells(self.base, self.year)

    @cached_property
    def _present_items(self) -> FloatArray:
        return self._items(self.now[None])

    def _changed(self, items: FloatArray) -> BoolArray:
        present = self._present_items
        moved: BoolArray = (items != present) & ~(np.isnan(items) & np.isnan(present))
        return moved

    def _prepare_columns(self, items: FloatArray) -> None:
        """Treat and normalise the items that have values not met before."""
        places = np.argwhere(self._changed(items))
        new = {(int(i), float(items[k, i])) for k, i in places} - set(self._columns)
        keys = sorted(new)
        if not keys:
            return
        at = [place for place, _ in keys]
        values = self._raw[:, at].copy()
        values[self._own] = [value for _, value in keys]
        framework = _copies(self.framework, [self.framework.items[i] for i in at])
        normalisation = self.method.normalisation
        rules = rules_of(framework, normalisation)
        refused = np.abs(values) > LARGEST
        logs = framework.nodes.loc[list(framework.items), "transform"].to_numpy() == "log"
        refused |= (logs & (rules == "goalposts")) & (values <= 0)
        values[refused] = np.nan
        refused |= self._present[1][:, at] & (np.arange(len(values)) != self._own)[:, None]
        index = self.base.values.index
        fixed = in_own_unit(rules, normalisation)
        treated, _, _ = treat_items(values, index, framework, self.method.treatment, fixed)
        scaled = put_on_scale(treated, self.base.units, framework, normalisation)
        for place, key in enumerate(keys):
            lost = refused[:, place] | scaled.lost[:, place]
            self._columns[key] = scaled.values[:, place], lost

    def _formed(self, items: FloatArray) -> FloatArray:
        """Return the margins of trials whose columns are prepared."""
        scaled, refused = self._present
        many, size = len(items), len(scaled)
        stacked = np.tile(scaled, (many, 1))
        out = np.tile(refused, (many, 1))
        for k, i in np.argwhere(self._changed(items)):
            rows = slice(k * size, (k + 1) * size)
            stacked[rows, i], out[rows, i] = self._columns[int(i), float(items[k, i])]
        units = self._stacked_units.iloc[: many * size]
        framework = framework_of(self.base, self.year)
        told = np.ones(len(units), dtype=bool)
        frameworks = dict.fromkeys(range(many), framework)
        formed = form_nodes(stacked, out, stacked, units, frameworks, self.method, told)
        place = self.framework.nodes.index.get_loc(self.framework.root)
        index = formed.values[:, place]
        if in_force(self.method, self.framework).active:
            own = self._item_panel, self._own
            index = with_points(index, items, stacked, units.index, *own, self.method, framework)
        index = index.reshape(many, size)
        decimals = self.method.ranking.decimals
        return margins_of(index[:, [self._own]], index[:, self.rivals], self.goal, decimals)

    @cached_property
    def _item_panel(self) -> Panel:
        """Items of the year, as the rules of points look at them."""
        derived, _ = derive_items(self.panel, self.framework)
        items = list(self.framework.items)
        year = only_year(derived, self.year).assessed()
        imputed = None if year.imputed is None else year.imputed.reindex(columns=items)
        return replace(year, values=year.values[items], imputed=imputed)

    @cached_property
    def _stacked_units(self) -> pd.DataFrame:
        """The year's units time and again, each time in a year of its own."""
        units = self.base.units
        names = units.index.get_level_values("unit")
        index = pd.MultiIndex.from_product([range(AT_ONCE), names], names=["year", "unit"])
        return units.iloc[np.tile(np.arange(len(units)), AT_ONCE)].set_axis(index)


def _at(frame: pd.DataFrame | pd.Series, unit: str) -> int:
    return int(frame.index.get_indexer(pd.Index([unit]))[0])


def _copies(framework: Framework, items: Sequence[str]) -> Framework:
    """Return a flat framework of items that may stand in it time and again."""
    nodes = framework.nodes.loc[[framework.root, *items]].copy()
    nodes.index = pd.Index(["", *map(str, range(len(items)))], name="code")
    nodes["parent"] = ["", *["index"] * len(items)]
    nodes = nodes.rename(index={"": "index"})
    return Framework(framework.name, nodes)
