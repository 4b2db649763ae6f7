"""Windows to mentions of two layers: names and facts."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from khabar.encode.batches import pad
from khabar.encode.encoder import EncodedWindow
from khabar.models.folder import ModelConfig
from khabar.models.runner import Runner
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

    def __call__(self, windows: Sequence[EncodedWindow], convention: str | None = None) -> Recognized:
        """Return the mentions of one article's windows, inner types included, in the order of the text.

        Raises:
            ValueError: the model does not know the convention.
        """
        config = self._config
        number = 0 if convention is None else config.conventions.index(convention)
        names: list[Found] = []
        facts: list[Found] = []
        states: list[np.ndarray] = []
        for window in windows:
            batch = pad(
                [window.words],
                start=config.start_id,
                end=config.end_id,
                padding=config.padding_id,
                conventions=[number],
            )
            tagged = self._runner.tag(batch)
            names += self._decode(self._names, tagged.names[0], window)
            facts += self._decode(self._facts, tagged.facts[0], window)
            states.append(tagged.words[0])
        return Recognized(names, facts, states)

    @staticmethod
    def _decode(tags: TagSet, scores: np.ndarray, window: EncodedWindow) -> list[Found]:
        """Decode the pieces that the window owns, each by itself: no mention crosses a sentence."""
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
            Found(kind, score, piece.sentence, piece.first + start, piece.first + end)
            for piece, spans in zip(pieces, decoded, strict=True)
            for start, end, kind, score in spans
        ]
