"""The frameworks of the two editions side by side: crosswalk, weights, what is rewarded."""

from __future__ import annotations

import pandas as pd

from analysis.core.framework import EVIDENCE, Framework
from analysis.reporting.editions.comparison import Comparison
from analysis.reporting.editions.figures_comparing import word_of
from analysis.reporting.markdown import Markdown, paragraphs, percent

ASPECTS = ("kind", "evidence")


def frameworks(both: Comparison) -> Markdown:
    """Return the two frameworks side by side: items, groups, evidence, weights."""
    rows = [
        _framework(both, name, framework)
        for name, framework in zip(both.names, (both.old, both.new), strict=True)
    ]
    return both.report.markdown(pd.DataFrame(rows), right=[both.report.t("editions.col.published")])


def _framework(both: Comparison, name: str, framework: Framework) -> dict[str, object]:
    report = both.report
    counts = framework.evidence_counts()
    status = framework.nodes.loc[list(framework.groups), "weight_status"]
    published = int((status == "published").sum())
    return {
        report.t("editions.col.framework"): name,
        report.t("editions.col.groups"): len(framework.groups),
        report.t("editions.col.items"): len(framework.items),
        **{report.t(f"data.evidence.{word}"): counts[word] for word in EVIDENCE},
        report.t("editions.col.published"): f"{published}/{len(framework.groups)}",
    }


def groups(both: Comparison) -> Markdown:
    """Return the groups of both editions with weights and numbers of items."""
    report = both.report
    rows = []
    for name, framework in zip(both.names, (both.old, both.new), strict=True):
        weights = framework.weights()
        for code in framework.groups:
            rows.append(
                {
                    report.t("editions.col.framework"): name,
                    report.t("col.group"): framework.label(code, report.lang),
                    report.t("editions.col.weight"): 100 * weights[code],
                    report.t("editions.col.items"): len(framework.items_under(code)),
                    report.t("data.col.status"): report.t(
                        f"data.status.{framework.nodes.at[code, 'weight_status']!s}"
                    ),
                }
            )
    return report.markdown(pd.DataFrame(rows), decimals=0)


def links(both: Comparison) -> Markdown:
    """Return what became of the items, how much weight is dropped or new, and on what proof."""
    report = both.report
    counts = both.crosswalk.counts().set_index("relation")
    flows = both.flows
    dropped = float(flows.loc[flows["new_group"] == "", "weight_old"].sum())
    fresh = float(flows.loc[flows["old_group"] == "", "weight_new"].sum())
    evidence = both.crosswalk.table["evidence"]
    moved = both.crosswalk.table[both.crosswalk.table["relation"] == "kept"]
    stay = _same_group(both, moved)
    return paragraphs(
        [
            report.say(
                "editions.links.counts",
                old=len(both.old.items),
                new=len(both.new.items),
                **{f"old_{r}": int(n) for r, n in counts["old_items"].items()},
                **{f"new_{r}": int(n) for r, n in counts["new_items"].items()},
                stay=stay,
            ),
            report.say(
                "editions.links.weights",
                dropped=Markdown(percent(dropped)),
                fresh=Markdown(percent(fresh)),
            ),
            report.say(
                "editions.links.evidence",
                rows=len(evidence),
                proxy=int((evidence == "proxy").sum()),
            ),
        ]
    )


def _same_group(both: Comparison, kept: pd.DataFrame) -> int:
    """Return how many pairs that are kept stand in groups of one name."""
    old, new = both.group_labels
    return sum(
        old.get(one) == new.get(other)
        for one, other in zip(kept["old_group"], kept["new_group"], strict=True)
    )


def rewarded(both: Comparison) -> Markdown:
    """Return what the weight of either edition is on, by kind of item and by evidence."""
    report = both.report
    old, new = both.rewards
    rows = []
    for aspect in ASPECTS:
        sides = [table[table["aspect"] == aspect].set_index("word") for table in (old, new)]
        for word in dict.fromkeys([*sides[0].index, *sides[1].index]):
            row: dict[str, object] = {
                report.t("editions.col.aspect"): report.t(f"editions.aspect.{aspect}"),
                report.t("editions.col.word"): word_of(aspect, word, report.lang),
            }
            for name, side in zip(both.names, sides, strict=True):
                there = word in side.index
                row[report.t("editions.col.items_of", edition=name)] = (
                    side.at[word, "items"] if there else 0
                )
                row[report.t("editions.col.weight_of", edition=name)] = percent(
                    side.at[word, "weight"] if there else 0.0
                )
            rows.append(row)
    frame = pd.DataFrame(rows)
    return report.markdown(frame, right=list(frame.columns[2:]))


def rewards_in_brief(both: Comparison) -> Markdown:
    """Return in which kind of item the weight rises and falls most, and that on proxies."""
    report = both.report
    old, new = (
        table[table["aspect"] == "kind"].set_index("word")["weight"] for table in both.rewards
    )
    change = new.sub(old, fill_value=0.0)
    up, down = str(change.idxmax()), str(change.idxmin())
    proxy = [
        float(table[(table["aspect"] == "evidence") & (table["word"] == "proxy")]["weight"].sum())
        for table in both.rewards
    ]
    return report.say(
        "editions.rewards",
        up=word_of("kind", up, report.lang),
        up_old=Markdown(percent(float(old.get(up, 0.0)))),
        up_new=Markdown(percent(float(new.get(up, 0.0)))),
        down=word_of("kind", down, report.lang),
        down_old=Markdown(percent(float(old.get(down, 0.0)))),
        down_new=Markdown(percent(float(new.get(down, 0.0)))),
        proxy_old=Markdown(percent(proxy[0])),
        proxy_new=Markdown(percent(proxy[1])),
    )


def crosswalk(both: Comparison) -> Markdown:
    """Return the links between the items of the two editions, and the evidence for each."""
    report = both.report
    rows = []
    for link in both.crosswalk.table.to_dict("records"):
        rows.append(
            {
                both.names[0]: _item(both.old, link["old"], report.lang),
                report.t("editions.col.relation"): report.t(
                    f"crosswalk.relation.{link['relation']}"
                ),
                both.names[1]: _item(both.new, link["new"], report.lang),
                report.t("editions.col.evidence"): report.t(f"cfig.evidence.{link['evidence']}"),
            }
        )
    return report.markdown(pd.DataFrame(rows), note=report.t("editions.note.crosswalk"))


def _item(framework: Framework, code: str, lang: str) -> str:
    return f"{code} {framework.label(code, lang)}" if code else ""
