"""The two editions of the ministry's assessment as shipped: sizes, weights, evidence, formulas."""

import csv

import pytest

from analysis.core.catalogue import find_framework
from analysis.core.framework import EVIDENCE
from analysis.paths import data_dir

EDITIONS = ("mofcom-2021", "mofcom-2016")

# Published: sizes and weights of 2021; of 2016 the five groups and 53 items.
# The rest of 2016 is this project's setting: innovation weighs most.
GROUPS = {
    "mofcom-2021": {
        "对外开放": (30, 7),
        "发展质量": (30, 8),
        "科技创新": (15, 6),
        "绿色发展": (15, 5),
        "统筹协调": (10, 4),
    },
    "mofcom-2016": {
        "产业基础": (19, 11),
        "科技创新": (24, 11),
        "区域带动": (19, 11),
        "生态环保": (19, 10),
        "行政效能": (19, 10),
    },
}

# Seen in zones' and provinces' own accounts with high or medium confidence.
SEEN = {
    "mofcom-2021": [
        "地区生产总值",
        "实际使用外资金额增速",
        "进出口总额",
        "土地开发利用率",
        "主营业务收入达标制造业企业数量",
        "单位土地地区生产总值产出强度",
        "企业数量增长率",
        "城镇新增就业人数",
        "高新技术产品进出口额占进出口总额比重",
        "规模以上工业单位增加值能耗",
        "工业固体废物综合利用率",
        "国家级孵化器和众创空间数量",
        "省级及以上研发机构数量",
        "高新技术企业数量",
    ],
    "mofcom-2016": [
        "用于科技创新的财政支出",
        "职业技能培训机构数量",
        "国家级孵化器和众创空间数量",
        "省级及以上研发机构数量",
        "每万人发明专利拥有量",
        "人才占比",
        "公共服务支出占公共财政预算收入比重",
        "政务在线审批率",
        "单位工业增加值能耗",
        "单位工业增加值水耗",
        "单位地区生产总值二氧化硫排放量",
    ],
}


def rows(path):
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def table(edition):
    return rows(data_dir() / "frameworks" / f"{edition}.csv")


def items(edition):
    return [row for row in table(edition) if row["direction"]]


@pytest.mark.parametrize("edition", EDITIONS)
def test_groups_have_their_sizes_and_weights(edition):
    framework = find_framework(edition)
    found = {
        framework.label(group, "zh"): (
            framework.nodes.at[group, "weight"],
            len(framework.children(group)),
        )
        for group in framework.groups
    }
    assert found == GROUPS[edition]
    assert sum(weight for weight, _ in found.values()) == 100
    assert framework.depth == 3
    assert len(framework.items) == {"mofcom-2021": 30, "mofcom-2016": 53}[edition]


@pytest.mark.parametrize("edition", EDITIONS)
def test_weights_say_what_they_are(edition):
    group_status = {"mofcom-2021": "published", "mofcom-2016": "proxy"}[edition]
    for row in table(edition):
        if row["parent"] == "index":
            assert row["weight_status"] == group_status, row["code"]
        elif row["parent"]:
            assert (row["weight"], row["weight_status"]) == ("1", "equal-assumed"), row["code"]


@pytest.mark.parametrize("edition", EDITIONS)
def test_items_weigh_equally_within_their_group(edition):
    framework = find_framework(edition)
    weights = framework.weights()
    for group in framework.groups:
        children = list(framework.children(group))
        assert weights[children].tolist() == pytest.approx([1 / len(children)] * len(children))


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_row_has_names_in_both_languages_and_a_source(edition):
    for row in table(edition):
        for column in ("name_zh", "name_en", "source"):
            assert row[column].strip(), (row["code"], column)
        for kind in ("definition", "note"):
            assert bool(row[f"{kind}_zh"]) == bool(row[f"{kind}_en"]), (row["code"], kind)
    for row in items(edition):
        for column in ("definition_zh", "definition_en", "unit", "unit_zh", "unit_en", "kind"):
            assert row[column].strip(), (row["code"], column)


@pytest.mark.parametrize("edition", EDITIONS)
def test_evidence_is_one_of_the_four_words(edition):
    for row in items(edition):
        assert row["evidence"] in EVIDENCE, row["code"]
        # Nothing but our own choice stands behind a proxy; behind the others something was read.
        assert ("Choice of this project" in row["source"]) == (row["evidence"] == "proxy")
        assert bool(row["read_at"]) or row["evidence"] == "proxy", row["code"]
        assert row["confidence"] in (
            {""} if row["evidence"] == "proxy" else {"high", "medium", "low"}
        )


@pytest.mark.parametrize("edition", EDITIONS)
def test_items_that_zones_named_are_in_and_named(edition):
    evidence = {row["name_zh"]: row["evidence"] for row in items(edition)}
    assert {name: evidence.get(name) for name in SEEN[edition]} == dict.fromkeys(
        SEEN[edition], "named"
    )


def test_what_the_accounts_mention_weakly_is_not_called_named():
    evidence = {row["name_zh"]: row["evidence"] for edition in EDITIONS for row in items(edition)}
    weak = (
        "国际合作产业园数量",
        "通过ISO9001质量管理认证",
        "一站式政务大厅",
        "单位地区生产总值氨氮排放量",
        "主体责任落实",
    )
    assert {name: evidence[name] for name in weak} == dict.fromkeys(weak, "implied")


def test_codes_of_the_editions_do_not_meet():
    one, other = ({row["code"] for row in items(edition)} for edition in EDITIONS)
    assert not one & other


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_item_is_a_formula_on_listed_primitives(edition):
    primitives = {row["code"] for row in rows(data_dir() / "demo" / "primitives.csv")}
    framework = find_framework(edition)
    assert set(framework.primitives) <= primitives
    assert all(row["operation"] for row in items(edition))


def test_no_primitive_is_listed_for_nothing():
    primitives = {row["code"] for row in rows(data_dir() / "demo" / "primitives.csv")}
    used = {code for edition in EDITIONS for code in find_framework(edition).primitives}
    assert primitives == used


def test_foreign_capital_is_on_one_definition_in_each_edition():
    """With reinvestment up to data year 2020, without from 2021; never one against the other."""
    growth = {}
    for edition in EDITIONS:
        for row in items(edition):
            inputs = set(row["inputs"].split())
            assert not {"fdi", "fdi_incl"} <= inputs, row["code"]
            if row["operation"] == "growth" and inputs & {"fdi", "fdi_incl"}:
                growth[edition] = row["inputs"]
    assert growth == {"mofcom-2021": "fdi", "mofcom-2016": "fdi_incl"}


def test_large_manufacturers_are_counted_by_the_threshold_of_the_region():
    (row,) = [row for row in items("mofcom-2021") if row["operation"] == "pick"]
    assert row["inputs"] == "east=n_mfg30 central=n_mfg15 west=n_mfg15"
    assert row["name_zh"] == "主营业务收入达标制造业企业数量"


@pytest.mark.parametrize("edition", EDITIONS)
def test_directions_and_ranges_fit_the_kind(edition):
    for row in items(edition):
        assert row["direction"] in {"1", "-1"}
        if row["kind"] == "share":
            assert (row["min"], row["max"]) == ("0", "100"), row["code"]
        if row["kind"] == "growth":
            assert (row["min"], row["operation"]) == ("-100", "growth"), row["code"]
        if row["kind"] == "count":
            assert row["integer"] == "true", row["code"]
    lower = {row["name_zh"] for row in items("mofcom-2021") if row["direction"] == "-1"}
    assert lower == {
        "规模以上工业单位增加值能耗",
        "规模以上工业单位增加值二氧化碳排放量",
        "园区二氧化碳排放量增长率",
        "规模以上工业单位增加值水耗",
    }


@pytest.mark.parametrize("edition", EDITIONS)
def test_nothing_claims_to_be_official(edition):
    text = (data_dir() / "frameworks" / f"{edition}.csv").read_text(encoding="utf-8")
    assert "official" not in text.lower()
    assert "官方" not in text
