"""Parts through a function in the actors of a Ray cluster.

Ray Data reads the input in one task, hands its parts to a pool of actors, holds the reader back while they are busy,
keeps the order, starts actors anew that died and gives them their part again. What it cannot tell is which part kills
every actor that touches it; a ledger in an actor of its own counts that.
"""

import logging
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import pyarrow
import ray
from ray.data import ActorPoolStrategy, DataContext
from ray.data.block import BlockMetadata
from ray.data.datasource import Datasource, ReadTask
from ray.exceptions import RayError

from khabar.batch.work import Input, Part, Work, loaded
from khabar.errors import KhabarError

T = TypeVar("T")
# so many workers may die of a part
_DEATHS = 3
_COLUMN = "content"


def run(work: Work[T], read: Input, workers: int, notice: Callable[[str], None]) -> Iterator[T]:
    """Yield `work(part)` for each part of what is read, in their order.

    The cluster is that of `RAY_ADDRESS`; without it, one is started on this machine and stopped in the end. What is
    read and written has the same path on all its machines.

    Args:
        work: may be called again for a part whose worker died, and refuses one that several workers died of.
        read: the input.
        workers: actors; each has a model, and is promised as many processors as the configuration has threads.
        notice: told of workers that died, and what a user should know of an article.

    Raises:
        KhabarError: nothing gets done since workers die, or the cluster fails.
    """
    threads = loaded(work.settings).config.threads
    try:
        with cluster(workers * threads):
            for batch in _results(work, read, workers, threads).iter_batches(batch_size=None, batch_format="pyarrow"):
                for content in batch[_COLUMN]:
                    outcome: _Outcome[T] = pickle.loads(content.as_py())
                    for message in outcome.messages:
                        notice(message)
                    if outcome.error:
                        raise outcome.error
                    yield from outcome.results
    except RayError as error:
        remedy = "the same command goes on where a folder of output stopped; --debug and Ray's logs say more"
        raise KhabarError(f"Ray: {str(error).splitlines()[0]}", remedy=remedy) from error


@contextmanager
def cluster(processors: int, **more: Any) -> Iterator[None]:
    """Join the cluster of `RAY_ADDRESS`, or start one; a program that is in one already stays in it.

    Args:
        processors: of one that is started here.
        more: what else it is given, as `ray.init` knows it.

    Raises:
        KhabarError: there is none, and none starts.
    """
    if ray.is_initialized():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    _join({"num_cpus": processors, "include_dashboard": False, **more})
    if threading.current_thread() is threading.main_thread():
        # Ray puts its own there, and a terminated run would have another exit code
        signal.signal(signal.SIGTERM, before)
    try:
        yield
    finally:
        ray.shutdown()


def _join(own: dict[str, Any]) -> None:
    # nothing about a run is told to anybody
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    address = os.environ.get("RAY_ADDRESS", "local")
    given = own if address == "local" else {}
    try:
        ray.init(address=address, logging_level=logging.ERROR, log_to_driver=False, **given)
    # Ray raises bare ones, too
    except Exception as error:
        remedy = "RAY_ADDRESS names a cluster; to start one here, Ray gives itself 30 s, which a busy machine exceeds"
        raise KhabarError(f"there is no Ray cluster: {error}", remedy=remedy) from error


def _results(work: Work[Any], read: Input, workers: int, threads: int) -> Any:
    """Return the dataset of outcomes, a row each."""
    # what goes wrong is raised, too
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    here = os.getcwd()
    ledger = ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1)(_Ledger).remote()
    context = DataContext.get_current().copy()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = True
    # every row becomes a block of its own: what is sent, done and tried again is a part
    context.target_max_block_size = 1
    pool = ActorPoolStrategy(
        size=workers,
        max_tasks_in_flight_per_actor=1,
        # so the work is done in the main thread, where the limit of an article's time is kept
        enable_true_multi_threading=True,
        max_concurrent_calls_per_actor=1,
    )
    with DataContext.current(context):
        # the reader waits most of the time, and must find room beside the workers
        rows = ray.data.read_datasource(_Parts(read, here), override_num_blocks=1, num_cpus=0)
        arguments = (work, ledger, here)
        return rows.map_batches(
            _Worker, batch_size=1, batch_format="pyarrow", fn_constructor_args=arguments, compute=pool, num_cpus=threads
        )


@dataclass(frozen=True, slots=True)
class _Read:
    """A part and what was noticed before it; no part where nothing is left or reading failed."""

    part: Part | None
    messages: tuple[str, ...]
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class _Outcome(Generic[T]):
    """The result of a part, or why there is none."""

    results: tuple[T, ...]
    messages: tuple[str, ...]
    error: Exception | None = None


class _Parts(Datasource):  # type: ignore[misc]
    """The parts of an input, a row each, read in one task since their numbers follow from what stands before."""

    def __init__(self, read: Input, here: str) -> None:
        super().__init__()
        self._read, self._here = read, here

    def estimate_inmemory_data_size(self) -> int | None:
        return None

    def get_read_tasks(self, parallelism: int, *_: Any, **__: Any) -> list[ReadTask]:
        unknown = BlockMetadata(num_rows=None, size_bytes=None, input_files=None, exec_stats=None)
        return [ReadTask(partial(_rows, self._read, self._here), unknown)]


def _rows(read: Input, here: str) -> Iterator[pyarrow.Table]:
    os.chdir(here)
    messages: list[str] = []
    try:
        for part in read.parts(messages.append):
            yield _row(_Read(part, tuple(messages)))
            messages.clear()
        yield _row(_Read(None, tuple(messages)))
    except Exception as error:
        yield _row(_Read(None, tuple(messages), error))


class _Worker:
    """An actor: does the work with one part after the other, with a model that is loaded once."""

    def __init__(self, work: Work[Any], ledger: Any, here: str) -> None:
        os.chdir(here)
        self._work, self._ledger = work, ledger

    def __call__(self, batch: pyarrow.Table) -> pyarrow.Table:
        given: _Read = pickle.loads(batch[_COLUMN][0].as_py())
        if given.part is None:
            return _row(_Outcome((), given.messages, given.error))
        messages = list(given.messages)
        try:
            result = self._done(given.part, messages)
        except Exception as error:
            # an error of the program or of the disk ends the run, as it does without Ray
            return _row(_Outcome((), tuple(messages), error))
        return _row(_Outcome((result,), tuple(messages)))

    def _done(self, part: Part, messages: list[str]) -> Any:
        tries, others = ray.get(self._ledger.begin.remote(part.number))
        if tries > 1:
            messages.append("a worker died, perhaps for want of memory; its part is done again")
        if tries <= _DEATHS:
            result = self._work(part)
        elif others:
            remedy = "give them more memory, and annotate it by itself"
            result = self._work.refuse(part, f"is in part {part.number}, of which {_DEATHS} workers died", remedy)
        else:
            remedy = "give them more memory; the same command goes on where a folder of output stopped"
            raise KhabarError(f"workers died {_DEATHS} times, and nothing was done meanwhile", remedy=remedy)
        ray.get(self._ledger.finish.remote(part.number))
        return result


class _Ledger:
    """How often each part that is not done was begun, and how many others were done since it first was."""

    def __init__(self) -> None:
        self._begun: dict[int, tuple[int, int]] = {}
        self._done = 0

    def begin(self, number: int) -> tuple[int, int]:
        tries, before = self._begun.get(number, (0, self._done))
        self._begun[number] = tries + 1, before
        return tries + 1, self._done - before

    def finish(self, number: int) -> None:
        self._begun.pop(number, None)
        self._done += 1


def _row(content: _Read | _Outcome[Any]) -> pyarrow.Table:
    return pyarrow.table({_COLUMN: pyarrow.array([pickle.dumps(content)], pyarrow.binary())})
