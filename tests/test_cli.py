"""The command line: what it takes, what it says, and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared_data import validation

from analysis.core.findings import InputError
from analysis.reporting import cli
from analysis.reporting.cli.messages import language
from analysis.reporting.inputs import parse_years
from analysis.reporting.workspace import folder_name, open_workspace
from analysis.texts import spans

FRAMEWORK = """code,parent,name_zh,name_en,weight,direction,unit,evidence,source
index,,指数,Index,1,,,,
a,index,甲,Alpha,3,1,,,
b,index,乙,Beta,1,-1,,,
"""
# Plain min-max from 0 to 100, nothing treated: every score below is done by hand.
METHOD = """title_zh: 手算
title_en: By hand
treatment: {rule: none}
normalisation: {rule: minmax, lower: 0, upper: 100}
aggregation: {rule: arithmetic}
missing: {rule: none}
"""
PANEL = """unit,year,name,region,a,b
u1,2020,一,north,0,10
u2,2020,二,north,5,20
u3,2020,三,south,10,10
u4,2020,四,south,,30
u1,2021,一,north,1,1
u2,2021,二,north,2,2
"""


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "framework.csv").write_text(FRAMEWORK, encoding="utf-8")
    (tmp_path / "method.yml").write_text(METHOD, encoding="utf-8")
    (tmp_path / "panel.csv").write_text(PANEL, encoding="utf-8")
    return tmp_path


def score(files: Path, out: str = "scores.csv", **options: str) -> int:
    words = {"panel": "panel.csv", "framework": "framework.csv", "method": "method.yml"} | options
    arguments = [f"--{name}={files / value}" for name, value in words.items() if name != "years"]
    arguments += [f"--years={options['years']}"] if "years" in options else []
    return cli.main(["score", *arguments, f"--out={files / out}"])


# Scores


def test_scores_are_those_done_by_hand(files: Path) -> None:
    assert score(files) == 0
    table = pd.read_csv(files / "scores.csv")
    expected = ["year", "region", "unit", "node", "level", "score", "rank", "region_rank"]
    assert list(table.columns) == expected
    # 2020: a is 0, 50, 100; b, lower being better, is 100, 50, 100, 0 on 10 to 30.
    index = table[(table["year"] == 2020) & (table["node"] == "index")].set_index("unit")
    assert index["score"].round(9).to_dict() == pytest.approx(
        {"u1": 25.0, "u2": 50.0, "u3": 100.0, "u4": float("nan")}, nan_ok=True
    )
    assert index["rank"].fillna(0).to_dict() == {"u1": 3, "u2": 2, "u3": 1, "u4": 0}
    assert index["region_rank"].fillna(0).to_dict() == {"u1": 2, "u2": 1, "u3": 1, "u4": 0}
    beta = table[(table["year"] == 2020) & (table["node"] == "b")].set_index("unit")
    assert beta["rank"].to_dict() == {"u1": 1, "u2": 3, "u3": 1, "u4": 4}
    assert set(table["level"]) == {1, 2}
    assert set(table.loc[table["node"] == "index", "level"]) == {2}


def test_the_ending_chooses_the_format(files: Path) -> None:
    for ending in ("csv", "parquet", "xlsx"):
        assert score(files, f"s.{ending}") == 0
    csv = pd.read_csv(files / "s.csv")
    parquet = pd.read_parquet(files / "s.parquet")
    excel = pd.read_excel(files / "s.xlsx")
    for other in (parquet, excel):
        pd.testing.assert_frame_equal(csv, other, check_dtype=False)


def test_the_same_table_in_any_form_gives_the_same_scores(files: Path) -> None:
    wide = pd.read_csv(files / "panel.csv")
    long = wide.melt(["unit", "year", "name", "region"], var_name="item")
    wide.to_csv(files / "gb.csv", index=False, encoding="gb18030")
    wide.to_excel(files / "panel.xlsx", index=False)
    wide.to_parquet(files / "panel.parquet", index=False)
    long.to_csv(files / "long.csv", index=False, encoding="utf-8-sig")
    wide.rename(columns={"a": "Alpha", "b": "乙", "unit": "uCode", "year": "Time"}).to_csv(
        files / "named.csv", index=False
    )
    assert score(files) == 0
    expected = (files / "scores.csv").read_bytes()
    for panel in ("gb.csv", "panel.xlsx", "panel.parquet", "long.csv", "named.csv"):
        assert score(files, "other.csv", panel=panel) == 0, panel
        assert (files / "other.csv").read_bytes() == expected, panel


def test_units_may_stand_in_a_table_of_their_own(files: Path) -> None:
    assert score(files) == 0
    wide = pd.read_csv(files / "panel.csv")
    wide.drop(columns=["name", "region"]).to_csv(files / "values.csv", index=False)
    wide[["unit", "name", "region"]].drop_duplicates().to_csv(files / "units.csv", index=False)
    assert score(files, "other.csv", panel="values.csv", units="units.csv") == 0
    assert (files / "other.csv").read_bytes() == (files / "scores.csv").read_bytes()


def test_years_are_chosen(files: Path) -> None:
    assert score(files, years="2021") == 0
    assert set(pd.read_csv(files / "scores.csv")["year"]) == {2021}


def test_a_year_that_is_not_there_is_bad_input(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert score(files, years="2019-2021") == 2
    said = capsys.readouterr().err
    assert "2019" in said and "2020-2021" in said
    assert not (files / "scores.csv").exists()


def test_hdi_through_the_command(tmp_path: Path) -> None:
    panel = validation("hdi/hdr2122_panel.csv")
    out = tmp_path / "hdi.csv"
    arguments = ["score", "--panel", str(panel), "--framework", "undp-hdi", "--out", str(out)]
    assert cli.main(arguments) == 0
    scores = pd.read_csv(out, keep_default_na=False, na_values=[""])
    scores = scores[scores["node"] == "hdi"].set_index(["year", "unit"])["score"]
    published = pd.read_csv(panel).set_index(["year", "iso3"])["hdi_published"].dropna()
    published.index.names = ["year", "unit"]
    ours = scores.reindex(published.index)
    assert len(published) > 5000
    assert ((ours * 1000).round() / 1000 - published).abs().max() < 1e-9


# Bad input


def test_every_problem_is_told_at_once(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = PANEL.replace("5,20", "five,20").replace("u3,2020,三,south,10", "u1,2020,三,south,10")
    (files / "bad.csv").write_text(bad, encoding="utf-8")
    assert score(files, panel="bad.csv") == 2
    said = capsys.readouterr().err
    assert "five" in said and "u1" in said
    assert "row 3" in said and "row 4" in said
    assert "Traceback" not in said
    assert not (files / "scores.csv").exists()


def test_bad_rows_can_be_left_out(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "bad.csv").write_text(PANEL.replace("5,20", "five,20"), encoding="utf-8")
    arguments = [
        f"--{n}={files / f'{n}.{e}'}" for n, e in (("framework", "csv"), ("method", "yml"))
    ]
    arguments += [f"--panel={files / 'bad.csv'}", f"--out={files / 's.csv'}", "--skip-bad"]
    assert cli.main(["score", *arguments]) == 0
    assert "rows read 6, used 5, refused 1" in capsys.readouterr().err
    table = pd.read_csv(files / "s.csv")
    assert set(table.loc[table["year"] == 2020, "unit"]) == {"u1", "u3", "u4"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["score", "--framework", "undp-hdy", "--out", "s.csv"], "undp-hdi"),
        (["score", "--framework", "undp-hdi", "--out", "s.csv"], "--panel"),
        (["score", "--framework", "undp-hdi", "--panel", "no.csv", "--out", "s.csv"], "no.csv"),
        (["score", "--framework", "undp-hdi", "--method", "minmx", "--out", "s.csv"], "minmax"),
        (["score", "--out", "s.doc"], ".parquet"),
        (["score", "--out", "no/where/s.csv"], "no/where"),
        (["run", "--years", "20x9"], "20x9"),
        (["run", "--years", "2023-2019"], "2023-2019"),
        (["run", "--notebooks", "01_score"], "01_scores"),
        (["run", "--notebooks", "nothing"], "01_scores"),
        (["run", "--renderer", "quarto"], "--renderer pandoc"),
        (["check", "--framework", "undp-hdi", "--panel", "no.csv"], "no.csv"),
    ],
)
def test_bad_input_ends_with_two_and_says_what_to_do(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.defpath)
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert said in captured.err + captured.out
    assert "Traceback" not in captured.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["scoer"], "score"),
        (["score"], "--out"),
        (["run", "--langs", "zh"], "--lang"),
        (["run", "--lang", "fr"], "zh"),
        (["run", "--to", "docx"], "html"),
        (["run", "--workers", "0"], "--workers"),
        (["run", "--renderer", "latex"], "--renderer"),
    ],
)
def test_a_wrong_command_line_ends_with_two(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    captured = capsys.readouterr().err
    assert said in captured and "Usage:" in captured


def test_an_unexpected_error_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the bottom fell out\nand more")

    monkeypatch.setattr("analysis.core.catalogue.list_frameworks", broken)
    assert cli.main(["frameworks"]) == 1
    said = capsys.readouterr().err
    assert "the bottom fell out" in said and "--debug" in said
    assert "Traceback" not in said
    assert cli.main(["frameworks", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


# Checking


def test_check_lists_problems_and_makes_nothing(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "bad.csv").write_text(PANEL.replace("5,20", "five,20"), encoding="utf-8")
    arguments = ["check", "--framework", str(files / "framework.csv")]
    before = sorted(files.iterdir())
    assert cli.main([*arguments, "--panel", str(files / "panel.csv")]) == 0
    assert cli.main([*arguments, "--panel", str(files / "bad.csv")]) == 2
    captured = capsys.readouterr()
    assert "five" in captured.out + captured.err
    assert sorted(files.iterdir()) == before
    out = files / "problems.xlsx"
    assert cli.main([*arguments, "--panel", str(files / "bad.csv"), "--out", str(out)]) == 2
    table = pd.read_excel(out)
    error = table[table.iloc[:, 0] == table.iloc[0, 0]]
    assert 3 in set(error.to_numpy(dtype=object).ravel())


# Words


def test_frameworks_are_listed_with_their_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["frameworks"]) == 0
    lines: dict[str, list[str]] = {}
    for line in filter(None, capsys.readouterr().out.splitlines()):
        lines.setdefault(line.split()[0], line.split())
    for name, items in (("mofcom-2021", 30), ("mofcom-2016", 53), ("undp-hdi", 4)):
        counts = [int(word) for word in lines[name][1:6]]
        assert counts[0] == items == sum(counts[1:])


@pytest.mark.parametrize("command", [None, *cli.jingkai.commands])
def test_help_has_examples(command: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*([command] if command else []), "--help"]) == 0
    said = capsys.readouterr().out
    assert "Examples:" in said and f"jingkai {command or 'run'}" in said


def test_help_is_in_the_language_of_the_terminal() -> None:
    program = "import sys; from analysis.reporting.cli import main; sys.exit(main())"
    for words, expected in ((["run", "--help"], "示例："), (["run", "--lang", "x"], "用法：")):
        done = subprocess.run(
            [sys.executable, "-c", program, *words],
            env=os.environ | {"LC_ALL": "zh_CN.UTF-8", "PYTHONUTF8": "1"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert expected in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LC_MESSAGES": "zh_TW", "LANG": "en_GB.UTF-8"}, "zh"),
        ({"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, "zh"),
    ],
)
def test_language_of_messages(environment: dict[str, str], expected: str) -> None:
    assert language(environment) == expected


# Parts


def test_years_in_words() -> None:
    assert parse_years("2019-2021, 2023") == (2019, 2020, 2021, 2023)
    assert parse_years("2021，2020") == (2020, 2021)
    for bad in ("", "19", "2019-", "2021-2019", "2019;2020", "２０１９"):
        with pytest.raises(InputError):
            parse_years(bad)


@given(st.sets(st.integers(1000, 9999), min_size=1, max_size=30))
def test_spans_and_years_are_inverse(years: set[int]) -> None:
    assert parse_years(spans(years)) == tuple(sorted(years))


@given(st.lists(st.text(max_size=60), min_size=2, max_size=2, unique=True))
def test_a_region_names_a_safe_folder_of_its_own(words: list[str]) -> None:
    one, other = (folder_name(word) for word in words)
    assert one != other
    for name in (one, other):
        assert name not in ("", ".", "..", "all") and not name.startswith((".", "_"))
        assert Path("x", name).parts == ("x", name) and name.isascii() and len(name) <= 40


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(InputError):
        open_workspace(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]
