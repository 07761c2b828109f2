"""The demonstration data that the manual shows its steps on."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.core.catalogue import default_method, default_panel, find_framework, find_method
from analysis.core.change import only_year
from analysis.core.derive import derive_items
from analysis.core.framework import Framework
from analysis.core.method import Method
from analysis.core.panel import Panel
from analysis.core.read_panel import read_panel
from analysis.core.score import score
from analysis.core.scores import Scores
from analysis.zones.editions import read_editions


@dataclass(frozen=True, eq=False)
class Demonstration:
    """The shipped demonstration data, scored by the default method.

    Attributes
    ----------
    panel : Panel
        The items of all years.
    framework : Framework
    method : Method
    year : int
        The newest year.
    newest : Panel
        That year alone.
    scores : Scores
    older : Panel, Framework
        The same zones by the framework of the edition before.
    """

    panel: Panel
    framework: Framework
    method: Method
    year: int
    newest: Panel
    scores: Scores
    older: tuple[Panel, Framework]

    @property
    def index(self) -> pd.Series:
        """Scores of the index, by unit."""
        return self.scores.in_year(self.year)[self.framework.root]


def open_demonstration() -> Demonstration:
    """Read and score the demonstration panel.

    Raises
    ------
    RuntimeError
        If the shipped framework has no panel.
    """
    names = list(dict.fromkeys(read_editions().sort_index()["framework"].astype(str)))
    source = default_panel(names[-1])
    if source is None:
        raise RuntimeError(f"framework {names[-1]} comes without a panel")
    panels = {}
    for name in names[-2:]:
        framework = find_framework(name)
        items, _ = derive_items(read_panel(source, framework).panel, framework)
        panels[name] = items, framework
    panel, framework = panels[names[-1]]
    year = panel.years[-1]
    newest = only_year(panel, year)
    method = find_method(default_method(framework.name))
    scores = score(newest, framework, method)
    older, edition = panels[names[-2]]
    before = only_year(older, year), edition
    return Demonstration(panel, framework, method, year, newest, scores, before)
