"""Names on a corpus's own tokens: strict span F1, as seqeval scores IOB2.

The corpus's tokens are joined by single spaces and go the way that every text goes (normalize, tokens, model); what
is found comes back by its offsets.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from khabar.errors import DataError, UsageError
from khabar.formats.conll import LabeledSentence, Span, iob2, join_tokens

from khabar_eval.corpora import Corpus, read_corpus
from khabar_eval.counts import Counts, count_by
from khabar_eval.degrade import changed, degrader
from khabar_eval.report import Layer, Report

if TYPE_CHECKING:
    from khabar.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class TaggedSentence:
    """A sentence of a corpus with its gold tags and ours; `id` is its file and line."""

    id: str
    tokens: tuple[str, ...]
    gold: tuple[str, ...]
    predicted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """A sentence as the corpus has it, and its tokens as the model gets them."""

    id: str
    sentence: LabeledSentence
    shown: tuple[str, ...]


def evaluate_names(
    pipeline: "Pipeline",
    corpus: Corpus,
    files: Sequence[str | Path],
    *,
    context: int = 1,
    degrade: str | None = None,
    model: str = "default",
) -> tuple[Report, list[TaggedSentence]]:
    """Score the names that a pipeline finds in corpus files; `context` sentences share a window at most.

    Raises:
        DataError: a file is not what the corpus's format expects, or `degrade` changes nothing in any.
        UsageError: `context` is below 1.
    """
    if context < 1:
        raise UsageError(f"expected a context of at least 1 sentence, got {context}")
    parts = [_read(corpus, path) for path in files]
    notes: dict[str, str | int | float | None] = {"corpus": corpus.name, "sentences in context": context}
    if degrade:
        parts, count = _degraded(parts, degrade, files)
        notes[f"characters changed ({degrade})"] = count
    groups = [part[i : i + context] for part in parts for i in range(0, len(part), context)]
    texts = [[join_tokens(source.shown)[0] for source in group] for group in groups]
    started = time.perf_counter()
    found = pipeline.names_in(texts)
    seconds = time.perf_counter() - started
    tagged = [
        _tagged(source, corpus, spans)
        for group, answers in zip(groups, found, strict=True)
        for source, spans in zip(group, answers, strict=True)
    ]
    layer = Layer("names", [score(s.gold, s.predicted) for s in tagged])
    tokens = sum(len(s.tokens) for s in tagged)
    return Report("names", model, [s.id for s in tagged], [layer], tokens, seconds, notes), tagged


def _read(corpus: Corpus, path: str | Path) -> list[_Source]:
    name = Path(path).name
    return [
        _Source(f"{name}:{s.line}", replace(s, tags=_projected_tags(s.tags, corpus)), s.tokens)
        for s in read_corpus(corpus, path)
    ]


def _projected_tags(tags: Sequence[str], corpus: Corpus) -> tuple[str, ...]:
    """Merge in gold too what the corpus's description merges; IOB2 prefixes stay as they are written."""
    kinds = [(tag[:2], corpus.project(tag[2:])) for tag in tags]
    return tuple(prefix + kind if kind else "O" for prefix, kind in kinds)


def _degraded(
    parts: Sequence[Sequence[_Source]], name: str, files: Sequence[str | Path]
) -> tuple[list[list[_Source]], int]:
    change = degrader(name)
    worse = [[replace(s, shown=tuple(map(change, s.sentence.tokens))) for s in part] for part in parts]
    count = sum(changed(a, b) for part in worse for s in part for a, b in zip(s.sentence.tokens, s.shown, strict=True))
    if not count:
        raise DataError(
            f"nothing to degrade: {name} changes no character",
            path=", ".join(map(str, files)),
            remedy="the score would be that of the text as it stands; choose another --degrade or leave it out",
        )
    return worse, count


def _tagged(source: _Source, corpus: Corpus, found: Sequence[Span]) -> TaggedSentence:
    offsets = join_tokens(source.shown)[1]
    projected = [(start, end, kind) for start, end, inner in found if (kind := corpus.project(inner))]
    tags = iob2(to_tokens(projected, offsets), len(offsets))
    return TaggedSentence(source.id, source.sentence.tokens, source.sentence.tags, tuple(tags))


def to_tokens(found: Sequence[Span], offsets: Sequence[tuple[int, int]]) -> list[Span]:
    """Return spans of code points as spans of the tokens they touch; of two that share a token the longer one stays."""
    taken: set[int] = set()
    kept: list[Span] = []
    for start, end, kind in sorted(found, key=lambda span: (span[0] - span[1], span[0])):
        touched = [i for i, (a, b) in enumerate(offsets) if a < end and start < b]
        if touched and taken.isdisjoint(touched):
            taken.update(touched)
            kept.append((touched[0], touched[-1] + 1, kind))
    return sorted(kept)


def score(gold: Sequence[str], predicted: Sequence[str]) -> dict[str, Counts]:
    """Count one sentence's spans by type as seqeval does with `mode="strict", scheme=IOB2`: exact span and type.

    Raises:
        UsageError: seqeval is not installed.
    """
    try:
        from seqeval.scheme import IOB2, Entities  # noqa: PLC0415  an extra that the runtime does without
    except ImportError as error:
        raise UsageError("scoring names needs seqeval", remedy="pip install 'khabar[train]'") from error
    left, right = Entities([list(gold), list(predicted)], IOB2).entities
    return count_by(lambda span: span[2], *([(e.start, e.end, str(e.tag)) for e in side] for side in (left, right)))


def columns(sentences: Sequence[TaggedSentence]) -> Iterator[str]:
    """Yield the lines of a CoNLL file with the columns token, gold and predicted."""
    for s in sentences:
        for row in zip(s.tokens, s.gold, s.predicted, strict=True):
            yield "\t".join(row) + "\n"
        yield "\n"
