"""Systems side by side: start-up, size, memory and speed over the same articles, each in processes of its own."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from khabar.errors import KhabarError
from khabar.models.folder import find_model
from khabar.resources import resource
from khabar_eval import bert, probe
from khabar_eval.bert import SHAPES
from khabar_eval.tools import chosen

# what each can do here, without a model that it would have to fetch
DOES = {
    "khabar": "names, facts, relations, values, records",
    **{name: "names; random weights, in a Hugging Face pipeline" for name in SHAPES},
    "hazm": "normalizes, cuts sentences and words",
    "shekar": "normalizes, cuts sentences and words",
}
_NEEDS = {"khabar": "khabar", "hazm": "hazm", "shekar": "shekar", "bert-base": "transformers"}


@dataclass(frozen=True, slots=True)
class Measured:
    """What one system needs: seconds to import and to the end of the first article, bytes on disk and at most in
    memory, articles and words a second."""

    system: str
    does: str
    articles: int
    import_s: float
    init_s: float
    disk_bytes: int
    ram_bytes: int
    articles_per_s: float
    words_per_s: float


def systems(given: Sequence[str]) -> dict[str, str]:
    """Return the Python of each system to measure, from `NAME` or `NAME=PYTHON`; without any, all that are installed.

    Raises:
        UsageError: an unknown name, or no such interpreter.
    """
    if not given:
        return {name: sys.executable for name, module in _NEEDS.items() if find_spec(module)}
    return chosen("--systems", given, tuple(DOES))


class Bench:
    """Measures systems over the same texts.

    Args:
        texts: the articles, read again and again until there are enough.
        threads: of each system's network.
        runs: fresh processes; medians are given.
    """

    def __init__(self, texts: Sequence[str], *, threads: int, runs: int) -> None:
        self._texts, self._threads, self._runs = list(texts), threads, runs

    def measure(self, system: str, python: str, articles: int, model: str | None = None) -> Measured:
        """Measure one system over so many articles; `model` is Khabar's.

        Raises:
            KhabarError: its process failed.
        """
        with self._prepared(system, python, model) as (job, folders, title):
            found = [self._probe(python, {**job, "articles": articles}) for _ in range(self._runs)]
        middle = {key: statistics.median(run[key] for run in found) for key in found[0] if key != "version"}
        words = sum(len(self._texts[i % len(self._texts)].split()) for i in range(articles))
        return Measured(
            system=title or f"{system} {found[0]['version']}",
            does=DOES[system],
            articles=articles,
            import_s=middle["import_s"],
            init_s=middle["init_s"],
            disk_bytes=folders or int(middle["package_bytes"]),
            ram_bytes=int(middle["ram_bytes"]),
            articles_per_s=articles / middle["seconds"],
            words_per_s=words / middle["seconds"],
        )

    @contextmanager
    def _prepared(self, system: str, python: str, model: str | None) -> Iterator[tuple[dict[str, Any], int, str]]:
        """Yield a system's job, the bytes of its models (0: it has none beside its package), and its title."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if system in SHAPES:
                made = {"shape": system, "texts": self._texts, "folder": name}
                _run(python, ["-m", bert.__name__], made, os.environ)
                yield {"system": "transformers", "model": name}, _size(folder), system
            elif system == "khabar":
                config, home = folder / "threads.yaml", find_model(model, "khabar-base")
                config.write_text(f"threads: {self._threads}\n", encoding="utf-8")
                size = sum(map(_size, (home, resource("models/halfspace"), resource("models/page"))))
                yield {"system": system, "model": str(home), "config": str(config)}, size, f"khabar ({home.name})"
            else:
                yield {"system": system}, 0, ""

    def _probe(self, python: str, job: Mapping[str, Any]) -> dict[str, Any]:
        # also for what starts threads before it can be told how many
        environment = {**os.environ, "OMP_NUM_THREADS": str(self._threads), "HF_HUB_OFFLINE": "1"}
        given = {**job, "texts": self._texts, "threads": self._threads, "started": time.time()}
        # not by its path: the modules beside it must not stand before those of the system
        program = Path(probe.__file__).read_text(encoding="utf-8")
        return dict(json.loads(_run(python, ["-c", program], given, environment)))


def _run(python: str, words: Sequence[str], job: Mapping[str, Any], environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        [python, *words], input=json.dumps(job), capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        system = job.get("system") or job["shape"]
        raise KhabarError(f"{system} in {python} failed: {reason}", remedy="install what it needs there")
    return done.stdout


def _size(folder: Path) -> int:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())


def of_words(texts: Sequence[str], words: int) -> list[str]:
    """Return texts of about so many words: neighbors are joined until there are enough, and the last ones left out."""
    joined, held, count = [], [], 0
    for text in texts:
        held.append(text.rstrip("\n"))
        count += len(text.split())
        if count >= words:
            joined.append("\n".join(held))
            held, count = [], 0
    return joined or ["\n".join(held)]
