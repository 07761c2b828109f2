"""Environment, layout and imports: what must be in step, and what must not be there."""

from __future__ import annotations

import ast
import csv
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from analysis import __version__

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# Where conda-forge has another name for a package.
CONDA_NAMES = {"brotli-python": "brotli"}
# In no lock: Python and its installer, what only conda has, and the editor.
ONLY_CONDA = {"python", "pip", "quarto", "jupyterlab"}
WINGS = ("core", "zones", "reporting")


def declared() -> dict[str, Requirement]:
    """Runtime, development and build requirements of pyproject.toml, by name."""
    extras = PROJECT["project"]["optional-dependencies"]
    words = PROJECT["project"]["dependencies"] + extras["dev"] + PROJECT["build-system"]["requires"]
    return {canonicalize_name(r.name): r for r in map(Requirement, words)}


def locked() -> list[tuple[Requirement, list[str]]]:
    """Every pinned package of the lock with its hashes."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    pins = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            pin, *hashes = line.split("--hash=")
            pins.append((Requirement(pin.strip()), [h.strip() for h in hashes]))
    return pins


def tracked() -> list[Path]:
    """Files that git tracks, or would after the next commit."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


def modules() -> list[Path]:
    return sorted((ROOT / "analysis").rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Names of the modules that a file imports, wherever in it."""
    return names_of(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def names_of(nodes: Iterable[ast.AST]) -> set[str]:
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(f"{alias.name}." for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def test_every_declared_package_is_locked_in_a_version_it_allows() -> None:
    versions: dict[str, set[str]] = {}
    for pin, _ in locked():
        (spec,) = pin.specifier
        assert spec.operator == "==", pin
        versions.setdefault(canonicalize_name(pin.name), set()).add(spec.version)
    for name, requirement in declared().items():
        assert name in versions, f"{name} is not in requirements.lock: make lock"
        assert all(requirement.specifier.contains(v) for v in versions[name]), name


def test_one_version_of_a_package_for_every_python() -> None:
    names = [canonicalize_name(pin.name) for pin, _ in locked()]
    assert sorted(names) == sorted(set(names))


def test_every_pin_has_hashes() -> None:
    pins = locked()
    assert len(pins) > 50
    for pin, hashes in pins:
        assert hashes, pin
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", h) for h in hashes), pin


def test_the_environment_has_the_locked_versions() -> None:
    from importlib.metadata import version

    here = default_environment()
    if sys.prefix != str(ROOT / ".venv"):
        pytest.skip("not run in .venv")
    for pin, _ in locked():
        if pin.marker is None or pin.marker.evaluate(here):
            assert pin.specifier.contains(version(pin.name), prereleases=True), pin


def test_conda_environment_is_in_step() -> None:
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    words = [word for word in listed if isinstance(word, str)]
    pip = next(entry["pip"] for entry in listed if isinstance(entry, dict))
    assert "-e ." in pip
    found = {}
    for requirement in map(Requirement, [*words, *(word for word in pip if word != "-e .")]):
        name = canonicalize_name(requirement.name)
        found[CONDA_NAMES.get(name, name)] = requirement
    assert str(found["python"].specifier) == PROJECT["project"]["requires-python"]
    wanted = declared()
    assert set(found) - ONLY_CONDA == set(wanted)
    for name, requirement in wanted.items():
        assert found[name].specifier == requirement.specifier, name


def test_every_import_of_the_package_is_declared() -> None:
    distributions = {"yaml": "pyyaml", "fontTools": "fonttools", "pypandoc": "pypandoc-binary"}
    runtime = {
        canonicalize_name(Requirement(word).name) for word in PROJECT["project"]["dependencies"]
    }
    # Of an extra, and so imported only where it is asked for.
    extra = {
        canonicalize_name(Requirement(word).name)
        for word in PROJECT["project"]["optional-dependencies"]["dask"]
    }
    used = set()
    for path in modules():
        for name in imported(path):
            top = name.split(".")[0]
            if top not in sys.stdlib_module_names and top != "analysis":
                used.add(canonicalize_name(distributions.get(top, top)))
        tree = ast.parse(path.read_text(encoding="utf-8"))
        heads = {name.split(".")[0] for name in names_of(tree.body)}
        assert not heads & extra, path
    assert extra <= used <= runtime | extra, used - runtime
    # What nothing imports is started as a process, is loaded by another (fontTools writes
    # WOFF2 with brotli), or is not needed.
    assert runtime - used <= {"ipykernel", "brotli"}, runtime - used


def test_no_registry_or_workplace_is_named() -> None:
    # Put together here, so that this file does not name them either.
    hosts = ["pypi" + ".org", "python" + "hosted", "registry." + "npmjs", "debian" + ".org/"]
    hosts += ["/opt/" + "pypi", "/opt/" + "wheels", "--extra-" + "index-url", "--find-" + "links "]
    for path in tracked():
        if path.suffix in {".png", ".parquet", ".woff2", ".xlsx", ".gz"}:
            continue
        text = path.read_text(encoding="utf-8", errors="replace").lower()
        assert not [host for host in hosts if host in text], path


def test_notebooks_are_kept_without_outputs() -> None:
    paths = [path for path in tracked() if path.suffix == ".ipynb"]
    assert any(path.parent == ROOT / "notebooks" for path in paths)
    for path in paths:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        assert (notebook["nbformat"], notebook["nbformat_minor"]) >= (4, 5), path
        ids = [cell["id"] for cell in notebook["cells"]]
        assert len(ids) == len(set(ids)), path
        assert notebook["metadata"]["kernelspec"]["name"] == "python3", path
        for cell in notebook["cells"]:
            assert not {"papermill", "execution"} & set(cell["metadata"]), path
            if cell["cell_type"] == "code":
                assert cell["outputs"] == [] and cell["execution_count"] is None, path


def test_imports_run_one_way() -> None:
    for path in modules():
        wing = path.relative_to(ROOT / "analysis").parts[0]
        forbidden = WINGS[WINGS.index(wing) + 1 :] if wing in WINGS else WINGS
        for name in imported(path):
            parts = name.split(".")
            assert parts[0] != "analysis" or parts[1] not in forbidden, (path, name)


def test_the_core_has_never_heard_of_zones() -> None:
    for path in (ROOT / "analysis" / "core").glob("[!_]*.py"):
        text = path.read_text(encoding="utf-8").lower()
        assert not re.search(r"mofcom|etdz|\bzones?\b|经开", text), path


def test_nothing_is_evaluated() -> None:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                function = node.func
                name = getattr(function, "id", getattr(function, "attr", ""))
                assert name not in {"eval", "exec", "query"}, (path, node.lineno)


def test_texts_have_both_languages_and_values_in_both_or_in_neither() -> None:
    seen: set[str] = set()
    for path in sorted((ROOT / "analysis" / "texts").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                assert None not in row and None not in row.values(), row["key"]
                assert row["key"] not in seen, row["key"]
                seen.add(row["key"])
                zh, en = (set(re.findall(r"\{(\w+)", row[lang])) for lang in ("zh", "en"))
                assert bool(zh) == bool(en), row["key"]
                assert row["zh"] and row["en"], row["key"]
    assert len(seen) > 100


def program(folder: Path, name: str, *lines: str) -> Path:
    """Write a small program that stands in for one of the machine's."""
    path = folder / name
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (None, "Install Python 3.11 or newer"),
        (('[ "$1" = -V ] && echo Python 3.9.2 && exit 0', "exit 1"), "is Python 3.9.2; 3.11"),
        (('case "$2" in *ensurepip*) exit 1;; esac', "exit 0"), "apt-get install python3-venv"),
    ],
)
def test_make_says_what_is_missing(
    lines: tuple[str, ...] | None, said: str, tmp_path: Path
) -> None:
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    python = program(tmp_path, "python", *lines) if lines else tmp_path / "nowhere"
    done = subprocess.run(
        ["make", "env", f"PYTHON={python}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert said in done.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(("there", "code"), [((), 0), (("chromium",), 3)])
def test_ci_installs_what_is_missing_and_ends_as_make_does(
    there: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    called = tmp_path / "called"
    for name in ("apt-get", "make"):
        ending = f"exit {code}" if name == "make" else "exit 0"
        program(tmp_path, name, f'echo "{name} $* CI=$CI" >> {called}', ending)
    program(tmp_path, "id", "echo 0")
    program(tmp_path, "dirname", f"echo {ROOT / '.ci'}")
    for name in there:
        program(tmp_path, name, "exit 0")
    bash = shutil.which("bash")
    assert bash
    done = subprocess.run(
        [bash, str(ROOT / ".ci" / "run")], env={"PATH": str(tmp_path)}, check=False
    )
    assert done.returncode == code
    lines = called.read_text().splitlines()
    assert lines[-1] == "make --no-print-directory test CI=true"
    install = next(line for line in lines if " install " in line)
    assert "chromium-driver poppler-utils" in install
    assert (" chromium " in install) == ("chromium" not in there)


def test_one_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert str(citation["version"]) == __version__


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_readme_names_only_files_commands_and_options_there_are(name: str) -> None:
    from analysis.reporting.cli import jingkai

    text = (ROOT / name).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / link).exists(), link
    known = {
        flag for command in jingkai.commands.values() for p in command.params for flag in p.opts
    }
    known |= {"--help", "--version", "--debug"}
    lines = [line for line in text.splitlines() if "jingkai " in line]
    used = {flag for line in lines for flag in re.findall(r"(?<![\w-])--[a-z-]+", line)}
    assert used and used <= known, used - known
    commands = set(re.findall(r"(?:`|bin/)jingkai ([a-z]+)", "\n".join(lines)))
    assert commands <= set(jingkai.commands), commands - set(jingkai.commands)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"\bmake ([a-z]+)\b", text)) <= targets
