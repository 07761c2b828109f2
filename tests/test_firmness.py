"""How firm statements on two frameworks are: over draws of weights and methods, and over panels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from demo_table import ROUNDS
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from small import flat, panel

from analysis.core.catalogue import default_method, find_framework, find_method
from analysis.core.comparing.firmness import (
    Compare,
    Greatest,
    Statement,
    firmness,
    spread,
    usual_statements,
)
from analysis.core.comparing.measures import measures
from analysis.core.comparing.paired import PairedDraws, measures_of, paired_draws, unit_shifts
from analysis.core.derive import derive_items
from analysis.core.findings import InputError
from analysis.core.method import Method, Treatment
from analysis.core.score import score
from analysis.core.uncertainty.draws.study import Study, open_study
from analysis.core.uncertainty.methods.method_space import read_method_space
from analysis.core.uncertainty.weights.sample_weights import WeightDraws
from analysis.core.uncertainty.weights.weight_space import weight_draws
from analysis.zones.characteristics import characteristics
from analysis.zones.demo import draw_panel, panels
from analysis.zones.demo.settings import SEED

REGIONS = ("n", "n", "n", "s", "s", "")

# --- measures ------------------------------------------------------------------

# Places 1 ... 6, and then the first of the south from place 4 to place 1.
OLD = np.array([[6.0, 5.0, 4.0, 3.0, 2.0, 1.0]])
NEW = np.array([[5.0, 4.0, 3.0, 6.0, 2.0, 1.0]])


def test_measures_by_hand() -> None:
    known = pd.DataFrame({"k": [1.0, 1, 1, 2, 1, 1], "none": np.nan, "same": 3.0})
    row = measures(OLD, NEW, top=2, last=1, regions=REGIONS, characteristics=known).iloc[0]
    # Won: -1, -1, -1, 3, 0, 0.
    assert row["shift:n"] == -1
    assert row["shift:s"] == 1.5
    assert (row["top:n"], row["top:s"]) == (-1, 1)
    assert (row["kept_top"], row["left_top"]) == (1, 1)
    assert row["left_last"] == 0
    assert row["mean_shift"] == 1
    # Ranks 3, 3, 3, 6, 3, 3 and 2, 2, 2, 6, 4.5, 4.5, means 3.5: 7.5 / sqrt(7.5 x 15).
    assert row["gain:k"] == pytest.approx(np.sqrt(0.5))
    assert np.isnan(row["gain:none"])
    assert np.isnan(row["gain:same"])


def test_the_last_of_a_region() -> None:
    # The two of the south change places, and so do the last two of the north.
    new = np.array([[6.0, 4.0, 5.0, 2.0, 3.0, 1.0]])
    row = measures(OLD, new, top=2, last=1, regions=REGIONS).iloc[0]
    assert row["left_last"] == 2
    assert measures(OLD, new, top=2, last=1).iloc[0]["left_last"] == 0  # the whole has one last


SCORES = arrays(
    np.float64, (3, 8), elements=st.sampled_from([np.nan, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
)


@settings(max_examples=60, deadline=None)
@given(SCORES, SCORES, arrays(np.float64, 8, elements=st.sampled_from([np.nan, 1.0, 2.0, 3.0])))
def test_swapping_negates_and_scipy_agrees(old: np.ndarray, new: np.ndarray, k: np.ndarray) -> None:
    regions = [*"nnnssss", ""]
    known = pd.DataFrame({"k": k})
    there = measures(old, new, top=3, last=2, regions=regions, characteristics=known)
    back = measures(new, old, top=3, last=2, regions=regions, characteristics=known)
    for column in ("shift:n", "shift:s", "top:n", "top:s", "gain:k"):
        np.testing.assert_allclose(there[column], -back[column], atol=1e-12)
    for d in range(3):
        both = ~np.isnan(old[d]) & ~np.isnan(new[d])
        won = stats.rankdata(-old[d][both], "min") - stats.rankdata(-new[d][both], "min")
        use = ~np.isnan(k[both])
        x, y = k[both][use], won[use]
        if len(x) > 1 and np.ptp(x) > 0 and np.ptp(y) > 0:
            expected = stats.spearmanr(x, y).statistic
            assert there["gain:k"][d] == pytest.approx(expected, abs=1e-12)
        else:
            assert np.isnan(there["gain:k"][d])


def test_nothing_differs() -> None:
    row = measures(OLD, OLD * 3 + 1, top=2, regions=REGIONS).iloc[0]
    assert row["spearman"] == 1
    assert (row[["mean_shift", "left_top", "left_last", "shift:n", "top:s"]] == 0).all()


# --- paired draws --------------------------------------------------------------

TAME = {"x": [1.0, 2, 3, 4, 5, 6, 7, 8], "y": [3.0, 1, 4, 1.5, 5, 2, 6, 5.5]}
WILD = {"x": [1.0, 2, 3, 4, 5, 6, 7, 800], "y": [3.0, 1, 4, 1.5, 5, 2, 6, -5.5]}
LEVELS = {
    "treatment": [
        "none",
        {"name": "again", "rule": "jrc", "skewness": 50, "kurtosis": 50},
        {"name": "trimmed", "rule": "jrc", "skewness": 1, "kurtosis": 2, "max_points": 1},
    ],
    "normalisation": ["minmax", "zscore"],
}


def study(folder: Path, values: dict[str, list[float]], **change: object) -> Study:
    folder.mkdir(exist_ok=True)
    framework = flat(folder, "x y")
    settings: dict = {"seed": 7, "weights": WeightDraws("nominal"), "levels": LEVELS} | change
    space = read_method_space(settings.pop("levels"), framework, Method())
    if settings["weights"] == "dirichlet":
        settings["weights"] = weight_draws("dirichlet", framework)
    return open_study(panel(values), framework, Method(), 2020, methods=space, **settings)


def test_both_take_the_same_choice(tmp_path: Path) -> None:
    # Without outliers the three treatments are one level, with one they are two: the second of
    # those offered never finds any, and is one with the first.
    old, new = study(tmp_path / "a", TAME), study(tmp_path / "b", WILD)
    assert [len(one.method_factors[0].levels) for one in (old, new)] == [1, 2]
    paired = paired_draws(old, new, 60)
    assert set(paired.choices["treatment"]) == {"none", "trimmed", "again"}
    for side, values, scores in (("a", TAME, paired.old), ("b", WILD, paired.new)):
        framework = flat(tmp_path / side, "x y")
        for choice, drawn in zip(paired.choices.to_dict("records"), scores, strict=True):
            jrc = Treatment("jrc", skewness=1, kurtosis=2, max_points=1)
            method = replace(
                Method(),
                treatment=jrc if choice["treatment"] == "trimmed" else Treatment("none"),
                normalisation=next(
                    level.step
                    for level in read_method_space(LEVELS, framework, Method()).factors[
                        "normalisation"
                    ]
                    if level.name == choice["normalisation"]
                ),
            )
            expected = score(panel(values), framework, method).in_year(2020)["i"].to_numpy()
            slope = np.polyfit(expected, drawn, 1)[0]  # merged levels: up to a linear map
            np.testing.assert_allclose(np.corrcoef(expected, drawn)[0, 1], 1.0, atol=1e-9)
            assert slope > 0


def test_one_framework_with_itself(tmp_path: Path) -> None:
    old, new = study(tmp_path, WILD), study(tmp_path, WILD)
    paired = paired_draws(old, new, 40)
    np.testing.assert_array_equal(paired.old, paired.new)
    table = unit_shifts(paired, top=3)
    assert (table[["shift", "q05", "median", "q95", "gains", "loses"]] == 0).all(axis=None)
    assert (table["same"] == 1).all()  # all keep their place
    drawn = [study(tmp_path, WILD, weights="dirichlet") for _ in range(2)]
    apart = paired_draws(*drawn, 40)
    assert (apart.old != apart.new).any()  # each has weights of its own


def test_draws_do_not_depend_on_how_many(tmp_path: Path) -> None:
    pair = [replace(study(tmp_path, WILD, weights="dirichlet"), batch=50) for _ in range(2)]
    told: list[int] = []
    many = paired_draws(pair[0], pair[1], 120, progress=told.append)
    few = paired_draws(pair[0], pair[1], 70)
    np.testing.assert_array_equal(many.old[:70], few.old)
    np.testing.assert_array_equal(many.new[:70], few.new)
    pd.testing.assert_frame_equal(many.choices[:70], few.choices)
    assert told == [50, 100, 120]


def test_left_out_and_units_in_common(tmp_path: Path) -> None:
    levels = {"leave_out": ["x"]}
    short = {key: values[1:] for key, values in WILD.items()}
    old = study(tmp_path, WILD, levels=levels)
    new = open_study(
        panel(short, units=list("bcdefgh")),
        flat(tmp_path, "x y"),
        Method(),
        2020,
        weights=WeightDraws("nominal"),
        methods=read_method_space(levels, flat(tmp_path, "x y"), Method()),
    )
    paired = paired_draws(old, new, 30)
    assert paired.units == tuple("bcdefgh")
    assert set(paired.choices["left_out_old"]) == {"", "x"}
    assert (paired.choices["left_out_old"] != paired.choices["left_out_new"]).any()
    without = paired.choices["left_out_old"].eq("x").to_numpy()
    order = np.argsort(WILD["y"][1:])
    assert (np.argsort(paired.old[without], axis=1) == order).all()  # y alone is left


def test_studies_that_do_not_pair(tmp_path: Path) -> None:
    old = study(tmp_path, WILD)
    new = replace(study(tmp_path, WILD, levels={}), year=2021, units=tuple("stuvwxyz"))
    with pytest.raises(InputError) as caught:
        paired_draws(old, new, 0)
    codes = [finding.code for finding in caught.value.findings]
    assert codes == ["draws.draws", "paired.year", "paired.methods", "paired.units"]
    for lang in ("zh", "en"):
        assert all(finding.text(lang) for finding in caught.value.findings)


# --- each unit's shift ---------------------------------------------------------


def made_up() -> PairedDraws:
    """Three units, four draws: a loses its first place to c in three of them, b is not there once.

    Nominally: a 1 to 2, b 2 to 3, c 3 to 1.
    """
    old = np.array([[3.0, 2, 1]] * 4)
    new = np.array([[2.0, 1, 3], [2.0, 1, 3], [2.0, np.nan, 3], [3.0, 1, 2]])
    return PairedDraws(
        year=2020, units=("a", "b", "c"), regions=("n", "n", "s"), names=("a", "b", "c"),
        nominal_old=old[0], nominal_new=new[0], old=old, new=new,
        choices=pd.DataFrame(index=range(4)), chained=False, synthetic=True,
    )  # fmt: skip


def test_shifts_by_hand() -> None:
    table = unit_shifts(made_up(), top=1)
    assert table["shift"].tolist() == [-1, -1, 2]
    # Won by a: -1, -1, -1, 0; by b: -1, -1, none, -1; by c: 2, 2, 1 (of two), 1.
    assert table["median"].tolist() == [-1, -1, 1]
    assert table["q95"].tolist() == [0, -1, 2]
    assert table["same"].tolist() == [0.75, 1, 1]
    assert table["loses"].tolist() == [0.75, 1, 0]
    assert table["gains"].tolist() == [0, 0, 1]
    assert table["enters"].tolist() == [0, 0, 0.75]
    assert table["leaves"].tolist() == [0.75, 0, 0]
    assert table["draws"].tolist() == [4, 3, 4]
    # Wilson (1927) for 3 of 4 at 95%: 0.3006 to 0.9544.
    assert table.loc["a", "same_low"] == pytest.approx(0.30064, abs=1e-5)
    assert table.loc["a", "same_high"] == pytest.approx(0.95441, abs=1e-5)


def test_measures_of_draws() -> None:
    known = pd.DataFrame({"k": [3.0, 1.0, 2.0]}, index=["c", "a", "b"])
    nominal, drawn = measures_of(made_up(), top=1, last=1, characteristics=known)
    assert nominal["left_top"] == 1
    assert drawn["left_top"].tolist() == [1, 1, 1, 0]
    assert drawn["units"].tolist() == [3, 3, 2, 3]
    # k is 1, 2, 3; won -1, -1, 2: ranks 1.5, 1.5, 3 with 1, 2, 3.
    assert nominal["gain:k"] == pytest.approx(np.sqrt(0.75))


# --- statements ----------------------------------------------------------------


def test_every_usual_statement_is_nominally_true_and_has_words() -> None:
    rng = np.random.default_rng(4)
    keys = set()
    for shift in (0.1, 1.0, 3.0):
        old = rng.normal(size=(1, 40))
        new = old + shift * rng.normal(size=(1, 40))
        known = pd.DataFrame({"k": rng.normal(size=40)})
        regions = ["e", "c", "w", "s"] * 10
        row = measures(old, new, top=10, last=3, regions=regions, characteristics=known)
        row = row.assign(**{"effect:k": -0.5, "cause:groups": 3.0, "cause:items": 2.0})
        made = usual_statements(row.iloc[0], top=10, last=3)
        assert firmness(made, row, row)[["draws_share", "panels_share"]].eq(1).all(axis=None)
        keys |= {statement.key for statement in made}
        for statement in made:
            assert statement.said("zh") != statement.said("en")
            assert "{" not in statement.said("zh") + statement.said("en")
    assert {"effect_less", "cause_most", "region_most", "spearman_most"} <= keys
    named = Statement("cause_most", {"cause": "groups"}, Greatest("cause:groups", ("cause:items",)))
    assert named.said("en", {"groups": "weights of groups"}).endswith("weights of groups")


def test_of_two_equal_rankings_only_what_is_true_is_said() -> None:
    row = measures(OLD, OLD, top=2, last=1, regions=REGIONS)
    made = usual_statements(row.iloc[0], top=2, last=1)
    assert [one.key for one in made] == ["replaced_most", "last_most"]
    assert firmness(made, row)["draws_share"].tolist() == [1, 1]


def test_a_bound_that_is_met_exactly() -> None:
    found = measures(OLD, NEW, top=2).iloc[0]
    for spearman, bounds in ((0.35, {0.35}), (0.9, {0.9}), (0.92, {0.9, 0.95}), (-0.7, {-0.7})):
        found["spearman"] = spearman
        made = usual_statements(found, top=2)
        tests = [one.test for one in made if one.key.startswith("spearman")]
        assert {test.bound for test in tests if isinstance(test, Compare)} == bounds
        assert all(test(pd.DataFrame({"spearman": [spearman]})).all() for test in tests)


def test_shares_by_hand() -> None:
    table = pd.DataFrame({"m": [1.0, 2.0, 2.0, np.nan], "o": [0.0, 2.0, 3.0, 0.0]})
    made = [
        Statement("k", {}, Compare("m", ">=", 2)),
        Statement("k", {}, Compare("m", "<", 2)),
        Statement("k", {}, Greatest("m", ("o",))),  # a tie is not greater
        Statement("k", {}, Compare("absent", "==", 0)),
    ]
    found = firmness(made, table, table[:2])
    assert found["draws_held"].tolist() == [2, 1, 1, 0]
    assert found["draws"].tolist() == [4, 4, 4, 0]
    assert found["panels_share"][:3].tolist() == [0.5, 0.5, 0.5]
    assert np.isnan(found["draws_share"][3])
    assert found["draws_low"][0] == pytest.approx(0.15004, abs=1e-5)  # Wilson for 2 of 4
    assert firmness(made, None)["draws"].tolist() == [0] * 4


def test_spread_by_hand() -> None:
    drawn = pd.DataFrame({"m": [4.0, 1.0, 3.0, np.nan, 2.0], "other": 1.0})
    table = spread(pd.Series({"m": 2.5, "absent": 1.0}), drawn)
    assert table.index.tolist() == ["m"]
    assert table.loc["m"].tolist() == [2.5, 1, 1, 2, 3, 4, 4]


# --- panels --------------------------------------------------------------------


def test_the_shipped_table() -> None:
    table = panels.read_panels()
    assert table["seed"].nunique() >= 200
    assert SEED not in set(table["seed"])  # the shipped panel is no draw of those beside it
    assert {tuple(of_seed["year"]) for _, of_seed in table.groupby("seed")} == {tuple(ROUNDS)}
    assert table.columns[:2].tolist() == ["seed", "year"]
    assert not table.isna().any(axis=None)
    assert table["spearman"].between(-1, 1).all()
    assert table["left_top"].between(0, 30).all()


@pytest.mark.parametrize("seed", [1, 144])
def test_a_seed_gives_its_rows(seed: int) -> None:
    drawn = draw_panel(seed)
    rows = panels.compare_editions(drawn)
    shipped = panels.read_panels()
    shipped = shipped[shipped["seed"] == seed].drop(columns="seed").reset_index(drop=True)
    pd.testing.assert_frame_equal(rows, shipped, check_exact=False, atol=2e-6, check_dtype=False)
    # By another way: scores, scipy, and the places of the regions.
    ranks = {}
    for name in (panels.OLD, panels.NEW):
        framework = find_framework(name)
        items = derive_items(drawn, framework)[0]
        scores = score(items, framework, find_method(default_method(name)))
        ranks[name] = scores.in_year(2021)[framework.root].rank(ascending=False, method="min")
    old, new = ranks[panels.OLD], ranks[panels.NEW]
    row = shipped[shipped["year"] == 2021].iloc[0]
    assert row["spearman"] == pytest.approx(stats.spearmanr(old, new).statistic, abs=1e-6)
    assert row["left_top"] == len(set(old.index[old <= 30]) - set(new.index[new <= 30]))
    assert row["mean_shift"] == pytest.approx((old - new).abs().mean(), abs=1e-6)
    west = old.index.str.startswith("W")
    assert row["shift:west"] == pytest.approx((old - new)[west].mean(), abs=1e-6)
    gdp = characteristics(drawn, 2021)["size"]
    assert row["gain:size"] == pytest.approx(stats.spearmanr(gdp, old - new).statistic, abs=1e-6)


def test_check_says_whether_it_differs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = pd.DataFrame({"year": [2021], "spearman": [0.1 + 0.2]})
    monkeypatch.setattr(panels, "compare_editions", lambda panel: rows.copy())
    monkeypatch.setattr(panels, "draw_panel", lambda seed: seed)
    monkeypatch.setattr(panels, "data_dir", lambda: tmp_path)
    monkeypatch.setattr("analysis.zones.demo.command.data_dir", lambda: tmp_path)
    (tmp_path / "demo").mkdir()
    assert panels.main(["--check"]) == 1
    assert "--check" in capsys.readouterr().out
    assert panels.main([]) == 0
    assert panels.main(["--check"]) == 0
    written = panels.read_panels()
    assert written["seed"].tolist() == [seed for seed in range(1, 202) if seed != SEED]
    assert written["spearman"].eq(0.1 + 0.2).all()


def test_a_seed_without_a_panel_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(seed: int) -> int:
        if seed == 2:
            raise panels.CalibrationError("no attempt can be calibrated")
        return seed

    monkeypatch.setattr(panels, "draw_panel", drawn)
    monkeypatch.setattr(panels, "compare_editions", lambda panel: pd.DataFrame({"year": [2021]}))
    assert panels.tabulate(3)["seed"].tolist() == [1, 3, 4]
