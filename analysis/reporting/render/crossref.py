"""Numbers of sections, figures, tables and equations, and references to them.

The words are those of Quarto's own translations: 图 1 and Figure 1, 小节 2 and
Section 2. All numbers are given here, so that HTML and PDF cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analysis.reporting.render.ast import (
    Node,
    attr,
    div,
    link,
    nodes,
    plain,
    span,
    stringify,
    transform,
    value_of,
    words,
)
from analysis.reporting.render.blocks import CALLOUT, FLOAT, TAB, boxed, classes_of, parts
from analysis.reporting.render.errors import Place, RenderError
from analysis.reporting.render.features import REFERENCES
from analysis.texts import text

EQUATION = "jk:equation"
NBSP = "\u00a0"
Find = Callable[[str], Place]


@dataclass(frozen=True)
class Heading:
    """A heading of the page, for the table of contents.

    ``level`` counts from 1 for the page's highest headings.
    """

    level: int
    identifier: str
    number: str
    title: str
    listed: bool


@dataclass(frozen=True)
class Numbered:
    """Blocks with all numbers in place, and the headings among them."""

    blocks: list[Node]
    headings: tuple[Heading, ...]


def number_page(blocks: list[Node], lang: str, sections: bool, find: Find) -> Numbered:
    """Give a page its numbers and resolve its references.

    Parameters
    ----------
    blocks : list of node
        In the form of `blocks.canonical`.
    lang : {"zh", "en"}
    sections : bool
        Whether headings carry numbers.
    find : callable
        Gives the place of a piece of text.

    Returns
    -------
    Numbered
        Headings are moved so that the highest has level 1.

    Raises
    ------
    RenderError
        For a label that stands twice, a reference to a label that does not
        exist, or one to a section where sections have no numbers.
    """
    blocks, headings = _number_headings(blocks, sections)
    numbers: dict[str, str] = {}
    seen: dict[str, int] = {}
    for heading in headings:
        if heading.identifier.startswith("sec-"):
            if heading.identifier in numbers:
                raise RenderError("label_twice", find(heading.identifier), label=heading.identifier)
            numbers[heading.identifier] = heading.number

    def claim(label: str) -> str:
        kind = label.split("-")[0]
        if label in numbers:
            raise RenderError("label_twice", find(label), label=label)
        seen[kind] = seen.get(kind, 0) + 1
        numbers[label] = str(seen[kind])
        return numbers[label]

    def give(node: Node) -> Node | None:
        if FLOAT in classes_of(node):
            return _number_float(node, lang, claim)
        if node["t"] in ("Para", "Plain"):
            return _number_equation(node, claim, find)
        return None

    blocks = transform(blocks, give)
    identifiers = {heading.identifier for heading in headings} | set(numbers)
    identifiers |= {node["c"][0][0] for node in nodes(blocks) if node["t"] in ("Div", "Span")}

    def resolve(node: Node) -> Node | list[Node] | None:
        if node["t"] == "Cite":
            return _resolve(node, numbers, lang, find)
        if node["t"] == "Link" and node["c"][2][0].startswith("#"):
            target = node["c"][2][0]
            if target[1:] not in identifiers:
                raise RenderError("anchor", find(target), target=target)
        return None

    return Numbered(transform(blocks, resolve), headings)


def _number_headings(blocks: list[Node], sections: bool) -> tuple[list[Node], tuple[Heading, ...]]:
    found = list(_headings(blocks))
    top = min((node["c"][0] for node in found), default=1)
    counts: list[int] = []
    headings: list[Heading] = []
    taken: set[str] = set()

    def change(node: Node) -> Node | None:
        if node["t"] != "Header":
            return None
        level = node["c"][0] - top + 1
        identifier, classes, _ = node["c"][1]
        identifier = _unique(identifier, taken)
        title = node["c"][2]
        number = ""
        if sections and "unnumbered" not in classes:
            counts[level:] = []
            counts.extend([0] * (level - len(counts)))
            counts[level - 1] += 1
            number = ".".join(map(str, counts[:level]))
        listed = "unlisted" not in classes
        headings.append(Heading(level, identifier, number, stringify(title), listed))
        if number:
            title = [
                span(attr("", ["header-section-number"]), words(number)),
                {"t": "Space"},
                *title,
            ]
        return {"t": "Header", "c": [level, attr(identifier, classes), title]}

    def outside_boxes(node: Node) -> Node | None:
        # a heading within a callout or a tab is text of its own, and not numbered
        if {CALLOUT, TAB} & set(classes_of(node)):
            return node
        return change(node)

    return transform(blocks, outside_boxes), tuple(headings)


def _headings(blocks: list[Node]) -> list[Node]:
    found: list[Node] = []

    def collect(node: Node) -> Node | None:
        if {CALLOUT, TAB} & set(classes_of(node)):
            return node
        if node["t"] == "Header":
            found.append(node)
        return None

    transform(blocks, collect)
    return found


def _unique(identifier: str, taken: set[str]) -> str:
    """Keep the automatic names of headings apart; labels are checked elsewhere."""
    name, count = identifier, 1
    while name in taken and not identifier.startswith("sec-"):
        name, count = f"{identifier}-{count}", count + 1
    taken.add(name)
    return name


def _number_float(node: Node, lang: str, claim: Callable[[str], str]) -> Node:
    attribute, _ = node["c"]
    caption, body = parts(node)
    label, kind = attribute[0], value_of(attribute, "kind") or "fig"
    if label.startswith(f"{kind}-"):
        lead = f"{text(f'render.crossref.{kind}', lang)}{NBSP}{claim(label)}:"
        caption = [span(attr("", ["jk-lead"]), [{"t": "Str", "c": lead}]), {"t": "Space"}, *caption]
    return boxed(attribute, caption, body)


def _number_equation(node: Node, claim: Callable[[str], str], find: Find) -> Node | None:
    """Turn ``$$ … $$ {#eq-x}`` into an equation with a number."""
    inlines = node["c"]
    for position, inline in enumerate(inlines):
        label = str(inline["c"]) if inline["t"] == "Str" else ""
        before = inlines[max(0, position - 2) : position]
        math = next((part for part in before if part["t"] == "Math"), None)
        if label.startswith("{#eq-") and label.endswith("}") and math is not None:
            name = label[2:-1]
            made = div(attr(name, [EQUATION], [("number", claim(name))]), [plain([math])])
            rest = inlines[: inlines.index(math)] + inlines[position + 1 :]
            if any(part["t"] not in ("Space", "SoftBreak") for part in rest):
                raise RenderError("equation", find(name), label=name)
            return made
    return None


def _resolve(node: Node, numbers: dict[str, str], lang: str, find: Find) -> list[Node] | None:
    citations = node["c"][0]
    ours = [
        citation
        for citation in citations
        if citation["citationId"].split("-")[0].lower() in REFERENCES
        and "-" in citation["citationId"]
    ]
    if not ours:
        return None
    if len(ours) < len(citations):
        raise RenderError("mixed", find(f"@{ours[0]['citationId']}"))
    out: list[Node] = []
    for citation in ours:
        name = citation["citationId"]
        if name not in numbers:
            raise RenderError("reference", find(f"@{name}"), name=name)
        number = numbers[name]
        if not number:
            raise RenderError("reference_number", find(f"@{name}"), name=name)
        word = text(f"render.crossref.{name.split('-')[0]}", lang)
        prefix = citation["citationPrefix"]
        if citation["citationMode"]["t"] == "SuppressAuthor":
            label = number
        elif prefix:
            label = f"{stringify(prefix)}{NBSP}{number}"
        else:
            label = f"{word}{NBSP}{number}"
        made = link(attr("", ["quarto-xref"]), [{"t": "Str", "c": label}], f"#{name}")
        out += [{"t": "Str", "c": ", "}] if out else []
        out += [made, *citation["citationSuffix"]]
    return out
