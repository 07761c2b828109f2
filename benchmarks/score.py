"""How long scoring takes, beside the bare NumPy operations it consists of.

    python benchmarks/score.py [--units 33000] [--items 30] [--rounds 5]

Everything runs in one process on one core, the two sides in turn, and what is
reported is the ratio of their medians: wall times differ from machine to
machine, ratios hardly do. Two things are compared:

- ``score``: treatment by the rule of the JRC, min-max, three levels of
  weighted means; against the same statistics, the same winsorising and
  logarithms, the same min-max and the same weighted sums;
- ``score + table``: with the tidy table of all nodes and their ranks among all
  units and within the region; against the above and the same ranks.

The last lines show that time grows no faster than the number of units.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from analysis.core.framework import Framework  # noqa: E402
from analysis.core.method import Method, Normalisation  # noqa: E402
from analysis.core.panel import Panel  # noqa: E402
from analysis.core.read_framework import read_framework  # noqa: E402
from analysis.core.score import score  # noqa: E402

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

GROUP_SIZE = 5
REGIONS = ("east", "central", "west")
METHOD = Method(normalisation=Normalisation("minmax"))


def make_framework(items: int) -> Framework:
    """Return an index over groups of five items, every third item to be minimised."""
    lines = ["code,parent,name_zh,name_en,weight,direction", "i,,,,,"]
    lines += [f"g{k},i,,,{k + 1}," for k in range(-(-items // GROUP_SIZE))]
    for k in range(items):
        direction = -1 if k % 3 == 0 else 1
        lines.append(f"x{k:03},g{k // GROUP_SIZE},,,{1 + k % GROUP_SIZE},{direction}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "benchmark.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return read_framework(path)


def make_values(units: int, items: int) -> FloatArray:
    """Return values of which a third are normal, a third have a tail, and a third outliers."""
    rng = np.random.default_rng(20260101)
    values = rng.normal(50.0, 10.0, (units, items))
    values[:, 1::3] = rng.lognormal(0.0, 1.0, values[:, 1::3].shape)
    values[:3, 2::3] *= 40.0
    return values


def make_panel(values: FloatArray, framework: Framework) -> Panel:
    """Return a panel of one year with three regions."""
    units = [f"u{k:06}" for k in range(len(values))]
    index = pd.MultiIndex.from_product([[2023], units], names=["year", "unit"])
    regions = np.array(REGIONS, dtype=object)[np.arange(len(units)) % len(REGIONS)]
    facts = pd.DataFrame({"name": units, "region": regions}, index=index)
    frame = pd.DataFrame(values, index=index, columns=list(framework.items))
    return Panel(frame, facts)


def bare_shape(x: FloatArray) -> tuple[float, float]:
    """Return skewness and kurtosis of one item."""
    n = len(x)
    d = x - x.mean()
    square = d * d
    m2, m3, m4 = square.mean(), (square * d).mean(), (square * square).mean()
    skewness = m3 / m2**1.5 * np.sqrt(n * (n - 1)) / (n - 2)
    kurtosis = ((n + 1) * (m4 / m2**2 - 3) + 6) * (n - 1) / ((n - 2) * (n - 3))
    return skewness, kurtosis


def bare_treat(x: FloatArray) -> FloatArray:
    """Return one item treated by the rule of the JRC."""
    skewness, kurtosis = bare_shape(x)
    if abs(skewness) < 2 or kurtosis < 3.5:
        return x
    treated, moved = x, 0
    while moved < 5 and abs(skewness) >= 2 and kurtosis >= 3.5:
        if skewness >= 0:
            treated = np.minimum(treated, treated[treated < treated.max()].max())
        else:
            treated = np.maximum(treated, treated[treated > treated.min()].min())
        moved = np.count_nonzero(treated != x)
        skewness, kurtosis = bare_shape(treated)
    if abs(skewness) < 2 or kurtosis < 3.5:
        return treated
    low, high = x.min(), x.max()
    return np.log(x - low + (high - low) / 100)


def bare_score(
    values: FloatArray, direction: FloatArray, inner: FloatArray, outer: FloatArray
) -> FloatArray:
    """Return the scores of index, groups and items, one row a node."""
    many = inner.shape[1]
    nodes = np.empty((1 + many + values.shape[1], len(values)))
    for k in range(values.shape[1]):
        x = bare_treat(np.ascontiguousarray(values[:, k]))
        low, high = x.min(), x.max()
        share = (x - low) if direction[k] > 0 else (high - x)
        nodes[1 + many + k] = 100 * (share / (high - low))
    nodes[1 : 1 + many] = inner.T @ nodes[1 + many :]
    nodes[0] = outer @ nodes[1 : 1 + many]
    return nodes


def bare_ranks(nodes: FloatArray) -> FloatArray:
    """Return the rank of every unit on every node, ties taking the smallest."""
    rounded = -nodes.round(9)
    order = np.argsort(rounded, axis=1)
    ordered = np.take_along_axis(rounded, order, axis=1)
    new = np.ones(ordered.shape, dtype=bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    places = np.maximum.accumulate(np.where(new, np.arange(1, nodes.shape[1] + 1), 0), axis=1)
    ranks = np.empty(nodes.shape)
    np.put_along_axis(ranks, order, places, axis=1)
    return ranks


def bare_table(
    values: FloatArray,
    direction: FloatArray,
    inner: FloatArray,
    outer: FloatArray,
    region: IntArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return scores, ranks among all units and ranks within the region."""
    nodes = bare_score(values, direction, inner, outer)
    within = np.empty(nodes.shape)
    for k in range(len(REGIONS)):
        within[:, region == k] = bare_ranks(nodes[:, region == k])
    return nodes, bare_ranks(nodes), within


def weights_of(framework: Framework) -> tuple[FloatArray, FloatArray]:
    """Return the weights of items in groups (items, groups) and of groups (groups,)."""
    weights = framework.weights()
    inner = np.zeros((len(framework.items), len(framework.groups)))
    for k, group in enumerate(framework.groups):
        for child in framework.children(group):
            inner[framework.items.index(child), k] = weights[child]
    return inner, weights[list(framework.groups)].to_numpy()


def timed(sides: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median time of each side, run in turn."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds + 1):
        for name, side in sides.items():
            start = time.perf_counter()
            side()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(found[1:]) for name, found in times.items()}


def measure(units: int, items: int, rounds: int) -> dict[str, float]:
    """Return the median times of both sides, after checking that they agree."""
    framework = make_framework(items)
    values = make_values(units, items)
    panel = make_panel(values, framework)
    direction = framework.nodes.loc[list(framework.items), "direction"].to_numpy(dtype=float)
    inner, outer = weights_of(framework)
    region = np.arange(units) % len(REGIONS)
    scores = score(panel, framework, METHOD)
    bare, ranks, within = bare_table(values, direction, inner, outer, region)
    ours = scores.nodes[list(framework.top_down)].to_numpy().T
    np.testing.assert_allclose(bare, ours, rtol=0, atol=1e-8)
    np.testing.assert_array_equal(ranks.ravel(), scores.table["rank"].to_numpy(dtype=float))
    table = scores.table["region_rank"].to_numpy(dtype=float)
    np.testing.assert_array_equal(within.ravel(), table)
    sides: dict[str, Callable[[], object]] = {
        "score": lambda: score(panel, framework, METHOD),
        "score, bare": lambda: bare_score(values, direction, inner, outer),
        "score + table": lambda: score(panel, framework, METHOD).table,
        "score + table, bare": lambda: bare_table(values, direction, inner, outer, region),
    }
    return timed(sides, rounds)


def main() -> int:
    """Report the ratios, and how they grow with the number of units."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--units", type=int, default=33_000)
    parser.add_argument("--items", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    found = measure(asked.units, asked.items, asked.rounds)
    print(f"{asked.units} units x {asked.items} items, three levels, one core")
    for name in ("score", "score + table"):
        ours, bare = found[name], found[f"{name}, bare"]
        ratio = f"{ours / bare:5.2f} times bare NumPy"
        print(f"{name:14} {1000 * ours:7.1f} ms  bare {1000 * bare:7.1f} ms  {ratio}")
    half = measure(asked.units // 2, asked.items, asked.rounds)
    for name in ("score", "score + table"):
        print(f"{name:14} twice the units take {found[name] / half[name]:4.2f} times as long")
    return 0


if __name__ == "__main__":
    sys.exit(main())
