"""Commands and options that speak the language of the terminal, help and errors included."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from analysis.reporting.cli.messages import say

if TYPE_CHECKING:
    from analysis.reporting.inputs import Request

Function = TypeVar("Function", bound=Callable[..., Any])


class _InWords(click.Command):
    """A command whose help is set in the terminal's language."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the first line of the help."""
        pieces = self.collect_usage_pieces(ctx)
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=say("usage") + " ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, and the commands of a group."""
        records = [record for p in self.get_params(ctx) if (record := p.get_help_record(ctx))]
        with formatter.section(say("options")):
            formatter.write_dl(records)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return ``--help`` with its own words."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = say("help")
        return option


class Command(_InWords):
    """A command in the terminal's language."""


class Group(_InWords, click.Group):
    """The group of commands in the terminal's language."""

    command_class = Command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command of that name, or say which there are."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            names = ", ".join(self.list_commands(ctx))
            ctx.fail(say("usage.no_command", name=args[0], names=names))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with the first line of their help."""
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None:
                rows.append((name, command.short_help or ""))
        with formatter.section(say("commands")):
            formatter.write_dl(rows)


def words_of(name: str) -> dict[str, str]:
    """Return the help of a command, its lines kept as they are in the table of texts."""
    paragraphs = say(f"{name}.help").split("\n\n")
    return {
        "help": "\n\n".join(f"\b\n{paragraph}" for paragraph in paragraphs),
        "short_help": say(f"{name}.short"),
    }


def option(*names: str, words: str, **settings: Any) -> Callable[[Function], Function]:
    """Return `click.option` with its help from the table of texts."""
    return click.option(*names, help=say(f"option.{words}"), **settings)


def options(*decorators: Callable[[Function], Function]) -> Callable[[Function], Function]:
    """Return one decorator for several."""

    def decorate(function: Function) -> Function:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


class Words(click.ParamType[tuple[str, ...]]):
    """Words with commas between them, each one of a few."""

    name = "words"

    def __init__(self, *known: str) -> None:
        self.known = known

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the words, each once, in their order."""
        if isinstance(value, tuple):
            return value
        parts = (part.strip() for part in value.replace("\uff0c", ",").split(","))
        words = tuple(dict.fromkeys(part for part in parts if part))
        unknown = [word for word in words if self.known and word not in self.known]
        if unknown or not words:
            why = say("usage.words", words=", ".join(unknown), known=", ".join(self.known))
            self.fail(why, param, ctx)
        return words


def one_year(year: str) -> Callable[[Function], Function]:
    """Return the options of a command on one year of a table; ``year``: words for that option."""
    return options(
        option("--panel", metavar="FILE|DIR", default="", words="panel"),
        option("--framework", metavar="NAME|FILE", default="", words="framework"),
        option("--method", metavar="NAME|FILE", default="", words="method"),
        option("--year", metavar="YEAR", type=int, words=year),
        option("--units", metavar="FILE", default="", words="units"),
        option("--sheet", metavar="NAME", default="", words="sheet"),
        option("--skip-bad", is_flag=True, words="skip_bad_one"),
    )


def take_request(asked: dict[str, Any]) -> Request:
    """Take the options of `one_year` out of what was asked, and return what they ask for."""
    # Imported here: help and errors of the command line need not wait for pandas.
    from analysis.reporting.inputs import Request

    names = ("panel", "framework", "method", "units", "sheet", "year", "skip_bad")
    return Request(**{name: asked.pop(name) for name in names})


TABLE = options(
    option("--units", metavar="FILE", default="", words="units"),
    option("--sheet", metavar="NAME", default="", words="sheet"),
    option("--year", metavar="YEAR", type=int, words="year"),
)


def explain(error: click.ClickException) -> str:
    """Return what is wrong with a command line, in the terminal's language."""
    if isinstance(error, click.NoSuchOption):
        near = ", ".join(error.possibilities or ())
        known = say("usage.near", near=near) if near else ""
        return say("usage.no_option", name=error.option_name) + known
    if isinstance(error, click.MissingParameter):
        name = error.param.opts[0] if error.param is not None else ""
        return say("usage.missing", name=name)
    if isinstance(error, click.BadParameter):
        name = error.param.opts[0] if error.param is not None else ""
        return say("usage.bad", name=name, why=error.message)
    return error.format_message()
