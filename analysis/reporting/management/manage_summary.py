"""What came of dynamic management, in a few lines for the terminal and ``about.yml``."""

from __future__ import annotations

from analysis.reporting.management.manage_ahead import Ahead
from analysis.reporting.management.manage_work import Work
from analysis.texts import text


def summary(work: Work, ahead: Ahead, lang: str) -> list[str]:
    """Return what came of it, as lines of text."""

    def say(key: str, **values: object) -> str:
        return text(f"manage.summary.{key}", lang, **values)

    def names(units: list[str]) -> str:
        join = text("join", lang)
        return join.join(units) if units else text("dash", lang)

    met = [str(unit) for unit in work.candidates["unit"]]
    fresh = set(work.notice["unit"]) - set(met)
    lines = [
        say(
            "last",
            year=work.year,
            edition=work.editions.edition,
            k=work.rule.last,
            n=len(work.now),
        ),
        say(f"{work.rule.effect}", n=len(met), units=names(met)),
        say("notice", n=len(work.notice), fresh=len(fresh)),
    ]
    if not ahead.risk.empty:
        expected = ahead.risk["p_candidate_next"].sum()
        lines.append(say("risk", next=work.year + 1, expected=expected))
    if len(ahead.ways):
        able = int(ahead.ways["reachable"].astype(bool).sum())
        lines.append(say("ways", n=len(ahead.ways), able=able))
    talks = say("talks.open") if work.talks is None else say("talks", n=len(work.talks))
    lines.append(talks)
    if work.upgrades is not None:
        lines.append(
            say("upgrades", ranked=int(work.upgrades["recommended"].sum()), paused=len(work.paused))
        )
    return lines
