"""Tables of how well a regression of shifts fits, for an appendix.

Arguments as in `analysis.reporting.editions.tables_gains`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.core.comparing.gains import Gains
from analysis.reporting.editions.gains_labels import term_labels
from analysis.reporting.editions.tables_gains import DECIMALS, headings, p_value, text_table
from analysis.reporting.markdown import Markdown, number, table
from analysis.texts import text

NAMED = 10  # units that the table of influence lists


def diagnostics(found: Gains, lang: str, *, kind: str = "units") -> Markdown:
    """Return the diagnostics of a regression."""
    head = headings(lang, kind)
    rows = found.diagnostics
    whole = rows["key"].str.endswith("_many")
    columns = {
        head("diagnostic"): [
            text(f"gains.diagnostic.{key}", lang, units=text(f"noun.units.{kind}", lang))
            for key in rows["key"]
        ],
        head("value"): [
            number(v, 0 if w else 2) for v, w in zip(rows["value"], whole, strict=True)
        ],
    }
    if rows["p"].notna().any():
        columns[head("p")] = [p_value(v) for v in rows["p"]]
    return text_table(columns, lang)


def collinearity(
    found: Gains,
    lang: str,
    *,
    outcome: str = "rank",
    kind: str = "units",
    regions: Mapping[str, str] | None = None,
) -> Markdown:
    """Return each term's variance inflation, and its effect without influential units."""
    head = headings(lang, kind, unit=text(f"gains.unit.{outcome}", lang))
    decimals = DECIMALS[outcome]
    rows = found.effects
    columns = {
        head("predictor"): term_labels(rows, lang, regions=regions, reference=found.reference),
        head("vif"): [number(v, 1) for v in rows["vif"]],
        head("effect"): [number(v, decimals, signed=True) for v in rows["effect"]],
        head("trimmed"): [number(v, decimals, signed=True) for v in rows["without_influential"]],
    }
    return text_table(columns, lang)


def influential(
    found: Gains,
    lang: str,
    *,
    outcome: str = "rank",
    kind: str = "units",
    labels: Mapping[str, str] | None = None,
) -> Markdown:
    """Return the units that move the regression most, by Cook's distance."""
    head, decimals, names = headings(lang, kind), DECIMALS[outcome], labels or {}
    rows = found.influence.sort_values(["cook", "unit"], ascending=[False, True]).head(NAMED)
    frame = pd.DataFrame(
        {
            text(f"noun.Unit.{kind}", lang): [names.get(unit, unit) for unit in rows["unit"]],
            head("shift"): rows["shift"],
            head("fitted"): rows["fitted"],
            head("residual"): rows["residual"],
            head("leverage"): rows["leverage"],
            head("cook"): rows["cook"],
        }
    )
    places = {head("shift"): 0 if outcome == "rank" else 2, head("fitted"): decimals}
    signed = [head(column) for column in ("shift", "fitted", "residual")]
    return table(frame, lang, decimals={**places, head("cook"): 3}, signed=signed)
