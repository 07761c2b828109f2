"""Figures of the report on dynamic management."""

from __future__ import annotations

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from analysis.reporting import style
from analysis.reporting.management.management_data import Management
from analysis.reporting.style import Picture

SHOWN = 15  # places from the end of which the scores are drawn
HATCH = "////"


def history(management: Management) -> Picture:
    """Return who was among the last as the rule of the year sees them, year by year.

    One row a unit that was ever among them; the number is the place from the
    end; a frame marks a year in which the condition then in force is met, a
    dot that the unit is also among the last of the country.
    """
    report = management.report
    last = management.last
    years = management.years
    rows = [
        (code, unit)
        for code in management.regions
        for unit in _by_first_time(last[last["region"] == code])
    ]
    figure = style.new_figure(1.15 + 0.167 * max(len(rows), 3), report.lang)
    axes = figure.subplots()
    if not rows:
        style.say_instead(axes, report.t("management.fig.nobody"))
        return figure
    place = last.set_index(["year", "unit"])["from_end"]
    assessed = set(zip(management.table["year"], management.table["unit"], strict=True))
    assessed -= {(y, unit) for y, own in management.work.early.items() for unit in own}
    met = set(zip(management.found["year"], management.found["unit"], strict=True))
    everywhere = management.national if management.rule.scope == "region" else last.iloc[:0]
    national = set(zip(everywhere["year"], everywhere["unit"], strict=True))
    for y, (_, unit) in enumerate(rows):
        for x, year in enumerate(years):
            key = (year, unit)
            if key in place.index:
                _cell(axes, x, y, int(place[key]), management.rule.last, key in national)
            elif key not in assessed:
                _hatched(axes, x, y)
    for y, (_, unit) in enumerate(rows):
        for x, year in enumerate(years):
            if (year, unit) in met:
                _frame(axes, x, y)
    colours = style.region_colours(management.regions)
    for y, (code, _) in enumerate(rows):
        axes.add_patch(Rectangle((-0.62, y - 0.5), 0.1, 1, facecolor=colours[code], clip_on=False))
    axes.set_xlim(-0.5, len(years) - 0.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xticks(range(len(years)), [str(year) for year in years])
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(rows)), [style.shorten(management.name(u), 28) for _, u in rows])
    axes.tick_params(length=0)
    axes.tick_params(axis="y", pad=8)
    style.bare(axes)
    handles, labels = _history_legend(management)
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


def margins(management: Management) -> Picture:
    """Return the scores of the last places of each region in the year, and of those above."""
    report = management.report
    table = management.in_year(management.table)
    colours = style.region_colours(management.regions)
    figure = style.new_figure(2.9, report.lang)
    grid = figure.subplots(1, len(management.regions), sharey=True, squeeze=False)
    for axes, code in zip(grid.flat, management.regions, strict=True):
        own = table[(table["region"] == code) & table["region_rank"].notna()]
        own = own.sort_values(["score", "unit"], kind="stable").head(SHOWN)
        from_end = range(1, len(own) + 1)
        last = set(management.now["unit"])
        fills = [colours[code] if unit in last else "white" for unit in own["unit"]]
        axes.scatter(
            from_end, own["score"], s=26, c=fills, edgecolors=colours[code], linewidths=1.0
        )
        count = sum(unit in last for unit in own["unit"])
        if 0 < count < len(own):
            axes.axvline(count + 0.5, color=style.GREY, linewidth=0.8, linestyle=(0, (3, 2)))
        axes.set_title(report.region_label(code), fontsize=style.NORMAL)
        axes.set_xticks([1, 5, 10, 15])
        axes.set_xlim(0.2, SHOWN + 0.8)
        axes.grid(axis="y")
    grid[0, 0].set_ylabel(report.t("scores.fig.score"))
    figure.supxlabel(report.t("management.fig.from_end"), fontsize=style.NORMAL)
    return figure


def _by_first_time(last: pd.DataFrame) -> list[str]:
    """Units by the first year among the last, then by the place they had."""
    frame = last.sort_values(["year", "from_end", "unit"])
    return [str(unit) for unit in dict.fromkeys(frame["unit"])]


def _cell(axes: Axes, x: int, y: int, from_end: int, last: int, national: bool) -> None:
    share = 1 - (from_end - 1) / max(last - 1, 1)
    axes.add_patch(
        Rectangle(
            (x - 0.5, y - 0.5),
            1,
            1,
            facecolor=style.SEQUENTIAL(0.15 + 0.75 * max(share, 0.0)),
            edgecolor="white",
            linewidth=1.0,
        )
    )
    colour = "white" if share > 0.55 else style.INK
    axes.text(x, y, str(from_end), ha="center", va="center", fontsize=style.SMALL, color=colour)
    if national:
        axes.plot(x + 0.3, y, "o", markersize=2.8, color=colour)


def _hatched(axes: Axes, x: int, y: int) -> None:
    axes.add_patch(
        Rectangle(
            (x - 0.5, y - 0.5),
            1,
            1,
            facecolor="white",
            edgecolor=style.LIGHT,
            hatch=HATCH,
            linewidth=0,
        )
    )


def _frame(axes: Axes, x: int, y: int) -> None:
    axes.add_patch(
        Rectangle(
            (x - 0.47, y - 0.42),
            0.94,
            0.84,
            fill=False,
            edgecolor=style.VERMILLION,
            linewidth=1.4,
        )
    )


def _history_legend(management: Management) -> tuple[list[Artist], list[str]]:
    report = management.report
    colours = style.region_colours(management.regions)
    signs: dict[str, Artist] = {
        "place": Patch(facecolor=style.SEQUENTIAL(0.6)),
        "met": Patch(fill=False, edgecolor=style.VERMILLION, linewidth=1.4),
        "national": Line2D([], [], marker="o", linestyle="", markersize=3, color=style.INK),
        "not_assessed": Patch(facecolor="white", edgecolor=style.LIGHT, hatch=HATCH),
    }
    if management.rule.scope == "national":
        del signs["national"]
    handles = [*signs.values(), *(Patch(facecolor=colours[code]) for code in management.regions)]
    labels = [report.t(f"management.fig.{key}") for key in signs]
    return handles, labels + [report.region_label(code) for code in management.regions]
