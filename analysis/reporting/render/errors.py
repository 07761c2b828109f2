"""Problems of a page or of the project, with the file and the line they stand in."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.texts import text


@dataclass(frozen=True)
class Place:
    """Where something stands: a line of a file, or a line of a notebook's cell.

    Attributes
    ----------
    file : str
        Path below the project, with forward slashes.
    line : int or None
        Counted from 1; in a notebook within its cell.
    cell : int or None
        Counted from 1 over all cells of the notebook.
    """

    file: str
    line: int | None = None
    cell: int | None = None

    def text(self, lang: str) -> str:
        """Return the place in words, ``file:line`` for a plain file."""
        if self.cell is not None:
            return text(
                "render.place.cell", lang, file=self.file, cell=self.cell, line=self.line or 1
            )
        return self.file if self.line is None else f"{self.file}:{self.line}"


class RenderError(Exception):
    """A page or a project that cannot be rendered.

    Parameters
    ----------
    key : str
        Key ``render.error.<key>`` in the table of texts.
    place : Place or None
    **values
        Values for the placeholders of that text.
    """

    def __init__(self, key: str, place: Place | None = None, /, **values: object) -> None:
        self.key = key
        self.place = place
        self.values = values
        super().__init__(self.text("en"))

    def text(self, lang: str) -> str:
        """Return place and problem as one sentence in ``lang``."""
        problem = text(f"render.error.{self.key}", lang, **self.values)
        return problem if self.place is None else f"{self.place.text(lang)}: {problem}"

    def at(self, place: Place) -> RenderError:
        """Return the same problem with ``place`` as its place, if it has none yet."""
        return self if self.place is not None else RenderError(self.key, place, **self.values)

    def __reduce__(self) -> tuple[object, ...]:
        # an exception with keyword arguments does not cross processes by itself
        return (_rebuild, (self.key, self.place, self.values))


def _rebuild(key: str, place: Place | None, values: dict[str, object]) -> RenderError:
    return RenderError(key, place, **values)
