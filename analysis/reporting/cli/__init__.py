"""The command ``jingkai``."""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Sequence

import click

from analysis import __version__
from analysis.core.findings import InputError
from analysis.reporting.cli.audit import audit
from analysis.reporting.cli.check import check
from analysis.reporting.cli.commands import Group, explain, option, words_of
from analysis.reporting.cli.compare import compare
from analysis.reporting.cli.frameworks import frameworks
from analysis.reporting.cli.intake import intake
from analysis.reporting.cli.lists import lists
from analysis.reporting.cli.manage import manage
from analysis.reporting.cli.messages import say, show_findings, tell
from analysis.reporting.cli.recover import recover
from analysis.reporting.cli.run import run
from analysis.reporting.cli.score import score
from analysis.reporting.cli.stage import stage
from analysis.reporting.cli.template import template
from analysis.reporting.cli.uncertainty import uncertainty
from analysis.reporting.cli.zone import zone

GOOD, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


@click.group(cls=Group, **words_of("jingkai"), context_settings={"max_content_width": 100})
@click.version_option(
    __version__, prog_name="jingkai", message="%(prog)s %(version)s", help=say("option.version")
)
@option("--debug", is_flag=True, expose_value=False, words="debug")
def jingkai() -> None:
    """Group the commands; the help is in the table of texts."""


_COMMANDS = (
    run,
    score,
    uncertainty,
    recover,
    compare,
    check,
    template,
    intake,
    audit,
    lists,
    manage,
    zone,
    stage,
    frameworks,
)
for _command in _COMMANDS:
    jingkai.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Returns
    -------
    int
        0 good, 1 a report failed, 2 bad input (130 interrupted).
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    # Wherever it stands: people add it to the end of the line that failed.
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a sign shows another; that is no reason to stop.
            stream.reconfigure(errors="replace")
    try:
        return int(jingkai.main(words, "jingkai", standalone_mode=False) or GOOD)
    except click.ClickException as error:
        if isinstance(error, click.UsageError) and error.ctx is not None:
            click.echo(error.ctx.get_usage(), err=True)
        tell("usage.error", what=explain(error))
        return BAD_INPUT
    except InputError as error:
        show_findings(error.findings)
        return BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        tell("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has seen enough.
        sys.stderr.close()
        return GOOD
    except Exception as error:  # the last resort: nobody is shown a traceback unasked
        if debug:
            traceback.print_exc()
        tell("unexpected", kind=type(error).__name__, error=str(error).split("\n")[0])
        return FAILED
