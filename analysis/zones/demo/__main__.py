"""Write the demonstration panel anew, or check that it is what its seed gives."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from analysis.zones.demo.command import write_or_check
from analysis.zones.demo.panel import draw_panel
from analysis.zones.demo.settings import SEED
from analysis.zones.demo.write import FILES, write_panel


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return write_or_check(
        arguments,
        _write,
        FILES,
        module="analysis.zones.demo",
        description=f"Draw the demonstration panel (seed {SEED}).",
    )


def _write(folder: Path) -> None:
    write_panel(draw_panel(SEED), folder)


if __name__ == "__main__":
    sys.exit(main())
