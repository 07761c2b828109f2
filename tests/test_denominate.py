"""Denomination."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small import framework, panel

from analysis.core.denominate import denominate
from analysis.core.derive import derive_items
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Denomination, Method, Normalisation, Treatment
from analysis.core.read_panel import read_panel
from analysis.core.score import score

NAN = np.nan
ROWS: list[dict[str, object]] = [
    {"code": "i"},
    {"code": "x", "parent": "i", "direction": 1, "denominator": "pop"},
    {"code": "y", "parent": "i", "direction": 1, "denominator": "x", "denominator_scale": 1000},
    {"code": "z", "parent": "i", "direction": 1},
]
PLAIN = Method(treatment=Treatment("none"), normalisation=Normalisation("minmax"))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Framework:
    return framework(tmp_path_factory.mktemp("tree"), ROWS)


DATA = panel({"x": [10, 20, 30], "y": [1, 1, 3], "z": [1, 2, 3], "pop": [2, 5, 10]})


def test_by_hand(tree: Framework) -> None:
    done, findings = denominate(DATA, tree)
    np.testing.assert_allclose(done.values["x"], [5, 4, 3])
    # By x as it was found, times 1000.
    np.testing.assert_allclose(done.values["y"], [100, 50, 100])
    np.testing.assert_array_equal(done.values["z"], [1, 2, 3])
    assert findings == () and done.reasons.empty
    np.testing.assert_array_equal(DATA.values["x"], [10, 20, 30])


def test_what_has_no_denominator_is_missing_with_its_reason(tree: Framework) -> None:
    data = panel(
        {
            "x": [1, 1, 1, 1, NAN],
            "y": [1] * 5,
            "z": [1] * 5,
            "pop": [0, -4, NAN, np.inf, 0],
        }
    )
    done, findings = denominate(data, tree)
    assert done.values["x"].isna().all()
    reasons = done.reasons[done.reasons["item"] == "x"].set_index("unit")["reason"].to_dict()
    assert reasons == {
        "a": "derive.denominator",
        "b": "derive.denominator",
        "c": "denominate.missing",
        "d": "denominate.missing",
    }
    told = {(f.code, f.item): f.values["count"] for f in findings}
    assert told[("derive.denominator", "x")] == 2 and told[("denominate.missing", "x")] == 2
    assert told[("denominate.missing", "y")] == 1
    assert all(f.text("zh") and f.text("en") for f in findings)


def test_a_denominator_that_is_not_there(tree: Framework) -> None:
    data = replace(DATA, values=DATA.values.drop(columns="pop"))
    for act in (lambda: denominate(data, tree), lambda: score(data, tree, PLAIN)):
        with pytest.raises(InputError) as error:
            act()
        (finding,) = error.value.findings
        assert (finding.item, finding.values["denominator"]) == ("x", "pop")


def test_in_the_pipeline_and_not(tree: Framework) -> None:
    np.testing.assert_allclose(score(DATA, tree, PLAIN).node("x"), [100, 50, 0])
    as_found = replace(PLAIN, denomination=Denomination("none"))
    np.testing.assert_allclose(score(DATA, tree, as_found).node("x"), [0, 50, 100])
    without = replace(DATA, values=DATA.values.drop(columns="pop"))
    np.testing.assert_allclose(score(without, tree, as_found).node("x"), [0, 50, 100])


def test_from_a_table_to_scores(tree: Framework) -> None:
    table = DATA.values.reset_index()
    read, _ = derive_items(read_panel(table, tree).panel, tree)
    assert list(read.values) == ["x", "y", "z", "pop"]
    np.testing.assert_array_equal(score(read, tree, PLAIN).nodes, score(DATA, tree, PLAIN).nodes)


def test_the_unit_of_a_denominator_is_of_no_account_after_min_max(tmp_path: Path) -> None:
    rows = [dict(row) for row in ROWS]
    rows[1]["denominator_scale"] = 1e6
    scaled = score(DATA, framework(tmp_path, rows), PLAIN)
    np.testing.assert_allclose(scaled.node("x"), [100, 50, 0])
    np.testing.assert_allclose(scaled.values["x"], [5e6, 4e6, 3e6])
