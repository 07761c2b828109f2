"""Regions that a framework lists: codes, names and other words for them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


def _fold(word: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", word).casefold().split())


@dataclass(frozen=True)
class Region:
    """One region: the code that tables use, its names, and its aliases."""

    code: str
    name_zh: str
    name_en: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Regions:
    """A closed set of regions; a word that is none of them is unknown.

    Attributes
    ----------
    name : str
        Name of the set (column ``set`` of ``data/regions.csv``).
    regions : tuple of Region
        In the order in which reports list them.

    Raises
    ------
    ValueError
        If one word stands for two regions.
    """

    name: str
    regions: tuple[Region, ...]
    _codes: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        words: dict[str, str] = {}
        for region in self.regions:
            for word in (region.code, region.name_zh, region.name_en, *region.aliases):
                folded = _fold(word)
                if folded and words.setdefault(folded, region.code) != region.code:
                    raise ValueError(
                        f"{word!r} stands for the regions {words[folded]!r} and {region.code!r}"
                    )
        object.__setattr__(self, "_codes", MappingProxyType(words))

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes in the order of the set."""
        return tuple(region.code for region in self.regions)

    def resolve(self, word: str) -> str | None:
        """Return the code that ``word`` stands for, or None if it is unknown.

        Case, spaces at the ends and full-width forms make no difference.
        """
        return self._codes.get(_fold(word))

    def label(self, code: str, lang: str) -> str:
        """Return the name of region ``code`` in ``lang`` ("zh" or "en").

        Raises
        ------
        KeyError
            If the set has no such code.
        """
        for region in self.regions:
            if region.code == code:
                return region.name_zh if lang == "zh" else region.name_en
        raise KeyError(code)
