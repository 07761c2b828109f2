"""What is shipped, found by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.core.catalogue import (
    default_method,
    default_panel,
    default_regions,
    find_framework,
    find_method,
    find_regions,
    framework_path,
    list_frameworks,
    list_methods,
    method_path,
)
from analysis.core.findings import InputError
from analysis.paths import data_dir


def test_every_entry_is_complete() -> None:
    entries = list_frameworks()
    assert [e.name for e in entries] == ["mofcom-2021", "mofcom-2016", "undp-hdi", "undp-tai"]
    for entry in entries:
        assert find_framework(entry.name).name == entry.name
        assert find_method(default_method(entry.name)).name == entry.method
        assert entry.title("zh") and entry.title("en") and entry.source
        assert entry.note_zh and entry.note_en
        panel = default_panel(entry.name)
        assert panel is None or panel.is_file()
        regions = default_regions(entry.name)
        assert (regions is None) == (entry.regions == "")
    shipped = {path.stem for path in (data_dir() / "frameworks").glob("*.csv")} - {"catalogue"}
    assert shipped == {entry.name for entry in entries}


def test_a_path_is_taken_where_there_is_no_such_name(tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_bytes(framework_path("undp-hdi").read_bytes())
    assert find_framework(mine).name == "mine"
    assert framework_path(str(mine)) == mine
    own = tmp_path / "own.yml"
    own.write_bytes(method_path("zscore").read_bytes())
    assert find_method(own).normalisation.rule == "zscore"
    assert default_method("mine") == "efficacy"
    assert default_panel("mine") is None and default_regions("mine") is None


@pytest.mark.parametrize("name", ["mofcom-2012", "undp_hdi", "MOFCOM-2021", "quite else", "", "\0"])
def test_unknown_framework(name: str) -> None:
    with pytest.raises(InputError) as error:
        find_framework(name)
    told = str(error.value)
    assert all(entry.name in told for entry in list_frameworks())
    assert ("did you mean" in told) == (name not in ("quite else", "", "\0"))


def test_unknown_method_and_regions() -> None:
    with pytest.raises(InputError, match="did you mean “minmax”") as error:
        find_method("min-max")
    assert all(name in str(error.value) for name in list_methods())
    with pytest.raises(InputError, match="mofcom"):
        find_regions("mofkom")


def test_regions_of_the_zones() -> None:
    regions = find_regions("mofcom")
    assert regions.codes == ("east", "central", "west")
    assert regions.resolve("东部") == "east" and regions.resolve("nowhere") is None
