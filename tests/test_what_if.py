"""What if: the shifts agree with scoring anew, and the summary with a count by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import UNEVEN, flat, framework, panel

from analysis.core import what_if as module
from analysis.core.framework import Framework
from analysis.core.method import Aggregation, Method, Missing, Normalisation, Treatment
from analysis.core.panel import Panel
from analysis.core.score import score
from analysis.core.what_if import compare, summarise, with_methods, with_weights, without

NAN = np.nan
METHOD = Method(
    treatment=Treatment("none"),
    normalisation=Normalisation("minmax", 1, 100),
    missing=Missing("renormalise", 0.0),
)


def data() -> Panel:
    rng = np.random.default_rng(5)
    values = {code: rng.uniform(size=12) for code in "cxyzw"}
    values["x"][3] = values["w"][7] = values["c"][7] = NAN
    return panel(values, region=["n", "s"] * 6)


def tree(folder: Path, but: str = "", **weights: float) -> Framework:
    """Return the framework without the nodes named, or with other weights."""
    rows = [dict(row) for row in UNEVEN if str(row["code"]) not in but.split()]
    for row in rows:
        if row["code"] in weights:
            row["weight"] = weights[str(row["code"])]
    return framework(folder, rows)


def anew(folder: Path, method: Method = METHOD, but: str = "", **weights: float) -> pd.DataFrame:
    table = score(data(), tree(folder, but, **weights), method).table
    return table[table["node"] == "i"].set_index("unit")


@pytest.mark.parametrize("rule", ["arithmetic", "geometric", "harmonic"])
def test_leaving_out_agrees_with_a_framework_that_lacks_it(tmp_path: Path, rule: str) -> None:
    method = replace(METHOD, aggregation=Aggregation(rule))
    scores = score(data(), tree(tmp_path), method)
    found = without(scores, 2020, ["x", "y", "z", "w", "c"])
    assert list(dict.fromkeys(found.shifts["case"])) == ["x", "y", "z", "w", "c"]
    groups = without(scores, 2020, level=2)
    for code, table, but in (
        ("x", found, "x"), ("z", found, "z"), ("c", found, "c"), ("a", groups, "a x y"),
    ):  # fmt: skip
        ours = table.shifts[table.shifts["case"] == code].set_index("unit")
        theirs = anew(tmp_path, method, but)
        np.testing.assert_allclose(ours["score_then"], theirs["score"], rtol=1e-8)
        assert ours["rank_then"].tolist() == theirs["rank"].tolist()
        nominal = anew(tmp_path, method)
        assert ours["rank"].tolist() == nominal["rank"].tolist()
        assert (ours["rank_shift"] == nominal["rank"] - theirs["rank"]).all()


def test_leaving_out_below_a_group(tmp_path: Path) -> None:
    scores = score(data(), tree(tmp_path), METHOD)
    found = without(scores, 2020, node="a")
    assert list(found.summary["case"]) == ["x", "y"]
    ours = found.shifts[found.shifts["case"] == "x"].set_index("unit")["score_then"]
    np.testing.assert_allclose(ours, scores.in_year(2020)["y"])


def test_leaving_out_the_only_item_of_a_group(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"code": "i"}, {"code": "a", "parent": "i"}]
    rows += [{"code": "x", "parent": "a", "direction": 1}]
    rows += [{"code": "y", "parent": "i", "direction": 1}]
    scores = score(
        panel({"x": [1, 2, 3], "y": [3, 1, 2]}),
        framework(tmp_path, rows),
        replace(METHOD, missing=Missing("none")),
    )
    found = without(scores, 2020, ["x"])
    np.testing.assert_allclose(found.shifts["score_then"], scores.in_year(2020)["y"])


@pytest.mark.parametrize("rule", ["arithmetic", "geometric", "harmonic"])
def test_other_weights_agree_with_a_framework_that_has_them(tmp_path: Path, rule: str) -> None:
    method = replace(METHOD, aggregation=Aggregation(rule))
    scores = score(data(), tree(tmp_path), method)
    cases = {"a": {"a": 3 / 6, "b": 2 / 6, "c": 5.0}, "b": {"a": 0.0}}
    found = with_weights(scores, 2020, cases)
    # Weights given hold for all units: the set of the south is no longer in force.
    rows = [{k: v for k, v in row.items() if "[" not in k} for row in UNEVEN]
    for case, new in (("a", {"c": 30}), ("b", {"a": 0})):
        other = framework(
            tmp_path, [{**r, "weight": new.get(str(r["code"]), r.get("weight", ""))} for r in rows]
        )
        theirs = score(data(), other, method).table
        theirs = theirs[theirs["node"] == "i"]
        ours = found.shifts[found.shifts["case"] == case]
        np.testing.assert_allclose(ours["score_then"], theirs["score"], rtol=1e-8)


def test_weights_that_cannot_be(tmp_path: Path) -> None:
    scores = score(data(), tree(tmp_path), METHOD)
    for bad in ({"a": -1.0}, {"q": 1.0}, {"a": NAN}):
        with pytest.raises(ValueError, match="weights of case 'k'"):
            with_weights(scores, 2020, {"k": bad})


def test_other_methods(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []

    def counted(*given: object) -> object:
        runs.append(given)
        return score(*given)

    monkeypatch.setattr(module, "score", counted)
    cases = {
        "geometric": replace(METHOD, aggregation=Aggregation("geometric")),
        "strict": replace(METHOD, missing=Missing("none")),
        "z": replace(METHOD, normalisation=Normalisation("zscore")),
        "same": METHOD,
        "no goalposts": replace(METHOD, normalisation=Normalisation("goalposts")),
    }
    base = score(data(), tree(tmp_path), METHOD)
    found = with_methods(data(), tree(tmp_path), METHOD, 2020, cases, base=base)
    assert len(runs) == 2  # z, no goalposts: the others are formed from what is there
    assert [case for case, _ in found.refused] == ["no goalposts"]
    for case in ("geometric", "strict", "z", "same"):
        ours = found.shifts[found.shifts["case"] == case].set_index("unit")
        theirs = anew(tmp_path, cases[case])
        assert ours["rank_then"].astype("Int64").tolist() == theirs["rank"].tolist()
    summary = found.summary.set_index("case")
    assert summary.loc["same", ["mean_shift", "max_shift", "moved"]].tolist() == [0, 0, 0]
    assert summary.loc["same", ["top_kept", "spearman", "kendall"]].tolist() == pytest.approx(
        [1, 1, 1]
    )
    assert summary.loc["strict", "lost"] == 2 and summary.loc["strict", "units"] == 10


def test_comparing_indices_by_hand() -> None:
    first = pd.Series({"a": 4.0, "b": 3, "c": 2, "d": 1, "e": NAN, "f": 0})
    second = pd.Series({"b": 40.0, "a": 30, "d": 20, "c": 10, "e": 50})
    found = compare({"one": first, "two": second}, "one", top=2)
    table = found.shifts.set_index("unit")
    assert table["rank"].tolist() == [1, 2, 3, 4, pd.NA, 5]
    assert table["rank_then"].tolist() == [3, 2, 5, 4, 1, pd.NA]
    assert table["rank_shift"].tolist() == [-2, 0, -2, 0, pd.NA, pd.NA]
    row = found.summary.iloc[0]
    assert row[["units", "mean_shift", "max_shift", "moved"]].tolist() == [4, 1, 2, 0.5]
    assert row["top_kept"] == 0.5  # of a and b only b is still second or better
    assert row["spearman"] == pytest.approx(1 - 6 * 4 / (4 * 15))
    assert row["kendall"] == pytest.approx((4 - 2) / 6)
    assert (row["lost"], row["gained"]) == (1, 1)


def test_nothing_to_compare(tmp_path: Path) -> None:
    alone = pd.Series({"a": 1.0})
    assert compare({"one": alone}, "one").summary.empty
    summary = compare({"one": alone, "two": pd.Series({"b": 1.0})}, "one").summary
    assert summary.loc[0, "units"] == 0 and np.isnan(summary.loc[0, "mean_shift"])
    scores = score(panel({"x": [1, 2]}), flat(tmp_path, "x"), METHOD)
    assert without(scores, 2020).summary.loc[0, "lost"] == 2


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=8), st.floats(0.5, 20), st.floats(-9, 9))
def test_a_change_of_scale_moves_nobody(values: list[int], scale: float, shift: float) -> None:
    first = pd.Series(values, dtype=float)
    row = compare({"one": first, "two": scale * first + shift}, "one").summary.iloc[0]
    assert row["mean_shift"] == row["max_shift"] == row["moved"] == 0
    back = compare({"one": first, "two": -first}, "one")
    moved = back.shifts["rank_shift"].abs()
    assert back.summary.loc[0, "max_shift"] == moved.max()
    assert summarise(back.shifts, top=len(values)).loc[0, "top_kept"] == 1
