"""The benchmark: both of its sides agree, and their ratio is not out of hand."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    path = Path(__file__).resolve().parents[1] / "benchmarks" / "score.py"
    spec = importlib.util.spec_from_file_location("benchmark_score", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_scores_and_ranks_as_by_bare_numpy(benchmark: ModuleType) -> None:
    """`measure` compares every score and rank with those of a few lines of NumPy."""
    found = benchmark.measure(units=600, items=12, rounds=1)
    assert set(found) == {"score", "score, bare", "score + table", "score + table, bare"}


def test_the_ratio_to_bare_numpy(benchmark: ModuleType) -> None:
    """At most 5 is asked for at 33,000 units; here, with half of them, twice that."""
    found = benchmark.measure(units=16_000, items=30, rounds=3)
    for side in ("score", "score + table"):
        assert found[side] <= 10 * found[f"{side}, bare"]
