"""Where batches of draws are computed: in this process, in several, or on a cluster."""

from __future__ import annotations

import gc
import platform
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from itertools import islice
from typing import Any, Literal, Protocol, TypeVar, get_args

import joblib
import numpy as np
import scipy.linalg
from joblib.externals.loky import ProcessPoolExecutor
from threadpoolctl import ThreadpoolController, threadpool_limits

from analysis import __version__
from analysis.core.findings import Finding, InputError

Backend = Literal["serial", "loky", "dask"]
BACKENDS: tuple[str, ...] = get_args(Backend)
AHEAD = 8  # results that a worker may be ahead of their reader
CONNECT_SECONDS = 20.0
# The function goes to the cluster in one piece, which may hold the items of many variants.
LARGE = {"distributed.admin.large-graph-warning-threshold": "1GiB"}

A = TypeVar("A")
B = TypeVar("B")


class OrderedMap(Protocol):
    """``map`` of one sequence: results in the order of the items, as they are asked for."""

    def __call__(self, function: Callable[[A], B], items: Iterable[A], /) -> Iterator[B]:
        """Return the results one by one."""


@contextmanager
def mapper(
    backend: str = "serial",
    workers: int | None = None,
    scheduler: str | None = None,
    *,
    timeout: float = CONNECT_SECONDS,
) -> Iterator[OrderedMap]:
    """Open what computes a function of many items, and close it in the end.

    Parameters
    ----------
    backend : {"serial", "loky", "dask"}
        In this process; in processes of this machine (joblib's loky); on a Dask
        cluster.
    workers : int, optional
        Processes: by default as many as there are cores. Not where
        ``scheduler`` is given: a cluster has the workers it has.
    scheduler : str, optional
        Address of the cluster's scheduler, ``tcp://127.0.0.1:8786``; without
        one, ``dask`` starts a cluster of processes of this machine. Messages
        of a cluster are pickled Python: connect to one's own only.
    timeout : float
        Seconds to wait for the cluster and its first worker.

    Yields
    ------
    OrderedMap
        ``map(function, items)``. Results come in the order of the items, so
        what is made of them does not hang on the number of workers. At most
        eight items a worker are taken before their results are: neither
        results nor items pile up, and a reader who stops early leaves little
        behind. Linear algebra runs on one thread in all three, since its last
        digits depend on the number of threads.

    Raises
    ------
    InputError
        A word that is no backend, choices that contradict each other, Dask not
        installed, a cluster out of reach, without workers, or whose workers
        have other versions.

    Notes
    -----
    Where a worker of a cluster dies, its items are computed on another, and so
    is the function they share, which no worker alone holds.
    """
    _check(backend, workers, scheduler)
    if backend == "dask":
        with _connected(workers, scheduler, timeout) as client:
            yield partial(_on_cluster, client, timeout)
    elif backend == "loky" and (many := workers or joblib.cpu_count()) > 1:
        with ProcessPoolExecutor(many) as pool:
            yield partial(_in_processes, pool, many)
    else:
        yield serial


def one_thread() -> threadpool_limits:
    """Hold linear algebra to one thread, until what is returned is left as a context.

    The last digits of a product of matrices depend on how many threads share it.
    """
    return _linear_algebra().limit(limits=1, user_api="blas")


@cache
def _linear_algebra() -> ThreadpoolController:
    return ThreadpoolController()  # of NumPy and of scipy.linalg, both imported above


def serial(function: Callable[[A], B], items: Iterable[A], /) -> Iterator[B]:
    """Return the results of a function one by one, computed in this process on one thread."""
    for item in items:
        with one_thread():
            result = function(item)
        yield result


def _in_processes(
    pool: Any, workers: int, function: Callable[[A], B], items: Iterable[A], /
) -> Iterator[B]:
    # Not by joblib.Parallel, whose generators run ahead of their reader without a limit and,
    # closed early, leave results to the next one.
    submit = partial(pool.submit, _apply, function)
    for future in _in_order(submit, lambda: workers, items):
        try:
            yield future.result()
        except BrokenExecutor:
            raise InputError([_problem("broken")]) from None


def _on_cluster(
    client: Any, timeout: float, function: Callable[[A], B], items: Iterable[A], /
) -> Iterator[B]:
    # Not by joblib's backend for Dask, which computes here, not there, as soon as the
    # cluster is down to one core.
    # The function is the result of a task, not data laid down with a worker: where the
    # worker that holds it is lost, the task is done again.
    shared = client.submit(_itself, function, pure=False)
    submit = partial(client.submit, _apply, shared, pure=False)
    for future in _in_order(submit, lambda: _cores(client), items):
        yield _result(client, future, timeout)


def _in_order(
    submit: Callable[[A], Any], workers: Callable[[], int], items: Iterable[A]
) -> Iterator[Any]:
    """Submit items, a few ahead, and return their futures in order; cancel what is not read."""
    remaining = iter(items)
    waiting: deque[Any] = deque()
    try:
        while True:
            free = AHEAD * max(1, workers()) - len(waiting)
            waiting.extend(submit(item) for item in islice(remaining, max(0, free)))
            if not waiting:
                return
            yield waiting.popleft()
    finally:
        for future in waiting:
            future.cancel()


def _result(client: Any, future: Any, timeout: float) -> Any:
    """Wait for a result for as long as the cluster has workers."""
    from distributed.client import FutureCancelledError

    while True:
        try:
            return future.result(timeout=timeout)
        except FutureCancelledError:
            raise _lost(client) from None
        except TimeoutError:
            if future.done():  # the function's own
                raise
            if _cores(client) == 0:
                told = {"scheduler": client.scheduler.address, "seconds": f"{timeout:g}"}
                raise InputError([_problem("no_workers", **told)]) from None


def _cores(client: Any) -> int:
    try:
        return sum(client.nthreads().values())
    except OSError:
        raise _lost(client) from None


def _lost(client: Any) -> InputError:
    return InputError([_problem("lost", scheduler=client.scheduler.address)])


def _itself(function: A) -> A:
    return function


def _apply(function: Callable[[A], B], item: A) -> B:
    # For good: the process is a worker's, and its other threads may be at work.
    one_thread()
    return function(item)


def _check(backend: str, workers: int | None, scheduler: str | None) -> None:
    """Raise InputError with all that is wrong with the choices."""
    found = []
    if backend not in BACKENDS:
        found.append(_problem("unknown", given=str(backend)[:60], allowed=", ".join(BACKENDS)))
    if workers is not None and workers < 1:
        found.append(_problem("workers", given=workers))
    if scheduler is not None and backend != "dask":
        found.append(_problem("scheduler", scheduler=scheduler))
    if scheduler is not None and workers is not None:
        found.append(_problem("both", scheduler=scheduler, workers=workers))
    if found:
        raise InputError(found)


@contextmanager
def _connected(workers: int | None, scheduler: str | None, timeout: float) -> Iterator[Any]:
    """Connect to a cluster, or start one of this machine's processes."""
    try:
        import dask
        import distributed
    except ImportError:
        raise InputError([_problem("no_dask")]) from None
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(LARGE))
        address: Any = scheduler
        if scheduler is None:
            address = stack.enter_context(
                distributed.LocalCluster(
                    n_workers=workers or joblib.cpu_count(),
                    threads_per_worker=1,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                )
            )
        try:
            client = _client(address, timeout)
        except (OSError, ValueError, TypeError, RuntimeError) as reason:
            told = {"scheduler": scheduler, "reason": str(reason)[:200] or type(reason).__name__}
            raise InputError([_problem("no_scheduler", **told)]) from None
        stack.enter_context(client)
        try:
            client.wait_for_workers(1, timeout=timeout)
        except TimeoutError:
            told = {"scheduler": scheduler, "seconds": f"{timeout:g}"}
            raise InputError([_problem("no_workers", **told)]) from None
        _compare_versions(client)
        yield client


def _client(address: Any, timeout: float) -> Any:
    """Return a client of a cluster.

    One that could not connect stops its loop when it is collected. If that
    falls into the moment in which the next one starts its own, one thread
    waits for a lock of `distributed` that it holds itself, for ever. So what
    can be collected is, before, and nothing is meanwhile.
    """
    import distributed

    gc.collect()
    enabled = gc.isenabled()
    gc.disable()
    try:
        return distributed.Client(address, timeout=timeout, set_as_default=False)
    finally:
        if enabled:
            gc.enable()


def _compare_versions(client: Any) -> None:
    """Refuse workers with which the same draws might come out otherwise."""
    here = _versions()
    found = []
    for worker, there in sorted(client.run(_versions, on_error="return").items()):
        if there != here:
            shown = ", ".join(there) if isinstance(there, tuple) else str(there)[:200]
            told = {"worker": worker, "there": shown, "here": ", ".join(here)}
            found.append(_problem("versions", **told))
    if found:
        raise InputError(found)


def _versions() -> tuple[str, ...]:
    return (
        f"jingkai {__version__}",
        f"Python {platform.python_version()}",
        f"numpy {np.__version__}",
        f"scipy {scipy.__version__}",
    )


def _problem(code: str, /, **values: object) -> Finding:
    return Finding("error", f"backend.{code}", values)
