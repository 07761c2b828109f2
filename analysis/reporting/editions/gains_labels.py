"""Names of what a regression of shifts has in its rows."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.core.comparing.predictors import REGION
from analysis.texts import table, text

THIRDS = {"1": "low", "2": "middle", "3": "high"}


def predictor_label(key: str, lang: str, *, short: bool = False) -> str:
    """Return the name of a predictor, its own key where no text names it."""
    named = f"gains.{'short' if short else 'predictor'}.{key}"
    return text(named, lang) if named in table() else key


def term_labels(
    terms: pd.DataFrame,
    lang: str,
    *,
    regions: Mapping[str, str] | None = None,
    reference: str = "",
    ties: pd.DataFrame | None = None,
    short: bool = False,
) -> list[str]:
    """Return the names of the terms, with the marks of those tied to an index.

    Parameters
    ----------
    terms : pandas.DataFrame
        ``predictor, level``.
    regions : mapping, optional
        Names of the regions by code.
    reference : str
        Code of the region that the others are compared with.
    ties : pandas.DataFrame, optional
        As `analysis.core.comparing.predictors.mechanical` gives it.
    short : bool
        Whether names are without what they are computed from.
    """
    names = regions or {}
    tied = {} if ties is None else dict(zip(ties["predictor"], ties["tie"], strict=True))
    labels = []
    for predictor, level in zip(terms["predictor"], terms["level"], strict=True):
        if predictor == REGION and level:
            label = text(
                "gains.region",
                lang,
                region=names.get(level, level),
                reference=names.get(reference, reference),
            )
        else:
            label = predictor_label(predictor, lang, short=short)
        tie = tied.get(predictor, "")
        labels.append(f"{label} {text(f'gains.mark.{tie}', lang)}" if tie else label)
    return labels


def class_label(
    by: str, code: str, lang: str, *, regions: Mapping[str, str] | None = None, many: int = 3
) -> str:
    """Return the name of a class of a division into ``many``."""
    if not by:
        return text("gains.class.all", lang)
    if by == REGION:
        return (regions or {}).get(code, code)
    if many == len(THIRDS) and code in THIRDS:
        return text(f"gains.class.{THIRDS[code]}", lang)
    return text("gains.class.numbered", lang, number=code)


def in_order(summary: pd.DataFrame, regions: Mapping[str, str] | None) -> pd.DataFrame:
    """Return a summary by classes with the regions in the order of their names."""
    if summary.empty or not regions:
        return summary
    divisions = {by: place for place, by in enumerate(dict.fromkeys(summary["by"]))}
    listed = {code: place for place, code in enumerate(regions)}
    keys = [
        (divisions[by], listed.get(code, len(listed)) if by == REGION else 0, code)
        for by, code in zip(summary["by"], summary["class"], strict=True)
    ]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return summary.iloc[order].reset_index(drop=True)
