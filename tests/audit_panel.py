"""A small panel to audit, and rules to audit it by, made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.zones.audit.data import AuditData

TEXTS: dict[str, Any] = {
    "id": "r",
    "severity": "warning",
    "title_zh": "规则",
    "title_en": "Rule",
    "why_zh": "假定",
    "why_en": "Assumed",
}


def data_of(
    values: dict[str, dict[int, list[float]]],
    *,
    year: int = 2023,
    regions: list[str] | None = None,
    provinces: list[str] | None = None,
    assessed: list[bool] | None = None,
    **more: Any,
) -> AuditData:
    """Return data of units a, b, c, ... from columns given year by year."""
    size = len(next(iter(next(iter(values.values())).values())))
    units = [chr(ord("a") + i) if size <= 26 else f"u{i:03d}" for i in range(size)]
    years = sorted({each for column in values.values() for each in column})
    index = pd.MultiIndex.from_product([years, units], names=["year", "unit"])
    empty = [np.nan] * size
    reported = pd.DataFrame(
        {
            code: np.concatenate([column.get(each, empty) for each in years]).astype(float)
            for code, column in values.items()
        },
        index=index,
    )
    facts = {
        "name": [f"样区{unit}" for unit in units],
        "region": regions or ["east"] * size,
        "province": provinces or [""] * size,
        "assessed": assessed or [True] * size,
    }
    known = pd.DataFrame({name: each * len(years) for name, each in facts.items()}, index=index)
    return replace(AuditData(year, reported, pd.DataFrame(index=index), known), **more)
