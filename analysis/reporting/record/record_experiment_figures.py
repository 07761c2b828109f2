"""The figure on the natural experiment in the published record."""

from __future__ import annotations

from collections import Counter

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.typing import LineStyleType

from analysis.reporting import style
from analysis.reporting.record.record_experiment import Experiment
from analysis.reporting.style import Picture
from analysis.zones.natural_experiment import Step, replaced_by_depth
from analysis.zones.published import TOP


def turnover_and_moves(experiment: Experiment) -> Picture:
    """Return the step of the change beside the two whose lists are (almost) complete.

    On the left the number replaced among the first `d` places, for every `d`
    (a band where the list leaves it open). On the right a dot for every zone
    that stayed, by how far it moved, a triangle for one that dropped out, at
    the least it moved, and a mark below at the mean of those that stayed.
    """
    record = experiment.record
    steps = (experiment.earlier, experiment.change, experiment.later)
    figure = style.new_figure(3.3, record.lang)
    left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.15))
    colours = (style.BLUE, style.VERMILLION, style.GREEN)
    handles = []
    lines: tuple[LineStyleType, ...] = ("-", "-", (0, (4, 1.5)))
    shifts = (-0.05, 0.0, 0.05)
    for found, colour, line, shift in zip(steps, colours, lines, shifts, strict=True):
        _depth(experiment, left, found, colour, line, shift)
        handles.append(Line2D([], [], color=colour, linestyle=line, linewidth=1.6))
    left.set_xlim(0.5, TOP + 0.5)
    left.set_xticks([1, *range(5, TOP + 1, 5)])
    left.set_ylim(-0.15, None)
    left.yaxis.get_major_locator().set_params(integer=True)
    left.set_xlabel(record.t("experiment.fig.depth"))
    left.set_ylabel(record.t("experiment.fig.replaced"))
    left.grid(axis="y")
    style.bare(left, bottom=True)
    for row, (found, colour) in enumerate(zip(steps, colours, strict=True)):
        _moves(experiment, right, row, found, colour)
    right.set_ylim(len(steps) - 0.75, -0.8)
    right.set_yticks([])
    right.set_xlim(-0.8, None)
    right.xaxis.get_major_locator().set_params(integer=True)
    right.set_xlabel(record.t("experiment.fig.moved"))
    right.grid(axis="x")
    style.bare(right)
    marks = [_mark("o", style.GREY), _mark(">", style.GREY, "white"), _mark("^", style.INK)]
    labels = [_name(experiment, found) for found in steps]
    labels += [record.t(f"experiment.fig.{key}") for key in ("stayed", "left", "mean")]
    figure.legend([*handles, *marks], labels, loc="outside upper center", ncols=3)
    return figure


def _mark(marker: str, colour: str, face: str | None = None) -> Line2D:
    face = face or colour
    return Line2D(
        [], [], marker=marker, linestyle="", markersize=4, color=colour, markerfacecolor=face
    )


def _name(experiment: Experiment, found: Step) -> str:
    special = experiment.record.t("record.pair.new") if found.new_edition else ""
    return experiment.record.pair_name(found.change) + special


def _depth(
    experiment: Experiment, axes: Axes, found: Step, colour: str, line: LineStyleType, shift: float
) -> None:
    """Draw the number replaced by depth, shifted a little so that equal numbers stay visible."""
    by_depth = replaced_by_depth(*experiment.lists(found)) + shift
    axes.plot(by_depth.index, by_depth["low"], color=colour, linestyle=line, drawstyle="steps-mid")
    left_open = by_depth[by_depth["low"] < by_depth["high"]]
    ends = (left_open["low"], left_open["high"])
    axes.vlines(left_open.index, *ends, color=colour, linewidth=4, alpha=0.35)


def _moves(experiment: Experiment, axes: Axes, row: int, found: Step, colour: str) -> None:
    """Stack a mark for every zone at the number of places it moved, the mean below."""
    before, _ = experiment.lists(found)
    moved = [(int(move), "o", colour) for move in found.change.moves.abs()]
    placed = [int(before.places[zone]) for zone in found.change.left if zone in before.places]
    moved += [(before.size + 1 - place, ">", "white") for place in placed]
    height: Counter[int] = Counter()
    for places, marker, face in sorted(moved, key=lambda mark: (mark[0], mark[1] != "o")):
        y = row - 0.085 * height[places]
        height[places] += 1
        axes.plot(places, y, marker, markersize=3.6, color=colour, markerfacecolor=face)
    mean = found.change.mean_move
    axes.plot(mean, row + 0.12, "^", markersize=5, color=style.INK)
    label = experiment.record.t("experiment.fig.value", mean=mean)
    axes.text(mean + 0.35, row + 0.13, label, va="center", fontsize=style.SMALL + 0.5)
