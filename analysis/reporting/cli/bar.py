"""How far a long computation is: a bar on a terminal, one line a stage anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from tqdm import tqdm

from analysis.reporting.cli.messages import say


class Bar:
    """Tells on standard error which stage a command is at, and how far."""

    @contextmanager
    def stage(self, name: str, steps: int | None = None) -> Iterator[Callable[[], None]]:
        """Give a function to call at every step of a stage."""
        title = say(f"stage.{name}")
        began = time.monotonic()
        if not sys.stderr.isatty():
            yield _nothing
            click.echo(
                say("run.stage", stage=title, seconds=f"{time.monotonic() - began:.1f}"), err=True
            )
            return
        with tqdm(total=steps, desc=title, file=sys.stderr, leave=True, unit="") as bar:
            yield lambda: _update(bar)


def _nothing() -> None:
    pass


def _update(bar: Any) -> None:
    bar.update()
