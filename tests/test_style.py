"""Figures: names that do not overlap, labels that fit, colours that stay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.reporting import style
from analysis.reporting.labels import name_points
from analysis.reporting.markdown import display_width
from analysis.reporting.scores.figures_scores import swarm


def test_all_text_has_glyphs_in_the_font() -> None:
    from fontTools.ttLib import TTFont
    from pylopdf_fonts_zh_cn import sans_path

    from analysis.texts import table

    glyphs = TTFont(sans_path(), lazy=True).getBestCmap()
    lacking = {
        char
        for texts in table().values()
        for text in texts.values()
        for char in text
        if char not in "\n\t" and ord(char) not in glyphs
    }
    assert not lacking


@given(st.text(max_size=40), st.integers(2, 30))
def test_shortened_labels_fit(label: str, columns: int) -> None:
    short = style.shorten(label, columns)
    assert display_width(short) <= columns
    assert short == label or short.endswith("…")


@given(st.text(max_size=60), st.integers(4, 20), st.integers(1, 4))
def test_wrapped_labels_fit(label: str, columns: int, lines: int) -> None:
    wrapped = style.wrap(label, columns, lines).split("\n")
    assert len(wrapped) <= lines
    assert all(display_width(line) <= columns for line in wrapped)


def test_labels_break_at_words_and_between_chinese_characters() -> None:
    assert style.wrap("Science and technology innovation", 13, 3) == (
        "Science and\ntechnology\ninnovation"
    )
    assert style.wrap("科技创新能力", 8, 2) == "科技创新\n能力"


@settings(deadline=None)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=80))
def test_dots_of_like_value_are_moved_apart(values: list[float]) -> None:
    array = np.array(values)
    width = (np.ptp(array) or 1.0) / 20
    height = swarm(array, width)
    bins = np.floor((array - array.min()) / width).astype(int)
    assert len({*zip(bins, height, strict=True)}) == len(array)


@pytest.mark.parametrize("count", [1, 12])
def test_names_overlap_neither_each_other_nor_the_frame(count: int) -> None:
    rng = np.random.default_rng(1)
    figure = style.new_figure(3.0, "zh")
    axes = figure.subplots()
    x, y = rng.normal(size=count), rng.normal(size=count)
    axes.plot(x, y, "o")
    name_points(axes, x, y, [f"东部示例{i:03d}" for i in range(count)])
    figure.draw_without_rendering()
    renderer = figure._get_renderer()  # type: ignore[attr-defined]
    boxes = [text.get_window_extent(renderer) for text in axes.texts]
    assert boxes
    frame = axes.get_window_extent(renderer).padded(2)
    for place, box in enumerate(boxes):
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1
        assert frame.y0 <= box.y0 and box.y1 <= frame.y1
        assert not any(box.overlaps(other) for other in boxes[:place])


def test_regions_keep_their_colours() -> None:
    colours = style.region_colours(["west", "east", "central"])
    assert colours["east"] == style.region_colours(["east"])["east"] == style.BLUE
    many = style.region_colours([*"ABCDEFGHI", ""])
    assert len(set(many.values())) >= 7
    assert many[""] == style.GREY


def test_a_figure_shows_as_svg_only_and_looks_the_same_whatever_was_drawn_before() -> None:
    def drawn() -> str:
        figure = style.new_figure(1.0, "en")
        figure.subplots().set_title("A $b$ 中文")
        shown = figure._repr_mimebundle_()
        assert list(shown) == ["image/svg+xml"]
        return shown["image/svg+xml"]

    first = drawn()
    style.new_figure(2.0, "zh").subplots().plot([1, 2])
    assert drawn() == first
