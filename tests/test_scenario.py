"""A scenario of next year: persistence, residuals and tables against what is worked by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small import flat, framework, panel

from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.panel import Panel
from analysis.core.scenario import Fitted, Scenario, fit_scenario
from analysis.core.scenario_tables import draw_tables, next_year
from analysis.texts import LANGUAGES

STILL = Scenario(persistence=1.0, spread=0.0)


def years(values: dict[str, list[list[float]]], first: int = 2020, **more: list[object]) -> Panel:
    """Return a panel from rows of values, one row a year, one column a unit."""
    rows = len(next(iter(values.values())))
    units = [chr(97 + i) for i in range(len(next(iter(values.values()))[0]))]
    told = {key: list(row) * rows for key, row in more.items()}
    return panel(
        {item: np.ravel(table).tolist() for item, table in values.items()},
        [first + at for at in range(rows) for _ in units],
        units * rows,
        **told,
    )


def shares(tmp_path: Path, items: str = "x") -> Framework:
    """Return a framework of items that are taken as they are."""
    rows: list[dict[str, object]] = [{"code": "i"}]
    rows += [
        {"code": item, "parent": "i", "direction": 1, "kind": "share", "min": 0, "max": 100}
        for item in items.split()
    ]
    return framework(tmp_path, rows)


def fitted(tables: dict[str, list[list[float]]], tree: Framework, **settings: object) -> Fitted:
    held = years(tables)
    return fit_scenario(held, tree, held.years[-1], Scenario(**settings))  # type: ignore[arg-type]


# Ten units whose deviations from 50 halve each year: -10, -8 ... without 0.
HALVES = [50 + d for d in (-10, -8, -6, -4, -2, 2, 4, 6, 8, 10)]
HALVED = [[50 + (value - 50) / 2**at for value in HALVES] for at in range(3)]


def test_deviations_that_halve_every_year_halve_once_more(tmp_path: Path) -> None:
    found = fitted({"x": HALVED}, shares(tmp_path))
    assert found.items.at["x", "rho"] == pytest.approx(0.5, abs=1e-12)
    assert found.items.at["x", "spread"] == pytest.approx(0.0, abs=1e-12)
    assert found.items.at["x", "pairs"] == 20
    assert found.years == (2021, 2022)
    table = draw_tables(found, 3, 1)
    expected = [50 + (value - 50) / 8 for value in HALVES]
    assert table[..., 0] == pytest.approx(np.tile(expected, (3, 1)), abs=1e-9)


def test_least_squares_by_hand(tmp_path: Path) -> None:
    # d = -1, 1 (five times each), then -1, 0 (mean -0.5, so d' = -0.5, 0.5):
    # rho = sum d d' / sum d^2 = 0.5. With another unit's error the residuals are not 0.
    before, after = [49.0, 51.0] * 5, [49.0, 50.0] * 5
    found = fitted({"x": [before, after]}, shares(tmp_path))
    assert found.items.at["x", "rho"] == pytest.approx(0.5)
    # 2, -2, 1, -1 ... then 2, 0, 0, -2 ...: rho = (4 + 0 + 0 + 2) / (4 + 4 + 1 + 1) = 0.6.
    before = [52.0, 48.0, 51.0, 49.0] * 3
    after = [52.0, 50.0, 50.0, 48.0] * 3
    found = fitted({"x": [before, after]}, shares(tmp_path))
    assert found.items.at["x", "rho"] == pytest.approx(0.6)
    # Residuals 2 - 1.2, 0 + 1.2, 0 - 0.6, -2 + 0.6.
    assert sorted(set(found.residuals[:, 0].round(9))) == [-1.4, -0.6, 0.8, 1.2]
    spread = np.sqrt((0.8**2 + 1.2**2 + 0.6**2 + 1.4**2) / 4)
    assert found.items.at["x", "spread"] == pytest.approx(spread)
    assert found.items.at["x", "relative"] == pytest.approx(spread / np.sqrt(2.0))
    assert (found.expected[:4, 0]).round(9).tolist() == [51.2, 50.0, 50.0, 48.8]
    drawn = draw_tables(found, 50, 3)[..., 0] - found.expected[:, 0]
    assert set(np.unique(drawn.round(6))) == {-1.4, -0.6, 0.8, 1.2}


def test_deviations_from_the_region(tmp_path: Path) -> None:
    # Within regions deviations halve; the regions themselves drift apart.
    low, high = [8.0, 12.0] * 5, [88.0, 92.0] * 5
    then = [9.0 + 5, 11.0 + 5] * 5 + [89.0 + 7, 91.0 + 7] * 5
    held = years({"x": [low + high, then]}, region=["s"] * 10 + ["n"] * 10)
    found = fit_scenario(held, shares(tmp_path), 2021, Scenario(centre="region"))
    assert found.items.at["x", "rho"] == pytest.approx(0.5)
    assert found.expected[:2, 0].tolist() == pytest.approx([14.5, 15.5])
    assert found.expected[-2:, 0].tolist() == pytest.approx([96.5, 97.5])
    whole = fit_scenario(held, shares(tmp_path), 2021)
    assert whole.items.at["x", "rho"] > 0.9  # distances between regions last


def test_levels_move_in_proportion(tmp_path: Path) -> None:
    # Logarithms halve their distance from the mean: 100 and 1, then 10^1.5 and 10^0.5.
    first, then = [100.0, 1.0] * 5, [10**1.5, 10**0.5] * 5
    tree = flat(tmp_path, "x")
    found = fitted({"x": [first, then]}, tree)
    assert found.items.at["x", "scale"] == "log" and found.items.at["x", "offset"] == 0
    assert found.items.at["x", "rho"] == pytest.approx(0.5)
    expected = np.tile([10**1.25, 10**0.75], 5)
    assert draw_tables(found, 1, 1)[0, :, 0] == pytest.approx(expected)
    # So another unit of measurement changes nothing else.
    rng = np.random.default_rng(1)
    values = np.exp(rng.normal(size=(4, 12))).tolist()
    some = fitted({"x": values}, tree)
    more = fitted({"x": (1000 * np.array(values)).tolist()}, tree)
    assert draw_tables(more, 5, 2) == pytest.approx(1000 * draw_tables(some, 5, 2))
    as_is = fitted({"x": values}, tree, scales={"x": "as_is"})
    assert as_is.items.at["x", "scale"] == "as_is"


def test_which_scale_and_what_is_added_before_the_logarithm(tmp_path: Path) -> None:
    tree = framework(
        tmp_path,
        [
            {"code": "i"},
            *(
                {"code": code, "parent": "i", "direction": 1, **cells}
                for code, cells in {
                    "level": {"kind": "level", "min": 0},
                    "zero": {"kind": "count", "min": 0, "integer": "true"},
                    "tiny": {"kind": "level", "min": 0},
                    "growth": {"kind": "growth", "min": -100},
                    "share": {"kind": "share", "min": 0, "max": 100},
                    "rating": {"kind": "rating", "min": 0, "max": 10},
                    "signed": {},
                }.items()
            ),
        ],
    )
    row = [float(value) for value in range(1, 13)]
    signed = [value - 6 for value in row]
    held = {code: [row, row] for code in tree.items} | {"signed": [signed, signed]}
    held["zero"] = [[0.0, 0.0, *row[2:]]] * 2
    held["tiny"] = [[0.001, *row[1:]]] * 2
    items = fitted(held, tree).items
    logs = {"level", "zero", "tiny"}
    assert set(items.index[items["scale"] == "log"]) == logs
    # Half the smallest positive value; 1% of the median where that is more.
    assert items["offset"].to_dict() == {
        **dict.fromkeys(tree.items, 0.0),
        "zero": 1.5,
        "tiny": pytest.approx(0.065),
    }


def test_nothing_moves_without_noise_and_with_full_persistence(tmp_path: Path) -> None:
    tree = flat(tmp_path, "x y")
    rng = np.random.default_rng(5)
    x = np.exp(rng.normal(size=(3, 15)))
    x[:, :2] = 0.0
    y = rng.normal(size=(3, 15))
    y[2, 4] = np.nan
    found = fitted({"x": x.tolist(), "y": y.tolist()}, tree, persistence=1.0, spread=0.0)
    expected = np.column_stack([x[2], y[2]])
    assert draw_tables(found, 2, 9) == pytest.approx(np.stack([expected] * 2), nan_ok=True)


def test_items_of_a_unit_take_the_residuals_of_one_unit_year(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    e = rng.normal(size=(5, 20))
    tree = flat(tmp_path, "x y")
    # y is a mirror of x: drawn apart they would not be.
    held = {"x": e.tolist(), "y": (-3 * e).tolist()}
    table = draw_tables(fitted(held, tree), 10, 4)
    middle = np.mean(e[-1])
    assert table[..., 1] + 3 * middle == pytest.approx(-3 * (table[..., 0] - middle), abs=1e-9)
    assert table[..., 0].std() > 0.5


def test_a_residual_that_is_not_there_is_one_of_the_item(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=(4, 14)), rng.normal(size=(4, 14))
    y[1, :5] = np.nan
    found = fitted({"x": x.tolist(), "y": y.tolist()}, flat(tmp_path, "x y"))
    assert found.items["pairs"].to_dict() == {"x": 42, "y": 42 - 5 - 5}
    moved = draw_tables(found, 40, 4)[..., 1] - found.expected[:, 1]
    known = found.residuals[~np.isnan(found.residuals[:, 1]), 1]
    assert np.isin(moved.round(9), known.round(9)).all()


def test_values_keep_to_what_the_unit_allows(tmp_path: Path) -> None:
    tree = framework(
        tmp_path,
        [
            {"code": "i"},
            {"code": "p", "parent": "i", "direction": 1, "kind": "share", "min": 0, "max": 100},
            {"code": "n", "parent": "i", "direction": 1, "min": 0, "integer": "true"},
        ],
    )
    rng = np.random.default_rng(3)
    held = {
        "p": np.clip(rng.normal(95, 20, size=(4, 30)), 0, 100).tolist(),
        "n": rng.poisson(1.0, size=(4, 30)).astype(float).tolist(),
    }
    held["p"][3][0] = np.nan
    found = fitted(held, tree, spread=3.0)
    table = draw_tables(found, 60, 2)
    p, n = table[..., 0], table[..., 1]
    assert np.nanmin(p) >= 0 and np.nanmax(p) == 100
    assert (n == np.rint(n)).all() and n.min() == 0 and n.max() > 3
    assert np.isnan(p[:, 0]).all() and not np.isnan(p[:, 1:]).any()


def test_persistence_goes_no_further_than_one(tmp_path: Path) -> None:
    grows = [[50 + (v - 50) * 1.2**at for v in HALVES] for at in range(3)]
    assert fitted({"x": grows}, shares(tmp_path)).items.at["x", "rho"] == 1.0


def test_later_years_and_units_that_are_not_assessed_are_not_looked_at(tmp_path: Path) -> None:
    tree = shares(tmp_path)
    held = years({"x": [*HALVED, HALVES[::-1]]})
    known = fit_scenario(held, tree, 2022)
    assert known.items.at["x", "rho"] == pytest.approx(0.5)
    assert fit_scenario(held, tree, 2022, Scenario(since=2021)).years == (2022,)
    out = held.units.index.get_level_values("unit") == "a"
    some = replace(held, units=held.units.assign(assessed=~out))
    found = fit_scenario(some, tree, 2022)
    assert len(found.expected) == 9 and found.items.at["x", "pairs"] == 18
    assert "assessed" not in found.panel.units


def test_an_item_with_too_few_pairs_stays_as_it_is(tmp_path: Path) -> None:
    late = [[np.nan] * 10, [np.nan] * 10, [float(v) for v in range(10)]]
    found = fitted({"x": HALVED, "y": late}, shares(tmp_path, "x y"))
    assert found.items["held"].to_dict() == {"x": False, "y": True}
    table = draw_tables(found, 4, 1)
    assert table[..., 1] == pytest.approx(np.tile(late[2], (4, 1)))
    [note] = found.notes
    assert note.code == "scenario.held" and "y" in note.text("en") and "10" in note.text("zh")


def test_tables_as_panels_and_the_same_ones_whatever_their_number(tmp_path: Path) -> None:
    tree = flat(tmp_path, "x")
    values = np.exp(np.random.default_rng(2).normal(size=(4, 12))).tolist()
    held = years({"x": values}, region=["s"] * 12)
    found = fit_scenario(held, tree, 2023)
    few, many = draw_tables(found, 3, 7), draw_tables(found, 103, 7)
    assert np.array_equal(few, many[:3])
    assert not np.array_equal(many[:3], many[100:])  # another batch
    assert not np.array_equal(few, draw_tables(found, 3, 8))
    made = list(next_year(held, tree, 2023, count=103, seed=7))
    assert len(made) == 103
    for number in (0, 102):
        assert np.array_equal(made[number].values.to_numpy(), many[number])
        assert set(made[number].values.index.get_level_values("year")) == {2024}
        assert made[number].synthetic and not held.synthetic
        assert made[number].units["region"].tolist() == ["s"] * 12


def test_a_unit_that_is_left_out_leaves_the_fit(tmp_path: Path) -> None:
    found = fitted({"x": HALVED}, shares(tmp_path))
    keep = np.arange(10) > 0
    part = found.of(keep)
    assert len(part.panel.values) == 9 and part.items.equals(found.items)
    assert draw_tables(part, 1, 1)[0, :, 0] == pytest.approx(draw_tables(found, 1, 1)[0, 1:, 0])


def test_all_that_is_wrong_is_told(tmp_path: Path) -> None:
    tree = flat(tmp_path, "x y")
    with pytest.raises(InputError) as told:
        fit_scenario(years({"x": HALVED}), tree, 2030, Scenario(scales={"q": "log"}))
    assert [one.code for one in told.value.findings] == [
        "derive.absent",
        "scenario.items",
        "scenario.year",
    ]
    tree = flat(tmp_path, "x")
    with pytest.raises(InputError) as told:
        fit_scenario(years({"x": HALVED}), tree, 2020)
    assert [one.code for one in told.value.findings] == ["scenario.pairs"]


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "walk"},
        {"centre": "world"},
        {"persistence": 1.1},
        {"spread": -1.0},
        {"spread": float("nan")},
        {"scales": {"x": "cubed"}},
    ],
)
def test_settings_out_of_range(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Scenario(**settings)  # type: ignore[arg-type]


def test_what_is_assumed_is_said() -> None:
    for lang in LANGUAGES:
        plain = Scenario().describe(lang)
        full = Scenario(persistence=0.5, spread=2.0).describe(lang)
        assert full.startswith(plain) and "0.5" in full and "2" in full
        assert Scenario(centre="region").describe(lang) != plain


def test_constant_items_do_not_move(tmp_path: Path) -> None:
    found = fitted({"x": [[5.0] * 12] * 3}, flat(tmp_path, "x"))
    assert found.items.at["x", "rho"] == 1.0
    assert draw_tables(found, 2, 1) == pytest.approx(np.full((2, 12, 1), 5.0))
    assert found.items.at["x", "spread"] == 0 and pd.isna(found.items.at["x", "relative"])
