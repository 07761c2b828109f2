"""What readers see of who gains: tables, figures and sentences in both languages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from test_gains import found, made_up

from analysis.core.comparing.classes import classes, summarise
from analysis.core.comparing.gains import effects_over_draws
from analysis.core.comparing.region_differences import region_differences
from analysis.reporting.editions import figures_gains as figures
from analysis.reporting.editions import figures_gains_checks as check_figures
from analysis.reporting.editions import gains_words as words
from analysis.reporting.editions import tables_gains as tables
from analysis.reporting.editions import tables_gains_checks as check_tables
from analysis.reporting.markdown import escape, percent
from analysis.reporting.style import svg
from analysis.texts import LANGUAGES

REGIONS = {"n": "North", "s": "South", "w": "West"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pages_on_synthetic_data_show_no_p_and_speak_of_no_zone(lang: str) -> None:
    shift, _, regions = made_up()
    for synthetic in (True, False):
        made = found(synthetic=synthetic)
        apart = region_differences(shift, regions, synthetic=synthetic, resamples=199)
        told = {"kind": "zones", "regions": REGIONS}
        pages = [
            tables.effects(made, lang, **told),
            tables.region_pairs(apart, lang, **told),
            check_tables.diagnostics(made, lang, kind="zones"),
            brief := words.brief(made, lang, differences=apart, **told),
        ]
        marks = ("| p ", "p = ", "p 值 |", "p \\(Holm", "p 值（Holm")
        assert all(any(m in page.text for m in marks) != synthetic for page in pages)
        about_zones = "经开区" if lang == "zh" else "zone"
        assert (about_zones in brief.text) != synthetic
        r2 = made.diagnostics.set_index("key").at["r2", "value"]
        assert percent(r2) in brief.text
        disclaimer = "合成" if lang == "zh" else "synthetic"
        assert (disclaimer in words.reservations(made, lang, kind="zones").text) == synthetic


@pytest.mark.parametrize("lang", LANGUAGES)
def test_tables_and_figures_show_every_row_and_keep_hostile_names_harmless(lang: str) -> None:
    shift, x, regions = made_up()
    nasty = {"n": "<b>$|x", "s": "South", "w": "West"}
    made = found()
    apart = region_differences(shift, regions, synthetic=False, resamples=199)
    classed = summarise(shift, pd.DataFrame({"region": regions, "size": classes(x["size"])}))
    ties = pd.DataFrame(
        [("size", "item", "a", ""), ("openness", "", "", ""), ("region", "rule", "", "b")],
        columns=["predictor", "tie", "old_items", "new_items"],
    )
    draws = effects_over_draws(pd.DataFrame([shift, -shift]), shift, x, regions)
    pages = {
        tables.effects(made, lang, regions=nasty, ties=ties): 4,
        tables.quantiles(made, lang, outcome="score", regions=nasty, ties=ties): 4,
        tables.over_draws(draws, lang, regions=nasty, reference="s"): 4,
        tables.region_pairs(apart, lang, regions=nasty): 3,
        tables.summary(classed, lang, regions=nasty): 7,
        check_tables.collinearity(made, lang, regions=nasty): 4,
    }
    for page, rows in pages.items():
        assert sum(line.startswith("| ") for line in page.text.split("\n")) == rows + 1
        assert "<b>" not in page.text
        assert escape("<b>$|x") in page.text
    assert len(check_tables.influential(made, lang).text.split("\n")) == 12
    assert "a" in tables.ties_table(ties, lang).text
    drawn = [
        figures.effects({"rank": made.effects}, lang, regions=nasty, reference="s", ties=ties),
        figures.quantiles(made.quantiles, made.effects, lang, regions=nasty, reference="s"),
        figures.summary(classed, lang, regions=nasty),
        figures.region_pairs(apart.pairs, lang, regions=nasty),
        check_figures.diagnostics(made.influence, lang, terms=5),
    ]
    assert all(svg(figure).startswith("<?xml") for figure in drawn)
    dots = drawn[0].axes[0].lines
    shown = np.sort(np.concatenate([line.get_xdata() for line in dots if line.get_marker() == "o"]))
    np.testing.assert_allclose(shown, np.sort(made.effects["standardised"]))
    hollow = [line for line in dots if line.get_markerfacecolor() == "white"]
    assert sum(len(line.get_xdata()) for line in hollow) == 3  # size and two regions
    panels = [axes for axes in drawn[1].axes if axes.axison]
    assert len(panels) == len(made.effects)


def test_nothing_to_show_is_said() -> None:
    none = pd.DataFrame()
    for lang in LANGUAGES:
        assert tables.summary(none, lang).text
        for figure in (
            figures.effects({}, lang),
            figures.quantiles(none, none, lang),
            figures.summary(none, lang),
            figures.region_pairs(none, lang),
        ):
            assert len(figure.axes[0].texts) == 1


def test_regions_stand_in_the_order_of_their_names() -> None:
    shift, _, regions = made_up()
    order = {"w": "West", "n": "North", "s": "South"}
    page = tables.summary(summarise(shift, pd.DataFrame({"region": regions})), "en", regions=order)
    places = [page.text.index(name) for name in order.values()]
    assert places == sorted(places)
