"""The rules of an audit, each held against cases computed by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from audit_panel import TEXTS, data_of
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.core.digits import BENFORD, chi_square, expected_last, written
from analysis.core.robust import robust_z
from analysis.texts import LANGUAGES
from analysis.zones.audit.evidence import COLUMNS
from analysis.zones.audit.findings import AuditFinding, Labels, message, plain, question
from analysis.zones.audit.outcome import Outcome
from analysis.zones.audit.rules import (
    Copied,
    Evidence,
    FirstDigits,
    Growth,
    Jump,
    LastDigits,
    Missing,
    Part,
    Published,
    Range,
    Real,
    Rule,
    Share,
    Totals,
)
from analysis.zones.audit.run import audit, findings_of
from analysis.zones.audit.totals import published_total


def outcome(rule: Rule, data) -> Outcome:
    (found,) = audit(data, [rule])
    for finding in found.findings:
        for lang in LANGUAGES:  # every finding can be told, and asks something
            assert message(finding, Labels({}), lang) and question(finding, Labels({}), lang)
    return found


def cells(rule: Rule, data) -> list[tuple[str, str, str]]:
    return [(f.unit, f.code, f.key) for f in outcome(rule, data).findings]


def only(rule: Rule, data) -> AuditFinding:
    (finding,) = outcome(rule, data).findings
    return finding


# Single columns


def test_limits_belong_to_the_range_and_counts_are_whole() -> None:
    data = data_of({"x": {2023: [0, 100, -0.1, 100.5, math.nan]}, "y": {2023: [-1] * 5}})
    rule = Range(**TEXTS, codes=("x",), least=0, most=100)
    assert cells(rule, data) == [("c", "x", "range_low"), ("d", "x", "range_high")]
    assert outcome(rule, data).applied == 4
    assert only(Range(**TEXTS, codes=("x",), most=100), data).numbers == {"limit": 100}
    whole = Range(**TEXTS, codes=("x",), whole=True)
    assert cells(whole, data) == [("c", "x", "range_whole"), ("d", "x", "range_whole")]
    rest = Range(**TEXTS, excluding=("x",), least=0)
    assert {code for _, code, _ in cells(rest, data)} == {"y"}


def test_a_rule_without_its_columns_says_so() -> None:
    data = data_of({"x": {2023: [1.0]}})
    for rule in (
        Range(**TEXTS, codes=("z",), least=0),
        Part(**TEXTS, parts=("x",), whole="z"),
        Share(**TEXTS, share="z", part="x", whole="x"),
        Growth(**TEXTS, growth="z", level="x"),
        Real(**TEXTS, real="z", level="x", least=0, most=1),
        Published(**TEXTS, code="z", metric="gdp", basis="notice", factors={"cny_tn": 1}),
    ):
        assert outcome(rule, data).why == "no_column"
    assert outcome(Totals(**TEXTS), data).why == "no_totals"
    assert outcome(Evidence(**TEXTS), data).why == "no_evidence"
    assert outcome(LastDigits(**TEXTS), data).why == "too_few"
    assert outcome(Copied(**TEXTS), data).why == "no_year_before"


def test_an_empty_cell_is_named_where_the_unit_is_assessed_and_its_reason_counts() -> None:
    words = ["", "", "", "", "", "not surveyed"]
    told = evidence((2023, "b", "x", math.nan, *words))
    data = data_of({"x": {2023: [math.nan] * 3}}, assessed=[True, True, False], evidence=told)
    found = outcome(Missing(**TEXTS), data).findings
    assert [(f.unit, f.key, f.severity) for f in found] == [
        ("a", "missing", "warning"),
        ("b", "missing_known", "note"),
    ]


# Jumps


def test_robust_z_is_the_distance_from_the_median_in_scaled_deviations() -> None:
    # Median 3, absolute deviations 2, 1, 0, 1, 97 with the median 1.
    among = np.array([1, 2, 3, 4, 100.0])[:, np.newaxis]
    assert robust_z([100.0], among)[0] == pytest.approx(97 / 1.4826)
    assert robust_z([4.0], among, floor=10)[0] == pytest.approx(0.1)
    assert np.isnan(robust_z([4.0], among, least=6)[0])
    assert np.isnan(robust_z([4.0], np.full((5, 1), 3.0))[0])  # no spread, and none assumed
    assert np.isnan(robust_z([np.nan], among)[0])
    assert np.isnan(robust_z([1.0], np.full((3, 1), np.nan))[0])


HISTORY = {
    # Ten quiet units that grow by about 10% a year, and one that doubles in 2023.
    year: [100 * 1.1 ** (year - 2017) * (1 + 0.001 * ((i + year) % 3)) for i in range(11)]
    for year in range(2017, 2023)
}
JUMP = Jump(**TEXTS, codes=("x",))


def doubled(factor: float = 2.0) -> dict[int, list[float]]:
    last = [1.1 * value for value in HISTORY[2022]]
    return HISTORY | {2023: [factor * HISTORY[2022][0], *last[1:]]}


def test_a_change_unlike_both_histories_is_a_jump() -> None:
    finding = only(JUMP, data_of({"x": doubled()}))
    assert (finding.unit, finding.key) == ("a", "jump_log_history_region")
    assert finding.numbers["percent"] == 100
    assert finding.numbers["before"] == HISTORY[2022][0]
    # Changes of the unit before 2023 and of its region in 2023, by the definition.
    series = [HISTORY[year][0] for year in sorted(HISTORY)]
    own = np.diff(np.log(series))
    spread = max(1.4826 * np.median(np.abs(own - np.median(own))), JUMP.floor)
    assert finding.numbers["z_history"] == round((math.log(2) - np.median(own)) / spread, 2)
    assert finding.numbers["z_region"] == round((math.log(2) - math.log(1.1)) / JUMP.floor, 2)


def test_what_the_whole_region_does_is_no_jump_unless_either_is_asked_for() -> None:
    everyone = HISTORY | {2023: [2 * value for value in HISTORY[2022]]}
    assert cells(JUMP, data_of({"x": everyone})) == []
    either = Jump(**TEXTS, codes=("x",), needs="any")
    assert len(cells(either, data_of({"x": everyone}))) == 11


def test_a_unit_without_history_is_held_against_its_region_alone() -> None:
    young = {2022: HISTORY[2022], 2023: doubled()[2023]}
    assert [key for _, _, key in cells(JUMP, data_of({"x": young}))] == ["jump_log_region"]
    few = {year: values[:4] for year, values in young.items()}
    result = outcome(JUMP, data_of({"x": few}))
    assert (result.findings, result.applied, result.why) == ((), 0, "no_year_before")


def test_regions_are_told_apart() -> None:
    regions = ["west"] + ["east"] * 10
    finding = only(JUMP, data_of({"x": doubled()}, regions=regions))
    assert finding.key == "jump_log_history"  # the only zone of the West has no region to be like


@pytest.mark.parametrize(
    "rule",
    [
        Jump(**TEXTS, codes=("x",), least_change=101),
        Jump(**TEXTS, codes=("x",), small=1e6),
        Jump(**TEXTS, codes=("x",), breaks=(2023,)),
        Jump(**TEXTS, codes=("x",), limit=1e3),
    ],
)
def test_settings_keep_quiet_what_they_say(rule: Jump) -> None:
    assert cells(rule, data_of({"x": doubled()})) == []


def test_a_value_that_comes_to_zero_is_named() -> None:
    gone = data_of({"x": doubled(0.0)})
    assert cells(Jump(**TEXTS, codes=("x",), small=1), gone) == [("a", "x", "jump_zero")]
    assert cells(JUMP, gone) == []


def test_differences_are_judged_in_their_own_unit() -> None:
    rating = {year: [80.0 + (year % 2)] * 11 for year in range(2017, 2023)}
    rating[2023] = [40.0] + [81.0] * 10
    rule = Jump(**TEXTS, codes=("x",), scale="difference", floor=1, least_change=15)
    finding = only(rule, data_of({"x": rating}))
    assert (finding.unit, finding.numbers["change"]) == ("a", -40)


# Identities


def test_parts_stay_within_their_whole() -> None:
    data = data_of(
        {
            "p": {2023: [60, 60, 60, math.nan, 100.005]},
            "q": {2023: [40, 41, math.nan, 101, 0]},
            "w": {2023: [100] * 5},
        }
    )
    rule = Part(**TEXTS, parts=("p", "q"), whole="w")
    assert [unit for unit, _, _ in cells(rule, data)] == ["b", "d"]
    exact = Part(**TEXTS, parts=("p", "q"), whole="w", exact=True)
    assert [unit for unit, _, _ in cells(exact, data)] == ["b"]  # c and d lack a part
    assert only(Part(**TEXTS, parts=("q",), whole="w"), data).key == "part"


def test_a_reported_share_is_that_of_its_amounts() -> None:
    data = data_of(
        {"s": {2023: [25, 25.2, 25, 25]}, "p": {2023: [1] * 4}, "w": {2023: [4, 4, 0, math.nan]}}
    )
    finding = only(Share(**TEXTS, share="s", part="p", whole="w"), data)
    assert (finding.unit, finding.value, finding.numbers["computed"]) == ("b", 25.2, 25)


def evidence(*rows: tuple[object, ...]) -> pd.DataFrame:
    """Return evidence: year, unit, code, value, then words, empty where not given."""
    full = [(*row, *([""] * (len(COLUMNS) - len(row)))) for row in rows]
    return pd.DataFrame(full, columns=list(COLUMNS)).astype({"value": "float64"})


def test_a_reported_growth_rate_is_that_of_its_levels_on_one_basis() -> None:
    values = {
        "g": {2023: [10.0, 12.0, 10.05, 30.0]},
        "x": {2022: [100.0] * 4, 2023: [110.0] * 4},
    }
    rule = Growth(**TEXTS, growth="g", level="x")
    assert [unit for unit, _, _ in cells(rule, data_of(values))] == ["b", "d"]
    for column in ("basis", "currency", "boundary"):
        at = COLUMNS.index(column) - 4
        before, now = (["", "", "", "", ""] for _ in range(2))
        before[at], now[at] = "old", "new"
        told = evidence((2022, "d", "x", 1.0, *before), (2023, "d", "x", 1.0, *now))
        assert [unit for unit, _, _ in cells(rule, data_of(values, evidence=told))] == ["b"]


def test_real_growth_leaves_a_deflator_within_the_band() -> None:
    # Levels grow by 21%: real growth of 10% leaves a deflator of 10%, of 5% one of 15.24%.
    values = {
        "g": {2023: [10.0, 5.0, 21.0, -100.0]},
        "x": {2022: [100.0] * 4, 2023: [121.0] * 4},
    }
    finding = only(Real(**TEXTS, real="g", level="x", least=-5, most=10), data_of(values))
    assert (finding.unit, finding.numbers["deflator"]) == ("b", 15.24)


# Sums


def test_sums_are_held_against_totals_of_province_region_and_country() -> None:
    totals = pd.DataFrame(
        [
            (2023, "all", "", "x", 10.0, "equal", math.nan, "book"),
            (2023, "region", "east", "x", 2.9, "most", 0.0, "book"),
            (2023, "province", "Jia", "x", 5.0, "equal", 1.0, "book"),
            (2023, "province", "Nowhere", "x", 5.0, "most", 1.0, "book"),
            (2022, "all", "", "x", 0.1, "most", 0.0, "last year's"),
        ],
        columns=["year", "scope", "group", "code", "value", "relation", "tolerance", "source"],
    )
    data = data_of(
        {"x": {2023: [1.0, 2.0, 3.0, 4.0]}},
        regions=["east", "east", "west", "west"],
        provinces=["Jia", "Yi", "Jia", "Yi"],
        totals=totals,
    )
    found = outcome(Totals(**TEXTS), data)
    assert found.applied == 4
    assert [(f.key, f.words["region"], f.value) for f in found.findings] == [
        ("total_above_group", "east", 3),
        ("total_below_group", "Jia", 4),
        ("total_nobody_group", "Nowhere", 0),
    ]


def test_what_is_missing_may_make_up_a_sum() -> None:
    row = (2023, "all", "", "x", 10.0, "equal", 0.0, "")
    columns = ["year", "scope", "group", "code", "value", "relation", "tolerance", "source"]
    totals = pd.DataFrame([row], columns=columns)
    data = data_of({"x": {2023: [1.0, math.nan]}}, totals=totals)
    assert cells(Totals(**TEXTS), data) == []


GDP = Published(**TEXTS, code="x", metric="gdp", basis="notice", factors={"cny_tn": 1e4})


def test_the_published_total_is_that_of_the_notice_with_its_rounding() -> None:
    # The notice of 3 January 2025 on the data of 2023: 14.8 trillion yuan, 229 zones.
    assert published_total(GDP, 2023) == (
        148000,
        500,
        229,
        "MOFCOM results notice of 3 January 2025 (2024 round, data year 2023)",
    )
    assert published_total(GDP, 2022)[:3] == (140000, 5000, 230)  # 14 trillion, no decimal
    assert published_total(GDP, 1999) is None


@pytest.mark.parametrize(
    ("units", "total", "key"),
    [
        (229, 148000 * 1.02 + 499, None),
        (229, 148000 * 1.02 + 501, "total_above_all"),
        (229, 148000 * 0.98 - 501, "total_below_all"),
        (228, 148000 * 0.5, None),  # not all zones: too little says nothing
        (228, 148000 * 1.1, "total_above_all"),
    ],
)
def test_only_a_full_sum_can_be_too_small(units: int, total: float, key: str | None) -> None:
    data = data_of({"x": {2023: [total / units] * units}})
    assert [finding.key for finding in outcome(GDP, data).findings] == ([key] if key else [])


# Digits


def test_digits_are_those_of_the_number_as_it_is_written() -> None:
    values = [1200, 0.0305, 12.50, 7, 0, -48.9, 1e21, 1e-7]
    first, last, count, whole = written(values)
    assert first.tolist() == [1, 3, 1, 7, 0, 4, 1, 1]
    assert last.tolist() == [0, 5, 5, 7, 0, 9, 0, 1]
    assert count.tolist() == [2, 3, 3, 1, 0, 3, 1, 1]
    assert whole.tolist() == [True, False, False, True, True, False, True, False]


@given(st.integers(1, 10**9), st.integers(0, 6))
def test_written_agrees_with_the_text_of_a_decimal(number: int, places: int) -> None:
    value = number / 10**places
    word = f"{value:.{places}f}".rstrip("0") if places else str(number)
    word = word.removesuffix(".") if not float(value).is_integer() else str(int(value))
    digits = word.replace(".", "").lstrip("0")
    first, last, _, _ = written([value])
    assert (first[0], last[0]) == (int(digits[0]), int(digits[-1]))


def test_chi_square_is_scipy_s_and_benford_sums_to_one() -> None:
    observed = np.array([30, 14, 10, 13, 8, 7, 6, 5, 7])
    theirs = stats.chisquare(observed, 100 * BENFORD)
    assert chi_square(observed, 100 * BENFORD) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert BENFORD.sum() == pytest.approx(1)
    assert BENFORD[0] == pytest.approx(0.30103, abs=1e-5)  # log10(2)
    assert expected_last(np.array([True, False])).tolist() == pytest.approx(
        [0.1] + [0.1 + 1 / 9] * 9
    )


@pytest.mark.parametrize("size", [22, 40])  # a form of the 2021 edition has 22 such or more
def test_a_zone_whose_numbers_all_end_alike_is_named(size: int) -> None:
    rng = np.random.default_rng(1)
    honest = rng.integers(1000, 9999, size=(size, 2)).astype(float)
    made_up = 10.0 * rng.integers(100, 999, size=size)
    values = {f"x{j}": {2023: [*honest[j], made_up[j]]} for j in range(size)}
    finding = only(LastDigits(**TEXTS), data_of(values))
    assert (finding.unit, finding.code, finding.numbers["digit"]) == ("c", "", 0)
    assert finding.numbers["times"] == finding.numbers["count"] == size


def test_first_digits_of_powers_obey_and_even_ones_do_not() -> None:
    powers = [float(1.05**k) for k in range(300)]  # uniform on the logarithm
    even = np.linspace(1, 999, 300).round(1).tolist()
    data = data_of({"powers": {2023: powers}, "even": {2023: even}})
    assert [code for _, code, _ in cells(FirstDigits(**TEXTS), data)] == ["even"]
    narrow = data_of({"x": {2023: np.linspace(500, 599, 300).tolist()}})
    assert outcome(FirstDigits(**TEXTS), narrow).why == "too_few"


def test_long_values_that_are_last_year_s_are_copied() -> None:
    data = data_of({"x": {2022: [123.4, 120.0, 1000, 55.55], 2023: [123.4, 120.0, 1000, 55.56]}})
    found = outcome(Copied(**TEXTS), data)
    assert [finding.unit for finding in found.findings] == ["a"]
    assert found.applied == 2


# Evidence


def test_evidence_is_asked_for_cell_by_cell() -> None:
    told = evidence(
        (2023, "a", "x", 1.0, "book", "2024-03-01", "notice"),
        (2023, "b", "x", 2.5, "", "2024", ""),
        (2023, "c", "x", math.nan, "book", "yesterday", "notice"),
        (2023, "d", "x", 4.0, "book", "2019-01-01", "new"),
        (2022, "d", "x", 4.0, "book", "2023", "old"),
    )
    data = data_of(
        {"x": {2022: [1.0] * 6, 2023: [1.0, 2.0, 3.0, 4.0, 5.0, math.nan]}}, evidence=told
    )
    rule = Evidence(**TEXTS, codes=("x",))
    assert [(unit, key) for unit, _, key in cells(rule, data)] == [
        ("b", "evidence_empty"),
        ("b", "evidence_value"),
        ("c", "evidence_date"),
        ("d", "evidence_date"),
        ("d", "evidence_changed"),
        ("e", "evidence_none"),
    ]
    empty = next(f for f in outcome(rule, data).findings if f.key == "evidence_empty")
    assert "source, basis" in message(empty, Labels({}), "en")
    assert "来源、口径" in message(empty, Labels({}), "zh")


# All of them


def test_findings_are_in_one_order_whatever_that_of_the_rules() -> None:
    data = data_of({"x": {2023: [-1.0, -2.0]}, "y": {2023: [-1.0, 1.0]}})
    grave = TEXTS | {"id": "z", "severity": "error"}
    rules = [Range(**TEXTS, least=0), Range(**grave, codes=("y",), least=0)]
    found = findings_of(audit(data, rules))
    assert found == findings_of(audit(data, rules[::-1]))
    assert [(f.unit, f.severity, f.code) for f in found] == [
        ("a", "error", "y"),
        ("a", "warning", "x"),
        ("a", "warning", "y"),
        ("b", "warning", "x"),
    ]


@pytest.mark.parametrize(
    ("number", "word"), [(3, "3"), (3.0, "3"), (1e-7, "0.0000001"), (123456789.25, "123456789.25")]
)
def test_numbers_are_written_without_an_exponent(number: float, word: str) -> None:
    assert plain(number) == word
