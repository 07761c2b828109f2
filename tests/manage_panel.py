"""A small made-up panel of zones for the tests of dynamic management, and its folder."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.core.catalogue import find_framework, find_method, find_regions
from analysis.core.panel import Panel
from analysis.core.score import score
from analysis.reporting.management.manage_ahead import Ahead, look_ahead
from analysis.reporting.management.manage_given import Given
from analysis.reporting.management.manage_settings import ManageSettings, with_settings
from analysis.reporting.management.manage_work import Base, Work, work_out
from analysis.zones.management import RULE_2021, RULES, Exits

YEARS = range(2019, 2024)


@cache
def made_up() -> Panel:
    """Return 36 zones of three regions, items of the edition of 2021; three join in 2022."""
    framework = find_framework("mofcom-2021")
    rng = np.random.default_rng(6)
    rows, values = [], []
    for region, letter, level in (("east", "E", 2.0), ("central", "C", 0.0), ("west", "W", 0.0)):
        for i in range(12):
            own = level + rng.normal()
            for year in YEARS:
                if i == 11 and year < 2022:
                    continue
                rows.append((year, f"{letter}{i + 1:03d}", region))
                values.append(50 + 10 * own + rng.normal(0, 2, len(framework.items)))
    index = pd.MultiIndex.from_tuples([row[:2] for row in rows], names=["year", "unit"])
    units = pd.DataFrame(
        {
            "name": [f"示例{unit}" for _, unit, _ in rows],
            "region": [row[2] for row in rows],
            "name_en": [f"Sample {unit}" for _, unit, _ in rows],
        },
        index=index,
    )
    frame = pd.DataFrame(values, index=index, columns=list(framework.items))
    return Panel(frame.sort_index(), units.sort_index(), synthetic=True)


def base(year: int = 2023, panel: Panel | None = None) -> Base:
    """Return what dynamic management of the made-up zones starts from."""
    return Base(
        panel=panel or made_up(),
        framework=find_framework("mofcom-2021"),
        method=find_method("efficacy"),
        year=year,
        regions=find_regions("mofcom"),
    )


@cache
def worked() -> tuple[Work, Ahead]:
    """Return what the zones come to in 2023, with risk and the candidates' ways out.

    Two places of each region count as last: enough to tell apart, and few ways out to seek.
    """
    asked = base()
    asked = replace(asked, scores=score(asked.panel, asked.framework, asked.method))
    rules = {**RULES, "2021": replace(RULE_2021, last=2)}
    work = work_out(asked, {}, Given(ManageSettings(exits=Exits(rules=rules))))
    made = {"risk.draws": 20, "risk.scenarios": 3, "way_out.of": "candidates"}
    made |= {"way_out.primitives": asked.framework.items[:5], "way_out.percent": 60.0}
    settings = with_settings(work.given.settings, made)
    work = replace(work, given=replace(work.given, settings=settings))
    return work, look_ahead(work)


def folder(path: Path) -> Path:
    """Write the made-up panel as a folder, one file a year."""
    path.mkdir()
    about = "form: 1\nframework: editions\nsynthetic: true\nsource_zh: 合成\nsource_en: made up\n"
    (path / "panel.yml").write_text(about, encoding="utf-8")
    panel = made_up()
    nodes = find_framework("mofcom-2021").nodes
    values = panel.values.round(3)
    counts = [item for item in values if nodes.at[item, "integer"]]
    values[counts] = values[counts].round()
    whole = panel.units.join(values).reset_index()
    for year, rows in whole.groupby("year"):
        rows.to_csv(path / f"{year}.csv", index=False, lineterminator="\n")
    return path
