"""What came of the draws: tables of rank intervals, acceptability and pairwise wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.rank import round_scores
from analysis.core.uncertainty.draws.intervals import (
    CONFIDENCE,
    quantiles_of_counts,
    quantiles_of_draws,
    wilson,
)
from analysis.core.uncertainty.draws.study_parts import Study
from analysis.core.uncertainty.draws.tally import Questions, Tally

FloatArray = NDArray[np.float64]

QUANTILES = {"median": 0.5, "q05": 0.05, "q25": 0.25, "q75": 0.75, "q95": 0.95}
SCORE_QUANTILES = ("q05", "median", "q95")
DECIMALS = 9
BLOCK_CELLS = 1 << 18


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a study's draws.

    Attributes
    ----------
    study : Study
    draws : int
        Made in all.
    stopped : {"maximum", "narrow"}
        Whether all draws asked for were made, or the intervals were narrow
        enough before.
    questions : Questions
    tally : Tally
    """

    study: Study
    draws: int
    stopped: Literal["maximum", "narrow"]
    questions: Questions
    tally: Tally

    @cached_property
    def intervals(self) -> pd.DataFrame:
        """One row a unit, sorted by nominal rank, then unit.

        ``unit, region, rank`` (nominal), ``mean, median, q05, q25, q75, q95``
        of the drawn ranks, ``shift`` and ``abs_shift`` (mean of the drawn rank
        minus the nominal one, and of its absolute value), ``score`` (nominal),
        ``score_q05, score_median, score_q95`` (NaN where methods are drawn whose
        scores are on different scales); then shares of the draws, each
        with the ends of its Wilson interval of 95% (``..._low``,
        ``..._high``; see `analysis.core.uncertainty.draws.intervals.wilson`):
        ``p_top10`` and so on for every number of best places (ties share the
        better place), ``p_last`` among the last of the region (ties share the
        worse place; NaN in regions of fewer than twice as many units), and
        ``p_unranked``, without a rank.

        A quantile is the least value that at least this share of the draws in
        which the unit is ranked do not exceed. Those of ranks are of all
        draws, or, in studies of so many units that not every place of every
        unit is counted, of the first `sample_draws`, as those of scores are.
        Shares are of all draws.
        """
        study, counted, kept = self.study, self.tally, self.tally.kept
        nominal = study.nominal_ranks.astype(np.int64)
        with np.errstate(invalid="ignore"):
            shift, moves = counted.shifts / counted.ranked, counted.moves / counted.ranked
        columns: dict[str, Any] = {
            "unit": list(study.units),
            "region": list(study.regions),
            "rank": nominal,
            "mean": nominal + shift,
        }
        if self.questions.all_placed:
            columns |= {
                name: quantiles_of_counts(counted.places, share)
                for name, share in QUANTILES.items()
            }
        else:
            found = self._kept_quantiles([part[2] for part in kept], tuple(QUANTILES.values()))
            columns |= dict(zip(QUANTILES, found, strict=True))
        columns |= {"shift": shift, "abs_shift": moves}
        columns["score"] = round_scores(study.nominal_scores, DECIMALS)
        shares = [QUANTILES[name] for name in SCORE_QUANTILES]
        found = self._kept_quantiles([part[1] for part in kept], shares)
        # A quantile over several scales would say which scale was drawn, not how high a score is.
        mixed = any(note.code == "study.scales" for note in study.notes)
        for name, scores in zip(SCORE_QUANTILES, found, strict=True):
            columns[f"score_{name}"] = np.nan if mixed else round_scores(scores, DECIMALS)
        for number, counts in zip(self.questions.top, counted.tops, strict=True):
            columns |= self._share(f"p_top{number}", counts)
        asked = np.zeros(len(study.units), dtype=bool)
        for members in self.questions.regions:
            asked[members] = True
        for name, share in self._share("p_last", counted.lasts).items():
            columns[name] = np.where(asked, share, np.nan)
        columns |= self._share("p_unranked", self.draws - counted.ranked)
        table = pd.DataFrame(columns)
        return table.sort_values(["rank", "unit"], ignore_index=True)

    @cached_property
    def acceptability(self) -> pd.DataFrame:
        """Rank acceptability: ``unit, place, p, p_low, p_high``.

        Share of the draws in which the unit has the place, with its Wilson
        interval; places that a unit never had have no row. Over the places of
        a unit the shares sum to one less the share without a rank; over the
        units at a place, where there are no ties, to one. Sorted by nominal
        rank, unit and place.
        """
        rows, places = np.nonzero(self.tally.places)
        units = self.questions.placed[rows]
        table = pd.DataFrame(
            {
                "unit": self._unit_names[units],
                "place": places + 1,
                **self._share("p", self.tally.places[rows, places]),
            }
        )
        return self._sorted(table, units)

    @cached_property
    def pairwise(self) -> pd.DataFrame:
        """Pairwise winning probabilities: ``unit, other, p_win, p_win_low, p_win_high, p_tie``.

        Share of the draws in which the unit ranks before the other one, with
        its Wilson interval, and in which they are level; in a draw in which
        either has no rank neither wins. Every unit with every other, sorted by
        the unit's nominal rank, then the other's.
        """
        paired, names = self.questions.paired, self._unit_names
        rows = np.repeat(np.arange(len(paired)), len(names))
        others = np.tile(np.arange(len(names)), len(paired))
        keep = paired[rows] != others
        rows, others = rows[keep], others[keep]
        table = pd.DataFrame(
            {
                "unit": names[paired[rows]],
                "other": names[others],
                **self._share("p_win", self.tally.wins[rows, others]),
                "p_tie": self.tally.ties[rows, others] / max(self.draws, 1),
            }
        )
        return self._sorted(table, paired[rows], others)

    @property
    def mean_shift(self) -> float:
        """Mean absolute change of rank from the nominal one, over units and draws.

        ``sum(abs(r_du - r_u)) / number of ranks drawn``; Saisana, Saltelli,
        Tarantola (2005), Uncertainty and sensitivity analysis techniques as
        tools for the quality assessment of composite indicators.
        """
        ranked = int(self.tally.ranked.sum())
        return self.tally.moved / ranked if ranked else float("nan")

    @property
    def mean_shift_error(self) -> float:
        """Standard error of `mean_shift`: what the number of draws leaves open."""
        n, ranked = self.draws, int(self.tally.ranked.sum())
        if n < 2 or not ranked:
            return float("nan")
        spread = n * self.tally.moved_squares - self.tally.moved**2
        variance = spread / (n * (n - 1))
        return float(np.sqrt(variance * n)) / ranked

    @property
    def sample_draws(self) -> int:
        """Draws whose scores were kept for quantiles: the first ones."""
        return sum(len(scores) for _, scores, _ in self.tally.kept)

    def _kept_quantiles(self, kept: Sequence[NDArray[Any]], shares: Sequence[float]) -> FloatArray:
        """Return quantiles of what was kept of the first draws: scores, or unsigned ranks."""
        units = len(self.study.units)
        found = np.full((len(shares), units), np.nan)
        step = max(1, BLOCK_CELLS // max(self.sample_draws, 1))
        for start in range(0, units, step):
            block = np.concatenate([held[:, start : start + step].T for held in kept], axis=1)
            if block.dtype.kind == "u" and not block.all():
                block = np.where(block == 0, np.nan, block)
            found[:, start : start + step] = quantiles_of_draws(block, shares)
        return found

    @property
    def _unit_names(self) -> NDArray[np.object_]:
        return np.array(self.study.units, dtype=object)

    def _share(self, name: str, counts: NDArray[Any]) -> dict[str, FloatArray]:
        low, high = wilson(counts, self.draws, CONFIDENCE)
        return {name: counts / max(self.draws, 1), f"{name}_low": low, f"{name}_high": high}

    def _sorted(self, table: pd.DataFrame, *by: NDArray[np.intp]) -> pd.DataFrame:
        """Return a table sorted by the standing of units; the rest as it is."""
        order = np.lexsort((self._unit_names.astype("U"), self.study.nominal_ranks))
        standing = np.empty(len(order), dtype=np.intp)
        standing[order] = np.arange(len(order))
        keys = [standing[units] for units in by]
        return table.iloc[np.lexsort(keys[::-1])].reset_index(drop=True)
