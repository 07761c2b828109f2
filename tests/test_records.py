"""The record of every draw: written, read back, replayed, and computed by another tool."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small import UNEVEN, framework, panel

from analysis.core.findings import InputError
from analysis.core.method import Method, Treatment
from analysis.core.panel import Panel
from analysis.core.read_framework import read_framework
from analysis.core.uncertainty.draws import record
from analysis.core.uncertainty.draws.record import (
    read_records,
    records,
    replay,
    replay_ranks,
    write_records,
)
from analysis.core.uncertainty.draws.study import Study, draw_batch, open_study
from analysis.core.uncertainty.draws.study_parts import Batch
from analysis.core.uncertainty.methods.method_space import read_method_space
from analysis.core.uncertainty.weights.sample_weights import WeightDraws

NAMES = ["=1+1", "../up", "<b>", "d", "e", "f", "g"]  # as units of a hostile table may be called
METHODS = {
    "normalisation": ["base", "zscore"],
    "aggregation": ["arithmetic", "geometric", "harmonic"],
    "missing": ["base", "none"],
    "leave_out": "items",
}


def table(gaps: bool = True) -> Panel:
    rng = np.random.default_rng(8)
    columns = {item: rng.lognormal(size=7) for item in "cxyzw"}
    if gaps:
        columns["x"][2] = columns["z"][5] = np.nan
    return panel(columns, 2020, NAMES, region=["s", "t", "s", "t", "s", "t", "s"])


def study_of(folder: Path, methods: dict[str, Any] | None = None, batch: int = 25) -> Study:
    tree, base = framework(folder, UNEVEN), Method(treatment=Treatment("none"))
    space = read_method_space(METHODS if methods is None else methods, tree, base)
    weights = WeightDraws("dirichlet")
    study = open_study(table(), tree, base, 2020, weights=weights, methods=space, seed=3)
    return replace(study, batch=batch)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return study_of(tmp_path)


def test_rows_are_the_draws(study: Study) -> None:
    parameters, results = (
        pd.concat(parts, ignore_index=True) for parts in zip(*records(study, 60), strict=True)
    )
    assert parameters["draw"].tolist() == list(range(60))
    batches = [draw_batch(study, 0), draw_batch(study, 1), draw_batch(study, 2, 10)]

    def joined(name: str) -> Any:
        return np.concatenate([getattr(batch, name) for batch in batches])

    np.testing.assert_array_equal(parameters["variant"], joined("variant"))
    np.testing.assert_array_equal(parameters.filter(regex="^w:"), joined("weights"))
    for _, row in parameters.iterrows():
        chosen = study.variants[row["variant"]].choice
        assert {name: row[name] for name in chosen} == chosen
    assert parameters["left_out"].tolist() == [study.leave_out[i] for i in joined("left_out")]
    assert results["unit"].tolist() == list(study.units) * 60
    np.testing.assert_array_equal(results["score"], joined("scores").ravel())
    absent = np.isnan(joined("ranks").ravel())
    assert absent.any() and results["rank"].isna().tolist() == absent.tolist()


def test_written_rows_are_replayed_one_by_one(study: Study, tmp_path: Path) -> None:
    write_records(study, 60, tmp_path / "record")
    parameters, results = read_records(tmp_path / "record")
    assert len(parameters) == 60 and len(results) == 60 * len(study.units)
    for at, row in parameters.iterrows():
        found = results[results["draw"] == at]
        np.testing.assert_allclose(replay(study, row), found["score"], rtol=1e-9, equal_nan=True)
        ranks = found["rank"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        np.testing.assert_array_equal(replay_ranks(study, row), ranks)


def test_same_study_same_bytes(study: Study, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_records(study, 60, tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "two").iterdir())
    assert len(files) == 7 + len(study.variants) and not any("tmp" in name for name in files)
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def plain(path: Path) -> pd.DataFrame:
    """Read a table with nothing of ours: an apostrophe is what keeps a formula from running."""
    frame = pd.read_csv(path, keep_default_na=True)
    if "unit" in frame and frame["unit"].notna().any():
        frame["unit"] = frame["unit"].str.removeprefix("'")
    return frame


def test_another_tool_gets_the_same_scores_from_the_files_alone(
    study: Study, tmp_path: Path
) -> None:
    folder = tmp_path / "record"
    write_records(study, 40, folder)
    parameters = pd.read_parquet(folder / "draws.parquet")
    results = pd.read_parquet(folder / "draw_results.parquet")
    tree, units = plain(folder / "framework.csv"), plain(folder / "units.csv").set_index("unit")
    made = plain(folder / "variants.csv").set_index("variant")
    # z weighs 5, not 1, beside w's 1 in the region s: the general shares are 1/2 and 1/2.
    own = {"s": {"z": (5 / 6) / 0.5, "w": (1 / 6) / 0.5}, "t": {}}
    parents = tree.set_index("code")["parent"].fillna("")
    forward = {"arithmetic": float, "geometric": np.log, "harmonic": lambda v: 1 / v}
    backward = {"arithmetic": float, "geometric": np.exp, "harmonic": lambda v: 1 / v}

    def value(code: str, row: Any, items: pd.Series, rule: str, region: str) -> float:
        children = parents.index[parents == code]
        if not len(children):
            return float(items[code])
        total = whole = 0.0
        for child in children:
            found = value(child, row, items, rule, region)
            weight = row[f"w:{child}"] * own[region].get(child, 1.0)
            if row["left_out"] != child and not np.isnan(found):
                total += weight * forward[rule](found)
                whole += weight
        return float(backward[rule](total / whole)) if whole else np.nan

    for at, row in parameters.iterrows():
        values = plain(folder / made.loc[row["variant"], "values"]).set_index("unit")
        rule = made.loc[row["variant"], "aggregation"]
        anew = [
            value("i", row, values.loc[unit], rule, units.loc[unit, "region"])
            for unit in values.index
        ]
        found = results[results["draw"] == at]["score"]
        np.testing.assert_allclose(found, anew, rtol=1e-9, equal_nan=True)


def test_what_is_written_is_read_by_our_own_readers(study: Study, tmp_path: Path) -> None:
    write_records(study, 5, tmp_path)
    tree = read_framework(tmp_path / "framework.csv")
    pd.testing.assert_series_equal(tree.weights(), study.framework.weights())
    assert tree.weight_sets == study.framework.weight_sets
    about = json.loads((tmp_path / "study.json").read_text(encoding="utf-8"))
    assert (about["seed"], about["draws"], about["batch"]) == (3, 5, 25)
    assert about["choices"]["normalisation"] == {"base": 0.5, "zscore": 0.5}
    assert about["notes"] and all(note["zh"] and note["en"] for note in about["notes"])


def test_units_compared_with_stand_in_the_files(tmp_path: Path) -> None:
    tree, base = framework(tmp_path, UNEVEN), Method(treatment=Treatment("none"))
    space = read_method_space({"aggregation": ["base", "topsis"]}, tree, base)
    study = open_study(table(gaps=False), tree, base, 2020, methods=space, units=["d", "e"], seed=3)
    write_records(study, 5, tmp_path / "record")
    units = plain(tmp_path / "record" / "units.csv")
    assert units.loc[units["studied"] == 1, "unit"].tolist() == ["d", "e"]
    assert sorted(units["unit"]) == sorted(NAMES)
    assert len(plain(tmp_path / "record" / "variant_001.csv")) == 7
    assert len(plain(tmp_path / "record" / "variant_000.csv")) == 2


def test_synthetic_values_are_marked(study: Study, tmp_path: Path) -> None:
    for synthetic in (True, False):
        folder = tmp_path / str(synthetic)
        write_records(replace(study, synthetic=synthetic), 2, folder)
        words = (folder / "README.md").read_text(encoding="utf-8")
        assert ("Synthetic data" in words and "合成数据" in words) is synthetic
        assert json.loads((folder / "study.json").read_text())["synthetic"] is synthetic


def test_whole_or_not_at_all(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "record"
    write_records(study, 30, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def failing(study: Study, draws: int) -> Any:
        yield next(records(study, draws))
        raise OSError("the disk is full")

    monkeypatch.setattr(record, "records", failing)
    with pytest.raises(OSError, match="full"):
        write_records(study, 60, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("draws", [0, -1, 2.5, True, "9", None])
def test_number_of_draws(study: Study, draws: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        write_records(study, draws, tmp_path / "record")
    assert [finding.code for finding in error.value.findings] == ["study.draws"]
    assert not (tmp_path / "record").exists()


def test_rows_of_another_study_are_refused(study: Study) -> None:
    row = next(records(study, 1))[0].iloc[0].to_dict()
    row |= {"variant": 99, "left_out": "q", "w:x": "-1", "w:y": float("nan")}
    del row["w:z"]
    with pytest.raises(InputError) as error:
        replay(study, row)
    assert [finding.values["key"] for finding in error.value.findings] == [
        *("variant", "left_out"),
        *("w:x", "w:y", "w:z"),
    ]
    assert all(finding.text("zh") and finding.text("en") for finding in error.value.findings)


def test_nothing_is_asked(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*args: object) -> str:
        raise AssertionError("a question at the console")

    monkeypatch.setattr("builtins.input", asked)
    assert isinstance(draw_batch(study, 0), Batch)
    assert len(list(records(study, 30))) == 2
