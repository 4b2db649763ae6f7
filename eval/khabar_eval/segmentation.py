"""Sentences and tokens against a treebank: raw text in, spans compared as the CoNLL 2018 shared task does.

A sentence or a token is right where it holds the same characters, spaces aside, as one of the treebank's (Zeman et al.
2018, "CoNLL 2018 Shared Task: Multilingual Parsing from Raw Text to Universal Dependencies", section 4).
"""

import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from pathlib import Path

import click

from khabar.errors import DataError, UsageError
from khabar_eval.counts import Counts
from khabar_eval.report import Layer, Report, join
from khabar_eval.report.file import write_report, write_text
from khabar_eval.report.terminal import show
from khabar_eval.treebank import Span, Treebank, columns, find, read_treebank

Cutter = Callable[[str], Sequence[Sequence[Span]]]
"""A tool: raw text to the tokens of each sentence, as spans of the text."""

Differences = Mapping[str, Sequence[str]]
"""Where a tool and a treebank differ: examples of each class, the most frequent class first."""


def khabar() -> Cutter:
    """Return the runtime's sentences and tokens, by their places in the source."""
    from khabar.normalize import Normalizer  # noqa: PLC0415  --help must not load it
    from khabar.segment import Segmenter  # noqa: PLC0415

    normalize, segment = Normalizer(), Segmenter()

    def cut(text: str) -> list[list[Span]]:
        clean = normalize(text)
        return [[clean.to_source(*token) for token in sentence.tokens] for sentence in segment(clean)]

    return cut


def hazm() -> Cutter:
    """Return hazm's sentences and tokens; verbs of several words stay apart, as treebanks have them.

    Raises:
        UsageError: hazm is not installed.
    """
    try:
        from hazm import SentenceTokenizer, WordTokenizer  # noqa: PLC0415
    except ImportError as error:
        raise UsageError("hazm is not installed", remedy="install it in an environment of its own") from error
    sentences, words = SentenceTokenizer(), WordTokenizer(join_verb_parts=False)

    def cut(text: str) -> list[list[Span]]:
        found: list[list[Span]] = []
        for sentence in sentences.tokenize(text):
            found.append(find(words.tokenize(sentence), text, found[-1][-1][1] if found else 0))
        return found

    return cut


TOOLS: dict[str, Callable[[], Cutter]] = {"khabar": khabar, "hazm": hazm}


def evaluate(gold: Treebank, cut: Cutter, tool: str = "khabar") -> tuple[Report, Differences, Treebank]:
    """Score a tool on a treebank's raw text; return the scores, the differences, and what the tool found."""
    cut("")  # loads what there is to load, which is no part of the speed
    started = time.perf_counter()
    found = Treebank(gold.text, cut(gold.text), [])
    seconds = time.perf_counter() - started
    left, right = _tokens(gold), _tokens(found)
    starts = [sentence[0][0] for sentence in left]
    layers = [
        Layer("tokens", _by_item(starts, list(chain(*left)), list(chain(*right)))),
        Layer("sentences", _by_item(starts, _whole(left), _whole(right))),
    ]
    tokens = sum(map(len, left))
    report = Report("segmentation", tool, gold.names, layers, tokens, seconds)
    return report, _differences(gold.text, left, right), found


def _tokens(bank: Treebank) -> list[list[Span]]:
    """Return the tokens as spans of the text without its spaces.

    Characters between tokens, which normalization deleted, count to the token before them, so that everything is
    compared.
    """
    before = [0]
    for character in bank.text:
        before.append(before[-1] + (not character.isspace()))
    starts = [before[a] for sentence in bank.sentences for a, _ in sentence]
    spans = pairwise([0, *starts[1:], before[-1]] if starts else [])
    return [[next(spans) for _ in sentence] for sentence in bank.sentences]


def _whole(sentences: Sequence[Sequence[Span]]) -> list[Span]:
    return [(tokens[0][0], tokens[-1][1]) for tokens in sentences]


def _by_item(starts: Sequence[int], gold: Sequence[Span], found: Sequence[Span]) -> list[dict[str, Counts]]:
    """Count spans apart for each sentence of the treebank, by where they begin."""
    sides: list[tuple[list[Span], list[Span]]] = [([], []) for _ in starts]
    for side, spans in enumerate((gold, found)):
        for span in spans:
            sides[bisect_right(starts, span[0]) - 1][side].append(span)
    return [{"all": Counts.of(*both)} for both in sides]


def _differences(text: str, gold: Sequence[Sequence[Span]], found: Sequence[Sequence[Span]]) -> Differences:
    letters = "".join(text.split())
    spaced = _spaces(text)
    classes: dict[str, list[str]] = defaultdict(list)
    for name, left, right, around in (
        ("token", [b for s in gold for _, b in s], [b for s in found for _, b in s], 12),
        ("sentence", [s[-1][1] for s in gold], [s[-1][1] for s in found], 30),
    ):
        wanted, got = set(left), set(right)
        for at in sorted(wanted ^ got):
            gap = " " if at in spaced else ""
            kinds = f"{_kind(letters[at - 1])}{gap and ', space'}, {_kind(letters[at])}"
            kind = f"{name} {'cut' if at in got else 'not cut'} between {kinds}"
            classes[kind].append(_shown(letters, spaced, at, around))
    return dict(sorted(classes.items(), key=lambda pair: -len(pair[1])))


def _spaces(text: str) -> set[int]:
    """Return the places in the text without its spaces where it has some."""
    places, at = set(), 0
    for word in text.split():
        at += len(word)
        places.add(at)
    return places


def _kind(character: str) -> str:
    if character == "\u200c":
        return "half-space"
    return "letter" if character.isalpha() else "digit" if character.isdigit() else character


def _shown(letters: str, spaced: set[int], at: int, around: int) -> str:
    """Return the text on both sides of a place, which a bar marks."""
    places = range(max(0, at - around), min(len(letters), at + around))
    return "".join(
        (" " if i in spaced and i != places[0] else "") + ("¦" if i == at else "") + letters[i] for i in places
    )


def _lines(differences: Differences, examples: int) -> Iterator[str]:
    for kind, places in differences.items():
        yield f"{len(places):5} {kind}"
        step = max(1, len(places) // examples)
        yield from (f"        {place}" for place in places[::step][:examples])


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--tool", type=click.Choice(list(TOOLS)), default="khabar", show_default=True, help="What to score.")
@click.option("--errors", type=click.IntRange(0), default=0, help="Show so many examples of each class of difference.")
@click.option("--json", "report_file", type=click.Path(path_type=Path), help="Write the scores over all files.")
@click.option("--predictions", type=click.Path(path_type=Path), help="Write what was found, as CoNLL-U.")
def segmentation(
    files: tuple[Path, ...], tool: str, errors: int, report_file: Path | None, predictions: Path | None
) -> None:
    """Score sentences and tokens on the raw text of treebanks (CoNLL-U).

    \b
    Example:
      khabar evaluate segmentation fa_perdt-ud-dev.conllu
    """
    cut = TOOLS[tool]()
    reports: list[Report] = []
    lines: list[str] = []
    for file in files:
        try:
            report, differences, found = evaluate(read_treebank(file), cut, tool)
        except ValueError as error:
            raise DataError(f"{tool} changed the text: {error}", path=file) from error
        click.echo(file)
        show(report)
        if errors:
            click.echo("\n".join(_lines(differences, errors)))
        reports.append(report)
        lines += columns(found)
    if predictions:
        write_text(predictions, "".join(lines))
    if report_file:
        write_report(join(reports), report_file)
