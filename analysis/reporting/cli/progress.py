"""How a run goes on: a bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

import click
from tqdm import tqdm

from analysis.reporting.cli.messages import language, say
from analysis.reporting.outcome import Failure
from analysis.reporting.plan import Job


class ProgressLines:
    """Tells of every step on standard error."""

    def __init__(self) -> None:
        self.bar: Any = None
        self.done = self.steps = 0

    def __enter__(self) -> ProgressLines:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._close()

    def stage(self, name: str, steps: int) -> None:
        """Begin a stage."""
        self._close()
        self.done, self.steps = 0, steps
        title = say(f"stage.{name}")
        if sys.stderr.isatty():
            self.bar = tqdm(total=steps, desc=title, file=sys.stderr, leave=True, unit="")
        else:
            click.echo(say("stage.begins", stage=title, steps=steps), err=True)

    def step(self, what: Job | str, seconds: float | None, failure: Failure | None) -> None:
        """Tell of one step; a failure is told at once, with its error."""
        self.done += 1
        name = what.described(language()) if isinstance(what, Job) else what
        if failure is not None:
            self._line(click.style(describe(failure), fg="red"))
        elif self.bar is None:
            took = f"  {seconds:.1f} s" if seconds is not None else ""
            self._line(f"[{self.done:>{len(str(self.steps))}}/{self.steps}] {name}{took}")
        if self.bar is not None:
            self.bar.update()

    def _line(self, line: str) -> None:
        if self.bar is not None:
            self.bar.clear()
        click.echo(line, err=True)

    def _close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None


def describe(failure: Failure) -> str:
    """Return which report failed, in which cell, and the error, in a line or two."""
    what = failure.job.described(language()) if failure.job else failure.what
    if failure.cell is None:
        return say("failed", what=what, error=failure.error)
    cell = f"{failure.cell} ({failure.label})" if failure.label else str(failure.cell)
    return say("failed.cell", what=what, cell=cell, error=failure.error)
