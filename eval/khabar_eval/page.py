"""Article and chrome on marked pages: which lines of a page the runtime reads, against what a reader marked.

A marked page (`.lines`) is a text whose lines begin with `+ ` where they are article and with `- ` where they are
chrome; blank lines stay blank. data/samples/chrome/README.md says what counts as which.
"""

import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from khabar.errors import DataError, reason
from khabar_eval.counts import Counts
from khabar_eval.report import Layer, Report
from khabar_eval.report.file import write_report
from khabar_eval.report.terminal import show

SUFFIX = ".lines"
_MARKS = {"+ ": True, "- ": False}
_REMEDY = "begin each line that is not blank with `+ ` (article) or `- ` (chrome)"


@dataclass(frozen=True)
class MarkedPage:
    """A text with, for each of its lines, whether it is article; None for a blank one."""

    id: str
    text: str
    marks: tuple[bool | None, ...]

    @property
    def lines(self) -> list[str]:
        """The lines, blank ones too."""
        return self.text.split("\n")


def read_pages(paths: Sequence[Path]) -> list[MarkedPage]:
    """Read marked pages: files, or folders of them.

    Raises:
        DataError: there are none, or a file cannot be read or has a line without a mark.
    """
    files = [f for path in paths for f in (sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path])]
    if not files:
        raise DataError("no marked pages", path=paths[0], remedy=f"give files that end in {SUFFIX}, or their folder")
    return [_read(file) for file in files]


def _read(path: Path) -> MarkedPage:
    try:
        raw = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot be read: {reason(error)}", path=path, remedy="give a UTF-8 file") from error
    for number, line in enumerate(raw, 1):
        if line.strip() and line[:2] not in _MARKS:
            raise DataError(f"a line without a mark: {line[:20]!r}", path=path, line=number, remedy=_REMEDY)
    marks = tuple(_MARKS[line[:2]] if line.strip() else None for line in raw)
    return MarkedPage(path.stem, "\n".join(line[2:] for line in raw), marks)


def lines_in(page: MarkedPage, spans: Sequence[tuple[int, int]]) -> list[bool]:
    """Return for each line of a page whether a source span touches it."""
    ends = [0]
    for line in page.lines:
        ends.append(ends[-1] + len(line) + 1)
    touched = [False] * len(page.marks)
    for start, end in spans:
        for number in range(bisect_right(ends, start) - 1, bisect_right(ends, max(start, end - 1))):
            touched[number] = True
    return touched


def evaluate(pages: Sequence[MarkedPage]) -> Report:
    """Score the shipped model on marked pages."""
    from khabar.normalize import normalize  # noqa: PLC0415  --help must not load it
    from khabar.segment.page import default_page_model  # noqa: PLC0415

    cleans = [normalize(page.text) for page in pages]
    model = default_page_model()
    started = time.perf_counter()
    spans = [model(clean) for clean in cleans]
    seconds = time.perf_counter() - started
    found = [
        lines_in(page, [clean.to_source(*span) for span in parts])
        for page, clean, parts in zip(pages, cleans, spans, strict=True)
    ]
    return score(pages, found, "shipped", seconds)


def score(pages: Sequence[MarkedPage], found: Sequence[Sequence[bool]], model: str, seconds: float) -> Report:
    """Count lines, and characters of them without outer spaces, that were found to be article and to be chrome."""
    layers = [
        Layer(
            f"{unit} of {kind}",
            [{kind: _count(p, f, kind == "article", by)} for p, f in zip(pages, found, strict=True)],
        )
        for unit, by in (("lines", False), ("characters", True))
        for kind in ("article", "chrome")
    ]
    size = sum(len(page.text) for page in pages)
    words = sum(len(page.text.split()) for page in pages)
    notes = {"characters a second": f"{size / max(seconds, 1e-9):,.0f}"}
    return Report("page", model, [page.id for page in pages], layers, words, seconds, notes)


def _count(page: MarkedPage, found: Sequence[bool], kind: bool, characters: bool) -> Counts:
    tp = fp = fn = 0
    for line, mark, kept in zip(page.lines, page.marks, found, strict=True):
        if mark is None:
            continue
        size = len(line.strip()) if characters else 1
        tp += size * (mark is kind and kept is kind)
        fp += size * (mark is not kind and kept is kind)
        fn += size * (mark is kind and kept is not kind)
    return Counts(tp, fp, fn)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--json", "report_file", type=click.Path(path_type=Path), help="Write the scores, and each page's counts."
)
def page(paths: tuple[Path, ...], report_file: Path | None) -> None:
    """Score what of marked pages is taken for article: precision and recall of lines and of characters.

    \b
    Example:
      khabar evaluate page data/samples/chrome
    """
    report = evaluate(read_pages(paths))
    show(report)
    if report_file:
        write_report(report, report_file)
