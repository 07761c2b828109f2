"""The same panel under both editions: agreement of ranks, by hand and on the demonstration."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from analysis.core.catalogue import find_framework
from analysis.reporting import figures_editions, tables_editions
from analysis.reporting.comparison import Comparison, agreement, compare, same_items
from analysis.reporting.report import open_report
from analysis.reporting.style import svg


def ranks(*places: float) -> pd.Series:
    return pd.Series(places, dtype=float)


def test_agreement_by_hand() -> None:
    same = agreement(ranks(1, 2, 3, 4), ranks(1, 2, 3, 4))
    assert (same.units, same.spearman, same.same_order, same.mean_shift) == (4, 1.0, 1.0, 0.0)
    turned = agreement(ranks(1, 2, 3, 4), ranks(4, 3, 2, 1))
    assert (turned.spearman, turned.same_order, turned.mean_shift) == (-1.0, 0.0, 2.0)
    # One exchange of neighbours: 1 - 6 * (1 + 1) / (4 * 15) = 0.8; 5 of 6 pairs keep their order.
    exchanged = agreement(ranks(1, 2, 3, 4), ranks(2, 1, 3, 4))
    assert exchanged.spearman == pytest.approx(0.8)
    assert exchanged.same_order == pytest.approx(5 / 6)
    assert exchanged.mean_shift == 0.5


def test_agreement_leaves_tied_pairs_out_and_ranks_anew() -> None:
    tied = agreement(ranks(1, 1, 3), ranks(1, 2, 3))
    assert tied.same_order == 1.0
    assert agreement(ranks(10, 70, 200), ranks(1, 2, 3)).mean_shift == 0


@pytest.mark.parametrize("places", [(), (1,)])
def test_agreement_of_too_few(places: tuple[float, ...]) -> None:
    found = agreement(ranks(*places), ranks(*places))
    assert found.units == len(places)
    assert all(np.isnan(x) for x in (found.spearman, found.same_order, found.mean_shift))
    everyone_first = agreement(ranks(1, 1), ranks(1, 2))
    assert np.isnan(everyone_first.spearman)


def test_agreement_is_that_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(4)
    old, new = rng.permutation(60) + 1, rng.permutation(60) + 1
    found = agreement(pd.Series(old), pd.Series(new))
    assert found.spearman == pytest.approx(stats.spearmanr(old, new).statistic)
    assert 2 * found.same_order - 1 == pytest.approx(stats.kendalltau(old, new).statistic)


def test_a_framework_has_all_its_items_in_common_with_itself() -> None:
    new = find_framework("mofcom-2021")
    assert same_items(new, new) == new.items
    assert set(same_items(find_framework("mofcom-2016"), new)) < set(new.items)


@pytest.fixture(scope="module")
def both() -> Comparison:
    return compare(open_report(year=2021, lang="en"))


def test_the_ranks_are_those_of_each_edition_by_itself(both: Comparison) -> None:
    for side, name in (("old", "mofcom-2016"), ("new", "mofcom-2021")):
        alone = open_report(year=2021, lang="en", framework=name).standing
        shown = both.table[f"rank_{side}"].astype(int)
        assert shown.to_dict() == alone.loc[both.table.index, "rank"].astype(int).to_dict()
    assert (both.table["shift"] == both.table["rank_old"] - both.table["rank_new"]).all()
    assert len(both.table) + both.left_out == 217


def test_the_report_does_not_depend_on_which_edition_it_was_opened_under(both: Comparison) -> None:
    other = compare(open_report(year=2021, lang="en", framework="mofcom-2016"))
    pd.testing.assert_frame_equal(other.table, both.table)


def test_a_region_compares_ranks_within_it() -> None:
    west = compare(open_report(year=2021, lang="en", region="west"))
    assert sorted(west.scope["new"]) == list(range(1, 48))
    assert (west.scope["region"] == "west").all()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("region", ["all", "central"])
def test_every_table_figure_and_sentence(lang: str, region: str) -> None:
    study = compare(open_report(lang=lang, region=region))
    calls = ("brief", "in_force", "frameworks", "groups", "agreements", "movers", "top_changes")
    for call in calls:
        text = getattr(tables_editions, call)(study).text
        assert text
        assert "nan" not in text
        assert bool(re.search(r"[\u4e00-\u9fff]", text)) == (lang == "zh")
    for figure in (figures_editions.ranks, figures_editions.shifts):
        assert svg(figure(study)) == svg(figure(study))
