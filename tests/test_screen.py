"""Screening by the availability of data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small import framework, panel

from analysis.core.framework import Framework
from analysis.core.method import Imputation, Method, Missing, Normalisation, Screening, Treatment
from analysis.core.score import score
from analysis.core.screen import availability, screen

NAN = np.nan
ROWS: list[dict[str, object]] = [
    {"code": "i"},
    {"code": "g", "parent": "i"},
    {"code": "h", "parent": "i"},
    *({"code": item, "parent": "g", "direction": 1} for item in ("x", "y", "z")),
    {"code": "w", "parent": "h", "direction": 1},
]
PLAIN = Method(
    treatment=Treatment("none"), normalisation=Normalisation("minmax"), missing=Missing(min_share=0)
)
DATA = panel(
    {
        "x": [1, 2, 3, NAN, NAN],
        "y": [1, 2, NAN, NAN, NAN],
        "z": [0, 2, 9, NAN, NAN],
        "w": [0, 2, 3, 4, NAN],
    }
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Framework:
    return framework(tmp_path_factory.mktemp("tree"), ROWS)


def test_availability_by_hand(tree: Framework) -> None:
    shares = availability(DATA.values, tree)
    assert list(shares) == ["i", "g", "h", "nonzero"]
    np.testing.assert_allclose(shares["i"], [1, 1, 0.75, 0.25, 0])
    np.testing.assert_allclose(shares["g"], [1, 1, 2 / 3, 0, 0])
    np.testing.assert_allclose(shares["h"], [1, 1, 1, 1, 0])
    np.testing.assert_allclose(shares["nonzero"], [0.5, 1, 1, 1, NAN])


@pytest.mark.parametrize(
    ("screening", "out"),
    [
        (Screening("leave_out", 0.75), "de"),
        (Screening("leave_out", 0.76), "cde"),
        (Screening("leave_out", 0.0, 2 / 3), "de"),
        (Screening("leave_out", 0.0, 0.7), "cde"),
        (Screening("leave_out", 0.0, 0.0, 0.5), ""),
        (Screening("leave_out", 0.0, 0.0, 0.51), "a"),
        (Screening("flag", 1.0), ""),
        (Screening("none", 1.0), ""),
    ],
)
def test_thresholds(tree: Framework, screening: Screening, out: str) -> None:
    done = screen(DATA.values, tree, screening)
    left = DATA.values.index.get_level_values("unit")[done.left_out]
    assert "".join(left) == out


def test_every_shortfall_is_listed(tree: Framework) -> None:
    done = screen(DATA.values, tree, Screening("flag", 0.5, 1.0))
    assert done.table.values.tolist() == [
        [2020, "c", "group", "g", 2 / 3, 1.0],
        [2020, "d", "unit", "i", 0.25, 0.5],
        [2020, "d", "group", "g", 0, 1.0],
        [2020, "e", "unit", "i", 0, 0.5],
        [2020, "e", "group", "g", 0, 1.0],
        [2020, "e", "group", "h", 0, 1.0],
    ]
    told = [(f.code, f.values["node"], f.values["units"]) for f in done.findings]
    assert told == [
        ("screen.unit.flag", "i", "d, e"),
        ("screen.group.flag", "g", "c, d, e"),
        ("screen.group.flag", "h", "e"),
    ]
    assert all(f.text("zh") and f.text("en") for f in done.findings)


def test_units_left_out_keep_their_row_and_set_no_scale(tree: Framework) -> None:
    method = replace(PLAIN, screening=Screening("leave_out", 0.75))
    scores = score(DATA, tree, method)
    nodes = scores.in_year(2020)
    assert nodes.loc[["d", "e"]].isna().all(axis=None)
    # Without d, w runs from 0 to 3.
    np.testing.assert_allclose(nodes["w"], [0, 200 / 3, 100, NAN, NAN])
    assert len(scores.table) == 5 * 7
    codes = [finding.code for finding in scores.findings]
    assert codes == ["screen.unit.leave_out"]


def test_flagged_units_are_scored(tree: Framework) -> None:
    flagged = score(DATA, tree, replace(PLAIN, screening=Screening("flag", 0.75)))
    plain = score(DATA, tree, PLAIN)
    np.testing.assert_array_equal(flagged.nodes, plain.nodes)
    assert flagged.screened["unit"].tolist() == ["d", "e"]


def test_screening_comes_before_imputation(tree: Framework) -> None:
    """A unit with too little data is not saved by data made up for it."""
    method = replace(PLAIN, screening=Screening("leave_out", 0.75), imputation=Imputation("mean"))
    scores = score(DATA, tree, method)
    assert scores.node("i").isna().tolist() == [False, False, False, True, True]
    assert scores.filled[["unit", "item", "value"]].values.tolist() == [["c", "y", 1.5]]
    assert scores.imputed is not None and not scores.imputed.iloc[3:].any(axis=None)


def test_each_year_by_itself(tree: Framework) -> None:
    data = panel(
        {item: [1, NAN, 2, 3] for item in "xyzw"},
        year=[2020, 2020, 2021, 2021],
        units=["a", "b", "a", "b"],
    )
    scores = score(data, tree, replace(PLAIN, screening=Screening("leave_out", 0.5)))
    assert scores.node("i").isna().tolist() == [False, True, False, False]
