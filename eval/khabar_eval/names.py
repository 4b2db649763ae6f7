"""Names on a corpus's own tokens: strict span F1, as seqeval scores IOB2.

The corpus's tokens are joined by single spaces and go the way that every text goes (normalize, tokens, model); what
is found comes back by its offsets.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from khabar.errors import DataError, UsageError
from khabar.formats.conll import LabeledSentence, iob2, spans
from khabar.recognize.tags import ScoredSpan, Span
from khabar.segment.tokens import join_tokens
from khabar_eval.calibration import reliability
from khabar_eval.corpora import Corpus, read_corpus
from khabar_eval.counts import Counts, count_by
from khabar_eval.degrade import changed, degrader
from khabar_eval.mistakes import describe, mistakes
from khabar_eval.readings import Reading
from khabar_eval.report import Layer, Report
from khabar_eval.splits import held_out

if TYPE_CHECKING:
    from khabar.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class TaggedSentence:
    """A sentence of a corpus with its gold tags and ours; `id` is its file and line.

    `outcomes` has the score of each span of ours, and whether it is right.
    """

    id: str
    tokens: tuple[str, ...]
    gold: tuple[str, ...]
    predicted: tuple[str, ...]
    outcomes: tuple[tuple[float, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence as the corpus has it, its tags in the corpus's projection of our types, and its tokens as shown."""

    id: str
    sentence: LabeledSentence
    shown: tuple[str, ...]

    @property
    def text(self) -> str:
        """The sentence as the model gets it."""
        return join_tokens(self.shown)[0]


@dataclass(frozen=True, slots=True)
class Sources:
    """The sentences of corpus files, a list a file; `changed` says how many characters were degraded."""

    corpus: Corpus
    files: list[list[Source]]
    changed: int = 0


def read_sources(
    corpus: Corpus, files: Sequence[str | Path], degrade: str | None = None, *, every: int | None = None
) -> Sources:
    """Read corpus files, or every `every`-th sentence of each, and spell their tokens worse where `degrade` says how.

    Raises:
        DataError: a file is not what the corpus's format expects, or `degrade` changes nothing in any.
    """
    change = degrader(degrade) if degrade else str
    parts = [
        [_source(corpus, Path(path).name, s, change) for s in _chosen(read_corpus(corpus, path), every)]
        for path in files
    ]
    sources = Sources(corpus, parts, sum(_changed(source) for part in parts for source in part))
    if degrade and not sources.changed:
        raise DataError(
            f"nothing to degrade: {degrade} changes no character",
            path=", ".join(map(str, files)),
            remedy="the score would be that of the text as it stands; choose another --degrade or leave it out",
        )
    return sources


def _chosen(sentences: Sequence[LabeledSentence], every: int | None) -> Sequence[LabeledSentence]:
    return [s for i, s in enumerate(sentences) if held_out(i, every)] if every else sentences


def _source(corpus: Corpus, name: str, sentence: LabeledSentence, change: Callable[[str], str]) -> Source:
    projected = replace(sentence, tags=_projected_tags(sentence.tags, corpus))
    return Source(f"{name}:{sentence.line}", projected, tuple(map(change, sentence.tokens)))


def _changed(source: Source) -> int:
    return sum(changed(a, b) for a, b in zip(source.sentence.tokens, source.shown, strict=True))


def evaluate_names(
    pipeline: "Pipeline",
    sources: Sources,
    *,
    context: int | None = None,
    convention: str | None = None,
    model: str = "default",
) -> tuple[Report, list[TaggedSentence]]:
    """Score the names that a pipeline finds; up to `context` consecutive sentences of a file share a window, by default
    as many as the corpus's description says.

    `convention` names a corpus whose annotators' habits the model is to follow; None stands for the runtime's.

    Raises:
        UsageError: `context` is below 1.
    """
    context = sources.corpus.context if context is None else context
    if context < 1:
        raise UsageError(f"expected a context of at least 1 sentence, got {context}")
    groups = [part[i : i + context] for part in sources.files for i in range(0, len(part), context)]
    texts = [[source.text for source in group] for group in groups]
    started = time.perf_counter()
    found = pipeline.names_in(texts, convention)
    seconds = time.perf_counter() - started
    tagged = [
        _tagged(source, sources.corpus, answer)
        for group, answers in zip(groups, found, strict=True)
        for source, answer in zip(group, answers, strict=True)
    ]
    layer = Layer("names", [score(s.gold, s.predicted) for s in tagged])
    tokens = sum(len(s.tokens) for s in tagged)
    notes = {"corpus": sources.corpus.name, "convention": convention or "the runtime's", "context": str(context)}
    sure = reliability(outcome for s in tagged for outcome in s.outcomes)
    notes["calibration error"] = str(sure)
    kinds = sum((mistakes(*entities(s.gold, s.predicted)) for s in tagged), Counter[str]())
    notes["errors"] = describe(kinds)
    if sources.changed:
        notes["characters changed"] = str(sources.changed)
    return Report("names", model, [s.id for s in tagged], [layer], tokens, seconds, notes, sure), tagged


def _projected_tags(tags: Sequence[str], corpus: Corpus) -> tuple[str, ...]:
    """Merge in gold too what the corpus's description merges; IOB2 prefixes stay as they are written."""
    kinds = [(tag[:2], corpus.project(tag[2:])) for tag in tags]
    return tuple(prefix + kind if kind else "O" for prefix, kind in kinds)


def _tagged(source: Source, corpus: Corpus, found: Sequence[ScoredSpan]) -> TaggedSentence:
    offsets = join_tokens(source.shown)[1]
    projected = [
        ScoredSpan(start, end, kind, score) for start, end, inner, score in found if (kind := corpus.project(inner))
    ]
    kept = to_tokens(projected, offsets)
    gold = source.sentence.tags
    right = set(spans(gold))
    tags = iob2([span[:3] for span in kept], len(offsets))
    outcomes = tuple((span.score, span[:3] in right) for span in kept)
    return TaggedSentence(source.id, source.sentence.tokens, gold, tuple(tags), outcomes)


def to_tokens(found: Sequence[ScoredSpan], offsets: Sequence[tuple[int, int]]) -> list[ScoredSpan]:
    """Return spans of code points as spans of the tokens they touch; of two that share a token the longer one stays."""
    taken: set[int] = set()
    kept: list[ScoredSpan] = []
    for start, end, kind, score in sorted(found, key=lambda span: (span.start - span.end, span.start)):
        touched = [i for i, (a, b) in enumerate(offsets) if a < end and start < b]
        if touched and taken.isdisjoint(touched):
            taken.update(touched)
            kept.append(ScoredSpan(touched[0], touched[-1] + 1, kind, score))
    return sorted(kept)


def score(gold: Sequence[str], predicted: Sequence[str]) -> dict[str, Counts]:
    """Count one sentence's spans by type as seqeval does with `mode="strict", scheme=IOB2`: exact span and type.

    Raises:
        UsageError: seqeval is not installed.
    """
    return count_by(lambda span: span[2], *entities(gold, predicted))


def entities(gold: Sequence[str], predicted: Sequence[str]) -> tuple[list[Span], list[Span]]:
    """Return the spans that seqeval sees in the two sides' tags of one sentence.

    Raises:
        UsageError: seqeval is not installed.
    """
    try:
        from seqeval.scheme import IOB2, Entities  # noqa: PLC0415  an extra that the runtime does without
    except ImportError as error:
        raise UsageError("scoring names needs seqeval", remedy="pip install 'khabar[train]'") from error
    left, right = Entities([list(gold), list(predicted)], IOB2).entities
    return [(e.start, e.end, str(e.tag)) for e in left], [(e.start, e.end, str(e.tag)) for e in right]


def readings(sentences: Sequence[TaggedSentence]) -> list[Reading]:
    """Return the sentences as both sides read them, their tokens joined by single spaces."""
    read = []
    for s in sentences:
        text, offsets = join_tokens(s.tokens)
        gold, found = (
            [(offsets[start][0], offsets[end - 1][1], kind) for start, end, kind in side]
            for side in entities(s.gold, s.predicted)
        )
        read.append(Reading(s.id, text, gold, found))
    return read


def columns(sentences: Sequence[TaggedSentence]) -> Iterator[str]:
    """Yield the lines of a CoNLL file with the columns token, gold and predicted."""
    for s in sentences:
        for row in zip(s.tokens, s.gold, s.predicted, strict=True):
            yield "\t".join(row) + "\n"
        yield "\n"
