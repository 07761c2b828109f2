"""How long studies of uncertainty take, beside the bare NumPy operations they consist of.

    python benchmarks/uncertainty.py [--rounds 7] [--out FOLDER]

Everything runs on one core, the two sides in turn, and what is reported is the
ratio of their medians, with the least and greatest ratio of the rounds: times
differ from machine to machine, ratios hardly do. Times are those of the
processor, so that what else runs on the machine counts less. Both sides are first
shown to give the same quantiles of ranks. The floors count nothing within regions,
so that the units beside them have none. The cases:

- ``weights``: 51 units x 49 items on four levels, weights drawn, aggregated,
  ranked, quantiles (at most 1.5 times the floor). The floor forms every level;
  beside it stands one that forms the index by a single product.
- ``methods``: the same with treatment, normalisation and aggregation drawn as
  well, each distinct table of items computed once (at most 3 times).
- ``small areas``: 33,000 units x 7 items (at most 1.5 times, within 1 GiB).
- ``reports``: 230 units x 30 items x 100,000 draws with all tables, pairwise
  ones included (under 10 seconds), and the memory that a tenth and all of the
  draws take.
- ``rank bounds``: certain ranks of 230 units x 30 items (under 5 seconds).

With ``--out``, growth with units, items and draws is drawn in
``growth.svg``.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from score import make_panel, make_values  # noqa: E402
from uncertainty_floors import Shape, bare_methods, bare_study  # noqa: E402

from analysis.core.framework import Framework  # noqa: E402
from analysis.core.method import Method, Normalisation, Treatment  # noqa: E402
from analysis.core.panel import Panel  # noqa: E402
from analysis.core.read_framework import read_framework  # noqa: E402
from analysis.core.uncertainty.draws.outcome import Outcome  # noqa: E402
from analysis.core.uncertainty.draws.run import run_study  # noqa: E402
from analysis.core.uncertainty.draws.study import Study, open_study  # noqa: E402
from analysis.core.uncertainty.methods.method_space import MethodSpace, read_method_space  # noqa: E402
from analysis.core.uncertainty.robust.rank_bounds import rank_bounds  # noqa: E402
from analysis.core.uncertainty.robust.robust_values import linear_values  # noqa: E402
from analysis.core.uncertainty.weights.read_weights import weight_draws  # noqa: E402
from analysis.core.uncertainty.weights.space_builders import admissible  # noqa: E402

FloatArray = NDArray[np.float64]

YEAR = 2023
SEED = 7
METHOD = Method(treatment=Treatment("jrc"), normalisation=Normalisation("minmax"))
METHODS = {
    "treatment": ["jrc", "none"],
    "normalisation": ["minmax", "zscore", "rank"],
    "aggregation": ["arithmetic", "geometric"],
}
QUANTILES = ["q05", "q25", "median", "q75", "q95"]


@dataclass(frozen=True, eq=False)
class Case:
    """A framework and a panel, and the same in arrays.

    Attributes
    ----------
    framework : Framework
    panel : Panel
    values : ndarray, shape (units, items)
        As they came, not normalised.
    """

    framework: Framework
    panel: Panel
    values: FloatArray

    @property
    def study(self) -> Study:
        """Weights drawn, the method as it is."""
        return opened(self)

    @property
    def direction(self) -> FloatArray:
        """Shape (items,)."""
        items = list(self.framework.items)
        return self.framework.nodes.loc[items, "direction"].to_numpy(dtype=float)


def make_case(units: int, items: int, blocks: int, groups: int, regions: bool = True) -> Case:
    """Return an index over blocks over groups over items; one block has no groups below it."""
    lines = ["code,parent,name_zh,name_en,weight,direction", "i,,,,,"]
    lines += [f"b{k},i,,,{k + 1}," for k in range(blocks)]
    lines += [f"g{k},b{k * blocks // groups},,,{k % 3 + 1}," for k in range(groups) if groups > 1]
    for k in range(items):
        above = f"g{k * groups // items}" if groups > 1 else "b0"
        lines.append(f"x{k:03},{above},,,{k % 5 + 1},{-1 if k % 3 == 0 else 1}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "benchmark.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        framework = read_framework(path)
    values = make_values(units, items)
    panel = make_panel(values, framework)
    if not regions:
        panel = replace(panel, units=panel.units.assign(region=""))
    return Case(framework, panel, values)


def opened(case: Case, methods: MethodSpace | None = None) -> Study:
    """Open a study of weights within half of the nominal ones on either side."""
    weights = weight_draws("band:0.5", case.framework)
    return open_study(
        case.panel, case.framework, METHOD, YEAR, weights=weights, methods=methods, seed=SEED
    )


def shape_of(case: Case) -> Shape:
    """Return the blocks and groups of a case as slices of its items."""
    tree, space = case.framework, weight_draws("band:0.5", case.framework).admissible_set

    def held(code: str) -> slice:
        places = [tree.items.index(item) for item in tree.items_under(code)]
        return slice(places[0], places[-1] + 1)

    inner = [
        [child for child in tree.children(block) if tree.children(child)] or [block]
        for block in tree.groups
    ]
    return Shape(
        space.lower,
        space.upper,
        tuple(held(block) for block in tree.groups),
        space.total,
        tuple(tuple(held(group) for group in groups) for groups in inner),
    )


def quantiles(outcome: Outcome) -> FloatArray:
    """Return quantiles of ranks, in the order of the units."""
    table = outcome.intervals.set_index("unit").loc[list(outcome.study.units)]
    return table[QUANTILES].to_numpy(dtype=float)


def compared(
    ours: Callable[[], FloatArray], bare: Callable[[], NDArray[np.int16]], rounds: int
) -> tuple[float, float, list[float]]:
    """Return the median times of both sides, run in turn, and the ratio of each round."""
    # But for scores equal to 9 decimals, which the floor puts in any order.
    apart = np.abs(ours() - bare())
    assert apart.max() <= 1 and np.count_nonzero(apart) <= 1e-4 * apart.size
    times: list[tuple[float, float]] = []
    for _ in range(rounds):
        start = time.process_time()
        ours()
        middle = time.process_time()
        bare()
        times.append((middle - start, time.process_time() - middle))
    mine, floor = (statistics.median(side) for side in zip(*times, strict=True))
    return mine, floor, [a / b for a, b in times]


def told(name: str, draws: int, found: tuple[float, float, list[float]], most: float) -> bool:
    """Print a comparison; return whether it is within what is asked."""
    ours, bare, ratios = found
    ratio = ours / bare
    print(
        f"{name:28} {1e6 * ours / draws:9.2f} us a draw, bare {1e6 * bare / draws:9.2f}: "
        f"{ratio:4.2f} times ({min(ratios):.2f} to {max(ratios):.2f}), at most {most:g}",
        flush=True,
    )
    return ratio <= most


def weights_only(rounds: int) -> bool:
    """Weights of 51 units and 49 items."""
    case, draws = make_case(51, 49, 2, 8, regions=False), 20_000
    study, shape = case.study, shape_of(case)
    values = study.variants[0].values

    def ours() -> FloatArray:
        return quantiles(run_study(study, draws, pairwise=False))

    def floor(levels: bool) -> Callable[[], NDArray[np.int16]]:
        return lambda: bare_study(values, shape, draws, study.batch, SEED, levels=levels)

    fine = told("weights", draws, compared(ours, floor(True), rounds), 1.5)
    told("  beside a single product", draws, compared(ours, floor(False), rounds), np.inf)
    return fine


def methods_too(rounds: int) -> bool:
    """Weights and methods of 51 units and 49 items, the opening of the study included."""
    case, draws = make_case(51, 49, 2, 8, regions=False), 100_000
    methods = read_method_space(METHODS, case.framework, METHOD)
    shape, direction = shape_of(case), case.direction

    def ours() -> FloatArray:
        return quantiles(run_study(opened(case, methods), draws, pairwise=False))

    def bare() -> NDArray[np.int16]:
        return bare_methods(case.values, direction, shape, draws, 1000, SEED)

    return told("methods", draws, compared(ours, bare, rounds), 3.0)


def small_areas(rounds: int) -> bool:
    """Weights of 33,000 units and 7 items."""
    case = make_case(33_000, 7, 1, 1, regions=False)
    study, shape = case.study, shape_of(case)
    draws = 1_000 // study.batch * study.batch
    values = study.variants[0].values

    def ours() -> FloatArray:
        return quantiles(run_study(study, draws))

    def bare() -> NDArray[np.int16]:
        return bare_study(values, shape, draws, study.batch, SEED, levels=False)

    return told("small areas", draws, compared(ours, bare, rounds), 1.5)


def everything(draws: int) -> float:
    """Return the seconds that all tables of 230 units and 30 items take."""
    study = make_case(230, 30, 6, 6).study
    start = time.process_time()
    outcome = run_study(study, draws)
    _ = outcome.intervals, outcome.acceptability, outcome.pairwise
    return time.process_time() - start


def bounds() -> float:
    """Return the seconds that certain ranks of 230 units and 30 items take."""
    case = make_case(230, 30, 6, 6)
    study = case.study
    model = linear_values(study.variants[0].values, case.framework, METHOD)
    start = time.process_time()
    rank_bounds(model, admissible(case.framework))
    return time.process_time() - start


def areas(draws: int) -> float:
    """Return the seconds that 33,000 units and 7 items take."""
    study = make_case(33_000, 7, 1, 1, regions=False).study
    start = time.process_time()
    _ = run_study(study, draws).intervals
    return time.process_time() - start


CHILD = {"areas": areas, "reports": everything}


def peak(what: str, draws: int) -> float:
    """Return the most memory, in MiB, that a process of its own takes for a case."""
    command = [sys.executable, __file__, "--memory", what, str(draws)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(told)


def peak_here() -> float:
    """Return the most memory, in MiB, that this process has taken."""
    status = Path("/proc/self/status")
    if status.exists():  # where there is one, since what follows counts the parent's as well
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def growth(folder: Path) -> None:
    """Draw how time grows with units, items and draws."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.2), layout="constrained")
    cases: dict[str, tuple[list[int], Callable[[int], tuple[Study, int]]]] = {
        "units": (
            [50, 100, 200, 400, 800, 1600, 3200, 6400, 12800],
            lambda n: (make_case(n, 30, 6, 6).study, 2000),
        ),
        "items": ([8, 16, 32, 64, 128], lambda n: (make_case(230, n, 2, 4).study, 5000)),
        "draws": (
            [1_000, 5_000, 20_000, 80_000],
            lambda n: (make_case(230, 30, 6, 6).study, n),
        ),
    }
    for axes, (what, (sizes, make)) in zip(figure.subplots(1, 3), cases.items(), strict=True):
        for pairwise in (False, True):
            seconds = []
            for size in sizes:
                study, draws = make(size)
                start = time.process_time()
                _ = run_study(study, draws, pairwise=pairwise).intervals
                seconds.append(time.process_time() - start)
            label = "with pairs" if pairwise else "without pairs"
            axes.loglog(sizes, seconds, "o-", label=label)
            shown = ", ".join(f"{n}: {s:.2f}" for n, s in zip(sizes, seconds, strict=True))
            print(f"growth with {what}, {label}, seconds: {shown}", flush=True)
        ends = np.array([sizes[0], sizes[-1]])
        axes.loglog(ends, seconds[0] * ends / ends[0], "k:", label="proportional")
        axes.set_xlabel(what)
    figure.axes[0].set_ylabel("seconds")
    figure.axes[0].legend()
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / "growth.svg")
    print(
        "Time grows in proportion to the draws, from some thousands on: the opening and the tables "
        "take the same for any number. It grows less than in proportion to the items, since "
        "ranking does not depend on them. With the units it grows a little more than in "
        "proportion (sorting); places and pairs are tables of units by units, so that pairs grow "
        "with their square, up to the 2,000 units above which they are made for named units."
    )


def main() -> int:
    """Report the ratios, times and memory, and whether they are as asked."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--memory", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    if asked.memory:
        CHILD[asked.memory[0]](int(asked.memory[1]))
        print(peak_here())
        return 0
    fine = [weights_only(asked.rounds), methods_too(asked.rounds), small_areas(asked.rounds)]
    seconds = [everything(100_000) for _ in range(3)]
    fine.append(max(seconds) < 10)
    print(f"reports: 100,000 draws in {min(seconds):.1f} to {max(seconds):.1f} s, less than 10")
    few, many = peak("reports", 20_000), peak("reports", 100_000)
    fine.append(many < 1.05 * few)
    print(f"reports: {few:.0f} MiB for 20,000 draws, {many:.0f} for 100,000")
    most = peak("areas", 1_000)
    fine.append(most < 1024)
    print(f"small areas: {most:.0f} MiB, less than 1,024")
    seconds = [bounds() for _ in range(3)]
    fine.append(max(seconds) < 5)
    print(f"rank bounds in {min(seconds):.1f} to {max(seconds):.1f} s, less than 5")
    if asked.out:
        growth(asked.out)
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
