"""The audit page: what was planted is on it, and what it says of itself is so."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from audit_panel import TEXTS, data_of

from analysis.core.digits import written
from analysis.core.findings import InputError
from analysis.reporting import cli
from analysis.reporting.audit import audit_brief, audit_figures, audit_tables
from analysis.reporting.audit import audit_tables_checks as checks
from analysis.reporting.audit.audit_beside import Asked, as_extras, beside_of, in_extras
from analysis.reporting.audit.audit_keep import keep_accepted
from analysis.reporting.audit.audit_page import FACTORS, AuditPage, open_audit
from analysis.reporting.audit.audit_work import AuditWork, make_audit
from analysis.reporting.inputs import Inputs, Request, read_inputs
from analysis.reporting.report import Report, open_report
from analysis.reporting.uncertainty.uncertainty_inputs import read_one_year
from analysis.zones.audit.data import audit_data
from analysis.zones.audit.evidence import BASES, COLUMNS, same_words
from analysis.zones.audit.findings import labels_of, message
from analysis.zones.audit.read_rules import read_rules
from analysis.zones.audit.rules import Evidence, Growth, Jump, Range
from analysis.zones.audit.run import audit, findings_of

YEAR = 2023
DEMO = Path("data/demo/panel.csv")
ABOUT = """form: 1
framework: mofcom-2021
synthetic: true
source_zh: 合成
source_en: made up
measures: {}
"""
NAME = "<b>*E010*</b> | `x`"
PLANTED = {
    ("E010", "va2"): lambda now: 100 * now,  # error, of a zone with a hostile name
    ("W011", "iso9001"): lambda now: 3.0,  # error
    ("C011", "employment"): lambda now: 10 * now,  # warning: a slip of ten
    ("C012", "trade"): lambda now: np.nan,  # warning
}
GONE, BARE, OTHER = ("E011", "revenue"), ("C010", "revenue"), ("W012", "revenue")
REASON = "merged with the port on 1 March, document 12"


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a panel folder of a few zones with everything beside it."""
    path = tmp_path_factory.mktemp("panel") / "panel"
    path.mkdir()
    (path / "panel.yml").write_text(ABOUT, encoding="utf-8")
    table = pd.read_csv(DEMO)
    wanted = [f"{region}{i:03d}" for region in "ECW" for i in range(10, 22)]
    table = table[table["unit"].isin(wanted) & (table["year"] >= 2018)].set_index(["year", "unit"])
    table.loc[(YEAR, "E010"), ["name", "name_en"]] = NAME
    for (unit, code), entered in PLANTED.items():
        table.loc[(YEAR, unit), code] = entered(float(table.at[(YEAR, unit), code]))
    table = table.reset_index()
    for year, rows in table.groupby("year"):
        rows.to_csv(path / f"{year}.csv", index=False)
    now = table[table["year"] == YEAR]
    rows = [
        (unit, code, "book", f"{YEAR + 1}-02", "defined")
        for code in now.columns[now.columns.get_loc("gdp") :]
        for unit in now["unit"]
        if (unit, code) != GONE
    ]
    evidence = pd.DataFrame(rows, columns=["unit", "code", "source", "date", "basis"])
    of_cell = evidence.set_index(["unit", "code"])
    of_cell.loc[BARE, "source"] = ""
    of_cell.loc[OTHER, "basis"] = "other"
    of_cell.reset_index().to_csv(path / f"{YEAR}.evidence.csv", index=False)
    before = pd.DataFrame([(OTHER[0], OTHER[1], "defined")], columns=["unit", "code", "basis"])
    before.to_csv(path / f"{YEAR - 1}.evidence.csv", index=False)
    east = now.loc[now["region"] == "east", "fdi"].sum()
    (path / f"{YEAR}.totals.csv").write_text(
        f"code,value,scope,group,relation\nfdi,{east / 2},region,east,most\n", encoding="utf-8"
    )
    slip = now.set_index("unit").at["C011", "employment"]
    (path / "accepted.csv").write_text(
        "rule,unit,year,code,value,reason,accepted_by,accepted_on\n"
        f'jump-people,C011,{YEAR},employment,{slip},"{REASON}",Wang,2024-05-01\n'
        f"days,C011,{YEAR - 1},startup_days,1,of another year,,\n",
        encoding="utf-8",
    )
    return path


def page_of(folder: Path, lang: str, scratch: Path) -> AuditPage:
    (inputs,) = read_inputs(Request(panel=str(folder), years=str(YEAR)))
    scratch.mkdir()
    inputs.save(scratch)
    return open_audit(
        open_report(inputs=str(scratch), framework="mofcom-2021", year=YEAR, lang=lang)
    )


@pytest.fixture(scope="module")
def page(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> AuditPage:
    return page_of(folder, "en", tmp_path_factory.mktemp("saved") / "inputs")


def rows_of(markdown: object) -> list[list[str]]:
    lines = [line for line in str(markdown).split("\n") if line.startswith("| ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


# What was planted


def test_open_errors_are_told_in_full_and_names_stay_names(page: AuditPage) -> None:
    found = [f for f in page.work.open if f.severity == "error"]
    assert {(f.unit, f.code) for f in found} >= {("E010", "gdp"), ("W011", "iso9001")}
    head, *rows = rows_of(audit_tables.errors(page))
    assert len(rows) == len(found)
    assert head == ["Zone", "Item", "Value", "Finding", "Question"]
    named = [row for row in rows if "E010" in row[0]]
    assert named
    assert {row[0] for row in named} == {r"\<b\>\*E010\*\</b\> \| \`x\`"}
    assert any("more than the" in row[3] and "coverage" in row[4] for row in named)


def test_counts_add_up_to_the_findings(page: AuditPage) -> None:
    for table, first in ((audit_tables.kinds(page), 3), (audit_tables.regions(page), 2)):
        counts = np.array([row[first : first + 4] for row in rows_of(table)[1:]], dtype=int)
        severities = [f.severity for f in page.work.open]
        assert counts.sum(axis=0).tolist() == [
            *(severities.count(each) for each in ("error", "warning", "note")), 1,
        ]  # fmt: skip


def test_a_reason_stays_with_its_value_on_the_page(page: AuditPage) -> None:
    _, row = rows_of(audit_tables.accepted(page))
    assert row[0] == "Central sample 011"
    assert REASON in row[3]
    assert row[4] == "Wang, 2024\\-05\\-01" or row[4] == "Wang, 2024-05-01"
    assert not [f for f in page.work.open if (f.unit, f.rule.id) == ("C011", "jump-people")]
    assert "No acceptance has lapsed" in str(audit_tables.lapsed(page))


def test_a_reason_lapses_with_its_value(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "panel"
    shutil.copytree(folder, copy)
    table = pd.read_csv(copy / f"{YEAR}.csv").set_index("unit")
    table.loc["C011", "employment"] *= 2
    table.reset_index().to_csv(copy / f"{YEAR}.csv", index=False)
    other = page_of(copy, "zh", tmp_path / "inputs")
    assert rows_of(audit_tables.accepted(other)) == []
    assert "C011 employment" in str(audit_tables.lapsed(other))
    assert "1 个原先的理由已失效" in str(audit_brief.brief(other))


def test_sums_stand_beside_their_totals(page: AuditPage) -> None:
    first, *others = rows_of(checks.totals(page))[1:]
    assert first[1] == "East"
    assert (first[4], first[6]) == ("+100.00", "too large")
    (off,) = [f for f in page.work.findings if f.key == "total_above_group"]
    assert "source not given" in message(off, page.work.labels, "en")
    # Fewer zones than the notice covers: their sum can only be too large.
    assert {row[6] for row in others} == {"not above"}


def test_evidence_is_counted_by_region(page: AuditPage) -> None:
    rows = {row[0]: row[1:] for row in rows_of(checks.evidence(page))[1:]}
    data = page.work.data
    for region, code in (("East", "east"), ("Central", "central"), ("West", "west")):
        asked = data.reported[list(page.report.framework.primitives)].loc[YEAR]
        cells = asked[data.of_year("region") == code].notna().to_numpy().sum()
        assert rows[region][0] == f"{cells:,}"
    assert [rows[region][3:] for region in ("East", "Central", "West")] == [
        ["1", "0", "0", "0", "0"],
        ["0", "1", "0", "0", "0"],
        ["0", "0", "0", "0", "1"],
    ]
    (changed,) = [f for f in page.work.open if f.key == "evidence_changed"]
    assert "“As defined”, now “Other definition (see note)”" in message(
        changed, page.work.labels, "en"
    )


def test_the_brief_counts_what_there_is(page: AuditPage) -> None:
    said = str(audit_brief.brief(page))
    found = page.work.findings
    errors = sum(f.severity == "error" for f in found)
    assert f"{len(found)} findings: {errors} errors" in said
    assert f"Accepted with a reason: 1; open: {len(found) - 1};" in said
    assert "in 42 zones" not in said
    assert "are off: Foreign capital used, without reinvestment" in said
    assert "The data are synthetic; nothing" in said
    assert "--totals" not in str(audit_brief.limits(page))


def test_rules_that_were_not_applied_say_why(page: AuditPage) -> None:
    said = str(audit_tables.not_applied(page))
    idle = [one for one in page.work.outcomes if one.why]
    assert said.startswith(f"{len(idle)} rules were not applied")
    assert all(
        one.rule.id.replace("-", "") in said.replace("\\", "").replace("-", "") for one in idle
    )
    _, *rows = rows_of(audit_tables.rules(page))
    assert len(rows) == len(page.work.outcomes) - len(idle)
    numbers = re.findall(r"^(\d+)\. ", str(audit_tables.grounds(page)), re.MULTILINE)
    assert {row[-1] for row in rows} == set(numbers)


def test_figures_draw_every_change_once(page: AuditPage) -> None:
    quiet, loud, regions, limit = audit_figures._points(page)
    both = [~np.isnan(seen.history) & ~np.isnan(seen.region) for _, _, seen in page.changes()]
    assert len(quiet) + len(loud) == sum(int(known.sum()) for known in both)
    assert len(loud) == len(regions) > 0
    assert limit == 3.5
    assert (np.abs(loud) > limit).all()
    for draw in (audit_figures.jumps, audit_figures.digits):
        assert draw(page)._repr_mimebundle_()["image/svg+xml"].startswith("<?xml")


# What the audit cannot see


@pytest.fixture(scope="module")
def report() -> Report:
    return open_report(lang="en")


def small_page(report: Report, data, rules) -> AuditPage:
    outcomes = audit(data, rules)
    labels = labels_of(report.framework)
    work = AuditWork(data, outcomes, findings_of(outcomes), (), labels)
    return AuditPage(report, work)


@pytest.mark.parametrize(
    # A slip moves the median of its own region a little, which is left out of account.
    ("against", "off"),
    [(("history",), 1e-9), (("history", "region"), 2.01 / 22)],
)
def test_what_would_be_noticed_is_what_an_audit_of_the_slip_finds(
    report: Report, against: tuple[str, ...], off: float
) -> None:
    rng = np.random.default_rng(3)
    years = range(2016, YEAR + 1)
    size = 24
    levels = np.exp(np.cumsum(rng.normal(0.05, 0.1, (len(years), size)), axis=0) + 4)
    levels[-1, 3] = np.nan
    levels[-1, 5] *= 9  # named as it is
    regions = ["east"] * 12 + ["west"] * 12
    values = {"x": dict(zip(years, levels.tolist(), strict=True))}
    rule = Jump(
        **TEXTS, codes=("x",), least_change=15.0, least_units=11, small=120.0, against=against
    )
    page = small_page(report, data_of(values, regions=regions), [rule])
    units = page.work.data.names
    assert {f.unit for f in page.work.findings} == {units[5]}
    for times in FACTORS:
        named, judged = 0, 0
        for i in range(size):
            if i in (3, 5):
                continue
            slip = levels.copy()
            slip[-1, i] *= times
            table = {"x": dict(zip(years, slip.tolist(), strict=True))}
            found = findings_of(audit(data_of(table, regions=regions), [rule]))
            named += units[i] in {f.unit for f in found}
            judged += 1
        assert page.noticed.at["r", times] == pytest.approx(named / judged, abs=off)
    assert page.noticed.at["r", 1.1] < 0.3 < 0.9 < page.noticed.at["r", 10.0]


def test_the_first_year_says_that_changes_could_not_be_judged(report: Report) -> None:
    page = small_page(
        report, data_of({"x": {YEAR: [1.0, 2.0]}}), [Jump(**TEXTS), Range(**TEXTS, least=0)]
    )
    assert "changes could not be judged" in str(audit_brief.brief(page))
    assert "no change that could be judged" in str(checks.blind(page))
    assert audit_figures.jumps(page)._repr_mimebundle_()["image/svg+xml"]
    assert "(none)" in str(audit_tables.errors(page))


def test_jumps_that_come_together_are_one_question(report: Report) -> None:
    years = range(2016, YEAR + 1)
    columns = {}
    for code in "pqrst":
        levels = [[100.0 + (year % 3) + i for i in range(12)] for year in years]
        levels[-1][4] *= 2
        columns[code] = dict(zip(years, levels, strict=True))
    page = small_page(report, data_of(columns), [Jump(**TEXTS)])
    assert page.together == ("e",)
    (row,) = rows_of(audit_tables.warnings(page))[1:]
    assert "5 columns jump at once (5 up, 0 down" in row[3].replace("\\", "")


# Rules looked at again


@pytest.fixture(scope="module")
def demo() -> Inputs:
    return read_one_year(Request(), YEAR)


def test_a_boundary_that_changed_makes_years_unlike_and_the_next_alike() -> None:
    now = np.array(["defined", "boundary", "boundary", "defined", "", "other"], dtype=object)
    before = np.array(["boundary", "defined", "boundary", "defined", "x", "defined"], dtype=object)
    assert same_words("basis", now, before).tolist() == [True, False, False, True, True, False]
    assert set(BASES) >= {"defined", "boundary", "other"}
    values = {"g": {YEAR: [50.0]}, "x": {YEAR - 1: [100.0], YEAR: [110.0]}}
    rule = Growth(**TEXTS, growth="g", level="x")
    for year, word, named in ((YEAR, "boundary", 0), (YEAR - 1, "boundary", 1)):
        other = 2 * YEAR - 1 - year
        rows = [
            (year, "a", "x", np.nan, "", "", word),
            (other, "a", "x", np.nan, "", "", "defined"),
        ]
        told = pd.DataFrame([(*row, "", "", "") for row in rows], columns=list(COLUMNS))
        data = data_of(values, evidence=told)
        assert len(findings_of(audit(data, [rule]))) == named
        assert len(findings_of(audit(data, [Evidence(**TEXTS, fields=(), codes=("x",))]))) == (
            1 - named
        )


def test_a_reported_share_has_a_range_and_a_derived_one_its_parts() -> None:
    rule = {rule.id: rule for rule in read_rules()}["shares-range"]
    data = data_of({"T6": {YEAR: [-0.1, 0.0, 100.0, 100.1]}})
    assert [f.unit for f in findings_of(audit(data, [rule]))] == ["a", "d"]
    derived = replace(data_of({"x": {YEAR: [1.0] * 4}}), derived=data.reported)
    assert findings_of(audit(derived, [rule])) == ()


def test_bases_of_growth_are_there_to_compare_with(demo: Inputs) -> None:
    found = demo.reading.panel
    only = found.values.index.get_level_values("year") == YEAR
    one = replace(found, values=found.values[only], units=found.units[only])
    index = pd.MultiIndex.from_tuples([(YEAR - 1, "E010")], names=["year", "unit"])
    value = float(found.values.at[(YEAR, "E010"), "fdi"])
    given = replace(one, bases=pd.DataFrame({"fdi": [value]}, index=index))
    (copied,) = [rule for rule in read_rules() if rule.id == "copied"]
    items = replace(demo.panel, values=demo.panel.values[only])
    named = [
        [(f.unit, f.code) for f in findings_of(audit(audit_data(each, items, YEAR), [copied]))]
        for each in (one, given)
    ]
    assert named == [[], [("E010", "fdi")]]


def test_made_up_digits_are_named_on_a_whole_year(demo: Inputs) -> None:
    data = audit_data(demo.reading.panel, demo.panel, YEAR)
    rules = [rule for rule in read_rules() if rule.id in ("last-digits", "first-digits")]
    assert findings_of(audit(data, rules)) == ()
    planted = data.reported.copy()
    row = planted.loc[(YEAR, "E020")].to_numpy(copy=True)
    _, last, _, whole = written(np.where(np.isnan(row), 1.0, row))
    # A form filled in from the head: three in four of its numbers end in 7.
    made = np.where(np.arange(len(row)) % 4 > 0, row + (7 - last) * np.where(whole, 1, 1e-9), row)
    planted.loc[(YEAR, "E020")] = np.where(whole, made, np.round(row, 1) + 0.07)
    waste = planted.loc[YEAR, "waste"].to_numpy()
    planted.loc[YEAR, "waste"] = 5 * 10.0 ** np.floor(np.log10(waste)) + waste % 1
    found = findings_of(audit(replace(data, reported=planted), rules))
    assert {(f.rule.id, f.unit, f.code) for f in found} == {
        ("first-digits", "", "waste"),
        ("last-digits", "E020", ""),
    }


def test_the_shipped_rules_do_not_cry_wolf(demo: Inputs) -> None:
    outcomes = audit(audit_data(demo.reading.panel, demo.panel, YEAR), read_rules())
    found = findings_of(outcomes)
    assert not [f for f in found if f.severity == "error"]
    judged = sum(one.applied for one in outcomes if isinstance(one.rule, Jump))
    jumps = [f for f in found if isinstance(f.rule, Jump)]
    assert judged > 10_000
    assert len(jumps) < 0.03 * judged
    assert len({f.unit for f in found if f.unit}) < 0.25 * len(demo.panel.units.loc[YEAR])


# Files and the command


def test_what_was_named_reaches_the_page(folder: Path, tmp_path: Path) -> None:
    rules, table = tmp_path / "mine.yml", tmp_path / "t.CSV"
    rules.write_text("rules: []", encoding="utf-8")
    table.write_text("code,value\n", encoding="utf-8")
    asked = Asked(YEAR, ("default", str(rules)), (str(table),), str(table), str(table))
    extras = as_extras(asked)
    place = tmp_path / "extras"
    place.mkdir()
    for name, content in extras.items():
        (place / name).write_bytes(content)
    shutil.copy(folder / "accepted.csv", place)
    named = beside_of(Request(panel=str(folder)), asked, YEAR)
    held = in_extras(place, YEAR)
    assert [str(rule) == "default" for rule in held.rules] == [True, False]
    assert [path.read_bytes() for path in held.accepted] == [
        path.read_bytes() for path in named.accepted
    ]
    assert list(held.evidence.values()) == list(named.evidence.values()) == [YEAR]
    assert held.totals is not None
    assert held.totals.read_bytes() == table.read_bytes()
    own = in_extras(folder, YEAR)
    assert own == beside_of(Request(panel=str(folder)), Asked(), YEAR)
    assert own.totals == folder / f"{YEAR}.totals.csv"


def test_kept_reasons_are_taken_up_by_themselves(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "panel"
    shutil.copytree(folder, copy)
    (copy / "audit.yml").write_text("rules:\n  - {id: evidence, severity: off}\n", "utf-8")
    given = tmp_path / "back.csv"
    given.write_text("rule,unit,code,value,reason\nempty,C012,trade,,=not counted there\n", "utf-8")
    words = ["audit", "--panel", copy, "--year", YEAR, "--no-page", "--accept", given]
    assert cli.main([*map(str, words), "--keep", "--out", str(tmp_path / "out")]) == 0
    kept = pd.read_csv(copy / "accepted.csv", keep_default_na=False)
    assert kept["reason"].tolist() == ["of another year", "'=not counted there", REASON]
    assert kept[["rule", "year"]].to_numpy().tolist() == [
        ["days", YEAR - 1], ["empty", YEAR], ["jump-people", YEAR],
    ]  # fmt: skip
    # A reason that is given anew takes the place of the one that was kept.
    given.write_text("rule,unit,code,value,reason\nempty,C012,trade,,=later\n", "utf-8")
    _, work = make_audit(Request(panel=str(copy)), Asked(YEAR, accepted=(str(given),)))
    assert not [f for f in work.findings if f.rule.id == "evidence"]
    accepted = {f.unit: f.accepted.reason for f in work.findings if f.accepted is not None}
    assert (set(accepted), accepted["C012"]) == ({"C011", "C012"}, "=later")
    assert keep_accepted(copy, work.accepted) == 3
    assert pd.read_csv(copy / "accepted.csv")["reason"].tolist()[1] == "'=later"


def test_only_a_folder_keeps_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert cli.main(["audit", "--keep", "--no-page", "--out", str(out)]) == 2
    assert "leave out --keep" in capsys.readouterr().err
    assert not out.exists()


def test_the_command_makes_lists_and_page(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["--panel", str(folder), "--year", str(YEAR), "--lang", "en", "--to", "html"]
    assert cli.main(["audit", *words, "--out", str(out)]) == 0
    assert (out / "tables" / f"audit-{YEAR}" / "findings.en.xlsx").is_file()
    page = out / "site" / str(YEAR) / "all" / "en" / "08_audit" / "08_audit.html"
    said = page.read_text(encoding="utf-8")
    assert "synthetic data" in said
    assert REASON in said
    assert "&lt;b&gt;*E010*&lt;/b&gt; | `x`" in said
    assert "<b>*" not in said
    assert not [name for name in ("index.html", "findings.csv") if (out / name).exists()]


def test_a_folder_of_somebody_else_is_left_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    assert cli.main(["audit", "--panel", str(folder), "--no-page", "--out", str(tmp_path)]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_that_is_gone_is_told() -> None:
    with pytest.raises(InputError):
        as_extras(Asked(totals="no-such-table.csv"))


def test_a_report_needs_no_inputs_folder(report: Report) -> None:
    page = open_audit(report)
    assert not page.work.accepted
    assert "the synthetic demonstration: drawn within" in str(audit_brief.brief(page))
    assert "There is no table of evidence" in str(checks.evidence(page))
