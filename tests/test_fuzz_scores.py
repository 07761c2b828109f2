"""Any table, any method: scores or findings; no traceback, no silent gap, no lost row."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import framework

from analysis.core.derive import derive_items
from analysis.core.findings import InputError
from analysis.core.framework import Framework
from analysis.core.method import Method, read_method
from analysis.core.method_keys import IMPUTATIONS, KEYS, TREATMENTS
from analysis.core.normalisations import NORMALISATIONS
from analysis.core.panel import Panel
from analysis.core.read_panel import read_panel
from analysis.core.score import Scores, score

# What NumPy would warn of, nobody told the user.
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

SETTINGS = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
NODES: list[dict[str, object]] = [
    {"code": "i"},
    {"code": "g", "parent": "i", "weight": 2},
    {"code": "h", "parent": "i", "weight": 1, "aggregation": "geometric"},
    {"code": "a", "parent": "g", "direction": 1, "denominator": "pop"},
    {"code": "b", "parent": "g", "direction": -1, "lo": 1, "hi": 50, "cap": "both",
     "transform": "log", "target": 7},
    {"code": "c", "parent": "h", "direction": 1, "weight[region=n]": 3, "treatment": "iqr"},
    {"code": "d", "parent": "h", "direction": 1, "weight[region=n]": 1},
]  # fmt: skip


@cache
def tree() -> Framework:
    with TemporaryDirectory() as folder:
        return framework(Path(folder), NODES)


# Numbers as hostile as they come, and some that are alike.
NUMBERS = st.one_of(
    st.none(),
    st.integers(-3, 9).map(float),
    st.sampled_from([0.0, -0.0, 1e-308, 5e-324, 1e308, -1e308, 1e15 + 0.3, 0.1 + 0.2]),
    st.floats(allow_nan=False, allow_infinity=False),
)
# Cells of a table that may hold anything.
CELLS = st.one_of(
    NUMBERS,
    st.sampled_from(["", "NA", "1,5", "1e3", "inf", "nan", "=1+1", "n/a", "３", "5%", "x", True]),
    st.text(max_size=4),
)


@st.composite
def tables(draw: st.DrawFn, cells: st.SearchStrategy[object]) -> pd.DataFrame:
    """Draw a table of some units and years, keys and cells as they come."""
    many = draw(st.integers(1, 8))
    rows = []
    for _ in range(many):
        row: dict[str, object] = {
            "unit": draw(st.sampled_from(["u", "v", "w", "x", "y", "z"])),
            "year": draw(st.sampled_from([2019, 2020, 2021])),
            "region": draw(st.sampled_from(["n", "s", ""])),
            "kind": draw(st.sampled_from(["p", "q", ""])),
            "assessed": draw(st.sampled_from(["yes", "yes", "yes", "no"])),
        }
        row |= {item: draw(cells) for item in ("a", "b", "c", "d", "pop")}
        rows.append(row)
    return pd.DataFrame(rows, dtype=object)


def _settings() -> st.SearchStrategy[dict[str, Any]]:
    """Draw a method file: sections and keys that there are, values that are mostly allowed."""

    def value_of(section: str, key: str) -> st.SearchStrategy[object]:
        parameter = KEYS[section][key]
        if parameter.kind == "choice":
            return st.sampled_from(parameter.choices)
        if key == "within":
            return st.sampled_from(["region", "kind"])
        if key == "reference":
            return st.sampled_from(["best", "worst", "mean", "median", "target", "u", "nobody"])
        if key == "base":
            return st.sampled_from([2019, 2020])
        if parameter.kind == "whole":
            return st.integers(max(0, int(parameter.low)), 6)
        if parameter.kind == "flag":
            return st.booleans()
        low, high = max(parameter.low, -5), min(parameter.high, 120)
        return st.floats(low, high) if parameter.kind == "number" else st.just([50.0])

    def section(name: str) -> st.SearchStrategy[dict[str, object]]:
        keys = [key for key in KEYS[name] if key not in ("rule", "cuts", "grades")]
        values = {key: value_of(name, key) for key in keys}
        rule = {"rule": value_of(name, "rule")} if "rule" in KEYS[name] else {}
        return st.fixed_dictionaries(rule, optional=values)

    return st.fixed_dictionaries({}, optional={name: section(name) for name in KEYS})


@st.composite
def methods(draw: st.DrawFn) -> Method:
    """Draw a method that is read from a file; what is refused is drawn anew, simpler."""
    content = draw(_settings())
    with TemporaryDirectory() as folder:
        path = Path(folder) / "m.yml"
        for keep in (lambda key: True, lambda key: key == "rule"):
            plain = {
                name: {key: value for key, value in section.items() if keep(key)}
                for name, section in content.items()
            }
            path.write_text(yaml.safe_dump(plain), encoding="utf-8")
            try:
                return read_method(path)
            except InputError as error:
                assert all(f.text("zh") and f.text("en") for f in error.findings)
    return Method()


def check(scores: Scores, panel: Panel, how: Method) -> None:
    """Check that no row is lost and that every score that is not there is told of."""
    scored = panel.assessed()
    pd.testing.assert_index_equal(scores.nodes.index, scored.values.index)
    table = scores.table
    assert len(table) == len(scored.values) * len(tree().nodes)
    assert not np.isinf(scores.nodes.to_numpy()).any()
    assert not np.isinf(table["score"].to_numpy()).any()
    assert (table["score"].isna() == table["rank"].isna()).all()
    for finding in scores.findings:
        assert finding.text("zh") and finding.text("en")
    named = {str(value) for f in scores.findings for value in f.values.values()}
    named |= {str(f.unit) for f in scores.findings} | {str(f.item) for f in scores.findings}
    told = " ".join(f.text("en") for f in scores.findings)
    for (year, unit), row in scores.nodes.iterrows():
        for node in row.index[row.isna()]:
            if node in tree().items and np.isnan(panel.values.loc[(year, unit), node]):
                continue  # an empty cell of the table
            below = [node, *tree().items_under(str(node))]
            assert any(f"“{code}”" in told or code in named for code in below), (
                year,
                unit,
                node,
                told,
            )
            assert str(year) in told, (year, unit, node)


@SETTINGS
@given(tables(NUMBERS), methods())
def test_numbers_of_any_kind(table: pd.DataFrame, how: Method) -> None:
    table = table.drop_duplicates(["unit", "year"])
    run(table, how, skip_bad=False)


@SETTINGS
@given(tables(CELLS), methods(), st.booleans())
def test_cells_of_any_kind(table: pd.DataFrame, how: Method, skip_bad: bool) -> None:
    run(table, how, skip_bad)


def run(table: pd.DataFrame, how: Method, skip_bad: bool) -> None:
    try:
        reading = read_panel(table, tree(), skip_bad=skip_bad)
        panel, _ = derive_items(reading.panel, tree())
        scores = score(panel, tree(), how)
    except InputError as error:
        assert error.findings
        assert all(f.text("zh") and f.text("en") for f in error.findings)
        return
    assert reading.rows_read == reading.rows_used + reading.rows_refused == len(table)
    assert len(panel.values) == reading.rows_used
    check(scores, panel, how)


def test_what_is_drawn_reaches_every_rule() -> None:
    """The fuzzing is no use where every draw is refused."""
    assert set(TREATMENTS) | set(IMPUTATIONS) | set(NORMALISATIONS)
    found: set[str] = set()

    @settings(max_examples=2000, database=None, deadline=None, derandomize=True)
    @given(methods())
    def draw(how: Method) -> None:
        found.add(f"treatment {how.treatment.rule}")
        found.add(f"imputation {how.imputation.rule}")
        found.add(f"normalisation {how.normalisation.rule}")

    draw()
    expected = {f"treatment {rule}" for rule in TREATMENTS}
    expected |= {f"imputation {rule}" for rule in IMPUTATIONS}
    expected |= {f"normalisation {rule}" for rule in NORMALISATIONS}
    assert expected <= found


@pytest.mark.parametrize("values", [[1e308, -1e308, 0.0], [5e-324, 0.0, 1e-320]])
def test_ranges_beyond_what_numbers_can_hold(values: list[float]) -> None:
    index = pd.MultiIndex.from_product([[2020], ["u", "v", "w"]], names=["year", "unit"])
    cells = {item: np.abs(values) if item in ("b", "pop") else values for item in "abcd"}
    cells["pop"] = np.ones(3)
    units = pd.DataFrame({"name": "", "region": ""}, index=index)
    check(score(Panel(pd.DataFrame(cells, index=index), units), tree(), Method()),
          Panel(pd.DataFrame(cells, index=index), units), Method())  # fmt: skip
