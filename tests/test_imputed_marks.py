"""An imputed value stays marked on its way through the tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from small import framework, panel

from analysis.core.derive import derive_items
from analysis.core.read_panel import read_panel
from analysis.core.reading import load_reading, save_reading


def test_from_primitives_to_items(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"code": "i"}]
    rows += [
        {"code": "x", "parent": "i", "direction": 1, "operation": "level", "inputs": "p"},
        {"code": "y", "parent": "i", "direction": 1, "operation": "growth", "inputs": "p"},
        {"code": "z", "parent": "i", "direction": 1, "operation": "ratio", "inputs": "q p"},
        {"code": "w", "parent": "i", "direction": 1, "denominator": "size"},
    ]
    tree = framework(tmp_path, rows)
    data = panel(
        {"p": [1, 2, 3, 6], "q": [1, 1, 1, 1], "w": [1, 2, 3, 4], "size": [1, 1, 1, 1]},
        year=[2020, 2020, 2021, 2021],
        units=["a", "b", "a", "b"],
    )
    marks = pd.DataFrame(False, index=data.values.index, columns=data.values.columns)
    marks.loc[(2020, "a"), "p"] = True
    marks.loc[(2021, "b"), "w"] = True
    derived, _ = derive_items(replace(data, imputed=marks), tree)
    assert derived.imputed is not None
    found = derived.imputed
    assert found["x"].tolist() == [True, False, False, False]
    assert found["y"].tolist() == [False, False, True, False]  # 2021 from an imputed 2020
    assert found["z"].tolist() == [True, False, False, False]
    assert found["w"].tolist() == [False, False, False, True]
    assert not found["size"].any()
    plain, _ = derive_items(data, tree)
    assert plain.imputed is None


def test_through_files(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"code": "i"}]
    rows += [{"code": item, "parent": "i", "direction": 1} for item in "xy"]
    tree = framework(tmp_path, rows)
    data = panel({"x": [1, 2], "y": [3, np.nan]})
    reading = read_panel(data.values.reset_index(), tree)
    marks = pd.DataFrame({"x": [False, True]}, index=data.values.index)
    save_reading(replace(reading, panel=replace(reading.panel, imputed=marks)), tmp_path / "out")
    again = load_reading(tmp_path / "out").panel
    assert again.imputed is not None
    assert again.imputed["x"].tolist() == [False, True]
    save_reading(reading, tmp_path / "plain")
    assert load_reading(tmp_path / "plain").panel.imputed is None
