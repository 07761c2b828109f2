"""Weights from data: the Handbook's tables 17 and 18, textbooks, and cases by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shared_data import validation
from small import flat

from analysis.core.likely_factors import likely_factors
from analysis.core.weighting.components import factor, kept_components, pca, principal_axes, rotated
from analysis.core.weighting.correlations import pairwise, repaired
from analysis.core.weighting.spread import critic, entropy

NAN = np.nan


def columns(folder: Path, values: object) -> tuple[pd.DataFrame, object]:
    """Return values as items ``a, b, c ...`` of units, and the index straight above them."""
    frame = pd.DataFrame(np.asarray(values, dtype=float))
    frame.columns = [chr(97 + k) for k in frame.columns]
    return frame, flat(folder, " ".join(frame.columns))


def test_entropy_by_hand(tmp_path: Path) -> None:
    # Shares 1/4, 1/4, 1/2 and 0, 1/2, 1/2 (and the same for all: no say).
    frame, tree = columns(tmp_path, [[1, 0, 5], [1, 3, 5], [2, 3, 5]])
    table = entropy(frame, tree).set_index("code")
    one = 1 - 1.5 * np.log(2) / np.log(3)
    two = 1 - np.log(2) / np.log(3)
    np.testing.assert_allclose(table["divergence"][:2], [one, two])
    np.testing.assert_allclose(table["weight"], [one / (one + two), two / (one + two), 0])
    assert table["note"].tolist() == ["", "", "constant"]


def test_entropy_of_the_fighter_aircraft(tmp_path: Path) -> None:
    """Hwang, Yoon (1981), the choice of a fighter aircraft, to their four decimals.

    Printed from entropies that were themselves rounded, so the weights agree to three.
    """
    values = [
        [2.0, 1500, 20000, 5.5, 5, 9],
        [2.5, 2700, 18000, 6.5, 3, 5],
        [1.8, 2000, 21000, 4.5, 7, 7],
        [2.2, 1800, 20000, 5.0, 5, 5],
    ]
    frame, tree = columns(tmp_path, values)
    table = entropy(frame, tree)
    printed = [0.9946, 0.9829, 0.9989, 0.9931, 0.9703, 0.9770]
    np.testing.assert_allclose(table["entropy"], printed, atol=0.00025)
    printed = [0.0649, 0.2055, 0.0133, 0.0829, 0.3570, 0.2764]
    np.testing.assert_allclose(table["weight"], printed, atol=0.002)


def test_entropy_of_negative_values_is_that_above_the_least(tmp_path: Path) -> None:
    values = np.array([[-1.0, 5], [0, 6], [2, 9], [NAN, 7]])
    frame, tree = columns(tmp_path, values)
    shifted, _ = columns(tmp_path, values - np.nanmin(values, axis=0))
    table = entropy(frame, tree)
    np.testing.assert_allclose(table["weight"], entropy(shifted, tree)["weight"])
    always = entropy(frame + 100, tree, shift="always")
    np.testing.assert_allclose(table["weight"], always["weight"])
    assert entropy(frame + 100, tree)["weight"][0] != pytest.approx(table["weight"][0], abs=0.01)


def test_entropy_takes_each_child_by_the_units_that_have_it(tmp_path: Path) -> None:
    frame, tree = columns(tmp_path, [[1, 1], [1, 1], [2, 2], [NAN, 7]])
    alone, _ = columns(tmp_path, [[1, 1], [1, 1], [2, 7]])
    gaps = entropy(frame, tree)
    np.testing.assert_allclose(gaps["entropy"][0], entropy(alone, tree)["entropy"][0])


def test_critic_of_diakoulaki_and_others(tmp_path: Path) -> None:
    """Data of Diakoulaki et al. (1995), eight companies by three criteria, on a min-max scale.

    The weights to eight decimals are those in the tests of scikit-criteria.
    """
    values = np.array(
        [
            [61, 1.08, 4.33],
            [20.7, 0.26, 4.34],
            [16.3, 1.98, 2.53],
            [9.0, 3.29, 1.65],
            [5.4, 2.77, 2.33],
            [4.0, 4.12, 1.21],
            [-6.1, 3.52, 2.10],
            [-34.6, 3.31, 0.98],
        ]
    )
    scaled = (values - values.min(axis=0)) / (values.max(axis=0) - values.min(axis=0))
    frame, tree = columns(tmp_path, scaled)
    found = critic(frame, tree)["weight"]
    np.testing.assert_allclose(found, [0.20222554, 0.48090173, 0.31687273], atol=5e-9)
    ranked = critic(frame, tree, correlation="spearman")["weight"]
    np.testing.assert_allclose(ranked, [0.21454645, 0.4898563, 0.29559726], atol=5e-9)


def test_critic_by_hand(tmp_path: Path) -> None:
    # Deviations in the proportion 1 : 2 : 1, correlations 1 (a, b) and 0 (with c).
    frame, tree = columns(tmp_path, [[0, 0, 0], [0, 0, 2], [2, 4, 0], [2, 4, 2]])
    table = critic(frame, tree)
    np.testing.assert_allclose(table["conflict"], [1, 1, 2])
    np.testing.assert_allclose(table["weight"], [0.2, 0.4, 0.4])


def test_critic_of_children_that_fully_agree_tells_nothing(tmp_path: Path) -> None:
    base = np.random.default_rng(1).normal(size=(30, 1))
    frame, tree = columns(tmp_path, base * [1.0, 2.0, 0.3])
    table = critic(frame, tree)
    np.testing.assert_allclose(table["weight"], 1 / 3)
    assert (table["note"] == "undetermined").all()


@pytest.fixture(scope="module")
def tai() -> pd.DataFrame:
    return pd.read_csv(validation("tai/tai_raw.csv")).set_index("code").drop(columns="country")


# OECD/JRC Handbook (2008), table 17: loadings after varimax, and squared loadings
# over the variance of each factor.
TABLE_17 = {
    "patents": ([0.07, 0.97, 0.06, 0.06], [0.00, 0.67, 0.00, 0.00]),
    "royalties": ([0.13, 0.07, -0.07, 0.93], [0.01, 0.00, 0.00, 0.49]),
    "internet": ([0.79, -0.21, 0.21, 0.42], [0.24, 0.03, 0.04, 0.10]),
    "exports": ([-0.64, 0.56, -0.04, 0.36], [0.16, 0.23, 0.00, 0.07]),
    "telephones": ([0.37, 0.17, 0.38, 0.68], [0.05, 0.02, 0.12, 0.26]),
    "electricity": ([0.82, -0.04, 0.25, 0.35], [0.25, 0.00, 0.05, 0.07]),
    "schooling": ([0.88, 0.23, -0.09, 0.09], [0.29, 0.04, 0.01, 0.00]),
    "university": ([0.08, 0.04, 0.96, 0.04], [0.00, 0.00, 0.77, 0.00]),
}
VARIANCE_17 = [2.64, 1.39, 1.19, 1.76]
# Table 18; its exports go by their greatest loading (0.64, on the first factor), those
# of table 22 by the second factor (0.06), the rest being the same up to rounding.
PC_18 = [0.17, 0.15, 0.11, 0.07, 0.08, 0.12, 0.14, 0.16]
ML_18 = [0.19, 0.20, 0.07, 0.07, 0.15, 0.11, 0.19, 0.02]


def test_table_17_of_the_handbook(tai: pd.DataFrame) -> None:
    eigenvalues, vectors = principal_axes(pairwise(tai.to_numpy()))
    assert kept_components(eigenvalues, "handbook", None) == 4
    assert kept_components(eigenvalues, "kaiser", None) == 2
    assert kept_components(eigenvalues, "kaiser", 3) == 3
    turned = rotated(vectors[:, :4] * np.sqrt(eigenvalues[:4]))
    # Which factor is which, and its sign, is arbitrary: go by the child that leads it.
    leaders = [list(tai.columns).index(c) for c in ("schooling", "patents", "university")]
    order = [int(np.abs(turned[row]).argmax()) for row in leaders]
    order.append(6 - sum(order))
    signs = np.sign(turned[[6, 0, 7, 1], order])
    found = turned[:, order] * signs
    printed = np.array([TABLE_17[item][0] for item in tai.columns])
    np.testing.assert_allclose(found, printed, atol=0.016)
    variance = (found**2).sum(axis=0)
    np.testing.assert_allclose(variance, VARIANCE_17, atol=0.03)
    printed = np.array([TABLE_17[item][1] for item in tai.columns])
    np.testing.assert_allclose(found**2 / variance, printed, atol=0.0145)
    np.testing.assert_allclose(variance / variance.sum(), [0.38, 0.20, 0.17, 0.25], atol=0.0055)


def test_table_18_of_the_handbook(tai: pd.DataFrame, tmp_path: Path) -> None:
    table = pca(tai, flat(tmp_path, " ".join(tai.columns)))
    np.testing.assert_allclose(table["weight"], PC_18, atol=0.0055)
    assert table.set_index("code").at["exports", "note"] == "opposed"
    assert table["factor"].nunique() == 4 and table["factor"].min() == 1


def test_table_18_by_maximum_likelihood(tai: pd.DataFrame, tmp_path: Path) -> None:
    """Four factors of eight items: two items are explained fully, a Heywood case.

    Where such a search ends hangs on the bounds of the program, so the printed weights are
    met to within 0.04 only, with the same three items in the lead.
    """
    table = factor(tai, flat(tmp_path, " ".join(tai.columns)), extraction="ml", factors=4)
    np.testing.assert_allclose(table["weight"], ML_18, atol=0.04)
    assert set(table.nlargest(3, "weight")["code"]) == {"patents", "royalties", "schooling"}
    assert set(table.loc[table["note"] == "heywood", "code"]) == {"royalties", "schooling"}


def test_likely_factors_of_a_matrix_that_has_them() -> None:
    loadings = np.array([[0.9, 0], [0.8, 0.1], [0.7, -0.2], [0.1, 0.8], [0, 0.7], [-0.1, 0.6]])
    unique = 1 - (loadings**2).sum(axis=1)
    found, left = likely_factors(loadings @ loadings.T + np.diag(unique), 2)
    np.testing.assert_allclose(left, unique, atol=1e-5)
    np.testing.assert_allclose(found @ found.T, loadings @ loadings.T, atol=1e-5)


def test_first_component_by_hand(tmp_path: Path) -> None:
    # Two children of correlation r: the first component loads them alike.
    frame, tree = columns(tmp_path, [[0, 0], [1, 2], [2, 1], [3, 3]])
    table = pca(frame, tree, loadings="first")
    np.testing.assert_allclose(table["weight"], 0.5)
    np.testing.assert_allclose(table["loading"], np.sqrt((1 + 0.8) / 2))
    np.testing.assert_allclose(table["explained"], 0.9)


def test_first_component_of_three_with_one_apart(tmp_path: Path) -> None:
    # The first two are the same, the third has nothing to do with them.
    frame, tree = columns(tmp_path, [[0, 0, 0], [0, 0, 2], [2, 4, 0], [2, 4, 2]])
    table = pca(frame, tree, loadings="first")
    np.testing.assert_allclose(table["weight"], [0.5, 0.5, 0], atol=1e-12)
    # Rotated, all are explained fully, each by its factor.
    np.testing.assert_allclose(pca(frame, tree)["weight"], 1 / 3)


def test_a_child_against_the_others_is_told(tmp_path: Path) -> None:
    base = np.random.default_rng(2).normal(size=(50, 1))
    noise = np.random.default_rng(3).normal(size=(50, 3))
    frame, tree = columns(tmp_path, base * [1.0, 1.0, -1.0] + 0.3 * noise)
    for found in (pca(frame, tree, loadings="first"), factor(frame, tree)):
        assert found["note"].tolist() == ["", "", "opposed"]
        assert (found["weight"] > 0.3).all() and found["loading"][2] < 0


def test_one_factor_by_the_triads(tmp_path: Path) -> None:
    """Three children have one factor exactly: ``l_1 ** 2 = r_12 r_13 / r_23``."""
    rng = np.random.default_rng(4)
    values = rng.normal(size=(500, 1)) * [0.9, 0.7, 0.5] + rng.normal(size=(500, 3)) * 0.5
    frame, tree = columns(tmp_path, values)
    r = np.corrcoef(values.T)
    squared = np.array(
        [r[0, 1] * r[0, 2] / r[1, 2], r[0, 1] * r[1, 2] / r[0, 2], r[0, 2] * r[1, 2] / r[0, 1]]
    )
    for extraction, close in (("principal_axis", 1e-4), ("ml", 1e-4)):
        table = factor(frame, tree, extraction=extraction)
        np.testing.assert_allclose(table["weight"], squared / squared.sum(), atol=close)


def test_two_children_have_no_factor(tmp_path: Path) -> None:
    frame, tree = columns(tmp_path, [[0, 0], [1, 2], [2, 1], [3, 3]])
    table = factor(frame, tree)
    assert table["weight"].tolist() == [0.5, 0.5]
    assert table["note"].tolist() == ["too_few", "too_few"]


def test_rotation_finds_simple_structure_from_a_turned_one() -> None:
    simple = np.array([[0.9, 0], [0.8, 0], [0.7, 0], [0, 0.9], [0, 0.6]])
    for angle in (0.3, np.pi / 4, 1.2):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        found = np.sort(np.abs(rotated(simple @ turn)), axis=1)
        np.testing.assert_allclose(found, np.sort(simple, axis=1), atol=1e-6)


def test_rotation_leaves_a_stationary_start() -> None:
    # Loadings of two equal pairs: unrotated, the criterion is at its least.
    loadings = np.array([[0.7, 0.7], [0.7, 0.7], [0.7, -0.7], [0.7, -0.7]])
    found = np.sort(np.abs(rotated(loadings)), axis=1)
    np.testing.assert_allclose(found, [[0, 0.7 * 2**0.5]] * 4, atol=1e-6)


def test_pairwise_correlations() -> None:
    values = np.array([[1, 1, NAN, 5], [2, 3, NAN, 5], [3, 2, 1.0, 5], [NAN, 9, 2.0, 5]])
    found = pairwise(values)
    assert found[0, 1] == pytest.approx(0.5)  # of (1, 1), (2, 3), (3, 2)
    assert found[0, 2] == 0  # one unit has both
    assert found[0, 3] == 0 and found[3, 3] == 1


def test_correlations_that_contradict_each_other_are_repaired() -> None:
    impossible = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    found, mended = repaired(impossible)
    assert mended
    assert np.linalg.eigvalsh(found)[0] >= -1e-9
    np.testing.assert_allclose(np.diag(found), 1, atol=1e-6)
    same, mended = repaired(np.eye(3))
    assert not mended and (same == np.eye(3)).all()


def test_weights_from_contradictory_gaps_say_so(tmp_path: Path) -> None:
    rise, fall = np.arange(10.0), -np.arange(10.0)
    gap = np.full(10, NAN)
    values = np.column_stack(
        [np.r_[rise, rise, gap], np.r_[rise, gap, rise], np.r_[gap, rise, fall]]
    )
    frame, tree = columns(tmp_path, values)
    table = pca(frame, tree, loadings="first")
    assert set(table["note"]) <= {"repaired", "opposed"} and "repaired" in set(table["note"])
    assert table["weight"].sum() == pytest.approx(1)
