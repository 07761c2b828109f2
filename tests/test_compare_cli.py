"""``jingkai compare``: two frameworks on one panel, from tables on disk to files on disk."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from analysis.reporting import cli, picture_files
from analysis.reporting.editions.compare_inputs import read_pair
from analysis.reporting.editions.compare_work import framework_names
from analysis.reporting.inputs import Request
from analysis.texts import text

HEADER = "code,parent,name_zh,name_en,weight,direction,unit,evidence,kind,source\n"
TREE = """index,,指数,Index,1,,,,,
g,index,甲类,Group G,{g},,,,,
h,index,乙类,Group H,{h},,,,,
a,g,甲,Alpha,1,1,,named,level,
b,h,乙,Beta,1,1,,proxy,share,
"""
METHOD = """title_zh: 手算
title_en: By hand
treatment: {rule: none}
normalisation: {rule: minmax, lower: 0, upper: 100}
aggregation: {rule: arithmetic}
missing: {rule: none}
"""
# With a weight w of group g: u1 has 100 w, u2 100 (1 - w), u3 40, u4 0.
PANEL = """unit,year,name,region,a,b,c
u1,2020,一,north,10,0,1
u2,2020,二,north,0,10,2
u3,2020,三,south,4,4,3
u4,2020,四,south,0,0,4
u1,2019,一,north,1,2,1
u2,2019,二,north,2,1,2
"""
TABLES = (
    "attribution", "causes", "crosswalk", "flows", "hybrid_groups", "hybrids", "left_out",
    "movers", "ranks", "rewards", "similarity",
)  # fmt: skip
DRAWN = ("draws", "firmness", "measures", "unit_shifts")
CAUSES = ("groups", "items", "weights", "normalisation")


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setattr(picture_files, "DPI", 30)  # small pictures are soon written


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    third = TREE.format(g=1, h=1) + "c,h,丙,Gamma,1,-1,,proxy,growth,\n"
    for name, content in (
        ("even.csv", HEADER + TREE.format(g=1, h=1)),
        ("uneven.csv", HEADER + TREE.format(g=3, h=1)),
        ("third.csv", HEADER + third),
        ("method.yml", METHOD),
        ("panel.csv", PANEL),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def compare(old: str, new: str, *arguments: str, out: str = "out") -> int:
    given = [f"--framework={old}", f"--framework={new}", "--method=method.yml", "--lang=en"]
    return cli.main(["compare", "--panel=panel.csv", *given, f"--out={out}", *arguments])


def table(files: Path, name: str, out: str = "out") -> pd.DataFrame:
    return pd.read_csv(files / out / f"{name}.csv", keep_default_na=False, na_values=[""])


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# What the files hold


def test_a_year_that_one_framework_lacks_is_left_out(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without = "u1,2018,一,north,1,2,\nu2,2018,二,north,2,1,\n"  # no value of the third item
    (files / "panel.csv").write_text(PANEL + without, encoding="utf-8")
    assert compare("even.csv", "third.csv", "--years=2018-2020", "--draws=0") == 2
    assert "2018" in capsys.readouterr().err
    assert compare("even.csv", "third.csv", "--draws=0") == 0
    assert set(table(files, "ranks")["year"]) == {2019, 2020}
    assert text("finding.compare.left_out", "en", years="2018") in capsys.readouterr().err


def test_two_groups_by_hand(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare("even.csv", "uneven.csv", "--years=2020", "--draws=50", "--methods=none") == 0
    ranks = table(files, "ranks").set_index("unit")
    assert ranks["score_old"].to_dict() == {"u1": 50, "u2": 50, "u3": 40, "u4": 0}
    assert ranks["score_new"].to_dict() == {"u1": 75, "u2": 25, "u3": 40, "u4": 0}
    assert ranks["rank_old"].to_dict() == {"u1": 1, "u2": 1, "u3": 3, "u4": 4}
    assert ranks["rank_new"].to_dict() == {"u1": 1, "u2": 3, "u3": 2, "u4": 4}
    assert ranks["shift"].to_dict() == {"u1": 0, "u2": -2, "u3": 1, "u4": 0}
    assert ranks["region_shift"].to_dict() == {"u1": 0, "u2": -1, "u3": 0, "u4": 0}
    # Mean ranks 1.5, 1.5, 3, 4 and 1, 3, 2, 4: 3 / sqrt(4.5 * 5).
    similar = table(files, "similarity").fillna({"region": ""}).set_index("region")
    assert similar.loc["", "spearman"] == pytest.approx(3 / np.sqrt(22.5), abs=1e-9)
    assert similar.loc["", "mean_shift"] == pytest.approx(0.75)
    assert similar.loc["", "max_shift"] == 2
    assert list(similar.index) == ["", "north", "south"]
    assert np.isnan(similar.loc["north", "kept_top"])
    # Nothing differs but the weights of groups, so all of every shift is theirs.
    shifts = table(files, "attribution").set_index("unit")
    assert shifts["rank_groups"].to_dict() == ranks["shift"].to_dict()
    for cause in CAUSES[1:]:
        assert not shifts[[f"rank_{cause}", f"score_{cause}"]].to_numpy().any()
    flows = table(files, "flows")
    assert flows["weight_old"].tolist() == [0.5, 0.5]
    assert flows["weight_new"].tolist() == [0.75, 0.25]
    assert set(table(files, "crosswalk")["relation"]) == {"kept"}
    kinds = table(files, "rewards").query("aspect == 'kind'").set_index(["framework", "word"])
    assert kinds["weight"].to_dict() == {
        ("old", "level"): 0.5,
        ("old", "share"): 0.5,
        ("new", "level"): 0.75,
        ("new", "share"): 0.25,
    }
    said = capsys.readouterr()
    assert "Items matched by code: 2 kept (of 2" in said.err
    assert "ranks move by 0.8 places on average and 2 at most" in said.out


def test_movers_have_their_reasons(files: Path) -> None:
    assert compare("even.csv", "uneven.csv", "--years=2020", "--draws=0") == 0
    movers = table(files, "movers").set_index("unit")
    assert list(movers.index) == ["u2", "u3"]  # the largest shift first, none that stayed
    assert movers["cause"].tolist() == ["groups", "groups"]
    assert movers["cause_places"].tolist() == [-2, 1]
    # u2 has all of its score from b, which the new framework weighs less, and none from a.
    assert movers.loc["u2", ["group_old", "group_new"]].tolist() == ["h", "g"]
    # a adds 0.75 * (0 - 35), the scores 75, 25, 40, 0 have a spread of 27.1570...
    spread = np.std([75, 25, 40, 0])
    assert movers.loc["u2", "group_new_part"] == pytest.approx(0.75 * -35 / spread, abs=1e-8)
    assert movers.loc["u2", "reason_en"] == (
        "Mainly groups and their weights (-2.0 of -2 places). Under the old framework helped most"
        f" by Group H (+{0.5 * 65 / np.std([50, 50, 40, 0]):.2f}). Under the new held back most by"
        f" Group G ({0.75 * -35 / spread:.2f})."
    )
    assert "甲类" in movers.loc["u2", "reason_zh"]


def test_all_files_are_there_and_listed_in_the_help(files: Path) -> None:
    assert compare("even.csv", "third.csv", "--draws=20", "--methods=none") == 0
    names = {path.stem for path in (files / "out").glob("*.csv")}
    assert names == {*TABLES, *DRAWN}
    for lang in ("zh", "en"):
        words = text("cli.compare.help", lang)
        assert all(f"{name}.csv" in words for name in names)
    pictures = {path.name for path in (files / "out" / "figures" / "en").iterdir()}
    drawn = (
        "flows", "rewards_kind", "rewards_evidence", "slope", "bump", "attribution_rank",
        "attribution_score", "attribution_movers",
    )  # fmt: skip
    assert pictures == {f"{name}.{ending}" for name in drawn for ending in ("svg", "png")}


def test_parts_sum_for_every_unit_and_year_and_swapping_negates(files: Path) -> None:
    assert compare("even.csv", "third.csv", "--draws=0") == 0
    assert compare("third.csv", "even.csv", "--draws=0", out="back") == 0
    there, back = (table(files, "attribution", out) for out in ("out", "back"))
    assert set(there["year"]) == {2019, 2020}
    for what in ("score", "rank"):
        parts = [f"{what}_{cause}" for cause in CAUSES]
        assert there[parts].sum(axis=1).to_numpy() == pytest.approx(there[f"{what}_shift"])
        assert there[parts].to_numpy() == pytest.approx(-back[parts].to_numpy(), abs=1e-9)
    assert there["rank_items"].abs().max() > 0


def test_a_framework_with_itself_gives_zero_everywhere(files: Path) -> None:
    assert compare("even.csv", "even.csv", "--draws=30", "--methods=none") == 0
    shifts = table(files, "attribution")
    parts = [f"{what}_{part}" for what in ("score", "rank") for part in ("shift", *CAUSES)]
    assert not shifts[parts].to_numpy().any()
    assert table(files, "movers").empty
    assert table(files, "similarity")["mean_shift"].eq(0).all()
    about = yaml.safe_load((files / "out" / "about.yml").read_text(encoding="utf-8"))
    assert about["names"] == ["even / method / 1", "even / method / 2"]


def test_weights_that_cannot_vary_hold_every_statement(files: Path) -> None:
    # Each group has one item, and the weights of groups are as given: every draw is the nominal.
    assert compare("even.csv", "uneven.csv", "--draws=40", "--methods=none") == 0
    shares = table(files, "firmness")
    assert len(shares) and shares["draws_share"].eq(1).all()
    assert shares["draws"].eq(40).all() and shares["year"].eq(2020).all()
    assert "panels" not in shares
    units = table(files, "unit_shifts").set_index("unit")
    assert units["shift"].to_dict() == {"u1": 0, "u2": -2, "u3": 1, "u4": 0}
    assert units["q05"].tolist() == units["q95"].tolist() == units["shift"].tolist()
    assert len(table(files, "draws")) == 40


def test_without_draws_there_are_no_files_of_draws(files: Path) -> None:
    assert compare("even.csv", "uneven.csv", "--draws=0") == 0
    assert {path.stem for path in (files / "out").glob("*.csv")} == set(TABLES)
    about = yaml.safe_load((files / "out" / "about.yml").read_text(encoding="utf-8"))
    assert about["draws"] is None


def test_a_crosswalk_of_ones_own(files: Path) -> None:
    other = TREE.replace("a,g,", "x,g,").format(g=1, h=1)
    (files / "other.csv").write_text(HEADER + other, encoding="utf-8")
    wide = pd.read_csv("panel.csv")
    wide.assign(x=wide["a"]).to_csv("panel.csv", index=False)
    links = "old,new,relation\na,x,kept\nb,b,kept\n"
    (files / "links.csv").write_text(links, encoding="utf-8")
    assert compare("even.csv", "other.csv", "--draws=0", "--crosswalk=links.csv") == 0
    assert table(files, "attribution")["score_shift"].abs().max() == 0
    about = yaml.safe_load((files / "out" / "about.yml").read_text(encoding="utf-8"))
    assert about["crosswalk"]["from"] == "file"
    assert about["crosswalk"]["items"]["kept"] == {"old": 2, "new": 2}
    # By code a and x are two items.
    assert compare("even.csv", "other.csv", "--draws=0", "--crosswalk=codes") == 0
    assert table(files, "crosswalk")["relation"].tolist() == ["dropped", "kept", "new"]


def test_two_methods_on_one_framework_differ_in_the_normalisation_alone(files: Path) -> None:
    score = METHOD.replace("{rule: minmax, lower: 0, upper: 100}", "{rule: rank}")
    (files / "ranked.yml").write_text(score, encoding="utf-8")
    assert compare("even.csv", "even.csv", "--method=ranked.yml", "--draws=0") == 0
    shifts = table(files, "attribution")
    assert shifts["score_shift"].abs().max() > 0
    assert shifts["score_normalisation"].to_numpy() == pytest.approx(shifts["score_shift"])
    about = yaml.safe_load((files / "out" / "about.yml").read_text(encoding="utf-8"))
    assert about["names"] == ["even / method", "even / ranked"]


def test_levels_that_are_one_of_two_methods_are_drawn_as_the_same_choices(files: Path) -> None:
    # Of "by hand" no treatment is its own, and minmax its own normalisation; of the other neither.
    other = METHOD.replace("{rule: none}\nnormalisation", "{rule: jrc}\nnormalisation")
    other = other.replace("{rule: minmax, lower: 0, upper: 100}", "{rule: zscore}")
    (files / "other.yml").write_text(other, encoding="utf-8")
    given = ("--method=other.yml", "--draws=300", "--years=2020")
    assert compare("even.csv", "third.csv", *given) == 0
    draws = table(files, "draws")
    assert set(draws["treatment"]) == {"base", "none"}
    assert set(draws["normalisation"]) == {"minmax", "zscore"}
    # 2/3 and 1/3 are the chances of minmax under the one and the other: the mean is 1/2.
    assert draws["normalisation"].eq("minmax").mean() == pytest.approx(0.5, abs=0.12)


def test_rows_that_one_framework_refuses_take_no_part(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("panel.csv").write_text(PANEL.replace("4,4,3", "4,4,three"), encoding="utf-8")
    assert compare("even.csv", "third.csv", "--draws=0", "--years=2020") == 2
    assert "three" in capsys.readouterr().err
    assert compare("even.csv", "third.csv", "--draws=0", "--years=2020", "--skip-bad") == 0
    assert set(table(files, "ranks")["unit"]) == {"u1", "u2", "u4"}
    assert "1 unit-years were read for one of the two only" in capsys.readouterr().err


def test_the_demonstration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "editions"
    given = ["--years=2023", "--draws=60", "--lang=en", f"--out={out}"]
    assert cli.main(["compare", "--framework=mofcom-2016", "--framework=mofcom-2021", *given]) == 0
    said = capsys.readouterr()
    assert "mofcom-2016-2021, as shipped" in said.err
    # What is found on made-up data is marked before it is told.
    assert said.out.startswith("The data are synthetic")
    shifts = pd.read_csv(out / "attribution.csv")
    assert len(shifts) > 200
    for what in ("score", "rank"):
        parts = shifts[[f"{what}_{cause}" for cause in CAUSES]].sum(axis=1)
        assert parts.to_numpy() == pytest.approx(shifts[f"{what}_shift"].to_numpy(), abs=1e-8)
    shares = pd.read_csv(out / "firmness.csv")
    assert shares["draws"].eq(60).all()
    assert shares["panels"].ge(200).all()  # and panels from the generator beside the draws
    assert "synthetic panels" in said.out


# Whatever is asked


def test_the_same_bytes_again_in_another_place(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ("--draws=30", "--years=2020", "--lang=zh")
    assert compare("even.csv", "third.csv", *given) == 0
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    (files / "deeper").mkdir()
    assert compare("even.csv", "third.csv", *given, out="deeper/again") == 0
    assert contents(files / "out") == contents(files / "deeper" / "again")
    assert compare("even.csv", "third.csv", *given, "--seed=1", out="other") == 0
    assert contents(files / "out")["draws.csv"] != contents(files / "other")["draws.csv"]


def test_hostile_names(files: Path) -> None:
    hostile = PANEL.replace("一", '"=1+1"').replace("二", "<script>alert(1)</script>")
    hostile = hostile.replace("三", "$\\frac{1}{0}$").replace("north", "=region")
    Path("panel.csv").write_text(hostile, encoding="utf-8")
    framework = (files / "uneven.csv").read_text(encoding="utf-8")
    (files / "uneven.csv").write_text(framework.replace("Group G", "<b>$x^$"), encoding="utf-8")
    assert compare("even.csv", "uneven.csv", "--draws=20", "--methods=none") == 0
    for name in ("ranks", "attribution", "movers", "unit_shifts"):
        rows = (files / "out" / f"{name}.csv").read_text(encoding="utf-8")
        assert ",=1+1" not in rows and ",=region" not in rows
    for path in (files / "out" / "figures").rglob("*.svg"):
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
        assert "<script" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--framework=even.csv"], ["takes two frameworks", "even.csv"]),
        (["--framework=even.csv"] * 3, ["takes two frameworks", "3"]),
        (["--framework=no", "--framework=nor"], ["“no”", "“nor”"]),
        (["--framework=even.csv", "--framework=third.csv", "--years=2020,2031"], ["2031", "2019"]),
        (
            ["--framework=even.csv", "--framework=third.csv", *["--method=method.yml"] * 3],
            ["Two methods"],
        ),
        (["--framework=even.csv", "--framework=third.csv", "--weights=bent"], ["bent"]),
        (["--framework=even.csv", "--framework=third.csv", "--crosswalk=no.csv"], ["no.csv"]),
    ],
)
def test_what_is_wrong_is_said_and_nothing_written(
    files: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: list[str]
) -> None:
    assert cli.main(["compare", "--panel=panel.csv", "--out=out", *arguments]) == 2
    said = capsys.readouterr().err
    assert all(word in said for word in words), said
    assert "Traceback" not in said
    assert not (files / "out").exists()


def test_every_problem_of_a_crosswalk_at_once(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    links = "old,new,relation\na,zz,kept\nyy,b,kept\n,c,news\n"
    (files / "links.csv").write_text(links, encoding="utf-8")
    assert compare("even.csv", "third.csv", "--crosswalk=links.csv") == 2
    said = capsys.readouterr().err
    assert all(word in said for word in ("zz", "yy", "news")), said


def test_frameworks_with_tables_of_their_own_need_one_for_both(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--framework=undp-tai", "--framework=mofcom-2021", "--out=out"]
    assert cli.main(["compare", *given]) == 2
    assert "--panel" in capsys.readouterr().err


def test_a_folder_of_somebody_else_is_left_alone(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "out").mkdir()
    (files / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    assert compare("even.csv", "uneven.csv") == 2
    assert contents(files / "out") == {"mine.txt": b"mine"}
    (files / "out" / "mine.txt").unlink()
    assert compare("even.csv", "uneven.csv", "--draws=0") == 0
    assert compare("even.csv", "uneven.csv", "--draws=0", "--years=2020") == 0
    assert set(table(files, "ranks")["year"]) == {2020}


def test_help_in_both_languages(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for lang, words in (("C.UTF-8", "the same formula"), ("zh_CN.UTF-8", "公式相同")):
        monkeypatch.setenv("LC_ALL", lang)
        text_of = text("cli.compare.help", "zh" if lang.startswith("zh") else "en")
        assert text_of.count("jingkai compare --") == 5 and words in text_of
        assert max(len(line) for line in text_of.splitlines()) <= 110


def test_frameworks_of_one_name_are_told_apart(files: Path) -> None:
    (files / "b").mkdir()
    (files / "b" / "even.csv").write_bytes((files / "uneven.csv").read_bytes())
    request = Request(panel="panel.csv")
    pair = read_pair(request, ("even.csv", "b/even.csv"), ("method.yml",))
    assert framework_names(pair) == ("even / method / 1", "even / method / 2")
    pair = read_pair(request, ("even.csv", "uneven.csv"), ("method.yml",))
    assert framework_names(pair) == ("even", "uneven")
    assert not pair.demonstration
