"""The record of every draw as files: rows of parameters and results, and all they rest on."""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.core.uncertainty.draws.record_rows import records, replay, replay_ranks
from analysis.core.uncertainty.draws.study import Study
from analysis.core.uncertainty.methods.variant import Variant
from analysis.core.write import write_table, write_text
from analysis.texts import LANGUAGES, text

__all__ = ["read_records", "records", "replay", "replay_ranks", "write_records"]

DRAWS_FILE, RESULTS_FILE = "draws.parquet", "draw_results.parquet"


def write_records(study: Study, draws: int, folder: str | Path) -> None:
    """Write every draw, and what it takes to compute it with another tool.

    ===================== ====================================================
    draws.parquet         parameters, one row a draw (see `records`)
    draw_results.parquet  ``draw, unit, score, rank``
    framework.csv         the tree, its nominal weights and its rules
    units.csv             units, nominal scores and ranks, the attributes that
                          weights are keyed on; ``studied`` is 0 for those that
                          are only compared with
    variants.csv          each variant: its choices, its probability, its rules
                          and its file of values
    variant_000.csv ...   normalised items of all units under a variant
    study.json            seed, batch, number of draws, decimals, notes
    README.md             how a row leads to the scores, in both languages
    ===================== ====================================================

    The same study and number of draws give the same bytes. Memory does not
    grow with the number of draws.

    Parameters
    ----------
    study : Study
    draws : int
    folder : str or pathlib.Path
        Made if need be. Each file appears whole or not at all; use
        `analysis.core.write.atomic_folder` to have all of them or none.

    Raises
    ------
    InputError
        If the number of draws is no whole number above zero.
    OSError
        If the folder cannot be written to.
    """
    pairs = records(study, draws)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with _parquet(folder / DRAWS_FILE) as parameters, _parquet(folder / RESULTS_FILE) as results:
        for drawn, found in pairs:
            parameters(drawn)
            results(found)
    write_table(study.framework.nodes.reset_index(), folder / "framework.csv")
    write_table(_units(study), folder / "units.csv")
    write_table(_variants(study), folder / "variants.csv")
    for number, variant in enumerate(study.variants):
        write_table(_values(study, variant), folder / _file(number))
    content = json.dumps(_about(study, draws), ensure_ascii=False, indent=1, sort_keys=True)
    write_text(folder / "study.json", content + "\n")
    said = [text("study.readme", lang) for lang in LANGUAGES]
    if _has_points(study):
        said = [
            words + "\n\n" + text("study.readme.points", lang)
            for lang, words in zip(LANGUAGES, said, strict=True)
        ]
    if study.synthetic:
        said = [
            text("study.readme.synthetic", lang) + "\n\n" + words
            for lang, words in zip(LANGUAGES, said, strict=True)
        ]
    write_text(folder / "README.md", "\n\n".join(said) + "\n")


def read_records(folder: str | Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the parameters and the results that `write_records` wrote.

    Returns
    -------
    (parameters, results)
        As `analysis.core.uncertainty.draws.record_rows.records` gives them, in one piece.

    Raises
    ------
    FileNotFoundError
        If the folder lacks one of the files.
    """
    folder = Path(folder)
    return pd.read_parquet(folder / DRAWS_FILE), pd.read_parquet(folder / RESULTS_FILE)


class _Rows:
    """Writes tables of one schema one below the other."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer: pq.ParquetWriter | None = None

    def __call__(self, frame: pd.DataFrame) -> None:
        table = pa.Table.from_pandas(frame, preserve_index=False)
        if self.writer is None:
            self.writer = pq.ParquetWriter(self.path, table.schema, write_page_checksum=True)
        # The schema of the first rows, where the number of rows stands beside the columns.
        self.writer.write_table(table.replace_schema_metadata(self.writer.schema.metadata))

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()


@contextlib.contextmanager
def _parquet(path: Path) -> Iterator[_Rows]:
    """Give what writes rows to a file that appears when all of them are written."""
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    rows = _Rows(temporary)
    try:
        yield rows
        rows.close()
        temporary.replace(path)
    finally:
        rows.close()
        temporary.unlink(missing_ok=True)


def _has_points(study: Study) -> bool:
    return any(variant.added is not None or variant.outside for variant in study.variants)


def _file(number: int) -> str:
    return f"variant_{number:03d}.csv"


def _units(study: Study) -> pd.DataFrame:
    studied = pd.DataFrame(
        {
            "unit": list(study.units),
            "studied": 1,
            "name": list(study.names),
            "region": list(study.regions),
            "score": study.nominal_scores,
            "rank": study.nominal_ranks.astype(int),
        }
    )
    keyed = [key for key in study.attributes if key not in studied]
    facts = study.attributes[keyed].reset_index(drop=True)
    others = study.attributes_of_others[keyed].reset_index()
    if all(variant.others is None for variant in study.variants):
        others = others.iloc[:0]
    beside = others.drop(columns="year").assign(studied=0)
    table = pd.concat([pd.concat([studied, facts], axis=1), beside], ignore_index=True)
    return table.astype({"rank": "Int64", "studied": "int64"})


def _variants(study: Study) -> pd.DataFrame:
    rows = []
    for number, variant in enumerate(study.variants):
        method = variant.method
        scale = method.normalisation
        ends = scale.range_of(scale.rule) if scale.has_scale(scale.rule) else (None, None)
        rows.append(
            {
                "variant": number,
                "probability": float(study.probabilities[number]),
                **{f"choice:{key}": level for key, level in variant.choice.items()},
                "imputation": method.imputation.rule,
                "treatment": method.treatment.rule,
                "normalisation": scale.rule,
                "over": scale.over,
                "lower": ends[0],
                "upper": ends[1],
                "aggregation": method.aggregation.rule,
                "parameters": json.dumps(dict(method.aggregation.parameters), sort_keys=True),
                "rescale": int(method.weighting.rescale),
                **({"outside": " ".join(variant.outside)} if _has_points(study) else {}),
                "values": _file(number),
            }
        )
    return pd.DataFrame(rows)


def _values(study: Study, variant: Variant) -> pd.DataFrame:
    items = list(study.framework.items)
    table = pd.DataFrame(variant.values, columns=items, copy=True)
    table.insert(0, "unit", list(study.units))
    if variant.added is not None:
        table = table.assign(points=variant.added.points, fixed=variant.added.fixed)
    if variant.others is None:
        return table
    others = pd.DataFrame(variant.others, columns=items)
    others.insert(0, "unit", study.attributes_of_others.index.get_level_values("unit"))
    return pd.concat([table, others], ignore_index=True)


def _about(study: Study, draws: int) -> dict[str, object]:
    return {
        "year": study.year,
        "seed": study.seed,
        "batch": study.batch,
        "draws": draws,
        "decimals": study.base.ranking.decimals,
        "synthetic": study.synthetic,
        "method": study.base.name,
        "weights": {lang: study.weights.describe(lang) for lang in LANGUAGES},
        "choices": {
            factor.name: dict(zip(factor.levels, factor.probabilities.tolist(), strict=True))
            for factor in study.method_factors
        },
        "left_out": dict(zip(study.leave_out, study.leave_out_probabilities.tolist(), strict=True)),
        "notes": [{lang: note.text(lang) for lang in LANGUAGES} for note in study.notes],
    }
