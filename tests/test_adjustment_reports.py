"""Points outside the weights in what the commands write and what the report says."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from report_inputs import inputs

from analysis.core.catalogue import find_method
from analysis.core.findings import InputError
from analysis.core.uncertainty.methods.method_space import FACTORS
from analysis.reporting import cli
from analysis.reporting.editions.compare_inputs import read_pair
from analysis.reporting.inputs import Request
from analysis.reporting.report import Report, open_report
from analysis.reporting.scores import brief_scores, figures_scores, tables_data
from analysis.reporting.scores.points import points_section
from analysis.texts import text

FRAMEWORK = """code,parent,name_zh,name_en,weight,direction,unit,evidence,source
index,,指数,Index,,,,,
a,index,甲,Alpha,1,1,,,
b,index,乙,Beta,1,1,,,
"""
METHOD = """title_zh: 手算
title_en: By hand
treatment: {rule: none}
normalisation: {rule: minmax, lower: 0, upper: 100}
adjustment:
  cap: 12
  floor: -2.5
  rules:
    - {id: help, kind: bonus, input: helped, per_unit: 10, cap: 15, basis: document,
       title_zh: 援助, title_en: "<b>Help</b> | *all*", source_zh: 一份文件, source_en: A document}
    - {id: spill, kind: penalty, input: spills, steps: [[1, 0.5], [3, 4]]}
    - {id: fraud, kind: veto, input: fraud, at_least: 1, effect: unranked, title_en: False data,
       title_zh: 虚报}
"""
# By the weights: u1 50, u2 50, u3 40, u4 0, u5 60.
PANEL = """unit,year,name,region,a,b,helped,spills,fraud
u1,2020,一,north,10,0,"1",0,0
u2,2020,二,north,0,10,,2,0
u3,2020,三,south,4,4,9,0,
u4,2020,四,south,0,0,0,5,0
u5,2020,五,south,6,6,0,0,1
"""
AFTER = {"u1": 60.0, "u2": 49.5, "u3": 52.0, "u4": -2.5}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("points")
    methods = "adjustment: [base, none]\naggregation: [base, median]\n"
    for name, content in {
        "framework.csv": FRAMEWORK,
        "method.yml": METHOD,
        "panel.csv": PANEL,
        "methods.yml": methods,
    }.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def held(folder: Path) -> Path:
    table = pd.read_csv(folder / "panel.csv", dtype=str)
    where = folder / "inputs"
    return inputs(where, table, folder / "framework.csv", str(folder / "method.yml"))


def opened(held: Path, lang: str) -> Report:
    asked = {"framework": "framework", "method": "method", "year": 2020, "lang": lang}
    return open_report(inputs=str(held), **asked)  # type: ignore[arg-type]


def arguments(folder: Path) -> list[str]:
    return [
        f"--panel={folder / 'panel.csv'}",
        f"--framework={folder / 'framework.csv'}",
        f"--method={folder / 'method.yml'}",
    ]


def test_scores_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "scores.csv"
    assert cli.main(["score", *arguments(folder), f"--out={out}"]) == 0
    rows = pd.read_csv(out)
    rows = rows[rows["node"] == "index"].set_index("unit")
    assert rows["score"].dropna().to_dict() == AFTER
    assert rows["points"].dropna().to_dict() == {"u1": 10, "u2": -0.5, "u3": 12, "u4": -2.5}
    assert rows["rank"].dropna().to_dict() == {"u1": 1, "u2": 3, "u3": 2, "u4": 4}
    assert rows["veto"].dropna().to_dict() == {"u5": "unranked"}
    assert "u5" in capsys.readouterr().err


def test_uncertainty_written(folder: Path) -> None:
    out = folder / "out"
    asked = [f"--methods={folder / 'methods.yml'}", "--draws=1000", "--sobol=64", "--record"]
    assert cli.main(["uncertainty", *arguments(folder), *asked, f"--out={out}"]) == 0
    shares = pd.read_csv(out / "sobol.csv")
    shares = shares[shares["output"] == "mean_shift"].set_index("factor")["total"]
    assert shares["adjustment"] > 0.01
    assert len(pd.read_csv(out / "robust_bounds.csv")) == 4
    assert [path.name for path in out.rglob("variant_*.csv")]


def test_the_report_names_the_points_of_each_unit(held: Path) -> None:
    english = points_section(opened(held, "en")).text
    assert "on the user's document" in opened(held, "en").banner().text
    assert "the user's document" in english
    lines = [line for line in english.splitlines() if line.startswith("|")]
    by_name = {name: next(line for line in lines if f"| {name} " in line) for name in "一二三四五"}
    assert "+10.00" in by_name["一"] and "60.00" in by_name["一"]
    assert "−0.50" in by_name["二"]
    assert "+15.00" in by_name["三"] and "+12.00" in by_name["三"]  # its own cap, then that of all
    assert "no place" in by_name["五"]
    assert "<b>" not in english and "\\<b\\>Help" in english and "\\| \\*all" in english
    assert "A document" in english and "size assumed" in english
    chinese = points_section(opened(held, "zh")).text
    assert "援助 +10.00" in chinese and "虚报" in chinese and "一份文件" in chinese
    assert "扣分合计至多 2.5" in chinese


def test_other_parts_of_the_report(held: Path) -> None:
    report = opened(held, "zh")
    assert "权重外加减分" in tables_data.method(report).text
    assert "@sec-points" in brief_scores.brief(report).text
    assert "其中 2 条的分值为假定" in report.banner().text
    figure = figures_scores.contributions(report)
    words = {item.get_text() for legend in figure.legends for item in legend.get_texts()}  # type: ignore[attr-defined]
    assert "权重外加减分" in words


def test_every_choice_of_the_method_has_a_name() -> None:
    for factor in FACTORS:
        for key in ("factor", "sens.factor"):
            assert text(f"{key}.{factor}", "zh") and text(f"{key}.{factor}", "en")


def test_a_report_without_points_says_nothing_of_them(folder: Path) -> None:
    table = pd.read_csv(folder / "panel.csv", dtype=str)
    where = inputs(folder / "plain", table, folder / "framework.csv", "minmax")
    report = open_report(inputs=str(where), framework="framework", method="minmax", year=2020)
    assert points_section(report).text == ""
    for part in (report.banner(), brief_scores.brief(report), tables_data.method(report)):
        assert "加减分" not in part.text


def test_the_shipped_example_says_what_it_is() -> None:
    method = find_method("mofcom-points-outside")
    given = method.adjustment
    assert given.outside == ("C3", "C4") and given.framework == "mofcom-2021"
    assert {rule.basis for rule in given.rules} == {"assumed"}
    # The shape of a province's list: 0.3 and 0.2 a problem, 1.5 and 0.5 a case, 1 an accident.
    sizes = [rule.per_unit for rule in given.rules if rule.kind == "penalty"]
    assert sizes == [0.3, 0.2, 1.5, 0.5, 1.0]
    assert all(rule.title_zh and rule.title_en for rule in given.rules)
    assert all(rule.source_zh and rule.source_en for rule in given.rules)
    assert "假定" in method.note_zh and "assumed" in method.note_en
    # All but the points is the default method.
    plain = find_method("efficacy")
    for step in ("treatment", "normalisation", "aggregation", "missing", "ranking"):
        assert getattr(method, step) == getattr(plain, step)


def test_comparing_two_frameworks_refuses_points() -> None:
    with pytest.raises(InputError) as error:
        read_pair(Request(), (), ("mofcom-points-outside",))
    assert [finding.code for finding in error.value.findings] == ["compare.points"]
    assert "mofcom-points-outside" in error.value.findings[0].text("zh")
