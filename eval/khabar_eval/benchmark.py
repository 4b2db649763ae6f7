"""`khabar benchmark`: start-up, memory, size and speed, each measured in processes of their own."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from khabar.errors import DataError, KhabarError
from khabar.models.folder import find_model
from khabar_eval.counts import Counts
from khabar_eval.report.file import write_text

# Runs in a fresh interpreter. Its argument: when it was started, the model, the texts, how many articles.
_PROBE = """
import json, resource, sys, time
job = json.load(sys.stdin)
began = time.perf_counter(); import khabar; imported = time.perf_counter() - began
pipeline = khabar.load(job["model"])
texts = job["texts"]
pipeline(texts[0]); first = time.time() - job["started"]
began = time.perf_counter()
for _ in pipeline.stream(texts[i % len(texts)] for i in range(job["articles"])): pass
seconds = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({"import_s": imported, "init_s": first, "seconds": seconds, "ram_bytes": peak}))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one system needs: seconds to import and to the first article, bytes on disk and in memory, articles a
    second."""

    system: str
    import_s: float
    init_s: float
    disk_bytes: int
    ram_bytes: int
    articles_per_s: float
    words_per_s: float


def measure(model: str | None, texts: Sequence[str], *, articles: int, runs: int = 3) -> Measured:
    """Annotate `articles` texts (those given, again and again) in fresh processes; medians over `runs`.

    Raises:
        KhabarError: the process failed.
    """
    found = [_probe(model, texts, articles) for _ in range(runs)]
    middle = {key: statistics.median(run[key] for run in found) for key in found[0]}
    folder = find_model(model, "khabar-base")
    words = sum(len(texts[i % len(texts)].split()) for i in range(articles))
    return Measured(
        system=f"khabar ({folder.name})",
        import_s=middle["import_s"],
        init_s=middle["init_s"],
        disk_bytes=sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()),
        ram_bytes=int(middle["ram_bytes"]),
        articles_per_s=articles / middle["seconds"],
        words_per_s=words / middle["seconds"],
    )


def _probe(model: str | None, texts: Sequence[str], articles: int) -> dict[str, float]:
    job = {"model": model, "texts": list(texts), "articles": articles, "started": time.time()}
    done = subprocess.run(
        [sys.executable, "-c", _PROBE], input=json.dumps(job), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise KhabarError(f"the measured process failed: {done.stderr.strip().splitlines()[-1]}")
    return dict(json.loads(done.stdout))


def show(rows: Sequence[Measured]) -> None:
    """Print a table, a row a system."""
    table = Table()
    for head in ("", "import, s", "init, s", "disk, MB", "RAM, MB", "articles/s", "words/s"):
        table.add_column(head, justify="right" if head else "left")
    for row in rows:
        table.add_row(
            row.system,
            f"{row.import_s:.2f}",
            f"{row.init_s:.2f}",
            f"{row.disk_bytes / 1e6:.1f}",
            f"{row.ram_bytes / 1e6:.0f}",
            f"{row.articles_per_s:.1f}",
            f"{row.words_per_s:.0f}",
        )
    Console().print(table)


@click.group()
def benchmark() -> None:
    """Measure start-up, memory, size and speed.

    \b
    Example:
      khabar benchmark annotate data/samples
    """


@benchmark.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--tool", "tools", multiple=True, metavar="NAME[=PYTHON]", help="hazm or shekar, in that interpreter.")
@click.option("--every", type=click.IntRange(1), default=1, help="Of .jsonl, each so many items with a half-space.")
@click.option("--json", "report_file", type=click.Path(path_type=Path), help="Write the figures.")
def text(files: tuple[Path, ...], tools: tuple[str, ...], every: int, report_file: Path | None) -> None:
    """Restore the half-spaces of FILES by Khabar, hazm and shekar: F1, and characters a second of processor time.

    FILES as for `khabar evaluate halfspace`. Speed is over the three conditions: as first read, and read again. Without
    --tool, what is installed here is compared.

    \b
    Example:
      khabar benchmark text dev.conllu --tool hazm=hazm-venv/bin/python --tool shekar=shekar-venv/bin/python
    """
    from khabar_eval.halfspace import CONDITIONS, ZWNJ, compare_lines, read_lines  # noqa: PLC0415
    from khabar_eval.tools import interpreters, restore  # noqa: PLC0415

    found = []
    chosen = interpreters(tools)
    for file in files:
        lines = read_lines(file, every)
        sources = {name: [line.replace(ZWNJ, gap) for line in lines] for name, gap in CONDITIONS.items()}
        size = sum(len(line) for changed in sources.values() for line in changed)
        table = Table(title=str(file), title_justify="left")
        for head in ("", *CONDITIONS, "M chars/s", "again", "init, s"):
            table.add_column(head, justify="right" if head else "left")
        for tool, python in chosen.items():
            done = restore(tool, python, sources)
            scores = {
                name: sum((compare_lines(*pair)[0] for pair in zip(lines, result, strict=True)), Counts()).f1
                for name, result in done.results.items()
            }
            first, again = (size / sum(done.seconds[name + pass_] for name in CONDITIONS) for pass_ in ("", ", again"))
            row: dict[str, object] = {"file": str(file), "tool": tool, "version": done.version, "f1": scores}
            row |= {"chars_per_s": first, "chars_per_s_again": again, "init_s": done.seconds["init"]}
            found.append(row)
            figures = [*(f"{100 * f1:.2f}" for f1 in scores.values()), f"{first / 1e6:.2f}", f"{again / 1e6:.2f}"]
            table.add_row(f"{tool} {done.version}", *figures, f"{done.seconds['init']:.2f}")
        Console().print(table)
    if report_file:
        write_text(report_file, json.dumps(found, ensure_ascii=False, indent=1) + "\n")


@benchmark.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--model", help="A model folder; the shipped model if left out.")
@click.option("--articles", type=click.IntRange(1), default=50, show_default=True, help="How many to annotate.")
@click.option(
    "--runs", type=click.IntRange(1), default=3, show_default=True, help="Fresh processes; medians are shown."
)
@click.option("--json", "report_file", type=click.Path(path_type=Path), help="Write the figures.")
def annotate(paths: tuple[Path, ...], model: str | None, articles: int, runs: int, report_file: Path | None) -> None:
    """Annotate the articles at PATHS again and again in fresh processes.

    init is the time from the start of the process to the end of its first article.

    \b
    Example:
      khabar benchmark annotate data/samples --articles 100
    """
    from khabar.document import Article  # noqa: PLC0415  the readers are slow to import, and --help needs none
    from khabar.sources import find, read  # noqa: PLC0415

    texts = [item.text for item in read(find([str(p) for p in paths])) if isinstance(item, Article)]
    if not texts:
        raise DataError("no article to annotate", path=str(paths[0]), remedy="give texts, pages or JSON lines")
    row = measure(model, texts, articles=articles, runs=runs)
    show([row])
    if report_file:
        write_text(report_file, json.dumps(asdict(row), ensure_ascii=False, indent=1) + "\n")
