"""What forms say, held against each other and against the year before."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from analysis.core.cells import shown
from analysis.core.findings import Finding
from analysis.zones.cycle.form_entries import Entry, FilledForm
from analysis.zones.cycle.form_rows import FormSpec, base_code, base_of, growth_codes
from analysis.zones.cycle.year_files import Key


def facts_of(
    forms: Sequence[FilledForm], spec: FormSpec, findings: list[Finding]
) -> dict[str, dict[str, str]]:
    """Return what is said of each unit, regions completed from provinces."""
    facts: dict[str, dict[str, str]] = {}
    for form in forms:
        for unit, said in form.facts.items():
            known = facts.setdefault(unit, {})
            for fact, word in said.items():
                if word and known.get(fact, word) != word:
                    told = {"fact": fact, "value": word, "other": known[fact]}
                    findings.append(Finding("error", "intake.fact", told, form.file, unit=unit))
                elif word:
                    known[fact] = word
            region = spec.provinces.get(known.get("province", ""), ("", "", ""))[2]
            if region and known.setdefault("region", region) != region:
                told = {"region": known["region"], "province": known["province"], "other": region}
                findings.append(Finding("error", "intake.region", told, form.file, unit=unit))
                known["region"] = ""
    return facts


def entries_of(
    forms: Sequence[FilledForm], findings: list[Finding], year: int
) -> tuple[Entry, ...]:
    """Return the figures of all forms; of those given twice both are refused."""
    entries = [entry for form in forms for entry in form.entries]
    given = [entry for entry in entries if not math.isnan(entry.value)]
    counts = Counter((entry.unit, entry.code) for entry in given)
    first: dict[tuple[str, str], Entry] = {}
    for entry in given:
        first.setdefault((entry.unit, entry.code), entry)
    kept = []
    for entry in entries:
        key = entry.unit, entry.code
        twice = counts[key] > 1 and not math.isnan(entry.value)
        if twice and entry is not first[key]:
            other = first[key]
            told = {"other": other.file, "row": other.row}
            findings.append(entry.finding("error", "intake.twice", year, **told))
        kept.append(replace(entry, value=math.nan, refused=True) if twice else entry)
    return tuple(kept)


def compare_before(
    entries: Sequence[Entry], known: Mapping[Key, float], year: int, findings: list[Finding]
) -> tuple[Entry, ...]:
    """Warn where a form has other values of the year before than the panel.

    Parameters
    ----------
    entries : sequence of Entry
    known : mapping of (str, str) to float
        What the panel has of the year before; NaN: nothing.
    year : int
    findings : list of Finding
        A warning is added for each value that differs.

    Returns
    -------
    tuple of Entry
        Without the figures of the year before that the panel has in that
        year's own file, where alone they can be changed.
    """
    kept = []
    for entry in entries:
        of_before = base_of(entry.code, year)
        held = known.get((entry.unit, of_before or entry.code), math.nan)
        said = entry.value if of_before else entry.before
        if not (math.isnan(held) or math.isnan(said)) and held != said:
            told = {"before": year - 1, "value": f"{said:.15g}", "held": f"{held:.15g}"}
            findings.append(entry.finding("warning", "intake.before", year, **told))
        if not of_before or math.isnan(held) or entry.refused:
            kept.append(entry)
    return tuple(kept)


def facts_before(
    facts: Mapping[str, Mapping[str, str]],
    known: Mapping[str, Mapping[str, str]],
    held: Collection[str],
    year: int,
) -> list[Finding]:
    """Return what is said of units unlike the year before, and the units still awaited.

    Parameters
    ----------
    facts, known : mapping of str to mapping of str to str
        By unit: what the forms say, and what the panel has of the year before.
    held : collection of str
        Units that the panel has of the year already.
    year : int
    """
    findings = []
    for unit in sorted(facts):
        for fact in ("name", "region", "province"):
            now, was = facts[unit].get(fact, ""), known.get(unit, {}).get(fact, "")
            if now and was and now != was:
                told = {"fact": fact, "value": shown(now), "other": shown(was), "before": year - 1}
                findings.append(Finding("warning", "intake.fact_before", told, unit=unit))
    absent = sorted(set(known) - set(facts) - set(held))
    if absent:
        words = ", ".join(map(shown, absent[:12])) + (" …" if absent[12:] else "")
        awaited = {"count": len(absent), "units": words, "before": year - 1, "year": year}
        findings.append(Finding("note", "intake.awaited", awaited))
    return findings


def no_base(
    spec: FormSpec, values: Mapping[Key, float], known: Mapping[Key, float], units: Sequence[str]
) -> list[Finding]:
    """Return a note on the figures whose growth has nothing to start from.

    Parameters
    ----------
    spec : FormSpec
    values, known : mapping of (str, str) to float
        What the panel has of the year, and of the year before.
    units : sequence of str
    """
    lacking: dict[str, set[str]] = {}
    for code in growth_codes(spec.framework, spec.year):
        for unit in units:
            held = known.get((unit, code), math.nan)
            base = values.get((unit, base_code(code, spec.year)), math.nan)
            now = values.get((unit, code), math.nan)
            if math.isnan(held) and math.isnan(base) and not math.isnan(now):
                lacking.setdefault(code, set()).add(unit)
    if not lacking:
        return []
    told: dict[str, object] = {
        "before": spec.year - 1,
        "year": spec.year,
        "codes": ", ".join(lacking),
        "units": len(set().union(*lacking.values())),
    }
    return [Finding("note", "intake.no_base", told)]


def gaps(entries: Sequence[Entry], year: int, optional: Collection[str] = ()) -> list[Finding]:
    """Return what is left blank without a reason, by unit, and what has no source.

    Figures that are ``optional`` may be blank.
    """
    findings = []
    blank: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        if math.isnan(entry.value) and not entry.refused:
            if not entry.evidence.note and entry.code not in optional:
                blank.setdefault((entry.file, entry.unit), []).append(entry.code)
        elif not entry.refused and not entry.evidence.source:
            findings.append(entry.finding("warning", "intake.no_source", year))
        if entry.evidence.basis == "other" and not entry.evidence.note:
            findings.append(entry.finding("warning", "intake.no_note", year))
        of_year = year - 1 if base_of(entry.code, year) else year
        if entry.evidence.date and int(entry.evidence.date[:4]) < of_year:
            told = {"date": entry.evidence.date, "asked": of_year}
            findings.append(entry.finding("warning", "intake.early", year, **told))
    for (file, unit), codes in blank.items():
        told = {"count": len(codes), "codes": ", ".join(codes[:12]) + (" …" if codes[12:] else "")}
        findings.append(Finding("warning", "intake.blank", told, file, unit=unit, year=year))
    return findings
