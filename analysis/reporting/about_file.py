"""What a command's folder says of itself: ``about.yml``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import yaml

from analysis import __version__
from analysis.core.findings import Finding
from analysis.reporting.inputs import Inputs
from analysis.reporting.output_folder import heading
from analysis.texts import LANGUAGES


def about_inputs(inputs: Inputs) -> dict[str, Any]:
    """Return what a command read: by name, source and digest, never by place."""
    panel, reading = inputs.panel, inputs.reading
    return {
        "made_by": f"jingkai {__version__}",
        "synthetic": bool(panel.synthetic),
        "source": dict(reading.sources),
        "panel_sha256": panel_digest(panel.values, panel.units),
        "framework": inputs.framework.name,
        "framework_sha256": hashlib.sha256(inputs.framework_file.read_bytes()).hexdigest(),
        "method": inputs.method.name,
        "method_sha256": hashlib.sha256(inputs.method_file.read_bytes()).hexdigest(),
        "rows": {
            "read": reading.rows_read,
            "used": reading.rows_used,
            "refused": reading.rows_refused,
        },
    }


def panel_digest(values: pd.DataFrame, units: pd.DataFrame) -> str:
    """Return the SHA-256 of the values that were read, whatever kind of table held them."""
    digest = hashlib.sha256()
    for frame in (values, units[["name", "region"]]):
        digest.update("\0".join(map(str, frame.columns)).encode())
    digest.update("\0".join(f"{year}\0{unit}" for year, unit in values.index).encode())
    digest.update(np.ascontiguousarray(values.to_numpy(dtype="<f8")).tobytes())
    digest.update("\0".join(map(str, units[["name", "region"]].to_numpy().ravel())).encode())
    return digest.hexdigest()


def notes(findings: tuple[Finding, ...]) -> list[dict[str, str]]:
    """Return findings as texts in both languages."""
    return [{lang: found.text(lang) for lang in LANGUAGES} for found in findings]


def about_text(command: str, content: Mapping[str, Any]) -> str:
    """Return ``about.yml``."""
    body = yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False, width=100)
    return heading(command) + str(body)
