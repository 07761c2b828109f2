"""The report on firmness: every computed sentence says what was computed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from report_inputs import inputs

from analysis.core.findings import Finding, InputError
from analysis.core.uncertainty.indices.sobol import SobolResult
from analysis.reporting.report import open_report
from analysis.reporting.sensitivity import (
    figures_sensitivity,
    sensitivity,
    tables_sensitivity,
    tables_sensitivity_certain,
    tables_sensitivity_draws,
    tables_sensitivity_inverse,
    tables_sensitivity_local,
    tables_sensitivity_method,
)
from analysis.reporting.sensitivity.sensitivity import Sensitivity, open_sensitivity
from analysis.reporting.sensitivity.sensitivity_inverse import Inverse, holds, narrowed
from analysis.reporting.sensitivity.sensitivity_local import FirstChange

TREE = (
    "code,parent,name_zh,name_en,weight,direction\n"
    "index,,总分,Index,,\n"
    "size,index,规模,Size,3,\n"
    "green,index,绿色,Green,1,\n"
    "a,size,甲,Item a,1,1\n"
    "b,size,乙,Item b,1,1\n"
    "c,green,丙,Item c,1,-1\n"
)
METHODS = {
    "mean": "treatment: {rule: none}\nnormalisation: {rule: minmax}\n",
    "median": "treatment: {rule: none}\naggregation: {rule: median}\n",
}


def opened(folder: Path, table: pd.DataFrame, method: str = "mean", **asked: object) -> Sensitivity:
    """Open the sensitivity of a table of items a, b and c."""
    (folder / "tree.csv").write_text(TREE, encoding="utf-8")
    (folder / "m.yml").write_text(METHODS[method], encoding="utf-8")
    where = inputs(
        folder / "inputs", table.assign(year=2020), folder / "tree.csv", folder / "m.yml"
    )
    values = {"framework": "tree", "method": "m", "year": 2020, "lang": "en", **asked}
    return open_sensitivity(open_report(inputs=str(where), **values))  # type: ignore[arg-type]


def chain(rows: int, regions: str = "") -> pd.DataFrame:
    """Return units of which each is better in every item than the next."""
    places = np.arange(rows, dtype=float)
    frame = pd.DataFrame(
        {
            "unit": [f"u{i:02d}" for i in range(1, rows + 1)],
            "name": [f"Unit {i}" for i in range(1, rows + 1)],
            "a": 100 - places,
            "b": 50 - 2 * places,
            "c": places**1.5,
        }
    )
    if regions:
        frame["region"] = [regions[i % len(regions)] for i in range(rows)]
    return frame


# Scores a 100 20 0, b 0 100 0... : see `test_two_that_can_change_places_by_hand`.
CROSSING = pd.DataFrame(
    {
        "unit": ["u1", "u2", "u3"],
        "name": ["One", "Two", "Three"],
        "a": [100.0, 0.0, 0.0],
        "b": [20.0, 100.0, 0.0],
        "c": [0.0, 0.0, 10.0],
    }
)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Sensitivity:
    return opened(tmp_path_factory.mktemp("firm"), chain(24, "NS"))


@pytest.fixture(scope="module")
def crossing(tmp_path_factory: pytest.TempPathFactory) -> Sensitivity:
    return opened(tmp_path_factory.mktemp("crossing"), CROSSING)


@pytest.fixture(scope="module")
def median(tmp_path_factory: pytest.TempPathFactory) -> Sensitivity:
    return opened(tmp_path_factory.mktemp("median"), chain(12, "N"), "median")


def cells(text: str) -> pd.DataFrame:
    """Return a pipe table as a frame of texts."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return pd.DataFrame([*rows[2:]], columns=rows[0])


# Where nothing can change


def test_what_dominates_is_said_to_be_firm(firm: Sensitivity) -> None:
    said = tables_sensitivity.firm(firm).text
    assert "5 of the 5 units in the top 5 stay in it in at least 95% of the draws" in said
    assert "5 whatever the admissible weights; with the method drawn too, 5" in said
    assert "Of the 10 in the last five of their regions, 10 are firm" in said
    said = tables_sensitivity.not_firm(firm).text
    assert "None of the top 5 may be displaced" in said
    assert "Outside it, none has a chance above 5%" in said
    assert "Outside the last fives, none has a chance" in said
    assert "No unit is open" in tables_sensitivity_draws.contested_top(firm).text


def test_what_dominates_is_moved_by_no_choice(firm: Sensitivity) -> None:
    assert "matters most: none" in tables_sensitivity_method.most_important(firm).text
    said = tables_sensitivity_method.largest_alternative(firm).text
    assert "No change of a single step changes a rank" in said
    assert "no rank changes" in tables_sensitivity_local.one_weight(firm).text
    said = tables_sensitivity_local.least_change(firm).text
    assert "The list of the top 5 stays whatever the weights" in said
    assert "The lists of the last fives stay" in said
    assert "Of 23 pairs of neighbours, 0 can be brought level" in said
    assert set(cells(tables_sensitivity_local.radii(firm).text)["Smallest change"]) == {"never"}


def test_what_dominates_is_decided_whatever_the_weights(firm: Sensitivity) -> None:
    said = tables_sensitivity_certain.decided(firm).text
    assert "Of all pairs of units, 100% stand in the same order" in said
    assert "it is still 100%" in said
    assert "is 1 places at most; of 24, the best rank is known exactly for 24" in said
    table = cells(tables_sensitivity_certain.sets(firm).text)
    assert set(table["Pairs decided"]) == {"100%"}
    assert set(table["Sure top 5"]) == {"5"}
    assert set(table["Sure last five"]) == {"10"}
    assert set(table["Open last five"]) == {"0"}
    table = cells(tables_sensitivity_draws.pairs(firm).text)
    assert set(table["Chance that it is ahead"]) == {"100%"}
    assert set(table["Whatever the weights"]) == {"always ahead"}


def test_an_order_that_any_weights_give_tells_nothing_of_them(firm: Sensitivity) -> None:
    said = tables_sensitivity_inverse.recovered_in_brief(firm).text
    assert "the order of the top 5 and the lists of the last fives" in said
    assert "no narrower than before" in said
    said = tables_sensitivity_inverse.recovered_words(firm).text
    assert "the last fives of the regions (10 in all)" in said
    assert "nominal weights within them: 3 of 3" in said
    assert "must matter.** None" in said


# Where two units can change places


def test_two_that_can_change_places_by_hand(crossing: Sensitivity) -> None:
    """One leads Two by 100 w_a - 80 w_b, both w are 3/8 at first and sum to 3/4.

    They are level where w_a = 4/9 of the group: a relative change of 1/9. In the
    admissible set w_a is evenly between 1/4 and 3/4 of it. Three is last throughout.
    """
    local = tables_sensitivity_local.least_change(crossing).text
    assert "the nominal ones by ±11.1%: Two draws level with One" in local
    assert "last five" not in local
    assert "Of 2 pairs of neighbours, 0 can be brought level within ±10%" in local
    table = cells(tables_sensitivity_local.radii(crossing).text)
    assert list(table["Unit"][:2]) == ["One", "Two"]
    assert list(table["Smallest change"][:2]) == ["±11.1%", "±11.1%"]
    alone = {"Item a: 50.0% to 44.4%", "Item b: 50.0% to 55.6%"}  # one is as good as the other
    assert set(table["By one weight alone"][:2]) <= alone
    chance = crossing.intervals.loc["u1", "p_top"]
    assert chance == pytest.approx((3 / 4 - 4 / 9) / (1 / 2), abs=0.025)
    assert crossing.error == pytest.approx(1.96 * np.sqrt(chance * (1 - chance) / 4000), rel=0.02)


def test_what_can_change_is_said_not_to_be_firm(crossing: Sensitivity) -> None:
    said = tables_sensitivity.firm(crossing).text
    assert "0 of the 1 units in the top 1" in said
    assert "0 whatever the admissible weights" in said
    assert "last five" not in said
    said = tables_sensitivity.not_firm(crossing).text
    assert "In the top 1, 1 may be displaced: One." in said
    assert "Outside it, 1 have a chance above 5% of coming in: Two." in said
    table = cells(tables_sensitivity_draws.contested_top(crossing).text)
    assert list(table["Unit"]) == ["One", "Two"]
    pairs = cells(tables_sensitivity_draws.pairs(crossing).text)
    assert list(pairs["Whatever the weights"]) == ["may be reversed", "always ahead"]
    assert "No region is given" in tables_sensitivity_draws.contested_last(crossing).text


def test_two_of_three_pairs_are_decided(crossing: Sensitivity) -> None:
    said = tables_sensitivity_certain.decided(crossing).text
    assert "Of all pairs of units, 67% stand in the same order" in said
    assert "it is still" in said
    table = cells(tables_sensitivity_certain.sets(crossing).text)
    # The two within a tenth, and within a quarter: 1/9 lies between.
    assert list(table["Pairs decided"][:3]) == ["100%", "67%", "67%"]
    assert list(table["Sure top 1"][:3]) == ["1", "0", "0"]
    assert list(table["Open top 1"][:3]) == ["0", "2", "2"]
    shown = cells(tables_sensitivity_certain.bounds(crossing).text)
    assert list(shown["Best rank"]) == ["1", "1", "3"]
    assert list(shown["Worst rank"]) == ["2", "2", "3"]


def test_an_order_narrows_the_weights_that_give_it(crossing: Sensitivity) -> None:
    """One first means w_a at least 4/9 of the group: 5/9 of the range is left."""
    found = crossing.inverse
    assert found is not None and found.ordered is not None
    ranges = found.ordered.ranges.set_index("item")
    assert ranges.loc["a", "low"] == pytest.approx(0.75 * 4 / 9, abs=1e-6)
    assert narrowed(found.ordered) == pytest.approx(5 / 9, abs=1e-5)
    assert holds(found.ordered) == 3
    said = tables_sensitivity_inverse.recovered_words(crossing).text
    assert "shrink to 56% of what they were" in said
    assert "cannot be had for 1 of them: Item a" in said
    assert "last five" not in said
    said = tables_sensitivity_inverse.recovered_in_brief(crossing).text
    assert "nothing published but the order of the top 1, " in said


def test_the_weight_that_moves_most_is_named(crossing: Sensitivity) -> None:
    said = tables_sensitivity_local.one_weight(crossing).text
    assert re.search(r"Item (a|b) moves ranks most \(farthest moves of 0\.7 places", said)
    table = cells(tables_sensitivity_local.one_by_one(crossing).text)
    assert "Size (group)".replace("(", r"\(").replace(")", r"\)") in set(table["Weight of"])


def test_a_tie_at_the_cut_is_called_one(tmp_path: Path) -> None:
    tied = CROSSING.assign(b=[0.0, 100.0, 0.0])
    study = opened(tmp_path, tied)
    assert "Two are level at the end of the top 1" in (
        tables_sensitivity_local.least_change(study).text
    )
    assert "level already" in tables_sensitivity_local.radii(study).text


# Where the method allows no saying


def test_a_method_that_is_not_linear_in_the_weights_is_refused(median: Sensitivity) -> None:
    assert "whatever the admissible weights" not in tables_sensitivity.firm(median).text
    for made in (
        tables_sensitivity_certain.sets(median),
        tables_sensitivity_certain.bounds(median),
        tables_sensitivity_local.radii(median),
        tables_sensitivity_inverse.recovered_words(median),
    ):
        assert "median" in made.text
        assert made.text.startswith("Under this method nothing can be said")
    assert tables_sensitivity_certain.decided(median).text == ""
    assert tables_sensitivity_local.one_weight(median).text == ""
    assert "Best–worst" not in tables_sensitivity_draws.all_intervals(median).text
    pairs = tables_sensitivity_draws.pairs(median).text
    assert "—: cannot be told under this method." in pairs
    assert figures_sensitivity.certain_bounds(median)._repr_mimebundle_()


# Which choice matters most


def with_indices(study: Sensitivity, **totals: tuple[float, float, float]) -> Sensitivity:
    """Return a study whose Sobol' indices are these: total, low, high by factor."""
    rows = []
    for factor, (total, low, high) in totals.items():
        row = {"factor": factor, "first": total, "first_low": low, "first_high": high}
        row |= {"total": total, "total_low": low, "total_high": high, "note": ""}
        rows.append({**row, "output": "mean_shift", "unit": ""})
        rows += [{**row, "output": "rank", "unit": unit} for unit in study.units]
    other = Sensitivity(study.report)
    found = SobolResult(pd.DataFrame(rows), tuple(totals), 2, 8, 9, 0.95, 1)
    other.__dict__["sobol"] = found
    return other


NAN = (float("nan"),) * 3


@pytest.mark.parametrize(
    ("totals", "said"),
    [
        (
            {"weights": (0.2, 0.1, 0.3), "aggregation": (0.8, 0.7, 0.9)},
            "most: aggregation.** With weights and method drawn at once, the mean change of "
            "ranks hangs most on it (total index 0.80, interval 0.70 to 0.90), next on the "
            "weights (0.20).",
        ),
        (
            {"weights": (0.5, 0.4, 0.6), "aggregation": (0.55, 0.45, 0.65)},
            "most: aggregation or the weights, too close to tell",
        ),
        ({"weights": (1.0, 0.9, 1.1)}, "most: the weights.** No other choice changes the ranks"),
        ({"weights": (1.0, 0.9, 1.1), "missing": NAN}, "No other choice changes the ranks"),
        ({"weights": NAN, "aggregation": NAN}, "most: none"),
    ],
)
def test_the_choice_that_matters_most_is_named(
    crossing: Sensitivity, totals: dict[str, tuple[float, float, float]], said: str
) -> None:
    assert said in tables_sensitivity_method.most_important(with_indices(crossing, **totals)).text


def test_the_choice_for_single_ranks_is_counted(crossing: Sensitivity) -> None:
    study = with_indices(crossing, weights=(0.2, 0.1, 0.3), aggregation=(0.8, 0.7, 0.9))
    table = study.sobol.table
    own = (table["unit"] == "u1") & (table["factor"] == "weights")
    table.loc[own, "total"] = 0.9
    said = tables_sensitivity_method.most_important(study).text
    assert "For single ranks it is most often aggregation (2 of 3 units)" in said


# Last fives, and the words of one region


def test_the_last_five_that_can_change_first_is_named(firm: Sensitivity, tmp_path: Path) -> None:
    table = chain(24, "NS")
    # In the south the sixth from the end and the one below it trade a for b.
    one, two = table.index[table["unit"] == "u14"][0], table.index[table["unit"] == "u16"][0]
    table.loc[two, "a"] = table.loc[one, "a"] + 1.0
    study = opened(tmp_path, table)
    said = tables_sensitivity_local.least_change(study).text
    assert re.search(r"Of the last fives, that of S can change first, at ±[\d.]+%: Unit 16", said)
    assert study.local is not None and set(study.local.last) == {"N", "S"}


@pytest.mark.parametrize(
    ("words", "change", "said"),
    [
        ("last_one", FirstChange(0.1, 0.1, "u1", "u2"), "The last five of S can change at ±10.0%"),
        ("last_one", FirstChange(0.0, 0.0, "u1", "u2"), "at the edge of the last five of S"),
        ("last_one", FirstChange(np.inf, np.inf, "u1", "u2"), "The lists of the last fives stay"),
        ("last", FirstChange(0.1, 0.2, "u1", "u2"), "first, at ±20.0%: One draws level with Two"),
    ],
)
def test_each_first_change_has_its_words(
    crossing: Sensitivity, words: str, change: FirstChange, said: str
) -> None:
    found = tables_sensitivity_local._first_change(crossing, change, words, region="S", k=1)
    assert said in found.text


def test_contradictions_and_refusals_of_the_inverse_question_are_told(
    crossing: Sensitivity,
) -> None:
    found = crossing.inverse
    assert found is not None and found.ordered is not None
    never = replace(
        found.ordered,
        feasible=False,
        conflict=pd.DataFrame({"unit": ["u1", "u2"], "place": ["1", "2"]}),
    )
    other = Sensitivity(crossing.report)
    other.__dict__["inverse"] = Inverse(never, never, 1, 0)
    said = tables_sensitivity_inverse.recovered_words(other).text
    assert (
        "No weights give these lists; the places that contradict each other are those of: One"
        in (said)
    )
    assert "No weights give this order" in said
    assert "must matter" not in said
    assert tables_sensitivity_inverse.recovered_in_brief(other).text == ""
    finding = Finding("error", "space.not_finite", {"constraint": "x"})
    other.__dict__["inverse"] = Inverse(None, None, 1, 0, (finding,))
    assert "Weights cannot be recovered: " in tables_sensitivity_inverse.recovered_words(other).text


# What is assumed


def test_assumptions_name_what_was_done(crossing: Sensitivity) -> None:
    said = tables_sensitivity.assumptions(crossing).text
    assert "drawn 4000 times" in said
    assert "seed 2021" in said
    error = 100 * crossing.error
    assert f"±{error:.1f} percentage points" in said
    assert "{" not in said


def test_methods_that_cannot_be_computed_are_left_out(
    crossing: Sensitivity, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sensitivity.read_method_space

    def refusing(methods, framework, base):  # type: ignore[no-untyped-def]
        if "aggregation" in methods:
            raise InputError([Finding("error", "space.not_finite", {"constraint": "x"})])
        return real(methods, framework, base)

    monkeypatch.setattr(sensitivity, "read_method_space", refusing)
    study = Sensitivity(crossing.report)
    names = {factor.name for factor in study.choices.study.method_factors}
    assert "aggregation" not in names
    assert len(study.choices.study.leave_out) == 4


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_sentences_are_whole_in_both_languages(tmp_path: Path, lang: str) -> None:
    study = opened(tmp_path, chain(24, "NS"), lang=lang)
    texts = [
        tables_sensitivity.brief(study),
        tables_sensitivity.more(study),
        tables_sensitivity.assumptions(study),
        tables_sensitivity_inverse.recovered_words(study),
    ]
    for text in texts:
        assert "nan" not in text.text
        assert "{" not in text.text
        assert bool(re.search(r"[\u4e00-\u9fff]", text.text)) == (lang == "zh")
