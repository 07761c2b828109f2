"""The words that head the columns of a table of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# Words that head a column, in any case; the first word that a table holds counts.
ROLE_WORDS: Mapping[str, tuple[str, ...]] = {
    "unit": ("unit", "uCode", "iso3", "code", "代码", "编码"),
    "year": ("year", "Time", "年份", "年度"),
    "name": ("name", "uName", "country", "名称"),
    "region": ("region", "地区", "区域"),
    "assessed": ("assessed", "参评"),
    "item": ("item", "iCode", "指标", "指标代码"),
    "value": ("value", "数值", "指标值"),
}
_TELLING = {"unit", "year", "item", "value", "region"}


def find_roles(header: Sequence[str]) -> dict[str, int]:
    """Return the position of each role that the header holds (see `ROLE_WORDS`)."""
    places: dict[str, int] = {}
    for position, heading in enumerate(header):
        places.setdefault(heading.casefold(), position)
    return {
        role: next(places[word.casefold()] for word in words if word.casefold() in places)
        for role, words in ROLE_WORDS.items()
        if any(word.casefold() in places for word in words)
    }


def looks_like_header(words: Sequence[str]) -> bool:
    """Return whether a row holds at least two words that head a table of values."""
    return len(find_roles(words).keys() & _TELLING) >= 2
