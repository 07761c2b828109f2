"""Rules, acceptances and the command of the audit: files in, files out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import yaml
from audit_panel import TEXTS, data_of
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.core.catalogue import find_framework
from analysis.core.findings import InputError
from analysis.reporting import cli
from analysis.reporting.audit.audit_beside import Asked
from analysis.reporting.audit.audit_work import make_audit
from analysis.reporting.inputs import Request
from analysis.reporting.uncertainty.uncertainty_inputs import read_one_year
from analysis.texts import LANGUAGES
from analysis.zones.audit.accept import accept, read_acceptances
from analysis.zones.audit.data import audit_data
from analysis.zones.audit.evidence import evidence_files, read_evidence
from analysis.zones.audit.findings import labels_of, message, question
from analysis.zones.audit.read_rules import read_rules, shipped_files
from analysis.zones.audit.rules import KINDS, Jump, Missing, Part, Range, Real, kind_of
from analysis.zones.audit.run import audit, findings_of
from analysis.zones.audit.totals import read_totals
from analysis.zones.registry import province_code

FRAMEWORK = """code,parent,name_zh,name_en,weight,direction,unit,operation,inputs,evidence,source
index,,指数,Index,1,,,,,,
a,index,甲,Alpha,3,1,,level,pa,,
b,index,乙,Beta,1,1,%,share,pa pb,,
"""
PANEL = """year,unit,name,region,province,pa,pb,real
2022,u1,<b>一</b>,north,Jia,10,100,
2022,u2,=二,south,Yi,20,100,
2023,u1,<b>一</b>,north,Jia,12,100,15
2023,u2,=二,south,Yi,120,100,500
"""
RULES = """rules:
  - id: within
    kind: identity.part
    severity: error
    title_zh: 部分不大于整体
    title_en: A part within its whole
    why_zh: 定义
    why_en: By definition
    parts: pa
    whole: pb
  - id: real
    kind: identity.real
    severity: warning
    title_zh: 平减指数
    title_en: Deflator
    why_zh: 假定
    why_en: Assumed
    real: real
    level: pa
    least: -5
    most: 10
    question_en: "=1+1"
    question_zh: "{year} 年？"
  - id: host
    kind: identity.part
    severity: error
    title_zh: 无此列
    title_en: No such column
    why_zh: 定义
    why_en: By definition
    parts: pa
    whole: nowhere
"""


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, content in (
        ("framework.csv", FRAMEWORK),
        ("panel.csv", PANEL),
        ("rules.yml", RULES),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def run(files: Path, *more: str, out: str = "out") -> int:
    words = ["--panel", files / "panel.csv", "--framework", files / "framework.csv"]
    words += ["--rules", files / "rules.yml", "--no-page", "--out", files / out]
    return cli.main(["audit", *map(str, words), *more])


def lists(out: Path, year: int = 2023) -> Path:
    return out / "tables" / f"audit-{year}"


def written(files: Path, out: str = "out", year: int = 2023) -> pd.DataFrame:
    return pd.read_csv(lists(files / out, year) / "findings.csv", keep_default_na=False)


# Rules


def test_every_shipped_rule_is_read_and_every_kind_but_one_is_shipped() -> None:
    rules = read_rules()
    assert len({rule.id for rule in rules}) == len(rules)
    assert {kind_of(rule) for rule in rules} == set(KINDS)
    assert len(shipped_files()) >= 5


def test_shipped_rules_name_columns_that_there_are() -> None:
    known = set(labels_of(find_framework("mofcom-2021")).names["en"])
    known |= set(find_framework("mofcom-2016").items) | {"all", "gdp_real_growth"}
    for rule in read_rules():
        named: set[str] = set()
        for key in ("codes", "excluding", "parts"):
            named |= set(getattr(rule, key, ()))
        for key in ("share", "part", "growth", "level", "real", "code"):
            named |= {getattr(rule, key)} if hasattr(rule, key) else set()
        if isinstance(getattr(rule, "whole", None), str):
            named.add(rule.whole)
        assert named <= known, rule.id


def test_a_rule_of_the_same_id_is_replaced_or_switched_off(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yml"
    mine.write_text(
        "rules:\n  - {id: copied, severity: off}\n"
        "  - {id: rating, kind: range, severity: note, title_zh: 一, title_en: A,"
        " why_zh: 二, why_en: B, codes: responsibility, most: 50}\n",
        encoding="utf-8",
    )
    before = {rule.id: rule for rule in read_rules()}
    after = {rule.id: rule for rule in read_rules(["default", mine])}
    assert set(before) - set(after) == {"copied"}
    assert isinstance(after["rating"], Range)
    assert (after["rating"].most, after["rating"].least) == (50, None)
    assert [name for name in after if name != "copied"] == [n for n in before if n != "copied"]


def test_every_problem_of_a_file_of_rules_is_told_at_once(tmp_path: Path) -> None:
    base = {key: value for key, value in TEXTS.items() if key != "id"}
    wrong = [
        {"id": "a", "kind": "range", **base},  # no limit
        {"id": "b", "kind": "magic", **base},
        {"id": "c", "kind": "jump", **base, "codes": "x", "limit": -1, "scale": "cube"},
        {"id": "d", "kind": "identity.part", **base, "parts": []},
        {"id": "e", "kind": "range", **base, "least": 5, "most": 1},
        {"id": "f", "kind": "range", **base, "least": True, "colour": "red"},
        {"id": "g", "kind": "digits.last", **base, "alpha": 2},
        {"id": "h", "kind": "evidence", **base, "years": [2, 0], "fields": ["colour"]},
        {"id": "i", "kind": "total.published", **base, "code": "x", "metric": "gdp", "basis": "n",
         "factors": {}},
        {"id": "../x", "kind": "range", **base, "least": 0},
        {"id": "j", "kind": "range", "severity": "fatal", "least": 0},
        "words",
        {"id": "k", "kind": "range", **base, "least": 0},
        {"id": "k", "kind": "range", **base, "least": 0},
        {"id": "l", "kind": "range", **base, "least": 0, "whole": 1},
        {"id": "m", "kind": "jump", **base, "breaks": [1.5], "least_years": 0, "small": ".5"},
    ]  # fmt: skip
    path = tmp_path / "wrong.yml"
    path.write_text(yaml.safe_dump({"rules": wrong}, sort_keys=False), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_rules([path])
    told = [(found.values["rule"], found.code.split("rule_")[1]) for found in caught.value.findings]
    assert told == [
        ("a", "lacks"), ("b", "kind"), ("c", "bad_not_negative"), ("c", "bad_words"),
        ("d", "bad_codes"), ("d", "lacks"), ("e", "order"), ("f", "bad_number"), ("f", "key"),
        ("g", "bad_chance"), ("h", "bad_two_years"), ("h", "bad_words"), ("i", "bad_factors"),
        ("10", "id"), ("j", "bad_words"), ("j", "lacks"), ("12", "shape"),
        ("l", "bad_yes"), ("m", "bad_whole_numbers"), ("m", "bad_count"),
        ("m", "bad_number"), ("k", "twice"),
    ]  # fmt: skip
    for found in caught.value.findings:
        assert all(found.text(lang) for lang in LANGUAGES)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("rules: 3", "audit.file_shape"),
        ("rules: []\nmore: 1", "audit.file_shape"),
        ("rules: []", "audit.no_rules"),
        ("rules: [", "audit.file_not_yaml"),
        ("a: &a [1]\nb: {<<: {c: 1}}", "audit.file_not_yaml"),
        ("!!python/object/apply:os.system [ls]", "audit.file_not_yaml"),
        ("#" * 1_000_001, "audit.file_too_large"),
        (None, "audit.file_unreadable"),
    ],
)
def test_what_is_no_file_of_rules_is_refused(
    content: str | None, code: str, tmp_path: Path
) -> None:
    path = tmp_path / "rules.yml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_rules([path])
    assert [found.code for found in caught.value.findings] == [code]
    assert all(caught.value.findings[0].text(lang) for lang in LANGUAGES)


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(["id", "kind", "severity", "codes", "least", "most", "factors", "parts"]),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(),
            st.text(max_size=5),
            st.sampled_from([*KINDS, "error"]),
            st.lists(st.integers(), max_size=2),
            st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
        ),
    )
)
def test_any_rule_is_read_or_refused_in_words(tmp_path_factory, entry: dict) -> None:
    path = tmp_path_factory.mktemp("rules") / "rules.yml"
    path.write_text(yaml.safe_dump({"rules": [entry]}), encoding="utf-8")
    try:
        assert read_rules([path])
    except InputError as error:
        assert all(found.text(lang) for found in error.findings for lang in LANGUAGES)


# Tables beside the panel


def problems(call) -> list[tuple[str, int | None]]:
    with pytest.raises(InputError) as caught:
        call()
    for found in caught.value.findings:
        assert all(found.text(lang) for lang in LANGUAGES)
    return [(found.code, found.row) for found in caught.value.findings]


def test_totals_are_read_with_every_problem_in_them(tmp_path: Path) -> None:
    path = tmp_path / "totals.csv"
    path.write_text("代码,数值,范围,分组\ngdp,5,,\ngdp,3,region,east\n", encoding="utf-8")
    table = read_totals(path, 2023)
    assert table["scope"].tolist() == ["all", "region"]
    assert table[["year", "relation"]].to_numpy().tolist() == [[2023, "most"]] * 2
    path.write_text(
        "code,value,scope,group,relation,tolerance\ngdp,,,,,\ngdp,5,planet,x,,\n"
        "gdp,5,region,,,\ngdp,five,,,about,\ngdp,5,,,,-1\n",
        encoding="utf-8",
    )
    assert problems(lambda: read_totals(path, 2023)) == [
        ("table-not-number", 5), ("audit.totals_value", 2), ("audit.totals_word", 3),
        ("audit.totals_group", 4), ("audit.totals_word", 5), ("audit.totals_tolerance", 6),
    ]  # fmt: skip
    path.write_text("code,amount\ngdp,5\n", encoding="utf-8")
    assert problems(lambda: read_totals(path, 2023)) == [("audit.side_columns", None)]


def test_evidence_is_found_in_the_folder_of_the_panel(tmp_path: Path) -> None:
    for year in (2021, 2022, 2024):
        (tmp_path / f"{year}.evidence.csv").write_text(
            f"unit,code,value,source\nu,x,{year},book\n", encoding="utf-8"
        )
    files = evidence_files(tmp_path, 2023, None)
    table = read_evidence(files)
    assert table["value"].tolist() == table["year"].tolist() == [2021, 2022]
    assert table["basis"].tolist() == ["", ""]
    twice = tmp_path / "twice.csv"
    twice.write_text("unit,code\nu,x\nu,x\n", encoding="utf-8")
    assert problems(lambda: read_evidence({twice: 2023})) == [("audit.evidence_twice", 3)]
    assert evidence_files(tmp_path, 2023, twice) == {twice: 2023}
    assert problems(lambda: evidence_files(tmp_path, 2023, tmp_path / "no.csv"))


# Acceptances


def test_a_reason_stays_with_its_value_and_lapses_with_it(tmp_path: Path) -> None:
    path = tmp_path / "accepted.csv"
    path.write_text(
        "规则,开发区代码,代码,数值,接受理由,接受人\n"
        "r,a,x,-1,证明材料12号,王\nr,b,x,-9,曾为-9,王\nr,c,x,-3,,王\nr,d,x,4,没有此问题,王\n",
        encoding="utf-8",
    )
    data = data_of({"x": {2023: [-1.0, -2.0, -3.0, 4.0]}})
    found = findings_of(audit(data, [Range(**TEXTS, least=0)]))
    given = read_acceptances(path, 2023)
    result, notes = accept(found, given, 2023)
    reasons = [None if f.accepted is None else f.accepted.reason for f in result]
    assert reasons == ["证明材料12号", None, None]
    assert [(note.code, note.severity) for note in notes] == [
        ("audit.accept_changed", "warning"),
        ("audit.accept_idle", "note"),
    ]
    assert all(note.text(lang) for note in notes for lang in LANGUAGES)
    assert accept(found, [replace(each, year=2022) for each in given], 2023) == (found, ())


def test_a_mark_accepts_one_finding_until_what_it_is_held_against_changes(tmp_path: Path) -> None:
    def found(whole: float):
        data = data_of({"p": {2023: [-2.5]}, "q": {2023: [9.0]}, "w": {2023: [whole]}})
        limits = Range(**TEXTS, codes=("p",), least=0, whole=True)
        parts = Part(**TEXTS | {"id": "sum"}, parts=("p", "q"), whole="w")
        return {each.key: each for each in findings_of(audit(data, [limits, parts]))}

    before = found(5.0)
    lines = ["mark,rule,unit,code,value,reason"]
    for key, reason in (("range_low", "a loss"), ("part_sum", "two books")):
        each = before[key]
        lines.append(f"{each.mark},{each.rule.id},{each.unit},{each.code},{each.value},{reason}")
    path = tmp_path / "accepted.csv"
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    given = read_acceptances(path, 2023)
    result, notes = accept(list(before.values()), given, 2023)
    said = {each.key: each.accepted.reason for each in result if each.accepted is not None}
    assert (said, notes) == ({"range_low": "a loss", "part_sum": "two books"}, ())
    after, notes = accept(list(found(4.0).values()), given, 2023)
    assert [each.key for each in after if each.accepted is not None] == ["range_low"]
    assert [note.code for note in notes] == ["audit.accept_changed"]


def test_acceptances_are_read_with_every_problem_in_them(tmp_path: Path) -> None:
    path = tmp_path / "accepted.csv"
    path.write_text(
        f"rule,unit,code,value,reason\n,a,x,1,why\nr,a,x,one,why\nr,b,x,1,first\nr,b,x,1,other\n"
        f"r,c,x,1,{'long' * 600}\n",
        encoding="utf-8",
    )
    assert problems(lambda: read_acceptances(path, 2023)) == [
        ("table-not-number", 3), ("audit.accept_rule", 2), ("audit.accept_long", 6),
        ("audit.accept_twice", 5),
    ]  # fmt: skip


def test_a_province_is_known_by_its_code_and_by_its_name(tmp_path: Path) -> None:
    words = ["hubei", "Hubei", "湖北", "湖北省", "Elsewhere", ""]
    assert [province_code(word) for word in words] == [*["hubei"] * 4, "Elsewhere", ""]
    path = tmp_path / "totals.csv"
    path.write_text("code,value,scope,group\ngdp,5,province,湖北省\n", "utf-8")
    assert read_totals(path, 2023)["group"].tolist() == ["hubei"]
    labels = labels_of(find_framework("mofcom-2021"))
    assert [labels.group("province", "hubei", lang) for lang in ("zh", "en")] == ["湖北", "Hubei"]


# The command


def test_rows_are_as_high_as_their_texts(files: Path) -> None:
    run(files)
    sheet = openpyxl.load_workbook(lists(files / "out") / "findings.en.xlsx").worksheets[0]
    question = next(cell for cell in sheet[1] if cell.value == "question to the zone")
    width = sheet.column_dimensions[question.column_letter].width
    for row in range(2, sheet.max_row + 1):
        words = str(sheet.cell(row, question.column).value)
        assert sheet.row_dimensions[row].height >= 15 * len(words) / width


def test_the_list_says_what_was_planted(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(files, "--by-zone") == 0
    table = written(files)
    assert table[["rule", "unit", "code", "value"]].to_numpy().tolist() == [
        ["within", "u2", "pa", 120.0],
        # 12 after 10 is +20%; with real growth of 15% the deflator rose by 4.35%, within the band.
        # 120 after 20 is +500%, all of it real: a deflator of 0%.
    ]
    assert json.loads(table["numbers"][0]) == {"total": 120, "whole": 100}
    rules = pd.read_csv(lists(files / "out") / "rules.csv", keep_default_na=False).set_index("rule")
    assert rules["applied"].to_dict() == {"within": 2, "real": 2, "host": 0}
    assert rules.at["host", "not_applied_zh"] == "数据表没有所需的列"
    assert sorted(path.name for path in (lists(files / "out") / "zones").iterdir()) == [
        "u2.en.xlsx",
        "u2.zh.xlsx",
    ]
    assert "1 findings: 1 errors" in capsys.readouterr().out


def test_the_list_comes_back_with_a_reason(files: Path) -> None:
    assert run(files) == 0
    for lang in LANGUAGES:
        book = openpyxl.load_workbook(lists(files / "out") / f"findings.{lang}.xlsx")
        sheet = book.worksheets[0]
        heading = {"zh": "接受理由", "en": "reason for accepting"}[lang]
        column = next(cell.column for cell in sheet[1] if cell.value == heading)
        sheet.cell(2, column, "checked on site")
        book.save(files / f"back.{lang}.xlsx")
        assert run(files, "--accept", str(files / f"back.{lang}.xlsx"), out=f"again.{lang}") == 0
        table = written(files, f"again.{lang}")
        assert table[["status", "reason"]].to_numpy().tolist() == [["accepted", "checked on site"]]


def test_no_cell_is_a_formula_and_names_are_what_they_were(files: Path) -> None:
    text = PANEL.replace("2023,u2,=二,south,Yi,120,100,500", "2023,u2,=二,south,Yi,120,100,1")
    (files / "panel.csv").write_text(text, encoding="utf-8")
    assert run(files) == 0
    raw = pd.read_csv(lists(files / "out") / "findings.csv", dtype=str, keep_default_na=False)
    assert not [c for c in raw.to_numpy().ravel() if c and c[0] in "=+@\t"]
    assert set(raw["question_zh"]) >= {"{year} 年？"}  # taken as it is
    assert set(raw["question_en"]) >= {"'=1+1"}
    book = openpyxl.load_workbook(lists(files / "out") / "findings.en.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert {"=二", "=1+1"} <= {cell.value for cell in cells}


def test_the_same_input_gives_the_same_bytes(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(files, "--by-zone", out="one") == 0
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert run(files, "--by-zone", out="two") == 0
    one, two = (
        {path.name: path.read_bytes() for path in lists(files / out).rglob("*.*")}
        for out in ("one", "two")
    )
    assert one == two and len(one) == 7


def test_bad_input_is_told_at_once_and_leaves_nothing(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "bad.yml").write_text("rules: 1", encoding="utf-8")
    (files / "bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    bad = str(files / "bad.csv")
    more = ["--totals", bad, "--evidence", bad, "--accept", bad, "--rules", str(files / "bad.yml")]
    assert run(files, *more) == 2
    said = capsys.readouterr().err
    assert said.count("lacks the columns") == 3
    assert "one key, rules" in said
    assert not (files / "out").exists()
    (files / "out").mkdir()
    (files / "out" / "mine.txt").touch()
    assert run(files) == 2
    assert (files / "out" / "mine.txt").exists()


def test_a_panel_folder_brings_its_evidence(files: Path) -> None:
    folder = files / "panel"
    folder.mkdir()
    (folder / "panel.yml").write_text(
        "form: 1\nframework: framework.csv\nsynthetic: false\nsource_zh: ''\nsource_en: ''\n"
        "measures: {}\n",
        encoding="utf-8",
    )
    (folder / "framework.csv").write_text(FRAMEWORK, encoding="utf-8")
    header, *lines = PANEL.splitlines()
    for year in ("2022", "2023"):
        rows = [line for line in lines if line.startswith(year)]
        (folder / f"{year}.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    (folder / "2023.evidence.csv").write_text(
        "unit,code,value,source,date,basis,note\nu1,pa,12,book,2024-01,notice,\n",
        encoding="utf-8",
    )
    rules = ["rules:"] + [
        f"  {'- ' if at == 0 else '  '}{key}: {word}"
        for at, (key, word) in enumerate((TEXTS | {"kind": "evidence", "codes": "pa"}).items())
    ]
    (files / "evidence.yml").write_text("\n".join([*rules, ""]), encoding="utf-8")
    words = ["--panel", folder, "--rules", files / "evidence.yml", "--no-page"]
    words += ["--out", files / "out"]
    assert cli.main(["audit", *map(str, words)]) == 0
    found = written(files)
    assert found[["unit", "code", "status"]].to_numpy().tolist() == [["u2", "pa", "open"]]


def two_editions(folder: Path) -> Path:
    """Write a panel folder whose years 2020 and 2021 hold each what its own edition asks for."""
    folder.mkdir()
    (folder / "panel.yml").write_text(
        "form: 1\nframework: editions\nsynthetic: true\nsource_zh: 合成\nsource_en: made up\n",
        encoding="utf-8",
    )
    table = pd.read_csv("data/demo/panel.csv")
    table = table[table["unit"].isin(["E001", "C001", "W001"])]
    for year, own, other in ((2020, "2016", "2021"), (2021, "2021", "2016")):
        mine, theirs = (set(find_framework(f"mofcom-{each}").primitives) for each in (own, other))
        rows = table[table["year"] == year].drop(columns=sorted(theirs - mine))
        rows.assign(upgrade_year=2003).to_csv(folder / f"{year}.csv", index=False)
    return folder


def test_only_what_the_edition_of_the_year_needs_is_judged(tmp_path: Path) -> None:
    panel = two_editions(tmp_path / "panel")
    rows = pd.read_csv(panel / "2021.csv").set_index("unit")
    rows.loc["C001", ["gdp", "upgrade_year"]] = float("nan")
    rows.loc["E001", "va2"] = 1.0  # filled in by one zone, though the edition does not ask for it
    rows.reset_index().to_csv(panel / "2021.csv", index=False)
    _, work = make_audit(Request(panel=str(panel)), Asked(2021))
    named = [(f.rule.id, f.unit, f.code) for f in work.findings]
    assert [each for each in named if each[0] == "empty"] == [("empty", "C001", "gdp")]
    # Nothing is said of an attribute that happens to be a number, the same every year.
    assert "upgrade_year" not in {code for _, _, code in named}
    idle = {outcome.rule.id: outcome.why for outcome in work.outcomes if not outcome.applied}
    assert idle["part-tax"] == idle["host-gdp"] == idle["days"] == "no_column"
    assert all(idle.values())
    # A rule that names a column is on it, whoever needs it.
    named_rule = Missing(**TEXTS, codes=("va2",))
    assert {f.unit for f in audit(work.data, [named_rule])[0].findings} == {"C001", "W001"}


def test_no_acceptance_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "accepted.csv"
    path.write_text("rule,unit,code,value,reason\n", encoding="utf-8")
    assert read_acceptances(path, 2023) == ()
    pd.read_csv(path).to_excel(path.with_suffix(".xlsx"), index=False)
    assert read_acceptances(path.with_suffix(".xlsx"), 2023) == ()
    path.write_text("", encoding="utf-8")
    with pytest.raises(InputError):  # not even a header: no list of acceptances
        read_acceptances(path, 2023)


def test_nothing_to_keep_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    panel = two_editions(tmp_path / "panel")
    words = ["audit", "--panel", panel, "--no-page", "--keep", "--out", tmp_path / "out"]
    assert cli.main(list(map(str, words))) == 0
    assert not (panel / "accepted.csv").exists()
    assert "nothing to keep" in capsys.readouterr().err


def test_a_year_without_data_is_refused(files: Path) -> None:
    assert run(files, "--year", "2031") == 2
    assert run(files, "--year", "2022") == 0
    assert written(files, year=2022)["year"].tolist() == []


# The demonstration panel


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("audit") / "out"
    assert cli.main(["audit", "--year", "2023", "--no-page", "--out", str(out)]) == 0
    return lists(out)


def test_the_demonstration_panel_keeps_definitions_and_published_totals(
    demonstration: Path,
) -> None:
    table = pd.read_csv(demonstration / "findings.csv")
    rules = pd.read_csv(demonstration / "rules.csv").set_index("rule")
    # It is drawn within its wholes and brought to the totals of the notice of 3 January 2025.
    assert not table["severity"].eq("error").any()
    assert rules.loc[["total-gdp", "total-trade", "total-fdi"], "applied"].tolist() == [1, 1, 1]
    assert not table["rule"].str.startswith("total-").any()
    # The empty cells are those of the table of missing cells, as far as the edition needs them.
    empty = table[table["rule"] == "empty"]
    missing = pd.read_csv(Path("data/demo/panel.missing.csv"))
    missing = missing[missing["year"] == 2023]
    missing = missing[missing["item"].isin(find_framework("mofcom-2021").primitives)]
    assert len(missing)
    assert set(zip(empty["unit"], empty["code"], strict=True)) == set(
        zip(missing["unit"], missing["item"], strict=True)
    )


PLANTED = {
    # unit, column: what is entered (a function of last year's and this year's value), rule
    ("E010", "gdp"): (lambda before, now: -now, "not-negative"),
    ("E011", "n_listed"): (lambda before, now: now + 0.5, "whole-numbers"),
    ("E012", "iso9001"): (lambda before, now: 3, "yes-or-no"),
    ("E013", "n_green_titles"): (lambda before, now: 5, "green-titles"),
    ("E014", "responsibility"): (lambda before, now: 100.1, "rating"),
    ("E015", "population"): (lambda before, now: 0, "denominators"),
    ("E016", "startup_days"): (lambda before, now: 400, "days"),
    ("E017", "trade"): (lambda before, now: float("nan"), "empty"),
    ("E018", "revenue"): (lambda before, now: 1e4 * now, "jump-amounts"),  # the wrong unit
    ("E019", "employment"): (lambda before, now: 0.01 * now, "jump-people"),
    ("E020", "patents"): (lambda before, now: 100 * now, "jump-counts"),
    ("E021", "energy"): (lambda before, now: 10 * now, "jump-physical"),
    ("E022", "fdi_incl"): (lambda before, now: 1000 * now, "jump-capital"),
    ("E023", "host_gdp"): (lambda before, now: 100 * now, "jump-host"),
    ("E024", "land_planned"): (lambda before, now: 100 * now, "jump-land"),
    ("C010", "va2"): (lambda before, now: 100 * now, "part-gdp-sectors"),
    ("C011", "trade_ht"): (lambda before, now: 100 * now, "part-trade-ht"),
    ("C012", "sewage_treated"): (lambda before, now: 100 * now, "part-sewage-treated"),
    ("C013", "n_ht_firms"): (lambda before, now: 10**7, "part-n-ht-firms"),
    ("C014", "fdi"): (lambda before, now: 1e5, "host-fdi"),
    ("C015", "revenue"): (lambda before, now: before, "copied"),
    ("C016", "host_trade"): (lambda before, now: before, "copied"),
    ("W018", "nox"): (lambda before, now: before, "copied"),
    ("W011", "O2"): (lambda before, now: 99.9, "growth-O2"),
    ("W012", "T1"): (lambda before, now: 77.7, "share-T1"),
    ("W013", "gdp_real_growth"): (lambda before, now: 60.0, "real-gdp"),
    ("W014", "gdp_real_growth"): (lambda before, now: -120.0, "real-growth-range"),
    ("W015", "cod"): (lambda before, now: 0, "jump-physical"),
    ("W016", "tax"): (lambda before, now: 1e5 * now, "part-tax"),
    ("W017", "co2_ind"): (lambda before, now: 100 * now, "part-co2-ind"),
}


def test_thirty_planted_errors_are_all_named_and_other_zones_are_left_alone() -> None:
    inputs = read_one_year(Request(), 2023)
    before = audit_data(inputs.reading.panel, inputs.panel, 2023)
    reported = before.reported.copy()
    # Items that a form asks for beside their primitives, filled in rightly to begin with.
    for code in ("O2", "T1"):
        reported[code] = before.derived[code]
    gdp = reported["gdp"].unstack("unit")
    reported["gdp_real_growth"] = (100 * (gdp / gdp.shift() / 1.02 - 1)).stack()
    clean = replace(before, reported=reported)
    planted = reported.copy()
    for (unit, code), (entered, _) in PLANTED.items():
        last, now = (float(reported.at[(year, unit), code]) for year in (2022, 2023))
        planted.loc[(2023, unit), code] = entered(last, now)
    rules = read_rules()
    found = {(f.unit, f.rule.id, f.code) for f in findings_of(audit(clean, rules))}
    now = {
        (f.unit, f.rule.id, f.code)
        for f in findings_of(audit(replace(clean, reported=planted), rules))
    }
    assert len(PLANTED) == 30
    named = {(unit, rule) for unit, rule, _ in now}
    assert [(key, rule) for key, (_, rule) in PLANTED.items() if (key[0], rule) not in named] == []
    # What is new concerns the zones in which something was planted, the sums, and no other.
    zones = {unit for unit, _ in PLANTED} | {""}
    assert {unit for unit, _, _ in now - found} <= zones


def test_a_name_that_is_a_path_makes_no_file_elsewhere(files: Path) -> None:
    (files / "panel.csv").write_text(PANEL.replace("u2", "../../../u2"), encoding="utf-8")
    assert run(files, "--by-zone") == 0
    books = sorted(path for path in files.rglob("*.zh.xlsx"))
    assert [path.parent for path in books] == [lists(files / "out"), lists(files / "out") / "zones"]


def test_lists_on_synthetic_data_look_it(demonstration: Path) -> None:
    for lang, word in (("zh", "合成数据"), ("en", "synthetic")):
        book = openpyxl.load_workbook(demonstration / f"findings.{lang}.xlsx")
        assert word in book.sheetnames[0]
        for sheet in book:
            assert word in sheet.oddHeader.center.text.lower()


def test_every_finding_on_the_demonstration_panel_names_what_it_is_about(
    demonstration: Path,
) -> None:
    table = pd.read_csv(demonstration / "findings.csv", keep_default_na=False)
    for lang in LANGUAGES:
        assert not table[f"message_{lang}"].str.contains(r"[{}]|nan|e\+", regex=True).any()
        assert table[f"question_{lang}"].str.len().min() > 5


def test_labels_tell_names_and_codes_stand_in_for_unknown_ones() -> None:
    labels = labels_of(find_framework("mofcom-2021"))
    assert (labels.code("gdp", "zh"), labels.code("gdp", "en")) == (
        "地区生产总值",
        "Gross regional product",
    )
    assert labels.code("mine", "en") == "mine"
    data = data_of({"va2": {2023: [2.0]}, "gdp": {2023: [1.0]}})
    (found,) = findings_of(audit(data, [Part(**TEXTS, parts=("va2",), whole="gdp")]))
    assert message(found, labels, "zh") == "第二产业增加值为2，大于地区生产总值的1。"
    assert "please check" in question(found, labels, "en")


def test_the_other_kinds_are_made_from_a_file(files: Path) -> None:
    rules = read_rules([files / "rules.yml"])
    assert isinstance(rules[1], Real) and rules[1].same == ("basis", "currency", "boundary")
    assert not any(isinstance(rule, Jump) for rule in rules)
