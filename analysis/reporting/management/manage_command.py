"""What ``jingkai manage`` was asked for: inputs, files beside the panel, settings made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from analysis.core.findings import Finding, InputError
from analysis.core.scores import Scores
from analysis.reporting.inputs import Inputs, Request
from analysis.reporting.management.manage_ahead import Ahead, file_of, look_ahead, save_ahead
from analysis.reporting.management.manage_given import (
    ABOUT,
    NAMES,
    Given,
    demonstration_sources,
    read_given,
    sources_in,
)
from analysis.reporting.management.manage_settings import settings_text, with_settings
from analysis.reporting.management.manage_work import Base, Work, work_out
from analysis.reporting.uncertainty.uncertainty_inputs import read_one_year
from analysis.reporting.uncertainty.uncertainty_work import Stages

SET = {
    "edition": "edition",
    "draws": "risk.draws",
    "scenarios": "risk.scenarios",
    "methods": "risk.methods",
    "seed": "risk.seed",
}


@dataclass(frozen=True, eq=False)
class Prepared:
    """A year that is worked out but for risk and ways out.

    Attributes
    ----------
    inputs : Inputs
    work : Work
    sources : mapping of str to pathlib.Path
        Files that were read beside the panel, by kind.
    """

    inputs: Inputs
    work: Work
    sources: Mapping[str, Path]

    def look_ahead(self, stages: Stages) -> Ahead:
        """Work out risk and ways out, telling how far it is."""
        with stages.stage("risk"):
            part = _only(self.work, way=False)
            risk = look_ahead(part)
        units = len(self.work.now)
        with stages.stage("ways", units) as step:
            ways = look_ahead(_only(self.work, risk=False), way=step)
        return replace(risk, ways=ways.ways, alone=ways.alone, together=ways.together)

    def extras(self, ahead: Ahead) -> dict[str, bytes]:
        """Return what the page needs: files read, settings made, what came of it."""
        found = {
            NAMES[kind][0] if path.suffix == ".csv" else NAMES[kind][1]: path.read_bytes()
            for kind, path in self.sources.items()
            if kind != "settings"
        }
        if "candidates" in self.sources:
            about = self.sources["candidates"].with_suffix(".about.yml")
            if about.is_file():
                found[ABOUT] = about.read_bytes()
        found[NAMES["settings"][0]] = settings_text(self.work.given.settings).encode("utf-8")
        found[file_of(self.work.year)] = save_ahead(ahead)
        return found


def prepare(
    request: Request,
    asked: Mapping[str, Any],
    *,
    inputs: Inputs | None = None,
    scores: Scores | None = None,
) -> Prepared:
    """Read panel, settings, events, talks and candidates, and apply the rules.

    Parameters
    ----------
    request : Request
        Its year is the one looked at; None: the newest.
    asked : mapping
        Options of the command: files by kind (``settings, events, talks,
        candidates``), ``edition, day, draws, scenarios, methods, seed`` or
        None, ``no_risk, no_way_out``.
    inputs, scores : Inputs, Scores, optional
        What the request asks for, and the scores of its panel, where they are
        at hand.

    Raises
    ------
    InputError
        With every problem of them.
    """
    sources = _sources(request, asked)
    problems = [
        Finding("error", "table-not-found", {"path": str(path)}, file=path.name)
        for kind, path in sources.items()
        if asked.get(kind) and not path.is_file()
    ]
    try:
        inputs = inputs or read_one_year(request, request.year)
    except InputError as error:
        raise InputError([*problems, *error.findings]) from None
    sources = {kind: path for kind, path in sources.items() if path.is_file()}
    base = Base(
        panel=inputs.reading.panel,
        framework=inputs.framework,
        method=inputs.method,
        year=inputs.years[-1],
        regions=inputs.regions,
        scores=scores,
    )
    assessed = base.panel.assessed().units.index.to_frame(index=False)
    given, found = read_given(sources, assessed, base.framework, base.regions)
    if problems or found:
        raise InputError([*problems, *found])
    given = replace(given, settings=with_settings(given.settings, _made(asked)))
    return Prepared(inputs, work_out(base, sources, given), sources)


def _sources(request: Request, asked: Mapping[str, Any]) -> dict[str, Path]:
    """Return the files beside the panel: those named, else those of its folder."""
    if not request.panel:
        found = demonstration_sources()
    else:
        folder = Path(request.panel)
        found = sources_in(folder) if folder.is_dir() else {}
    return found | {kind: Path(str(asked[kind])) for kind in NAMES if asked.get(kind)}


def _made(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that the command line makes."""
    made = {name: asked[option] for option, name in SET.items() if asked.get(option) is not None}
    if asked.get("day") is not None:
        made["day"] = asked["day"].date()
    if asked.get("no_risk"):
        made["risk.scenarios"] = 0
    if asked.get("no_way_out"):
        made["way_out.of"] = "none"
    return made


def _only(work: Work, *, risk: bool = True, way: bool = True) -> Work:
    """Return the work with settings that leave out the risk or the ways out."""
    off = ({} if risk else {"risk.scenarios": 0}) | ({} if way else {"way_out.of": "none"})
    given: Given = replace(work.given, settings=with_settings(work.given.settings, off))
    return replace(work, given=given)
