"""Where draws are computed: the same bytes in one process, several, and on a cluster in trouble."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import small

from analysis.core.findings import Finding, InputError
from analysis.core.method import Method
from analysis.core.uncertainty.draws import backend
from analysis.core.uncertainty.draws.backend import AHEAD, mapper
from analysis.core.uncertainty.draws.run import run_study
from analysis.core.uncertainty.draws.study import Study, open_study
from analysis.core.uncertainty.indices.sobol import sobol_study
from analysis.core.uncertainty.methods.method_space import read_method_space

PATIENCE = 120.0  # seconds, for a machine with much else to do
ITEMS = range(30)  # more than two workers may be ahead


def batch(number: int) -> np.ndarray:
    """A batch of draws in small: its own seed, and a product that BLAS spreads over threads."""
    rng = np.random.default_rng([7, number])
    return rng.random((1000, 30)) @ rng.random((30, 230))


def refuse(number: int) -> int:
    if number == 3:
        raise InputError([Finding("error", "backend.workers", {"given": number})])
    return number


def waited_for(there: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def expected() -> list[bytes]:
    with mapper() as run:
        return [result.tobytes() for result in run(batch, ITEMS)]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_processes_give_the_bytes_of_one(workers: int, expected: list[bytes]) -> None:
    with mapper("loky", workers) as run:
        assert [result.tobytes() for result in run(batch, ITEMS)] == expected
        # the same processes serve again, and items may be none
        assert list(run(batch, [])) == []
        assert [result.tobytes() for result in run(batch, [5])] == [expected[5]]


@pytest.mark.parametrize(("backend", "workers"), [("serial", None), ("loky", 2)])
def test_no_more_is_taken_than_is_asked_for(backend: str, workers: int | None) -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(1_000_000):
            taken.append(number)
            yield number

    with mapper(backend, workers) as run:
        results = run(abs, items())
        assert taken == []
        assert [next(results) for _ in range(3)] == [0, 1, 2]
        results.close()
        assert len(taken) <= 3 + AHEAD * (workers or 1)
        assert list(run(abs, [-4])) == [4]


@pytest.mark.parametrize(("backend", "workers"), [("serial", None), ("loky", 2)])
def test_problems_come_home_with_their_findings(backend: str, workers: int | None) -> None:
    with (
        pytest.raises(InputError, match="1 or more, not 3") as caught,
        mapper(backend, workers) as run,
    ):
        list(run(refuse, range(6)))
    assert caught.value.findings == (Finding("error", "backend.workers", {"given": 3}),)


def test_a_process_that_dies_is_told() -> None:
    with mapper("loky", 2) as run, pytest.raises(InputError, match="ended before its time"):
        list(run(os._exit, [1, 1]))


def test_findings_are_pickled_whole() -> None:
    bare = Finding("note", "backend.no_dask")
    again = pickle.loads(pickle.dumps(InputError([bare])))
    assert again.findings == (bare,)
    assert "pip install" in str(again)


def test_choices_that_contradict_each_other_are_all_named() -> None:
    with pytest.raises(InputError) as caught, mapper("threads", 0, "tcp://127.0.0.1:1"):
        pass
    codes = [finding.code for finding in caught.value.findings]
    assert codes == ["backend.unknown", "backend.workers", "backend.scheduler", "backend.both"]
    assert "serial, loky, dask" in str(caught.value)


def test_without_dask_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match="pip install distributed"), mapper("dask"):
        pass


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://x", "127.0.0.1:not-a-port"])
def test_a_scheduler_out_of_reach(address: str) -> None:
    with (
        pytest.raises(InputError, match="cannot be reached") as caught,
        mapper("dask", scheduler=address, timeout=1.0),
    ):
        pass
    assert address in str(caught.value)


@pytest.fixture(scope="module")
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that a test starts: ended, by their own ids, whatever becomes of the test."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in reversed(started):
        process.kill()
        process.wait(PATIENCE)


def start(started: list[subprocess.Popen[bytes]], folder: Path, *words: str) -> int:
    """Start a part of a cluster on the loopback address; return its process id."""
    log = (folder / f"{len(started)}.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *words, "--no-dashboard", "--host", "127.0.0.1"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},  # where batch() is found
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    log.close()
    started.append(process)
    return process.pid


@pytest.fixture(scope="module")
def scheduler(
    processes: list[subprocess.Popen[bytes]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("cluster")
    start(processes, folder, "scheduler", "--port", "0", "--scheduler-file", "scheduler.json")
    return address_in(folder), folder


def address_in(folder: Path) -> str:
    """Return the address that a scheduler wrote down."""
    path = folder / "scheduler.json"
    waited_for(lambda: path.exists() and path.read_text().rstrip().endswith("}"), "the scheduler")
    return json.loads(path.read_text())["address"]


def test_a_cluster_without_workers(scheduler: tuple[str, Path]) -> None:
    address, _ = scheduler
    with (
        pytest.raises(InputError, match=f"dask worker {address}"),
        mapper("dask", scheduler=address, timeout=1.0),
    ):
        pass


def test_nothing_is_collected_while_a_client_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    import distributed

    stopped = []

    class Lost:
        """A client that could not connect: it holds itself, and stops when it is collected."""

        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            stopped.append(True)

    def client(address: str, **_: object) -> str:
        assert stopped and not gc.isenabled()
        if address == "nobody":
            raise OSError
        return address

    monkeypatch.setattr(distributed, "Client", client)
    for address in ("somebody", "nobody"):
        stopped.clear()
        Lost()
        with contextlib.suppress(OSError):
            assert backend._client(address, 1.0) == "somebody"
        assert gc.isenabled()


def study_in(folder: Path) -> Study:
    """Return a study of weights and methods, of thirty batches."""
    framework = small.flat(folder, "x y z")
    rng = np.random.default_rng(3)
    units = [f"u{number:02d}" for number in range(40)]
    panel = small.panel({item: rng.random(40) for item in framework.items}, 2020, units)
    methods = read_method_space({"normalisation": ["base", "zscore"]}, framework, Method())
    return replace(open_study(panel, framework, Method(), 2020, methods=methods), batch=50)


def test_one_of_two_workers_is_killed_in_the_middle_of_a_study(
    scheduler: tuple[str, Path], processes: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    address, folder = scheduler
    worker = ("worker", address, "--no-nanny", "--nthreads", "1")
    workers = {start(processes, folder, *worker), start(processes, folder, *worker)}
    held, killed = tmp_path / "held", tmp_path / "killed"
    ran: list[int] = []

    def holding(function: Callable[[int], object]) -> Callable[[int], tuple[int, object]]:
        def task(number: int) -> tuple[int, object]:
            if number == 7 and not killed.exists():
                # Holds its worker until that is killed; computed anew, it goes through.
                held.with_suffix(".new").write_text(str(os.getpid()))
                held.with_suffix(".new").replace(held)
                time.sleep(PATIENCE)
            return os.getpid(), function(number)

        return task

    def kill() -> None:
        waited_for(held.exists, "the task that holds a worker")
        victim = int(held.read_text())
        killed.touch()
        next(process for process in processes if process.pid == victim).kill()

    study = study_in(tmp_path)
    with mapper("dask", scheduler=address, timeout=PATIENCE) as run:

        def watched(function: Callable[[int], object], items: Iterable[int]) -> Iterator[object]:
            for process, result in run(holding(function), items):
                ran.append(process)
                yield result

        waited_for(lambda: len(workers_of(address)) == 2, "two workers")
        killer = threading.Thread(target=kill)
        killer.start()
        ours = run_study(study, 1500, map=watched)
        killer.join()
        # and on with the worker that is left
        indices = sobol_study(study, 512, map=run).table
        assert len(workers_of(address)) == 1
    (survivor,) = workers - {int(held.read_text())}
    assert len(ran) == 30
    # What the killed worker held came of the other, not of this process.
    assert ran[7] == survivor
    assert set(ran) <= workers
    serial = run_study(study, 1500)
    for name in ("intervals", "acceptability", "pairwise"):
        assert getattr(ours, name).to_csv() == getattr(serial, name).to_csv()
    assert indices.to_csv() == sobol_study(study, 512).table.to_csv()


def test_a_reader_of_a_cluster_may_stop_early(
    scheduler: tuple[str, Path], processes: list[subprocess.Popen[bytes]], expected: list[bytes]
) -> None:
    address, folder = scheduler
    if not workers_of(address):
        start(processes, folder, "worker", address, "--no-nanny", "--nthreads", "1")
    with mapper("dask", scheduler=address, timeout=PATIENCE) as run:
        results = run(batch, iter(range(1_000_000)))
        assert [next(results).tobytes() for _ in range(2)] == expected[:2]
        results.close()
        assert [result.tobytes() for result in run(batch, [5])] == [expected[5]]


def test_a_cluster_of_this_machine_is_started_and_ended(expected: list[bytes]) -> None:
    with mapper("dask", 1, timeout=PATIENCE) as run:
        assert [result.tobytes() for result in run(batch, range(3))] == expected[:3]


def test_a_cluster_that_ends_is_told(tmp_path: Path) -> None:
    started: list[subprocess.Popen[bytes]] = []
    start(started, tmp_path, "scheduler", "--port", "0", "--scheduler-file", "scheduler.json")
    try:
        address = address_in(tmp_path)
        start(started, tmp_path, "worker", address, "--no-nanny", "--nthreads", "1")
        with mapper("dask", scheduler=address, timeout=PATIENCE) as run:
            results = run(batch, ITEMS)
            next(results)
            started[0].kill()
            with pytest.raises(InputError, match="was lost"):
                list(results)
    finally:
        for process in reversed(started):
            process.kill()
            process.wait(PATIENCE)


def workers_of(address: str) -> list[str]:
    from distributed import Client

    with Client(address, timeout=PATIENCE, set_as_default=False) as client:
        return list(client.nthreads())


def test_workers_with_other_versions_are_refused(
    scheduler: tuple[str, Path],
    processes: list[subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, folder = scheduler
    if not workers_of(address):
        start(processes, folder, "worker", address, "--no-nanny", "--nthreads", "1")
    monkeypatch.setattr("analysis.core.uncertainty.draws.backend.__version__", "0.0.0")
    with (
        pytest.raises(InputError, match=r"this process jingkai 0\.0\.0"),
        mapper("dask", scheduler=address, timeout=PATIENCE),
    ):
        pass


def test_the_command_on_a_cluster_that_loses_a_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from analysis.reporting import cli

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    rng = np.random.default_rng(5)
    rows = [f"u{number:02d},{a:.3f},{b:.3f}" for number, (a, b) in enumerate(rng.random((30, 2)))]
    Path("panel.csv").write_text("\n".join(["unit,a,b", *rows, ""]))
    Path("framework.csv").write_text(
        "code,parent,name_zh,name_en,weight,direction,unit,evidence,source\n"
        "i,,,,,,,,\na,i,,,1,1,,,\nb,i,,,2,1,,,\n"
    )
    given = ["--panel=panel.csv", "--framework=framework.csv", "--method=minmax", "--year=2023"]
    drawn = ["--draws=60000", "--tolerance=0", "--sobol=1024", "--no-bounds", "--lang=en"]

    def run(out: str, *where: str) -> dict[str, bytes]:
        assert cli.main(["uncertainty", *given, *drawn, f"--out={out}", *where]) == 0
        found = (path for path in sorted(Path(out).rglob("*")) if path.is_file())
        return {str(path.relative_to(out)): path.read_bytes() for path in found}

    started: list[subprocess.Popen[bytes]] = []
    try:
        start(started, tmp_path, "scheduler", "--port", "0", "--scheduler-file", "scheduler.json")
        address = address_in(tmp_path)
        for _ in range(2):
            start(started, tmp_path, "worker", address, "--no-nanny", "--nthreads", "1")
        waited_for(lambda: len(workers_of(address)) == 2, "two workers")
        victim = started[-1]

        def kill() -> None:
            from distributed import Client

            with Client(address, timeout=PATIENCE, set_as_default=False) as client:
                waited_for(lambda: all(client.has_what().values()), "results of both workers")
            victim.kill()

        killer = threading.Thread(target=kill)
        killer.start()
        on_cluster = run("cluster", "--backend=dask", f"--scheduler={address}")
        killer.join()
        assert victim.wait(PATIENCE) != 0
        assert len(workers_of(address)) == 1
    finally:
        for process in reversed(started):
            process.kill()
            process.wait(PATIENCE)
    alone = run("alone")
    assert "rank_intervals.csv" in alone
    assert on_cluster == alone
