"""The order of the tests: the longest modules first, so that workers finish together."""

from __future__ import annotations

from pathlib import Path

import pytest

LONGEST = ("test_run", "test_properties", "test_fuzz_scores", "test_hostile", "test_render_site")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest modules at the head; the order within a module stays."""
    first = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: first.get(Path(item.path).stem, len(LONGEST)))
