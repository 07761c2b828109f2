"""Acceptances that stay with a panel: ``accepted.csv`` of its folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.core.findings import Finding, InputError
from analysis.core.panel_folder import open_folder
from analysis.core.write import write_table
from analysis.reporting.audit.audit_beside import ACCEPTED
from analysis.zones.audit.accept import COLUMNS, Accepted


def check_keep(panel: str) -> Path:
    """Return the folder whose acceptances are to be kept.

    Raises
    ------
    InputError
        If the panel is no panel folder.
    """
    folder = Path(panel)
    if not panel or not folder.is_dir():
        raise InputError([Finding("error", "audit.keep_folder", {"panel": panel or "-"})])
    return open_folder(folder).path


def keep_accepted(folder: Path, accepted: Iterable[Accepted]) -> int:
    """Write acceptances to the panel's folder, and return how many it holds now.

    Of two for the same finding (its mark, else rule, unit, year and code) the
    later one counts: pass the folder's own first. Where there is none, no
    file is written.

    Raises
    ------
    InputError
        If the file cannot be written; what was there stays.
    """
    held = {(one.mark, one.key): one for one in accepted}
    if not held:
        return 0
    rows = [
        (
            one.mark,
            one.rule,
            one.unit,
            one.year,
            one.code,
            one.value,
            one.acceptance.reason,
            one.acceptance.by,
            one.acceptance.on,
        )
        for one in sorted(held.values(), key=lambda one: (one.year, one.key, one.mark))
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"value": np.float64})
    try:
        write_table(table, folder / ACCEPTED)
    except OSError as error:
        told: dict[str, object] = {"out": str(folder), "reason": error.strerror or str(error)}
        raise InputError([Finding("error", "out.unwritable", told)]) from None
    return len(rows)
