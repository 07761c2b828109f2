"""Chinese fonts for the pages: the glyphs a site uses, in one style sheet.

The fonts go in as data, since browsers do not load a font file from the disk
for a page that was itself opened from there.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import re
from collections.abc import Iterable
from pathlib import Path

FACES = {"Noto Sans SC": "NotoSansSC-Regular.otf", "Noto Serif SC": "NotoSerifSC-Regular.otf"}
_LATIN = frozenset(chr(code) for code in range(0x20, 0x7F)) | frozenset(" ·–—‘’“”…−×≤≥±→←≈")
_FEATURES = ("kern", "liga", "locl", "ccmp", "mark", "mkmk", "tnum", "lnum", "pwid")
_HEADINGS = re.compile(
    r"<(h[1-6])\b.*?</\1>|<span class=\"navbar-title\">.*?</span>|<title>.*?</title>", re.DOTALL
)
_HIDDEN = re.compile(r"<(script|style)\b.*?</\1>|<annotation\b.*?</annotation>", re.DOTALL)
_VERSION = 1


def used_characters(pages: Iterable[Path]) -> dict[str, frozenset[str]]:
    """Return, by font family, the characters that HTML pages show.

    Headings and the site's title are in the serif, everything in the sans.
    """
    sans, serif = set(_LATIN), set(_LATIN)
    for page in pages:
        source = page.read_text(encoding="utf-8")
        sans |= set(html.unescape(_HIDDEN.sub("", source)))
        for match in _HEADINGS.finditer(source):
            serif |= set(html.unescape(match.group()))
    return {
        family: frozenset(char for char in used if char.isprintable())
        for family, used in zip(FACES, (sans, serif), strict=True)
    }


def font_face(family: str, characters: frozenset[str]) -> str:
    """Return an ``@font-face`` rule with a WOFF2 subset of one family.

    The same characters give the same bytes: the time stamps of the font are
    kept as they are, and hinting, names and features not used are left out.
    """
    import pylopdf_fonts_zh_cn
    from fontTools import subset

    options = subset.Options(
        flavor="woff2",
        layout_features=list(_FEATURES),
        hinting=False,
        name_IDs=[1, 2, 13, 14],  # the family and its licence
        notdef_outline=True,
        recalc_timestamp=False,
        drop_tables=["DSIG", "BASE", "VORG", "vhea", "vmtx"],
    )
    path = Path(pylopdf_fonts_zh_cn.__file__).parent / FACES[family]
    font = subset.load_font(path, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=sorted(map(ord, characters)))
    subsetter.subset(font)
    packed = io.BytesIO()
    subset.save_font(font, packed, options)
    data = base64.b64encode(packed.getvalue()).decode()
    return (
        f'@font-face {{\n  font-family: "{family}";\n  font-weight: 400;\n'
        f"  font-display: swap;\n"
        f'  src: url("data:font/woff2;base64,{data}") format("woff2");\n}}\n'
    )


def stamp(characters: dict[str, frozenset[str]]) -> str:
    """Return the first line of the style sheet: what its fonts were made from."""
    digest = hashlib.sha256(str(_VERSION).encode())
    for family in sorted(characters):
        digest.update("".join([family, "\0", *sorted(characters[family])]).encode())
    return f"/* subsets for the characters of this site: {digest.hexdigest()} */\n"
