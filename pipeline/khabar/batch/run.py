"""One run: articles in, documents out, and what could not be read beside them."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Literal, TypeVar

from khabar.batch import engine as local
from khabar.batch.folder import QUARANTINE, Folder, WritePart
from khabar.batch.identity import identity
from khabar.batch.output import STDOUT, Output, Target, WholeFile
from khabar.batch.work import Annotate, Input, Result, Settings, Summary, Work, loaded
from khabar.errors import KhabarError
from khabar.sources import Rejected, Source

T = TypeVar("T")
Engine = Literal["local", "ray"]
Seen = Callable[[Result], None]
Notice = Callable[[str], None]


def annotate(
    settings: Settings,
    sources: Sequence[Source],
    targets: Sequence[Target] = (),
    *,
    date: str | None = None,
    engine: Engine = "local",
    workers: int = 1,
    seen: Seen = lambda _: None,
    notice: Notice = lambda _: None,
) -> Summary:
    """Write a document for each article to every file, in the order of the articles.

    What cannot be read is listed in `FILE.quarantine.jsonl` beside the first file; an article that fails never stops
    the others.

    Args:
        settings: of the pipeline.
        sources: of `khabar.sources.find`.
        targets: files or standard output.
        date: when articles that do not say so were published.
        engine: processes of this machine, or a Ray cluster, which needs `khabar[ray]`.
        workers: processes.
        seen: told of every document and every rejected input, in order.
        notice: told what a user should know.

    Raises:
        KhabarError: workers die again and again, or Ray is not there.
    """
    # whatever was loaded for an earlier run may have changed on the disk
    loaded.cache_clear()
    # a model that cannot be loaded is told before an output is touched
    pipeline = loaded(settings)
    summary = Summary()
    files = [t.path for t in targets if t.name != STDOUT]
    with ExitStack() as stack:
        outputs = [stack.enter_context(Output(target)) for target in targets]
        quarantine = stack.enter_context(_Quarantine(files[0])) if files else None
        read = Input(sources, date, pipeline.config.batch, pipeline.config.limits)
        for results in _run(engine, Annotate(settings), read, workers, notice):
            for result in results:
                summary.add(result)
                seen(result)
                if not isinstance(result, Rejected):
                    for output in outputs:
                        output.add(result)
                elif quarantine:
                    quarantine.add(result)
    return summary


def annotate_folder(
    settings: Settings,
    sources: Sequence[Source],
    target: Target,
    *,
    date: str | None = None,
    engine: Engine = "local",
    workers: int = 1,
    seen: Callable[[Summary, Sequence[str]], None] = lambda *_: None,
    notice: Notice = lambda _: None,
) -> Summary:
    """Write a document for each article into a folder of parts, or go on in it; see `khabar.batch.folder`.

    Args:
        settings: of the pipeline.
        sources: of `khabar.sources.find`, but for standard input.
        target: the folder.
        date: when articles that do not say so were published.
        engine: processes of this machine, or a Ray cluster, which needs `khabar[ray]`.
        workers: processes.
        seen: told what a part did, and what of it could not be read and why.
        notice: told what a user should know.

    Raises:
        UsageError: the folder holds something else.
        KhabarError: it cannot be written, workers die again and again, or Ray is not there.
    """
    # whatever was loaded for an earlier run may have changed on the disk
    loaded.cache_clear()
    pipeline = loaded(settings)
    folder, own = Folder(target.path, target.format), identity(settings, sources, target.format, date)
    with folder.opened(own):
        if totals := folder.totals():
            notice(f"{target.name}: is complete, nothing is left to do")
            return totals
        there = {part.number: part.summary for part in folder.done()}
        if there:
            count = sum(s.articles + s.rejected for s in there.values())
            notice(f"{target.name}: goes on behind {len(there)} parts with {count} articles that are there")
        read = Input(sources, date, pipeline.config.part, pipeline.config.limits, frozenset(there))
        for done in _run(engine, WritePart(settings, folder), read, workers, notice):
            seen(done.summary, [str(Rejected(**r)) for r in done.rejected])
        return folder.finish(own)


def _run(engine: Engine, work: Work[T], read: Input, workers: int, notice: Notice) -> Iterator[T]:
    if engine == "local":
        return local.run(work, read.parts(notice), workers, notice)
    try:
        # Ray is large, and an extra
        from khabar.batch import ray_engine  # noqa: PLC0415
    except ImportError as error:
        remedy = "pip install 'khabar[ray]'"
        raise KhabarError(f"--engine ray needs {error.name}, which is not installed", remedy=remedy) from error
    return ray_engine.run(work, read, workers, notice)


class _Quarantine:
    """`FILE.quarantine.jsonl`: there if something was rejected; an earlier run's is taken away."""

    def __init__(self, output: Path) -> None:
        self.path, self._stack = output.with_name(f"{output.name}.{QUARANTINE}"), ExitStack()
        self._file: WholeFile | None = None

    def __enter__(self) -> "_Quarantine":
        return self

    def add(self, rejected: Rejected) -> None:
        """Write why an input was rejected."""
        if self._file is None:
            self._file = self._stack.enter_context(WholeFile(self.path))
        self._file.write(json.dumps(rejected.to_dict(), ensure_ascii=False) + "\n")

    def __exit__(self, *error: object) -> None:
        self._stack.__exit__(*error)  # type: ignore[arg-type]
        if self._file is None and error[0] is None:
            self.path.unlink(missing_ok=True)
