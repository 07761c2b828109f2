"""Two frameworks on one panel as tables: ranks, how far they agree, who moved and why."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.core.account import account
from analysis.core.comparing.attribution import CAUSES, Attribution
from analysis.core.comparing.similarity import similarity
from analysis.core.scores import Scores
from analysis.texts import LANGUAGES, text

MOVERS = 30  # units a year whose reasons are written

__all__ = ["MOVERS", "movers_table", "ranks_table", "similarity_table"]


def ranks_table(old: Scores, new: Scores, years: tuple[int, ...]) -> pd.DataFrame:
    """Return every unit's score and place under both frameworks.

    Parameters
    ----------
    old, new : Scores
    years : tuple of int

    Returns
    -------
    pandas.DataFrame
        ``year, unit, name, region, score_old, score_new, rank_old, rank_new,
        shift, region_rank_old, region_rank_new, region_shift``; ranks (Int64) are
        those among all units that the framework ranks, a shift is places won.
        Sorted by year and unit; a unit without a score in one has no shift.
    """
    sides = []
    for name, scores in (("old", old), ("new", new)):
        rows = scores.table[scores.table["node"] == scores.framework.root]
        rows = rows[rows["year"].isin(years)]
        rows = rows[["year", "unit", "score", "rank", "region_rank"]]
        sides.append(rows.set_index(["year", "unit"]).add_suffix(f"_{name}"))
    both = sides[0].join(sides[1], how="outer").sort_index()
    facts = new.units[["name", "region"]].reindex(both.index)
    table = facts.join(both)
    for name in ("rank", "region_rank"):
        table = table.astype({f"{name}_{side}": "Int64" for side in ("old", "new")})
    table["shift"] = table["rank_old"] - table["rank_new"]
    table["region_shift"] = table["region_rank_old"] - table["region_rank_new"]
    columns = [
        "year", "unit", "name", "region", "score_old", "score_new", "rank_old", "rank_new",
        "shift", "region_rank_old", "region_rank_new", "region_shift",
    ]  # fmt: skip
    return table.reset_index()[columns]


def similarity_table(ranks: pd.DataFrame, top: int, last: int) -> pd.DataFrame:
    """Return how far the two rankings agree, year by year and region by region.

    Parameters
    ----------
    ranks : pandas.DataFrame
        From `ranks_table`.
    top, last : int
        Size of the top list (of all units; within a region left out) and of the
        list of the last of each region.

    Returns
    -------
    pandas.DataFrame
        ``year, region`` (``""``: all units), then the measures of
        `analysis.core.comparing.similarity.Similarity`.
    """
    rows = []
    for year, whole in ranks.groupby("year"):
        regions = sorted({str(region) for region in whole["region"]} - {""})
        scopes = [("", whole)]
        if len(regions) > 1:
            scopes += [(region, whole[whole["region"] == region]) for region in regions]
        for region, part in scopes:
            by_unit = part.set_index("unit")
            own = by_unit["region"].astype(str)
            found = similarity(
                by_unit["score_old"].dropna(),
                by_unit["score_new"].dropna(),
                top=top,
                last=last,
                regions=own if (own != "").any() else None,
            )
            row: dict[str, object] = {"year": year, "region": region}
            row |= {
                name: getattr(found, name)
                for name in found.__dataclass_fields__
                if name != "jaccard_last_by_region"
            }
            if region:  # the top list is one of the whole
                row |= dict.fromkeys(("jaccard_top", "kept_top", "left_top"), np.nan)
            rows.append(row)
    return pd.DataFrame(rows)


def movers_table(
    ranks: pd.DataFrame,
    attributions: dict[int, Attribution],
    old: Scores,
    new: Scores,
    labels: dict[str, tuple[dict[str, str], dict[str, str]]],
    most: int = MOVERS,
) -> pd.DataFrame:
    """Return the units that moved most in each year, with the reasons.

    Parameters
    ----------
    ranks : pandas.DataFrame
        From `ranks_table`.
    attributions : dict
        By year; the places are those among the units of the attribution.
    old, new : Scores
    labels : dict
        By language, what a reader sees for the groups of the old and the new.
    most : int
        Units a year.

    Returns
    -------
    pandas.DataFrame
        ``year, unit, name, region, rank_old, rank_new, shift``; ``cause``, the one
        with the largest part on the side of the shift, and ``cause_places``, its
        part; ``group_old``, the group that held the unit back most under the old
        framework (of one that lost places: held it up), with ``group_old_part``,
        what it adds to the score beside the mean of all units, in standard
        deviations of the score; ``group_new, group_new_part`` the same of the
        group that helps (hurts) most under the new; ``reason_zh, reason_en``.
    """
    rows = []
    for year, found in sorted(attributions.items()):
        parts = [_parts(scores, year) for scores in (old, new)]
        table = found.table[found.table["rank_shift"] != 0]
        size = table["rank_shift"].abs().astype("int64")
        table = table.assign(size=size).sort_values(
            ["size", "unit"], ascending=[False, True], kind="stable"
        )
        for record in table.head(most).to_dict("records"):
            unit, shift = str(record["unit"]), int(record["rank_shift"])
            sign = 1 if shift > 0 else -1
            by_cause = {cause: float(record[f"rank_{cause}"]) for cause in CAUSES}
            cause = max(CAUSES, key=lambda name: sign * round(by_cause[name], 9))
            row: dict[str, object] = {
                "year": year,
                "unit": unit,
                "rank_old": record["rank_old"],
                "rank_new": record["rank_new"],
                "shift": shift,
                "cause": cause,
                "cause_places": by_cause[cause],
            }
            for side, toward in ((0, -sign), (1, sign)):
                group, part = _furthest(parts[side], unit, toward)
                name = ("old", "new")[side]
                row[f"group_{name}"], row[f"group_{name}_part"] = group, part
            for lang in LANGUAGES:
                row[f"reason_{lang}"] = _reason(row, lang, labels[lang])
            rows.append(row)
    columns = [
        "year", "unit", "rank_old", "rank_new", "shift", "cause", "cause_places", "group_old",
        "group_old_part", "group_new", "group_new_part", "reason_zh", "reason_en",
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    names = ranks[["year", "unit", "name", "region"]]
    table = table.merge(names, on=["year", "unit"], how="left")
    return table[[*columns[:2], "name", "region", *columns[2:]]]


def _parts(scores: Scores, year: int) -> pd.DataFrame:
    """Return what each group adds beside the mean, in standard deviations of their sum."""
    if not scores.framework.groups:
        return pd.DataFrame(index=scores.in_year(year).index)
    parts = account(scores, year).parts
    totals = parts.to_numpy(dtype=np.float64).sum(axis=1)
    spread = float(totals[~np.isnan(totals)].std())
    return parts / spread if spread > 0 else parts * 0.0


def _furthest(parts: pd.DataFrame, unit: str, toward: int) -> tuple[str, float]:
    """Return the group that adds most in one direction, ``""`` where none does."""
    if unit not in parts.index or not len(parts.columns):
        return "", float("nan")
    row = parts.loc[unit].to_numpy(dtype=np.float64)
    reach = np.where(np.isnan(row), -np.inf, np.round(toward * row, 9))
    first = int(reach.argmax())
    if not reach[first] > 0:
        return "", float("nan")
    return str(parts.columns[first]), float(toward * reach[first])


def _reason(
    row: dict[str, object], lang: str, labels: tuple[dict[str, str], dict[str, str]]
) -> str:
    way = "up" if int(str(row["shift"])) > 0 else "down"
    said = text(
        f"compare.reason.{way}",
        lang,
        cause=text(f"cfig.cause.{row['cause']}", lang),
        places=f"{row['cause_places']:+.1f}",
        shift=f"{row['shift']:+d}",
    )
    for side, name in enumerate(("old", "new")):
        if row[f"group_{name}"]:
            group = str(row[f"group_{name}"])
            said += text(
                f"compare.reason.{way}.{name}",
                lang,
                group=labels[side].get(group, group),
                part=f"{row[f'group_{name}_part']:+.2f}",
            )
    return said
