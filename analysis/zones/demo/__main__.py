"""Write the demonstration panel anew, or check that it is what its seed gives."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from analysis.paths import data_dir
from analysis.zones.demo.panel import draw_panel
from analysis.zones.demo.settings import SEED
from analysis.zones.demo.write import FILES, differing, write_panel

EXAMPLES = """examples:
  python -m analysis.zones.demo            write data/demo/panel.csv and its companions
  python -m analysis.zones.demo --check    only compare; exit code 1 if they differ
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m analysis.zones.demo",
        description=f"Draw the demonstration panel (seed {SEED}).",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="compare, do not write")
    options = parser.parse_args(arguments)
    folder = data_dir() / "demo"
    panel = draw_panel(SEED)
    if not options.check:
        write_panel(panel, folder)
        print(f"Written to {folder}: {', '.join(FILES)}.")
        return 0
    names = differing(panel, folder)
    if names:
        print(f"Not what seed {SEED} gives: {', '.join(names)}. Run without --check to write anew.")
        return 1
    print(f"The files in {folder} are what seed {SEED} gives.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
