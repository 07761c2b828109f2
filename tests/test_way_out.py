"""The way out: hand-solved cases, brute force on grids, and whether the answer does take it out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import small
from numpy.typing import NDArray

from analysis.core.adjustment import Adjustment, PointRule
from analysis.core.derive import derive_items
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import (
    Aggregation,
    Imputation,
    Method,
    Normalisation,
    Ranking,
    Treatment,
)
from analysis.core.panel import Panel
from analysis.core.score import score
from analysis.core.way_out import Goal, WayOut, way_out
from analysis.core.way_out_levers import levers_of
from analysis.core.way_out_trial import Trial

FloatArray = NDArray[np.float64]

PLAIN = Method(
    treatment=Treatment(rule="none"), normalisation=Normalisation("minmax", lower=0, upper=100)
)
COUNTRY = Goal(last=2, scope="national")
# Ends at 0 and 100 that the watched unit ``u`` does not set; it scores 25, the mean of 20 and 30.
X = [20.0, 0.0, 30.0, 40.0, 100.0]
Y = [30.0, 0.0, 30.0, 40.0, 100.0]
NONE = ()  # no whole numbers
UNITS = ["u", "a", "b", "c", "d"]


def bounds(**ends: tuple[float, float]) -> pd.DataFrame:
    rows = [{"code": code, "lowest": low, "highest": high} for code, (low, high) in ends.items()]
    return pd.DataFrame(rows)


def two(tmp_path: Path) -> tuple[Panel, Framework]:
    return small.panel({"x": X, "y": Y}, units=UNITS), small.flat(tmp_path, "x y")


def changes(found: WayOut) -> dict[str, float]:
    return dict(zip(found.smallest["code"], found.smallest["change"], strict=True))


def is_out(panel: Panel, framework: Framework, method: Method, found: WayOut, part: float) -> bool:
    """Put part of the changes into the panel, score it anew, and count who is behind."""
    values = panel.values.copy()
    for code, now, change, whole in found.smallest[["code", "now", "change", "whole"]].to_numpy():
        moved = now + part * change
        values.loc[(found.year, found.unit), code] = np.round(moved) if whole else moved
    scores = score(derive_items(replace(panel, values=values), framework)[0], framework, method)
    table = scores.table
    table = table[(table["node"] == framework.root) & (table["year"] == found.year)]
    place = "rank"
    if found.goal.scope == "region":
        table, place = table[table["region"] == found.region], "region_rank"
    own = table.loc[table["unit"] == found.unit, place].iloc[0]
    return int((table[place] > own).sum()) >= found.goal.last


def holds(panel: Panel, framework: Framework, method: Method, found: WayOut) -> None:
    """The answer takes the unit out, and 1% less of it does not."""
    assert found.reachable
    assert is_out(panel, framework, method, found, 1.0)
    assert not is_out(panel, framework, method, found, 0.99)


def test_solved_by_hand(tmp_path: Path) -> None:
    panel, framework = two(tmp_path)
    room = bounds(x=(20, 40), y=(30, 34))
    found = way_out(panel, framework, PLAIN, 2020, "u", goal=COUNTRY, bounds=room, whole=NONE)
    # The bar is b's 30, so x + y must rise by 10: half the room of x, more than all that of y.
    assert (found.how, found.needed, found.reachable) == ("linear", True, True)
    assert changes(found) == pytest.approx({"x": 10.0}, rel=1e-4)
    assert found.cost == pytest.approx(0.5, rel=1e-4)
    assert found.now.score == 25.0
    assert found.now.margin == pytest.approx(-5.0)
    assert (found.now.from_end, found.now.of) == (2, 5)
    assert found.then is not None
    assert (found.then.from_end, found.then.rank, found.overtaken) == (3, 3, ("b",))
    single = found.single.set_index("code")
    assert list(single.index) == ["x", "y"]
    assert list(single["reaches"]) == [True, False]
    assert single.at["x", "change"] == pytest.approx(10.0, rel=1e-3)
    assert single.at["x", "percent"] == pytest.approx(50.0, rel=1e-3)
    assert single["gain"].tolist() == pytest.approx([10.0, 2.0])
    assert np.isnan(single.at["y", "then"])
    holds(panel, framework, PLAIN, found)


@pytest.mark.parametrize(
    ("size", "least", "how"),
    [
        # b's 30 is 5 points away: 2 points a unit, or 6 at once from 3 units on.
        ({"per_unit": 2.0}, 2.5, "linear"),
        ({"steps": ((1.0, 2.0), (3.0, 6.0))}, 3.0, "search"),
    ],
)
def test_points_outside_the_weights(
    tmp_path: Path, size: dict[str, Any], least: float, how: str
) -> None:
    aid = [0.0, 0.0, 0.0, 0.0, 10.0]
    panel = small.panel({"x": X, "y": Y, "aid": aid}, units=UNITS)
    framework = small.flat(tmp_path, "x y aid")
    points = Adjustment((PointRule("aid", "bonus", "aid", **size),), outside=("aid",))
    method = replace(PLAIN, adjustment=points)
    room = bounds(x=(20, 22), y=(30, 31), aid=(0, 10))
    found = way_out(panel, framework, method, 2020, "u", goal=COUNTRY, bounds=room, whole=NONE)
    assert found.how == how and changes(found) == pytest.approx({"aid": least}, rel=1e-3)
    holds(panel, framework, method, found)
    found = way_out(panel, framework, method, 2020, "u", goal=COUNTRY, bounds=room, whole=["aid"])
    assert changes(found) == {"aid": 3.0}
    assert is_out(panel, framework, method, found, 1.0)
    assert not is_out(panel, framework, method, found, 0.6)  # two units


def test_costs_turn_the_choice(tmp_path: Path) -> None:
    panel, framework = two(tmp_path)
    room = bounds(x=(20, 40), y=(30, 34))
    found = way_out(
        panel, framework, PLAIN, 2020, "u", goal=COUNTRY, bounds=room, costs={"x": 6}, whole=NONE
    )
    # A point by y costs 1/4, by x 6/20: all of y, and x makes up the rest.
    assert changes(found) == pytest.approx({"x": 6.0, "y": 4.0}, rel=1e-4)
    assert found.cost == pytest.approx(1 + 6 * 0.3, rel=1e-4)


def test_level_with_the_bar_is_not_out(tmp_path: Path) -> None:
    panel, framework = two(tmp_path)
    room = bounds(x=(20, 30), y=(30, 30))  # at its bound it comes level with b
    found = way_out(panel, framework, PLAIN, 2020, "u", goal=COUNTRY, bounds=room, whole=NONE)
    assert (found.reachable, found.smallest.empty) == (False, True)
    assert found.nearest["then"].tolist() == [30.0]
    assert found.then is not None
    assert found.then.from_end == 2
    assert found.then.margin == pytest.approx(0.0, abs=1e-8)
    # Where ties count for it, level is enough.
    lenient = replace(COUNTRY, ties="none")
    assert way_out(
        panel, framework, PLAIN, 2020, "u", goal=lenient, bounds=room, whole=NONE
    ).reachable


def test_coarse_ranks_ask_for_a_whole_step(tmp_path: Path) -> None:
    panel, framework = two(tmp_path)
    coarse = replace(PLAIN, ranking=Ranking(decimals=0))
    room = bounds(x=(20, 60), y=(30, 30))
    found = way_out(panel, framework, coarse, 2020, "u", goal=COUNTRY, bounds=room, whole=NONE)
    assert changes(found)["x"] == pytest.approx(11.0, rel=1e-3)  # 30.5 is the first to round to 31


def test_nothing_to_do(tmp_path: Path) -> None:
    panel, framework = two(tmp_path)
    found = way_out(panel, framework, PLAIN, 2020, "c", goal=COUNTRY)
    assert (found.needed, found.reachable, found.how, found.then) == (False, True, "none", None)
    assert found.single.empty
    assert found.smallest.empty


def test_too_few_to_be_out(tmp_path: Path) -> None:
    panel, framework = two(tmp_path)
    found = way_out(panel, framework, PLAIN, 2020, "d", goal=Goal(last=5, scope="national"))
    assert (found.needed, found.reachable) == (True, False)
    none = Goal(last=5, scope="national", small_groups="none")
    assert not way_out(panel, framework, PLAIN, 2020, "u", goal=none).needed
    assert way_out(panel, framework, PLAIN, 2020, "u", goal=replace(none, last=4)).needed


def test_only_the_own_region_counts(tmp_path: Path) -> None:
    panel, framework = two(tmp_path)
    regions = ["s", "n", "n", "s", "s"]
    panel = replace(
        panel,
        units=panel.units.assign(
            region=pd.Series(regions, UNITS)
            .reindex(panel.units.index.get_level_values("unit"))
            .to_numpy()
        ),
    )
    found = way_out(
        panel, framework, PLAIN, 2020, "u", goal=Goal(last=1), bounds=bounds(x=(0, 90)), whole=NONE
    )
    assert changes(found)["x"] == pytest.approx(30.0, rel=1e-3)  # past c's 40, not b's 30
    assert found.overtaken == ("c",)
    holds(panel, framework, PLAIN, found)


# ---- whole numbers -----------------------------------------------------------------------------


def test_whole_numbers_are_the_least_that_do(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"code": "i"}]
    rows += [{"code": c, "parent": "i", "direction": 1, "integer": "true"} for c in "xy"]
    panel = small.panel({"x": X, "y": [30.0, 0, 30, 40, 100]}, units=UNITS)
    framework = small.framework(tmp_path, rows)
    room = bounds(x=(20, 40), y=(30, 50))
    found = way_out(
        panel, framework, PLAIN, 2020, "u", goal=COUNTRY, bounds=room, costs={"y": 1.01}
    )
    assert found.how == "linear"
    assert changes(found) == {"x": 11.0}  # 10 comes level
    assert found.smallest["whole"].tolist() == [True]
    assert found.single["change"].tolist() == [11.0, 11.0]


def test_counts_move_by_one_at_least(tmp_path: Path) -> None:
    panel, framework = two(tmp_path)
    panel = replace(panel, values=panel.values.assign(x=[0.0, 7, 9, 100, 2], y=50.5))
    levers = levers_of(panel, framework, 2020, "u")
    ends = dict(zip(levers.codes, zip(levers.lowest, levers.highest, strict=True), strict=True))
    assert ends["x"] == (1.0, 3.0)  # 20% of 2 is less than 1
    assert ends["y"] == pytest.approx((40.4, 60.6))
    assert levers.whole.tolist() == [True, False]
    assert levers.basis == ("percent", "percent")


# ---- against brute force -----------------------------------------------------------------------


def brute(
    values: FloatArray,
    directions: Sequence[int],
    weights: FloatArray,
    ends: Sequence[tuple[float, float]],
    last: int,
    form: Callable[[FloatArray, FloatArray, FloatArray], FloatArray],
    steps: int = 41,
) -> float:
    """Return the least cost on a grid of the first unit's items, scored by other means."""
    axes = [np.linspace(low, high, steps) for low, high in ends]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))
    table = np.repeat(values[None], len(grid), axis=0)
    table[:, 0, :] = grid
    index = form(table, np.array(directions), weights)
    out = (index[:, 1:] < index[:, :1] - 1e-9).sum(axis=1) >= last
    now = values[0]
    width = np.where(
        grid > now,
        [h - n for (_, h), n in zip(ends, now, strict=True)],
        [n - low for (low, _), n in zip(ends, now, strict=True)],
    )
    cost = np.divide(np.abs(grid - now), width, out=np.zeros_like(grid), where=width > 0)
    return float(cost.sum(axis=1)[out].min()) if out.any() else np.inf


def minmax_mean(table: FloatArray, directions: FloatArray, weights: FloatArray) -> FloatArray:
    low, high = table.min(axis=1, keepdims=True), table.max(axis=1, keepdims=True)
    share = (table - low) / (high - low)
    return np.where(directions > 0, share, 1 - share) @ weights * 100


def minmax_geometric(table: FloatArray, directions: FloatArray, weights: FloatArray) -> FloatArray:
    low, high = table.min(axis=1, keepdims=True), table.max(axis=1, keepdims=True)
    share = (table - low) / (high - low)
    return np.exp(np.log(1 + 99 * np.where(directions > 0, share, 1 - share)) @ weights)


def z_mean(table: FloatArray, directions: FloatArray, weights: FloatArray) -> FloatArray:
    scaled = (table - table.mean(axis=1, keepdims=True)) / table.std(axis=1, ddof=1, keepdims=True)
    return scaled * directions @ weights


GEOMETRIC = replace(
    PLAIN,
    normalisation=Normalisation("minmax", lower=1, upper=100),
    aggregation=Aggregation("geometric"),
)
Z = replace(PLAIN, normalisation=Normalisation("zscore"))


@pytest.mark.parametrize(
    ("method", "form", "moves_ends", "seed"),
    [(PLAIN, minmax_mean, False, 1), (PLAIN, minmax_mean, False, 2)]
    + [(PLAIN, minmax_mean, True, seed) for seed in (3, 4, 5)]
    + [(GEOMETRIC, minmax_geometric, True, seed) for seed in (6, 7, 8, 9)]
    + [(Z, z_mean, False, seed) for seed in (10, 11)],
)
def test_as_cheap_as_brute_force(
    tmp_path: Path,
    method: Method,
    form: Callable[[FloatArray, FloatArray, FloatArray], FloatArray],
    moves_ends: bool,
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.uniform(20, 80, (12, 3))
    values[0] = [21.0, 33.0, 70.0]  # low where higher is better, high where lower is
    values[1], values[2] = [5.0, 6.0, 8.0], [95.0, 96.0, 94.0]
    if moves_ends:  # the watched unit holds the worst value of every item
        values[0] = [2.0, 3.0, 97.0]
    weights = np.array([0.5, 0.3, 0.2])
    rows: list[dict[str, object]] = [{"code": "i"}]
    for code, weight, direction in zip("xyz", weights, (1, 1, -1), strict=True):
        rows.append({"code": code, "parent": "i", "direction": direction, "weight": weight})
    framework = small.framework(tmp_path, rows)
    names = [f"{k:02d}" for k in range(12)]
    panel = small.panel(dict(zip("xyz", values.T, strict=True)), units=names)
    ends = [(v - 22.0, v + 22.0) for v in values[0]]
    room = bounds(**dict(zip("xyz", ends, strict=True)))
    goal = Goal(last=3, scope="national")
    found = way_out(panel, framework, method, 2020, "00", goal=goal, bounds=room)
    least = brute(values, (1, 1, -1), weights, ends, 3, form)
    assert found.needed
    assert found.reachable == np.isfinite(least)
    assert found.how == ("linear" if form is minmax_mean and not moves_ends else "search")
    if found.reachable:
        assert found.cost <= least + 2e-3
        holds(panel, framework, method, found)


def test_it_sets_the_end_itself(tmp_path: Path) -> None:
    """Raising the least value of all raises the floor under everyone else too."""
    panel = small.panel({"x": [0.0, 10, 20, 50, 100]}, units=UNITS)
    framework = small.flat(tmp_path, "x")
    found = way_out(
        panel, framework, PLAIN, 2020, "u", goal=COUNTRY, bounds=bounds(x=(0, 60)), whole=NONE
    )
    assert found.how == "search"
    assert changes(found)["x"] == pytest.approx(20.0, rel=2e-3)
    holds(panel, framework, PLAIN, found)


# ---- primitives --------------------------------------------------------------------------------


def derived(tmp_path: Path) -> tuple[Panel, Framework]:
    """Output in level, growth and per head; a share of it; a region's count."""
    rows: list[dict[str, object]] = [{"code": "i"}]
    for code, operation, inputs, most in (
        ("level", "level", "gdp", ""),
        ("growth", "growth", "gdp", ""),
        ("head", "ratio", "gdp staff", ""),
        ("part", "share", "tech gdp", 100),
    ):
        rows.append(
            {"code": code, "parent": "i", "direction": 1, "operation": operation}
            | {"inputs": inputs, "min": "", "max": most}
        )
    framework = small.framework(tmp_path, rows)
    rng = np.random.default_rng(5)
    many = 14
    before = rng.uniform(80.0, 120.0, many)
    gdp = before * rng.uniform(1.0, 1.2, many)
    gdp[0] = before[0] * 1.05
    values = {
        "gdp": [*before, *gdp],
        "staff": rng.uniform(9.0, 11.0, 2 * many),
        "tech": rng.uniform(20.0, 40.0, 2 * many),
        "idle": rng.uniform(1.0, 2.0, 2 * many),
    }
    values["tech"][many] = 21.0
    names = [f"{k:02d}" for k in range(many)]
    return small.panel(values, [2019] * many + [2020] * many, names * 2), framework


def test_one_primitive_in_many_items(tmp_path: Path) -> None:
    panel, framework = derived(tmp_path)
    found = way_out(panel, framework, PLAIN, 2020, "00", goal=Goal(last=7, scope="national"))
    single = found.single.set_index("code")
    assert set(single.index) == {"gdp", "staff", "tech"}  # nothing rests on the fourth
    assert single.at["staff", "direction"] == -1  # found by scoring: fewer heads, more per head
    assert single.at["tech", "direction"] == 1
    assert found.needed
    holds(panel, framework, PLAIN, found)
    for code in single.index[single["reaches"]]:
        alone = replace(found, smallest=found.single[found.single["code"] == code])
        holds(panel, framework, PLAIN, alone)


def test_trials_are_the_panel_scored_anew(tmp_path: Path) -> None:
    """The quick way and the whole way agree, treatment and all."""
    panel, framework = derived(tmp_path)
    codes = ("gdp", "staff", "tech")
    rng = np.random.default_rng(3)
    for method in (
        Method(),
        replace(Method(), treatment=Treatment(skewness=0.1, kurtosis=-3.0, max_points=1)),
        GEOMETRIC,
        Z,
        replace(PLAIN, normalisation=Normalisation("rank")),
        replace(PLAIN, aggregation=Aggregation("copeland")),
    ):
        trial = Trial(panel, framework, method, 2020, "00", COUNTRY, codes)
        assert trial.quick
        tried = trial.now * rng.uniform(0.7, 1.6, (5, 3))
        whole = [trial.place_margin(trial.scored(row)) for row in tried]
        assert trial.margins(tried) == pytest.approx(whole, abs=1e-9)
        assert len(set(whole)) > 1


def test_a_method_that_looks_beyond_the_item(tmp_path: Path) -> None:
    """Imputed values hang on the unit's too: every trial is a whole scoring."""
    panel, framework = derived(tmp_path)
    values = panel.values.copy()
    values.loc[(2020, "03"), "tech"] = np.nan
    panel = replace(panel, values=values)
    method = replace(PLAIN, imputation=Imputation("mean"))
    goal = Goal(last=7, scope="national")
    trial = Trial(panel, framework, method, 2020, "00", goal, ("gdp",))
    assert not trial.quick
    found = way_out(panel, framework, method, 2020, "00", goal=goal, primitives=["gdp", "tech"])
    holds(panel, framework, method, found)


def test_what_units_and_wholes_allow(tmp_path: Path) -> None:
    panel, framework = derived(tmp_path)
    values = panel.values.copy()
    values.loc[(2020, "00"), "tech"] = 0.99 * values.loc[(2020, "00"), "gdp"]
    panel = replace(panel, values=values)
    goal = Goal(last=13, scope="national")  # as much as it can
    room = pd.DataFrame({"code": ["tech", "gdp", "staff"], "percent": [50, 0, 0]})
    ends = {}
    open_ended = replace(framework, nodes=framework.nodes.assign(max=np.nan))
    for name, rule in (("closed", framework), ("open", open_ended)):
        found = way_out(panel, rule, PLAIN, 2020, "00", goal=goal, bounds=room)
        assert not found.reachable
        ends[name] = found.nearest.set_index("code").at["tech", "then"]
    assert ends["closed"] == pytest.approx(values.loc[(2020, "00"), "gdp"])  # a share ends at 100
    assert ends["open"] > 1.2 * ends["closed"]
    held = {"gdp": "idle"}  # a part of something smaller: it may fall, not rise
    levers = levers_of(panel, framework, 2020, "00", part_of=held)
    at = levers.codes.index("gdp")
    assert levers.highest[at] == levers.now[at]
    assert levers.lowest[at] < levers.now[at]


def test_figures_that_serve_growth_alone(tmp_path: Path) -> None:
    panel, framework = derived(tmp_path)
    years = panel.values.index.get_level_values("year")
    cut = replace(
        panel,
        values=panel.values[years == 2020],
        units=panel.units[years == 2020],
        bases=panel.values.loc[years == 2019, ["gdp"]],
    )
    goal = Goal(last=7, scope="national")
    whole = way_out(panel, framework, PLAIN, 2020, "00", goal=goal)
    assert changes(way_out(cut, framework, PLAIN, 2020, "00", goal=goal)) == pytest.approx(
        changes(whole)
    )


def test_missing_values_are_left_alone(tmp_path: Path) -> None:
    panel, framework = derived(tmp_path)
    values = panel.values.copy()
    values.loc[(2020, "00"), "tech"] = np.nan
    panel = replace(panel, values=values)
    found = way_out(panel, framework, PLAIN, 2020, "00", goal=Goal(last=9, scope="national"))
    assert found.fixed == ("tech",)
    assert "tech" not in set(found.single["code"])


# ---- what is given -----------------------------------------------------------------------------


def test_every_wrong_bound_is_named_at_once(tmp_path: Path) -> None:
    panel, framework = two(tmp_path)
    rows: list[dict[str, object]] = [
        {"code": "x", "lowest": 5, "highest": 1},
        {"code": "y", "percent": -3},
        {"code": "x", "highest": "much"},
        {"code": "y", "percent": 3, "highest": 4, "moves": "sideways"},
        {"code": "nowhere", "percent": 3},
    ]
    with pytest.raises(InputError) as problem:
        way_out(
            panel,
            framework,
            PLAIN,
            2020,
            "u",
            goal=COUNTRY,
            bounds=pd.DataFrame(rows),
            primitives=["x", "z"],
            costs={"x": -1.0},
        )
    codes = [finding.code.removeprefix("way_out.") for finding in problem.value.findings]
    wrong = "lever cost bound_order bound_percent bound_number bound_both bound_moves bound_code"
    assert sorted(codes) == sorted([*wrong.split(), "bound_twice", "bound_twice"])
    assert all(finding.text(lang) for finding in problem.value.findings for lang in ("zh", "en"))
    with pytest.raises(InputError, match="column code"):
        way_out(panel, framework, PLAIN, 2020, "u", goal=COUNTRY, bounds=pd.DataFrame({"a": [1]}))


def test_which_way_a_lever_may_go(tmp_path: Path) -> None:
    panel, framework = derived(tmp_path)
    room = pd.DataFrame({"code": ["staff", "tech"], "moves": ["up", ""], "percent": ["", 10]})
    found = way_out(
        panel, framework, PLAIN, 2020, "00", goal=Goal(last=7, scope="national"), bounds=room
    )
    single = found.single.set_index("code")
    assert single.at["staff", "direction"] == 0  # up it goes, but wins nothing by it
    assert found.bounds.at["staff", "lowest"] == found.bounds.at["staff", "now"]
    tech = found.bounds.loc["tech"]
    assert tech["highest"] == pytest.approx(1.1 * tech["now"])
    assert found.bounds["basis"].to_dict() == {"gdp": "percent", "staff": "percent"} | {
        "tech": "given"
    }


@pytest.mark.parametrize(
    ("unit", "goal", "code"),
    [("q", COUNTRY, "not_assessed"), ("u", Goal(last=1), "no_region")],
)
def test_units_without_a_place(tmp_path: Path, unit: str, goal: Goal, code: str) -> None:
    panel, framework = two(tmp_path)
    with pytest.raises(InputError) as problem:
        way_out(panel, framework, PLAIN, 2020, unit, goal=goal)
    assert [finding.code for finding in problem.value.findings] == [f"way_out.{code}"]


def test_a_unit_without_a_score(tmp_path: Path) -> None:
    panel, framework = two(tmp_path)
    values = panel.values.copy()
    values.loc[(2020, "u")] = np.nan
    with pytest.raises(InputError, match="no score"):
        way_out(replace(panel, values=values), framework, PLAIN, 2020, "u", goal=COUNTRY)
