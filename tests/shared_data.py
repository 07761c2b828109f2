"""Where tests find the validation data that are not part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def validation(name: str) -> Path:
    """Return a file of the validation data, or skip the test where there are none.

    They are looked for in ``$JINGKAI_SHARED/validation``, else beside the
    checkout in ``../shared/validation``. Under ``CI=true`` they must be there.
    """
    root = Path(__file__).resolve().parents[1]
    shared = Path(os.environ.get("JINGKAI_SHARED", root.parent / "shared"))
    path = shared / "validation" / name
    if not path.is_file():
        message = f"validation data not found: {path} (set JINGKAI_SHARED)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path
