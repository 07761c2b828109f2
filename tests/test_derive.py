"""Deriving items from primitives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small import framework, panel

from analysis.core.derive import OPERATIONS, derive_items
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.panel import Panel

NAN = np.nan


def item(folder: Path, operation: str, inputs: str, **cells: object) -> Framework:
    row = {"code": "x", "parent": "i", "direction": 1, "operation": operation, "inputs": inputs}
    return framework(folder, [{"code": "i"}, row | cells])


def derived(tree: Framework, data: Panel) -> tuple[list[float], dict[str, int]]:
    """Return the values of item ``x`` and how many cells are missing for which reason."""
    done, findings = derive_items(data, tree)
    assert list(done.values.columns) == ["x"]
    for finding in findings:
        assert finding.text("zh") and finding.text("en")
    counts = done.reasons["reason"].value_counts().to_dict()
    assert counts == {f.code: f.values["count"] for f in findings}
    return done.values["x"].tolist(), counts


@pytest.mark.parametrize(
    ("operation", "inputs", "expected"),
    [
        ("level", "p", [6.0, -3.0, NAN]),
        ("sum", "p q", [8.0, 1.0, NAN]),
        ("sum", "p q q", [10.0, 5.0, NAN]),
        ("share", "p q", [300.0, -75.0, NAN]),
        ("ratio", "p q", [3.0, -0.75, NAN]),
    ],
)
def test_within_a_year(tmp_path: Path, operation: str, inputs: str, expected: list[float]) -> None:
    data = panel({"p": [6, -3, NAN], "q": [2, 4, 5]})
    values, counts = derived(item(tmp_path, operation, inputs), data)
    np.testing.assert_array_equal(values, expected)
    assert counts == {}


def test_scale(tmp_path: Path) -> None:
    data = panel({"p": [6], "q": [4]})
    assert derived(item(tmp_path, "ratio", "p q", scale=100), data)[0] == [150]
    assert derived(item(tmp_path, "level", "p", scale=0.5), data)[0] == [3]


@pytest.mark.parametrize("operation", ["share", "ratio"])
def test_denominators_that_are_not_positive(tmp_path: Path, operation: str) -> None:
    data = panel({"p": [1, 1, NAN, 1], "q": [0, -2, 0, NAN]})
    values, counts = derived(item(tmp_path, operation, "p q"), data)
    assert np.isnan(values).all()
    assert counts == {"derive.denominator": 2}


def test_growth_and_difference(tmp_path: Path) -> None:
    # unit a: 2019 to 2021; unit b: 2019 and 2021 only
    data = panel(
        {"p": [100, 110, 99, 50, 60]},
        year=[2019, 2020, 2021, 2019, 2021],
        units=["a", "a", "a", "b", "b"],
    )
    # in the panel's order: 2019 a, 2019 b, 2020 a, 2021 a, 2021 b
    values, counts = derived(item(tmp_path, "growth", "p"), data)
    np.testing.assert_allclose(values, [NAN, NAN, 10, -10, NAN], rtol=1e-13)
    assert counts == {"derive.no_year_before": 3}
    values, counts = derived(item(tmp_path, "difference", "p"), data)
    np.testing.assert_array_equal(values, [NAN, NAN, 10, -11, NAN])
    assert counts == {"derive.no_year_before": 3}


def test_growth_on_a_base_that_is_zero_negative_or_missing(tmp_path: Path) -> None:
    years, units = [2019] * 3 + [2020] * 3, list("abc") * 2
    data = panel({"p": [0, -5, NAN, 7, 7, 7]}, year=years, units=units)
    done, _ = derive_items(data, item(tmp_path, "growth", "p"))
    assert np.isnan(done.values["x"]).all()
    known = done.reasons[done.reasons["year"] == 2020]
    assert known[["unit", "reason"]].values.tolist() == [["a", "derive.base"], ["b", "derive.base"]]
    values, _ = derived(item(tmp_path, "difference", "p"), data)
    np.testing.assert_array_equal(values[3:], [7, 12, NAN])


def test_nothing_is_compared_across_a_break(tmp_path: Path) -> None:
    data = panel({"p": [1, 2, 4, 0, 3]}, year=[2018, 2019, 2020, 2021, 2022], units=["a"] * 5)
    values, counts = derived(item(tmp_path, "growth", "p", breaks="2020 2022"), data)
    np.testing.assert_array_equal(values, [NAN, 100, NAN, -100, NAN])
    # 2022 is a break, whatever its base.
    assert counts == {"derive.no_year_before": 1, "derive.break": 2}


def test_unit_years_that_are_not_scored_serve_as_a_base(tmp_path: Path) -> None:
    data = panel({"p": [100, 110]}, year=[2019, 2020], units=["a", "a"], assessed=[False, True])
    values, counts = derived(item(tmp_path, "growth", "p"), data)
    np.testing.assert_allclose(values, [NAN, 10], rtol=1e-13)
    assert counts == {}, "what is missing where nothing is scored needs no reason"


def test_pick_by_region(tmp_path: Path) -> None:
    data = panel({"p": [1, 2, 3, 4], "q": [10, 20, NAN, 40]}, region=["east", "west", "west", ""])
    values, counts = derived(item(tmp_path, "pick", "east=p west=q"), data)
    np.testing.assert_array_equal(values, [1, 20, NAN, NAN])
    assert counts == {"derive.region": 1}


def test_an_item_of_its_own_is_taken_as_it_is(tmp_path: Path) -> None:
    data = panel({"x": [5.0], "p": [1.0]})
    assert derived(item(tmp_path, "level", "p", scale=2), data)[0] == [5.0]


def test_what_can_neither_be_found_nor_derived_is_told_at_once(tmp_path: Path) -> None:
    rows = [
        {"code": "i"},
        {"code": "x", "parent": "i", "direction": 1},
        {"code": "y", "parent": "i", "direction": 1, "operation": "sum", "inputs": "p q r p"},
        {"code": "z", "parent": "i", "direction": 1, "operation": "pick", "inputs": "east=s"},
    ]
    with pytest.raises(InputError) as error:
        derive_items(panel({"q": [1.0]}), framework(tmp_path, rows))
    told = [(f.code, f.item, f.values.get("inputs")) for f in error.value.findings]
    assert told == [
        ("derive.absent", "x", None),
        ("derive.inputs", "y", "p, r"),
        ("derive.inputs", "z", "s"),
    ]
    assert "p, r" in str(error.value)


def test_attributes_and_earlier_reasons_are_kept(tmp_path: Path) -> None:
    data = panel({"p": [NAN]}, stage=["new"])
    reasons = pd.DataFrame(
        [[2020, "a", "p", "table-missing"]], columns=["year", "unit", "item", "reason"]
    )
    data = Panel(data.values, data.units, reasons, "somewhere", True)
    done, _ = derive_items(data, item(tmp_path, "level", "p"))
    assert done.units["stage"].tolist() == ["new"]
    assert done.reasons.values.tolist() == reasons.values.tolist()
    assert (done.source, done.synthetic) == ("somewhere", True)


def test_every_operation_is_tested_above() -> None:
    assert set(OPERATIONS) == {"level", "sum", "share", "ratio", "growth", "difference", "pick"}
