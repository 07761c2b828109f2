"""Notebooks: thin, in two languages, without outputs, and every reference leads somewhere."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml

from analysis.texts import LANGUAGES

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
PARAMETERS = {"inputs": "", "framework": "", "method": "", "year": 2023, "region": "all"}
REFERENCE = re.compile(r"(?<![\w`])@((?:fig|tbl|sec)-[\w-]+)")
KEEPS_BOTH = re.compile(r"[\u4e00-\u9fff]")
MOST_LINES = 16

Cell = dict[str, Any]


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> dict[str, Any]:
    return json.loads(request.param.read_text(encoding="utf-8"))


def tags(cell: Cell) -> list[str]:
    return list(cell["metadata"].get("tags", []))


def source(cell: Cell) -> str:
    return "".join(cell["source"])


def code_cells(notebook: dict[str, Any]) -> list[Cell]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def options(cell: Cell) -> dict[str, Any]:
    lines = [line[3:] for line in source(cell).split("\n") if line.startswith("#| ")]
    return yaml.safe_load("\n".join(lines)) or {}


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) >= 6


def test_it_is_a_valid_notebook_with_stable_cell_ids(notebook: dict[str, Any]) -> None:
    nbformat.validate(nbformat.from_dict(notebook))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9-]{2,64}", name) for name in ids)


def test_it_is_committed_without_outputs(notebook: dict[str, Any]) -> None:
    for cell in code_cells(notebook):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


def test_it_says_what_it_is_in_both_languages(notebook: dict[str, Any]) -> None:
    said = notebook["metadata"]["jingkai"]
    # A notebook that a command makes by itself says so, and may set its pages otherwise.
    own = {"command", "options"} if "command" in said else set()
    assert set(said) == {"title_zh", "title_en", "order", "scope", "needs"} | own
    assert said["scope"] in ("region", "national")
    assert KEEPS_BOTH.search(said["title_zh"])
    assert not KEEPS_BOTH.search(said["title_en"])


def test_markdown_stands_in_pairs(notebook: dict[str, Any]) -> None:
    cells = notebook["cells"]
    markdown = [i for i, cell in enumerate(cells) if cell["cell_type"] == "markdown"]
    assert len(markdown) % 2 == 0
    for zh, en in zip(markdown[::2], markdown[1::2], strict=True):
        assert en == zh + 1
        first, second = cells[zh], cells[en]
        assert "lang-zh" in tags(first)
        assert "lang-en" in tags(second)
        assert set(tags(first)) - {"lang-zh"} == set(tags(second)) - {"lang-en"}
        assert KEEPS_BOTH.search(source(first))
        assert not KEEPS_BOTH.search(source(second))
        # What one language says of figures, tables and sections the other says too.
        for pattern in (REFERENCE, re.compile(r"\{#([\w-]+)"), re.compile(r"^(#+) ", re.M)):
            assert sorted(pattern.findall(source(first))) == sorted(pattern.findall(source(second)))


def test_parameters_are_documented_and_the_ones_that_runs_set(notebook: dict[str, Any]) -> None:
    cells = notebook["cells"]
    places = [i for i, cell in enumerate(cells) if "parameters" in tags(cell)]
    assert places == [2]
    assert all("remove" in tags(cell) for cell in cells[:2])
    assigned = {
        statement.targets[0].id: ast.literal_eval(statement.value)
        for statement in ast.parse(source(cells[2])).body
    }
    assert assigned.pop("lang") == "zh"
    if notebook["metadata"]["jingkai"].get("command") == "zone":
        assert assigned.pop("unit")
    assert assigned in ({}, PARAMETERS)
    for name in assigned:
        assert all(f"`{name}`" in source(cell) for cell in cells[:2])
    assert "setup" in tags(cells[3])
    assert options(cells[3]) == {"include": False}


def test_cells_hold_no_logic(notebook: dict[str, Any]) -> None:
    logic = (
        ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.If, ast.IfExp,
        ast.Try, ast.With, ast.BinOp, ast.Compare, ast.Subscript, ast.ListComp, ast.DictComp,
        ast.GeneratorExp, ast.SetComp,
    )  # fmt: skip
    for cell in code_cells(notebook):
        if "parameters" in tags(cell):
            continue
        tree = ast.parse(source(cell))
        assert not [node for node in ast.walk(tree) if isinstance(node, logic)], source(cell)
        lines = [line for line in source(cell).split("\n") if not line.startswith("#|")]
        assert len(lines) <= MOST_LINES
        if "setup" not in tags(cell):
            assert len(tree.body) == 1, "one figure, one table or one text a cell"


def test_figures_and_tables_have_labels_and_captions_in_both_languages(
    notebook: dict[str, Any],
) -> None:
    labels = []
    for cell in code_cells(notebook):
        said = options(cell)
        if "setup" in tags(cell) or "parameters" in tags(cell):
            continue
        assert said.get("echo") is False
        label = said.get("label", "")
        kind = label.partition("-")[0]
        wanted = {"fig": ("fig-cap", "fig-alt"), "tbl": ("tbl-cap",)}.get(kind, ())
        if not wanted:
            assert said.get("output") == "asis", source(cell)
        for option in wanted:
            assert KEEPS_BOTH.search(said[f"{option}-zh"]), label
            assert said[f"{option}-en"], label
            assert not KEEPS_BOTH.search(said[f"{option}-en"]), label
            assert option not in said
        labels.append(label)
    labels = [label for label in labels if label]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reference_leads_somewhere_and_every_figure_is_mentioned(
    notebook: dict[str, Any], lang: str
) -> None:
    text = "\n".join(
        source(cell)
        for cell in notebook["cells"]
        if f"lang-{lang}" in tags(cell) and "remove" not in tags(cell)
    )
    labels = {options(cell).get("label", "") for cell in code_cells(notebook)} - {""}
    sections = set(re.findall(r"\{#(sec-[\w-]+)", text))
    wanted = set(REFERENCE.findall(text))
    assert wanted <= labels | sections
    assert sections
    assert {label for label in labels if label.startswith("fig-")} <= wanted


def test_imports_are_of_the_project_alone(notebook: dict[str, Any]) -> None:
    for cell in code_cells(notebook):
        for node in ast.walk(ast.parse(source(cell))):
            assert not isinstance(node, ast.Import)
            if isinstance(node, ast.ImportFrom):
                assert str(node.module).startswith("analysis.")
