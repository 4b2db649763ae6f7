"""Parts through a function on a Ray cluster, by Ray Data, behind the interface of `khabar.batch.engine`.

The input is read here, as it always is, and parts are handed over through a queue, a few for each worker; so a part is
the same as in a local run, and nothing but the output's folder and the model need be seen by every machine.
"""

import logging
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from khabar.batch.work import Part
from khabar.errors import KhabarError, UsageError
from khabar.sources import Rejected

try:
    import pyarrow
    import ray
    from ray.data import ActorPoolStrategy, DataContext, Datasource, ReadTask, read_datasource
    from ray.data.block import BlockMetadata
    from ray.exceptions import RayError
    from ray.util.queue import Queue
except ImportError as missing:
    raise UsageError(f"--engine ray needs {missing.name}", remedy='pip install "khabar[ray]"') from missing

T = TypeVar("T")
# parts for each worker that may be held
_HELD = 4
# so often is a part given to a new worker, and so many parts in a row may fail before a run gives up
_RETRIES, _FAILURES = 2, 3


def run(
    work: Callable[[Part], T],
    parts: Iterator[Part],
    workers: int,
    notice: Callable[[str], None],
    *,
    threads: int = 1,
) -> Iterator[T]:
    """Yield `work(part)` for each part, in their order; at most four parts for each worker are held.

    The cluster is that of the environment's RAY_ADDRESS, or one started on this machine.

    Args:
        work: can be pickled, and may be called again for a part whose worker died.
        parts: the parts.
        workers: actors, each of which loads the model once.
        notice: told of workers that died.
        threads: processors that a worker takes.

    Raises:
        KhabarError: parts whose workers died again and again; all others have been yielded.
    """
    lost: list[Part] = []
    held: deque[Part] = deque()
    with _connected(workers * threads), _quiet():
        while True:
            try:
                yield from _stream(work, parts, workers, threads, held, notice)
                break
            except RayError:
                notice("workers died again and again; their parts are done once more, one at a time")
            # which of them it was shows when each is alone
            suspects = list(held)
            held.clear()
            failed = 0
            for part in suspects:
                try:
                    yield from _stream(work, iter([part]), 1, threads, deque(), notice)
                    failed = 0
                except RayError as error:
                    lost.append(part)
                    failed += 1
                    if failed == _FAILURES:
                        raise _lost(lost) from error
    if lost:
        raise _lost(lost)


def _lost(parts: list[Part]) -> KhabarError:
    listed = "".join(f"\n  part {p.number}: {_place(p.items[0])} to {_place(p.items[-1])}" for p in parts)
    remedy = "look at the cluster's memory; the same command goes on where a folder of output stopped"
    return KhabarError(f"{len(parts)} parts failed, their workers died:{listed}", remedy=remedy)


def _place(item: Any) -> str:
    if isinstance(item, Rejected):
        where, line = item.path, item.line
    else:
        where, line = str(item.meta.get("source", item.id)), item.meta.get("line")
    return where if line is None else f"{where}:{line}"


def _stream(
    work: Callable[[Part], T],
    parts: Iterator[Part],
    workers: int,
    threads: int,
    held: "deque[Part]",
    notice: Callable[[str], None],
) -> Iterator[T]:
    """Run one data set; `held` has the parts that are handed over and not yet yielded, also when it fails."""
    queue = Queue(actor_options={"num_cpus": 0})
    fed = _Feeding(queue, parts, held, _HELD * workers)
    # another number of processors than the workers', or Ray would read inside the only worker that gets a task
    source = read_datasource(_Parts(queue), override_num_blocks=1, ray_remote_args={"num_cpus": 0, "max_retries": 0})
    found = source.map(
        _Worker,
        fn_constructor_args=(work, os.getcwd()),
        # in the main thread of its process, which alone can limit an article's time
        compute=ActorPoolStrategy(size=workers, enable_true_multi_threading=True),
        num_cpus=threads,
        max_task_retries=_RETRIES,
    )
    results: dict[int, T] = {}
    restarted: set[int] = set()
    try:
        fed.more()
        for block in found.iter_batches(batch_size=None, prefetch_batches=0, batch_format="pyarrow"):
            for row in block.to_pylist():
                if row["restarted"] and row["restarted"] not in restarted:
                    restarted.add(row["restarted"])
                    notice("a worker died, perhaps for want of memory; its parts are done again")
                result = pickle.loads(row["result"])
                if row["failed"]:
                    raise result
                results[row["number"]] = result
                while held and held[0].number in results:
                    yield results.pop(held.popleft().number)
            fed.more()
    finally:
        queue.shutdown(force=True)


class _Feeding:
    """Hands parts over, at most `most` at a time."""

    def __init__(self, queue: Any, parts: Iterator[Part], held: "deque[Part]", most: int) -> None:
        self._queue, self._parts, self._held, self._most, self._ended = queue, parts, held, most, False

    def more(self) -> None:
        """Fill up."""
        while not self._ended and len(self._held) < self._most:
            part = next(self._parts, None)
            if part is None:
                self._ended = True
                self._queue.put(None)
                return
            self._held.append(part)
            self._queue.put((part.number, pickle.dumps(part)))


class _Parts(Datasource):  # type: ignore[misc]
    """One task that gives each part as a block, when it comes."""

    def __init__(self, queue: Any) -> None:
        super().__init__()
        self._queue = queue

    def estimate_inmemory_data_size(self) -> int | None:
        """Return nothing: nobody knows how much will come."""
        return None

    def get_read_tasks(self, parallelism: int, *_: Any, **__: Any) -> list[Any]:
        """Return the task."""
        queue = self._queue

        def read() -> Iterator[Any]:
            while (row := queue.get()) is not None:
                yield pyarrow.table({"number": [row[0]], "part": [row[1]]})

        return [ReadTask(read, BlockMetadata(num_rows=None, size_bytes=None, exec_stats=None, input_files=None))]


class _Worker:
    """An actor: does parts one after the other, in the folder where the run was started if its machine has it."""

    def __init__(self, work: Callable[[Part], Any], folder: str) -> None:
        if os.path.isdir(folder):
            os.chdir(folder)
        self._work = work
        self._restarted = os.getpid() if ray.get_runtime_context().was_current_actor_reconstructed else 0

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        try:
            result, failed = self._work(pickle.loads(row["part"])), False
        except Exception as error:
            # it comes out of the run as it would of a local one
            result, failed = error, True
        return {
            "number": row["number"],
            "result": pickle.dumps(result),
            "failed": failed,
            "restarted": self._restarted,
        }


@contextmanager
def _connected(processors: int) -> Iterator[None]:
    """Connect to the cluster, unless this process already has one."""
    if ray.is_initialized():
        yield
        return
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if not os.environ.get("RAY_ADDRESS"):
        count = max(processors, os.cpu_count() or 1)
        options |= {"address": "local", "num_cpus": count, "include_dashboard": False}
    # Ray takes this signal for itself
    main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGTERM)
    ray.init(**options)
    if main:
        signal.signal(signal.SIGTERM, before)
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def _quiet() -> Iterator[None]:
    """Let Ray Data cut its blocks a part each, and be silent."""
    context = DataContext.get_current()
    before = context.target_max_block_size, context.enable_progress_bars
    context.target_max_block_size, context.enable_progress_bars = 1, False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    try:
        yield
    finally:
        context.target_max_block_size, context.enable_progress_bars = before
