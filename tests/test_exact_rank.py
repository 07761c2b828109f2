"""Best and worst ranks by mixed-integer programmes, against all subsets by brute force."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import numpy as np
import pytest
from robust_models import model_of, some_weights, tree
from scipy.optimize import linprog

from analysis.core.findings import InputError
from analysis.core.uncertainty.robust.exact_rank import exact_ranks
from analysis.core.uncertainty.robust.rank_bounds import RankBounds, rank_bounds
from analysis.core.uncertainty.robust.rank_search import Witnesses
from analysis.core.uncertainty.robust.robust_table import robust_table
from analysis.core.uncertainty.robust.robust_values import LinearModel
from analysis.core.uncertainty.weights.space import WeightSpace
from analysis.core.uncertainty.weights.space_builders import Linear, admissible, free, with_linear

NAN = np.nan


def some_model(seed: int, units: int = 7, rule: str = "arithmetic") -> LinearModel:
    rng = np.random.default_rng(seed)
    values = 30 + 10 * rng.uniform(size=(units, 1)) + 40 * rng.uniform(size=(units, 6))
    return model_of(values, tree("abcd", "ef", weights=(2, 1)), rule)


def clearly(gaps: np.ndarray, space: WeightSpace) -> bool:
    """Return whether some admissible weights make all of ``gaps w`` positive."""
    sums = (np.arange(len(space.total))[:, None] == space.block).astype(float)
    found = linprog(
        np.append(np.zeros(gaps.shape[1]), -1.0),
        A_ub=np.vstack([
            np.column_stack([-gaps, np.ones(len(gaps))]),
            np.column_stack([space.a_ub, np.zeros(len(space.b_ub))]),
        ]),
        b_ub=np.concatenate([np.zeros(len(gaps)), space.b_ub]),
        A_eq=np.column_stack([sums, np.zeros(len(sums))]),
        b_eq=space.total,
        bounds=[*zip(space.lower, space.upper, strict=True), (None, 1.0)],
    )  # fmt: skip
    return found.status == 0 and -found.fun > 1e-7


def most_at_once(gaps: np.ndarray, space: WeightSpace) -> int:
    """Return how many of the gaps can be positive at once, all subsets tried."""
    for many in range(len(gaps), 0, -1):
        if any(clearly(gaps[list(of)], space) for of in combinations(range(len(gaps)), many)):
            return many
    return 0


def unsearched(bounds: RankBounds, model: LinearModel, space: WeightSpace) -> RankBounds:
    """Return pairwise bounds alone, with the nominal weights as the only witness."""
    ahead, possible = bounds.dominance.necessary, bounds.dominance.possible
    nominal = model.ranks(space.nominal[None])[0]
    weights = np.tile(space.nominal, (len(nominal), 1))
    known = Witnesses(nominal, nominal, weights, weights)
    return RankBounds(
        1.0 + ahead.sum(axis=0),
        known.best,
        known.worst,
        1.0 + possible.sum(axis=0),
        known.best_weights,
        known.worst_weights,
        bounds.dominance,
    )


@pytest.mark.parametrize("kind", ["near", "free", "linear", "geometric"])
def test_all_subsets_give_the_same_ranks(kind: str) -> None:
    model = some_model(3, rule="geometric" if kind == "geometric" else "arithmetic")
    space = (free if kind == "free" else admissible)(model.framework)
    if kind == "linear":
        space = with_linear(space, [Linear({"a": 1, "e": -1}, least=0.0)])
    bounds = rank_bounds(model, space)
    # Without what the search found, so that the programmes have to do all of it.
    found = exact_ranks(
        model, space, range(7), bounds=unsearched(bounds, model, space)
    ).table.set_index(["unit", "side"])
    assert found["proven"].all()
    for unit in range(7):
        others = np.delete(model.values, unit, axis=0) - model.values[unit]
        worst = 1 + most_at_once(others, space)
        best = 7 - most_at_once(-others, space)
        assert found.loc[(unit, "worst"), "rank"] == worst
        assert found.loc[(unit, "best"), "rank"] == best
        # What the search found agrees with it too.
        assert bounds.best_outer[unit] <= best <= bounds.best_inner[unit]
        assert bounds.worst_inner[unit] <= worst <= bounds.worst_outer[unit]


def test_a_larger_case_lies_between_the_bounds() -> None:
    model = some_model(5, 40)
    space = admissible(model.framework)
    bounds = rank_bounds(model, space)
    open_units = np.flatnonzero(~bounds.exact_best | ~bounds.exact_worst)[:3]
    assert len(open_units)
    found = exact_ranks(model, space, open_units, bounds=bounds)
    assert found.table["proven"].all()
    ranks = model.ranks(some_weights(space, 20_000, 1))
    for unit, side, rank, bound, gap, _ in found.table.itertuples(index=False):
        assert rank == bound and gap == 0
        if side == "best":
            assert bounds.best_outer[unit] <= rank <= min(bounds.best_inner[unit], 40)
            assert rank <= ranks[:, unit].min()
            weights = found.bounds.best_weights[unit]
        else:
            assert bounds.worst_inner[unit] <= rank <= bounds.worst_outer[unit]
            assert rank >= ranks[:, unit].max()
            weights = found.bounds.worst_weights[unit]
        assert model.ranks(weights[None])[0, unit] == rank


def test_ties_count_for_the_unit() -> None:
    # The second is level with the first wherever it is not behind it.
    model = model_of([[5, 5], [5, 5], [1, 9]], tree("ab"))
    space = admissible(model.framework)
    bounds = unsearched(rank_bounds(model, space), model, space)
    table = exact_ranks(model, space, [0, 1, 2], bounds=bounds).table
    assert table["rank"].tolist() == [1, 2, 1, 2, 1, 3]
    assert table["proven"].all()


def test_missing_items_are_never_called_exact_beyond_what_holds() -> None:
    model = some_model(6, 12)
    values = model.values.copy()
    values[2, 0] = values[5, 1] = values[5, 4] = NAN
    model = model_of(values, model.framework)
    space = admissible(model.framework)
    found = exact_ranks(model, space, range(12))
    ranks = model.ranks(some_weights(space, 20_000, 3))
    for unit, side, rank, bound, gap, proven in found.table.itertuples(index=False):
        met = ranks[:, unit].min() if side == "best" else ranks[:, unit].max()
        assert (bound <= met and bound <= rank) if side == "best" else (bound >= max(met, rank))
        assert proven == (gap == 0)


def test_programmes_side_by_side_give_the_same() -> None:
    model = some_model(5, 25)
    space = admissible(model.framework)
    bounds = unsearched(rank_bounds(model, space), model, space)
    serial = exact_ranks(model, space, range(4), bounds=bounds)
    with ThreadPoolExecutor(2) as pool:
        beside = exact_ranks(model, space, range(4), bounds=bounds, map=pool.map)
    assert serial.table.equals(beside.table)


def test_no_time_leaves_the_bounds_and_says_so() -> None:
    model = some_model(5, 40)
    space = admissible(model.framework)
    bounds = unsearched(rank_bounds(model, space), model, space)
    table = exact_ranks(model, space, [20], bounds=bounds, time_limit=1e-9).table
    assert not table["proven"].any()
    assert (table["gap"] == (table["rank"] - table["bound"]).abs()).all()


def test_the_solver_keeps_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    model = some_model(5, 40)
    space = admissible(model.framework)
    exact_ranks(model, space, [20], bounds=unsearched(rank_bounds(model, space), model, space))
    assert capfd.readouterr().out == ""
    print("still there")
    assert capfd.readouterr().out == "still there\n"


def test_the_table_of_all_units_with_some_solved() -> None:
    model = some_model(5, 25)
    space = admissible(model.framework)
    names = [f"u{k}" for k in range(25)]
    table, bounds = robust_table(model, space, names, exact=["u7", "u3", "u7"])
    solved = table[table["solved"]]
    assert sorted(solved["unit"]) == ["u3", "u7"]
    assert (solved["exact_best"] & solved["exact_worst"]).all()
    assert bounds.exact_best[[3, 7]].all()
    with pytest.raises(InputError) as refused:
        robust_table(model, space, names, exact=["u99", "u1", "nobody"])
    assert [f.values["unit"] for f in refused.value.findings] == ["u99", "nobody"]
