"""The files of a comparison: one folder, written whole or not at all.

::

    DIR/about.yml            inputs, crosswalk, settings, seed, notes, summary
    DIR/similarity.csv       how far the rankings agree, by year and region
    DIR/ranks.csv            unit by unit: score and place under both, places won
    DIR/attribution.csv      unit by unit: what each cause has in the shift of score and place
    DIR/causes.csv           the same for all units together
    DIR/hybrids.csv          the 16 mixtures of the two that the attribution rests on
    DIR/hybrid_groups.csv    weights of the groups in each of them, where emptied ones' went
    DIR/left_out.csv         units that the attribution leaves out
    DIR/movers.csv           who moved most, and why
    DIR/flows.csv            how much weight runs from each old group to each new one
    DIR/rewards.csv          what either framework rewards and what its weight rests on
    DIR/crosswalk.csv        the links between items that all this rests on
    DIR/firmness.csv         the share of draws in which each statement holds
    DIR/measures.csv         every measure with its quantiles over the draws
    DIR/unit_shifts.csv      every unit's shift with its quantiles over the draws
    DIR/draws.csv            the draws, a row each
    DIR/figures/<lang>/      SVG and PNG

Numbers are rounded to 9 decimals. No file names a folder of the machine or a
time: the same inputs and settings give the same bytes.
"""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.core.comparing.attribution import summarise_causes
from analysis.core.write import write_table, write_text
from analysis.reporting.about_file import about_inputs, about_text, notes
from analysis.reporting.editions.compare_pictures import pictures
from analysis.reporting.editions.compare_work import Work, framework_names
from analysis.reporting.output_folder import ABOUT, whole_folder
from analysis.reporting.picture_files import write_pictures
from analysis.texts import LANGUAGES

COMMAND = "compare"
DECIMALS = 9


def write_work(work: Work, folder: Path, languages: tuple[str, ...]) -> None:
    """Write all that came of a comparison into ``folder``, replacing what an earlier run wrote.

    Parameters
    ----------
    work : Work
    folder : pathlib.Path
        As `analysis.reporting.output_folder.check_folder` returns it.
    languages : tuple of str
        Of the figures.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    with whole_folder(folder) as new:
        for name, table in tables(work).items():
            write_table(table.round(DECIMALS), new / f"{name}.csv")
        write_pictures(partial(pictures, work), new / "figures", languages)
        write_text(new / ABOUT, about_text(COMMAND, about(work)))


def tables(work: Work) -> dict[str, pd.DataFrame]:
    """Return the tables of a comparison by the names of their files."""
    found = work.attributions
    facts = work.ranks[["year", "unit", "name", "region"]]
    made = {
        "similarity": work.similarity,
        "ranks": work.ranks,
        "movers": work.movers,
        "flows": work.flows,
        "rewards": _rewards(work),
        "crosswalk": work.pair.crosswalk.table,
    }
    if found:
        shifts = _by_year({year: one.table for year, one in found.items()})
        named = facts.merge(shifts, on=["year", "unit"], how="right")
        made["attribution"] = named.sort_values(["year", "unit"], kind="stable")
        made["causes"] = _by_year({y: summarise_causes(one.table) for y, one in found.items()})
        made["hybrids"] = _by_year({year: one.hybrids for year, one in found.items()})
        made["hybrid_groups"] = _by_year({year: one.group_weights for year, one in found.items()})
        made["left_out"] = _by_year({year: one.left_out for year, one in found.items()})
    if work.firmness is not None:
        made["firmness"] = _firmness(work)
        made["measures"] = work.firmness.measures.reset_index()
        names = facts[facts["year"] == work.year].set_index("unit")["name"]
        units = work.firmness.units.reset_index()
        units.insert(1, "name", names.reindex(units["unit"]).to_numpy())
        made["unit_shifts"] = units
        drawn = work.firmness.drawn
        made["draws"] = drawn.rename_axis("draw").reset_index()
    return made


def about(work: Work) -> dict[str, Any]:
    """Return what `write_work` writes as ``about.yml``: all that the tables rest on."""
    pair, settings = work.pair, work.settings
    old, new = (about_inputs(side) for side in pair.sides)
    own = ("framework", "framework_sha256", "method", "method_sha256", "panel_sha256", "rows")
    shared = {key: value for key, value in new.items() if key not in own}
    counts = pair.crosswalk.counts().to_dict("records")
    drawn = work.firmness
    said: dict[str, Any] = shared | {
        "names": list(framework_names(pair)),
        "old": {key: old[key] for key in own},
        "new": {key: new[key] for key in own},
        "years": list(pair.years),
        "unit_years_in_one_only": pair.dropped,
        "crosswalk": {
            "name": pair.crosswalk.name,
            "from": pair.crosswalk_from,
            "sha256": _crosswalk_digest(work),
            "items": {
                str(row["relation"]): {"old": row["old_items"], "new": row["new_items"]}
                for row in counts
            },
        },
        "top": work.top,
        "attribution": {
            int(year): {"units": len(one.table), "left_out": len(one.left_out)}
            for year, one in work.attributions.items()
        },
        "draws": None
        if drawn is None
        else {
            "year": work.year,
            "done": len(drawn.drawn),
            "seed": settings.seed,
            "weights": settings.weights,
            "methods": settings.methods,
        },
        "notes": notes(
            (*pair.crosswalk.findings, *work.refused, *(drawn.notes if drawn is not None else ()))
        ),
        "summary": {lang: work.summary(lang) for lang in LANGUAGES},
    }
    return said


def _by_year(parts: dict[int, pd.DataFrame]) -> pd.DataFrame:
    """Return tables one below the other, the year first."""
    tables = [table.assign(year=year) for year, table in sorted(parts.items())]
    whole = pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)
    return whole[["year", *(name for name in whole.columns if name != "year")]]


def _rewards(work: Work) -> pd.DataFrame:
    parts = [
        table.assign(framework=side)
        for side, table in zip(("old", "new"), work.rewards, strict=True)
    ]
    whole = pd.concat(parts, ignore_index=True)
    return whole[["framework", *(name for name in whole.columns if name != "framework")]]


def _firmness(work: Work) -> pd.DataFrame:
    """Return the shares with the statements in words; panels only where some were drawn."""
    assert work.firmness is not None
    table = work.firmness.shares
    told = {
        f"statement_{lang}": [
            one.said(lang, work.region_names(lang)) for one in work.firmness.statements
        ]
        for lang in LANGUAGES
    }
    panels = (table["panels"] > 0).any()
    kept = [name for name in table.columns if panels or not name.startswith("panels")]
    table = table[kept].assign(year=work.year, **told)
    first = ["year", "key", "measure", *told]
    return table[[*first, *(name for name in table.columns if name not in first)]]


def _crosswalk_digest(work: Work) -> str:
    body = work.pair.crosswalk.table.to_csv(index=False, lineterminator="\n")
    return hashlib.sha256(body.encode("utf-8")).hexdigest()
