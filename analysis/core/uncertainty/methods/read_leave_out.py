"""Which nodes are left out in draws, one at a time: read from a file of methods."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.core.findings import Finding
from analysis.core.framework import Framework
from analysis.core.weights import index_weights
from analysis.core.yaml_file import shown

WORDS = ("items", "groups", "none")
KEYS = ("what", "none")


def read_leave_out(
    content: object, framework: Framework, file: str | None, problems: list[Finding]
) -> tuple[tuple[str, ...], float]:
    """Return the nodes of which one is left out, and the probability that none is.

    Parameters
    ----------
    content : object
        ``items``, ``groups``, ``none``, a list of codes, or a mapping with one
        of these as ``what`` and that probability as ``none``.
    framework : Framework
    file : str or None
        For messages.
    problems : list of Finding
        What is wrong is added to it.

    Returns
    -------
    (codes, probability)
        The probability is ``1 / (number of codes + 1)`` where none is given.
    """
    none: object = None
    if isinstance(content, Mapping):
        for key in content:
            if key not in KEYS:
                told = {"key": shown(key), "allowed": ", ".join(KEYS)}
                problems.append(_problem("leave_out_key", file, **told))
        none, content = content.get("none"), content.get("what")
    codes = _codes(content, framework, file, problems)
    if none is None:
        return codes, 1.0 / (len(codes) + 1)
    if isinstance(none, bool) or not isinstance(none, int | float) or not 0 <= none <= 1:
        problems.append(_problem("leave_out_none", file, value=shown(none)))
        return codes, 1.0
    return codes, float(none) if codes else 1.0


def _codes(
    content: object, framework: Framework, file: str | None, problems: list[Finding]
) -> tuple[str, ...]:
    if content is None or content == "none":
        return ()
    if content in ("items", "groups"):
        shares = index_weights(framework, framework.weights())
        nodes = framework.items if content == "items" else framework.groups
        # The only node with a weight cannot go: nothing would be left.
        return tuple(code for code in nodes if shares[code] > 0 and not _is_all(shares, code))
    if not isinstance(content, list | tuple):
        told = {"value": shown(content), "allowed": ", ".join(WORDS)}
        problems.append(_problem("leave_out", file, **told))
        return ()
    shares = index_weights(framework, framework.weights())
    codes: list[str] = []
    for code in content:
        if not isinstance(code, str) or code not in shares.index:
            problems.append(_problem("leave_out_code", file, code=shown(code)))
        elif code in codes:
            problems.append(_problem("leave_out_twice", file, code=code))
        elif code == framework.root or _is_all(shares, code):
            problems.append(_problem("leave_out_all", file, code=code))
        else:
            codes.append(code)
    return tuple(codes)


def _is_all(shares: pd.Series, code: str) -> bool:
    return bool(shares[code] >= 1.0 - 1e-12)


def _problem(code: str, file: str | None, /, **values: object) -> Finding:
    return Finding("error", f"methods.{code}", values, file=file)
