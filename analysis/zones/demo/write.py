"""Writing the demonstration panel: the same bytes from the same seed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import yaml

from analysis.core.panel import Panel
from analysis.core.write import write_table, write_text
from analysis.texts import text
from analysis.zones.demo.levels import read_primitives

ATTRIBUTES = ("name", "name_en", "region", "stage", "assessed")
FILES = ("panel.csv", "panel.missing.csv", "panel.about.yml")


def write_panel(panel: Panel, folder: Path) -> None:
    """Write a panel: `FILES`.

    ``panel.csv`` is wide: year, unit, attributes, primitives; an empty cell is
    missing, and ``panel.missing.csv`` says why. ``panel.about.yml`` says where
    the values come from and that they are synthetic.
    """
    told = {f"reason_{lang}": _told(panel, lang) for lang in ("zh", "en")}
    about = {f"source_{lang}": text("demo.source", lang) for lang in ("zh", "en")}
    write_table(_wide(panel), folder / FILES[0])
    write_table(panel.reasons.assign(**told), folder / FILES[1])
    words = yaml.safe_dump(
        {**about, "synthetic": True}, allow_unicode=True, sort_keys=False, width=1000
    )
    write_text(folder / FILES[2], words)


def _told(panel: Panel, lang: str) -> list[str]:
    return [text(f"finding.{reason}", lang) for reason in panel.reasons["reason"]]


def _wide(panel: Panel) -> pd.DataFrame:
    values = panel.values.astype({c: "Int64" for c, whole in read_primitives().items() if whole})
    return pd.concat([panel.units[list(ATTRIBUTES)], values], axis=1).reset_index()
