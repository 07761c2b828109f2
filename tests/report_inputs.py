"""Folders of inputs as `jingkai run` hands them to a notebook, for tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
from shared_data import validation

from analysis.core.catalogue import default_regions, framework_path, method_path
from analysis.core.read_framework import read_framework
from analysis.core.read_panel import read_panel
from analysis.core.reading import save_reading


def inputs(folder: Path, table: pd.DataFrame, framework: str | Path, method: str) -> Path:
    """Write reading, framework and method into a folder, and return it."""
    path = framework_path(framework)
    held = read_framework(path)
    reading = read_panel(table, held, regions=default_regions(held.name))
    save_reading(reading, folder)
    shutil.copy(path, folder / "framework.csv")
    shutil.copy(method_path(method), folder / "method.yml")
    return folder


def hdi_inputs(folder: Path) -> Path:
    """Write the inputs of the Human Development Index."""
    table = pd.read_csv(validation("hdi/hdr2122_panel.csv"))
    return inputs(folder, table, "undp-hdi", "undp-hdi")
