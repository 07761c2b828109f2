"""The way out of zones of the demonstration panel, and of a country on fixed goalposts."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import demo_table
import numpy as np
import pandas as pd
import pytest
import small

from analysis.core.catalogue import find_framework, find_method
from analysis.core.derive import derive_items
from analysis.core.panel import Panel
from analysis.core.score import score
from analysis.core.scores import Scores
from analysis.core.way_out import Goal, WayOut, way_out
from analysis.core.way_out_trial import Trial
from analysis.zones.levers import bounds_in, facts_of, lever_bounds
from analysis.zones.management.places import last_places

YEAR = 2023
EDITION = "mofcom-2021"


@cache
def panel() -> Panel:
    """Two years are enough."""
    table = demo_table.table()
    table = table[table.index.get_level_values("year").isin([YEAR - 1, YEAR])]
    facts = demo_table.ATTRIBUTES
    return Panel(table.drop(columns=facts).astype(float), table[facts])


def scored(method: str, moved: pd.DataFrame | None = None) -> Scores:
    values = panel().values if moved is None else moved
    framework = find_framework(EDITION)
    items = derive_items(replace(panel(), values=values), framework)[0]
    return score(items, framework, find_method(method))


def last_of(method: str, moved: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the last five of each region, as the rule of the management counts them."""
    table = scored(method, moved).table
    table = table[(table["node"] == "index") & (table["year"] == YEAR)]
    return last_places(table, "region", 5)


def moved(found: WayOut, part: float = 1.0) -> pd.DataFrame:
    values = panel().values.copy()
    for code, now, change, whole in found.smallest[["code", "now", "change", "whole"]].to_numpy():
        value = now + part * change
        values.loc[(YEAR, found.unit), code] = np.round(value) if whole else value
    return values


def way(unit: str, method: str = "efficacy") -> WayOut:
    whole, parts = facts_of(EDITION)
    return way_out(
        panel(),
        find_framework(EDITION),
        find_method(method),
        YEAR,
        unit,
        bounds=lever_bounds(),
        whole=whole,
        part_of=parts,
    )


@pytest.mark.parametrize(
    ("method", "region", "from_end"),
    [
        ("efficacy", "east", 1),
        ("efficacy", "west", 5),
        ("geometric", "central", 3),
        ("mofcom-points-outside", "west", 3),
    ],
)
def test_the_answer_takes_a_zone_out(method: str, region: str, from_end: int) -> None:
    last = last_of(method)
    unit = last[(last["region"] == region) & (last["from_end"] == from_end)]["unit"].iloc[0]
    found = way(unit, method)
    assert found.needed
    assert found.reachable
    assert found.now.from_end == from_end
    assert found.then is not None
    assert found.then.from_end == 6
    assert len(found.overtaken) == 6 - from_end
    after = last_of(method, moved(found))
    assert unit not in set(after["unit"])
    assert len(after) == len(last)
    assert unit in set(last_of(method, moved(found, 0.99))["unit"])
    # Within the bounds, and no change without which it would do as well.
    ends = found.bounds.loc[found.smallest["code"]]
    then = found.smallest["then"].to_numpy()
    assert (then <= ends["highest"].to_numpy() * (1 + 1e-9)).all()
    assert (then >= ends["lowest"].to_numpy() * (1 - 1e-9)).all()
    for at in range(len(found.smallest)):
        fewer = replace(found, smallest=found.smallest.drop(index=at))
        assert unit in set(last_of(method, moved(fewer))["unit"])


def test_alone_and_combined_agree() -> None:
    last = last_of("efficacy")
    unit = last[(last["region"] == "east") & (last["from_end"] == 5)]["unit"].iloc[0]
    found = way(unit)
    able = found.single[found.single["reaches"]]
    assert len(able) > 3
    assert found.cost <= able["share"].min() + 1e-3  # together never dearer than the best alone
    some = pd.concat([able.iloc[[0, -1]], able[able["whole"]].head(1)])
    for row in some.to_dict("records"):
        values = panel().values.copy()
        values.loc[(YEAR, unit), row["code"]] = row["then"]
        assert unit not in set(last_of("efficacy", values)["unit"])
        less = row["now"] + 0.99 * row["change"]
        values.loc[(YEAR, unit), row["code"]] = (
            row["then"] - row["direction"] if row["whole"] else less
        )
        assert unit in set(last_of("efficacy", values)["unit"])


def test_no_two_changes_trade_off_to_a_cheaper_one() -> None:
    """What two levers win together, as waste and its part that is used, is not added up."""
    found = way("C017")
    assert found.how == "search" and len(found.smallest) > 2
    moved = found.smallest.set_index("code")
    goal, framework, method = Goal(), find_framework(EDITION), find_method("efficacy")
    trial = Trial(panel(), framework, method, YEAR, "C017", goal, tuple(moved.index))
    then = moved["then"].to_numpy(dtype=float)
    width = (moved["change"] / moved["share"]).to_numpy(dtype=float)
    assert trial.margins(then[None])[0] > 0
    rows = []
    for on in range(len(moved)):
        for back in range(len(moved)):
            for step in (0.02, 0.05, 0.1, 0.2):
                row = then.copy()
                row[on] += min(step, 1 - moved["share"].iloc[on]) * width[on]
                row[back] -= (step + 0.003) * width[back]
                fits = on != back and moved["share"].iloc[on] + step <= 1
                fits &= moved["share"].iloc[back] >= step + 0.003
                rows += [row] if fits and not moved["whole"].iloc[[on, back]].any() else []
    assert len(rows) > 5
    assert (trial.margins(np.array(rows)) <= 0).all()


def test_trials_on_the_demonstration_panel() -> None:
    """Transformed and winsorised items, ends set by the zone: the quick way is the whole way."""
    last = last_of("efficacy")
    framework = find_framework(EDITION)
    unit = str(last["unit"].iloc[0])
    levers = ("gdp", "fdi", "trade", "n_listed", "va_ind", "land_developed", "n_paired")
    rng = np.random.default_rng(11)
    for method in ("efficacy", "geometric", "zscore", "mofcom-points-outside"):
        trial = Trial(panel(), framework, find_method(method), YEAR, unit, Goal(), levers)
        tried = np.round(trial.now * rng.uniform(0.5, 3.0, (3, len(levers))), 2)
        whole = [trial.place_margin(trial.scored(row)) for row in tried]
        assert trial.quick
        assert trial.margins(tried) == pytest.approx(whole, abs=1e-9)


def test_what_a_zone_can_move() -> None:
    primitives = {row["code"] for row in demo_table.rows(demo_table.DEMO / "primitives.csv")}
    bounds = lever_bounds().set_index("code")
    assert set(bounds.index) == primitives
    assert set(bounds["moves"]) == {"up", "down", "none"}
    # What others decide, delegate or rate is not for the zone to change.
    assert (bounds.loc[["host_gdp", "n_powers", "responsibility"], "moves"] == "none").all()
    own = pd.DataFrame({"code": ["gdp", "energy"], "percent": [5, None], "moves": ["", "both"]})
    merged = lever_bounds(own).set_index("code")
    assert merged.loc[["gdp", "energy", "waste"], "moves"].tolist() == ["up", "both", "down"]
    assert merged.at["gdp", "percent"] == 5
    assert merged.index.is_unique
    assert set(bounds_in(lever_bounds(own), pd.Index(["fdi"]))["code"]) == {"fdi"}
    whole, parts = facts_of(EDITION)
    assert whole is not None
    assert "n_firms" in whole
    assert "gdp" not in whole
    assert parts["va2"] == "gdp"
    assert facts_of("undp-hdi") == (None, {})


def test_a_country_on_fixed_goalposts() -> None:
    """The Human Development Index: one dimension of it, on a logarithmic scale."""
    framework, method = find_framework("undp-hdi"), find_method("undp-hdi")
    values = {
        "le": [60.0, 61.0, 70.0, 80.0],
        "eys": [9.0, 9.0, 12.0, 16.0],
        "mys": [6.0, 6.0, 8.0, 12.0],
        "gnipc": [3000.0, 3300.0, 12000.0, 40000.0],
    }
    table = small.panel(values, 2021)
    goal = Goal(last=1, scope="national")
    room = pd.DataFrame({"code": ["gnipc"], "highest": [9000]})
    found = way_out(
        table, framework, method, 2021, "a", goal=goal, bounds=room, primitives=["gnipc"]
    )
    # The geometric mean of three dimensions: income must make up for b's year of life and b's
    # income, and half a thousandth on top.
    education = (9 / 18 + 6 / 15) / 2
    bar = ((61 - 20) / 65 * education * np.log(33) / np.log(750)) ** (1 / 3)
    need = (np.round(bar, 3) + 0.0005) ** 3 / ((60 - 20) / 65 * education)
    expected = np.ceil(100 * 750**need)  # the values are whole numbers, all of them
    assert found.how == "search"
    assert found.smallest["then"].tolist() == [expected]
    assert 3300 < expected < 9000
