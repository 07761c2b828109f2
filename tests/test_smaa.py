"""Acceptability of ranks, chances of places, pairwise wins: counted over draws."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import UNEVEN, flat, framework, panel

from analysis.core.findings import InputError
from analysis.core.method import Method, Missing, Normalisation, Treatment
from analysis.core.rank import rank_scores
from analysis.core.uncertainty.draws import run as module
from analysis.core.uncertainty.draws.intervals import (
    quantiles_of_counts,
    quantiles_of_draws,
    widest,
    wilson,
)
from analysis.core.uncertainty.draws.outcome import Outcome
from analysis.core.uncertainty.draws.pairs import count_pairs
from analysis.core.uncertainty.draws.run import ask, run_study
from analysis.core.uncertainty.draws.study import Study, draw_batch, open_study
from analysis.core.uncertainty.draws.tally import Questions, Tally, merge, tally
from analysis.core.uncertainty.weights.read_weights import weight_draws

NAN = np.nan
PLAIN = Method(treatment=Treatment("none"), normalisation=Normalisation("minmax"))


@dataclass(frozen=True)
class Drawn:
    first: int
    scores: np.ndarray
    ranks: np.ndarray


def drawn(first: int, draws: int, units: int, seed: int, how: str = "plain") -> Drawn:
    rng = np.random.default_rng(seed)
    scores = rng.normal(50, 10, (draws, units))
    if how != "plain":
        scores[::2] = scores[::2].round(-1)
    if how == "gaps":
        scores[rng.random(scores.shape) < 0.2] = NAN
    return Drawn(first, scores, rank_scores(scores))


def questions(units: int, **changes: object) -> Questions:
    everyone = np.arange(units)
    asked = Questions(
        nominal=everyone + 1,
        top=(1, 3),
        last=2,
        regions=(everyone[::2], everyone[1::2]),
        placed=everyone,
        paired=everyone,
    )
    return replace(asked, **changes)  # type: ignore[arg-type]


def same(one: Tally, other: Tally) -> None:
    for name, value in vars(one).items():
        if name == "kept":
            assert [part[0] for part in value] == [part[0] for part in other.kept]
            continue
        np.testing.assert_array_equal(value, getattr(other, name))


@pytest.mark.parametrize("how", ["plain", "ties", "gaps"])
@pytest.mark.parametrize("chosen", [slice(None), [4, 1, 7]], ids=["all", "some"])
def test_counts_are_those_of_a_plain_loop(how: str, chosen: object) -> None:
    units = 9
    batch = drawn(0, 130, units, 3, how)
    rows = np.sort(np.arange(units)[chosen])  # type: ignore[index]
    found = tally(batch, questions(units, placed=rows, paired=rows))
    places = np.zeros((len(rows), units), dtype=int)
    wins, ties = np.zeros((len(rows), units), dtype=int), np.zeros((len(rows), units), dtype=int)
    tops, lasts = np.zeros((2, units), dtype=int), np.zeros(units, dtype=int)
    moved = []
    for ranks in batch.ranks:
        there = ~np.isnan(ranks)
        moved.append(int(np.nansum(np.abs(ranks - np.arange(1, units + 1)))))
        for unit in np.flatnonzero(there):
            tops[:, unit] += ranks[unit] <= np.array([1, 3])
            region = np.arange(unit % 2, units, 2)
            lasts[unit] += (ranks[region] > ranks[unit]).sum() < 2
        for row, unit in enumerate(rows):
            if there[unit]:
                places[row, int(ranks[unit]) - 1] += 1
            wins[row] += ranks[unit] < ranks
            ties[row] += (ranks[unit] == ranks) & (np.arange(units) != unit)
    np.testing.assert_array_equal(found.places, places)
    np.testing.assert_array_equal(found.wins, wins)
    np.testing.assert_array_equal(found.ties, ties)
    np.testing.assert_array_equal(found.tops, tops)
    np.testing.assert_array_equal(found.lasts, lasts)
    np.testing.assert_array_equal(found.ranked, (~np.isnan(batch.ranks)).sum(axis=0))
    change = batch.ranks - np.arange(1, units + 1)
    np.testing.assert_array_equal(found.shifts, np.nansum(change, axis=0))
    np.testing.assert_array_equal(found.moves, np.nansum(np.abs(change), axis=0))
    assert found.moved == sum(moved)
    assert found.moved_squares == sum(number**2 for number in moved)


@pytest.mark.parametrize("how", ["plain", "gaps"])
def test_parts_add_up_to_the_whole_in_any_order(how: str) -> None:
    whole = drawn(0, 90, 8, 1, how)
    parts = [
        tally(Drawn(a, whole.scores[a:b], whole.ranks[a:b]), questions(8))
        for a, b in ((0, 40), (40, 41), (41, 90))
    ]
    expected = tally(whole, questions(8))
    one = merge(merge(parts[0], parts[1]), parts[2])
    other = merge(parts[2], merge(parts[1], parts[0]))
    same(one, other)
    assert vars(one)["draws"] == 90
    for name in ("places", "wins", "ties", "tops", "lasts", "moved_squares"):
        np.testing.assert_array_equal(getattr(one, name), getattr(expected, name))
    kept = np.concatenate([part[1] for part in other.kept])
    np.testing.assert_array_equal(kept, whole.scores)


def test_pairs_of_more_units_than_a_byte_counts() -> None:
    batch = drawn(0, 5, 300, 2, "ties")
    ranks = batch.ranks.astype(np.uint16)
    wins, ties = count_pairs(ranks, np.arange(300))
    expected = (batch.ranks[:, :, None] < batch.ranks[:, None, :]).sum(axis=0)
    np.testing.assert_array_equal(wins, expected)
    assert ((wins + wins.T + ties)[~np.eye(300, dtype=bool)] == 5).all()


def test_wilson_by_hand_and_at_the_ends() -> None:
    # z = 1.959964: (0.2 + 0.0192073 -+ 1.959964 sqrt(0.0016 + 0.0000922...)) / 1.0384146
    low, high = wilson(np.array([20, 0, 100]), 100)
    np.testing.assert_allclose(low, [0.1333670, 0.0, 0.9630065], atol=1e-6)
    np.testing.assert_allclose(high, [0.2888292, 0.0369935, 1.0], atol=1e-6)
    assert np.isnan(wilson(np.array([0]), 0)).all()


def test_intervals_cover_what_they_claim_to() -> None:
    rng = np.random.default_rng(8)
    for p in (0.02, 0.1, 0.5, 0.9):
        counts = rng.binomial(400, p, size=20_000)
        low, high = wilson(counts, 400)
        assert ((low <= p) & (p <= high)).mean() == pytest.approx(0.95, abs=0.02)


def test_the_widest_interval_is_that_nearest_to_one_half() -> None:
    counts = np.array([[0, 3, 70], [99, 100, 100]])
    low, high = wilson(counts, 100)
    assert widest(counts, 100) == pytest.approx(((high - low) / 2).max())
    assert widest(np.zeros((0, 3), dtype=int), 100) == 0


@given(st.lists(st.integers(1, 6), min_size=1, max_size=40), st.floats(0, 1))
def test_quantiles_are_those_of_numpy(numbers: list[int], share: float) -> None:
    share = round(share, 3)
    counts = np.bincount(numbers, minlength=7)[None, 1:]
    expected = np.quantile(numbers, round(share, 3), method="inverted_cdf")
    if abs(share * len(numbers) - round(share * len(numbers))) < 1e-6:
        # numpy compares with rounding errors: the least that reaches the share, by hand
        expected = np.sort(numbers)[max(round(share * len(numbers)) - 1, 0)]
    assert quantiles_of_counts(counts, share)[0] == expected
    values = np.array([numbers, numbers], dtype=float)
    assert (quantiles_of_draws(values.copy(), [share]) == expected).all()
    gaps = np.hstack([np.full((2, 3), NAN), values])
    assert (quantiles_of_draws(gaps, [share]) == expected).all()


def two_items(folder: Path, draws: int, **asked: object) -> Outcome:
    """Item weights w and 1 - w, w uniform: a = 100 w, b = 60 throughout, c = 100 (1 - w)."""
    tree = flat(folder, "x y")
    data = panel({"x": [100, 60, 0], "y": [0, 60, 100]}, region=["s"] * 3)
    weights = weight_draws("dirichlet", tree)
    study = open_study(data, tree, PLAIN, 2020, weights=weights, seed=2)
    return run_study(study, draws, **asked)  # type: ignore[arg-type]


def test_two_items_in_closed_form(tmp_path: Path) -> None:
    n = 50_000
    found = two_items(tmp_path, n, top=(1, 2), last=1)
    assert found.draws == n and found.stopped == "maximum"
    table = found.intervals.set_index("unit")
    exact = {"a": (0.4, 0.5, 0.5), "b": (0.2, 1.0, 0.0), "c": (0.4, 0.5, 0.5)}
    for unit, (first, two, last) in exact.items():
        for name, p in (("p_top1", first), ("p_top2", two), ("p_last", last)):
            assert table.loc[unit, name] == pytest.approx(p, abs=5 * np.sqrt(0.25 / n))
            if p in (0.0, 1.0):
                assert table.loc[unit, [f"{name}_low", f"{name}_high"]].isin([p]).any()
    assert table.loc["a", ["q05", "q25", "q75", "q95"]].tolist() == [1, 1, 3, 3]
    assert table.loc["b", ["q05", "q25", "q75", "q95"]].tolist() == [1, 2, 2, 2]
    assert table["rank"].to_dict() == {"b": 1, "a": 2, "c": 2}
    # the score of a is uniform from 0 to 100
    assert table.loc["a", "score_q05"] == pytest.approx(5, abs=1)
    assert table.loc["a", "score_q95"] == pytest.approx(95, abs=1)
    assert (table.loc["b", ["score_q05", "score_median", "score_q95"]] == 60).all()
    wins = found.pairwise.set_index(["unit", "other"])["p_win"]
    assert wins["a", "b"] == pytest.approx(0.4, abs=0.01)
    assert wins["a", "c"] + wins["c", "a"] == pytest.approx(1)
    # ranks of a: 1, 2 and 3 with 0.4, 0.1 and 0.5, nominally 2; those of c alike; b 1 or 2, 1
    shift = (0.4 + 0.5 + 0.8 + 0.9) / 3
    assert found.mean_shift == pytest.approx(shift, abs=6 * found.mean_shift_error)


def small_study(folder: Path, seed: int = 3, units: int = 12, gaps: bool = False) -> Study:
    rng = np.random.default_rng(5)
    values = {code: rng.uniform(size=units) for code in "cxyzw"}
    if gaps:
        values["x"][3] = values["w"][7] = NAN
    tree = framework(folder, [{k: v for k, v in r.items() if "[" not in k} for r in UNEVEN])
    names = [f"u{number:04}" for number in range(units)]
    data = panel(values, units=names, region=["n", "s"] * (units // 2))
    weights = weight_draws("band:0.9", tree)
    method = replace(PLAIN, missing=Missing("renormalise", 0.0))
    return replace(open_study(data, tree, method, 2020, weights=weights, seed=seed), batch=100)


def test_tables_are_those_of_the_draws_themselves(tmp_path: Path) -> None:
    study = small_study(tmp_path, gaps=True)
    found = run_study(study, 250, top=(3,), last=2)
    ranks = np.concatenate(
        [draw_batch(study, k, n).ranks for k, n in ((0, 100), (1, 100), (2, 50))]
    )
    scores = np.concatenate([draw_batch(study, k).scores for k in range(3)])[:250]
    table = found.intervals.set_index("unit").loc[list(study.units)]
    np.testing.assert_allclose(table["mean"], ranks.mean(axis=0))
    for name, share in (("q05", 0.05), ("q25", 0.25), ("median", 0.5), ("q95", 0.95)):
        expected = np.quantile(ranks, share, axis=0, method="inverted_cdf")
        np.testing.assert_array_equal(table[name], expected)
    median = np.quantile(scores, 0.5, axis=0, method="inverted_cdf").round(9)
    np.testing.assert_array_equal(table["score_median"], median)
    np.testing.assert_allclose(table["p_top3"], (ranks <= 3).mean(axis=0))
    assert table["p_last"].sum() == pytest.approx(4)  # two in each region, without ties
    assert (table["p_unranked"] == 0).all()
    assert found.intervals["rank"].is_monotonic_increasing
    change = np.abs(ranks - study.nominal_ranks)
    assert found.mean_shift == pytest.approx(change.mean())
    error = change.mean(axis=1).std(ddof=1) / np.sqrt(250)
    assert found.mean_shift_error == pytest.approx(error)


def test_acceptability_sums_to_one_by_unit_and_by_place(tmp_path: Path) -> None:
    found = run_study(small_study(tmp_path), 300)
    table = found.acceptability
    np.testing.assert_allclose(table.groupby("unit")["p"].sum(), 1)
    np.testing.assert_allclose(table.groupby("place")["p"].sum(), 1)
    assert table["unit"].nunique() == table["place"].nunique() == 12
    assert (table["p_low"] < table["p"]).all() and (table["p"] <= table["p_high"]).all()
    wide = found.pairwise.pivot(index="unit", columns="other", values="p_win")
    off = ~np.eye(12, dtype=bool)
    np.testing.assert_allclose((wide + wide.T).to_numpy()[off], 1)


def test_regions_too_small_have_no_last_places(tmp_path: Path) -> None:
    found = run_study(small_study(tmp_path), 50, last=4).intervals
    assert found[["p_last", "p_last_low", "p_last_high"]].isna().all(axis=None)


def test_stops_on_the_first_batch_after_which_all_intervals_are_narrow(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    seen: list[int] = []
    found = run_study(study, 100_000, tolerance=0.04, progress=lambda at, _: seen.append(at))
    assert found.stopped == "narrow"
    assert found.draws == seen[-1] and seen == list(range(100, found.draws + 1, 100))
    assert 0.5 * 1.96 / np.sqrt(found.draws) < 0.045

    def worst(outcome: Outcome) -> float:
        parts = [
            (outcome.acceptability, "p"),
            (outcome.pairwise, "p_win"),
            (outcome.intervals, "p_top10"),
            (outcome.intervals, "p_unranked"),
        ]
        return max((t[f"{p}_high"] - t[f"{p}_low"]).max() / 2 for t, p in parts)

    assert worst(found) <= 0.04
    before = run_study(study, found.draws - 100)
    assert worst(before) > 0.04
    assert run_study(study, 200, tolerance=1e-6).stopped == "maximum"


def threads(function: Callable[[int], Tally], numbers: Iterable[int]) -> Iterator[Tally]:
    """Batches worked on at once, results in order."""
    with ThreadPoolExecutor(3) as pool:
        yield from pool.map(function, numbers)


def test_the_order_in_which_workers_end_makes_no_difference(tmp_path: Path) -> None:
    study = small_study(tmp_path, gaps=True)
    one = run_study(study, 1_050, tolerance=0.05)
    other = run_study(study, 1_050, tolerance=0.05, map=threads)
    assert one.draws == other.draws and one.stopped == other.stopped == "narrow"
    for name in ("intervals", "acceptability", "pairwise"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


def test_many_units_have_tables_for_those_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = small_study(tmp_path)
    whole = run_study(study, 300)
    monkeypatch.setattr(module, "MANY_UNITS", 11)
    assert run_study(study, 300).acceptability.empty
    named = [study.units[5], study.units[2]]
    some = run_study(study, 300, named=named)
    pd.testing.assert_frame_equal(some.intervals, whole.intervals)
    for name in ("acceptability", "pairwise"):
        full = getattr(whole, name)
        expected = full[full["unit"].isin(named)].reset_index(drop=True)
        pd.testing.assert_frame_equal(getattr(some, name), expected)


def test_what_is_kept_does_not_grow_with_the_draws() -> None:
    asked = questions(8)
    beyond = tally(drawn(asked.sample - 30, 100, 8, 1), asked)
    assert [len(scores) for _, scores, _ in beyond.kept] == [30]
    assert tally(drawn(asked.sample, 100, 8, 1), asked).kept == ()


def test_wrong_requests_are_told_all_at_once(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    with pytest.raises(InputError) as told:
        run_study(study, 0, top=(0,), tolerance=2.0, named=["nobody"])
    assert [f.code for f in told.value.findings] == [
        "draws.draws",
        "draws.places",
        "draws.tolerance",
        "draws.units",
    ]
    assert all(f.text(lang) for f in told.value.findings for lang in ("zh", "en"))


def test_units_named_are_those_compared(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    asked = ask(study, named=[study.units[7], study.units[1]])
    assert asked.paired.tolist() == [1, 7]
    assert len(ask(study, pairwise=False).paired) == 0
