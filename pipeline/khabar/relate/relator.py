"""Mentions of an article to relations between them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from khabar.encode.encoder import EncodedWindow
from khabar.models.folder import ModelConfig
from khabar.models.runner import Links, Runner
from khabar.recognize.recognizer import Found
from khabar.recognize.tags import Span as TagSpan
from khabar.recognize.tags import TagSet
from khabar.relate.features import PairFinder, Span
from khabar.relate.scores import best_relations
from khabar.schema import Schema


class Link(NamedTuple):
    """A relation between the mentions at two positions of a list, with its probability."""

    head: int
    type: str
    tail: int
    score: float


class Relator:
    """Scores the pairs that the schema allows, each in the first window that holds both mentions."""

    def __init__(self, runner: Runner, config: ModelConfig, schema: Schema) -> None:
        self._runner, self._config = runner, config
        self._find = PairFinder(schema)
        self._names, self._facts = TagSet(config.shown), TagSet(config.facts)

    def __call__(
        self, windows: Sequence[EncodedWindow], states: Sequence[np.ndarray], mentions: Sequence[Found]
    ) -> list[Link]:
        """Return the relations among an article's mentions (visible types); a pair has one at most."""
        links: dict[tuple[int, int], Link | None] = {}
        for window, words in zip(windows, states, strict=True):
            places = places_in(window, mentions)
            if len(places) > 1:
                for link, pair in self._relate(window, words, mentions, places):
                    links.setdefault(pair, link)
        return sorted(link for link in links.values() if link)

    def _relate(
        self, window: EncodedWindow, words: np.ndarray, mentions: Sequence[Found], places: dict[int, Span]
    ) -> list[tuple[Link | None, tuple[int, int]]]:
        numbers, spans = list(places), list(places.values())
        pairs = self._find(spans, window.tokens)
        if not len(pairs.ends):
            return []
        count = len(words)
        layers = [np.array([tags.encode(layer(spans, tags.types), count)]) for tags in (self._names, self._facts)]
        ends = np.array([(0, s.start, s.end - 1) for s in spans])
        mask = np.ones((1, count), np.int64)
        scores = self._runner.relate(Links(words[None], mask, layers[0], layers[1], ends, pairs.ends, pairs.features))
        best, probability = best_relations(scores, pairs.allowed, self._config.none_bias)
        found: list[tuple[Link | None, tuple[int, int]]] = []
        for (h, t), relation, score in zip(pairs.ends.tolist(), best.tolist(), probability.tolist(), strict=True):
            head, tail = numbers[h], numbers[t]
            found.append(
                (Link(head, self._config.relations[relation], tail, score) if relation >= 0 else None, (head, tail))
            )
        return found


def places_in(window: EncodedWindow, mentions: Sequence[Found]) -> dict[int, Span]:
    """Return the mentions that lie in a window, by their number, at their words in it."""
    pieces: dict[int, list[int]] = {}
    for i, piece in enumerate(window.pieces):
        pieces.setdefault(piece.sentence, []).append(i)
    places = {}
    for number, mention in enumerate(mentions):
        for i in pieces.get(mention.sentence, ()):
            piece = window.pieces[i]
            if piece.first <= mention.start and mention.end <= piece.first + len(piece.words):
                offset = window.starts[i] - piece.first
                places[number] = Span(mention.type, mention.sentence, mention.start + offset, mention.end + offset)
    return places


def layer(spans: Sequence[Span], types: Sequence[str]) -> list[TagSpan]:
    """Return the spans of one tag layer without overlaps: the longer one stays, then the earlier."""
    taken: list[TagSpan] = []
    for span in sorted((s for s in spans if s.type in types), key=lambda s: (s.start - s.end, s.start)):
        if all(span.end <= a or b <= span.start for a, b, _ in taken):
            taken.append((span.start, span.end, span.type))
    return sorted(taken)
