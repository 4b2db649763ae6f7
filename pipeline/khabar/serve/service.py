"""One worker thread around the pipeline, with a bounded queue before it."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from starlette.exceptions import HTTPException

from khabar.document import Article, Document
from khabar.errors import KhabarError
from khabar.pipeline import Pipeline
from khabar.serve.limits import Limits
from khabar.serve.metrics import Metrics

T = TypeVar("T")
# seconds, in the header that says so
_LATER = {"Retry-After": "5"}
_LOG = logging.getLogger("uvicorn.error")


class Service:
    """Reads articles one after the other, so that a hundred clients take no more memory than one."""

    def __init__(self, pipeline: Pipeline, limits: Limits, metrics: Metrics) -> None:
        self._pipeline, self.limits, self._metrics = pipeline, limits, metrics
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="khabar")
        # the article that is read, and those that wait
        self._places = threading.BoundedSemaphore(limits.waiting + 1)

    async def read(self, article: Callable[[], Article], show: Callable[[Document], T]) -> T:
        """Return what `show` makes of the document; `article` and `show` run on the worker thread, too.

        Raises:
            HTTPException: the text is empty or too long (422, 413), the line is full (503), time is up (504), or
                reading failed for a reason that the log has (500).
        """
        try:
            async with asyncio.timeout(self.limits.seconds):
                return await asyncio.wrap_future(self._submit(lambda: self._work(article, show)))
        except TimeoutError as error:
            raise HTTPException(504, f"the text was not read within {self.limits.seconds:g} seconds") from error
        except KhabarError as error:
            raise HTTPException(422, " ".join(str(error).split())) from error
        except HTTPException:
            raise
        except Exception as error:
            _LOG.exception("an article could not be read")
            raise HTTPException(500, "the text could not be read; the server's log says why") from error

    def close(self) -> None:
        """Finish the article that is read, and drop those that wait."""
        self._pool.shutdown(cancel_futures=True)

    def _submit(self, job: Callable[[], T]) -> Future[T]:
        if not self._places.acquire(blocking=False):
            raise HTTPException(503, f"{self.limits.waiting} texts wait already; try again soon", _LATER)
        future = self._pool.submit(job)
        self._metrics.held.inc()
        future.add_done_callback(self._leave)
        return future

    def _leave(self, _: Future[T]) -> None:
        self._metrics.held.dec()
        self._places.release()

    def _work(self, article: Callable[[], Article], show: Callable[[Document], T]) -> T:
        item = article()
        if not item.text.strip():
            raise HTTPException(422, "the text is empty")
        if len(item.text) > self.limits.characters:
            raise HTTPException(
                413, f"the text has {len(item.text)} characters, at most {self.limits.characters} are read"
            )
        with self._metrics.seconds.time():
            document = next(self._pipeline.stream([item]))
        self._metrics.characters.inc(len(item.text))
        return show(document)
