"""Half-space restoration: delete or space out every half-space of real text, restore, compare where they stand.

Micro F1 over the gaps behind letters and digits that hold a half-space. A line whose letters came out otherwise than
they went in counts as all missed. Apart from these three conditions, `glued`: one space in ten is deleted, and the F1
is that of the spaces put back. Speed is in seconds of processor time, so that a busy machine does not count.
"""

import json
import random
import re
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import click

from khabar.errors import DataError, reason
from khabar_eval.counts import Counts
from khabar_eval.report import Layer, Report, join
from khabar_eval.report.file import write_report
from khabar_eval.report.terminal import show

ZWNJ = "\u200c"
CONDITIONS = {"deleted": "", "spaced": " ", "clean": ZWNJ}
_FOLDED = {"ي": "ی", "ك": "ک", "ۀ": "ه", "أ": "ا", "إ": "ا", "ؤ": "و", "ئ": "ی"}
_SPACES = re.compile(r"\s+")
_LONE_SPACE = re.compile(r"(?<=[^\W\d_]) (?=[^\W\d_])")
T = TypeVar("T")


def gaps(line: str) -> list[tuple[str, str]]:
    """Return each letter or digit of a line with what stands behind it: nothing, a space or a half-space.

    Spellings of one letter are alike, and so are all digits; marks do not count.
    """
    row: list[list[str]] = []
    for character in _SPACES.sub(" ", line.strip()):
        if character not in (ZWNJ, " "):
            row.append([character, ""])
        elif row:
            row[-1][1] = character
    return [(_fold(c), gap) for c, gap in row if unicodedata.category(c)[0] in "LN" and not unicodedata.combining(c)]


def compare_lines(gold: str, restored: str) -> tuple[Counts, bool]:
    """Return the counts of one line, and whether its letters changed."""
    wanted, got = gaps(gold), gaps(restored)
    changed = [c for c, _ in wanted] != [c for c, _ in got]
    here = [i for i, (_, gap) in enumerate(wanted) if gap == ZWNJ]
    there = [] if changed else [i for i, (_, gap) in enumerate(got) if gap == ZWNJ]
    return Counts.of(here, there), changed


def new_spaces(source: str, text: str) -> list[int]:
    """Return behind which letters `text` has a space where its source has none; none if the letters changed."""
    before, after = gaps(source), gaps(text)
    if [c for c, _ in before] != [c for c, _ in after]:
        return []
    return [i for i, ((_, a), (_, b)) in enumerate(zip(before, after, strict=True)) if b == " " != a]


def run_together(line: str, share: float = 0.1) -> str:
    """Return the line without some of the spaces between two letters, always the same ones."""
    chance = random.Random(line)
    return _LONE_SPACE.sub(lambda space: "" if chance.random() < share else space[0], line)


def evaluate(
    path: str | Path, restore: Callable[[str], str] | None = None, every: int = 1, model: str | Path | None = None
) -> Report:
    """Score restoration on a file of lines; `restore` stands in for the default normalizer.

    Args:
        path: `.txt` (a sentence a line), `.conllu` (its `# text`) or `.jsonl` (title and summary of each item).
        restore: what to score.
        every: of a `.jsonl`, score only each so many items of those that have a half-space (10: the news dev part).
        model: a folder with a half-space model instead of the shipped one.

    Raises:
        DataError: the file cannot be read, or has no text.
        ModelError: the model cannot be loaded.
    """
    from khabar.normalize import Normalizer  # noqa: PLC0415  --help must not load it

    lines = read_lines(path, every)
    normalize = Normalizer(model=model)
    restored = restore or (lambda line: str(normalize(line)))
    restored("")  # loads the model, which is no part of the speed
    layers = []
    notes = {}
    seconds = 0.0
    for name, gap in CONDITIONS.items():
        sources = [line.replace(ZWNJ, gap) for line in lines]
        results, first = timed(restored, sources)
        _, again = timed(restored, sources)
        scored = [compare_lines(gold, result) for gold, result in zip(lines, results, strict=True)]
        layers.append(Layer(name, [{"half-space": counts} for counts, _ in scored]))
        notes[f"{name}, lines whose letters changed"] = f"{sum(c for _, c in scored)} of {len(lines)}"
        notes[f"{name}, characters a second"] = f"{rate(sources, first)}, read again {rate(sources, again)}"
        seconds += first
    characters = Normalizer(halfspaces=False)
    spelled = [str(characters(line)) for line in lines]  # without marks between a letter and the space behind it
    notes["spaces put into clean text"] = str(sum(len(new_spaces(line, restored(line))) for line in spelled))
    sources = [run_together(line) for line in spelled]
    pairs = [(new_spaces(a, b), new_spaces(a, restored(a))) for a, b in zip(sources, spelled, strict=True)]
    layers.append(Layer("glued", [{"space": Counts.of(wanted, got)} for wanted, got in pairs]))
    if restore is None:
        notes["without half-spaces, characters a second"] = rate(lines, timed(characters, lines)[1])
        notes["with alignment, characters a second"] = rate(lines, timed(lambda x: normalize(x).starts, lines)[1])
    items = [f"{Path(path).name}:{i}" for i in range(1, len(lines) + 1)]
    return Report(
        "halfspace",
        str(model or "shipped") if restore is None else "given",
        items,
        layers,
        _words(lines),
        seconds,
        notes,
    )


def read_lines(path: str | Path, every: int = 1) -> list[str]:
    """Return the lines that a file holds; see `evaluate`."""
    file = Path(path)
    try:
        raw = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot be read: {reason(error)}", path=path, remedy="give a UTF-8 file") from error
    if file.suffix == ".conllu":
        lines = [line.removeprefix("# text = ") for line in raw if line.startswith("# text = ")]
    elif file.suffix == ".jsonl":
        lines = [text for item in _chosen(read_items(file), every) for text in item]
    else:
        lines = raw
    lines = [stripped for line in lines if (stripped := line.strip())]
    if not lines:
        raise DataError(
            "no text in it", path=path, remedy="expected .txt, .conllu with # text, or .jsonl with title and summary"
        )
    return lines


def read_items(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield title and summary, where there are such, of each JSON object in a file of them.

    Raises:
        DataError: the file cannot be read, or a line is no such object.
    """
    try:
        rows = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "give a UTF-8 file; khabar train finds its files in --data"
        raise DataError(f"cannot be read: {reason(error)}", path=path, remedy=remedy) from error
    for number, line in enumerate(rows, 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            yield tuple(" ".join(item[key].splitlines()) for key in ("title", "summary") if item.get(key))
        except (ValueError, AttributeError, TypeError) as error:
            message = f"expected a JSON object with title and summary: {error}"
            raise DataError(message, path=path, line=number, remedy="mend or remove the line") from error


def is_dev(items: Sequence[tuple[str, ...]], every: int = 10) -> list[bool]:
    """Return which items are the dev part: the first and each tenth further one of those with a half-space."""
    marks = []
    seen = 0
    for item in items:
        has = any(ZWNJ in text for text in item)
        marks.append(has and seen % every == 0)
        seen += has
    return marks


def learnable(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield the items of a file that are not dev; errors as `read_items` has them."""
    items = list(read_items(path))
    yield from (item for item, dev in zip(items, is_dev(items), strict=True) if not dev)


def _chosen(items: Iterator[tuple[str, ...]], every: int) -> Iterator[tuple[str, ...]]:
    if every == 1:
        yield from items
        return
    kept = list(items)
    yield from (item for item, dev in zip(kept, is_dev(kept, every), strict=True) if dev)


def _fold(character: str) -> str:
    letter = _FOLDED.get(character, character)
    return "0" if letter.isdigit() else letter


def _words(lines: Sequence[str]) -> int:
    return sum(len(line.split()) for line in lines)


def timed(call: Callable[[str], T], lines: Sequence[str]) -> tuple[list[T], float]:
    """Return what a call makes of each line, and the seconds of processor time that took."""
    started = time.process_time()
    results = [call(line) for line in lines]
    return results, time.process_time() - started


def rate(lines: Sequence[str], seconds: float) -> str:
    """Return characters a second, to be read."""
    return f"{sum(map(len, lines)) / max(seconds, 1e-9):,.0f}"


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--every", type=click.IntRange(1), default=1, help="Of .jsonl, each so many items with a half-space.")
@click.option(
    "--model", type=click.Path(path_type=Path), help="A folder with a half-space model; else the shipped one."
)
@click.option("--json", "report_file", type=click.Path(path_type=Path), help="Write the scores over all files.")
def halfspace(files: tuple[Path, ...], every: int, model: Path | None, report_file: Path | None) -> None:
    """Score half-space restoration on text whose half-spaces are deleted, spaced out, or left.

    Apart from that, `glued`: of one deleted space in ten, which come back. Speeds are in seconds of processor time.

    \b
    Example:
      khabar evaluate halfspace fa_perdt-ud-dev.conllu
      khabar evaluate halfspace raw.jsonl --every 10
    """
    reports = [evaluate(file, every=every, model=model) for file in files]
    for file, report in zip(files, reports, strict=True):
        click.echo(file)
        show(report)
    if report_file:
        write_report(join(reports), report_file)
