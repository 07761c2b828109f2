"""Crosswalks: which items are the same, where weight goes, what a framework rewards."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.core.catalogue import find_framework
from analysis.core.comparing.check_crosswalk import COLUMNS, item_formula, item_groups
from analysis.core.comparing.crosswalk import (
    Crosswalk,
    find_crosswalk,
    match_by_code,
    read_crosswalk,
)
from analysis.core.comparing.flows import weight_flows
from analysis.core.comparing.rewards import rewards
from analysis.core.findings import InputError
from analysis.core.framework import EVIDENCE, NUMBER_COLUMNS, TEXT_COLUMNS, Framework, WeightSet
from analysis.paths import data_dir

OLD, NEW = find_framework("mofcom-2016"), find_framework("mofcom-2021")
SHIPPED = data_dir() / "crosswalks" / "mofcom-2016-2021.csv"


def framework(name: str, tree: Mapping[str, Sequence[str]], **cells: Mapping[str, object]):
    """Return a framework: parent to children (``i`` the root), other cells by column and code."""
    codes = ["i", *(child for children in tree.values() for child in children)]
    parents = {child: parent for parent, children in tree.items() for child in children}
    nodes = pd.DataFrame(index=pd.Index(codes, name="code", dtype="str"))
    for column in TEXT_COLUMNS:
        nodes[column] = [str(cells.get(column, {}).get(code, "")) for code in codes]
    nodes["parent"] = [parents.get(code, "") for code in codes]
    for column in (*NUMBER_COLUMNS, *(name for name in cells if name.startswith("weight["))):
        nodes[column] = [float(cells.get(column, {}).get(code, "nan")) for code in codes]
    nodes["direction"] = [
        0 if code in tree else cells.get("direction", {}).get(code, 1) for code in codes
    ]
    sets = tuple(
        WeightSet(name, ((name[7:-1].split("=")[0], name[7:-1].split("=")[1]),))
        for name in cells
        if name.startswith("weight[")
    )
    return Framework(name, nodes, sets)


# The old one has groups A (a, b) and B (c, d), the new one A (a, e) and C (f, g).
A = framework("one", {"i": "AB", "A": "ab", "B": "cd"}, weight={"A": 3, "B": 1})
C = framework("two", {"i": "AC", "A": "ae", "C": "fg"}, weight={"f": 1, "g": 3})
GOOD = [
    "a,a,kept,,,",
    "b,f,merged,A,C,",
    "c,f,merged,B,C,",
    "d,g,split,,,reported",
    "d,,dropped,,C,",
    ",e,new,A,,proxy",
]


def crosswalk_file(
    folder: Path,
    rows: Sequence[str],
    header: str = "old,new,relation,old_group,new_group,evidence",
) -> Path:
    path = folder / "links.csv"
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def told(folder: Path, rows: Sequence[str], **how: str) -> set[tuple[str, int | None]]:
    """Return the problems of a file, by code and row."""
    with pytest.raises(InputError) as error:
        read_crosswalk(crosswalk_file(folder, rows, **how), A, C)
    for finding in error.value.findings:
        assert finding.text("zh") and finding.text("en") and finding.severity == "error"
        assert finding.file == "links.csv"
    return {(f.code.removeprefix("crosswalk."), f.row) for f in error.value.findings}


# The shipped file


def shipped_rows() -> list[dict[str, str]]:
    with SHIPPED.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def shipped() -> Crosswalk:
    return read_crosswalk(SHIPPED, OLD, NEW)


def test_the_shipped_crosswalk_has_every_item_and_no_kept_pair_of_two_formulas() -> None:
    links = shipped()
    assert links.findings == ()
    assert {code for code in links.table["old"] if code} == set(OLD.items)
    assert {code for code in links.table["new"] if code} == set(NEW.items)
    for old, new in links.kept.items():
        assert item_formula(OLD, old) == item_formula(NEW, new)
        assert OLD.nodes.at[old, "direction"] == NEW.nodes.at[new, "direction"]


def test_what_has_one_formula_in_both_editions_is_kept() -> None:
    """Read from the frameworks alone: no pair of one formula is called dropped and new."""
    by_formula = {item_formula(NEW, item): item for item in NEW.items}
    same = {
        item: by_formula[item_formula(OLD, item)]
        for item in OLD.items
        if item_formula(OLD, item) in by_formula
    }
    assert shipped().kept == same


def test_a_changed_definition_is_not_kept() -> None:
    """Foreign capital with reinvestment up to data year 2020, without from 2021."""
    table = shipped().table.set_index(["old", "new"])
    for old, new in (("I7", "O1"), ("I10", "O2")):
        assert table.at[(old, new), "relation"] == "split"
        assert table.at[(old, ""), "relation"] == "dropped"


def test_every_row_says_why_and_on_what_evidence() -> None:
    strength = {word: place for place, word in enumerate(EVIDENCE)}
    documents = {
        part
        for edition in (OLD, NEW)
        for source in edition.nodes["source"]
        for part in source.split("; ")
    }
    rows = shipped_rows()
    for row in rows:
        both = bool(row["old"] and row["new"])
        assert row["reason_zh"] and row["reason_en"] and row["old_group"] and row["new_group"]
        assert bool(row["group_evidence"]) != both
        own = [
            edition.nodes.at[row[side], "evidence"]
            for side, edition in (("old", OLD), ("new", NEW))
            if row[side]
        ]
        weakest = max(own, key=strength.__getitem__)
        # A link is never better evidenced than the items that it links.
        assert strength[row["evidence"]] >= strength[weakest]
        if both:
            assert row["evidence"] == weakest
        elif not any(r["old"] == row["old"] != "" and r["relation"] == "split" for r in rows):
            # That an item is not in an edition whose names are not public is never seen as such.
            assert row["evidence"] in ("implied", "proxy")
        assert set(row["source"].split("; ")) <= documents
        assert not any(mark in row["source"] for mark in ("http", ".com", ".cn", ".html"))
        assert row["read_at"] or row["evidence"] == "proxy"


def test_groups_of_one_name_take_each_others_items() -> None:
    """Innovation is a group of both editions, and what it drops is put nowhere else."""
    table = shipped().table
    innovation = table[(table["old_group"] == "S") | (table["new_group"] == "T")]
    assert set(innovation["old_group"]) == {"S"} and set(innovation["new_group"]) == {"T"}


def test_crosswalk_files_are_plain_csv_with_the_documented_columns() -> None:
    dictionary = (data_dir() / "README.md").read_text(encoding="utf-8")
    for path in sorted((data_dir() / "crosswalks").glob("*.csv")):
        raw = path.read_bytes()
        assert not raw.startswith(b"\xef\xbb\xbf") and b"\r" not in raw and raw.endswith(b"\n")
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.reader(handle))
        assert len({len(row) for row in rows}) == 1
        assert not any(cell != cell.strip() for row in rows for cell in row)
        if path.stem != "catalogue":
            assert tuple(rows[0]) == COLUMNS
            assert all(dictionary.count(f"`{column}`") >= 2 for column in rows[0])
            assert "官方" not in raw.decode() and "official" not in raw.decode().lower()


def test_the_catalogue_lists_what_is_there() -> None:
    folder = data_dir() / "crosswalks"
    with (folder / "catalogue.csv").open(encoding="utf-8", newline="") as handle:
        entries = list(csv.DictReader(handle))
    assert {e["name"] for e in entries} == {p.stem for p in folder.glob("*.csv")} - {"catalogue"}
    for entry in entries:
        assert entry["note_zh"] and entry["note_en"]
        found = find_crosswalk(entry["old"], entry["new"])
        assert found is not None and found.name == entry["name"]


def test_the_shipped_crosswalk_is_found_both_ways_and_for_no_other_framework() -> None:
    there, back = find_crosswalk("mofcom-2016", "mofcom-2021"), find_crosswalk(NEW, OLD)
    assert there is not None and back is not None
    pd.testing.assert_frame_equal(back.reversed().table, there.table)
    assert back.kept == {new: old for old, new in there.kept.items()}
    assert find_crosswalk("mofcom-2016", "undp-hdi") is None
    assert find_crosswalk("mofcom-2021", "mofcom-2021") is None
    # One's own framework under the name of a shipped one is another framework.
    nodes = NEW.nodes.copy()
    nodes.loc["O5", "inputs"] = "fdi gdp"
    assert find_crosswalk(OLD, Framework("mofcom-2021", nodes)) is None
    assert find_crosswalk(OLD, Framework("mofcom-2021", NEW.nodes.drop("O5"))) is None


# Reading


def test_a_crosswalk_is_read_and_its_groups_filled_in(tmp_path: Path) -> None:
    links = read_crosswalk(crosswalk_file(tmp_path, GOOD), A, C)
    assert links.name == "links" and links.findings == ()
    assert tuple(links.table.columns) == COLUMNS
    assert links.table["old_group"].tolist() == ["A", "A", "B", "B", "B", "A"]
    assert links.table["new_group"].tolist() == ["A", "C", "C", "C", "C", "A"]
    assert links.kept == {"a": "a"}
    counts = links.counts().set_index("relation")
    assert counts["old_items"].to_dict() == {
        "kept": 1,
        "merged": 2,
        "split": 1,
        "dropped": 0,
        "new": 0,
    }
    assert counts["new_items"].to_dict() == {
        "kept": 1,
        "merged": 1,
        "split": 1,
        "dropped": 0,
        "new": 1,
    }


def test_the_union_has_kept_pairs_once_and_all_others_by_themselves(tmp_path: Path) -> None:
    union = read_crosswalk(crosswalk_file(tmp_path, GOOD), A, C).items()
    assert list(union[["old", "new"]].itertuples(index=False, name=None)) == [
        ("a", "a"), ("b", ""), ("c", ""), ("d", ""), ("", "f"), ("", "g"), ("", "e"),
    ]  # fmt: skip
    # f was merged from items of A and of B: the first of them says where it would stand.
    assert union["old_group"].tolist() == ["A", "A", "B", "B", "A", "B", "A"]


def test_turning_round_twice_changes_nothing(tmp_path: Path) -> None:
    links = read_crosswalk(crosswalk_file(tmp_path, GOOD), A, C)
    back = links.reversed()
    assert back.table["relation"].tolist() == ["kept", "split", "split", "merged", "new", "dropped"]
    pd.testing.assert_frame_equal(back.reversed().table, links.table)
    # What was turned round is a crosswalk of the two frameworks the other way.
    path = tmp_path / "back.csv"
    back.table.to_csv(path, index=False)
    pd.testing.assert_frame_equal(read_crosswalk(path, C, A).table, back.table)


def test_group_columns_may_be_left_out(tmp_path: Path) -> None:
    rows = [",".join(row.split(",")[:3]) for row in GOOD]
    links = read_crosswalk(crosswalk_file(tmp_path, rows, header="old,new,relation"), A, C)
    assert links.table["new_group"].tolist() == ["A", "C", "C", "C", "", "A"]


@pytest.mark.parametrize(
    ("place", "row", "problem"),
    [
        (1, "b,f,joined,A,C,", ("relation", 3)),
        (1, "b,f,merged,A,C,sure", ("evidence", 3)),
        (5, "a,e,new,A,,", ("empty", 7)),
        (3, "d,,split,,C,", ("filled", 5)),
        (0, "A,a,kept,,,", ("item", 2)),
        (1, "b,f,merged,Z,C,", ("group", 3)),
        (1, "b,f,merged,B,C,", ("group_differs", 3)),
        (4, "d,g,split,,,", ("twice", 6)),
        (5, ",e,merged,A,,", ("filled", 7)),
        (5, "a,e,kept,A,,", ("kept_twice", 7)),
        (5, "a,e,merged,A,,", ("kept_and", 7)),
        (2, "c,,dropped,B,C,", ("merged_lone", 3)),
        (4, "c,,dropped,B,C,", ("dropped_and", 6)),
        (4, ",g,new,B,C,", ("new_and", 6)),
        (0, "", ("absent", None)),
    ],
)
def test_problems_are_told_with_their_row(
    tmp_path: Path, place: int, row: str, problem: tuple[str, int | None]
) -> None:
    assert problem in told(tmp_path, [row if n == place else old for n, old in enumerate(GOOD)])


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    rows = ["a,x,kept,Z,,", "b,a,gone,,,", "c,f,merged,,,no"]
    assert told(tmp_path, rows) == {
        ("item", 2), ("group", 2), ("relation", 3), ("evidence", 4), ("merged_lone", 4),
        ("absent", None),
    }  # fmt: skip


def test_a_slip_of_the_pen_is_met_with_a_suggestion(tmp_path: Path) -> None:
    renamed = framework("long", {"i": ["output", "output_ht"]})
    path = crosswalk_file(tmp_path, ["outptu,output,kept,,,", "output_ht,output_ht,kept,,,"])
    with pytest.raises(InputError, match="did you mean “output”"):
        read_crosswalk(path, renamed, renamed)


@pytest.mark.parametrize(
    ("header", "problem"),
    [("old,new,relations", "column"), ("old,new,relation,evidense", "column_near")],
)
def test_columns_are_checked(tmp_path: Path, header: str, problem: str) -> None:
    rows = [",".join(row.split(",")[: header.count(",") + 1]) for row in GOOD]
    assert (problem, 1) in told(tmp_path, rows, header=header)


@pytest.mark.parametrize("content", ["", "\0\0", "old;new;relation\na;a;kept\n", "old,old,new\n"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "links.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError):
        read_crosswalk(path, A, C)
    with pytest.raises(InputError):
        read_crosswalk(tmp_path / "absent.csv", A, C)


def test_kept_although_the_formulas_differ_is_a_warning(tmp_path: Path) -> None:
    how = {"operation": {"x": "share"}, "inputs": {"x": "p q"}}
    old = framework("old", {"i": "xy"}, **how)
    new = framework("new", {"i": "xy"}, **{**how, "inputs": {"x": "p r"}})
    path = crosswalk_file(tmp_path, ["x,x,kept,,,", "y,y,kept,,,"])
    links = read_crosswalk(path, old, new)
    assert [(f.severity, f.code, f.row) for f in links.findings] == [
        ("warning", "crosswalk.formula", 2)
    ]
    assert "share p q" in links.findings[0].text("zh") and links.kept == {"x": "x", "y": "y"}


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(*[st.sampled_from(["", "a", "b", "A", "=1+1", "kept", "new", "split"])] * 5))
)
def test_any_table_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, cells) -> None:
    path = crosswalk_file(tmp_path_factory.mktemp("any"), [",".join([*row, ""]) for row in cells])
    try:
        links = read_crosswalk(path, A, C)
    except InputError as error:
        assert error.findings
        assert all(f.text(lang) for f in error.findings for lang in ("zh", "en"))
    else:
        assert {code for code in links.table["old"] if code} == set(A.items)


# Matching by code


def test_items_match_by_code() -> None:
    links = match_by_code(A, C)
    assert links.findings == () and links.kept == {"a": "a"}
    assert list(links.items().itertuples(index=False, name=None)) == [
        ("a", "a", "kept", "A", "A"),
        ("b", "", "dropped", "A", "A"),  # A is a group of both
        ("c", "", "dropped", "B", ""),
        ("d", "", "dropped", "B", ""),
        ("", "e", "new", "A", "A"),
        ("", "f", "new", "", "C"),
        ("", "g", "new", "", "C"),
    ]


def test_a_framework_matches_itself() -> None:
    links = match_by_code(OLD, OLD)
    assert links.kept == {item: item for item in OLD.items} and links.findings == ()
    assert (links.table["old_group"] == links.table["new_group"]).all()


@pytest.mark.parametrize(
    ("column", "cell"),
    [("inputs", "p r"), ("scale", 2.0), ("breaks", "2020"), ("denominator", "p")],
)
def test_one_code_and_two_formulas_are_two_items_and_a_warning(column: str, cell: object) -> None:
    how = {"operation": {"x": "share"}, "inputs": {"x": "p q"}}
    old = framework("old", {"i": "xy"}, **how)
    new = framework("new", {"i": "xy"}, **{**how, column: {"x": cell}})
    links = match_by_code(old, new)
    assert links.kept == {"y": "y"}
    assert [(f.severity, f.code, f.item) for f in links.findings] == [
        ("warning", "crosswalk.code_differs", "x")
    ]
    assert all(links.findings[0].text(lang) for lang in ("zh", "en"))


def test_a_direction_turned_round_is_a_warning(tmp_path: Path) -> None:
    """The quantity is the same, so the item is kept, by its code or by a file."""
    old = framework("old", {"i": "xy"})
    new = framework("new", {"i": "xy"}, direction={"x": -1})
    file = read_crosswalk(crosswalk_file(tmp_path, ["x,x,kept,,,", "y,y,kept,,,"]), old, new)
    for links in (match_by_code(old, new), file):
        assert links.kept == {"x": "x", "y": "y"}
        assert [(f.severity, f.code) for f in links.findings] == [
            ("warning", "crosswalk.direction")
        ]
        assert all("x" in links.findings[0].text(lang) for lang in ("zh", "en"))


def test_a_formula_is_the_same_however_it_is_written() -> None:
    one = framework(
        "one", {"i": "xyz"}, operation={"x": "sum", "y": "level"},
        inputs={"x": "p q", "y": "y"}, scale={"x": 1.0},
    )  # fmt: skip
    other = framework("other", {"i": "xyz"}, operation={"x": "sum"}, inputs={"x": "q p"})
    assert match_by_code(one, other).kept == {"x": "x", "y": "y", "z": "z"}


def test_in_a_deeper_framework_the_nearest_group_of_the_same_code_is_taken() -> None:
    deep = framework("deep", {"i": "AB", "A": "Dx", "D": "yz", "B": "w"})
    other = framework("other", {"i": "AB", "A": "Dv", "D": "y", "B": "w"})
    groups = match_by_code(deep, other).items().set_index(["old", "new"])
    assert groups.at[("x", ""), "new_group"] == "A"
    assert groups.at[("z", ""), "new_group"] == "D"
    assert groups.at[("z", ""), "old_group"] == item_groups(deep)["z"] == "A"
    assert groups.at[("", "v"), "old_group"] == "A"


def test_an_item_may_belong_to_a_group_at_any_depth_of_the_other_framework(tmp_path: Path) -> None:
    deep = framework("deep", {"i": "AB", "A": "Dx", "D": "yz", "B": "w"})
    path = crosswalk_file(tmp_path, ["a,,dropped,,D,", *(f",{i},new,A,," for i in "xyzw")])
    one = framework("one", {"i": "A", "A": "a"})
    links = read_crosswalk(path, one, deep)
    assert links.table["new_group"].tolist() == ["D", "A", "A", "A", "B"]
    path = crosswalk_file(tmp_path, ["a,,dropped,,y,", *(f",{i},new,A,," for i in "xyzw")])
    with pytest.raises(InputError, match="no group"):
        read_crosswalk(path, one, deep)


# Weight


def test_flows_counted_by_hand(tmp_path: Path) -> None:
    """A: 3/4 to a and b, 1/4 to c and d. C: 1/2 to a and e, 1/2 as 1 to 3 to f and g."""
    links = read_crosswalk(crosswalk_file(tmp_path, GOOD), A, C)
    flows = weight_flows(A, C, links)
    found = {
        (row.old_group, row.new_group): (
            row.weight_old,
            row.weight_new,
            row.items_old,
            row.items_new,
        )
        for row in flows.itertuples()
    }
    assert list(found) == [("A", "A"), ("A", "C"), ("B", "C"), ("B", ""), ("", "A")]
    # d is shared by g and what is dropped; f by b and c.
    assert found["A", "A"] == pytest.approx((3 / 8, 1 / 4, 1, 1))
    assert found["A", "C"] == pytest.approx((3 / 8, 1 / 16, 1, 1))
    assert found["B", "C"] == pytest.approx((1 / 8 + 1 / 16, 1 / 16 + 3 / 8, 2, 2))
    assert found["B", ""] == pytest.approx((1 / 16, 0, 1, 0))
    assert found["", "A"] == pytest.approx((0, 1 / 4, 0, 1))


@pytest.mark.parametrize("links", [shipped(), match_by_code(OLD, NEW)], ids=["file", "code"])
def test_flows_leave_no_weight_out(links: Crosswalk) -> None:
    flows = weight_flows(OLD, NEW, links)
    for side, edition in (("old", OLD), ("new", NEW)):
        sums = flows.groupby(f"{side}_group")[f"weight_{side}"].sum()
        assert sums[""] == 0.0
        for group in edition.groups:
            assert sums[group] == pytest.approx(edition.nodes.at[group, "weight"] / 100)


def test_flows_turn_round_with_the_crosswalk() -> None:
    there = weight_flows(OLD, NEW, shipped()).set_index(["old_group", "new_group"])
    back = weight_flows(NEW, OLD, shipped().reversed()).set_index(["new_group", "old_group"])
    pd.testing.assert_series_equal(
        there["weight_old"], back["weight_new"].reindex(there.index), check_names=False
    )


def test_an_edition_flows_into_itself() -> None:
    flows = weight_flows(NEW, NEW, match_by_code(NEW, NEW))
    assert (flows["old_group"] == flows["new_group"]).all()
    assert flows["weight_old"].tolist() == pytest.approx([0.30, 0.30, 0.15, 0.15, 0.10])
    assert flows["weight_new"].tolist() == flows["weight_old"].tolist()


def test_flows_refuse_a_crosswalk_of_other_frameworks() -> None:
    with pytest.raises(KeyError, match="O1"):
        weight_flows(OLD, C, shipped())


def test_weights_of_a_region() -> None:
    """In the west B weighs 3 of 4 instead of 1 of 4."""
    keyed = framework(
        "keyed", {"i": "AB", "A": "a", "B": "b"}, weight={"A": 3, "B": 1},
        kind={"a": "level", "b": "share"}, **{"weight[region=west]": {"A": 1, "B": 3}},
    )  # fmt: skip
    west = {"region": "west"}
    flows = weight_flows(keyed, keyed, match_by_code(keyed, keyed), west)
    assert flows["weight_old"].tolist() == [0.25, 0.75]
    kinds = rewards(keyed, west)
    assert kinds.loc[kinds["aspect"] == "kind", "weight"].tolist() == [0.25, 0.75]


def test_rewards_counted_by_hand() -> None:
    """Weights in the index: a 1/2, b 1/4, c 1/8, d 1/8."""
    tree = {"i": "AB", "A": "ab", "B": "cd"}
    made = framework(
        "made", tree, weight={"A": 3, "B": 1, "a": 2, "b": 1},
        kind={"a": "count", "b": "level", "c": "level", "d": "rating"},
        evidence={"a": "proxy", "b": "named", "c": "named"},
        weight_status={"A": "published", "B": "proxy", "a": "proxy"},
    )  # fmt: skip
    table = rewards(made)
    assert list(table.columns) == ["aspect", "word", "items", "weight"]
    found = {
        aspect: list(part[["word", "items", "weight"]].itertuples(index=False, name=None))
        for aspect, part in table.groupby("aspect", sort=False)
    }
    assert found["kind"] == [("level", 2, 0.375), ("count", 1, 0.5), ("rating", 1, 0.125)]
    assert found["evidence"] == [("named", 2, 0.375), ("proxy", 1, 0.5), ("", 1, 0.125)]
    assert found["weight_status"] == [("proxy", 1, 0.5), ("", 3, 0.5)]
    assert found["group_weight_status"] == [("proxy", 2, 0.25), ("published", 2, 0.75)]


@pytest.mark.parametrize("edition", [OLD, NEW], ids=lambda edition: edition.name)
def test_rewards_of_an_edition_leave_nothing_out(edition: Framework) -> None:
    table = rewards(edition)
    for _, part in table.groupby("aspect"):
        assert part["weight"].sum() == pytest.approx(1) and part["items"].sum() == len(
            edition.items
        )
    evidence = table[table["aspect"] == "evidence"].set_index("word")["items"].to_dict()
    assert evidence == {word: n for word, n in edition.evidence_counts().items() if n}


def test_most_of_the_old_weight_that_rests_on_proxies() -> None:
    """By hand: 3 of 11 in innovation (24%), 7 of 11 in regional drive, 5 and 6 of 10 (19% each)."""
    by_hand = 0.24 * 3 / 11 + 0.19 * 7 / 11 + 0.19 * 5 / 10 + 0.19 * 6 / 10
    table = rewards(OLD).set_index(["aspect", "word"])
    assert table.at[("evidence", "proxy"), "weight"] == pytest.approx(by_hand)
    # Of 2021: one of eight in development quality (30%), two of six in innovation (15%).
    table = rewards(NEW).set_index(["aspect", "word"])
    assert table.at[("evidence", "proxy"), "weight"] == pytest.approx(0.30 / 8 + 0.15 * 2 / 6)
