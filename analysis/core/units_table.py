"""A table of its own for the units' names, regions and attributes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.core.cells import shown
from analysis.core.findings import Finding
from analysis.core.raw_table import RawTable
from analysis.core.regions import Regions
from analysis.core.roles import find_roles
from analysis.core.unit_facts import Rows, Texts, duplicates, groups_of, read_facts

NAMED = 8  # units that a message names before it says how many more there are


@dataclass(frozen=True, eq=False)
class UnitsTable:
    """What is known of units apart from their values.

    Attributes
    ----------
    findings : list of Finding
    places : dict
        Row position by unit, or by unit and year where the table has years.
    by_year : bool
    facts : dict of str to array
        As of `analysis.core.unit_facts.read_facts`.
    """

    findings: list[Finding]
    table: RawTable | None = None
    places: dict[tuple[str, int], int] = field(default_factory=dict)
    by_year: bool = False
    facts: dict[str, Texts] = field(default_factory=dict)


def read_units(
    table: RawTable | None, findings: list[Finding], regions: Regions | None
) -> UnitsTable:
    """Read a table of units: a column for the unit, one for the year if need be.

    Rows with an error tell nothing of their units.
    """
    if table is None:
        return UnitsTable(findings)
    roles = find_roles(table.header)
    if "unit" not in roles:
        findings = [*findings, table.finding("error", "table-units-no-unit")]
        return UnitsTable(findings, table)
    rows = Rows(table.sound(), [])
    rows.read_keys(roles, None)
    used = {roles[role] for role in ("unit", "year", "name", "region", "assessed") if role in roles}
    attributes = {heading: at for at, heading in enumerate(table.header) if at not in used}
    facts = read_facts(rows, roles, attributes, regions)
    by_year = "year" in roles
    if not by_year:
        rows.years[:] = 1
    group = groups_of(rows)
    if not by_year:
        rows.years[:] = 0
    for position, other in duplicates(group):
        rows.note(
            "error",
            "table-duplicate-unit",
            position,
            shown(table.header[roles["unit"]]),
            other=rows.table.rows[other],
        )
    good = ~rows.refused()
    places = {(str(rows.units[i]), int(rows.years[i])): int(i) for i in np.flatnonzero(good)}
    return UnitsTable([*findings, *rows.findings], table, places, by_year, facts)


def join_units(
    rows: Rows, facts: dict[str, Texts], units: UnitsTable | None
) -> tuple[dict[str, Texts], list[Finding]]:
    """Add what the table of units says; where both tables speak they must agree.

    Returns
    -------
    facts : dict of str to array
    findings : list of Finding
        Units that only one of the tables knows. Contradictions are noted in
        ``rows``.
    """
    if units is None or units.table is None:
        return facts, []
    years = rows.years if units.by_year else np.zeros_like(rows.years)
    keys = list(zip(map(str, rows.units), map(int, years), strict=True))
    source = np.array([units.places.get(key, -1) for key in keys], dtype=np.intp)
    joined = dict(facts)
    for fact, texts in units.facts.items():
        theirs = np.where(source >= 0, texts[source], "") if len(texts) else source.astype(str)
        ours = facts.get(fact)
        if ours is None:
            joined[fact] = theirs.astype(object)
            continue
        for at in np.flatnonzero((ours != "") & (theirs != "") & (ours != theirs)):
            rows.note(
                "error",
                "table-units-differ",
                int(at),
                shown(fact),
                value=shown(ours[at]),
                other=shown(theirs[at]),
                table=units.table.file,
            )
        joined[fact] = np.where(ours == "", theirs, ours).astype(object)
    return joined, _one_sided(rows, units, source, keys)


def _one_sided(
    rows: Rows, units: UnitsTable, source: np.ndarray, keys: list[tuple[str, int]]
) -> list[Finding]:
    assert units.table is not None
    unknown = sorted({key[0] for key, at in zip(keys, source, strict=True) if at < 0 and key[0]})
    known = {key[0] for key in keys}
    idle = sorted({unit for unit, _ in units.places} - known)
    findings = []
    for severity, code, names in (
        ("warning", "table-units-unknown", unknown),
        ("note", "table-units-idle", idle),
    ):
        if names:
            listed = ", ".join(shown(name, 30) for name in names[:NAMED])
            listed += " …" if len(names) > NAMED else ""
            findings.append(
                units.table.finding(severity, code, count=len(names), units=listed)  # type: ignore[arg-type]
            )
    return findings
