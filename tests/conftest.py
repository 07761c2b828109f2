"""How all tests run: the longest modules first, and Hypothesis with fixed seeds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

LONGEST = ("test_run", "test_properties", "test_fuzz_scores", "test_hostile", "test_render_site")

# The same examples everywhere, as on a CI server; HYPOTHESIS_PROFILE=default draws new ones.
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest modules at the head; the order within a module stays."""
    first = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: first.get(Path(item.path).stem, len(LONGEST)))
