"""The inverse question from the tables to the files: which weights could give an order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.core.uncertainty.draws.study import Study, open_study
from analysis.core.uncertainty.inverse.inverse_methods import ByMethod, recover_for_methods
from analysis.core.uncertainty.inverse.order import Order
from analysis.core.uncertainty.weights.space_builders import free
from analysis.core.uncertainty.weights.weight_space import WeightSpace, weight_draws
from analysis.core.write import write_table, write_text
from analysis.reporting.about_file import about_inputs, about_text, notes
from analysis.reporting.inputs import Inputs
from analysis.reporting.output_folder import ABOUT, whole_folder
from analysis.reporting.uncertainty.published_order import read_order
from analysis.reporting.uncertainty.uncertainty_inputs import (
    gathered,
    read_methods,
    tried,
    units_of,
)
from analysis.texts import LANGUAGES, text

COMMAND = "recover"
FREE = "free"


@dataclass(frozen=True, eq=False)
class Recovery:
    """What came of the inverse question.

    Attributes
    ----------
    inputs : Inputs
    study : Study
        Its variants are the methods asked.
    space : WeightSpace
        The weights that were admissible beforehand.
    order : Order
    found : ByMethod
    """

    inputs: Inputs
    study: Study
    space: WeightSpace
    order: Order
    found: ByMethod

    def summary(self, lang: str) -> list[str]:
        """Return in a few lines whether the order can be had, and what follows."""
        lines = []
        for _, row in self.found.table.iterrows():
            told: dict[str, Any] = {"method": method_label(str(row["method"]), lang)}
            if row["refused"]:
                why = self.found.refused[str(row["method"])].findings[0].text(lang)
                lines.append(text("recover.refused", lang, why=why, **told))
            elif row["feasible"]:
                told |= {"left": f"{100 * row['left']:.0f}", "must": row["must_matter"] or "-"}
                lines.append(text("recover.feasible", lang, **told))
            else:
                told |= {
                    "slack": f"{row['slack']:.4g}",
                    "units": row["conflict"].replace(" ", ", "),
                }
                lines.append(text("recover.infeasible", lang, **told))
        return lines


def method_label(name: str, lang: str) -> str:
    """Return what a reader sees for a combination of choices."""
    return name.replace("=", ": ") or text("recover.own_method", lang)


def recover(
    inputs: Inputs, published: Path, sheet: str | None, weights: str, methods: str
) -> Recovery:
    """Ask which weights could have produced a published order.

    Parameters
    ----------
    inputs : Inputs
    published : pathlib.Path
        For `analysis.reporting.uncertainty.published_order.read_order`.
    sheet : str or None
    weights : str
        ``free`` or what `analysis.core.uncertainty.weights.weight_space.weight_draws` takes: the
        weights that are admissible beforehand.
    methods : str
        ``none``, ``default`` or a path.

    Raises
    ------
    InputError
        With what is wrong with any of them, all at once.
    """
    framework, method, year = inputs.framework, inputs.method, inputs.years[-1]
    units = units_of(inputs)
    space = tried(
        lambda: (
            free(framework) if weights == FREE else weight_draws(weights, framework).admissible_set
        )
    )
    chosen = tried(lambda: read_methods(methods, framework, method))
    order = tried(lambda: read_order(published, sheet, units))
    gathered(space, chosen, order)
    study = open_study(inputs.panel, framework, method, year, methods=chosen[0])
    found = recover_for_methods(study.variants, study.units, study.framework, space[0], order[0])
    return Recovery(inputs, study, space[0], order[0], found)


def write_recovery(work: Recovery, folder: Path) -> None:
    """Write ``about.yml``, ``methods.csv``, ``weights.csv``, ``conflicts.csv``, ``slacks.csv``.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    by_method = work.found.found.items()
    tables = {
        "methods.csv": work.found.table,
        "weights.csv": _stacked({name: one.ranges for name, one in by_method}),
        "conflicts.csv": _stacked({name: one.conflict for name, one in by_method}),
        "slacks.csv": _stacked({name: one.slacks for name, one in by_method}),
    }
    with whole_folder(folder) as new:
        for name, table in tables.items():
            write_table(table, new / name)
        write_text(new / ABOUT, about_text(COMMAND, _about(work)))


def _stacked(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    parts = [table.assign(method=name) for name, table in tables.items() if len(table)]
    if not parts:
        empty = next(iter(tables.values()), pd.DataFrame())
        return pd.DataFrame(columns=["method", *empty.columns])
    whole = pd.concat(parts, ignore_index=True)
    return whole[["method", *(name for name in whole.columns if name != "method")]]


def _about(work: Recovery) -> dict[str, Any]:
    said = about_inputs(work.inputs)
    said |= {
        "year": work.study.year,
        "units": len(work.study.units),
        "units_in_order": len(work.order.units),
        "margin": next((one.margin for one in work.found.found.values()), None),
        "constraints": list(work.space.constraints),
        "notes": notes(work.study.notes),
        "summary": {lang: work.summary(lang) for lang in LANGUAGES},
    }
    return said
