"""The report on the two editions: its numbers from the parts, its sentences from its numbers."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.core.catalogue import find_framework
from analysis.core.comparing.attribution import CAUSES
from analysis.core.comparing.paired import paired_draws
from analysis.core.uncertainty.draws.study import open_study
from analysis.reporting.editions import (
    tables_editions,
    tables_editions_causes,
    tables_editions_decisions,
    tables_editions_firm,
    tables_editions_frameworks,
    tables_editions_gains,
    tables_editions_ranks,
    tables_editions_record,
)
from analysis.reporting.editions.comparison import Comparison, compare
from analysis.reporting.editions.comparison_draws import panels_of
from analysis.reporting.language import in_language, read_notebook
from analysis.reporting.markdown import Markdown, percent
from analysis.reporting.opening import score_reading
from analysis.reporting.report import LAST, Report, open_report
from analysis.reporting.style import svg
from analysis.texts import LANGUAGES
from analysis.zones.demo.panels import read_panels

NOTEBOOK = Path(__file__).resolve().parents[1] / "notebooks" / "04_editions.ipynb"


PACKAGE = "analysis.reporting.editions"


def _calls() -> list[tuple[str, str]]:
    """Return module and function of every cell of the notebook."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    source = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    alias = {
        short: module
        for module, short in re.findall(rf"from {PACKAGE} import (\w+) as (\w+)", source)
    }
    return [(alias[a], call) for a, call in re.findall(r"^(\w+)\.(\w+)\(both\)$", source, re.M)]


CALLS = _calls()


def part(like: Report, units: list[str], **changed: object) -> Report:
    """Return a report on some of the units alone."""
    panel = like.reading.panel
    keep = panel.values.index.get_level_values("unit").isin(units)
    named = panel.units[keep]
    if "regions" in changed:
        named = named.assign(region=changed.pop("regions"))
    synthetic = bool(changed.pop("synthetic", True))
    some = replace(panel, values=panel.values[keep], units=named, synthetic=synthetic)
    reading = replace(like.reading, panel=some)
    opened = score_reading(reading, like.framework, like.method)
    made = replace(like, reading=reading, panel=opened.panel, scores=opened.scores)
    return replace(made, **changed)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def both() -> Comparison:
    return compare(open_report(year=2021, lang="en"))


@pytest.fixture(scope="module")
def west() -> Comparison:
    return compare(open_report(year=2021, lang="en", region="west"))


@pytest.fixture(scope="module")
def real(both: Comparison) -> Comparison:
    """Return a comparison of few units said to be real."""
    units = [f"E{n:03d}" for n in range(1, 41)] + [f"C{n:03d}" for n in range(1, 31)]
    return compare(part(both.report, units, synthetic=False))


# Ranks


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


def test_a_region_compares_ranks_within_it(west: Comparison) -> None:
    assert sorted(west.scope["new"]) == list(range(1, 48))
    assert (west.scope["region"] == "west").all()


def test_agreement_is_that_of_the_ranks_year_by_year(both: Comparison) -> None:
    table = both.table.astype({"rank_old": float, "rank_new": float})
    found = both.agreement(2021)
    expected = stats.spearmanr(table["rank_old"], table["rank_new"]).statistic
    assert found.spearman == pytest.approx(expected)
    assert found.mean_shift == pytest.approx(table["shift"].abs().astype(float).mean())
    assert both.years == tuple(range(2016, 2024))
    within = both.agreement(2021, "west")
    mine = table[table["region"] == "west"]
    assert within.units == len(mine)
    assert within.spearman == pytest.approx(
        stats.spearmanr(mine["rank_old"], mine["rank_new"]).statistic
    )


# Draws and panels


def test_the_nominal_measures_are_those_of_the_page(both: Comparison, west: Comparison) -> None:
    for one, region in ((both, ""), (west, "west")):
        found = one.agreement(2021, region)
        for name in ("spearman", "kendall", "mean_shift", "left_top"):
            assert one.firm.nominal[name] == pytest.approx(getattr(found, name))


def test_a_region_takes_its_units_from_the_draws_of_all(both: Comparison, west: Comparison) -> None:
    inside = np.isin(both.firm.paired.units, west.scope.index)
    assert west.firm.paired.units == tuple(np.array(both.firm.paired.units)[inside])
    np.testing.assert_array_equal(west.firm.paired.new, both.firm.paired.new[:, inside])
    np.testing.assert_array_equal(
        west.firm.paired.nominal_old, both.firm.paired.nominal_old[inside]
    )
    assert set(west.firm.paired.regions) == {"west"}


def test_shares_are_counted_over_draws_and_over_panels(both: Comparison) -> None:
    firm = both.firm
    gone = firm.nominal["left_top"]
    drawn = (firm.drawn["left_top"] >= gone).mean()
    panels = read_panels()
    others = (panels.loc[panels["year"] == 2021, "left_top"] >= gone).mean()
    assert firm.share("replaced_least") == pytest.approx(drawn)
    assert firm.share("replaced_least", "panels") == pytest.approx(others)
    exits = firm.exits
    assert exits is not None
    count = both.decisions.counts["exits"].at[2021, "new"]
    of_year = exits.counts[exits.counts["year"] == 2021]
    assert firm.share("candidates_new_most") == pytest.approx(
        (of_year["candidates_new"] <= count).mean()
    )
    assert np.isnan(firm.share("no such statement"))


def test_every_statement_is_true_of_the_page(both: Comparison, west: Comparison) -> None:
    for one in (both, west):
        assert len(one.firm.statements) == len(one.firm.table) > 5
    row = both.firm.nominal.to_frame().T
    for statement in both.firm.statements:
        assert statement.test(row).all(), statement
    row = west.firm.of_all[0].to_frame().T
    own = [s for s in west.firm.statements if s.values.get("region") == "west"]
    assert own and all(statement.test(row).all() for statement in own)


def test_panels_are_told_of_the_demonstration_alone(
    both: Comparison, west: Comparison, real: Comparison
) -> None:
    assert both.firm.panels is not None and len(both.firm.panels) >= 200
    assert west.firm.over_panels is None
    assert real.firm.panels is None
    report, panel = both.report, both.report.reading.panel
    units = list(panel.values.index.get_level_values("unit").unique())
    assert panels_of(part(report, units)) is not None
    touched = panel.values.copy()
    touched.iloc[0, 0] += 1.0
    changed = replace(report.reading, panel=replace(panel, values=touched))
    assert panels_of(replace(report, reading=changed)) is None
    assert panels_of(replace(report, method=replace(report.method, name="mine"))) is None


def test_choices_that_an_edition_cannot_take_are_not_drawn(both: Comparison) -> None:
    assert both.firm.varied == (
        "imputation", "treatment", "normalisation", "aggregation", "leave_out",
    )  # fmt: skip
    studies = [
        open_study(s.panel, s.framework, s.method, 2021, seed=1, scores=s.scores)
        for s in both.sides
    ]
    assert paired_draws(studies[0], studies[1], 3).draws == 3


# Causes


def test_the_parts_of_the_causes_sum_to_the_shift(both: Comparison, west: Comparison) -> None:
    for one in (both, west):
        table = one.causes.table
        parts = table[[f"rank_{cause}" for cause in CAUSES]].sum(axis=1)
        np.testing.assert_allclose(parts, table["rank_shift"].astype(float), atol=1e-9)
        assert set(one.causes.active) | set(one.causes.idle) == set(CAUSES)
    assert (west.causes.table["region"] == "west").all()
    shared = both.causes.table.loc[west.causes.table.index, "rank_shift"]
    assert shared.equals(west.causes.table["rank_shift"])
    assert both.causes.idle == ("weights", "normalisation")
    assert len(both.causes.distinct) == 4
    pulled = both.causes.table[["rank_groups", "rank_items"]].astype(float)
    moved = pulled[(pulled != 0).any(axis=1)]
    assert both.causes.opposed == pytest.approx(
        (moved["rank_groups"] * moved["rank_items"] < 0).mean()
    )


# Sentences


def test_the_headlines_say_what_was_computed(both: Comparison) -> None:
    firm, nominal = both.firm, both.firm.nominal
    agreed = tables_editions.agreed(both).text
    assert f"correlation of {nominal['spearman']:.2f}" in agreed
    assert f"change by {nominal['mean_shift']:.1f} places" in agreed
    low, high = firm.intervals.loc["spearman", ["q05", "q95"]]
    assert f"{low:.2f}–{high:.2f}" in agreed
    least = next(s for s in firm.statements if s.key == "spearman_least")
    assert f"at least {least.values['bound']} in {percent(firm.share('spearman_least'))}" in agreed
    top = tables_editions.top(both).text
    assert f"newer edition: {int(nominal['left_top'])};" in top
    assert percent(firm.share("replaced_least", "panels")) in top
    last = tables_editions.last(both).text
    assert f"Of {3 * LAST} places in all, {int(nominal['left_last'])} go" in last
    region = tables_editions.regions(both).text
    means = both.table.groupby("region")["shift"].mean().astype(float)
    assert both.regions[str(means.idxmax())] in region
    assert f"({means.max():.1f} places)" in region


def test_a_region_is_told_how_it_fares_among_all(west: Comparison) -> None:
    said = tables_editions.regions(west).text
    mean = float(west.report.in_scope(west.table)["shift"].mean())
    way = "gain" if mean > 0 else "lose"
    assert f"{way} {abs(mean):.1f} places" in said
    assert f"Of {LAST} places in all" in tables_editions.last(west).text


def test_what_is_synthetic_is_never_worded_as_a_finding(both: Comparison, real: Comparison) -> None:
    assert "made-up" in tables_editions.regions(both).text
    assert "made-up" not in tables_editions.regions(real).text
    assert "synthetic" in tables_editions.limits(both).text
    assert "synthetic" not in tables_editions.limits(real).text
    assert "no findings" in tables_editions_firm.words(both).text
    for call in ("effects", "region_pairs", "diagnostics"):
        assert not re.search(r"\| p\b", getattr(tables_editions_gains, call)(both).text)
    assert re.search(r"\| p\b", tables_editions_gains.effects(real).text)


def test_the_words_on_the_frameworks_follow_from_them(both: Comparison) -> None:
    said = tables_editions_frameworks.links(both).text
    counts = both.crosswalk.counts().set_index("relation")
    assert f"Of the 53 items of 2016, {counts.at['kept', 'old_items']} are kept" in said
    dropped = both.flows.loc[both.flows["new_group"] == "", "weight_old"].sum()
    assert f"By weight, {percent(dropped)} of the edition of 2016" in said
    rewarded = tables_editions_frameworks.rewards_in_brief(both).text
    weights = find_framework("mofcom-2021").nodes
    assert "proxies of our own choice" in rewarded
    cannot = tables_editions.limits(both).text
    proxies = int((weights["evidence"] == "proxy").sum())
    assert f"and {proxies} of 2021 (weight" in cannot
    assert "public for 0 of 5 in 2016 and 5 of 5 in 2021" in cannot


def test_causes_alike_are_said_to_be_alike(both: Comparison) -> None:
    table = both.causes.table.copy()
    for rank_groups, rank_items, expected in ((6, -6, "about the same"), (9, -3, "largest part")):
        table["rank_groups"], table["rank_items"] = float(rank_groups), float(rank_items)
        changed = replace(both)
        changed.__dict__["causes"] = replace(both.causes, table=table)
        changed.__dict__["firm"] = both.firm
        said = tables_editions_causes.largest(changed).text
        assert expected in said
        assert "For 100% of the zones" in said
    table["rank_items"] = 0.0
    changed.__dict__["causes"] = replace(both.causes, table=table)
    assert "All changes are due to groups" in tables_editions_causes.largest(changed).text
    table["rank_groups"] = 0.0
    changed.__dict__["causes"] = replace(both.causes, table=table)
    assert "No zone changes" in tables_editions_causes.largest(changed).text


def test_emptied_groups_are_told(both: Comparison) -> None:
    assert "No group is empty" in tables_editions_causes.hybrids_in_brief(both).text
    whole = both.causes.whole
    hybrids = whole.hybrids.copy()
    hybrids.loc[1, "emptied"], hybrids.loc[1, "emptied_weight"] = "A", 0.19
    changed = replace(both)
    changed.__dict__["causes"] = replace(both.causes, whole=replace(whole, hybrids=hybrids))
    said = tables_editions_causes.hybrids_in_brief(changed).text
    assert "In 1 of them a group is empty (A); its weight, 19% at most" in said


def test_the_words_on_decisions_follow_from_the_lists(both: Comparison) -> None:
    found = both.decisions
    said = tables_editions_decisions.candidates_in_brief(both).text
    row = found.counts["exits"].loc[2021, ["both", "old", "new"]].astype(int)
    assert f"under both editions: {row['both']}; under that of 2016 only: {row['old']};" in said
    pairs = ("old_old", "new_old", "old_new", "new_new")
    told = [found.crossed[pair] for pair in pairs]
    assert told == [int(found.exits[pair].sum()) for pair in pairs]
    assert f"{told[0]} and {told[1]}, by that of 2021 {told[2]} and {told[3]}" in said
    listed = tables_editions_decisions.exits(both).text.count("sample")
    assert listed == row.sum()
    assert found.exits["year"].max() == 2021


def test_movers_are_those_with_the_largest_shifts(both: Comparison) -> None:
    table = both.causes.table
    most = table.loc[table["rank_shift"].abs().astype(float).idxmax()]
    said = tables_editions_ranks.movers_in_brief(both).text
    assert str(most["label"]) in said
    assert f"rank {most['rank_old']} under the edition of 2016" in said
    lines = tables_editions_ranks.movers(both).text.splitlines()
    assert len([line for line in lines if "sample" in line]) == 2 * tables_editions_ranks.MOVERS
    sure = int((both.firm.units["same"][both.firm.units["shift"] != 0] >= 0.95).sum())
    assert f"{sure} move the same way" in said


def test_the_published_record_names_no_synthetic_unit(both: Comparison) -> None:
    for call in ("words", "steps", "bounds", "chance", "conclusions"):
        text = getattr(tables_editions_record, call)(both).text
        assert text and "sample" not in text
    said = tables_editions.record(both).text
    assert "6 of the top 30 were replaced" in said  # issue's own count from the published lists
    assert "moved 3.0 places" in said and "3 or 4 and 1.8 places" in said


def test_what_has_no_number_of_the_panel_is_not_marked_as_made_up() -> None:
    source = read_notebook(NOTEBOOK)
    made = in_language(source, "en", {"year": 2023, "scope": "x"}, mark=" (MADE UP)")
    captions = re.findall(
        r"#\| label: (\S+)[\s\S]*?-cap: (.*)",
        "\n".join(cell.source for cell in made.cells if cell.cell_type == "code"),
    )
    bare = {label for label, caption in captions if "MADE UP" not in caption}
    assert bare == {
        "tbl-frameworks", "fig-flows", "tbl-groups", "fig-rewards", "tbl-rewards",
        "fig-record", "tbl-record", "tbl-ties", "tbl-crosswalk",
    }  # fmt: skip
    assert len(captions) > len(bare) + 15


# Everything, whatever the panel


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("region", ["all", "central"])
def test_every_cell_of_the_notebook(lang: str, region: str) -> None:
    study = compare(open_report(lang=lang, region=region))
    for text in _texts(study):
        assert text.text
        assert not re.search(r"\bnan\b|<NA>|\{\w+\}", text.text)
        chinese = re.search(r"[\u4e00-\u9fff]", text.text)
        assert bool(chinese) == (lang == "zh")


@pytest.mark.parametrize(
    ("units", "changed"),
    [
        (["E001"], {}),
        (["E001", "C001"], {"lang": "zh"}),
        ([f"E{n:03d}" for n in range(1, 4)], {}),
        ([f"{c}{n:03d}" for c in "EW" for n in range(1, 11)], {"region": "west"}),
        ([f"E{n:03d}" for n in range(1, 31)], {"regions": "", "synthetic": False}),
    ],
)
def test_a_report_on_few_units_is_whole(
    both: Comparison, units: list[str], changed: dict[str, object]
) -> None:
    for text in _texts(compare(part(both.report, units, **changed))):
        assert not re.search(r"\bnan\b|<NA>| in \.", text.text)


def _texts(study: Comparison) -> Iterator[Markdown]:
    """Yield the text of every cell, and draw every figure."""
    assert len(CALLS) > 40
    for name, call in CALLS:
        made = getattr(importlib.import_module(f"{PACKAGE}.{name}"), call)(study)
        if name.startswith("figures"):
            assert svg(made).startswith("<?xml")
        else:
            yield made
