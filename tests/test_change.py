"""From one year to the next: planted changes are found, and the parts sum to the whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import flat, framework, panel

from analysis.core.change import Edition, change, only_year, year_by_year
from analysis.core.method import Aggregation, Method, Missing, Normalisation, Treatment
from analysis.core.panel import Panel
from analysis.core.score import score

NAN = np.nan
PLAIN = Method(
    treatment=Treatment("none"),
    normalisation=Normalisation("minmax"),
    missing=Missing("renormalise", 0.0),
)
YEARS = [2020] * 3 + [2021] * 3
UNITS = list("abc") * 2


def two_years(values: dict[str, list[float]], **facts: list[str]) -> Panel:
    return panel(values, YEARS, UNITS, **facts)


def sums(table: pd.DataFrame) -> None:
    total = table[["data", "goalposts", "rule"]].sum(axis=1, skipna=False)
    np.testing.assert_allclose(total, table["change"], atol=1e-9)


def test_by_hand(tmp_path: Path) -> None:
    # b: 5 between 0 and 10 is 50; 6 between 0 and 12 is 50. With 6 between 0 and 10 it
    # had 60, with 5 between 0 and 12 it has 500 / 12.
    edition = Edition(two_years({"x": [0, 5, 10, 0, 6, 12]}), flat(tmp_path, "x"), PLAIN)
    table = change(edition, (2020, 2021), units=["b"])
    row = table.iloc[0]
    gain = ((60 - 50) + (50 - 500 / 12)) / 2
    assert row[["change", "data", "goalposts", "rule"]].tolist() == pytest.approx(
        [0, gain, -gain, 0]
    )
    assert row[["rank_from", "rank_to", "rank_change"]].tolist() == [2, 2, 0]


def test_three_factors_by_hand(tmp_path: Path) -> None:
    # The rule turns from x to y; only y of b changes, within a range that does not.
    tree_x = flat(tmp_path, "x y")
    nodes = tree_x.nodes.assign(weight=[1.0, 1.0, 0.0])
    only_x = replace(tree_x, nodes=nodes)
    only_y = replace(tree_x, nodes=nodes.assign(weight=[1.0, 0.0, 1.0]))
    data = two_years({"x": [0, 5, 10, 0, 5, 10], "y": [0, 2, 10, 0, 8, 10]})
    table = change(Edition(data, only_x, PLAIN), (2020, 2021), Edition(data, only_y, PLAIN))
    row = table.set_index("unit").loc["b"]
    # data first: x stays, 0, then rule 30; rule first: -30, then data 60
    assert row[["change", "data", "goalposts", "rule"]].tolist() == pytest.approx([30, 30, 0, 0])
    sums(table)


def test_fixed_goalposts_leave_the_data_alone(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"code": "i"}]
    rows += [{"code": c, "parent": "i", "direction": 1, "lo": 0, "hi": 20} for c in "xy"]
    method = replace(
        PLAIN,
        normalisation=Normalisation("goalposts", 1, 100),
        aggregation=Aggregation("geometric"),
    )
    data = two_years({"x": [1, 5, 10, 2, 6, 12], "y": [4, 3, 9, 1, 1, 1]})
    table = change(Edition(data, framework(tmp_path, rows), method), (2020, 2021))
    np.testing.assert_allclose(table["data"], table["change"], atol=1e-12)
    assert (table[["goalposts", "rule"]].abs() < 1e-12).all(axis=None)


def test_the_others_alone_moved(tmp_path: Path) -> None:
    data = two_years({"x": [0, 5, 10, 2, 5, 20], "y": [3, 2, 1, 4, 2, 1]})
    table = change(Edition(data, flat(tmp_path, "x y"), PLAIN), (2020, 2021)).set_index("unit")
    assert table.loc["b", "data"] == 0 and table.loc["b", "goalposts"] < 0
    assert table.loc["b", "goalposts"] == pytest.approx(table.loc["b", "change"])


def test_the_rule_alone_changed(tmp_path: Path) -> None:
    data = two_years({"x": [0, 5, 10] * 2, "y": [3, 2, 1] * 2})
    tree = flat(tmp_path, "x y")
    other = replace(PLAIN, normalisation=Normalisation("efficacy"))
    table = change(Edition(data, tree, PLAIN), (2020, 2021), Edition(data, tree, other))
    np.testing.assert_allclose(table["rule"], table["change"], atol=1e-12)
    assert (table[["data", "goalposts"]].abs() < 1e-12).all(axis=None)
    assert (table["change"] > 0).all()


def test_attributes_are_the_units_own(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"code": "i"}]
    rows += [{"code": "x", "parent": "i", "direction": 1, "weight": 1, "weight[stage=new]": 0}]
    rows += [{"code": "y", "parent": "i", "direction": 1, "weight": 1}]
    data = two_years({"x": [0, 5, 10] * 2, "y": [0, 9, 10] * 2}, stage=["old"] * 4 + ["new", "old"])
    table = change(Edition(data, framework(tmp_path, rows), PLAIN), (2020, 2021)).set_index("unit")
    assert table.loc["b", ["change", "data"]].tolist() == pytest.approx([20, 20])


def test_units_of_one_year_only_and_gaps(tmp_path: Path) -> None:
    data = panel({"x": [0, 5, 10, 0, 6, 12], "y": [1, 2, NAN, 4, NAN, 0]}, YEARS, list("abcabd"))
    edition = Edition(data, flat(tmp_path, "x y"), PLAIN)
    table = change(edition, (2020, 2021))
    assert table["unit"].tolist() == ["a", "b"]
    sums(table)
    strict = replace(edition, method=replace(PLAIN, missing=Missing("none")))
    table = change(strict, (2020, 2021)).set_index("unit")
    assert table.loc["b", ["change", "data", "goalposts"]].isna().all()
    with pytest.raises(KeyError, match="d"):
        change(edition, (2020, 2021), units=["d"])


def test_pooled_methods_see_all_years(tmp_path: Path) -> None:
    assert year_by_year(PLAIN) and year_by_year(Method())
    pooled = replace(PLAIN, normalisation=Normalisation("minmax", over="pooled"))
    assert not year_by_year(pooled)
    data = two_years({"x": [0, 5, 10, 0, 6, 12]})
    assert only_year(data, 2021).years == (2021,)
    table = change(Edition(data, flat(tmp_path, "x"), pooled), (2020, 2021)).set_index("unit")
    # the range 0 to 12 of both years holds throughout: b changes by its own 5 to 6
    assert table.loc["b", ["change", "data", "goalposts"]].tolist() == pytest.approx(
        [100 / 12, 100 / 12, 0]
    )
    sums(table)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 10_000), st.sampled_from(["arithmetic", "geometric", "harmonic"]))
def test_parts_sum_and_turn_round(tmp_path: Path, seed: int, rule: str) -> None:
    rng = np.random.default_rng(seed)
    data = two_years({c: list(rng.uniform(size=6)) for c in "xyz"})
    tree = flat(tmp_path, "x y z")
    before = Edition(data, tree, replace(PLAIN, normalisation=Normalisation("minmax", 1, 100)))
    after = replace(before, method=replace(before.method, aggregation=Aggregation(rule)))
    there = change(before, (2020, 2021), after)
    sums(there)
    scores = score(data, tree, before.method).in_year(2020)["i"]
    np.testing.assert_allclose(there["score_from"], scores)
    back = change(after, (2021, 2020), before)
    for column in ("change", "data", "goalposts", "rule"):
        np.testing.assert_allclose(there[column], -back[column], atol=1e-9)
