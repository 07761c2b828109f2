"""Names beside points, placed so that they overlap neither each other nor the frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.reporting import style
from analysis.reporting.markdown import display_width

Box = tuple[float, float, float, float]  # left, bottom, right, top, in points

GAP = 5.0  # points between a point and its name
# Where a name may stand: horizontal and vertical side (-1, 0, 1), and how far out.
PLACES = tuple(
    (side, level, far)
    for far in (1.0, 2.2, 3.4)
    for side, level in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
)


def name_points(
    axes: Axes, x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray, names: list[str]
) -> None:
    """Write names beside points, those that come first having the choice.

    A name goes to the nearest of a few places around its point where it fits
    into the axes and touches no name written before and no other named point;
    one that fits nowhere is left out, since a figure whose names overlap
    names nobody.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        With its data and its limits as they will stay.
    x, y : sequence of float
    names : list of str
    """
    figure = axes.figure
    if not isinstance(figure, Figure) or not len(names):
        return
    figure.draw_without_rendering()
    to_points = 72.0 / figure.dpi
    points = axes.transData.transform(np.column_stack([x, y])) * to_points
    frame = axes.get_window_extent()
    inside = tuple(float(edge) * to_points for edge in (frame.x0, frame.y0, frame.x1, frame.y1))
    taken: list[Box] = [(px - 3, py - 3, px + 3, py + 3) for px, py in points]
    for number, (point, name) in enumerate(zip(points, names, strict=True)):
        others = [*taken[:number], *taken[number + 1 :]]
        for dx, dy, box in _places(point, name):
            if _within(box, inside) and not any(_overlap(box, other) for other in others):
                axes.annotate(
                    name,
                    (float(x[number]), float(y[number])),
                    xytext=(dx, dy),
                    textcoords="offset points",
                    ha="left",
                    va="bottom",
                    fontsize=style.SMALL,
                )
                taken.append(box)
                break


def _places(point: np.ndarray, name: str) -> Iterator[tuple[float, float, Box]]:
    width = display_width(name) * style.SMALL * 0.54
    height = style.SMALL * 1.25
    for side, level, far in PLACES:
        dx = {1: GAP, 0: -width / 2, -1: -GAP - width}[side]
        dy = {1: GAP * far, 0: -height / 2, -1: -GAP * far - height}[level]
        if level == 0:
            dx += side * GAP * (far - 1)
        left, bottom = float(point[0]) + dx, float(point[1]) + dy
        yield dx, dy, (left, bottom, left + width, bottom + height)


def _within(box: Box, frame: tuple[float, ...]) -> bool:
    return box[0] >= frame[0] and box[1] >= frame[1] and box[2] <= frame[2] and box[3] <= frame[3]


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
