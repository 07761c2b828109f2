"""Tables of who gains by a change of framework, made of plain tables.

Arguments as in `analysis.reporting.editions.figures_gains`. ``kind`` is ``zones`` or
``units``: whose
words are used. Of synthetic data no table shows a p-value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from analysis.core.comparing.gains import Gains
from analysis.core.comparing.region_differences import RegionDifferences
from analysis.reporting.editions.gains_labels import (
    class_label,
    in_order,
    predictor_label,
    term_labels,
)
from analysis.reporting.markdown import (
    Markdown,
    number,
    paragraphs,
    percent,
    sentence,
    table,
    value_missing,
)
from analysis.texts import text

DECIMALS = {"rank": 1, "score": 2}


def effects(
    found: Gains,
    lang: str,
    *,
    outcome: str = "rank",
    kind: str = "units",
    regions: Mapping[str, str] | None = None,
    ties: pd.DataFrame | None = None,
) -> Markdown:
    """Return the effects, sizes first: standardised, share explained, robust error."""
    rows, decimals = found.effects, DECIMALS[outcome]
    labels = term_labels(rows, lang, regions=regions, reference=found.reference, ties=ties)
    unit = text(f"gains.unit.{outcome}", lang)
    head = headings(lang, kind, unit=unit)
    columns = {
        head("predictor"): labels,
        head("standardised"): [number(v, 2, signed=True) for v in rows["standardised"]],
        head("unique"): [percent(v, 1) for v in rows["unique"]],
        head("effect"): [number(v, decimals, signed=True) for v in rows["effect"]],
        head("error"): [number(v, decimals) for v in rows["error"]],
        head("interval"): _intervals(rows["low"], rows["high"], decimals),
    }
    if not found.synthetic:
        columns[head("p")] = [p_value(v) for v in rows["p"]]
    named = (regions or {}).get(found.reference, found.reference)
    note = "effects" if found.reference else "effects_plain"
    return paragraphs(
        [
            text_table(columns, lang),
            sentence(f"gains.note.{note}", lang, reference=named),
            sentence("gains.note.no_p", lang) if found.synthetic else Markdown(""),
        ]
    )


def quantiles(
    found: Gains,
    lang: str,
    *,
    outcome: str = "rank",
    kind: str = "units",
    regions: Mapping[str, str] | None = None,
    ties: pd.DataFrame | None = None,
) -> Markdown:
    """Return every term's effect on quantiles of the shift, its error in brackets."""
    decimals = DECIMALS[outcome]
    head = headings(lang, kind)
    terms = found.effects
    labels = term_labels(terms, lang, regions=regions, reference=found.reference, ties=ties)
    columns: dict[str, list[str]] = {head("predictor"): labels}
    for quantile, rows in found.quantiles.groupby("quantile", sort=True):
        heading = text("gains.col.quantile", lang, share=f"{100 * float(str(quantile)):g}%")
        columns[heading] = _with_errors(rows, decimals)
    columns[head("least_squares")] = _with_errors(terms, decimals)
    stopped = found.quantiles.loc[~found.quantiles["converged"].astype(bool), "quantile"].nunique()
    more = sentence("gains.note.unconverged", lang, n=stopped) if stopped else Markdown("")
    return paragraphs([text_table(columns, lang), more])


def ties_table(ties: pd.DataFrame, lang: str) -> Markdown:
    """Return which predictors are tied to the indices, and to which items."""
    head = headings(lang, "units")
    columns = {
        head("predictor"): [predictor_label(key, lang) for key in ties["predictor"]],
        head("tie"): [text(f"gains.tie.{tie or 'none'}", lang) for tie in ties["tie"]],
        head("old_items"): list(ties["old_items"]),
        head("new_items"): list(ties["new_items"]),
    }
    return table(pd.DataFrame(columns), lang)


def region_pairs(
    found: RegionDifferences,
    lang: str,
    *,
    outcome: str = "rank",
    kind: str = "units",
    regions: Mapping[str, str] | None = None,
) -> Markdown:
    """Return the regions two by two, with what shuffled regions give."""
    names, head, rows = regions or {}, headings(lang, kind), found.pairs
    decimals = DECIMALS[outcome]
    columns = {
        head("pair"): [
            text("gains.fig.against", lang, region=names.get(one, one), other=names.get(two, two))
            for one, two in zip(rows["region"], rows["other"], strict=True)
        ],
        head("standardised"): [number(v, 2, signed=True) for v in rows["standardised"]],
        head("superiority"): [percent(v) for v in rows["superiority"]],
        head("difference"): [number(v, decimals, signed=True) for v in rows["difference"]],
        head("chance"): _intervals(rows["low"], rows["high"], decimals),
    }
    if rows["p"].notna().any():
        columns[head("p")] = [p_value(v) for v in rows["p"]]
        columns[head("p_holm")] = [p_value(v) for v in rows["p_holm"]]
    return text_table(columns, lang)


def summary(
    found: pd.DataFrame,
    lang: str,
    *,
    outcome: str = "rank",
    kind: str = "units",
    regions: Mapping[str, str] | None = None,
    causes: Mapping[str, str] | None = None,
) -> Markdown:
    """Return the shifts by class.

    ``found``: as `analysis.core.comparing.classes.summarise` returns it; ``causes``: headings
    of the parts by their columns in it.
    """
    head, decimals = headings(lang, kind), DECIMALS[outcome]
    rows = in_order(found, regions)
    if rows.empty:
        return table(pd.DataFrame(), lang)
    divided = [predictor_label(by, lang, short=True) if by else "" for by in rows["by"]]
    many = rows["by"].value_counts()
    columns: dict[str, list[str]] = {
        head("by"): [name or text("gains.class.all", lang) for name in divided],
        head("class"): [
            class_label(by, code, lang, regions=regions, many=int(many[by])) if by else " "
            for by, code in zip(rows["by"], rows["class"], strict=True)
        ],
        text(f"noun.Units.{kind}", lang): [number(v) for v in rows["units"]],
        head("mean"): [number(v, decimals, signed=True) for v in rows["mean"]],
    }
    for column, heading in (causes or {}).items():
        columns[heading] = [number(v, decimals, signed=True) for v in rows[column]]
    if not causes:
        columns[head("median")] = [number(v, decimals, signed=True) for v in rows["median"]]
        columns[head("quartiles")] = _intervals(rows["q25"], rows["q75"], decimals)
        columns[head("gaining")] = [percent(v) for v in rows["gaining"]]
        columns[head("losing")] = [percent(v) for v in rows["losing"]]
    more = sentence("gains.note.causes", lang) if causes else Markdown("")
    shown = text_table(columns, lang, texts=2, blank=True)
    return paragraphs([shown, more])


def over_draws(
    found: pd.DataFrame,
    lang: str,
    *,
    kind: str = "units",
    regions: Mapping[str, str] | None = None,
    reference: str = "",
    ties: pd.DataFrame | None = None,
) -> Markdown:
    """Return how the standardised effects hold over draws (`effects_over_draws`)."""
    head = headings(lang, kind)
    columns = {
        head("predictor"): term_labels(
            found, lang, regions=regions, reference=reference, ties=ties
        ),
        head("nominal"): [number(v, 2, signed=True) for v in found["nominal"]],
        head("drawn"): _intervals(found["q05"], found["q95"], 2),
        head("same_sign"): [percent(v) for v in found["same_sign"]],
    }
    return text_table(columns, lang)


def headings(lang: str, kind: str, unit: str = "") -> Callable[[str], str]:
    """Return what gives a column's heading, the words for the units put in."""
    units = text(f"noun.units.{kind}", lang)
    return lambda key: text(f"gains.col.{key}", lang, unit=unit, units=units)


def text_table(
    columns: Mapping[str, list[str]], lang: str, *, texts: int = 1, blank: bool = False
) -> Markdown:
    """Return a table whose first columns are text and whose others are numbers as text."""
    frame = pd.DataFrame(dict(columns))
    if blank:  # an empty cell that means nothing is missing
        frame = frame.map(lambda cell: Markdown("") if cell == " " else cell)
    return table(frame, lang, right=list(frame.columns[texts:]))


def _intervals(low: pd.Series, high: pd.Series, decimals: int) -> list[str]:
    joined = []
    for one, other in zip(low, high, strict=True):
        whole = not (value_missing(one) or value_missing(other))
        ends = [number(end, decimals, signed=True) for end in (one, other)]
        joined.append(" … ".join(ends) if whole else "")
    return joined


def _with_errors(rows: pd.DataFrame, decimals: int) -> list[str]:
    return [
        f"{number(effect, decimals, signed=True)} ({number(error, decimals)})"
        for effect, error in zip(rows["effect"], rows["error"], strict=True)
    ]


def p_value(value: float) -> str:
    """Return a p-value as text, none where it is missing."""
    if value_missing(value):
        return ""
    return "<0.001" if value < 0.001 else f"{value:.3f}"
