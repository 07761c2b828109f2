"""The manual: in step with the code, in both languages, with tables that are computed."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
import yaml

from analysis.core import (
    account,
    adjust_read,
    adjustment,
    change,
    compare,
    correlation,
    standing,
    structure,
    what_if,
)
from analysis.core.aggregate_outranking import COPELAND_LIMIT
from analysis.core.framework import Framework
from analysis.core.method import Aggregation, Method, Missing, read_method
from analysis.core.method_keys import KEYS, RULES
from analysis.core.panel_folder import ABOUT_FILE
from analysis.core.panel_stages import STAGES
from analysis.core.parameter import Parameter
from analysis.core.read_framework import read_framework
from analysis.core.score import score
from analysis.core.weighting.hierarchy import RANDOM_INDEX
from analysis.reporting import inputs
from analysis.reporting.audit import audit_beside
from analysis.reporting.cli import jingkai
from analysis.reporting.management import manage_given, read_settings
from analysis.reporting.management.manage_settings import ManageSettings
from analysis.reporting.manual import manual
from analysis.reporting.manual.manual import write_manual
from analysis.reporting.manual.manual_cases import CASES, COMPARED, TOP
from analysis.reporting.manual.manual_demo import Demonstration, open_demonstration
from analysis.zones.audit.rules import KINDS
from analysis.zones.lists import read_list_rules
from analysis.zones.management import RULES as EXITS
from analysis.zones.management import Talks

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "reports" / "manual"
LANGUAGES = ("zh", "en")
PAGE_OF = {
    "denomination": "framework",
    "screening": "missing",
    "imputation": "missing",
    "missing": "missing",
    "treatment": "treatment",
    "normalisation": "normalisation",
    "weighting": "weighting",
    "aggregation": "aggregation",
    "ranking": "reading",
}
MODULES: dict[str, tuple[ModuleType, ...]] = {
    "reading": (account, change, standing),
    "structure": (correlation, structure),
    "what-if": (compare, what_if),
}
HELPERS = {"only_year", "year_by_year", "upstream", "relation", "t_test", "adjusted"}
CYCLE = "cycle"
YEAR = 2024
"""Of the examples on the page about the cycle."""
PAGES = (*CASES, CYCLE)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def source(step: str, lang: str) -> str:
    return (FOLDER / f"{step}.{lang}.qmd").read_text(encoding="utf-8")


def parameters(section: str) -> Iterator[tuple[str, Parameter]]:
    """Every key of a section, those of its rules included."""
    yield from KEYS[section].items()
    for own in RULES.get(section, {}).values():
        yield from own.items()


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)\n```$", text, re.M | re.S)


@cache
def demonstration() -> Demonstration:
    return open_demonstration()


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    write_manual(out)
    return out / "_manual"


def table_of(page: str, name: str) -> dict[str, str]:
    """Return the rows of a table: what stands in its first column as code, and the rest."""
    rows = page[: page.index(f"{{#tbl-{name}}}")].rsplit("\n\n", 2)[-2]
    found = re.findall(r"^\| (`[^|]*) \| (.*) \|$", rows, re.M)
    return {key: rest for keys, rest in found for key in re.findall(r"`([^`]+)`", keys)}


def test_there_is_a_page_for_every_step_in_both_languages() -> None:
    wanted = {f"{step}.{lang}.qmd" for step in (*PAGES, "index") for lang in LANGUAGES}
    assert {path.name for path in FOLDER.iterdir()} == wanted
    assert set(PAGE_OF) == set(KEYS)
    for lang in LANGUAGES:
        listed = re.findall(rf"\]\(([\w-]+)\.{lang}\.qmd\)", source("index", lang))
        assert listed == list(PAGES)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("section", KEYS)
def test_every_rule_and_key_of_a_method_is_described(section: str, lang: str) -> None:
    page = source(PAGE_OF[section], lang)
    headings = re.findall(r"^### `(\w+)`", page, re.M)
    rules = KEYS[section]["rule"].choices if "rule" in KEYS[section] else ()
    own_heading = {"imputation": set(rules) - {"none"}}.get(section, set(rules))
    assert own_heading <= set(headings)
    for key, parameter in parameters(section):
        assert f"`{key}`" in page, key
        for word in parameter.choices:
            assert f"`{word}`" in page or f"{key}: {word}`" in page, (key, word)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("section", KEYS)
def test_the_table_of_keys_holds_each_with_its_default(section: str, lang: str) -> None:
    page = source(PAGE_OF[section], lang)
    table = page[: page.index(f"{{#tbl-{section}-keys}}")].rsplit("\n\n", 2)[-2]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.M))
    assert list(rows) == list(dict.fromkeys(key for key, _ in parameters(section)))
    for key, parameter in parameters(section):
        choices, default = (cell.strip() for cell in rows[key].split(" | ")[:2])
        if parameter.choices and key != "rule":
            assert set(re.findall(r"`(\w+)`", choices)) == set(parameter.choices)
        if parameter.kind in ("choice", "flag"):
            assert default == f"`{str(parameter.default).lower()}`", key
        elif isinstance(parameter.default, int | float) and key not in ("low", "high"):
            assert float(default) == parameter.default, key
        elif isinstance(parameter.default, tuple):
            assert tuple(float(word) for word in default.split(", ")) in (
                parameter.default,
                getattr(Method().normalisation, key),
            )


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("step", MODULES)
def test_every_public_function_of_the_later_steps_is_named(step: str, lang: str) -> None:
    page = source(step, lang)
    for module in MODULES[step]:
        listed = getattr(module, "__all__", None)
        for name, found in inspect.getmembers(module, inspect.isfunction):
            own = found.__module__ == module.__name__ and not name.startswith("_")
            if name in HELPERS or not (name in listed if listed else own):
                continue
            assert f"`{name}`" in page, name


@pytest.mark.parametrize("step", (*PAGES, "index"))
def test_both_languages_say_the_same_in_formulas_code_and_sources(step: str) -> None:
    chinese, english = (source(step, lang) for lang in LANGUAGES)
    for pattern in (r"^\$\$ [^\n]* \$\$$", r"^```\w+\n.*?\n```$", r"^#+ ", r"^\| `\w+`", r"@\w+"):
        left, right = (re.findall(pattern, page, re.M | re.S) for page in (chinese, english))
        if pattern.startswith("@") or pattern == r"@\w+":
            left, right = sorted(set(left)), sorted(set(right))
        assert left == right, pattern
    codes = (set(re.findall(r"`([\w:. -]+)`", page)) for page in (chinese, english))
    assert set.symmetric_difference(*codes) == set()


def test_citations_are_separated_so_that_they_can_be_read() -> None:
    for path in FOLDER.glob("*.qmd"):
        for group in re.findall(r"\[@[^\]]*\]", path.read_text(encoding="utf-8")):
            assert all(
                re.search(r"[\[ ;-]$", group[: at.start()]) for at in re.finditer("@", group)
            )


@pytest.mark.parametrize("step", CASES)
def test_every_page_warns_of_synthetic_data_and_includes_its_table(step: str) -> None:
    for lang, word in (("zh", "合成"), ("en", "synthetic")):
        page = source(step, lang)
        callout = page[page.index("::: {.callout-important}") :].split(":::")[1]
        assert word in callout
        assert page.count(f"{{{{< include ../../out/_manual/{step}.{lang}.md >}}}}") == 1


def test_a_chinese_paragraph_is_one_line() -> None:
    for path in FOLDER.glob("*.zh.qmd"):
        body = path.read_text(encoding="utf-8").split("---\n", 2)[2]
        lines = re.sub(r"^```.*?^```$", "", body, flags=re.M | re.S).split("\n")
        prose = [bool(CHINESE.search(line)) and line[0] not in "|:#-`" for line in lines]
        assert not any(a and b for a, b in pairwise(prose)), path.name


def test_method_snippets_are_methods(tmp_path: Path) -> None:
    found: dict[str, list[Method]] = {}
    for step in (*CASES, "index"):
        for number, text in enumerate(blocks(source(step, "en"), "yaml")):
            path = tmp_path / f"{step}{number}.yml"
            path.write_text(text, encoding="utf-8")
            found.setdefault(step, []).append(read_method(path))
    assert set(found) == {*CASES, "index"}
    said = yaml.safe_load(blocks(source("index", "en"), "yaml")[0])
    for section in KEYS:
        for key, value in said[section].items():
            expected: Any = getattr(getattr(Method(), section), key)
            if section == "normalisation" and key in ("lower", "upper"):
                expected = Method().normalisation.range_of("efficacy")[key == "upper"]
            assert value == expected, (section, key)
    assert found["weighting"][0].weighting.parameters == {"matrices": {"index": COMPARED}}


def test_limits_are_those_of_the_code() -> None:
    assert f"{COPELAND_LIMIT:,}" in source("aggregation", "en")
    assert f"{COPELAND_LIMIT:,}".replace(",", " ") in source("aggregation", "zh")
    assert f"up to {len(RANDOM_INDEX)} children" in source("weighting", "en")
    assert f"至多 {len(RANDOM_INDEX)} 个下级" in source("weighting", "zh")


def test_the_framework_snippet_is_a_framework(tmp_path: Path) -> None:
    path = tmp_path / "framework.csv"
    path.write_text(blocks(source("framework", "en"), "csv")[0] + "\n", encoding="utf-8")
    read: Framework = read_framework(path)
    assert read.weights({"region": "west"})["green"] == pytest.approx(2 / 3)
    assert read.weights()["green"] == pytest.approx(1 / 3)
    assert read.nodes.at["energy", "denominator"] == "output"


def test_python_snippets_run() -> None:
    start: dict[str, Any] = {}
    for text in blocks(source("index", "en"), "python"):
        exec(compile(text, "index.qmd", "exec"), start)
    for step in PAGES:
        for text in blocks(source(step, "en"), "python"):
            exec(compile(text, f"{step}.qmd", "exec"), dict(start))


@pytest.mark.parametrize("step", CASES)
def test_tables_are_marked_as_synthetic_and_whole(step: str, tables: Path) -> None:
    pieces = {}
    for lang in LANGUAGES:
        pieces[lang] = (tables / f"{step}.{lang}.md").read_text(encoding="utf-8")
    rows = {lang: [r for r in text.split("\n") if r[:2] == "| "] for lang, text in pieces.items()}
    assert len(rows["zh"]) == len(rows["en"]) > 4
    assert len(set(rows["zh"])) == len(rows["zh"])
    for chinese, english in zip(rows["zh"][1:], rows["en"][1:], strict=True):
        assert chinese.split("|")[2:] == english.split("|")[2:]  # the numbers
    assert "\n: 合成的示范数据：" in pieces["zh"] and "\n: Synthetic demonstration" in pieces["en"]
    assert f"{{#tbl-{step}}}" in pieces["zh"] and not CHINESE.search(pieces["en"])


def test_a_table_is_the_ranks_computed_by_hand(tables: Path) -> None:
    demo = demonstration()
    geometric = replace(demo.method, aggregation=Aggregation("geometric"))
    ranks = [
        score(demo.newest, demo.framework, method).in_year(demo.year)["index"].rank(ascending=False)
        for method in (demo.method, geometric)
    ]
    shift = (ranks[0] - ranks[1]).abs()
    best = ranks[0] <= TOP
    kept = (ranks[1][best] <= TOP).mean()
    text = (tables / "aggregation.en.md").read_text(encoding="utf-8")
    row = next(line for line in text.split("\n") if line.startswith("| `geometric`"))
    cells = [cell.strip() for cell in row.split("|")[2:-1]]
    expected = [str(len(shift)), f"{shift.mean():.1f}", f"{shift.max():.0f}", f"{100 * kept:.0f}%"]
    assert cells == [*expected, f"{ranks[0].corr(ranks[1]):.3f}"]


def test_units_without_a_score_count_on_neither_side(tables: Path) -> None:
    demo = demonstration()
    text = (tables / "normalisation.en.md").read_text(encoding="utf-8")
    row = next(line for line in text.split("\n") if line.startswith("| `ratio`"))
    negative = (demo.newest.assessed().values < 0).any(axis=1)
    assert negative.any() and row.split("|")[2].strip() == "0" and row.count("—") == 4
    strict = replace(demo.method, missing=Missing("none"))
    whole = demo.newest.assessed().values[list(demo.framework.items)].notna().all(axis=1)
    scored = score(demo.newest, demo.framework, strict).in_year(demo.year)["index"].notna()
    assert scored.sum() == whole.sum()


def test_real_data_would_not_be_called_synthetic(monkeypatch: pytest.MonkeyPatch) -> None:
    demo = demonstration()
    real = replace(demo, newest=replace(demo.newest, synthetic=False))
    summary = pd.DataFrame(
        [{"case": "geometric", "units": 2, "mean_shift": 0.5, "max_shift": 1.0, "moved": 1.0,
          "top_kept": 1.0, "spearman": 1.0}]
    )  # fmt: skip
    for lang, word in (("zh", "合成的示范数据："), ("en", "Synthetic demonstration data:")):
        assert word in manual._part("aggregation", summary, demo, lang)
        assert word not in manual._part("aggregation", summary, real, lang)


def test_tables_are_the_same_every_time(tables: Path, tmp_path: Path) -> None:
    write_manual(tmp_path)
    for path in tables.iterdir():
        assert (tmp_path / "_manual" / path.name).read_bytes() == path.read_bytes()


# The yearly cycle


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_cycle_has_every_file_of_a_panel_folder(lang: str) -> None:
    files = table_of(source(CYCLE, lang), "panel-folder")
    made = {ABOUT_FILE, *(f"{YEAR}.{kind}.csv" for kind in ("evidence", "base", "log", "stages"))}
    own = {name for name in files if inputs._BESIDE.fullmatch(name)}
    assert {ABOUT_FILE, f"{YEAR}.csv"} | made | own == set(files)
    for kinds in manage_given.NAMES.values():
        assert kinds[0] in own
    assert {audit_beside.RULES, audit_beside.ACCEPTED, "list_rules.csv"} <= own
    assert f"{YEAR}.totals.csv" in own
    said = "自备" if lang == "zh" else "Own:"
    theirs = {name for name, rest in files.items() if rest.startswith(said)}
    assert theirs == own - {f"{YEAR}.evidence.csv", f"{YEAR}.stages.csv", audit_beside.ACCEPTED}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_cycle_has_every_setting_with_its_default(lang: str) -> None:
    rows = table_of(source(CYCLE, lang), "manage-keys")
    wanted = {"edition", "day", *(f"rules.2021.{key}" for key in read_settings._RULE)}
    wanted |= {f"{part}.{key}" for part, keys in read_settings._PARTS.items() for key in keys}
    assert set(rows) == wanted
    usual = ManageSettings()
    places = {"exits": usual.exits, "pause": usual.upgrades.pause, "upgrades": usual.upgrades}
    places |= {"talks": Talks(10), "risk": usual.risk, "way_out": usual.way_out}
    told = 0
    for name, cells in rows.items():
        part, _, key = name.rpartition(".")
        values, meaning = cells.split(" | ")
        if not part or name == "talks.last":
            continue
        rule = part == "rules.2021"
        default = getattr(EXITS["2021"] if rule else places[part], key)
        words = re.findall(r"`([^`]+)`", values)
        check = read_settings._RULE[key] if rule else read_settings._PARTS[part][key]
        if isinstance(default, str):
            assert words[0] == default, name
            assert {check(word) for word in words} == set(words)
            with pytest.raises(read_settings._Refused) as refused:
                check("?")
            allowed = re.findall(r"\w+", re.sub(r"\[.*?\]", "", refused.value.allowed["allowed"]))
            assert sorted(words) == sorted(allowed), name
        elif isinstance(default, int | float):
            assert float(values) == default, name
        elif key != "primitives" and default:
            assert tuple(words) == default, name
        old = getattr(EXITS["2016"], key) if rule else default
        if old != default:
            assert str(old) in meaning.replace("2016", ""), name
            told += 1
    assert told == 3
    pages = (source(CYCLE, lang), read_settings.example_text())
    assert all(word in page for page in pages for word in ("edition", "straddle", "bounds"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_cycle_has_every_key_of_points(lang: str) -> None:
    rows = table_of(source(CYCLE, lang), "adjustment-keys")
    rules = {key for keys in adjust_read.OF_KIND.values() for key in keys}
    assert set(rows) == {*adjust_read.KEYS, *adjust_read.COMMON, *rules}
    for key, words in {**adjust_read.WORDS, "kind": adjustment.KINDS}.items():
        assert {word for word in words if f"`{word}`" in rows[key]} == set(words)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_cycle_has_stages_lists_and_kinds_of_audit_rules(lang: str) -> None:
    page = source(CYCLE, lang)
    stages = re.search(r"((?:`\w+`[,、] ?)+`\w+`)[:（]", page)
    assert stages and tuple(re.findall(r"`(\w+)`", stages[1])) == STAGES
    rules = read_list_rules()
    listed = table_of(page, "list-kinds")
    assert set(listed) == {rule.code for rule in rules}
    for rule in rules:
        rows = re.findall(rf"^\| `{rule.code}`.*$", page, re.M)
        assert any(f"| {rule.size}" in row for row in rows), rule
        if rule.code in ("industry", "innovation"):
            assert all(str(year) in rows[0] for year in (rule.first_year, rule.last_year))
    for kind in KINDS:
        assert f"`{kind}`" in page, kind


def test_the_cycle_shows_commands_that_can_be_read() -> None:
    for text in blocks(source(CYCLE, "en"), "sh"):
        for line in text.split("\n"):
            program, name, *words = shlex.split(line)
            command = jingkai.commands[name]
            context = command.make_context(name, words, resilient_parsing=True)
            assert program == "jingkai" and not context.args
            known = {flag for option in command.params for flag in option.opts}
            assert {word for word in words if word.startswith("--")} <= known
    shown = {line.split()[1] for line in "\n".join(blocks(source(CYCLE, "en"), "sh")).split("\n")}
    cycle = {"template", "intake", "audit", "stage", "run", "lists", "manage", "zone"}
    assert shown == cycle <= set(jingkai.commands)
