"""The stages of a year: the way forward and back, the seal on what is frozen, the trace."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from forms import YEAR, Filling, codes, filled, spec, value_of

from analysis.core.catalogue import find_framework
from analysis.core.findings import InputError
from analysis.core.panel_folder import read_log
from analysis.core.panel_stages import (
    STAGES,
    Step,
    read_stages,
    seal_of,
    stage_of,
    stages_table,
    year_contents,
)
from analysis.core.read_panel import examine_panel
from analysis.core.write import write_table
from analysis.reporting import markdown as md
from analysis.reporting.audit.audit_beside import Asked
from analysis.reporting.audit.audit_work import make_audit
from analysis.reporting.cli import jingkai
from analysis.reporting.evidence import stage_line
from analysis.reporting.inputs import Request, read_inputs
from analysis.reporting.stage_work import take_step, trace_text
from analysis.texts import LANGUAGES, text
from analysis.zones.cycle import year_files
from analysis.zones.cycle.intake import take_in
from analysis.zones.cycle.stages import Amendment, amendment_of, move
from analysis.zones.cycle.template import make_template

CONTENTS = {"2024.csv": b"a", "2024.evidence.csv": b"b"}
BASE = "unit,code,value,source,date,basis,note\nZ1,gdp,1,,,,\n"
WHO = {"by": "A", "on": "2025-05-01"}


def walk(*stages: str, reason: str = "", open_errors: int | None = None) -> tuple[Step, ...]:
    steps: tuple[Step, ...] = ()
    for to in stages:
        steps = move(
            steps, to, **WHO, reason=reason, open_errors=open_errors, contents=CONTENTS, year=YEAR
        )
    return steps


def refusal(run: Callable[[], object]) -> list[str]:
    with pytest.raises(InputError) as caught:
        run()
    for finding in caught.value.findings:
        assert finding.text("zh")
        assert finding.text("en")
    return [found.code for found in caught.value.findings if found.severity == "error"]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


# What is allowed


def test_a_year_goes_forward_one_stage_at_a_time() -> None:
    steps = walk(*STAGES[1:])
    assert [step.stage for step in steps] == list(STAGES[1:])
    assert stage_of(()) == "submitted"
    assert stage_of(steps) == "published"
    assert [step.sealed for step in steps] == [False, False, True, True, True]


@pytest.mark.parametrize(
    ("before", "to", "reason", "open_errors", "expected"),
    [
        ((), "audit2", "because", None, ["stages.skipped"]),
        ((), "submitted", "because", None, ["stages.same"]),
        ((), "sent", "because", None, ["stages.unknown"]),
        (("audit1",), "submitted", " ", None, ["stages.back"]),
        (("audit1", "audit2"), "frozen", "", 1, ["stages.open"]),
        (("audit1", "audit2", "frozen"), "audit1", "", 3, ["stages.back"]),
    ],
)
def test_what_a_year_may_not_do(
    before: tuple[str, ...], to: str, reason: str, open_errors: int | None, expected: list[str]
) -> None:
    steps = walk(*before)
    given = {"reason": reason, "open_errors": open_errors, "contents": CONTENTS, "year": YEAR}
    assert refusal(lambda: move(steps, to, **WHO, **given)) == expected  # type: ignore[arg-type]


def test_back_with_a_reason_to_any_earlier_stage() -> None:
    steps = move(walk(*STAGES[1:]), "audit1", **WHO, reason="new", contents=CONTENTS, year=YEAR)
    assert stage_of(steps) == "audit1"
    assert (steps[-1].reason, steps[-1].sealed) == ("new", False)


def test_frozen_with_open_errors_only_for_a_reason_which_is_kept() -> None:
    before = walk("audit1", "audit2")
    given = {"open_errors": 2, "contents": CONTENTS, "year": YEAR}
    steps = move(before, "frozen", **WHO, reason="late", **given)  # type: ignore[arg-type]
    assert (steps[-1].open_errors, steps[-1].reason) == ("2", "late")
    assert walk("audit1", "audit2", "frozen", open_errors=0)[-1].open_errors == "0"


def test_every_problem_at_once() -> None:
    given = {"by": " ", "on": "1 May", "contents": CONTENTS, "year": YEAR}
    found = refusal(lambda: move((), "frozen", **given))  # type: ignore[arg-type]
    assert found == ["stages.who", "stages.date", "stages.skipped"]
    assert refusal(lambda: amendment_of("", "20250501", " ", YEAR)) == [
        "stages.who",
        "stages.date",
        "stages.why",
    ]


def test_the_seal_is_over_names_and_bytes() -> None:
    each = {name: hashlib.sha256(held).hexdigest() for name, held in CONTENTS.items()}
    lines = f"2024.csv {each['2024.csv']}\n2024.evidence.csv {each['2024.evidence.csv']}\n"
    digest, files = seal_of(dict(reversed(CONTENTS.items())))
    assert digest == hashlib.sha256(lines.encode()).hexdigest()
    assert files.split()[0] == f"2024.csv:{each['2024.csv'][:16]}"
    assert seal_of({"2024.csv": b"b", "2024.evidence.csv": b"a"})[0] != digest
    assert seal_of({"2024.csv": b"a"})[0] != digest


# A folder


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a panel folder of two years, the newer twice audited, and the form that made it."""
    place = tmp_path_factory.mktemp("stages")
    take_in(filled(place / "old", "z.xlsx", YEAR - 1), place / "panel", YEAR - 1)
    asked = spec()
    path = filled(place / "back", "z.xlsx")
    form = Filling(path)
    for code in ("n_ht_firms", "rd_staff", "trade_ht"):  # parts of something smaller
        form.put(code, 7, 1)
    form.save()
    take_in(path, place / "panel", YEAR)
    assert asked.year == YEAR
    for to in ("audit1", "audit2"):
        take_step(place / "panel", YEAR, to, **WHO)
    return place


@pytest.fixture
def place(audited: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(audited, tmp_path / "place"))


@pytest.fixture(scope="module")
def frozen_once(audited: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = Path(shutil.copytree(audited, tmp_path_factory.mktemp("frozen") / "place"))
    moved = take_step(place / "panel", YEAR, "冻结", **WHO)
    assert moved.audit is not None
    assert moved.steps[-1].open_errors == "0"
    return place


@pytest.fixture
def frozen(frozen_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(frozen_once, tmp_path / "frozen"))


def spoil(place: Path) -> None:
    """Make a part larger than its whole, which is an error of the audit."""
    form = Filling(place / "back" / "z.xlsx")
    form.put("n_ht_firms", 7, 10_000)
    form.save()
    take_in(form.path, place / "panel", YEAR)


def test_an_open_error_keeps_a_year_from_being_frozen_unless_accepted(place: Path) -> None:
    spoil(place)
    panel = place / "panel"
    before = contents(panel)
    assert refusal(lambda: take_step(panel, YEAR, "frozen", **WHO)) == ["stages.open"]
    assert contents(panel) == before
    row = f"part-n-ht-firms,Z1,{YEAR},n_ht_firms,10000,counted elsewhere\n"
    (panel / "accepted.csv").write_text("rule,unit,year,code,value,reason\n" + row, "utf-8")
    assert take_step(panel, YEAR, "frozen", **WHO).steps[-1].open_errors == "0"


@pytest.fixture(scope="module")
def late(audited: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a panel folder whose newer year was frozen with an open error."""
    place = Path(shutil.copytree(audited, tmp_path_factory.mktemp("late") / "place"))
    spoil(place)
    take_step(place / "panel", YEAR, "frozen", by="<b>", on="2025-05-01", reason="*late*")
    return place / "panel"


def test_a_year_frozen_with_an_open_error_says_so(late: Path) -> None:
    steps = read_stages(late, YEAR)
    assert steps[-1].open_errors == "1"
    for lang in LANGUAGES:
        shown = trace_text(steps, YEAR, lang)
        assert text("stage.step_open", lang, count="1") in shown
        assert "*late*" in shown


def test_what_was_frozen_takes_nothing_in(frozen: Path) -> None:
    before = contents(frozen / "panel")
    form = Filling(frozen / "back" / "z.xlsx")
    form.put("gdp", 7, 99.5)
    form.save()
    assert refusal(lambda: take_in(form.path, frozen / "panel", YEAR)) == ["stages.frozen"]
    assert contents(frozen / "panel") == before
    take_in(filled(frozen / "new", "z.xlsx", YEAR + 1), frozen / "panel", YEAR + 1)


def test_an_amendment_leaves_its_trace_and_goes_back_to_the_audit(frozen: Path) -> None:
    panel = frozen / "panel"
    before = contents(panel)
    form = Filling(frozen / "back" / "z.xlsx")
    form.put("gdp", 7, 99.5)
    form.save()
    why = Amendment("=B", "2025-07-01", "a typing slip")
    taken = take_in(form.path, panel, YEAR, amendment=why)
    assert (taken.changed, taken.reopened) == (1, "frozen")
    last = read_log(panel, YEAR).iloc[-1]
    old = f"{value_of(spec(), 'gdp'):g}"
    assert last[["code", "old", "new", "by", "reason"]].tolist() == [
        "gdp",
        old,
        "99.5",
        "=B",
        "a typing slip",
    ]
    steps = read_stages(panel, YEAR)
    assert (steps[-1].stage, steps[-1].by, steps[-1].reason) == ("audit2", "=B", "a typing slip")
    assert steps[-1].digest != steps[-2].digest
    frozen_again = take_step(panel, YEAR, "frozen", **WHO).steps
    assert frozen_again[-1].digest == steps[-1].digest  # of the files as they became
    after = contents(panel)
    assert {name for name in before if after[name] != before[name]} == {
        f"{YEAR}.csv",
        f"{YEAR}.evidence.csv",
        f"{YEAR}.log.csv",
        f"{YEAR}.stages.csv",
    }
    assert not [line for line in after[f"{YEAR}.stages.csv"].split(b"\n") if b",=" in line]


def test_an_amendment_that_changes_nothing_writes_nothing(place: Path) -> None:
    panel = place / "panel"
    table = pd.read_csv(panel / f"{YEAR}.csv", dtype=str)
    table.assign(gdp=table["gdp"] + "0").to_csv(panel / f"{YEAR}.csv", index=False)  # 10.50
    given = {"open_errors": 0, "contents": year_contents(panel, YEAR), "year": YEAR}
    steps = move(read_stages(panel, YEAR), "frozen", **WHO, **given)  # type: ignore[arg-type]
    write_table(stages_table(steps), panel / f"{YEAR}.stages.csv")
    before = contents(panel)
    why = Amendment("B", "2025-07-01", "to be sure")
    taken = take_in(place / "back", panel, YEAR, amendment=why)
    assert (taken.changed, taken.reopened) == (0, "")
    assert contents(panel) == before


def test_an_amendment_of_a_year_that_is_not_frozen_is_told_and_logged(place: Path) -> None:
    form = Filling(place / "back" / "z.xlsx")
    form.put("gdp", 7, 99.5)
    form.save()
    why = Amendment("B", "2025-07-01", "slip")
    taken = take_in(form.path, place / "panel", YEAR, amendment=why)
    (told,) = [found for found in taken.findings if found.code == "intake.not_frozen"]
    assert told.severity == "note"
    for lang in LANGUAGES:
        assert "--amend" in told.text(lang)
    assert (taken.changed, taken.reopened) == (1, "")
    assert read_log(place / "panel", YEAR).iloc[-1][["by", "reason"]].tolist() == ["B", "slip"]
    again = take_in(form.path, place / "panel", YEAR)
    assert "intake.not_frozen" not in codes(again.findings, "note")


def test_an_empty_list_of_acceptances_keeps_no_year_from_being_frozen(place: Path) -> None:
    (place / "panel" / "accepted.csv").write_text("rule,unit,code,value,reason\n", "utf-8")
    assert take_step(place / "panel", YEAR, "frozen", **WHO).steps[-1].stage == "frozen"


def test_an_amendment_cut_short_can_be_made_again(
    frozen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = frozen / "panel"
    form = Filling(frozen / "back" / "z.xlsx")
    form.put("gdp", 7, 99.5)
    form.save()
    why = Amendment("B", "2025-07-01", "slip")
    write, left = year_files.write_bytes, [2]

    def full(path: Path, content: bytes) -> None:
        if not left[0]:
            raise OSError(28, "No space left on device")
        left[0] -= 1
        write(path, content)

    monkeypatch.setattr(year_files, "write_bytes", full)
    assert refusal(lambda: take_in(form.path, panel, YEAR, amendment=why)) == ["out.unwritable"]
    seen = examine_panel(panel, find_framework("mofcom-2021"))
    assert seen.panel is not None
    assert not seen.errors
    assert seen.panel.values.at[(YEAR, "Z1"), "gdp"] == value_of(spec(), "gdp")
    monkeypatch.undo()
    assert take_in(form.path, panel, YEAR, amendment=why).changed == 1
    assert stage_of(read_stages(panel, YEAR)) == "audit2"


READERS: dict[str, Callable[[Path], object]] = {
    "score": lambda panel: read_inputs(Request(panel=str(panel), years=str(YEAR - 1))),
    "audit": lambda panel: make_audit(Request(panel=str(panel)), Asked(year=YEAR - 1)),
    "template": lambda panel: make_template("", YEAR + 1, panel=str(panel)),
    "intake": lambda panel: take_in(
        filled(panel.parent / "new", "z.xlsx", YEAR + 1), panel, YEAR + 1
    ),
    "amend": lambda panel: take_in(
        panel.parent / "back", panel, YEAR, amendment=Amendment("B", "2025-07-01", "slip")
    ),
    "forward": lambda panel: take_step(panel, YEAR, "agreed", **WHO),
}


@pytest.mark.parametrize("reader", READERS)
def test_a_change_by_hand_is_found_by_whoever_reads_the_folder(frozen: Path, reader: str) -> None:
    panel = frozen / "panel"
    READERS["score"](panel)
    path = panel / f"{YEAR}.evidence.csv"
    path.write_bytes(path.read_bytes().replace("年报".encode(), b"else", 1))
    with pytest.raises(InputError) as caught:
        READERS[reader](panel)
    told = [(f.code, f.file, f.year) for f in caught.value.findings if f.severity == "error"]
    assert told == [("stages.changed", f"{YEAR}.evidence.csv", YEAR)]


def test_what_may_be_done_about_a_change_by_hand(frozen: Path) -> None:
    panel = frozen / "panel"
    (panel / f"{YEAR}.base.csv").write_text(BASE, "utf-8")
    (panel / f"{YEAR}.csv").unlink()
    told = examine_panel(panel, find_framework("mofcom-2021")).errors
    assert [finding.file for finding in told] == [f"{YEAR}.base.csv", f"{YEAR}.csv"]
    (panel / f"{YEAR}.base.csv").unlink()
    shutil.copy(panel / f"{YEAR - 1}.csv", panel / f"{YEAR}.csv")
    text_of = (panel / f"{YEAR}.csv").read_text("utf-8").replace(str(YEAR - 1), str(YEAR))
    (panel / f"{YEAR}.csv").write_text(text_of, "utf-8")
    steps = read_stages(panel, YEAR)
    further = (*steps, replace(steps[-1], stage="agreed"))
    write_table(stages_table(further), panel / f"{YEAR}.stages.csv")
    with pytest.raises(InputError, match="audit2"):  # it would be sealed without an audit
        take_step(panel, YEAR, "frozen", **WHO, reason="right as it is now")
    before = read_stages(panel, YEAR)[-1]
    steps = take_step(panel, YEAR, "audit2", **WHO, reason="right as it is now").steps
    assert steps[-1].digest != before.digest
    READERS["score"](panel)


@pytest.mark.parametrize(
    "rows",
    ["2,audit1,2025-05-01,A,,,x,y\n", "1,sent,2025-05-01,A,,,x,y\n", "1,=audit1,,,,,,\n"],
)
def test_a_trace_that_was_spoilt(place: Path, rows: str) -> None:
    path = place / "panel" / f"{YEAR}.stages.csv"
    path.write_text(path.read_text("utf-8").splitlines()[0] + "\n" + rows, "utf-8")
    assert refusal(lambda: read_inputs(Request(panel=str(place / "panel")))) == ["stages.row"]


# What is shown


class Fake:
    """Of a report, what its line on stages needs."""

    year = YEAR

    def __init__(self, folder: Path, lang: str) -> None:
        self.folder, self.lang = folder, lang

    def extra(self, name: str) -> Path | None:
        return self.folder / name if (self.folder / name).is_file() else None

    def t(self, key: str, /, **values: object) -> str:
        return text(key, self.lang, **values)

    def say(self, key: str, /, **values: object) -> md.Markdown:
        return md.sentence(key, self.lang, year=self.year, **values)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_banner_says_how_far_the_data_are(
    place: Path, late: Path, tmp_path: Path, lang: str
) -> None:
    def line(folder: Path) -> str:
        return stage_line(Fake(folder, lang)).text  # type: ignore[arg-type]

    assert line(tmp_path) == ""
    panel = place / "panel"
    open_words = text("stage.banner.open", lang)
    assert text("stage.audit2", lang) in line(panel)
    assert open_words in line(panel)
    told = line(late)
    assert read_stages(late, YEAR)[-1].digest[:12] in told
    assert open_words not in told
    assert "<b>" not in told
    assert "*late*" not in told.replace("\\*", "")
    (panel / f"{YEAR}.stages.csv").unlink()
    assert text("stage.submitted", lang) in line(panel)


def test_the_commands(place: Path) -> None:
    run, panel = CliRunner(), str(place / "panel")
    base = ["stage", "--panel", panel, "--year", str(YEAR)]
    shown = run.invoke(jingkai, base)
    assert text("stage.audit2", "en") in shown.output
    assert "2025-05-01" in shown.output
    moved = run.invoke(jingkai, [*base, "--to", "frozen", "--by", "A", "--on", "2025-05-01"])
    assert text("stage.frozen", "en") in moved.output
    intake = ["intake", str(place / "back"), "--year", str(YEAR), "--panel", panel]
    refused = run.invoke(jingkai, intake)
    assert isinstance(refused.exception, InputError)
    assert codes(refused.exception.findings) == ["stages.frozen"]
    form = Filling(place / "back" / "z.xlsx")
    form.put("gdp", 7, 99.5)
    form.save()
    amended = run.invoke(jingkai, [*intake, "--amend", "slip", "--by", "A", "--on", "2025-06-01"])
    assert text("cli.intake.reopened", "en", year=YEAR, stage="frozen") in amended.output
    again = run.invoke(jingkai, [*base, "--to", "frozen", "--by", "A", "--on", "2025-06-02"])
    assert again.exception is None
    table = place / "panel" / f"{YEAR}.csv"
    table.write_bytes(table.read_bytes() + b"\n")
    broken = run.invoke(jingkai, base, standalone_mode=False)
    assert broken.return_value == 2
    assert f"{YEAR}.csv" in broken.output


def test_the_check_of_a_folder_needs_no_framework(place: Path) -> None:
    run, panel = CliRunner(), str(place / "panel")
    seen = run.invoke(jingkai, ["check", "--panel", panel], standalone_mode=False)
    assert seen.return_value == 0
    table = place / "panel" / f"{YEAR}.csv"
    frame = pd.read_csv(table, dtype=str)
    frame.assign(gdp="much").to_csv(table, index=False)
    seen = run.invoke(jingkai, ["check", "--panel", panel], standalone_mode=False)
    assert seen.return_value == 2
    named = run.invoke(jingkai, ["check", "--panel", str(table)])
    assert isinstance(named.exception, InputError)
    assert codes(named.exception.findings) == ["check.framework"]
