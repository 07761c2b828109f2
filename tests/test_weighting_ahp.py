"""The analytic hierarchy process: published matrices, consistency, and everything wrong."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shared_data import validation
from small import framework

from analysis.core.findings import InputError
from analysis.core.weighting import weight_findings
from analysis.core.weighting.hierarchy import RANDOM_INDEX, ahp, priorities, read_pairwise
from analysis.core.weighting.rules import mixture

NAN = np.nan


def matrix(text: str, codes: str) -> pd.DataFrame:
    """Return a matrix from rows of fractions; ``-`` is an empty cell."""
    rows = [
        [NAN if cell == "-" else float(Fraction(cell)) for cell in row.split()]
        for row in text.strip().splitlines()
    ]
    names = codes.split()
    return pd.DataFrame(rows, index=names, columns=names)


def test_wealth_of_nations_of_saaty() -> None:
    """Saaty (1977), seven nations: eigenvector to three decimals, lambda_max 7.608."""
    judged = matrix(
        """
        1 4 9 6 6 5 5
        1/4 1 7 5 5 3 4
        1/9 1/7 1 1/5 1/5 1/7 1/5
        1/6 1/5 5 1 1 1/3 1/3
        1/6 1/5 5 1 1 1/3 1/3
        1/5 1/3 7 3 3 1 2
        1/5 1/4 5 3 3 1/2 1
        """,
        "us ussr china france uk japan germany",
    )
    found = priorities(judged)
    printed = [0.427, 0.230, 0.021, 0.052, 0.052, 0.123, 0.094]
    np.testing.assert_allclose(found.weights, printed, atol=0.0006)
    assert found.lambda_max == pytest.approx(7.608, abs=0.0005)
    assert found.index == pytest.approx(0.608 / 6, abs=0.0001)
    assert found.ratio == pytest.approx(0.608 / 6 / 1.32, abs=0.0001)


@pytest.fixture(scope="module")
def table20() -> pd.DataFrame:
    return read_pairwise(validation("tai/published_table20_ahp_matrix_one_expert.csv"))


def test_table_20_of_the_handbook(table20: pd.DataFrame) -> None:
    """One expert on the eight TAI items; the book prints the mean weights of several only.

    So the weights are checked against what defines them, and a squaring of the matrix.
    """
    found = priorities(table20)
    values, weights = table20.to_numpy(), found.weights.to_numpy()
    np.testing.assert_allclose(values @ weights, found.lambda_max * weights, rtol=1e-12)
    power = np.linalg.matrix_power(values / 8, 64).sum(axis=1)
    np.testing.assert_allclose(weights, power / power.sum(), atol=1e-12)
    assert weights.sum() == pytest.approx(1)
    # Telephones and electricity are judged alike; schooling and patents lead.
    assert found.weights["telephones"] == pytest.approx(found.weights["electricity"])
    assert found.weights.nlargest(2).index.tolist() == ["schooling", "patents"]
    assert 8 < found.lambda_max < 8.3
    assert found.ratio < 0.1  # the rule of thumb of the book


def test_table_20_as_printed_contradicts_itself(table20: pd.DataFrame) -> None:
    """The book prints 2 for royalties over schooling, and 2 for schooling over royalties."""
    printed = table20.copy()
    printed.loc["royalties", "schooling"] = 2.0
    with pytest.raises(InputError, match="royalties” over “schooling” is 2") as caught:
        priorities(printed)
    assert len(caught.value.findings) == 1


def test_comparisons_that_agree() -> None:
    weights = np.array([0.5, 0.3, 0.15, 0.05])
    judged = pd.DataFrame(weights[:, None] / weights, index=list("abcd"), columns=list("abcd"))
    found = priorities(judged)
    np.testing.assert_allclose(found.weights, weights)
    assert found.lambda_max == pytest.approx(4)
    assert found.ratio == pytest.approx(0, abs=1e-12)


def test_three_by_hand() -> None:
    """Of three rows the eigenvector is the geometric mean of each, whatever they say."""
    judged = matrix("1 2 1/4 \n 1/2 1 3 \n 4 1/3 1", "a b c")
    means = np.array([2 / 4, 3 / 2, 4 / 3]) ** (1 / 3)
    found = priorities(judged)
    np.testing.assert_allclose(found.weights, means / means.sum(), rtol=1e-12)
    # lambda_max = 1 + d + 1 / d, d the cube root of a_13 / (a_12 a_23).
    d = (0.25 / 6) ** (1 / 3)
    assert found.lambda_max == pytest.approx(1 + d + 1 / d)
    assert found.ratio == pytest.approx((found.lambda_max - 3) / 2 / 0.58)


def test_rows_and_columns_in_any_order() -> None:
    judged = matrix("1 2 1/4 \n 1/2 1 3 \n 4 1/3 1", "a b c")
    turned = judged.loc[["c", "a", "b"], ["b", "c", "a"]]
    found = priorities(turned)
    np.testing.assert_allclose(found.weights[list("abc")], priorities(judged).weights)


def test_one_half_is_enough() -> None:
    full = matrix("1 2 1/4 \n 1/2 1 3 \n 4 1/3 1", "a b c")
    half = matrix("- 2 1/4 \n - - 3 \n - - -", "a b c")
    pd.testing.assert_series_equal(priorities(half).weights, priorities(full).weights)


def test_printed_fractions_count_as_the_fractions() -> None:
    judged = matrix("1 7 9 \n 0.14 1 3 \n 0.11 0.33 1", "a b c")
    exact = matrix("1 7 9 \n 1/7 1 3 \n 1/9 1/3 1", "a b c")
    np.testing.assert_allclose(priorities(judged).weights, priorities(exact).weights)


def test_one_and_two_rows_cannot_disagree() -> None:
    assert priorities(matrix("1", "a")).weights.tolist() == [1]
    found = priorities(matrix("1 3 \n 1/3 1", "a b"))
    np.testing.assert_allclose(found.weights, [0.75, 0.25])
    assert found.ratio == 0


@settings(deadline=None)
@given(arrays(np.float64, 10, elements=st.floats(1 / 9, 9)))
def test_weights_of_any_judgements(judgements: np.ndarray) -> None:
    values = np.full((5, 5), NAN)
    values[np.triu_indices(5, 1)] = judgements
    found = priorities(pd.DataFrame(values, index=list("abcde"), columns=list("abcde")))
    assert (found.weights > 0).all() and found.weights.sum() == pytest.approx(1)
    assert found.lambda_max >= 5 - 1e-9
    assert found.ratio == pytest.approx((found.lambda_max - 5) / 4 / 1.12, abs=1e-9)


def test_everything_wrong_is_told_at_once() -> None:
    judged = matrix("2 0 - 3 \n -1 1 1 3 \n - 1 1 1 \n 3 1/3 1 1", "a b c d")
    with pytest.raises(InputError) as caught:
        priorities(judged)
    assert [finding.code for finding in caught.value.findings] == [
        "weigh.ahp_diagonal",
        "weigh.ahp_positive",
        "weigh.ahp_empty",
        "weigh.ahp_reciprocal",
    ]


@pytest.mark.parametrize(
    ("rows", "columns", "code"),
    [("a b", "a c", "ahp_names"), ("a a", "a a", "ahp_names"), ("a b", "a b c", "ahp_names")],
)
def test_rows_that_are_not_the_columns(rows: str, columns: str, code: str) -> None:
    names = columns.split()
    judged = pd.DataFrame(1.0, index=rows.split(), columns=names)
    with pytest.raises(InputError) as caught:
        priorities(judged)
    assert caught.value.findings[0].code == f"weigh.{code}"


def test_more_rows_than_there_is_a_random_index_for() -> None:
    names = [f"c{k}" for k in range(len(RANDOM_INDEX) + 1)]
    with pytest.raises(InputError, match="1 to 15"):
        priorities(pd.DataFrame(1.0, index=names, columns=names))


ROWS: list[dict[str, object]] = [
    {"code": "i"},
    {"code": "a", "parent": "i", "weight": 3},
    {"code": "b", "parent": "i", "weight": 1},
    {"code": "x", "parent": "a", "direction": 1},
    {"code": "y", "parent": "a", "direction": 1},
    {"code": "z", "parent": "a", "direction": 1},
    {"code": "u", "parent": "b", "direction": 1},
]


def test_table_of_weights(tmp_path: Path) -> None:
    tree = framework(tmp_path, ROWS)
    judged = matrix("1 1/4 2 \n 4 1 1/3 \n 1/2 3 1", "x z y")
    table = ahp(tree, matrices={"a": judged}).set_index("code")
    found = priorities(judged)
    assert table.index.tolist() == ["a", "b", "x", "y", "z", "u"]
    np.testing.assert_allclose(table.loc[["a", "b", "u"], "weight"], [0.75, 0.25, 1])
    np.testing.assert_allclose(table.loc[list("xyz"), "weight"], found.weights[list("xyz")])
    np.testing.assert_allclose(table.loc[list("xyz"), "consistency_ratio"], found.ratio)
    assert table.loc[["a", "u"], "lambda_max"].isna().all()
    assert table["note"].tolist() == ["", "", *["inconsistent"] * 3, ""]
    (finding,) = weight_findings(table.reset_index())
    assert "x, y, z" in finding.text("en")


def test_matrices_that_do_not_fit_the_framework(tmp_path: Path) -> None:
    tree = framework(tmp_path, ROWS)
    two = matrix("1 2 \n 1/2 1", "x y")
    with pytest.raises(InputError) as caught:
        ahp(tree, matrices={"a": two, "u": two, "nobody": two})
    assert [finding.code for finding in caught.value.findings] == [
        "weigh.ahp_children",
        "weigh.ahp_node",
        "weigh.ahp_node",
    ]
    with pytest.raises(InputError, match="at least one matrix"):
        ahp(tree)


def test_comparisons_as_a_method_file_holds_them(tmp_path: Path) -> None:
    tree = framework(tmp_path, ROWS)
    judged = matrix("- 1/4 2 \n - - 1/3 \n - - -", "x z y")
    nested = {"x": {"z": "1/4", "y": 2}, "z": {"y": "1/3"}}
    pd.testing.assert_frame_equal(
        ahp(tree, matrices={"a": nested}), ahp(tree, matrices={"a": judged})
    )
    wrong = {"a": {"x": {"z": "viel", "y": True}}, "i": {"a": 3}, "b": [1], "nobody": {}}
    with pytest.raises(InputError) as caught:
        ahp(tree, matrices=wrong)  # type: ignore[arg-type]
    assert [finding.code.removeprefix("weigh.ahp_") for finding in caught.value.findings] == [
        "cell", "cell", "form", "form", "node",
    ]  # fmt: skip
    parameters = {"ahp": {"matrices": {"a": nested}}}
    again = mixture(pd.DataFrame(), tree, of={"ahp": 1}, parameters=parameters)
    np.testing.assert_allclose(again["weight"], ahp(tree, matrices={"a": nested})["weight"])


def test_reading_a_matrix(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("﻿,x,y\nx,1,1/3\ny,,1\n", encoding="utf-8")
    found = read_pairwise(path)
    assert found.index.tolist() == ["x", "y"] and found.at["x", "y"] == pytest.approx(1 / 3)
    assert np.isnan(found.at["y", "x"])
    path.write_text(",x,y\nx,1,viel\ny,1/0,=1+1\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_pairwise(path)
    assert len(caught.value.findings) == 3
    with pytest.raises(InputError, match="cannot be read"):
        read_pairwise(tmp_path / "none.csv")


@pytest.mark.parametrize("cell", ["1e999999", "1/1e999999", "9" * 4000, "1/" + "9" * 4000, "inf"])
def test_cells_that_would_overwhelm(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(f",x,y\nx,1,{cell}\ny,,1\n", encoding="utf-8")
    with pytest.raises(InputError):
        priorities(read_pairwise(path))
