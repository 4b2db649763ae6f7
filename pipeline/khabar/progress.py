"""Progress of a run on standard error, and its documents on standard output."""

import time
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from khabar.batch import Summary
from khabar.document import Document
from khabar.errors import printable
from khabar.show.terminal import print_document
from khabar.sources import Rejected


class Reporter:
    """Counts articles on a terminal's standard error; prints notices, rejections and, if asked, each document."""

    def __init__(self, *, documents: bool) -> None:
        self._documents, self._started = documents, time.perf_counter()
        self._err = Console(stderr=True, highlight=False)
        self._out = Console(highlight=False)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=self._err, transient=True, disable=not self._err.is_terminal)
        self._task = self._progress.add_task("articles", total=None)

    def __enter__(self) -> "Reporter":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    @property
    def seconds(self) -> float:
        """Return for how long it reports."""
        return time.perf_counter() - self._started

    def notice(self, message: str) -> None:
        """Say what a user should know."""
        self._say(message, "yellow")

    def seen(self, item: Document | Rejected) -> None:
        """Count an article, and show it or why it was rejected."""
        self._progress.advance(self._task)
        if isinstance(item, Rejected):
            self._say(str(item), "red")
        elif self._documents:
            print_document(item, self._out)

    def part(self, summary: Summary, rejected: Sequence[str]) -> None:
        """Count a part's articles, and show why others were rejected."""
        self._progress.advance(self._task, summary.articles + len(rejected))
        for reason in rejected:
            self._say(reason, "red")

    def _say(self, message: str, style: str) -> None:
        self._err.print(printable(message), style=style, markup=False, soft_wrap=True)
