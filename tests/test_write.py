"""Files: whole or not at all, the same bytes, and no formula in any of them."""

from __future__ import annotations

import csv
import os
import stat
import string
import time
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_samples import GOOD, REGIONS, csv_file, items

from analysis.core.read_panel import read_panel
from analysis.core.reading import load_reading, save_reading
from analysis.core.tables import read_table
from analysis.core.write import (
    atomic_folder,
    spreadsheet_safe,
    write_bytes,
    write_table,
    write_text,
)

NASTY = [
    "=1+1",
    "+x",
    "@x",
    "-x",
    "<b>",
    "|",
    "#",
    "'=1",
    "''-",
    "'quoted'",
    '"',
    "a,b",
    "\\",
    "_x",
]
NASTY += ["＝1", "=HYPERLINK(1)", "http://a.b", "a@b.c", "../x", "1e5", "007", "TRUE", "NA", "中文"]
FRAME = pd.DataFrame(
    {
        "unit": NASTY,
        "=score": np.arange(len(NASTY)) / 3,
        "rank": pd.array([1, None] * (len(NASTY) // 2), dtype="Int64"),
        "flag": [True, False] * (len(NASTY) // 2),
        "gap": [float("nan"), -1.5] * (len(NASTY) // 2),
    }
)
ENDINGS = (".csv", ".parquet", ".xlsx")


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old\n")

    def fail(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_text(path, "new\n")
    monkeypatch.undo()
    assert path.read_bytes() == b"old\n"
    assert names_in(tmp_path) == ["a.txt"]
    write_text(path, "new 中\r\n")
    assert path.read_bytes() == "new 中\r\n".encode()
    with pytest.raises(FileNotFoundError):
        write_bytes(tmp_path / "none" / "a", b"")


def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"1")
    (tmp_path / "b").write_bytes(b"1")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in "ab"}
    assert len(modes) == 1


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "out"
    with atomic_folder(path) as folder:
        (folder / "a").write_text("1")
        assert not path.exists()
    assert [p.name for p in path.iterdir()] == ["a"]

    def fail() -> None:
        with atomic_folder(path) as folder:
            (folder / "b").write_text("2")
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        fail()
    assert [p.name for p in path.iterdir()] == ["a"]
    with atomic_folder(path) as folder:
        (folder / "b").write_text("2")
    assert [p.name for p in path.iterdir()] == ["b"]
    assert [p.name for p in path.parent.iterdir()] == ["out"]
    with pytest.raises(NotADirectoryError), atomic_folder(path / "b"):
        pass


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_table_gives_the_same_bytes(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = tmp_path / f"one{ending}", tmp_path / f"other{ending}"
    write_table(FRAME, one)
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    write_table(FRAME.copy(), other)
    monkeypatch.undo()
    time.tzset()
    assert one.read_bytes() == other.read_bytes()


def test_workbooks_hold_no_time(tmp_path: Path) -> None:
    write_table(FRAME, tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert core.count("2000-01-01T00:00:00Z") == 2


def test_csv_as_it_stands(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "unit": ["a", "=1", "中"],
            "score": [0.1, float("nan"), 1 / 3],
            "rank": pd.array([1, None, 2], dtype="Int64"),
        }
    )
    write_table(frame, tmp_path / "a.csv")
    expected = "unit,score,rank\na,0.1,1\n'=1,,\n中,0.3333333333333333,2\n"
    assert (tmp_path / "a.csv").read_bytes() == expected.encode()


def test_no_cell_of_csv_starts_a_formula(tmp_path: Path) -> None:
    write_table(FRAME, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))
    for row in rows:
        for cell in row:
            if cell[:1] in tuple("=+-@\t\r"):
                float(cell)  # only numbers may


def test_no_cell_of_a_workbook_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_table(FRAME, path)
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    cells = list(sheet.iter_rows())
    assert [cell.value for cell in cells[0]] == list(FRAME.columns)
    assert [row[0].value for row in cells[1:]] == NASTY
    assert {row[0].data_type for row in cells[1:]} == {"s"}
    # Excel shows an apostrophe there and keeps the text a text when it is edited.
    assert [row[0].quotePrefix for row in cells[1:5]] == [True] * 4
    assert not cells[5][0].quotePrefix
    assert [cell.quotePrefix for cell in cells[0][:2]] == [False, True]
    assert all(cell.hyperlink is None for row in cells for cell in row)
    assert {row[1].data_type for row in cells[1:]} == {"n"}
    assert [row[2].value for row in cells[1:3]] == [1, None]
    assert [row[3].value for row in cells[1:3]] == [True, False]
    assert [row[4].value for row in cells[1:3]] == [None, -1.5]


@pytest.mark.parametrize("ending", ENDINGS)
def test_names_survive_writing_and_reading(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    write_table(FRAME, path)
    table, findings = read_table(path)
    assert not findings
    assert table is not None
    assert table.header == tuple(FRAME.columns)
    assert table.columns[0] == NASTY
    assert [float(cell) for cell in table.columns[1]] == list(FRAME["=score"])


TEXTS = st.text(
    st.one_of(
        st.sampled_from("'=+-@\t\r\n\"|<>#,; ＝"), st.sampled_from(string.printable[:95] + "中é")
    ),
    max_size=6,
)


@given(TEXTS)
def test_safe_text_starts_no_formula_and_is_told_apart(text: str) -> None:
    safe = spreadsheet_safe(text)
    assert safe[:1] not in tuple("=+-@\t\r\n")
    assert safe in (text, "'" + text)


def plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(names=st.lists(TEXTS.filter(str.strip), min_size=1, max_size=5))
def test_any_text_survives(tmp_path: Path, names: list[str]) -> None:
    frame = pd.DataFrame({"x": names, "y": 1.5})
    for ending in ENDINGS:
        path = tmp_path / f"fuzz{ending}"
        write_table(frame, path)
        table, findings = read_table(path)
        assert not findings
        assert table is not None
        # A carriage return is a line end in XML and CSV readers alike.
        assert list(map(plain, table.columns[0])) == list(map(plain, names))


def test_what_does_not_fit(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.csv, \.parquet, \.xlsx"):
        write_table(FRAME, tmp_path / "a.ods")
    with pytest.raises(ValueError, match="32767"):
        write_table(pd.DataFrame({"a": ["x" * 40_000]}), tmp_path / "a.xlsx")
    with pytest.raises(ValueError, match="1048575"):
        write_table(pd.DataFrame({"a": np.zeros(1_048_576)}), tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_infinite_numbers_are_not_written_as_numbers(tmp_path: Path) -> None:
    write_table(pd.DataFrame({"a": [np.inf, 1.0]}), tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert sheet is not None
    assert [sheet["A2"].value, sheet["A3"].value] == ["inf", 1]


def test_a_reading_is_handed_on_unchanged(tmp_path: Path) -> None:
    text = GOOD.replace("region", "stage").replace("jobs\n", "jobs,assessed\n")
    text = text.replace("10.25\n", "10.25,yes\n").replace("-2.5,\n", "-2.5,,no\n")
    text = text.replace("0,11\n", "0,11,yes\n") + "Q,2021,<b>,=1,x,1,1,yes\n"
    csv_file(tmp_path, "source_en: Here\nsource_zh: 此处\nsynthetic: true\n", "panel.about.yml")
    path = csv_file(tmp_path, text)
    reading = read_panel(path, items(tmp_path), regions=REGIONS, skip_bad=True)
    assert reading.rows_refused == 1
    save_reading(reading, tmp_path / "a")
    save_reading(reading, tmp_path / "b")
    assert names_in(tmp_path / "a") == ["panel.parquet", "reading.json"]
    for name in names_in(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    loaded = load_reading(tmp_path / "a")
    pd.testing.assert_frame_equal(loaded.panel.values, reading.panel.values)
    pd.testing.assert_frame_equal(loaded.panel.units, reading.panel.units)
    assert loaded.panel.units["assessed"].dtype == bool
    pd.testing.assert_frame_equal(loaded.panel.reasons, reading.panel.reasons, check_dtype=False)
    assert (loaded.panel.source, loaded.panel.synthetic) == ("Here", True)
    assert dict(loaded.sources) == dict(reading.sources)
    assert loaded.findings == reading.findings
    assert (loaded.rows_read, loaded.rows_used, loaded.rows_refused) == (4, 3, 1)
    assert (loaded.attributes, loaded.layout) == (("stage",), "wide")
    save_reading(loaded, tmp_path / "c")
    for name in names_in(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "c" / name).read_bytes()


def test_a_reading_of_another_form_is_refused(tmp_path: Path) -> None:
    reading = read_panel(csv_file(tmp_path, GOOD), items(tmp_path))
    save_reading(reading, tmp_path / "a")
    record = (tmp_path / "a" / "reading.json").read_text(encoding="utf-8")
    assert str(tmp_path) not in record
    write_text(tmp_path / "a" / "reading.json", record.replace('"form": 1', '"form": 2'))
    with pytest.raises(ValueError, match="form 2"):
        load_reading(tmp_path / "a")
