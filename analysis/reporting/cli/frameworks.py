"""``jingkai frameworks``: what is shipped."""

from __future__ import annotations

import click

from analysis.reporting.cli.commands import Command, words_of
from analysis.reporting.cli.messages import language, say

EVIDENCE = ("named", "reported", "implied", "proxy")


@click.command(cls=Command, **words_of("frameworks"))
def frameworks() -> int:
    """List frameworks and methods; the help is in the table of texts."""
    from analysis.core.catalogue import find_framework, find_method, list_frameworks, list_methods

    rows = [
        [say(f"column.{name}") for name in ("name", "items", *EVIDENCE, "method", "panel", "title")]
    ]
    for entry in list_frameworks():
        framework = find_framework(entry.name)
        counts = framework.evidence_counts()
        rows.append(
            [
                entry.name,
                str(len(framework.items)),
                *(str(counts.get(word, 0)) for word in EVIDENCE),
                entry.method,
                entry.panel or say("none"),
                entry.title(language()),
            ]
        )
    _table(rows, right=range(1, 6))
    click.echo()
    click.echo(say("frameworks.evidence"))
    click.echo()
    methods = [[say("column.method"), say("column.title")]]
    methods += [[name, find_method(name).title(language())] for name in list_methods()]
    _table(methods, right=())
    return 0


def _table(rows: list[list[str]], right: range | tuple[int, ...]) -> None:
    from analysis.reporting.markdown import display_width

    widths = [max(display_width(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = []
        for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * (width - display_width(cell))
            cells.append(space + cell if place in right else cell + space)
        click.echo("  ".join(cells).rstrip())
