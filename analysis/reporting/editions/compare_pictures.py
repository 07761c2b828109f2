"""The figures that stand beside the tables of a comparison."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from analysis.reporting.editions import figures_comparing as figures
from analysis.reporting.editions.compare_work import Work, framework_names, group_labels
from analysis.reporting.style import Picture
from analysis.texts import text

BARS = 30  # units whose causes are drawn one by one


def pictures(work: Work, lang: str) -> Iterator[tuple[str, Picture]]:
    """Yield the figures of a comparison with the names of their files."""
    frameworks = work.pair.old.framework, work.pair.new.framework
    names = framework_names(work.pair)
    groups = group_labels(frameworks[0], lang), group_labels(frameworks[1], lang)
    known = work.region_names(lang)
    regions = known if len(known) > 1 else None
    ranks = _labelled(work.ranks, work.unit_names(lang))
    newest = ranks[ranks["year"] == work.year]

    def title(key: str, *, measured: bool = True) -> str:
        said = text(f"compare.title.{key}", lang, year=work.year, many=BARS)
        mark = text("mark.synthetic", lang) if measured and work.pair.synthetic else ""
        return said + mark

    yield (
        "flows",
        figures.flow_diagram(
            work.flows, lang, names=names, labels=groups, title=title("flows", measured=False)
        ),
    )
    for aspect in ("kind", "evidence"):
        yield (
            f"rewards_{aspect}",
            figures.reward_bars(
                *work.rewards, lang, names=names, aspect=aspect,
                title=title(f"rewards_{aspect}", measured=False),
            ),
        )  # fmt: skip
    yield (
        "slope",
        figures.slope_chart(
            newest, lang, names=names, regions=regions, top=work.top, title=title("slope")
        ),
    )
    if len(work.pair.years) > 1:
        yield (
            "bump",
            figures.bump_chart(
                ranks, lang, names=names, regions=regions, top=work.top, title=title("bump")
            ),
        )
    found = work.attributions.get(work.year)
    if found is not None:
        shifts = found.table.merge(newest[["unit", "label", "region"]], on="unit", how="left")
        moved = figures.movers(shifts, BARS)
        first = shifts.set_index("unit").reindex(moved).reset_index()
        for measure in ("rank", "score"):
            yield (
                f"attribution_{measure}",
                figures.attribution_overview(
                    shifts, lang, measure=measure, regions=regions,
                    title=title(f"attribution_{measure}"),
                ),
            )  # fmt: skip
        yield "attribution_movers", figures.attribution_bars(first, lang, title=title("movers"))


def _labelled(table: pd.DataFrame, labels: dict[str, str]) -> pd.DataFrame:
    return table.assign(label=[labels.get(unit, unit) for unit in table["unit"]])
