"""Markdown tables and sentences: what goes in is what a reader sees, and nothing else."""

from __future__ import annotations

import json
import subprocess

import numpy as np
import pandas as pd
import pypandoc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.reporting import markdown as md


def pandoc(source: str, to: str = "json") -> str:
    done = subprocess.run(
        [pypandoc.get_pandoc_path(), "-f", "markdown+autolink_bare_uris", "-t", to],
        input=source.encode(),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


def inlines_text(inlines: list[dict]) -> str:
    """Text of Pandoc inlines; anything but words and spaces is named, so it cannot pass."""
    parts = []
    for node in inlines:
        match node["t"]:
            case "Str":
                parts.append(node["c"])
            case "Space" | "SoftBreak":
                parts.append(" ")
            case other:
                parts.append(f"<<{other}>>")
    return "".join(parts)


def table_of(source: str) -> tuple[list[str], list[list[str]], list[str]]:
    """Headings, rows and alignments of the one table in a Markdown text."""
    blocks = json.loads(pandoc(source))["blocks"]
    assert blocks[0]["t"] == "Table", [block["t"] for block in blocks]
    _, _, columns, head, bodies, _ = blocks[0]["c"]

    def cells(row: list) -> list[str]:
        return [inlines_text(cell[4][0]["c"]) if cell[4] else "" for cell in row[1]]

    rows = [cells(row) for body in bodies for row in body[3]]
    return cells(head[1][0]), rows, [column[0]["t"] for column in columns]


HOSTILE = [
    "a|b", "<script>alert(1)</script>", "*bold* _it_ **b** __b__", "`code`", "$x^2$",
    "$$", "~~no~~", "H~2~O x^2^", "[link](http://x.example)", "![i](x.png)",
    "http://x.example/a", "#heading", "# h", "- item", "+ item", "* item", "1. item",
    "a) item", "(1) item", "(@) item", "@cite", "x@y.example", "[@cite]",
    "{{< include /etc/passwd >}}", "{.class}", ":::", "::: {.x}", "\\", "\\\\", "\\|",
    "trailing\\", "&lt;b&gt;", "&#60;", "--- ...", "--", "....", "\"quoted\" 'single'",
    "it's", "a\nb", "a\r\nb", "\ttab", "=", "==mark==", "#let x = 1", "#{eval()}",
    "\u202eevil", "nul\x00byte", "中文|表格", "100%", "% comment", "^[note]", "[^1]",
    "[^1]: x", "<!-- c -->", "~", ":smile:", ": def", "$a", "a$b$c", "---", "***", "___",
    "> quote", "Q: A", "i. roman", "#.", "<https://x.example>", "mailto:a@b.example",
    "\\newpage", "\\(x\\)", "| a | b |", "+---+", "-2 to -5", "=formula()", "a  b", "**",
]  # fmt: skip


def test_every_hostile_cell_reads_as_itself() -> None:
    frame = pd.DataFrame({"cell": HOSTILE, "again": HOSTILE[::-1]})
    headings, rows, _ = table_of(md.table(frame, "en").text)
    assert headings == ["cell", "again"]
    expected = [md.clean(value) for value in HOSTILE]
    assert [row[0] for row in rows] == expected
    assert [row[1] for row in rows] == expected[::-1]


def test_hostile_headings_read_as_themselves() -> None:
    values = [value for value in HOSTILE if md.clean(value)]
    for start in range(0, len(values), 10):
        part = values[start : start + 10]
        frame = pd.DataFrame([[1] * len(part)], columns=part)
        assert table_of(md.table(frame, "en").text)[0] == [md.clean(value) for value in part]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=25, max_size=25))
def test_any_text_survives_in_cells_and_sentences(values: list[str]) -> None:
    frame = pd.DataFrame({"a": values, "n": range(len(values))})
    _, rows, _ = table_of(md.table(frame, "en").text)
    assert [row[0] for row in rows] == [md.clean(value) or md.MISSING for value in values]

    source = "\n\n".join(md.escape(value) or "x" for value in values)
    blocks = json.loads(pandoc(source))["blocks"]
    assert {block["t"] for block in blocks} == {"Para"}
    assert [inlines_text(block["c"]) for block in blocks] == [md.clean(v) or "x" for v in values]


@pytest.mark.parametrize("to", ["html", "typst"])
def test_no_markup_of_the_output_gets_through(to: str) -> None:
    values = ["<img src=x onerror=alert(1)>", "#panic()", "$ x $", "@label", "*b*"]
    out = pandoc(md.table(pd.DataFrame({"v": values}), "en").text, to)
    if to == "html":
        assert "<img" not in out and "&lt;img" in out
    else:
        for safe in (r"\#panic()", r"\$ x \$", r"\@label", r"\*b\*"):
            assert safe in out


def test_numbers_are_fixed_aligned_and_signed() -> None:
    frame = pd.DataFrame(
        {
            "name": ["a", "b", "c"],
            "score": [71.2345, np.nan, -1234.5],
            "move": pd.array([3, -2, pd.NA], dtype="Int64"),
        }
    )
    result = md.table(frame, "zh", decimals={"score": 1}, signed=["move"])
    headings, rows, align = table_of(result.text)
    assert headings == ["name", "score", "move"]
    assert rows == [["a", "71.2", "+3"], ["b", "—", "−2"], ["c", "−1,234.5", "—"]]
    assert align == ["AlignLeft", "AlignRight", "AlignRight"]
    assert result.text.endswith("无数值。")


def test_the_note_on_missing_values_stands_only_where_it_is_needed() -> None:
    frame = pd.DataFrame({"a": [1.0]})
    assert "—" not in md.table(frame, "en").text
    frame = pd.DataFrame({"a": [1.0, np.nan]})
    assert md.table(frame, "en", note="—: not assessed").text.endswith("\n\n—: not assessed")


@pytest.mark.parametrize(
    ("value", "decimals", "signed", "shown"),
    [
        (0.0, 2, True, "0.00"),
        (-0.001, 2, True, "0.00"),
        (-0.006, 2, False, "−0.01"),
        (1234567.891, 1, False, "1,234,567.9"),
        (5, 0, True, "+5"),
        (float("inf"), 2, False, "—"),
        (None, 2, False, "—"),
        (pd.NA, 0, False, "—"),
    ],
)
def test_number(value: object, decimals: int, signed: bool, shown: str) -> None:
    assert md.number(value, decimals, signed=signed) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.0, "0%"), (1.0, "100%"), (0.996, ">99%"), (0.004, "<1%"), (0.125, "12%"), (None, "—")],
)
def test_a_percentage_never_rounds_to_certainty(share: float | None, shown: str) -> None:
    assert md.percent(share) == shown


def test_a_column_of_truth_values_is_refused() -> None:
    with pytest.raises(TypeError, match="'ok'"):
        md.table(pd.DataFrame({"ok": [True]}), "en")


def test_an_empty_table_says_so() -> None:
    assert md.table(pd.DataFrame({"a": []}), "en").text == "(none)"


def test_sentences_escape_what_is_put_in() -> None:
    said = md.sentence("banner.source", "en", source="ye*ar <b>")
    assert said.text.endswith(r"ye\*ar \<b\>")
    kept = md.sentence("banner.source", "en", source=md.Markdown("[a](b)"))
    assert kept.text.endswith("[a](b)")


def test_a_cell_shows_as_markdown_only() -> None:
    assert md.Markdown("x")._repr_mimebundle_() == {"text/markdown": "x"}


def test_callouts_lists_and_paragraphs() -> None:
    body = md.paragraphs([md.Markdown("one"), md.Markdown(""), md.bullets([md.Markdown("two")])])
    block = json.loads(pandoc(md.callout("note", md.Markdown("Title"), body).text))["blocks"][0]
    assert block["t"] == "Div"
    assert block["c"][0][1] == ["callout-note"]
    assert [inner["t"] for inner in block["c"][1]] == ["Header", "Para", "BulletList"]


def test_wide_columns_of_a_long_table_share_the_width() -> None:
    frame = pd.DataFrame({"name": ["很长的名称" * 8], "text": ["word " * 20], "n": [1.5]})
    columns = json.loads(pandoc(md.table(frame, "zh").text))["blocks"][0]["c"][2]
    widths = [column[1]["c"] for column in columns]
    assert sum(widths) == pytest.approx(1)
    assert widths[0] > 3 * widths[2]
