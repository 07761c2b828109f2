"""What a form asks for: the figures that a framework needs of a unit in a year."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.core.catalogue import default_regions, find_framework, read_primitives
from analysis.core.columns import inputs_of
from analysis.core.derive import ACROSS_YEARS, OPERATIONS, regional_inputs
from analysis.core.framework import Framework
from analysis.core.item_values import Limits, limits_of
from analysis.core.regions import Regions
from analysis.texts import text
from analysis.zones.editions import read_editions
from analysis.zones.registry import read_provinces

OWN_FACTS = ("unit", "name", "name_en", "region", "province", "assessed")
BASES = ("defined", "other", "boundary", "estimate")
"""On which basis a figure is given; what each means is in the table of texts."""
LARGEST = 1e15
"""No figure is larger, in whatever unit of measure."""


@dataclass(frozen=True)
class FormRow:
    """One figure that is asked for.

    Attributes
    ----------
    code : str
        Primitive, or item where the framework has no primitives for it.
    names, definitions, units : mapping of str to str
        In ``zh`` and ``en``; ``units`` is the unit of measure.
    measure : str
        Unit of measure as the framework writes it, for comparisons.
    group : str
        Group of the framework under which the figure is asked.
    items : tuple of (str, int)
        Items that it serves, and whether more of it makes the item better (1)
        or worse (-1).
    limits : Limits
        What a value may be.
    """

    code: str
    names: Mapping[str, str]
    definitions: Mapping[str, str]
    units: Mapping[str, str]
    measure: str
    group: str
    items: tuple[tuple[str, int], ...]
    limits: Limits

    @property
    def direction(self) -> int:
        """1 or -1 where more is better or worse for all items it serves, else 0."""
        signs = {sign for _, sign in self.items}
        return signs.pop() if len(signs) == 1 else 0


@dataclass(frozen=True, eq=False)
class FormSpec:
    """A form before it is written, and what a filled one is held against.

    Attributes
    ----------
    framework : Framework
    source : str
        Name or path by which the framework is found.
    year : int
    rows : tuple of FormRow
        In the order of the framework's items.
    facts : tuple of str
        What is asked of the unit itself.
    regions : Regions or None
        None where any word is a region.
    provinces : mapping of str to (str, str, str)
        ``zh, en, region`` by code; empty where the framework is none of the
        ministry's.
    bases : tuple of FormRow
        Figures of the year before that are asked for because growth needs
        them and the panel does not have them (`with_bases`); usually none.
    also : tuple of FormRow
        Optional figures that no item needs (`form_also.with_also`); usually none.
    """

    framework: Framework
    source: str
    year: int
    rows: tuple[FormRow, ...]
    facts: tuple[str, ...]
    regions: Regions | None
    provinces: Mapping[str, tuple[str, str, str]]
    bases: tuple[FormRow, ...] = ()
    also: tuple[FormRow, ...] = ()

    @property
    def asked(self) -> tuple[FormRow, ...]:
        """All rows of the form: ``rows``, then ``bases``, then ``also``."""
        return (*self.rows, *self.bases, *self.also)

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the figures of the year, in order."""
        return tuple(row.code for row in self.rows)

    @property
    def asked_codes(self) -> tuple[str, ...]:
        """Codes of all rows of the form, in order."""
        return tuple(row.code for row in self.asked)


def form_spec(source: str | Path, year: int) -> FormSpec:
    """Return what the form of a framework asks for in a data year.

    An item that is derived is asked for by its primitives, any other as it
    is. A primitive is held to the limits of an item that is its plain level;
    one that enters only items that cannot be negative cannot be either.

    Parameters
    ----------
    source : str or pathlib.Path
        Name of a shipped framework, or path of one.
    year : int
        Data year.

    Raises
    ------
    InputError
        If there is no such framework, or with every problem in it.
    """
    framework = find_framework(source)
    known = read_primitives(source)
    rows: dict[str, FormRow] = {}
    for item in framework.items:
        for code in inputs_of(framework, item) or (item,):
            served = (item, _sign(framework, item, code))
            if code in rows:
                rows[code] = replace(rows[code], items=(*rows[code].items, served))
            else:
                rows[code] = _row(framework, item, code, known, served)
    limits = limits_of(framework)
    rows = {
        code: replace(row, limits=_limits(row, framework, limits, known))
        for code, row in rows.items()
    }
    editions = set(read_editions()["framework"])
    provinces = {}
    if framework.name in editions:
        table = read_provinces()
        columns = (table[name].astype(str) for name in ("zh", "en", "region"))
        provinces = dict(zip(map(str, table.index), zip(*columns, strict=True), strict=True))
    facts = [fact for fact in OWN_FACTS if provinces or fact != "province"]
    facts += [fact for fact in framework.weight_attributes if fact not in facts]
    regions = default_regions(framework.name)
    return FormSpec(
        framework, str(source), year, tuple(rows.values()), tuple(facts), regions, provinces
    )


def growth_codes(framework: Framework, year: int) -> tuple[str, ...]:
    """Return the figures that items of ``year`` also need of the year before, in order."""
    nodes = framework.nodes.loc[list(framework.items)]
    nodes = nodes[nodes["operation"].isin(ACROSS_YEARS)]
    pairs = zip(nodes["inputs"].astype(str), nodes["breaks"].astype(str), strict=True)
    return tuple(dict.fromkeys(code for code, breaks in pairs if str(year) not in breaks.split()))


def base_code(code: str, year: int) -> str:
    """Return the code of a figure of the year before on the form of ``year``."""
    return f"{code}@{year - 1}"


def base_of(code: str, year: int) -> str:
    """Return which figure a `base_code` stands for, ``""`` if it is none."""
    return code.removesuffix(f"@{year - 1}") if code.endswith(f"@{year - 1}") else ""


def with_bases(spec: FormSpec, codes: Collection[str]) -> FormSpec:
    """Return a form that also asks for figures of the year before.

    Parameters
    ----------
    spec : FormSpec
    codes : collection of str
        Of the year before; those that no growth needs are let be.
    """
    before = spec.year - 1
    needed = growth_codes(spec.framework, spec.year)
    growth = spec.framework.nodes["operation"].isin(ACROSS_YEARS)
    rows = []
    for row in spec.rows:
        if row.code in codes and row.code in needed:
            names = {
                lang: text("form.base_name", lang, name=name, before=before)
                for lang, name in row.names.items()
            }
            items = tuple((item, -sign) for item, sign in row.items if growth[item])
            code = base_code(row.code, spec.year)
            rows.append(replace(row, code=code, names=names, group="", items=items))
    return replace(spec, bases=tuple(rows))


def _sign(framework: Framework, item: str, code: str) -> int:
    """Return whether more of a primitive makes the item better (1) or worse (-1)."""
    node = framework.nodes.loc[item]
    sign = 1 if node["direction"] >= 0 else -1
    inputs = str(node["inputs"]).split()
    below = node["operation"] in ("share", "ratio") and inputs[1] == code
    scale = float(node["scale"])  # type: ignore[arg-type]
    return -sign if below != (scale < 0) else sign


def _row(
    framework: Framework,
    item: str,
    code: str,
    known: Mapping[str, Mapping[str, str]],
    served: tuple[str, int],
) -> FormRow:
    node = framework.nodes.loc[item]
    plain = code == item or (node["operation"] == "level" and math.isnan(float(node["scale"])))  # type: ignore[arg-type]
    said = known.get(code, {})
    names, definitions, units = {}, {}, {}
    measure = said.get("unit") or (str(node["unit"]) if plain else "")
    for lang in ("zh", "en"):
        own = framework.label(item, lang) if plain else code
        names[lang] = said.get(f"name_{lang}") or own
        meaning = said.get(f"meaning_{lang}") or ""
        if not meaning and plain:
            meaning = str(node[f"definition_{lang}"])
        whole = known.get(said.get("part_of") or "", {}).get(f"name_{lang}")
        if whole:
            meaning = text("form.part_of", lang, meaning=meaning, whole=whole)
        meaning += _regional(framework, item, code, lang)
        definitions[lang] = meaning.strip()
        units[lang] = (
            said.get(f"unit_{lang}") or str(node.get(f"unit_{lang}") or "") * plain or measure
        )
    group = framework.parent(item)
    return FormRow(code, names, definitions, units, measure, group, (served,), Limits())


def _regional(framework: Framework, item: str, code: str, lang: str) -> str:
    """Return for which regions a primitive counts, where it does not for all."""
    regions = default_regions(framework.name)
    named = [
        r for r, c in regional_inputs(str(framework.nodes.at[item, "inputs"])).items() if c == code
    ]
    if not named or regions is None:
        return ""
    labels = [regions.label(region, lang) for region in named if region in regions.codes]
    return text("form.for_regions", lang, regions=text("check.join", lang).join(labels))


def _limits(
    row: FormRow,
    framework: Framework,
    limits: Mapping[str, Limits],
    known: Mapping[str, Mapping[str, str]],
) -> Limits:
    limit = limits.get(row.code, Limits())
    if math.isnan(limit.least):
        nodes = framework.nodes
        # Growth of -100% is a fall to nothing; of a difference nothing follows.
        floors = dict.fromkeys(OPERATIONS, 0.0) | {"growth": -100.0}
        floors["difference"] = math.inf
        served = nodes.loc[[item for item, _ in row.items], ["operation", "min"]]
        pairs = zip(served["operation"], served["min"], strict=True)
        if all(float(low) >= floors.get(str(kind), math.inf) for kind, low in pairs):
            limit = replace(limit, least=0.0)
    whole = known.get(row.code, {}).get("integer", "").strip().casefold() == "true"
    return replace(limit, whole=limit.whole or whole)
