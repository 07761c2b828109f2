"""The tables of the manual: what every step does to the ranks of the demonstration data."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.core.write import write_text
from analysis.reporting.manual.manual_cases import CASES, HOLES, SEED, TOP
from analysis.reporting.manual.manual_demo import Demonstration, open_demonstration
from analysis.reporting.markdown import Markdown, clean, escape, number, percent, table
from analysis.texts import LANGUAGES, text

FOLDER = "_manual"


def write_manual(out: Path) -> None:
    """Write ``_manual/<step>.<lang>.md``, which the pages of the manual include.

    Parameters
    ----------
    out : pathlib.Path
        Folder of a run. The tables depend on the shipped data alone, whatever
        else is in the run.
    """
    demo = open_demonstration()
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for step, find in CASES.items():
        summary = find(demo)
        for lang in LANGUAGES:
            write_text(folder / f"{step}.{lang}.md", _part(step, summary, demo, lang))


def _part(step: str, summary: pd.DataFrame, demo: Demonstration, lang: str) -> str:
    """Return a paragraph on what is compared, and the table with its caption."""
    made_up = "synthetic" if demo.newest.synthetic else "real"
    told = {
        "year": demo.year,
        "units": int(demo.index.count()),
        "top": TOP,
        "holes": 100 * HOLES,
        "seed": SEED,
    }
    intro = text(f"manual.intro.{step}", lang, **told)
    how = text("manual.intro", lang, **told)
    note = text("manual.unscored", lang)
    caption = text(
        f"manual.caption.{made_up}", lang, what=text(f"manual.what.{step}", lang), **told
    )
    rows, _, below = _table(step, summary, demo, lang, note).text.partition("\n\n")
    body = f"{rows}\n\n: {caption} {{#tbl-{step}}}\n"
    return f"{intro}{'' if lang == 'zh' else ' '}{how}\n\n{body}" + (
        f"\n{below}\n" if below else ""
    )


def _table(step: str, summary: pd.DataFrame, demo: Demonstration, lang: str, note: str) -> Markdown:
    names = [_name(step, str(case), demo, lang) for case in summary["case"]]
    columns = {
        "case": names,
        "units": summary["units"].astype(int),
        "mean_shift": summary["mean_shift"].astype(float),
        "max_shift": [number(shift) for shift in summary["max_shift"]],
        "top_kept": [percent(share) for share in summary["top_kept"]],
        "spearman": summary["spearman"].astype(float),
    }
    heads = {name: text(f"manual.column.{name}", lang, top=TOP) for name in columns}
    frame = pd.DataFrame({heads[name]: cells for name, cells in columns.items()})
    return table(
        frame,
        lang,
        decimals={heads["mean_shift"]: 1, heads["spearman"]: 3},
        right=(heads["max_shift"], heads["top_kept"]),
        note=note,
    )


def _name(step: str, case: str, demo: Demonstration, lang: str) -> Markdown:
    """Return the name of an alternative; one of a group is told by the group's."""
    kind, colon, code = case.partition(":")
    if not colon:
        return Markdown(text(f"manual.{step}.{case}", lang))
    label = escape(clean(demo.framework.label(code, lang)))
    return Markdown(text(f"manual.{step}.{kind}", lang, group=label))
