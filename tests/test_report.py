"""Reports: what a notebook opens, and whether its tables say what was computed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from report_inputs import hdi_inputs, inputs
from shared_data import validation

from analysis.core.account import account
from analysis.core.findings import InputError
from analysis.core.standing import above_mean
from analysis.reporting.correlation import (
    figures_correlation,
    figures_weights,
    tables_correlation,
    tables_structure,
    tables_weights,
)
from analysis.reporting.report import Report, open_report
from analysis.reporting.scores import brief_scores, figures_scores, tables_data, tables_scores
from analysis.reporting.sensitivity import (
    figures_sensitivity,
    tables_sensitivity,
    tables_sensitivity_certain,
    tables_sensitivity_draws,
    tables_sensitivity_inverse,
    tables_sensitivity_local,
    tables_sensitivity_method,
)
from analysis.reporting.sensitivity.sensitivity import open_sensitivity
from analysis.reporting.style import svg

SMALL = (
    "code,parent,name_zh,name_en,weight,direction\n"
    "index,,总分,Index,,\n"
    "size,index,规模,Size,3,\n"
    "green,index,绿色,Green,1,\n"
    "a,size,甲,Item a,1,1\n"
    "b,size,乙,Item b,1,1\n"
    "c,green,丙,Item c,1,-1\n"
)


def small(folder: Path, table: pd.DataFrame, **parameters: object) -> Report:
    """Open a report on a table of items a, b and c."""
    framework = folder / "small.csv"
    framework.write_text(SMALL, encoding="utf-8")
    where = inputs(folder / "inputs", table, framework, "minmax")
    asked = {"framework": "small", "method": "minmax", "year": 2020, "lang": "en"}
    return open_report(inputs=str(where), **{**asked, **parameters})


def units(rows: int, year: int = 2020, regions: str = "") -> pd.DataFrame:
    """Return a table of ``rows`` units, unit 1 the best in every item, and so on down."""
    places = np.arange(rows, dtype=float)
    frame = pd.DataFrame(
        {
            "year": year,
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


def cells(text: str) -> pd.DataFrame:
    """Return a pipe table as a frame of texts."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return pd.DataFrame([*rows[2:]], columns=rows[0])


@pytest.fixture(scope="module")
def hdi(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = hdi_inputs(tmp_path_factory.mktemp("hdi"))
    return open_report(
        inputs=str(folder), framework="undp-hdi", method="undp-hdi", year=2021, lang="en"
    )


@pytest.fixture(scope="module", params=["zh", "en"])
def demo(request: pytest.FixtureRequest) -> Report:
    return open_report(lang=request.param)


# What is opened


def test_nothing_asked_for_is_the_demonstration_under_the_edition_in_force(demo: Report) -> None:
    assert demo.framework.name == "mofcom-2021"
    assert (demo.year, demo.region, demo.method.name) == (2023, "all", "efficacy")
    assert demo.synthetic
    assert len(demo.current) == 229
    assert open_report(year=2020).framework.name == "mofcom-2016"


def test_what_cannot_be_opened_is_an_error_that_says_what_can() -> None:
    with pytest.raises(InputError, match=r"2030.*2023"):
        open_report(year=2030, framework="mofcom-2021")
    with pytest.raises(InputError, match=r"north.*central, east, west"):
        open_report(region="north")
    with pytest.raises(InputError, match="fr"):
        open_report(lang="fr")
    with pytest.raises(InputError, match="mofcom-2021"):
        open_report(framework="mofcom-2012")


def test_a_region_is_filtered_not_scored_anew() -> None:
    national = open_report(lang="en")
    west = open_report(lang="en", region="west")
    assert west.scope_name == "West"
    assert len(west.current) == 50
    assert (west.current["region"] == "west").all()
    pd.testing.assert_frame_equal(west.current, national.standing.loc[west.current.index])
    assert sorted(west.current["region_rank"]) == list(range(1, 51))


def test_the_banner_says_what_the_data_are(demo: Report, hdi: Report) -> None:
    banner = demo.banner().text
    counts = demo.framework.evidence_counts()
    assert banner.startswith("::: {.callout-warning}")
    assert ("合成数据" if demo.lang == "zh" else "Synthetic data") in banner
    for word in ("named", "reported", "implied", "proxy"):
        assert re.search(rf"(?<!\d){counts[word]}(?!\d)", banner), word
    assert sum(counts.values()) == 30
    reading = demo.reading
    assert reading.rows_read == reading.rows_used + reading.rows_refused
    assert str(reading.rows_read) in banner
    assert hdi.banner().text.startswith("::: {.callout-note}")
    assert "Ministry" not in hdi.banner().text


# Whether tables say what was computed


def test_the_table_of_the_hdi_shows_the_published_index_and_rank(hdi: Report) -> None:
    published = pd.read_csv(validation("hdi/hdr2122_2021_expected.csv")).set_index("country")
    shown = cells(tables_scores.all_places(hdi).text)
    shown = shown[shown["Score"] != "—"]
    names = shown["Unit"].str.replace("\\", "")
    assert len(shown) == 191
    expected = published.loc[names]
    assert list(shown["Score"]) == [f"{x:.3f}" for x in expected["hdi_published"]]
    assert list(shown["Overall rank"].astype(int)) == list(expected["hdi_rank_2021"].astype(int))


def test_the_tables_of_the_demonstration_show_its_scores(demo: Report) -> None:
    shown = cells(tables_scores.all_places(demo).text)
    table = demo.scores.table
    table = table[table["year"] == 2023].pivot(index="unit", columns="node", values="score")
    order = table["index"].sort_values(ascending=False).index
    heading = {"zh": "得分", "en": "Score"}[demo.lang]
    assert list(shown[heading]) == [f"{table.at[unit, 'index']:.2f}" for unit in order]
    group = demo.node_label("O")
    assert list(shown[group]) == [f"{table.at[unit, 'O']:.2f}" for unit in order]
    assert len(cells(tables_scores.top_places(demo).text)) == 30
    last = cells(tables_scores.last_places(demo).text)
    assert len(last) == 15


def test_english_reports_hold_no_chinese_and_chinese_ones_no_english_sentence(demo: Report) -> None:
    study = open_sensitivity(demo)
    texts = [
        demo.banner(),
        brief_scores.brief(demo),
        tables_scores.top_places(demo),
        tables_scores.regions(demo),
        tables_scores.movers(demo),
        tables_data.framework(demo),
        tables_data.method(demo),
        tables_data.treated(demo),
        tables_data.missing(demo),
        tables_data.findings(demo),
        tables_weights.groups(demo),
        tables_correlation.brief(demo),
        tables_correlation.pairs(demo),
        tables_structure.tests(demo),
        tables_structure.brief(demo),
        tables_structure.alpha(demo),
        tables_structure.components(demo),
        tables_sensitivity.brief(study),
        tables_sensitivity.assumptions(study),
        tables_sensitivity.more(study),
        tables_sensitivity_certain.sets(study),
        tables_sensitivity_draws.pairs(study),
        tables_sensitivity_inverse.recovered_words(study),
        tables_sensitivity_local.radii(study),
        tables_sensitivity_method.alternatives(study),
        tables_sensitivity_method.choices(study),
    ]
    for text in texts:
        assert "nan" not in text.text.lower().replace("finan", "").replace("domina", "")
        assert "{" not in text.text.replace("{.callout", "")
        if demo.lang == "en":
            assert not re.search(r"[\u4e00-\u9fff]", text.text), text.text
        else:
            assert re.search(r"[\u4e00-\u9fff]", text.text), text.text


def test_changes_count_places_won(tmp_path: Path) -> None:
    now, before = units(4), units(4, year=2019)
    swapped = before.assign(unit=["u02", "u01", "u03", "u05"])
    report = small(tmp_path, pd.concat([swapped, now]))
    changes = tables_scores.changes(report)
    assert changes.loc["u01", "move"] == 1
    assert changes.loc["u02", "move"] == -1
    assert changes.loc["u03", "move"] == 0
    assert pd.isna(changes.loc["u04", "move"])
    brief = brief_scores.brief(report).text
    assert "came in since: 1; that went out: 1" in brief


def test_items_above_the_mean_heed_the_direction(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "unit": ["x", "y", "z"],
            "year": 2020,
            "a": [10.0, 1.0, 1.0],
            "b": [5.0, 5.0, 5.0],
            "c": [9.0, 0.0, np.nan],
        }
    )
    report = small(tmp_path, table)
    above = above_mean(report.values, report.framework)
    # a: mean 4, x above; b: all equal to the mean; c: lower is better, mean 4.5, y.
    assert above["above"].to_dict() == {"x": 1, "y": 1, "z": 0}
    assert above["there"].to_dict() == {"x": 3, "y": 3, "z": 2}


def test_parts_of_the_account_add_up(hdi: Report, tmp_path: Path) -> None:
    report = small(tmp_path, units(7))
    parts = account(report.scores, 2020).parts
    scores = report.standing["score"]
    expected = scores - scores.mean()
    pd.testing.assert_series_equal(
        parts.sum(axis=1).loc[scores.index], expected, check_names=False, atol=1e-8
    )
    # By hand: the first of seven is at 100 in everything, weights 3/4 and 1/4.
    size = report.node_scores(["size"])["size"]
    assert parts.at["u01", "size"] == pytest.approx(0.75 * (100 - size.mean()))

    geometric = account(hdi.scores, 2021)
    assert geometric.rule == "geometric"
    total = geometric.parts.sum(axis=1, min_count=3)
    logs = 100 * np.log(hdi.scores.in_year(2021)["hdi"])
    np.testing.assert_allclose(total, logs - logs.mean(), atol=1e-9)


def test_effective_weights_stand_beside_nominal_ones(demo: Report) -> None:
    shown = cells(tables_weights.groups(demo).text)
    nominal, effective = shown.iloc[:, 2].astype(float), shown.iloc[:, 3].astype(float)
    assert list(nominal) == [30.0, 30.0, 15.0, 15.0, 10.0]
    assert effective.sum() == pytest.approx(100, abs=0.3)


# How firm the ranks are


def test_what_dominates_is_first_in_every_draw(tmp_path: Path) -> None:
    study = open_sensitivity(small(tmp_path, units(12, regions="NS")))
    draws = study.intervals
    assert list(draws["rank"]) == list(range(1, 13))
    assert (draws["q05"] == draws["rank"]).all()
    assert (draws["q95"] == draws["rank"]).all()
    assert list(draws["p_top"]) == [1.0, 1.0] + [0.0] * 10
    brief = tables_sensitivity.brief(study).text
    assert "2 of the 2 units in the top 2 stay in it" in brief
    assert "None of the top 2 may be displaced" in brief


def test_chances_of_the_demonstration_add_up(demo: Report) -> None:
    draws = open_sensitivity(demo).intervals
    assert draws["p_top"].sum() == pytest.approx(30, abs=0.01)
    assert draws["p_ten"].sum() == pytest.approx(10, abs=0.01)
    by_region = draws.groupby("region")["p_last"].sum()
    np.testing.assert_allclose(by_region, 5, atol=0.01)
    assert ((draws["q05"] <= draws["median"]) & (draws["median"] <= draws["q95"])).all()


def test_min_max_and_linear_efficacy_rank_alike(demo: Report) -> None:
    shifts = open_sensitivity(demo).shifts
    assert (shifts["minmax"] == 0).all()
    assert (shifts["zscore"] != 0).any()
    ranks = shifts["rank"] - shifts["geometric_wide"]
    assert sorted(ranks) == list(range(1, len(shifts) + 1))


# Any framework, any number of units


@pytest.mark.parametrize(
    ("rows", "region", "lang"),
    [(1, "all", "zh"), (2, "N", "en"), (3, "all", "en"), (5, "N", "zh"), (11, "N", "en")],
)
def test_reports_on_few_units_are_whole(tmp_path: Path, rows: int, region: str, lang: str) -> None:
    table = units(rows, regions="NS")
    table.loc[rows - 1, "b"] = np.nan
    everything(small(tmp_path, table, region=region, lang=lang))


def test_reports_on_another_index_are_whole(hdi: Report) -> None:
    everything(hdi)
    assert "zone" not in brief_scores.brief(hdi).text


def everything(report: Report) -> None:
    """Make every table and figure of the generic reports."""
    study = open_sensitivity(report)
    pages = (
        (brief_scores, report),
        (tables_scores, report),
        (tables_data, report),
        (tables_weights, report),
        (tables_correlation, report),
        (tables_structure, report),
        (tables_sensitivity, study),
        (tables_sensitivity_certain, study),
        (tables_sensitivity_draws, study),
        (tables_sensitivity_inverse, study),
        (tables_sensitivity_local, study),
        (tables_sensitivity_method, study),
        (figures_scores, report),
        (figures_weights, report),
        (figures_correlation, report),
        (figures_sensitivity, study),
    )
    for module, subject in pages:
        for call in CALLS[module.__name__.rsplit(".", 1)[1]]:
            made = getattr(module, call)(subject)
            (mime, content), *others = made._repr_mimebundle_().items()
            assert not others
            assert content
            assert mime == ("image/svg+xml" if "figures" in module.__name__ else "text/markdown")


def _calls() -> dict[str, list[str]]:
    """Return the functions that the notebooks call, by module."""
    found: dict[str, set[str]] = {"brief_scores": {"brief"}}
    pattern = re.compile(r"^(\w+)\.(\w+)\((?:report|study)\)$", re.M)
    folder = Path(__file__).resolve().parents[1] / "notebooks"
    for name in ("01_scores", "02_correlation", "03_sensitivity"):
        notebook = json.loads((folder / f"{name}.ipynb").read_text(encoding="utf-8"))
        source = "\n".join("".join(c["source"]) for c in notebook["cells"])
        alias = {
            short: module
            for module, short in re.findall(
                r"from analysis\.reporting\.\w+ import (\w+) as (\w+)", source
            )
        }
        for module, call in pattern.findall(source):
            if call not in ("banner", "save_scores"):
                found.setdefault(alias.get(module, module), set()).add(call)
    return {module: sorted(calls) for module, calls in found.items()}


CALLS = _calls()


def test_figures_are_the_same_bytes_again_and_hold_no_date(demo: Report) -> None:
    first, again = svg(figures_scores.top_places(demo)), svg(figures_scores.top_places(demo))
    assert first == again
    assert "<dc:date>" not in first
    assert "<text" not in first  # outlines, so that no system font is needed


def test_names_in_figures_are_no_markup(tmp_path: Path) -> None:
    table = units(3)
    table["name"] = ["$x^2$ & <b>", "a_b %", "\\frac{1}{2}"]
    report = small(tmp_path, table)
    assert svg(figures_scores.top_places(report))


def test_the_scores_beside_the_report_are_those_of_its_scope(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = small(tmp_path, units(6, regions="NS"), region="S")
    monkeypatch.chdir(tmp_path)
    said = tables_scores.save_scores(report)
    written = pd.read_csv(tmp_path / "scores.csv")
    assert "[scores.csv](scores.csv)" in said.text
    assert set(written["region"]) == {"S"}
    assert list(written.columns) == list(report.scores.table.columns)
    assert len(written) == 3 * len(report.framework.nodes)
