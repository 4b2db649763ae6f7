"""One system measured in a process, and if need be an interpreter, of its own: run as a program, it gets a job as JSON.

Only the standard library is imported before the system is, and nothing of this project unless it is the system, so that
any Python that has the system can run this file. The job: `system`, `model`, `texts`, `articles` (so many are read, the
texts again and again), `threads`, and `started`, when the process was. The answer: seconds and bytes.
"""

import importlib
import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

# reads texts one after the other, and gives something for each
Read = Callable[[Iterable[str]], Iterable[object]]


def _khabar(job: dict[str, Any], module: Any) -> Read:
    stream: Read = module.load(job["model"], job["config"]).stream
    return stream


def _hazm(_: dict[str, Any], module: Any) -> Read:
    clean = module.Normalizer().normalize
    return lambda texts: ([module.word_tokenize(s) for s in module.sent_tokenize(clean(text))] for text in texts)


def _shekar(_: dict[str, Any], module: Any) -> Read:
    clean, sentences, words = module.Normalizer(), module.SentenceTokenizer(), module.WordTokenizer()
    return lambda texts: ([list(words(s)) for s in sentences(clean(text))] for text in texts)


def _transformers(job: dict[str, Any], module: Any) -> Read:
    importlib.import_module("torch").set_num_threads(job["threads"])
    tag = module.pipeline(
        "token-classification",
        model=job["model"],
        tokenizer=job["model"],
        aggregation_strategy="simple",
        # an article may be longer than the encoder reads at once
        stride=0,
    )
    # what the pipeline takes for a stream
    return lambda texts: tag(text for text in texts)


_SYSTEMS = {"khabar": _khabar, "hazm": _hazm, "shekar": _shekar, "transformers": _transformers}


def _peak() -> int:
    """Return the most bytes of memory that the process had; Linux counts in `ru_maxrss` also who started it."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return 1024 * int(status.split("VmHWM:")[1].split()[0])
    except (OSError, IndexError):
        # no such file, or no such line in it
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most * (1 if sys.platform == "darwin" else 1024)


def _endless(texts: list[str]) -> Iterator[str]:
    while True:
        yield from texts


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Load the system, read one text, then `articles` of them."""
    began = time.perf_counter()
    module = importlib.import_module(job["system"])
    imported = time.perf_counter() - began
    read = _SYSTEMS[job["system"]](job, module)
    for _ in read(job["texts"][:1]):
        pass
    first = time.time() - job["started"]
    began = time.perf_counter()
    count = sum(1 for _ in read(islice(_endless(job["texts"]), job["articles"])))
    seconds = time.perf_counter() - began
    if count != job["articles"]:
        raise RuntimeError(f"expected {job['articles']} results, got {count}")
    place = Path(module.__file__ or "").parent
    size = sum(f.stat().st_size for f in place.rglob("*") if f.is_file() and f.suffix != ".pyc")
    return {
        "version": version(job["system"]),
        "import_s": imported,
        "init_s": first,
        "seconds": seconds,
        "ram_bytes": _peak(),
        "package_bytes": size,
    }


if __name__ == "__main__":
    out, sys.stdout = sys.stdout, sys.stderr
    json.dump(measure(json.load(sys.stdin)), out)
