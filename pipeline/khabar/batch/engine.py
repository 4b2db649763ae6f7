"""Parts through a function, here or in worker processes."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from typing import TypeVar

from khabar.batch.work import Part
from khabar.errors import KhabarError

T = TypeVar("T")
# so often in a row may workers die before a run gives up
_DEATHS = 3


def run(work: Callable[[Part], T], parts: Iterator[Part], workers: int, notice: Callable[[str], None]) -> Iterator[T]:
    """Yield `work(part)` for each part, in their order; at most two parts for each worker are held.

    Args:
        work: can be pickled if there are several workers, and may be called again for a part whose worker died.
        parts: the parts.
        workers: processes; with one, all happens in this process.
        notice: told of workers that died.

    Raises:
        KhabarError: workers die again and again.
    """
    if workers == 1:
        yield from map(work, parts)
        return
    pool = _Pool(workers)
    waiting: deque[tuple[Part, Future[T]]] = deque()
    deaths = 0
    try:
        while True:
            try:
                while len(waiting) < 2 * workers and (part := next(parts, None)):
                    waiting.append((part, pool.submit(work, part)))
                if not waiting:
                    return
                result = waiting[0][1].result()
            except BrokenProcessPool as error:
                deaths += 1
                if deaths > _DEATHS:
                    remedy = "try fewer --workers; the same command goes on where a folder of output stopped"
                    raise KhabarError(f"workers died {deaths} times in a row", remedy=remedy) from error
                notice("a worker died, perhaps for want of memory; its parts are done again")
                pool.stop()
                pool = _Pool(workers)
                waiting = deque((p, f if _succeeded(f) else pool.submit(work, p)) for p, f in waiting)
                continue
            deaths = 0
            waiting.popleft()
            yield result
    finally:
        pool.stop()


def _succeeded(future: "Future[T]") -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


class _Pool:
    """Processes that end when this one does, however it ends."""

    def __init__(self, workers: int) -> None:
        context = multiprocessing.get_context("spawn")
        # nothing is ever written: the pipe breaks when this process closes its end or dies
        reader, self._alive = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(workers, context, initializer=_attend, initargs=(reader,))

    def submit(self, work: Callable[[Part], T], part: Part) -> Future[T]:
        """Hand over a part; if the workers are dead already, the future says so."""
        try:
            return self._pool.submit(work, part)
        except BrokenProcessPool as error:
            future: Future[T] = Future()
            future.set_exception(error)
            return future

    def stop(self) -> None:
        """End the processes at once; their work is lost."""
        self._alive.close()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _attend(alive: Connection) -> None:
    # Ctrl-C reaches every process of a terminal; the first one decides
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(alive,), daemon=True).start()


def _end_with(alive: Connection) -> None:
    try:
        alive.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)
