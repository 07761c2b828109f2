"""What can be said of chance from so few rounds: exact statements, and what they assume.

The rule changed once, for all zones at once. So the round is what was treated, and
only the first statement, which takes rounds as they come, needs no assumption on
the zones within one. The others treat places or zones as if they changed
independently of each other, which they do not: who comes in puts another one out.
They are yardsticks and make the evidence look stronger than it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.zones.published import Turnover


@dataclass(frozen=True)
class Placing:
    """Where one round stands among others, when some numbers are known by bounds only.

    Attributes
    ----------
    steps : int
        Rounds compared, that of the change included.
    low, high : int
        Least and greatest number of rounds, itself included, with at least as
        many replaced.
    """

    steps: int
    low: int
    high: int

    @property
    def p_low(self) -> float:
        """Least p-value that the bounds leave."""
        return self.low / self.steps

    @property
    def p_high(self) -> float:
        """Greatest p-value that the bounds leave."""
        return self.high / self.steps

    @property
    def smallest(self) -> float:
        """Smallest p-value that so many rounds can give, whatever was observed."""
        return 1 / self.steps


def placing(special: int, ordinary: Sequence[tuple[int, int]]) -> Placing:
    """Place the round of the change among ordinary ones by the number replaced.

    If the change did nothing and the rounds are exchangeable, each of the
    ``k + 1`` is as likely as any other to be the one of the change, and

    ``p = (1 + #{ordinary rounds with at least as many}) / (k + 1)``

    is an exact permutation p-value; it cannot fall below ``1 / (k + 1)``.

    Parameters
    ----------
    special : int
        Number replaced in the round of the change.
    ordinary : sequence of (int, int)
        Bounds on the number replaced in each ordinary round.
    """
    sure = sum(low >= special for low, _ in ordinary)
    possible = sum(high >= special for _, high in ordinary)
    return Placing(1 + len(ordinary), 1 + sure, 1 + possible)


def rounds_needed(level: float = 0.05) -> int:
    """Return how many ordinary rounds it takes for `placing` to reach a level at all.

    Raises
    ------
    ValueError
        If the level does not lie between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not at {level}")
    return int(np.ceil(round(1 / level, 9))) - 1


def share_interval(replaced: int, size: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact (Clopper-Pearson) interval of the share of places replaced."""
    found = stats.binomtest(replaced, size).proportion_ci(level, method="exact")
    return float(found.low), float(found.high)


def same_rate(special: int, ordinary: int, size: int) -> float:
    """Return how likely a round has at least so many of the places replaced in two.

    Fisher's exact test, one-sided: given ``special + ordinary`` places replaced
    in two rounds of `size` places each, the number that falls to the first is
    hypergeometric if every place was equally likely to change hands.
    """
    table = [[special, size - special], [ordinary, size - ordinary]]
    return float(stats.fisher_exact(table, alternative="greater").pvalue)


def number_needed(ordinary: int, size: int, level: float = 0.05) -> int:
    """Return how many replaced it takes for `same_rate` to reach a level (`size` + 1: never)."""
    reached = (n for n in range(size + 1) if same_rate(n, ordinary, size) <= level)
    return next(reached, size + 1)


def drawn_share(entered: int, left: int, inside: int) -> float:
    """Return how likely so many of a region are among those that came in, or more.

    Of the zones that came in or dropped out, a number are of the region. If it
    were chance which of them came in, the number of the region among those
    that came in is hypergeometric.

    Parameters
    ----------
    entered, left : int
        Zones of the region that came in, and that dropped out.
    inside : int
        Zones that came in; as many dropped out.
    """
    return float(stats.hypergeom.sf(entered - 1, 2 * inside, entered + left, inside))


@dataclass(frozen=True)
class Paired:
    """How far the same zones moved in two steps.

    Attributes
    ----------
    zones : int
        Zones with a place before, between and after.
    first, second : float
        Mean number of places moved, up or down, in either step.
    farther, nearer : int
        Zones that moved farther in the second step, and in the first.
    p : float
        Exact one-sided p-value of the sign-flip test.
    """

    zones: int
    first: float
    second: float
    farther: int
    nearer: int
    p: float


def paired_moves(first: Turnover, second: Turnover) -> Paired:
    """Compare how far the same zones moved in two steps.

    The mean of ``d_z = |move_z in the second| - |move_z in the first|`` is
    compared with its value for every way to exchange the two moves of some
    zones (all sign flips of the `d_z` that are not zero, enumerated by
    ``scipy.stats.permutation_test``). `p` is the share in which it is as great
    or greater: exact if the two moves of a zone could be exchanged without
    regard to those of any other.

    Raises
    ------
    ValueError
        If no zone has a place in all the lists.
    """
    one, two = first.moves.abs(), second.moves.abs()
    zones = one.index.intersection(two.index, sort=False)
    if zones.empty:
        raise ValueError("no zone has a place in all the lists")
    further: pd.Series = (two[zones] - one[zones]).astype("float64")
    moved = further[further != 0].to_numpy()
    p = 1.0 if not len(moved) else _flips(moved)
    return Paired(
        zones=len(zones),
        first=float(one[zones].mean()),
        second=float(two[zones].mean()),
        farther=int((further > 0).sum()),
        nearer=int((further < 0).sum()),
        p=p,
    )


def _flips(differences: np.ndarray) -> float:
    if len(differences) == 1:  # SciPy asks for two at least
        return 0.5 if differences[0] > 0 else 1.0
    found = stats.permutation_test(
        (differences,),
        np.sum,
        permutation_type="samples",
        alternative="greater",
        n_resamples=np.inf,
        batch=1 << 14,
        vectorized=True,
    )
    return float(found.pvalue)
