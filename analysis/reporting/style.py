"""One style for every figure: font, sizes, colours, and SVG with the same bytes every time.

Figures are set 7 inches wide, so that type of 8 to 9 points stays readable at
the width of a web page (672 px) and, a little smaller, on A4. Text is drawn as
outlines of Noto Sans SC, which comes with a Python package and not from the
system; so a figure looks the same on every machine.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from functools import cache

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.rcsetup import cycler
from pylopdf_fonts_zh_cn import sans_path

from analysis.reporting.markdown import display_width

WIDTH = 7.0  # inches: the text width of the web page, a little over that of A4

# Okabe and Ito's palette, told apart with every common form of colour blindness.
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW = "#56B4E9", "#CC79A7", "#C9B800"
PALETTE = (BLUE, ORANGE, GREEN, PURPLE, VERMILLION, SKY, YELLOW)
INK, GREY, LIGHT, PALE = "#222222", "#6B6B6B", "#BDBDBD", "#ECECEC"
# Tol's muted palette, for the groups of a framework: no colour means a region there.
GROUPS = ("#332288", "#88CCEE", "#117733", "#DDCC77", "#CC6677", "#AA4499")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

# Blue, white, orange-brown: differences on both sides of a middle.
DIVERGING = LinearSegmentedColormap.from_list(
    "jingkai_diverging", ["#0B4A75", "#4C97C8", "#F7F7F7", "#E8A23D", "#8A4B08"]
)
# White to blue: how much of something.
SEQUENTIAL = LinearSegmentedColormap.from_list(
    "jingkai_sequential", ["#FFFFFF", "#BBD9EC", "#5FA3D0", "#0B4A75"]
)

SMALL, NORMAL, TITLE = 7.0, 8.5, 9.5  # points


class Picture(Figure):
    """A Matplotlib figure that a notebook shows as SVG and as nothing else."""

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"image/svg+xml": svg(self)}

    def __repr__(self) -> str:
        width, height = self.get_size_inches()
        return f"<Picture {width:g} x {height:g} in>"


@cache
def _family() -> str:
    path = str(sans_path())
    fontManager.addfont(path)
    return str(FontProperties(fname=path).get_name())


def use_style(lang: str = "zh") -> None:
    """Set Matplotlib's defaults for our figures.

    Parameters
    ----------
    lang : {"zh", "en"}
        Chinese is set a little smaller: its characters fill more of the line.
    """
    normal = NORMAL - (0.3 if lang == "zh" else 0.0)
    mpl.rcParams.update(
        {
            "font.family": [_family()],
            "font.size": normal,
            "axes.titlesize": TITLE,
            "axes.titlelocation": "left",
            "axes.labelsize": normal,
            "xtick.labelsize": normal - 0.5,
            "ytick.labelsize": normal - 0.5,
            "legend.fontsize": normal - 0.5,
            "legend.frameon": False,
            "figure.titlesize": TITLE,
            "figure.facecolor": "white",
            "figure.figsize": (WIDTH, 4.0),
            "text.color": INK,
            "axes.labelcolor": INK,
            "axes.edgecolor": LIGHT,
            "axes.linewidth": 0.6,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "axes.prop_cycle": cycler(color=PALETTE),
            "grid.color": PALE,
            "grid.linewidth": 0.6,
            "xtick.color": INK,
            "ytick.color": INK,
            "xtick.major.size": 2.5,
            "ytick.major.size": 2.5,
            "xtick.major.width": 0.6,
            "ytick.major.width": 0.6,
            "lines.linewidth": 1.2,
            "patch.linewidth": 0.0,
            "svg.fonttype": "path",
            "svg.hashsalt": "jingkai",
            "path.simplify": False,
            # Names come from data: a dollar sign in one is no formula.
            "text.parse_math": False,
        }
    )


def new_figure(height: float, lang: str, *, width: float = WIDTH) -> Picture:
    """Return an empty figure in our style, `width` by `height` inches."""
    use_style(lang)
    return Picture(figsize=(width, height), layout="constrained")


def svg(figure: Figure) -> str:
    """Return the figure as SVG text, the same bytes for the same figure."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return re.sub(r"[ \t]+\n", "\n", buffer.getvalue())


def region_colours(regions: Sequence[str]) -> dict[str, str]:
    """Return a colour for every region, the same in every figure of a report.

    The three regions of the ministry have colours of their own; other regions
    take the palette in the order given, and start anew when it is used up.
    """
    fixed = {"east": BLUE, "central": ORANGE, "west": GREEN}
    if set(regions) <= {*fixed, ""}:
        return {region: fixed.get(region, GREY) for region in regions}
    named = [region for region in regions if region]
    colours = {region: PALETTE[i % len(PALETTE)] for i, region in enumerate(named)}
    return {region: colours.get(region, GREY) for region in regions}


def region_markers(regions: Sequence[str]) -> dict[str, str]:
    """Return a marker for every region, so that colour is never the only sign."""
    return {region: MARKERS[i % len(MARKERS)] for i, region in enumerate(regions)}


def bare(axes: Axes, **spines: bool) -> None:
    """Hide the spines of the axes but those named (``bottom=True``)."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(spines.get(side, False))


def rank_axis(axis: Axis, ranks: int) -> None:
    """Put ticks at the first rank and at round ones, up to ``ranks``."""
    step = next((s for s in (1, 2, 5, 10, 20, 25, 50, 100, 200, 500) if ranks / s <= 8), 1000)
    axis.set_ticks([1, *(tick for tick in range(step, ranks + 1, step) if tick > 1)])


def shorten(label: str, columns: int) -> str:
    """Cut a label to a width in columns (Chinese counts two), with an ellipsis."""
    if display_width(label) <= columns:
        return label
    kept = ""
    for char in label:
        if display_width(kept + char) > columns - 1:
            break
        kept += char
    return kept.rstrip() + "…"


def wrap(label: str, columns: int, lines: int) -> str:
    """Break a label into lines of a width in columns, the last one cut if need be.

    Lines break at spaces, and between Chinese characters anywhere; a break
    that the label brings is a space.
    """
    label = " ".join(label.split())
    broken: list[str] = []
    line = ""
    for word in _words(label):
        if display_width(line + word.rstrip()) > columns and line:
            broken.append(line.rstrip())
            line = ""
        line += word
    broken.append(line.rstrip())
    if len(broken) > lines:
        broken = [*broken[: lines - 1], shorten(" ".join(broken[lines - 1 :]), columns)]
    return "\n".join(shorten(line, columns) for line in broken)


def _words(label: str) -> list[str]:
    """Split a label into pieces that stay whole: Latin words, single Chinese characters."""
    return re.findall(
        r"[\u2e80-\u9fff\uff00-\uffef]|[^\s\u2e80-\u9fff\uff00-\uffef]+\s*|\s+", label
    )


def say_instead(axes: Axes, message: str) -> None:
    """Write a sentence where there is nothing to draw."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, message, ha="center", va="center", transform=axes.transAxes, wrap=True)
