"""The file beside a panel that says where its values come from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from analysis.core.cells import shown
from analysis.core.findings import Finding, InputError
from analysis.core.panel_folder import open_folder
from analysis.core.yaml_file import Unreadable, read_yaml

KEYS = ("source_zh", "source_en", "synthetic")


def read_about(
    source: str | Path | pd.DataFrame, findings: list[Finding]
) -> tuple[bool, Mapping[str, str]]:
    """Read ``<stem>.about.yml`` beside a panel, or ``panel.yml`` in a folder, where there is one.

    Its keys are ``source_zh``, ``source_en`` and ``synthetic`` (true where the
    values are made up).

    Parameters
    ----------
    source : path or pandas.DataFrame
        The panel.
    findings : list of Finding
        Problems are added to it.

    Returns
    -------
    synthetic : bool
    sources : mapping of str to str
        ``zh`` and ``en``; the panel's file name where nothing else is said.
    """
    if isinstance(source, pd.DataFrame):
        return False, MappingProxyType({"zh": "", "en": ""})
    panel = Path(source)
    if panel.is_dir():
        return _of_folder(panel)
    path = panel.with_name(panel.stem + ".about.yml")
    content: Mapping[Any, Any] | None = {}
    if path.is_file():
        try:
            content = read_yaml(path)
        except Unreadable:
            content = None
    problem = ""
    if content is None:
        problem = "?"
    else:
        for key, value in content.items():
            if key not in KEYS or not isinstance(value, bool if key == "synthetic" else str):
                problem = shown(key)
    if problem or content is None:
        keys = ", ".join(KEYS)
        values = {"key": problem, "keys": keys}
        findings.append(Finding("error", "table-about", values, file=path.name))
        content = {}
    sources = {lang: str(content.get(f"source_{lang}", "")) for lang in ("zh", "en")}
    either = sources["zh"] or sources["en"] or panel.name
    return bool(content.get("synthetic", False)), MappingProxyType(
        {lang: words or either for lang, words in sources.items()}
    )


def _of_folder(panel: Path) -> tuple[bool, Mapping[str, str]]:
    """Return what ``panel.yml`` says; its problems are found when the folder is read."""
    try:
        folder = open_folder(panel)
    except InputError:
        return False, MappingProxyType({"zh": panel.name, "en": panel.name})
    either = folder.sources["zh"] or folder.sources["en"] or panel.resolve().name
    return folder.synthetic, MappingProxyType(
        {lang: words or either for lang, words in folder.sources.items()}
    )
