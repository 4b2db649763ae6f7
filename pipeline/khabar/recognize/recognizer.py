"""Windows to mentions of two layers: names and facts."""

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from khabar.encode.encoder import EncodedWindow
from khabar.models.calibration import PLAIN, Calibration, calibrated
from khabar.models.folder import ModelConfig
from khabar.models.runner import Runner, Tagged
from khabar.recognize.tags import TagSet


class Found(NamedTuple):
    """A mention in an article: type, probability, its sentence, and its words in the sentence, end exclusive."""

    type: str
    score: float
    sentence: int
    start: int
    end: int


class Recognized(NamedTuple):
    """An article's mentions, and each window's word states for the relator. *Shape:* (words, hidden) each."""

    names: list[Found]
    facts: list[Found]
    states: list[np.ndarray]


class Recognizer:
    """Reads windows under one corpus's conventions and decodes both tag layers."""

    def __init__(self, runner: Runner, config: ModelConfig) -> None:
        self._runner, self._config = runner, config
        self._names, self._facts = TagSet(config.names), TagSet(config.facts)

    def __call__(
        self, articles: Sequence[Sequence[EncodedWindow]], convention: str | None = None
    ) -> Iterator[Recognized]:
        """Yield the mentions of each article's windows, inner types included, in the order of the text.

        Raises:
            ValueError: the model does not know the convention.
        """
        number = 0 if convention is None else self._config.conventions.index(convention)
        tagged = self._runner.tag([w.words for windows in articles for w in windows], number)
        for windows in articles:
            yield self._recognized(windows, list(itertools.islice(tagged, len(windows))))

    def _recognized(self, windows: Sequence[EncodedWindow], tagged: Sequence[Tagged]) -> Recognized:
        together, config = list(zip(windows, tagged, strict=True)), self._config
        return Recognized(
            [m for window, t in together for m in decode(self._names, t.names, window, config.names_calibration)],
            [m for window, t in together for m in decode(self._facts, t.facts, window, config.facts_calibration)],
            [t.words for t in tagged],
        )


def decode(tags: TagSet, scores: np.ndarray, window: EncodedWindow, calibration: Calibration = PLAIN) -> list[Found]:
    """Return the mentions of the pieces that a window owns, each decoded by itself: none crosses a sentence.

    *Shape:* `scores`: (words, tags), of the whole window.
    """
    span = window.window
    owned = range(span.own_first - span.first, span.own_last - span.first)
    if not owned:
        return []
    pieces = [window.pieces[i] for i in owned]
    lengths = [len(p.words) for p in pieces]
    padded = np.zeros((len(pieces), max(lengths), scores.shape[-1]), np.float32)
    for row, i in enumerate(owned):
        padded[row, : lengths[row]] = scores[window.starts[i] : window.starts[i] + lengths[row]]
    decoded = tags.decode(padded, lengths)
    return [
        Found(kind, calibrated(score, calibration), piece.sentence, piece.first + start, piece.first + end)
        for piece, spans in zip(pieces, decoded, strict=True)
        for start, end, kind, score in spans
    ]
