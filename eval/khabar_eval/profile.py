"""Where the time of a run goes: what its main thread is seen at, again and again."""

import itertools
import json
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType

from khabar.batch import Settings, annotate, parse_target
from khabar.batch.work import Result
from khabar.config import PipelineConfig
from khabar.sources import find

_EVERY = 0.001
NETWORK = "network"
# what is around every stage, and none itself
_AROUND = ("batch", "cli")


@dataclass(frozen=True, slots=True)
class Profile:
    """Seconds of a run over so many articles, by stage; a stage is a folder of the pipeline, `recognize: network` the
    waiting of `recognize` for the encoder."""

    articles: int
    seconds: dict[str, float]

    @property
    def total(self) -> float:
        """Return the seconds of all stages."""
        return sum(self.seconds.values())

    def rows(self) -> list[tuple[str, float, float]]:
        """Return each stage with its share of the time and its milliseconds an article, the largest first."""
        ordered = sorted(self.seconds.items(), key=lambda item: -item[1])
        return [(stage, spent / self.total, 1000 * spent / self.articles) for stage, spent in ordered]


class Sampler:
    """Looks every millisecond at what the thread that made it does.

    A look counts for the time since the last one: a thread that computes lets nobody look as often as one that waits.
    """

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._watched, self._over = threading.get_ident(), threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._interval = sys.getswitchinterval()

    def start(self) -> None:
        """Begin to look."""
        sys.setswitchinterval(_EVERY / 2)
        self._thread.start()

    def __enter__(self) -> "Sampler":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()
        sys.setswitchinterval(self._interval)

    def _look(self) -> None:
        last = time.perf_counter()
        while not self._over.wait(_EVERY):
            frame = sys._current_frames().get(self._watched)
            now = time.perf_counter()
            self.seconds[_stage(frame)] += now - last
            last = now


def _stage(frame: FrameType | None) -> str:
    """Return what the pipeline called, or what the run called where the pipeline is not at work."""
    called, network = "", False
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module == "khabar.pipeline":
            stage = called or "pipeline"
            return f"{stage}: {NETWORK}" if network else stage
        if module.startswith("khabar.") and (name := module.split(".")[1]) not in _AROUND:
            called = name
        network |= called == "models" or module.startswith("concurrent.futures")
        frame = frame.f_back
    return called or "other"


def profile(model: str | None, texts: Sequence[str], *, articles: int, threads: int) -> Profile:
    """Annotate so many articles (the texts, again and again) from JSON Lines to JSON Lines, and watch.

    Models are loaded, and a batch of articles annotated, before.
    """
    warm = PipelineConfig().batch
    with tempfile.TemporaryDirectory() as name, Sampler() as sampler:
        folder = Path(name)
        config = folder / "threads.yaml"
        config.write_text(f"threads: {threads}\n", encoding="utf-8")
        lines = (json.dumps({"text": text}) for text in itertools.islice(itertools.cycle(texts), warm + articles))
        (folder / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
        sources = find([str(folder / "in.jsonl")])
        target = parse_target(str(folder / "out.jsonl"))
        settings = Settings(model, str(config), debug=True)
        done = itertools.count(1)

        def seen(_: Result) -> None:
            if next(done) == warm:
                sampler.start()

        annotate(settings, sources, [target], seen=seen)
    return Profile(articles, dict(sampler.seconds))
