"""The sheet of instructions of a form: how to fill it in, and which items come of it."""

from __future__ import annotations

from analysis.core.framework import Framework
from analysis.texts import text
from analysis.zones.cycle.form_rows import FormSpec

LINES = (
    "cells",
    "numbers",
    "percent",
    "blank",
    "evidence",
    "before",
    "columns",
    "back",
    "official",
)


def instructions(
    spec: FormSpec, lang: str, many: bool
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the lines of the instructions and the table of items below them.

    Parameters
    ----------
    spec : FormSpec
    lang : {"zh", "en"}
    many : bool
        Whether the form is for many units.

    Returns
    -------
    lines : tuple of str
    table : list of tuple of str
        The header, then one row an item: code, name, how it is computed,
        evidence, definition.
    """
    framework = spec.framework
    lines = [text(f"form.line.{key}", lang, year=spec.year, before=spec.year - 1) for key in LINES]
    if spec.bases:
        lines.insert(6, text("form.line.base", lang, before=spec.year - 1))
    if many:
        lines.insert(5, text("form.line.many", lang))
    if spec.also:
        lines.insert(4, text("form.line.also", lang))
    numbered = tuple(
        text("form.line", lang, number=number, line=line) for number, line in enumerate(lines, 1)
    )
    columns = ("item", "name", "computed", "evidence", "definition")
    table = [tuple(text(f"form.items.{column}", lang) for column in columns)]
    for item in framework.items:
        node = framework.nodes.loc[item]
        word = str(node["evidence"])
        table.append(
            (
                item,
                framework.label(item, lang),
                computed(framework, item, lang, spec),
                text(f"form.evidence.{word}", lang) if word else "",
                " ".join(
                    str(node.get(f"{part}_{lang}") or "") for part in ("definition", "note")
                ).strip(),
            )
        )
    return numbered, table


def computed(framework: Framework, item: str, lang: str, spec: FormSpec) -> str:
    """Return in words how an item follows from what the form asks for."""
    names = {row.code: row.names[lang] for row in spec.rows}
    operation = str(framework.nodes.at[item, "operation"])
    if not operation:
        return text("form.computed.itself", lang)
    words = str(framework.nodes.at[item, "inputs"]).split()
    inputs = [names[word.split("=")[-1]] for word in words]
    listed = text("check.join", lang).join(dict.fromkeys(inputs))
    return text(f"form.computed.{operation}", lang, inputs=listed, a=inputs[0], b=inputs[-1])
