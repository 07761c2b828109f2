"""The structure of the data in the report on correlations, and its p-values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from report_inputs import hdi_inputs, inputs
from scipy import stats
from test_report import cells

from analysis.core.consistency import cronbach
from analysis.core.structure import principal_components
from analysis.reporting.correlation import tables_correlation, tables_structure
from analysis.reporting.report import Report, open_report

SMALL = (
    "code,parent,name_zh,name_en,weight,direction\n"
    "index,,总分,Index,,\n"
    "size,index,规模,Size,3,\n"
    "green,index,绿色,Green,1,\n"
    "a,size,甲,Item a,1,1\n"
    "b,size,乙,Item b,1,1\n"
    "d,size,丁,Item d,1,1\n"
    "c,green,丙,Item c,1,-1\n"
)
# Items a and b are the same, d is at right angles to them: correlations 1, 0, 0.
A = [1.0, 1.0, 3.0, 3.0, 1.0, 1.0, 3.0, 3.0]
D = [1.0, 3.0, 1.0, 3.0, 1.0, 3.0, 1.0, 3.0]
C = [2.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]


def small(folder: Path, table: pd.DataFrame, **parameters: str) -> Report:
    path = folder / "small.csv"
    path.write_text(SMALL, encoding="utf-8")
    where = inputs(folder / "inputs", table, path, "minmax")
    asked = {"framework": "small", "method": "minmax", "lang": "en", **parameters}
    return open_report(inputs=str(where), year=2020, **asked)


def units(many: int = 8) -> pd.DataFrame:
    frame = pd.DataFrame({"a": A, "b": A, "d": D, "c": C}).head(many)
    frame.insert(0, "unit", [f"u{i}" for i in range(many)])
    frame.insert(1, "year", 2020)
    frame["region"] = ["N", "S"] * (many // 2) + ["N"] * (many % 2)
    return frame


@pytest.fixture(scope="module")
def hdi(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = hdi_inputs(tmp_path_factory.mktemp("hdi"))
    named = {"framework": "undp-hdi", "method": "undp-hdi", "lang": "en"}
    return open_report(inputs=str(folder), year=2021, **named)


def test_alpha_and_components_by_hand(tmp_path: Path) -> None:
    report = small(tmp_path, units())
    table = tables_structure.alpha_table(report)
    # Standardised: variances sum to 3, their sum has variance 3 + 2 = 5; without d alpha is 1.
    assert table.at["size", "alpha"] == pytest.approx(3 / 2 * (1 - 3 / 5))
    assert table.at["size", "dropped"] == "d"
    assert table.at["size", "alpha_if_deleted"] == pytest.approx(1)
    assert list(table["items"]) == [3, 1, 4]
    assert np.isnan(table.at["green", "alpha"])
    shown = cells(tables_structure.alpha(report).text)
    assert list(shown["Group"]) == ["Size", "Green", "All items"]
    assert list(shown["Alpha"])[:2] == ["0.60", "—"]
    assert shown["Item whose deletion raises alpha most"].iloc[0] == "d Item d"


def test_the_tables_show_what_the_core_computes() -> None:
    report = open_report(lang="en", region="west")
    values = report.scores.in_year(2023)
    values = values[report.scores.units_in(2023)["region"] == "west"]
    values = values[list(report.framework.items)]
    table = tables_structure.alpha_table(report)
    for node in report.framework.groups:
        expected = cronbach(values[list(report.framework.items_under(node))])
        assert table.at[node, "alpha"] == pytest.approx(expected.alpha)
        best = expected.items["alpha_if_deleted"]
        if best.max() > expected.alpha:
            assert table.at[node, "dropped"] == best.idxmax()
        else:
            assert table.at[node, "dropped"] == ""
    found = principal_components(values)
    shown = cells(tables_structure.components(report).text)
    rows = found.eigenvalues.head(len(shown))
    assert list(shown["Eigenvalue"]) == [f"{x:.2f}" for x in rows["eigenvalue"]]
    assert list(shown.iloc[:, 3]) == [f"{100 * x:.1f}" for x in rows["cumulative"]]
    assert f"{found.above_one} have an eigenvalue" in tables_structure.brief(report).text


def test_no_p_value_on_synthetic_data() -> None:
    report = open_report(lang="en")
    assert "no p-value" in tables_structure.tests(report).text
    for table in (tables_correlation.pairs(report), tables_correlation.items(report)):
        assert not [name for name in cells(table.text) if "djusted" in name]


def test_p_values_are_adjusted_for_all_pairs_of_items(tmp_path: Path) -> None:
    report = small(tmp_path, units())
    assert "6 tests" in tables_structure.tests(report).text
    pairs = tables_correlation.pair_table(report).set_index(["one", "other"])
    # Holm: the smallest of six times six (a, b: 0); then each times the tests that are left.
    raw = sorted(
        float(stats.pearsonr(x, y).pvalue)
        for x, y in [(A, D), (A, D), (A, C), (A, C), (D, C)]
    )  # fmt: skip
    holm = np.minimum(1, np.maximum.accumulate(np.array(raw) * [5, 4, 3, 2, 1]))
    np.testing.assert_allclose(sorted(pairs["p_adjusted"]), [0, *sorted(holm)], atol=1e-12)
    shown = cells(tables_correlation.pairs(report).text)
    assert shown["Adjusted p"].iloc[0] == "&lt;0.001"
    assert set(shown["n"]) == {"8"}


def test_an_item_alone_in_its_group_is_not_tested_with_it(hdi: Report) -> None:
    table = tables_correlation.item_table(hdi)
    assert set(table.index[table["p_group"].isna()]) == {"le", "gnipc"}
    assert table["p_index"].notna().all()
    alphas = tables_structure.alpha_table(hdi)["alpha"]
    assert list(alphas.index[alphas.notna()]) == ["education", "hdi"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("many", [1, 2, 3])
def test_few_units_and_missing_values(tmp_path: Path, many: int, lang: str) -> None:
    table = units(many)
    table.loc[0, "d"] = np.nan
    report = small(tmp_path, table, lang=lang)
    assert tables_structure.alpha_table(report)["alpha"].isna().all()
    assert tables_structure.components_found(report) is None
    for call in ("tests", "brief", "alpha", "components"):
        said = getattr(tables_structure, call)(report).text
        assert said
        assert "nan" not in said


def test_units_with_a_gap_and_items_that_do_not_vary_are_left_out(tmp_path: Path) -> None:
    table = units()
    table.loc[0, "c"] = np.nan
    table["d"] = 4.0
    report = small(tmp_path, table)
    rows = tables_structure.alpha_table(report)
    assert (rows.at["size", "n"], rows.at["index", "n"]) == (8, 7)
    assert (rows.at["size", "varying"], rows.at["index", "left_out"]) == (2, 1)
    brief = tables_structure.brief(report).text
    assert "left out because at least one is missing: 1" in brief
    assert "do not vary: d" in brief
