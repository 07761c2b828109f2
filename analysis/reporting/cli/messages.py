"""What the command line says, in the language of the terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import click

from analysis.core.findings import Finding
from analysis.texts import text


def language(environment: Mapping[str, str] = os.environ) -> str:
    """Return ``"zh"`` where the terminal is set to Chinese, else ``"en"``."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    value = next((environment[name] for name in names if environment.get(name)), "")
    return "zh" if value.lower().startswith("zh") else "en"


def say(key: str, /, **values: object) -> str:
    """Return a text of the command line in the terminal's language."""
    return text(f"cli.{key}", language(), **values)


def tell(key: str, /, **values: object) -> None:
    """Print a text of the command line to standard error."""
    click.echo(say(key, **values), err=True)


def show_findings(findings: Sequence[Finding], *, notes: bool = True) -> None:
    """Print findings to standard error, each with its place, like ones together."""
    # Imported here: help and errors of the command line need not wait for pandas.
    from analysis.core.check import findings_text

    shown = [found for found in findings if notes or found.severity != "note"]
    if shown:
        click.echo(findings_text(shown, language()), err=True)
