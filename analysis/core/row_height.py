"""How high a row of a new workbook has to be to show its wrapped texts."""

from __future__ import annotations

import math
from collections.abc import Iterable

_LINE, _LEAST, _MOST = 15, 18, 409  # points; a workbook allows no higher row


def row_height(cells: Iterable[tuple[str, float]]) -> float:
    """Return the height of a row in points; no program fits it to the texts of a new file.

    Parameters
    ----------
    cells : iterable of (str, float)
        The texts of the row, each with the width of its column in characters;
        a Chinese character takes two.
    """
    lines = max(
        (
            sum(max(1, math.ceil(_width(line) / (width - 1))) for line in words.split("\n"))
            for words, width in cells
        ),
        default=1,
    )
    return min(max(_LEAST, _LINE * lines + 3), _MOST)


def _width(words: str) -> float:
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in words)
