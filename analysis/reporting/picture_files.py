"""Figures as files, for readers and for other programs."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path

from analysis.core.write import write_bytes
from analysis.reporting.style import Picture, svg

DPI = 150

Drawn = Callable[[str], Iterable[tuple[str, Picture]]]


def write_pictures(drawn: Drawn, folder: Path, languages: tuple[str, ...]) -> None:
    """Write figures as SVG and PNG, into a folder for each language.

    Parameters
    ----------
    drawn : callable
        Gives the figures in a language, with the names of their files.
    folder : pathlib.Path
        One that is not there yet.
    languages : tuple of str
    """
    for lang in languages:
        place = folder / lang
        place.mkdir(parents=True)
        for name, picture in drawn(lang):
            write_bytes(place / f"{name}.svg", svg(picture).encode("utf-8"))
            picture.set_layout_engine("none")  # it stands as it is
            buffer = io.BytesIO()
            picture.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
            write_bytes(place / f"{name}.png", buffer.getvalue())
