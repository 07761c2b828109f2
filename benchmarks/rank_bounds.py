"""How long outer and inner bounds of ranks take for 230 units x 30 items, on one core.

    python benchmarks/rank_bounds.py [--units 230] [--exact 0] [--panel none|demo]

The values are made like those of the demonstration panel: groups of 7, 8, 6, 5
and 4 items with weights 30, 30, 15, 15 and 10, scores between 60 and 100, a
part that a unit's items have in common, long tails. The weights of items lie
between half and twice their nominal ones. ``--panel demo`` takes the
demonstration panel itself, in its last year but one.

Beside the time stands that of the bare work the bounds cannot do without: the
least gaps of all pairs, in NumPy, and one linear programme a unit and side,
solved with HiGHS from arrays put together beforehand. What is reported besides
is how often outer and inner bounds meet. ``--exact 5`` solves the
mixed-integer programmes of five units.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from scipy.optimize import linprog  # noqa: E402

from analysis.core.framework import NUMBER_COLUMNS, TEXT_COLUMNS, Framework  # noqa: E402
from analysis.core.method import Method, Missing  # noqa: E402
from analysis.core.uncertainty.robust.dominance import dominance  # noqa: E402
from analysis.core.uncertainty.robust.exact_rank import exact_ranks  # noqa: E402
from analysis.core.uncertainty.robust.missing_ranges import filled_within  # noqa: E402
from analysis.core.uncertainty.robust.rank_bounds import RankBounds, rank_bounds  # noqa: E402
from analysis.core.uncertainty.robust.rank_problem import boxes, rank_problem  # noqa: E402
from analysis.core.uncertainty.robust.robust_values import LinearModel, linear_values  # noqa: E402
from analysis.core.uncertainty.weights.space import WeightSpace  # noqa: E402
from analysis.core.uncertainty.weights.space_builders import admissible  # noqa: E402

FloatArray = NDArray[np.float64]

GROUPS = {"O": (30, 7), "Q": (30, 8), "T": (15, 6), "G": (15, 5), "C": (10, 4)}
METHOD = Method(missing=Missing("renormalise", 0.0))


def make_framework() -> Framework:
    """Return a framework of 30 items in five groups."""
    rows: list[dict[str, object]] = [{"code": "index", "parent": ""}]
    for group, (weight, many) in GROUPS.items():
        rows.append({"code": group, "parent": "index", "weight": weight})
        rows += [{"code": f"{group}{k}", "parent": group, "direction": 1} for k in range(many)]
    nodes = pd.DataFrame(rows).set_index("code")
    for column in TEXT_COLUMNS:
        nodes[column] = nodes[column].fillna("").astype(object) if column in nodes else ""
    for column in NUMBER_COLUMNS:
        nodes[column] = nodes[column].astype(float) if column in nodes else np.nan
    nodes["direction"] = nodes["direction"].fillna(0).astype(int)
    nodes["integer"] = False
    return Framework("benchmark", nodes)


def make_values(units: int, framework: Framework) -> FloatArray:
    """Return items between 60 and 100 with a common part and tails; a few are missing."""
    rng = np.random.default_rng(20260101)
    many = len(framework.items)
    common = rng.normal(size=(units, 1))
    raw = 0.5 * common + rng.normal(size=(units, many))
    raw[:, ::2] = np.exp(0.6 * raw[:, ::2])
    low, high = raw.min(axis=0), raw.max(axis=0)
    values: FloatArray = 60.0 + 40.0 * (raw - low) / (high - low)
    values[3, 1] = values[40 % units, 12] = np.nan
    return values


def demo() -> tuple[LinearModel, WeightSpace]:
    """Return the demonstration panel of its last year but one."""
    from analysis.core.catalogue import default_method, find_framework, find_method
    from analysis.core.derive import derive_items
    from analysis.core.panel import Panel
    from analysis.core.score import score
    from analysis.paths import data_dir

    table = pd.read_csv(data_dir() / "demo" / "panel.csv").set_index(["year", "unit"]).sort_index()
    facts = table[["name", "name_en", "region", "stage", "assessed"]]
    panel = Panel(table.drop(columns=facts.columns).astype(float), facts)
    framework = find_framework("mofcom-2021")
    method = find_method(default_method("mofcom-2021"))
    scores = score(derive_items(panel, framework)[0], framework, method)
    year = sorted(set(table.index.get_level_values("year")))[-2]
    values = scores.in_year(year)[list(framework.items)].to_numpy()
    return linear_values(values, framework, method), admissible(framework)


def bare(model: LinearModel, space: WeightSpace) -> float:
    """Return the seconds of the work that the bounds cannot do without."""
    found = dominance(model, space)
    ends = filled_within(model.values, model.framework, space)
    programmes = []
    for unit in np.flatnonzero(model.scored):
        for side in ("best", "worst"):
            problem = rank_problem(int(unit), side, model, found, ends)
            programmes.append((problem, *problem.constraints(space), problem.sums(space)))
    start = time.process_time()
    low, high = ends
    capacity = space.upper - space.lower
    for row in range(len(low)):
        gaps = low[row] - high
        for number, total in enumerate(space.total):
            held = np.flatnonzero(space.block == number)
            order = np.argsort(gaps[:, held], axis=1)
            room = capacity[held][order]
            before = np.cumsum(room, axis=1) - room
            rest = total - space.lower[held].sum()
            np.clip(rest - before, 0.0, room)
    for problem, rows, limits, sums in programmes:
        many = len(problem.open)
        if many:
            goal = np.concatenate([np.zeros(rows.shape[1] - many), -np.ones(many)])
            linprog(goal, rows, limits, sums, space.total, boxes(problem, space), "highs-ds")
    return time.process_time() - start


def report(bounds: RankBounds, scored: NDArray[np.bool_]) -> None:
    """Print how often the bounds meet."""
    for side in ("best", "worst"):
        gap = np.abs(bounds.outer(side) - bounds.inner(side))[scored]  # type: ignore[arg-type]
        wide = np.abs(pairwise(bounds, side) - bounds.inner(side))[scored]  # type: ignore[arg-type]
        print(
            f"{side:5}: exact for {100 * (gap == 0).mean():.0f}% of units (pairwise dominance"
            f" alone {100 * (wide == 0).mean():.0f}%), mean gap {gap.mean():.1f} places"
            f" ({wide.mean():.1f}), median {np.median(gap):.0f}"
        )
    span = (bounds.worst_outer - bounds.best_outer)[scored]
    inner = (bounds.worst_inner - bounds.best_inner)[scored]
    print(f"ranks span {inner.mean():.1f} places by witnesses, {span.mean():.1f} at most")
    print(f"pairs decided for every admissible weight: {bounds.dominance.share_decided:.3f}")


def pairwise(bounds: RankBounds, side: str) -> FloatArray:
    """Return the outer bounds of pairwise dominance alone."""
    found = bounds.dominance
    table = found.necessary if side == "best" else found.possible
    outer: FloatArray = 1.0 + table.sum(axis=0)
    return outer


def main() -> int:
    """Report the time and how often the bounds meet."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--units", type=int, default=230)
    parser.add_argument("--exact", type=int, default=0, help="units solved exactly")
    parser.add_argument("--panel", choices=("none", "demo"), default="none")
    asked = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if asked.panel == "demo":
        model, space = demo()
    else:
        framework = make_framework()
        values = make_values(asked.units, framework)
        model, space = linear_values(values, framework, METHOD), admissible(framework)
    rank_bounds(LinearModel(model.values[:20], model.framework, model.rule, 9), space)  # warm
    wall, start = time.perf_counter(), time.process_time()
    bounds = rank_bounds(model, space)
    ours, elapsed = time.process_time() - start, time.perf_counter() - wall
    floor = bare(model, space)
    units, items = model.values.shape
    print(f"{units} units x {items} items, one core: {ours:.2f} s of processor time")
    print(f"({elapsed:.2f} s by the clock); bare {floor:.2f} s, {ours / floor:.2f} times that")
    report(bounds, model.scored)
    if asked.exact:
        nominal = model.ranks(space.nominal[None])[0]
        chosen = np.argsort(nominal)[:: max(1, units // asked.exact)][: asked.exact]
        wall = time.perf_counter()
        found = exact_ranks(model, space, chosen.tolist(), bounds=bounds)
        each = (time.perf_counter() - wall) / len(chosen)
        print(f"exact: {each:.1f} s a unit; proven {found.table['proven'].mean():.2f} of the ranks")
        print(found.table.assign(nominal=nominal[found.table["unit"]]).to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
