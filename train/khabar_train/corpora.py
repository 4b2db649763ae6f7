"""Corpora as the runtime would see them: normalized sentences with their names in tokens of ours."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from khabar.formats.conll import spans
from khabar.normalize import normalize
from khabar.recognize.tags import Span
from khabar.segment.align import AlignedSentence
from khabar_eval.corpora import Corpus, read_corpus


@dataclass(frozen=True)
class Sentence:
    """A normalized sentence: its tokens, and its mentions as `(start, end, label)` in tokens, end exclusive."""

    tokens: tuple[str, ...]
    mentions: tuple[Span, ...]


def read_sentences(corpus: Corpus, path: Path) -> list[Sentence]:
    """Read a corpus file through the runtime's normalization; errors as `khabar_eval.corpora.read_corpus` has them."""
    return [
        align(_unmask(s.tokens) if corpus.masked_digits else s.tokens, spans(s.tags)) for s in read_corpus(corpus, path)
    ]


def align(tokens: Sequence[str], found: Iterable[Span]) -> Sentence:
    """Normalize a tokenized sentence and carry its spans over to the tokens that the runtime would cut."""
    aligned = AlignedSentence(tokens, normalize)
    moved = ((aligned.from_given(start, end), label) for start, end, label in found)
    return Sentence(aligned.tokens, tuple((*span, label) for span, label in moved if span))


def _unmask(tokens: Sequence[str]) -> list[str]:
    """Replace each masked number by a plausible one, the same for the same sentence."""
    numbers = random.Random(" ".join(tokens))
    return [str(numbers.randrange(1, 10 ** numbers.choice((1, 2, 2, 3, 4)))) if t == "0" else t for t in tokens]
