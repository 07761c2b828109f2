"""COINr's tables and its worked example."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from coinr_replay import replay
from shared_data import validation

from analysis.core.catalogue import find_method
from analysis.core.derive import derive_items
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Treatment
from analysis.core.read_framework import read_framework
from analysis.core.read_panel import read_panel
from analysis.core.score import Scores, score
from analysis.reporting.cli import main

# COINr 1.1, vignette "Presenting Results", the first rows of get_results(): two decimals.
PUBLISHED = {
    "CHE": {"Index": 68.38, "Conn": 62.79, "Sust": 73.98, "Physical": 63.41, "ConEcFin": 32.87,
            "Political": 74.78, "Instit": 85.94, "P2P": 56.93, "Environ": 77.21,
            "Social": 87.85, "SusEcFin": 56.88},
    "NLD": {"Index": 64.82, "Conn": 61.94, "Sust": 67.70, "Physical": 64.87, "ConEcFin": 46.62,
            "Political": 84.55, "Instit": 71.74, "P2P": 41.92, "Environ": 58.73,
            "Social": 86.58, "SusEcFin": 57.78},
    "DNK": {"Index": 64.80, "Conn": 57.10, "Sust": 72.51, "Physical": 50.52, "ConEcFin": 30.43,
            "Political": 78.13, "Instit": 75.35, "P2P": 51.04, "Environ": 69.83,
            "Social": 86.40, "SusEcFin": 61.29},
    "NOR": {"Index": 64.47, "Conn": 57.44, "Sust": 71.50, "Physical": 58.18, "ConEcFin": 25.70,
            "Political": 80.03, "Instit": 89.46, "P2P": 33.80, "Environ": 70.90,
            "Social": 87.00, "SusEcFin": 56.59},
    "BEL": {"Index": 63.54, "Conn": 63.99, "Sust": 63.09, "Physical": 71.97, "ConEcFin": 48.22,
            "Political": 80.84, "Instit": 75.60, "P2P": 43.32, "Environ": 53.01, "Social": 86.17},
    "SWE": {"Index": 63.00, "Conn": 53.87, "Sust": 72.12, "Physical": 51.51, "ConEcFin": 23.87,
            "Political": 80.98, "Instit": 74.51, "P2P": 38.50, "Environ": 66.37},
}  # fmt: skip


def asem(name: str) -> Path:
    return validation(f"asem/{name}.csv")


def scored(data: str) -> Scores:
    framework = read_framework(asem("iMeta"))
    panel, _ = derive_items(read_panel(asem(data), framework).panel, framework)
    return score(panel, framework, find_method("coinr-example"))


@pytest.fixture(scope="module")
def example() -> Scores:
    return scored("iData")


@pytest.fixture(scope="module")
def framework() -> Framework:
    return read_framework(asem("iMeta"))


def test_the_tree_of_imeta(framework: Framework) -> None:
    assert framework.root == "Index" and framework.groups == ("Conn", "Sust")
    assert len(framework.items) == 49 and framework.depth == 4
    levels = {code: framework.level(code) for code in ("LPI", "Physical", "Conn", "Index")}
    assert levels == {"LPI": 1, "Physical": 2, "Conn": 3, "Index": 4}
    assert framework.label("Forest", "zh") == framework.label("Forest", "en") == "Net forest loss"
    nodes = framework.nodes
    assert nodes.at["Tariff", "direction"] == -1 and nodes.at["Goods", "denominator"] == "GDP"
    assert nodes.at["LPI", "target"] == 4.11803135 and nodes.at["Cov4G", "unit"] == "Percent"
    assert framework.denominators == ("Area", "Energy", "GDP", "Population")
    assert framework.weights()["Conn"] == 0.5
    assert framework.weights()["LPI"] == 1 / 8


def test_idata_holds_denominators_as_values_and_groups_as_attributes(
    framework: Framework,
) -> None:
    reading = read_panel(asem("iData"), framework)
    assert (reading.rows_read, reading.rows_refused) == (51, 0)
    assert set(framework.denominators) <= set(reading.panel.values)
    assert set(reading.attributes) == {"GDP_group", "GDPpc_group", "Pop_group", "EurAsia_group"}
    assert reading.panel.years == (2018,)
    assert reading.panel.units.loc[(2018, "AUT"), "name"] == "Austria"


def test_what_coinr_publishes(example: Scores) -> None:
    ours = example.in_year(2018)
    for unit, nodes in PUBLISHED.items():
        for node, published in nodes.items():
            assert ours.loc[unit, node] == pytest.approx(published, abs=0.00501), (unit, node)
    assert list(ours["Index"].sort_values(ascending=False).index[:6]) == list(PUBLISHED)


@pytest.mark.parametrize("data", ["iData", "iData_panel"])
def test_every_score_as_by_plain_python(data: str) -> None:
    expected = replay(asem(data), asem("iMeta"))
    ours = scored(data).nodes
    assert ours.size == len(expected)
    found = [ours.at[(int(year), unit), node] for year, unit, node in expected]
    np.testing.assert_allclose(found, list(expected.values()), rtol=0, atol=1e-10)


def test_one_line(tmp_path: Path, example: Scores) -> None:
    out = tmp_path / "scores.csv"
    line = ["score", "--panel", str(asem("iData")), "--framework", str(asem("iMeta"))]
    assert main([*line, "--method", "coinr-example", "--out", str(out)]) == 0
    table = pd.read_csv(out)
    assert len(table) == 51 * (49 + 8 + 2 + 1)
    assert table["level"].drop_duplicates().tolist() == [4, 3, 2, 1]
    index = table[table["node"] == "Index"].set_index("unit")
    assert index.loc["CHE", ["score", "rank"]].tolist() == [
        pytest.approx(68.38, abs=0.005),
        1,
    ]
    assert list(table.columns)[-1] == "imputed"


def test_imputed_cells_are_marked_and_found_ones_left_alone(example: Scores) -> None:
    raw = pd.read_csv(asem("iData")).set_index("uCode").sort_index()
    marks = example.imputed
    assert marks is not None
    gaps = raw["ConSpeed"].isna().to_numpy()
    np.testing.assert_array_equal(marks["ConSpeed"], gaps)
    np.testing.assert_array_equal(example.values["ConSpeed"][~gaps], raw["ConSpeed"][~gaps])
    europe = raw["EurAsia_group"] == "Europe"
    at = example.values["ConSpeed"].droplevel("year")
    assert at[gaps & europe].nunique() <= 1
    asia = raw.loc[~europe, "ConSpeed"].mean()
    np.testing.assert_allclose(at[gaps & ~europe], asia)
    assert marks.to_numpy().sum() == len(example.filled)
    assert set(example.filled["how"]) == {"mean"}
    table = example.table.set_index(["node", "unit"])
    unit = raw.index[gaps][0]
    assert table.loc[("ConSpeed", unit), "imputed"] and table.loc[("Physical", unit), "imputed"]
    assert table.loc[("Index", unit), "imputed"]
    assert not table.loc[("LPI", unit), "imputed"]


def test_a_missing_denominator_is_a_gap_and_then_imputed(example: Scores) -> None:
    raw = pd.read_csv(asem("iData")).set_index("uCode")
    (unit,) = raw.index[raw["Energy"].isna()]
    assert example.imputed is not None
    assert example.imputed.loc[(2018, unit), ["Elec", "Gas"]].all()
    codes = [finding.code for finding in example.findings]
    assert codes.count("denominate.missing") == 2


def test_the_panel_is_on_one_scale(example: Scores) -> None:
    panel = scored("iData_panel")
    limits = panel.limits
    assert (limits.groupby("item")[["lo", "hi"]].nunique() == 1).all(axis=None)
    assert sorted(limits["year"].unique()) == [2018, 2019, 2020, 2021, 2022]
    by_year = replace(panel.method, normalisation=replace(panel.method.normalisation, over="year"))
    framework = read_framework(asem("iMeta"))
    data, _ = derive_items(read_panel(asem("iData_panel"), framework).panel, framework)
    alone = score(data, framework, by_year).in_year(2018)
    # The first year of the panel is the data of the example.
    pd.testing.assert_frame_equal(alone, example.in_year(2018))


def test_other_steps_can_be_left_out(framework: Framework) -> None:
    panel, _ = derive_items(read_panel(asem("iData"), framework).panel, framework)
    method = find_method("coinr-example")
    plain = score(panel, framework, replace(method, treatment=Treatment("none")))
    assert plain.treatments.empty and plain.ledger.empty
    np.testing.assert_array_equal(plain.values, plain.treated)


# What is told of a bad iMeta.

META = [
    {"Level": 1, "iCode": "x", "Direction": 1, "Weight": 1, "Parent": "g", "Type": "Indicator"},
    {"Level": 1, "iCode": "y", "Direction": -1, "Weight": 3, "Parent": "g", "Type": "Indicator"},
    {"Level": 2, "iCode": "g", "Direction": 1, "Weight": 1, "Parent": "i", "Type": "Aggregate"},
    {"Level": 3, "iCode": "i", "Direction": 1, "Weight": 1, "Parent": "NA", "Type": "Aggregate"},
    {"Level": "NA", "iCode": "pop", "Type": "Denominator"},
    {"Level": "NA", "iCode": "continent", "Type": "Group"},
]


def meta(folder: Path, rows: Sequence[dict[str, object]]) -> Path:
    path = folder / "iMeta.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def test_missing_as_r_writes_it_and_columns_that_are_not_there(tmp_path: Path) -> None:
    held = read_framework(meta(tmp_path, META))
    assert held.root == "i" and held.items == ("x", "y")
    assert held.weights()[["x", "y"]].tolist() == [0.25, 0.75]
    assert held.label("x", "en") == "x" and held.denominators == ()


def test_a_framework_without_groups(tmp_path: Path) -> None:
    rows = [{**META[0], "Parent": "i"}, {**META[1], "Parent": "i"}, {**META[3], "Level": 2}]
    assert read_framework(meta(tmp_path, rows)).depth == 2


def test_goalposts_of_imeta(tmp_path: Path) -> None:
    rows = [dict(row) for row in META]
    rows[0] |= {"goalpost_lower": 0, "goalpost_upper": 10, "goalpost_trunc2posts": "TRUE"}
    nodes = read_framework(meta(tmp_path, rows)).nodes
    assert nodes.loc["x", ["lo", "hi", "cap"]].tolist() == [0, 10, "both"]
    assert nodes.loc["y", "cap"] == "" and np.isnan(nodes.loc["y", "lo"])


@pytest.mark.parametrize(
    ("edit", "code", "column"),
    [
        (lambda rows: rows[0].update(Type="Index"), "coinr_type", "Type"),
        (lambda rows: rows[0].update(Level=2), "coinr_level", "Level"),
        (lambda rows: rows[2].update(Level="two"), "coinr_level", "Level"),
        (lambda rows: rows[2].update(Level=3), "coinr_parent", "Level"),
        (lambda rows: rows[0].update(Parent="nowhere"), "parent", "Parent"),
        (lambda rows: rows[0].update(Direction="up"), "direction", "Direction"),
        (lambda rows: rows[0].update(Weight="a lot"), "number", "Weight"),
        (lambda rows: rows[1].update(iCode="x"), "code_twice", "iCode"),
    ],
)
def test_refused(
    tmp_path: Path, edit: Callable[[list[dict[str, object]]], None], code: str, column: str
) -> None:
    rows = [dict(row) for row in META]
    edit(rows)
    with pytest.raises(InputError) as error:
        read_framework(meta(tmp_path, rows))
    found = {(f.code, f.column) for f in error.value.findings}
    assert (f"framework.{code}", column) in found
    assert all(f.text("zh") and f.text("en") for f in error.value.findings)


# COINr itself (commit b9682034) run on these files in R 4.2: new_coin, Denominate, Impute
# (i_mean_grp within EurAsia_group), Treat, Normalise, Aggregate (a_amean); a purse for the panel.
COMPUTED_BY_COINR = {
    ("iData", 2018, "CHE"): (68.383724238, 63.409167906),
    ("iData", 2018, "AUS"): (45.766247516, 34.768400161),
    ("iData", 2018, "BGD"): (39.047761594, 22.877991342),
    ("iData", 2018, "LAO"): (38.213052221, 13.283831494),
    ("iData_panel", 2018, "CHE"): (56.235506289, 42.360193491),
    ("iData_panel", 2020, "CHN"): (38.323533855, 31.404057350),
    ("iData_panel", 2022, "BGD"): (40.353064902, 24.897504014),
}


@pytest.mark.parametrize("data", ["iData", "iData_panel"])
def test_coinr_computes_the_same_to_nine_decimals(data: str) -> None:
    nodes = scored(data).nodes
    for (file, year, unit), expected in COMPUTED_BY_COINR.items():
        if file == data:
            ours = nodes.loc[(year, unit), ["Index", "Physical"]]
            assert ours.to_numpy() == pytest.approx(expected, abs=1e-9)
