"""`khabar benchmark`: start-up, memory, size and speed, of Khabar and of others."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from khabar.errors import DataError, UsageError
from khabar_eval.counts import Counts
from khabar_eval.report.file import write_text

if TYPE_CHECKING:
    from khabar_eval.speed import Measured


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


_PATHS = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
_MODELS = click.option("--model", "models", multiple=True, help="Khabar's; again for several; the default if left out.")
_WORDS = click.option("--words", type=click.IntRange(1), help="Join neighboring texts until they have so many words.")
_JSON = click.option("--json", "report_file", type=click.Path(path_type=Path), help="Write the figures.")


def _texts(paths: Sequence[Path], words: int | None) -> list[str]:
    from khabar.document import Article  # noqa: PLC0415  the readers are slow to import, and --help needs none
    from khabar.sources import find, read  # noqa: PLC0415
    from khabar_eval.speed import of_words  # noqa: PLC0415

    texts = [item.text for item in read(find([str(p) for p in paths])) if isinstance(item, Article)]
    if not texts:
        raise DataError("no article to annotate", path=str(paths[0]), remedy="give texts, pages or JSON lines")
    return texts if words is None else of_words(texts, words)


@benchmark.command()
@_PATHS
@click.option("--systems", metavar="NAME[=PYTHON],...", help="khabar, bert-base, hazm, shekar, in that interpreter.")
@_MODELS
@click.option("--articles", type=click.IntRange(1), default=50, show_default=True, help="How many each reads.")
@click.option("--sizes", metavar="N,N,...", help="Instead: Khabar alone, over so many articles each.")
@_WORDS
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True, help="Of each system.")
@click.option(
    "--runs", type=click.IntRange(1), default=3, show_default=True, help="Fresh processes; medians are shown."
)
@_JSON
def annotate(
    paths: tuple[Path, ...],
    systems: str | None,
    models: tuple[str, ...],
    articles: int,
    sizes: str | None,
    words: int | None,
    threads: int,
    runs: int,
    report_file: Path | None,
) -> None:
    """Let Khabar and other systems read the articles at PATHS, again and again, each in fresh processes of its own.

    init is the time from the start of the process to the end of its first article, disk the size of its models (of hazm
    and shekar, the package), RAM the most that it held. bert-base is a Hugging Face token-classification pipeline with
    an encoder of ParsBERT's shape. Without --systems, what is installed here is compared.

    With --sizes the rows show whether time is linear in the articles, and memory flat.

    \b
    Examples:
      khabar benchmark annotate data/samples --articles 100 --model khabar-base --model khabar-fast
      khabar benchmark annotate data/samples --systems khabar,bert-base,hazm=hazm-venv/bin/python
      khabar benchmark annotate data/samples --sizes 100,1000,10000 --runs 1
    """
    from khabar_eval import speed  # noqa: PLC0415

    chosen = speed.systems(systems.split(",") if systems else ())
    if sizes and "khabar" not in chosen:
        raise UsageError("--sizes measures Khabar alone", remedy="leave out --systems, or name khabar among them")
    counts = _counts(sizes) if sizes else [articles]
    bench = speed.Bench(_texts(paths, words), threads=threads, runs=runs)
    rows = []
    for system, python in chosen.items():
        if sizes and system != "khabar":
            continue
        for model in (models or (None,)) if system == "khabar" else (None,):
            rows += [bench.measure(system, python, count, model) for count in counts]
    if sizes:
        show_sizes(rows)
    else:
        show(rows)
    if report_file:
        write_text(report_file, json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1) + "\n")


@benchmark.command()
@_PATHS
@click.option("--model", help="Khabar's; the default if left out.")
@click.option("--articles", type=click.IntRange(1), default=200, show_default=True, help="How many are read.")
@_WORDS
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True, help="Of the network.")
@_JSON
def profile(
    paths: tuple[Path, ...],
    model: str | None,
    articles: int,
    words: int | None,
    threads: int,
    report_file: Path | None,
) -> None:
    """Annotate the articles at PATHS, again and again, and show where the time goes.

    A stage is a folder of the pipeline; "network" is a stage's waiting for the model.

    \b
    Example:
      khabar benchmark profile data/samples
    """
    from khabar_eval.profile import profile as measure  # noqa: PLC0415

    found = measure(model, _texts(paths, words), articles=articles, threads=threads)
    table = _table("", "share, %", "ms an article")
    for stage, share, spent in found.rows():
        table.add_row(stage, f"{100 * share:.1f}", f"{spent:.2f}")
    table.add_row("all", "100.0", f"{1000 * found.total / articles:.2f}")
    Console().print(table)
    if report_file:
        write_text(report_file, json.dumps(asdict(found), ensure_ascii=False, indent=1) + "\n")


def _counts(sizes: str) -> list[int]:
    try:
        counts = [int(word) for word in sizes.split(",")]
    except ValueError:
        counts = [0]
    if min(counts) < 1:
        raise UsageError(f"--sizes: expected numbers of articles such as 100,1000, found {sizes!r}")
    return counts


def show(rows: Sequence["Measured"]) -> None:
    """Print a table, a row a system."""
    table = _table("", "init, s", "disk, MB", "RAM, MB", "articles/s", "words/s", "does")
    for row in rows:
        size, memory = f"{row.disk_bytes / 1e6:.1f}", f"{row.ram_bytes / 1e6:.0f}"
        speed = (f"{row.articles_per_s:.1f}", f"{row.words_per_s:.0f}")
        table.add_row(row.system, f"{row.init_s:.2f}", size, memory, *speed, row.does)
    Console().print(table)


def show_sizes(rows: Sequence["Measured"]) -> None:
    """Print a table, a row a system and number of articles, each beside the system's first."""
    table = _table("", "articles", "articles/s", "within 10 %", "RAM, MB")
    first: dict[str, Measured] = {}
    for row in rows:
        change = row.articles_per_s / first.setdefault(row.system, row).articles_per_s - 1
        verdict = f"{'yes' if abs(change) <= 0.1 else 'no'} ({100 * change:+.1f} %)"
        table.add_row(
            row.system, f"{row.articles:,}", f"{row.articles_per_s:.1f}", verdict, f"{row.ram_bytes / 1e6:.0f}"
        )
    Console().print(table)


def _table(*heads: str) -> Table:
    table = Table()
    for head in heads:
        words = head in ("", "does")
        table.add_column(head, justify="left" if words else "right", no_wrap=head != "does")
    return table
