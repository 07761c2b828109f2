"""The commands on how firm ranks are, from tables on disk to files on disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from analysis.reporting import cli
from analysis.reporting.inputs import Request
from analysis.reporting.uncertainty import uncertainty_files
from analysis.reporting.uncertainty.uncertainty_inputs import read_one_year
from analysis.texts import text

FRAMEWORK = """code,parent,name_zh,name_en,weight,direction,unit,evidence,source
index,,指数,Index,1,,,,
a,index,甲,Alpha,1,1,,,
b,index,乙,Beta,1,1,,,
"""
METHOD = """title_zh: 手算
title_en: By hand
treatment: {rule: none}
normalisation: {rule: minmax, lower: 0, upper: 100}
aggregation: {rule: arithmetic}
missing: {rule: none}
"""
# With weight w of item a: u1 has 100 w, u2 100 (1 - w), u3 40, u4 0.
PANEL = """unit,year,name,region,a,b
u1,2020,一,north,10,0
u2,2020,二,north,0,10
u3,2020,三,south,4,4
u4,2020,四,south,0,0
u1,2019,一,north,1,1
u2,2019,二,north,2,2
"""
FREE = "bounds: free\n"
ALL = ("rank_intervals.csv", "rank_acceptability.parquet", "pairwise.parquet", "sobol.csv")
ROBUST = ("robust_bounds.csv", "witnesses.csv", "dominance.csv")


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, content in (
        ("framework.csv", FRAMEWORK),
        ("method.yml", METHOD),
        ("panel.csv", PANEL),
        ("free.yml", FREE),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


INPUTS = ("--panel=panel.csv", "--framework=framework.csv", "--method=method.yml")


def uncertainty(*arguments: str) -> int:
    return cli.main(["uncertainty", *INPUTS, "--lang=en", "--out=out", *arguments])


def recover(published: str, *arguments: str) -> int:
    Path("published.csv").write_text(published, encoding="utf-8")
    given = ["--published=published.csv", "--out=found", *arguments]
    return cli.main(["recover", *INPUTS, *given])


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# What the files hold


def test_two_items_by_hand(files: Path) -> None:
    assert uncertainty("--weights=free.yml", "--methods=none", "--draws=8000", "--tolerance=0") == 0
    out = files / "out"
    intervals = pd.read_csv(out / "rank_intervals.csv").set_index("unit")
    assert intervals["rank"].to_dict() == {"u1": 1, "u2": 1, "u3": 3, "u4": 4}
    assert intervals["name"].to_dict() == {"u1": "一", "u2": "二", "u3": "三", "u4": "四"}
    places = pd.read_parquet(out / "rank_acceptability.parquet").set_index(["unit", "place"])["p"]
    # u3 is second where w < 0.4 or w > 0.6, else third; u1 is first above 1/2, second down to 0.4.
    error = 4 * np.sqrt(0.25 / 8000)
    for (unit, place), share in {
        ("u3", 2): 0.8,
        ("u3", 3): 0.2,
        ("u1", 1): 0.5,
        ("u1", 2): 0.1,
        ("u1", 3): 0.4,
        ("u4", 4): 1.0,
    }.items():
        assert places[unit, place] == pytest.approx(share, abs=error)
    assert places.groupby("unit").sum().to_numpy() == pytest.approx(1)
    assert places.groupby("place").sum().to_numpy() == pytest.approx(1)
    wins = pd.read_parquet(out / "pairwise.parquet").set_index(["unit", "other"])["p_win"]
    assert wins["u3", "u1"] == pytest.approx(0.4, abs=error)
    assert wins["u1", "u2"] + wins["u2", "u1"] == pytest.approx(1)
    assert len(wins) == 12
    bounds = pd.read_csv(out / "robust_bounds.csv").set_index("unit")
    assert bounds.loc["u3", ["best_outer", "worst_outer"]].tolist() == [2, 3]
    assert bounds.loc["u1", ["score_min", "score_max"]].tolist() == [0, 100]
    assert bounds[["exact_best", "exact_worst"]].all(axis=None)
    # At w = 0 u1 ties with u4, at w = 1 u2 does: only u3 is ahead of u4 whatever the weights.
    assert (out / "dominance.csv").read_text() == "upper,lower\nu3,u4\n"
    witnesses = pd.read_csv(out / "witnesses.csv").set_index(["unit", "side"])
    assert witnesses[["a", "b"]].sum(axis=1).to_numpy() == pytest.approx(1)
    assert witnesses.loc[("u3", "worst"), "a"] == pytest.approx(0.5, abs=0.1)
    shift = pd.read_csv(out / "sobol.csv").query("output == 'mean_shift'")
    assert shift["factor"].tolist() == ["weights"]
    assert shift["total"].iloc[0] == pytest.approx(1, abs=0.05)


def test_about_says_what_everything_rests_on(files: Path) -> None:
    assert uncertainty("--draws=2500", "--seed=7", "--sobol=64", "--tolerance=0.2") == 0
    raw = (files / "out" / "about.yml").read_text(encoding="utf-8")
    about = yaml.safe_load(raw)
    assert raw.startswith("# jingkai uncertainty\n")
    assert str(files) not in raw
    assert about["synthetic"] is False
    assert about["year"] == 2020 and about["units"] == 4
    assert about["rows"] == {"read": 6, "used": 6, "refused": 0}
    assert about["draws"]["seed"] == 7
    # The shares are known within 0.2 after the first batch, where alone the draws may stop.
    assert about["draws"]["done"] == about["draws"]["batch"] == 1000
    assert about["draws"]["stopped"] == "narrow"
    assert set(about["methods"]) <= {"imputation", "treatment", "normalisation", "aggregation"}
    assert about["leave_out"] == pytest.approx({"-": 1 / 3, "a": 1 / 3, "b": 1 / 3})
    assert len(about["summary"]["zh"]) == len(about["summary"]["en"]) > 2


def test_an_order_of_importance_is_kept_and_its_chains_agree(files: Path) -> None:
    (files / "order.yml").write_text("bounds: free\norder: [[a, b]]\n")
    quick = ("--methods=none", "--draws=1000", "--sobol=0", "--record", "--tolerance=0")
    assert uncertainty("--weights=order.yml", *quick) == 0
    drawn = pd.read_parquet(files / "out" / "record" / "draws.parquet")
    assert (drawn["w:a"] >= drawn["w:b"] - 1e-12).all()
    # a is uniform on 1/2 to 1, and u2 never ahead of u1.
    assert drawn["w:a"].mean() == pytest.approx(0.75, abs=0.02)
    weights = pd.read_csv(files / "out" / "weights.csv").set_index("item")
    assert weights.loc["a", ["lower", "upper"]].tolist() == pytest.approx([0.5, 1])
    bounds = pd.read_csv(files / "out" / "robust_bounds.csv").set_index("unit")
    assert bounds.loc["u1", ["best_inner", "worst_inner"]].tolist() == [1, 1]
    assert bounds.loc["u2", "worst_outer"] == 3  # behind u1, and from w = 0.6 on behind u3


def test_chains_say_how_far_they_agree(files: Path) -> None:
    framework = FRAMEWORK + "c,index,丙,Gamma,1,1,,,\n"
    (files / "framework.csv").write_text(framework, encoding="utf-8")
    table = pd.read_csv("panel.csv")
    table.assign(c=range(len(table))).to_csv("panel.csv", index=False)
    (files / "linear.yml").write_text(
        "bounds: free\nlinear: [{weights: {a: 1, b: -2, c: 0.5}, least: 0}]\n"
    )
    quick = ("--methods=none", "--draws=200", "--sobol=0")
    assert uncertainty("--weights=linear.yml", *quick) == 0
    about = yaml.safe_load((files / "out" / "about.yml").read_text(encoding="utf-8"))
    assert 0.99 < about["chains"]["r_hat_most"] < 1.05
    assert len(about["constraints"]) == 1
    assert any("R-hat" in line for line in about["summary"]["en"])


def test_every_draw_is_on_record(files: Path) -> None:
    assert uncertainty("--draws=1500", "--sobol=0", "--tolerance=0", "--record") == 0
    record = files / "out" / "record"
    draws = pd.read_parquet(record / "draws.parquet")
    results = pd.read_parquet(record / "draw_results.parquet")
    assert draws["draw"].tolist() == list(range(1500))
    assert len(results) == 1500 * 4
    assert not (files / "out" / "sobol.csv").exists()
    # What the tables say comes from these draws and no others.
    shares = results.groupby("unit")["rank"].mean()
    means = pd.read_csv(files / "out" / "rank_intervals.csv").set_index("unit")["mean"]
    assert shares.to_dict() == pytest.approx(means.to_dict())


def test_demonstration_panel(tmp_path: Path) -> None:
    out = tmp_path / "firm"
    arguments = ["--region=west", "--draws=1000", "--sobol=0", "--lang=en", f"--out={out}"]
    assert cli.main(["uncertainty", "--methods=none", *arguments]) == 0
    about = yaml.safe_load((out / "about.yml").read_text(encoding="utf-8"))
    assert about["synthetic"] is True
    places = pd.read_parquet(out / "rank_acceptability.parquet")
    bounds = pd.read_csv(out / "robust_bounds.csv").set_index("unit")
    drawn = places.groupby("unit")["place"].agg(["min", "max"]).reindex(bounds.index)
    assert (drawn["min"] >= bounds["best_outer"]).all()
    assert (drawn["max"] <= bounds["worst_outer"]).all()
    assert (bounds["best_outer"] <= bounds["best_inner"]).all()
    for name in ("rank_intervals", "rank_bounds_1", "rank_acceptability_first", "hasse"):
        assert (out / "figures" / "en" / f"{name}.png").stat().st_size > 10_000
        assert (out / "figures" / "en" / f"{name}.svg").read_text().startswith("<?xml")
    assert not (out / "figures" / "zh").exists()


def test_the_year_of_a_table_without_years(files: Path) -> None:
    table = pd.read_csv("panel.csv").query("year == 2020").drop(columns="year")
    table.to_csv("undated.csv", index=False)
    request = Request("undated.csv", "framework.csv", "method.yml")
    dated = read_one_year(Request("panel.csv", "framework.csv", "method.yml"), None)
    undated = read_one_year(request, 2020)
    assert dated.years == undated.years == (2020,)
    rows = dated.panel.values.loc[[2020]]
    pd.testing.assert_frame_equal(rows, undated.panel.values)


def test_a_region_ranks_by_itself(files: Path) -> None:
    assert uncertainty("--region=south", "--methods=none", "--draws=1000", "--sobol=0") == 0
    intervals = pd.read_csv(files / "out" / "rank_intervals.csv").set_index("unit")
    assert intervals["rank"].to_dict() == {"u3": 1, "u4": 2}


def test_a_method_that_is_not_linear_has_no_bounds_and_says_why(files: Path) -> None:
    method = METHOD.replace("arithmetic", "copeland")
    (files / "method.yml").write_text(method, encoding="utf-8")
    assert uncertainty("--methods=none", "--draws=200", "--sobol=0") == 0
    out = files / "out"
    assert not any((out / name).exists() for name in ROBUST)
    refused = yaml.safe_load((out / "about.yml").read_text(encoding="utf-8"))["robust"]["refused"]
    assert "copeland" in refused[0]["en"]
    assert uncertainty("--methods=none", "--draws=200", "--sobol=0", "--exact-ranks") == 2


def test_many_units_have_pairs_for_those_named_alone(files: Path) -> None:
    rng = np.random.default_rng(1)
    many = 2001
    units = [f"u{i}" for i in range(many)]
    values = rng.random((many, 2)) + 1
    table = pd.DataFrame({"unit": units, "year": 2020, "a": values[:, 0], "b": values[:, 1]})
    table.to_csv("panel.csv", index=False)
    named = ("--named=u7,u5", "--no-bounds", "--methods=none", "--draws=200", "--sobol=8")
    assert uncertainty(*named) == 0
    pairs = pd.read_parquet(files / "out" / "pairwise.parquet")
    assert set(pairs["unit"]) == {"u5", "u7"} and len(pairs) == 2 * (many - 1)
    places = pd.read_parquet(files / "out" / "rank_acceptability.parquet")
    assert set(places["unit"]) == {"u5", "u7"}
    assert len(pd.read_csv(files / "out" / "rank_intervals.csv")) == many
    assert not any((files / "out" / name).exists() for name in ROBUST)


# The same bytes


def test_the_same_bytes_whatever_the_workers_the_language_and_the_place(files: Path) -> None:
    settings = ("--draws=2500", "--tolerance=0", "--sobol=512", "--record", "--exact-ranks")
    assert uncertainty(*settings) == 0
    expected = contents(files / "out")
    assert {*ALL, *ROBUST, "about.yml", "record/draws.parquet"} <= set(expected)
    elsewhere = files / "elsewhere"
    elsewhere.mkdir()
    for name in ("panel.csv", "framework.csv", "method.yml"):
        (elsewhere / name).write_bytes((files / name).read_bytes())
    program = "import sys; from analysis.reporting.cli import main; sys.exit(main())"
    words = ["uncertainty", *INPUTS, "--lang=en", "--out=there", *settings, "--workers=2"]
    other = {"LC_ALL": "zh_CN.UTF-8", "TZ": "Asia/Shanghai", "PYTHONHASHSEED": "5"}
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=elsewhere,
        env=os.environ | other | {"PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "名次区间" in done.stdout
    found = contents(elsewhere / "there")
    assert set(found) == set(expected)
    assert [name for name in expected if found[name] != expected[name]] == []


def test_another_seed_gives_other_draws(files: Path) -> None:
    quick = ("--draws=500", "--sobol=0", "--methods=none")
    assert uncertainty(*quick) == 0
    one = (files / "out" / "rank_intervals.csv").read_bytes()
    assert uncertainty(*quick, "--seed=3") == 0
    assert (files / "out" / "rank_intervals.csv").read_bytes() != one


# Whole or not at all


def test_a_folder_with_other_files_is_left_alone(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "out").mkdir()
    (files / "out" / "thesis.docx").write_text("years of work")
    assert uncertainty("--draws=100") == 2
    assert "--out" in capsys.readouterr().err
    assert [path.name for path in (files / "out").iterdir()] == ["thesis.docx"]
    # What another command wrote is no folder of this one's either.
    (files / "out" / "thesis.docx").unlink()
    (files / "out" / "about.yml").write_text("# jingkai recover\n")
    assert uncertainty("--draws=100") == 2


def test_what_fails_leaves_the_folder_as_it_was(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    quick = ("--draws=100", "--sobol=0", "--methods=none")
    assert uncertainty(*quick) == 0
    before = contents(files / "out")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uncertainty_files, "write_pictures", full)
    assert uncertainty(*quick, "--seed=9") == 2
    assert "No space left" in capsys.readouterr().err
    assert contents(files / "out") == before
    assert not [path for path in files.iterdir() if path.name.startswith(".")]


# Bad input


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--year=2021"], "2019-2020"),
        (["--region=east"], "north, south"),
        (["--named=u9"], "u1"),
        (["--named=一,u9,u8"], "u8"),
        (["--exact-ranks=nobody"], "nobody"),
        (["--region=south", "--named=u1"], "--named"),
        (["--weights=dirichlett"], "dirichlet"),
        (["--weights=band:x"], "band"),
        (["--weights=no.yml"], "no.yml"),
        (["--methods=no.yml"], "no.yml"),
        (["--sobol=100"], "128"),
        (["--backend=serial", "--scheduler=tcp://127.0.0.1:1"], "dask"),
        (["--draws=0"], "--draws"),
        (["--tolerance=2"], "--tolerance"),
        (["--backend=mpi"], "loky"),
        (["--lang=fr"], "zh"),
        (["--drawz=9"], "--draws"),
    ],
)
def test_bad_input_says_what_to_do(
    arguments: list[str], said: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert uncertainty("--draws=100", "--sobol=0", *arguments) == 2
    captured = capsys.readouterr().err
    assert said in captured, captured
    assert "Traceback" not in captured
    assert not (files / "out").exists()


def test_everything_wrong_is_told_at_once(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "weights.yml").write_text("boundz: free\n")
    (files / "methods.yml").write_text("normalization: [minmax]\n")
    assert uncertainty("--weights=weights.yml", "--methods=methods.yml", "--named=u9") == 2
    said = capsys.readouterr().err
    assert "bounds" in said and "normalisation" in said and "u9" in said


@pytest.mark.parametrize("option", ["--weights", "--methods"])
@pytest.mark.parametrize(
    "content",
    [
        b"order: !!python/object/apply:os.system ['touch owned']\n",
        b"a: &a [x, x]\n"
        + b"".join(b"%c: &%c [*%c, *%c]\n" % (c, c, c - 1, c - 1) for c in range(98, 122)),
        b"\xff\xfe\x00",
        b"[" * 5000,
        b"- 1\n- 2\n",
        b"order: [[" + b"'a', " * 100_000 + b"'b']]\n",
        b"items: {a: [.nan, .inf]}\nnormalisation: [{rule: minmax, lower: .nan}]\n",
        b"items: {'__class__': [1, 2]}\naggregation: ['=cmd()']\n",
        b"#" * 2_000_000,
    ],
)
def test_hostile_yaml_is_refused(
    option: str, content: bytes, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "hostile.yml").write_bytes(content)
    assert uncertainty(f"{option}=hostile.yml", "--draws=100", "--sobol=0") == 2
    said = capsys.readouterr().err
    assert "hostile.yml" in said and "Traceback" not in said and len(said) < 20_000
    assert not (files / "owned").exists() and not (files / "out").exists()


def test_names_that_are_formulas_stay_text(files: Path) -> None:
    (files / "panel.csv").write_text(PANEL.replace("一", "=1+1"), encoding="utf-8")
    assert uncertainty("--draws=100", "--sobol=0", "--methods=none") == 0
    assert "'=1+1" in (files / "out" / "rank_intervals.csv").read_text()


# The inverse question


def test_recovered_by_hand(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # u1 ahead of u3: w > 0.4; u3 ahead of u2: w > 0.6; u2 ahead of u4, who is not listed: w < 1.
    assert recover("unit,place\nu1,1\nu3,2\nu2,3\n") == 0
    weights = pd.read_csv(files / "found" / "weights.csv").set_index("item")
    assert weights.loc["a", ["low", "high"]].tolist() == pytest.approx([0.6, 1], abs=1e-6)
    assert weights.loc["b", ["low", "high"]].tolist() == pytest.approx([0, 0.4], abs=1e-6)
    assert weights["must_matter"].to_dict() == {"a": True, "b": True}
    assert "a b" in capsys.readouterr().out


def test_an_order_that_no_weights_give(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recover("unit,place\n三,1\nu1,2\nu2,2\n") == 0
    conflicts = pd.read_csv(files / "found" / "conflicts.csv")
    # u3 ahead of u1 needs w < 0.4, ahead of u2 w > 0.6.
    assert set(conflicts["unit"]) == {"u1", "u2", "u3"}
    assert "u3" in capsys.readouterr().out
    methods = pd.read_csv(files / "found" / "methods.csv")
    assert methods["feasible"].tolist() == [False] and methods["slack"].iloc[0] > 0


def test_top_and_last_without_places(files: Path) -> None:
    assert recover("code,place\nu1,top\nu3,top\nu4,last\n") == 0
    weights = pd.read_csv(files / "found" / "weights.csv").set_index("item")
    # u1 and u3 ahead of u2: w > 1/2 and w > 0.6; u4 behind u3, the other one of the south.
    assert weights.loc["a", "low"] == pytest.approx(0.6, abs=1e-6)


def test_several_methods_are_asked(files: Path) -> None:
    (files / "methods.yml").write_text("aggregation: [arithmetic, geometric, copeland]\n")
    assert recover("unit,place\nu1,1\nu3,2\n", "--methods=methods.yml") == 0
    methods = pd.read_csv(files / "found" / "methods.csv")
    assert len(methods) == 3
    assert methods["refused"].notna().sum() == 1


@pytest.mark.parametrize(
    ("published", "said"),
    [
        ("unit,score\nu1,1\n", "place"),
        ("unit,place\nu9,1\n", "u9"),
        ("unit,place\nu1,1\nu1,2\n", "row 2"),
        ("unit,place\nu1,first\nu2,2\n", "first"),
        ("unit,place\nu1,0\nu2,2\n", "from 1 to 4"),
        ("unit,place\nu1,4\nu2,top\n", "top"),
        ("unit,place\nu1,4\n", "two places"),
        ("", "published.csv"),
    ],
)
def test_a_published_order_that_cannot_be_used(
    published: str, said: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recover(published) == 2
    captured = capsys.readouterr().err
    assert said in captured and "Traceback" not in captured
    assert not (files / "found").exists()


def test_titles_of_synthetic_data_say_so() -> None:
    from analysis.reporting.uncertainty.uncertainty_inputs import units_of
    from analysis.reporting.uncertainty.uncertainty_pictures import pictures
    from analysis.reporting.uncertainty.uncertainty_work import Settings, prepare, work_out

    class Quiet:
        def stage(self, *_: object):  # type: ignore[no-untyped-def]
            from contextlib import nullcontext

            return nullcontext(lambda: None)

    inputs = read_one_year(Request(), None)
    region = str(units_of(inputs)["region"].iloc[0])
    settings = Settings(region=region, methods="none", draws=100, sobol=8)
    work = work_out(prepare(inputs, settings), map, Quiet())
    for lang in ("zh", "en"):
        for name, picture in pictures(work, lang):
            title = picture.get_suptitle()
            assert text("mark.synthetic", lang).strip() in title, name
