"""Windows to mentions of two layers: names and facts."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from khabar.encode.encoder import EncodedWindow, Piece
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
        self, articles: Iterable[Sequence[EncodedWindow]], convention: str | None = None
    ) -> Iterator[Recognized]:
        """Yield the mentions of each article's windows, inner types included, in the order of the text.

        A runner with threads of its own reads the first articles while `articles` still makes the later ones.

        Raises:
            ValueError: the model does not know the convention.
        """
        number = 0 if convention is None else self._config.conventions.index(convention)
        read, kept = itertools.tee(articles)
        tagged = self._runner.tag((w.words for windows in read for w in windows), number)
        for windows in kept:
            yield self._recognized(windows, list(itertools.islice(tagged, len(windows))))

    def _recognized(self, windows: Sequence[EncodedWindow], tagged: Sequence[Tagged]) -> Recognized:
        config = self._config
        return Recognized(
            decode(self._names, windows, [t.names for t in tagged], config.names_calibration),
            decode(self._facts, windows, [t.facts for t in tagged], config.facts_calibration),
            [t.words for t in tagged],
        )


def decode(
    tags: TagSet, windows: Sequence[EncodedWindow], scores: Sequence[np.ndarray], calibration: Calibration = PLAIN
) -> list[Found]:
    """Return the mentions of an article's pieces, each decoded by itself: none crosses a sentence.

    What several windows say of a piece counts alike: the mean of scores is the geometric mean of probabilities.
    *Shape:* `scores`: (words, tags) of each window.
    """
    pieces: dict[int, Piece] = {}
    said: dict[int, list[np.ndarray]] = {}
    for window, of_words in zip(windows, scores, strict=True):
        for number, (piece, start) in enumerate(zip(window.pieces, window.starts, strict=True), window.window.first):
            pieces[number] = piece
            said.setdefault(number, []).append(of_words[start : start + len(piece.words)])
    if not pieces:
        return []
    lengths = [len(p.words) for p in pieces.values()]
    padded = np.zeros((len(pieces), max(lengths), len(tags)), np.float32)
    for row, parts in enumerate(said.values()):
        padded[row, : lengths[row]] = parts[0] if len(parts) == 1 else np.mean(parts, axis=0)
    return [
        Found(kind, calibrated(score, calibration), piece.sentence, piece.first + start, piece.first + end)
        for piece, spans in zip(pieces.values(), tags.decode(padded, lengths), strict=True)
        for start, end, kind, score in spans
    ]
