"""Mentions of an article to relations between them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from khabar.encode.encoder import EncodedWindow
from khabar.models.calibration import calibrated
from khabar.models.folder import ModelConfig
from khabar.models.runner import Links, Runner
from khabar.recognize.recognizer import Found
from khabar.recognize.tags import Span as TagSpan
from khabar.recognize.tags import TagSet
from khabar.relate.features import PairFinder, Pairs, Span
from khabar.relate.scores import RelationDecoder, best_relations
from khabar.schema import Schema


class Link(NamedTuple):
    """A relation between the mentions at two positions of a list, with its probability."""

    head: int
    type: str
    tail: int
    score: float


class Mentioned(NamedTuple):
    """An article as the relator sees it: windows, their word states (words, hidden), mentions of visible types."""

    windows: Sequence[EncodedWindow]
    states: Sequence[np.ndarray]
    mentions: Sequence[Found]


class Relator:
    """Scores the pairs that the schema allows, in every window that holds both mentions."""

    def __init__(self, runner: Runner, config: ModelConfig, schema: Schema) -> None:
        self._runner, self._config = runner, config
        self._find, self._decode = PairFinder(schema), RelationDecoder(schema)
        self._names, self._facts = TagSet(config.shown), TagSet(config.facts)

    def __call__(self, article: Mentioned) -> list[Link]:
        """Return the relations among an article's mentions; a pair has one at most."""
        questions = self._questions(article)
        return self._answers(questions, list(self._runner.relate([q.links for q in questions])))

    def _questions(self, article: Mentioned) -> list["_Question"]:
        found = []
        for window, states in zip(article.windows, article.states, strict=True):
            places = places_in(window, article.mentions)
            spans = list(places.values())
            pairs = self._find(spans, window.tokens)
            if len(pairs.ends):
                found.append(_Question(list(places), pairs, self._links(states, spans, pairs)))
        return found

    def _links(self, states: np.ndarray, spans: Sequence[Span], pairs: Pairs) -> Links:
        count = len(states)
        names, facts = (np.array([tags.encode(layer(spans, tags.types), count)]) for tags in (self._names, self._facts))
        ends = np.array([(0, s.start, s.end - 1) for s in spans])
        return Links(states[None], np.ones((1, count), np.int64), names, facts, ends, pairs.ends, pairs.features)

    def _answers(self, questions: Sequence["_Question"], scores: Sequence[np.ndarray]) -> list[Link]:
        """Join what the windows say of each pair, which counts alike: the mean of their scores. Of which list a mention
        is, the first window says."""
        if not questions:
            return []
        lists = np.arange(1 + max(max(q.numbers) for q in questions))
        for q in reversed(questions):
            lists[q.numbers] = np.array(q.numbers)[q.pairs.lists]
        ends = np.concatenate([np.array(q.numbers)[q.pairs.ends] for q in questions])
        allowed = np.concatenate([q.pairs.allowed for q in questions])
        keys, first, place, windows = np.unique(
            ends[:, 0] * len(lists) + ends[:, 1], return_index=True, return_inverse=True, return_counts=True
        )
        said = np.zeros((len(keys), allowed.shape[1]), np.float32)
        np.add.at(said, place, np.concatenate(scores))
        best, probability = best_relations(said / windows[:, None], allowed[first], self._config.none_bias)
        pairs = ends[first]
        kept = self._decode.limited(best, probability, pairs, lists)
        return [
            Link(head, self._config.relations[relation], tail, calibrated(score, self._config.relations_calibration))
            for (head, tail), relation, score in zip(pairs.tolist(), kept.tolist(), probability.tolist(), strict=True)
            if relation >= 0
        ]


class _Question(NamedTuple):
    """The candidate pairs of a window; `numbers` are its mentions' positions in the article's list."""

    numbers: list[int]
    pairs: Pairs
    links: Links


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
    words: set[int] = set()
    for span in sorted((s for s in spans if s.type in types), key=lambda s: (s.start - s.end, s.start)):
        own = range(span.start, span.end)
        if words.isdisjoint(own):
            words.update(own)
            taken.append((span.start, span.end, span.type))
    return sorted(taken)
