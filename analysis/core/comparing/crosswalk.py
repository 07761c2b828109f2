"""The crosswalk: which items of one framework are those of another."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class Crosswalk:
    """Links between the items of two frameworks.

    Attributes
    ----------
    name : str
    table : pandas.DataFrame
        One row a link: ``old, new, relation, old_group, new_group, reason_zh,
        reason_en, evidence, source`` (str). ``relation`` is ``kept`` (the same
        formula), ``merged``, ``split``, ``dropped`` or ``new``; ``old`` or
        ``new`` is ``""`` where there is none. ``old_group`` and ``new_group``
        are the groups of the item, or of the one it would be, in either grouping.
    """

    name: str
    table: pd.DataFrame
