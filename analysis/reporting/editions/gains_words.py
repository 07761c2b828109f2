"""Sentences on who gains by a change of framework, every number computed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.core.comparing.gains import Gains
from analysis.core.comparing.region_differences import RegionDifferences
from analysis.reporting.editions.gains_labels import predictor_label
from analysis.reporting.markdown import (
    Markdown,
    bullets,
    number,
    paragraphs,
    percent,
    sentence,
)
from analysis.texts import text


def brief(
    found: Gains,
    lang: str,
    *,
    differences: RegionDifferences | None = None,
    ties: pd.DataFrame | None = None,
    kind: str = "units",
    regions: Mapping[str, str] | None = None,
) -> Markdown:
    """Return in a few points what goes with the shifts in rank.

    Of synthetic data the sentences speak of made-up units, and no p is told.

    Parameters
    ----------
    found : Gains
        Of the shift in rank.
    lang : {"zh", "en"}
    differences : RegionDifferences, optional
        Of the same shifts.
    ties : pandas.DataFrame, optional
        As `analysis.core.comparing.predictors.mechanical` gives it.
    kind : {"zones", "units"}
    regions : mapping, optional
        Names of the regions by code.
    """
    points = []
    rows = found.effects
    noun = text(f"noun.units.{kind}", lang)
    if len(rows):
        most = rows.iloc[int(np.argmax(rows["unique"].to_numpy()))]
        told = found.diagnostics.set_index("key")["value"]
        points.append(
            sentence(
                f"gains.brief.explained{'.synthetic' if found.synthetic else ''}",
                lang,
                n=found.units,
                units=noun,
                r2=Markdown(percent(told["r2"])),
                name=predictor_label(most["predictor"], lang),
                unique=Markdown(percent(most["unique"])),
            )
        )
    numeric = rows[rows["level"] == ""]
    if len(numeric):
        row = numeric.iloc[int(np.argmax(numeric["standardised"].abs().to_numpy()))]
        points.append(
            sentence(
                f"gains.brief.effect.{'up' if row['effect'] >= 0 else 'down'}",
                lang,
                name=predictor_label(row["predictor"], lang),
                places=number(abs(row["effect"]), 1),
                sd=number(abs(row["standardised"]), 2),
            )
        )
    if differences is not None and np.isfinite(differences.explained):
        tested = np.isfinite(differences.p)
        points.append(
            sentence(
                f"gains.brief.regions{'.p' if tested else ''}",
                lang,
                explained=Markdown(percent(differences.explained, 1)),
                chance=Markdown(percent(differences.explained_by_chance, 1)),
                p=number(differences.p, 3),
            )
        )
    if ties is not None and len(ties):
        used = ties[ties["predictor"].isin(rows["predictor"])]
        points.append(
            sentence(
                "gains.brief.mechanical",
                lang,
                all=len(used),
                tied=int((used["tie"] != "").sum()),
                items=int((used["tie"] == "item").sum()),
            )
        )
    return bullets(points)


def reservations(found: Gains, lang: str, *, kind: str = "units") -> Markdown:
    """Return what the regression is not, who is not in it, and what was not taken."""
    noun = text(f"noun.units.{kind}", lang)
    parts = [sentence("gains.note.descriptive", lang, units=noun)]
    if found.synthetic:
        parts.append(sentence("gains.note.synthetic", lang, units=noun))
    comma = "、" if lang == "zh" else ", "
    if len(found.left_out):
        counts = found.left_out["reason"].value_counts().sort_index()
        reasons = [f"{_reason(str(why), lang, noun)}: {count}" for why, count in counts.items()]
        parts.append(
            sentence(
                "gains.note.left_out",
                lang,
                n=len(found.left_out),
                units=noun,
                reasons=comma.join(reasons),
            )
        )
    if len(found.dropped):
        names = [
            text(f"gains.reason.{why}", lang, name=predictor_label(key, lang))
            for key, why in zip(found.dropped["predictor"], found.dropped["reason"], strict=True)
        ]
        parts.append(sentence("gains.note.dropped", lang, names=comma.join(names)))
    return paragraphs(parts)


def _reason(why: str, lang: str, units: str) -> str:
    if why in ("shift", "region"):
        return text(f"gains.reason.{why}", lang, units=units)
    return text("gains.reason.value", lang, name=predictor_label(why, lang, short=True))
