"""Treatment by Box-Cox and by fences, item by item, and over all years together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from small import flat, framework, panel

from analysis.core.boxcox import box_cox
from analysis.core.fences import fence, iqr_fences, quantile_fences
from analysis.core.method import Method, Normalisation, Treatment
from analysis.core.method_keys import TREATMENTS
from analysis.core.score import score
from analysis.core.treat import shape_statistics, treat

NAN = np.nan
PLAIN = Method(normalisation=Normalisation("minmax"))
SKEWED = np.exp(np.linspace(-2, 3, 40))
TAILED = arrays(np.float64, 20, elements=st.floats(-12, 12).map(lambda x: round(np.sinh(x), 3)))


def test_quantile_fences_by_hand() -> None:
    # 1 to 11: the tenth part of the way from 1 to 11 is 2, nine tenths are 10.
    values = np.arange(1.0, 12.0)
    assert quantile_fences(values, 0.1, 0.9) == (2, 10)
    done = treat(values[:, None], Treatment("quantile", lower_quantile=0.1, upper_quantile=0.9))
    np.testing.assert_array_equal(done.values[:, 0], [2, 2, *range(3, 10), 10, 10])
    assert done.why == ("quantile",)


def test_iqr_fences_by_hand() -> None:
    # Quartiles of 1 to 9 are 3 and 7: fences at 3 - 6 and 7 + 6.
    values = np.array([*range(1, 10), 100.0])
    first, third = np.quantile(values, [0.25, 0.75])
    assert iqr_fences(values, 1.5) == (first - 1.5 * (third - first), third + 1.5 * (third - first))
    assert iqr_fences(np.arange(1.0, 10.0), 1.5) == (-3, 13)
    done = treat(np.append(np.arange(1.0, 10.0), 14.0)[:, None], Treatment("iqr", whisker=0.0))
    assert done.why == ("iqr",)
    mild = treat(np.arange(1.0, 10.0)[:, None], Treatment("iqr"))
    assert mild.why == ("",)


def test_fences_never_leave_a_single_value() -> None:
    values = np.array([0.0] * 30 + [1.0])
    assert (fence(values, 0, 0) == values).all()
    assert treat(values[:, None], Treatment("iqr")).why == ("",)


def test_box_cox_of_a_given_power() -> None:
    values = np.array([1.0, 2.0, 4.0])  # geometric mean 2
    np.testing.assert_allclose(box_cox(values, 0.0)[0], np.log([0.5, 1, 2]))
    np.testing.assert_allclose(box_cox(values, 2.0)[0], [(0.25 - 1) / 2, 0, (4 - 1) / 2])
    np.testing.assert_allclose(box_cox(values, 1.0)[0], [-0.5, 0, 1])


def test_box_cox_finds_the_power_that_scipy_finds() -> None:
    _, power = box_cox(SKEWED)
    assert power == pytest.approx(stats.boxcox(SKEWED)[1], abs=1e-3)
    # The exponential of evenly spread numbers: a logarithm undoes it.
    assert abs(power) < 0.05
    assert abs(shape_statistics(box_cox(SKEWED)[0])[0]) < 0.1


def test_box_cox_does_not_hang_on_the_unit_of_measurement() -> None:
    one, two = box_cox(SKEWED), box_cox(1e6 * SKEWED)
    np.testing.assert_allclose(two[0], one[0], rtol=1e-6)
    # With a value that is not positive, not on the origin either.
    moved = SKEWED - 5.0
    one, two = box_cox(moved), box_cox(1000 * moved + 77.0)
    np.testing.assert_allclose(two[0], one[0], rtol=1e-5)


def test_box_cox_of_too_few_values() -> None:
    for values in ([1.0, 2.0], [1.0, 1.0, 2.0], [3.0] * 5):
        assert (box_cox(np.array(values))[0] == values).all()


def test_box_cox_as_the_transformation_of_the_jrc_rule() -> None:
    values = 3.0 ** np.arange(100)
    done = treat(values[:, None], Treatment(transform="boxcox", power=0.0))
    np.testing.assert_allclose(done.values[:, 0], np.log(values) - np.log(values).mean())
    assert done.why == ("boxcox",) and done.passes == (True,)


@pytest.mark.parametrize("transform", ["log_ct", "log_ct_plus", "boxcox"])
def test_a_transformation_transforms(transform: str) -> None:
    """Defect 2 of COINr: ``log_GII`` computed its transform and returned the original."""
    values = 3.0 ** np.arange(100)
    done = treat(values[:, None], Treatment(max_points=0, transform=transform))
    assert done.why[0] and not np.isclose(done.values[:, 0], values).any()
    assert abs(shape_statistics(done.values)[0][0]) < abs(shape_statistics(values)[0])


@given(values=TAILED, rule=st.sampled_from(TREATMENTS), gaps=st.sets(st.integers(0, 19)))
def test_every_rule_keeps_order_and_gaps(values: np.ndarray, rule: str, gaps: set[int]) -> None:
    values[list(gaps)] = NAN
    done = treat(values[:, None], Treatment(rule))
    after = done.values[:, 0]
    np.testing.assert_array_equal(np.isnan(after), np.isnan(values))
    there = ~np.isnan(values)
    order = np.argsort(values[there])
    assert (np.diff(after[there][order]) >= -1e-12).all()
    if there.any() and np.ptp(values[there]) > 0:
        assert np.ptp(after[there]) > 0
    if not done.why[0]:
        np.testing.assert_array_equal(after, values)


def test_items_may_have_a_rule_of_their_own(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"code": "i"}]
    rules = {"a": "", "b": "none", "c": "iqr", "d": "boxcox"}
    rows += [
        {"code": code, "parent": "i", "direction": 1, "treatment": rule}
        for code, rule in rules.items()
    ]
    values = [*range(1, 11), 30, 100]
    data = panel(dict.fromkeys(rules, values))
    scores = score(data, framework(tmp_path, rows), PLAIN)
    why = scores.treatments.set_index("item")["why"].to_dict()
    assert why == {"a": "winsorised", "c": "iqr", "d": "boxcox"}
    np.testing.assert_array_equal(scores.treated["b"], values)
    assert set(scores.ledger["item"]) == {"a", "c", "d"}
    changed = scores.ledger[scores.ledger["item"] == "c"]
    assert changed["value_from"].tolist() == [30, 100]
    assert changed["value_to"].tolist() == [17.5, 17.5]  # 9.25 + 1.5 (9.25 - 3.75)


def test_within_each_year_or_over_all(tmp_path: Path) -> None:
    """An outlier of its year may be none among all years."""
    quiet, loud = [*range(1, 11), 11, 100.0], [90.0 + k for k in range(12)]
    data = panel(
        {"x": [*quiet, *loud]},
        year=[2020] * 12 + [2021] * 12,
        units=[f"u{k:02}" for k in range(12)] * 2,
    )
    tree = flat(tmp_path, "x")
    by_year = score(data, tree, PLAIN)
    assert by_year.treatments["year"].tolist() == [2020]
    assert by_year.treated["x"].iloc[11] == 11
    pooled = score(data, tree, replace(PLAIN, treatment=Treatment(over="pooled")))
    assert pooled.treatments.empty


def test_an_item_transformed_in_some_years_only_is_told_where_years_are_compared(
    tmp_path: Path,
) -> None:
    tail, plain = 3.0 ** np.arange(100), np.arange(100.0)
    data = panel(
        {"x": [*tail, *plain]},
        year=[2020] * 100 + [2021] * 100,
        units=[f"u{k:03}" for k in range(100)] * 2,
    )
    tree = flat(tmp_path, "x")

    def told(method: Method) -> list[str]:
        found = score(data, tree, method).findings
        assert all(f.text("zh") and f.text("en") for f in found)
        return [f.code for f in found if f.code == "score.transformed_apart"]

    pooled = Normalisation("minmax", over="pooled")
    assert told(PLAIN) == []
    assert told(replace(PLAIN, normalisation=pooled)) == ["score.transformed_apart"]
    both = replace(PLAIN, normalisation=pooled, treatment=Treatment(over="pooled"))
    assert told(both) == []
