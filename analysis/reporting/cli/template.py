"""``jingkai template``: the form of a year, as a workbook to fill in."""

from __future__ import annotations

from pathlib import Path

import click

from analysis.reporting.cli.commands import Command, option, words_of
from analysis.reporting.cli.messages import language, tell


@click.command(cls=Command, **words_of("template"))
@option("--framework", metavar="NAME|FILE", default="", words="framework_form")
@option("--year", metavar="YEAR", type=click.IntRange(1000, 2999), required=True, words="year_form")
@option("--panel", metavar="DIR|FILE", default="", words="panel_form")
@option("--units", metavar="FILE|A,B", default="", words="units_form")
@option("--also", metavar="audit|FILE", multiple=True, words="also_form")
@option("--method", metavar="NAME|FILE", default="", words="method_form")
@option("--lang", type=click.Choice(["zh", "en"]), default=None, words="lang_form")
@option("--out", metavar="FILE.xlsx|DIR", required=True, words="out_form")
def template(
    framework: str,
    year: int,
    panel: str,
    units: str,
    also: tuple[str, ...],
    method: str,
    lang: str | None,
    out: str,
) -> int:
    """Write a form; the help is in the table of texts."""
    from analysis.core.cells import shown
    from analysis.core.findings import Finding, InputError
    from analysis.core.write import write_bytes
    from analysis.reporting.workspace import check_table_path, folder_name
    from analysis.zones.cycle.form_workbook import form_bytes
    from analysis.zones.cycle.template import make_template

    target = Path(out)
    if target.suffix and target.suffix.lower() != ".xlsx":
        raise InputError([Finding("error", "form.out", {"path": out})])
    if target.suffix:
        check_table_path(target)
    spec, asked, synthetic, left_out = make_template(
        framework, year, panel=panel, units=units, also=also, method=method
    )
    words = lang or language()
    if target.suffix:
        write_bytes(target, form_bytes(spec, asked, words, synthetic=synthetic))
        made = 1
    else:
        if not asked:
            raise InputError([Finding("error", "form.out_units", {"path": out})])
        try:
            target.mkdir(parents=True, exist_ok=True)
            for unit in asked:
                name = f"{folder_name(unit.facts['unit'])}.xlsx"
                write_bytes(target / name, form_bytes(spec, [unit], words, synthetic=synthetic))
        except OSError as error:
            values = {"out": out, "reason": error.strerror or str(error)}
            raise InputError([Finding("error", "out.unwritable", values)]) from None
        made = len(asked)
    tell(
        "template.done",
        forms=made,
        path=out,
        framework=spec.framework.name,
        year=year,
        figures=len(spec.rows),
        units=len(asked),
    )
    if spec.bases:
        codes = ", ".join(row.code for row in spec.bases)
        tell("template.bases", count=len(spec.bases), before=year - 1, codes=codes)
    if spec.also:
        tell("template.also", count=len(spec.also), codes=", ".join(r.code for r in spec.also))
    if left_out:
        named = ", ".join(map(shown, left_out[:12])) + (" …" if left_out[12:] else "")
        tell("template.left_out", count=len(left_out), units=named, year=year)
    if synthetic:
        tell("template.synthetic")
    return 0
