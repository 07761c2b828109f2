"""Methods: reading their files, and what is told of a bad one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.core.catalogue import find_method, list_methods
from analysis.core.findings import Finding, InputError
from analysis.core.method import Method, Normalisation, Ranking, Treatment, read_method


def read(folder: Path, text: str) -> Method:
    path = folder / "mine.yml"
    path.write_text(text, encoding="utf-8")
    return read_method(path)


def refused(folder: Path, text: str) -> tuple[Finding, ...]:
    with pytest.raises(InputError) as error:
        read(folder, text)
    for finding in error.value.findings:
        assert finding.text("zh") and finding.text("en")
    return error.value.findings


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    method = read(tmp_path, "normalisation: {rule: minmax, upper: 10}\nranking:\n  decimals: 3\n")
    assert method == Method(
        name="mine",
        normalisation=Normalisation("minmax", None, 10.0),
        ranking=Ranking(3),
    )
    assert method.treatment == Treatment("jrc", 2.0, 3.5, 5, "log_ct")
    assert method.normalisation.range_of("minmax") == (0, 10)
    assert method.title("zh") == "mine"


def test_the_efficacy_method_is_the_default() -> None:
    shipped = find_method("efficacy")
    default = Method()
    assert shipped.normalisation.range_of("efficacy") == (60, 100)
    assert default.normalisation.range_of("efficacy") == (60, 100)
    for part in ("treatment", "aggregation", "missing", "ranking"):
        assert getattr(shipped, part) == getattr(default, part)


def test_shipped_methods() -> None:
    assert list_methods() == (
        "coinr-example", "efficacy", "geometric", "minmax", "mofcom-points-outside",
        "undp-hdi", "undp-tai", "zscore",
    )  # fmt: skip
    for name in list_methods():
        method = find_method(name)
        assert method.name == name
        for lang in ("zh", "en"):
            assert method.title(lang) != name
        assert method.note_zh and method.note_en


def test_items_of_another_rule_stay_on_the_scale_of_the_method() -> None:
    assert Normalisation("efficacy").range_of("goalposts") == (60, 100)
    assert Normalisation("zscore").range_of("goalposts") == (0, 1)
    assert Normalisation("goalposts").range_of("minmax") == (0, 1)


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    found = refused(
        tmp_path,
        """
treatement: {rule: jrc}
treatment: {rule: winsor, max_points: 2.5, kurtosis: [1], limit: 3}
normalisation: efficacy
missing: {min_share: 1.5}
ranking: {decimals: true}
aggregation: {rule: mode}
title_zh: [a]
""",
    )
    keys = {(f.code.removeprefix("method."), f.values["key"]) for f in found}
    assert keys == {
        ("key_near", "treatement"),
        ("value", "treatment.rule"),
        ("whole_number", "treatment.max_points"),
        ("number", "treatment.kurtosis"),
        ("key", "treatment.limit"),
        ("not_section", "normalisation"),
        ("number", "missing.min_share"),
        ("whole_number", "ranking.decimals"),
        ("value", "aggregation.rule"),
        ("not_text", "title_zh"),
    }
    told = "\n".join(f.text("en") for f in found)
    assert "did you mean “treatment”" in told
    assert "arithmetic, geometric, harmonic" in told


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("normalisation: {rule: minmax, lower: 5, upper: 5}", "range"),
        ("normalisation: {rule: efficacy, upper: 50}", "range"),
        ("normalisation: {rule: zscore}\naggregation: {rule: geometric}", "zscore_mean"),
        ("normalisation: {rule: zscore, lower: 1}", "zscore_range"),
        ("normalisation: {lower: .inf}", "number"),
        ("normalisation: {lower: .nan}", "number"),
        (f"normalisation: {{lower: {'9' * 400}}}", "number"),
        ("- a list", "not_yaml"),
        ("", "not_yaml"),
        ("a: [", "not_yaml"),
        ("a: !!python/object/apply:os.system ['true']", "not_yaml"),
        ("a: 2020-99-99", "not_yaml"),
        ("? {a: b}\n: c", "not_yaml"),
    ],
)
def test_refused(tmp_path: Path, text: str, code: str) -> None:
    assert [f.code for f in refused(tmp_path, text)] == [f"method.{code}"]


def test_no_such_file_and_wrong_encoding(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_method(tmp_path / "nothing.yml")
    path = tmp_path / "x.yml"
    path.write_bytes("title_zh: 方法".encode("gb18030"))
    with pytest.raises(InputError):
        read_method(path)


def test_nested_aliases_are_not_written_out(tmp_path: Path) -> None:
    text = "a0: &a0 [x, x]\n"
    text += "".join(f"a{k}: &a{k} [*a{k - 1}, *a{k - 1}]\n" for k in range(1, 40))
    text += "title_zh: *a39\ntreatment: {rule: *a39}\n"
    found = refused(tmp_path, text)
    assert all(len(f.text("en")) < 500 for f in found)


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
        lambda inner: (
            st.dictionaries(
                st.sampled_from(["treatment", "normalisation", "missing", "rule", "lower", "x"]),
                inner,
                max_size=4,
            )
            | st.lists(inner, max_size=3)
        ),
        max_leaves=12,
    )
)
def test_a_fuzzed_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: object
) -> None:
    import yaml

    path = tmp_path_factory.mktemp("fuzz") / "m.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    try:
        read_method(path)
    except InputError as error:
        for finding in error.findings:
            assert finding.text("en") and finding.text("zh")
