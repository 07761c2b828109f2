"""The files of a study of uncertainty: one folder, written whole or not at all.

::

    DIR/about.yml                   settings, seed, draws done, why it stopped, notes
    DIR/weights.csv                 admissible weights by item, agreement of chains
    DIR/rank_intervals.csv          unit by unit: nominal rank, quantiles, chances
    DIR/rank_acceptability.parquet  unit, place, share of the draws
    DIR/pairwise.parquet            unit, other, share of the draws in which it is ahead
    DIR/sobol.csv                   factor, output, unit, first-order and total index
    DIR/robust_bounds.csv           best and worst score and rank over all admissible weights
    DIR/witnesses.csv               weights at which those ranks are reached
    DIR/dominance.csv               upper, lower: the certain order, its transitive reduction
    DIR/record/                     every draw, where asked for
    DIR/figures/<lang>/             SVG and PNG

No file names a folder of the machine, the number of workers or a time: the same
inputs and settings give the same bytes.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.core.uncertainty.draws.record import write_records
from analysis.core.write import write_table, write_text
from analysis.reporting.about_file import about_inputs, about_text, notes
from analysis.reporting.output_folder import ABOUT, whole_folder
from analysis.reporting.picture_files import write_pictures
from analysis.reporting.uncertainty.uncertainty_pictures import pictures
from analysis.reporting.uncertainty.uncertainty_work import Work
from analysis.texts import LANGUAGES

COMMAND = "uncertainty"


def write_work(work: Work, folder: Path, languages: tuple[str, ...]) -> None:
    """Write all that came of a study into ``folder``, replacing what an earlier run wrote.

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
        _write_tables(work, new)
        if work.prepared.settings.record:
            write_records(work.study, work.outcome.draws, new / "record")
        write_pictures(partial(pictures, work), new / "figures", languages)
        write_text(new / ABOUT, about_text(COMMAND, about(work)))


def _write_tables(work: Work, folder: Path) -> None:
    outcome = work.outcome
    write_table(_named(outcome.intervals, work), folder / "rank_intervals.csv")
    write_table(_admissible(work), folder / "weights.csv")
    write_table(outcome.acceptability, folder / "rank_acceptability.parquet")
    write_table(outcome.pairwise, folder / "pairwise.parquet")
    if work.sobol is not None:
        write_table(work.sobol.table, folder / "sobol.csv")
    if work.robust is not None:
        write_table(_named(work.robust.bounds, work), folder / "robust_bounds.csv")
        write_table(work.robust.witnesses, folder / "witnesses.csv")
        write_table(work.robust.diagram(work.study.units), folder / "dominance.csv")


def _named(table: pd.DataFrame, work: Work) -> pd.DataFrame:
    """Put the units' names beside their codes."""
    names = dict(zip(work.study.units, work.study.names, strict=True))
    copy = table.drop(columns=["name"], errors="ignore")
    copy.insert(1, "name", [names[unit] for unit in copy["unit"]])
    return copy


def _admissible(work: Work) -> pd.DataFrame:
    """Return the admissible weights, item by item, and how well chains agree on them."""
    space = work.study.weights.admissible_set
    table = pd.DataFrame(
        {
            "item": space.items,
            "nominal": space.nominal,
            "lower": space.lower,
            "upper": space.upper,
            "block": space.block,
            "block_total": space.total[space.block],
        }
    )
    if work.agreement is None:
        return table
    return table.assign(r_hat=work.agreement.r_hat, effective=work.agreement.effective)


def about(work: Work) -> dict[str, Any]:
    """Return what `write_work` writes as ``about.yml``: all that the tables rest on."""
    study, settings = work.study, work.prepared.settings
    said: dict[str, Any] = about_inputs(work.prepared.inputs)
    said |= {
        "year": study.year,
        "region": settings.region or None,
        "units": len(study.units),
        "weights": {lang: study.weights.describe(lang) for lang in LANGUAGES},
        "constraints": list(study.weights.admissible_set.constraints),
        "chains": _chains(work),
        "methods": {
            factor.name: {
                level: round(float(share), 9)
                for level, share in zip(factor.levels, factor.probabilities, strict=True)
            }
            for factor in study.method_factors
        },
        "leave_out": {
            code or "-": round(float(share), 9)
            for code, share in zip(study.leave_out, study.leave_out_probabilities, strict=True)
        },
        "draws": {
            "most": settings.draws,
            "done": work.outcome.draws,
            "stopped": work.outcome.stopped,
            "batch": study.batch,
            "seed": study.seed,
            "tolerance": settings.tolerance,
        },
        "sobol": {"base_sample": settings.sobol or None, "seed": settings.seed},
        "robust": _robust_about(work),
        "notes": notes(study.notes),
        "summary": {lang: work.summary(lang) for lang in LANGUAGES},
    }
    return said


def _chains(work: Work) -> dict[str, Any] | None:
    """Return how far the chains of hit-and-run agree; None where none were needed."""
    found = work.agreement
    if found is None:
        return None
    return {
        "r_hat_most": round(found.worst, 6),
        "effective_least": round(found.least_effective, 1),
        "draws": found.draws,
    }


def _robust_about(work: Work) -> dict[str, Any]:
    if work.robust is None:
        return {"refused": notes(work.refused)}
    table = work.robust.bounds
    proven = table["exact_best"] & table["exact_worst"]
    said: dict[str, Any] = {
        "method": work.study.base.name,
        "share_of_pairs_decided": round(float(work.robust.share_decided), 9),
        "units_with_exact_bounds": int(proven.sum()),
    }
    if work.prepared.exact is not None:
        # Where the time ran out the gap is left between the bounds, and another machine may get
        # further: the one thing here that depends on the machine.
        said["solved"] = {
            "units": int(table["solved"].sum()),
            "proven": int((table["solved"] & proven).sum()),
            "seconds_at_most": work.prepared.settings.time_limit,
        }
    return said
