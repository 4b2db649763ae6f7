"""Which pairs of mentions may be related, and what can be seen of a pair without reading it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from khabar.relate.rivals import SIZES as RIVAL_SIZES
from khabar.relate.rivals import list_numbers, rival_features
from khabar.schema import Schema

# the sizes of the feature tables, in the order of `Pairs.features`' columns
SENTENCE_BUCKETS = 7
GAP_EDGES = np.array([0, 1, 2, 3, 5, 8, 12, 20, 32, 64])
BETWEEN_BUCKETS = 6
MATCH_BUCKETS = 5
CONTAINED = 3  # from this match on, one's words are all in the other
NEST_BUCKETS = 3


class Span(NamedTuple):
    """A mention inside a window: type, sentence, and words `start` to `end` (exclusive) of the window."""

    type: str
    sentence: int
    start: int
    end: int


class Pairs(NamedTuple):
    """Candidate pairs of one window.

    *Shape:* `ends`: (pairs, 2) positions of head and tail; `features`: (pairs, 10) buckets;
    `allowed`: (pairs, relations + 1) bool, the last column is "none"; `lists`: (mentions,), the same number for the
    members of a list («X، Y و Z»).
    """

    ends: np.ndarray
    features: np.ndarray
    allowed: np.ndarray
    lists: np.ndarray


class PairFinder:
    """Lists the pairs that the schema's signatures and reach allow, with their features.

    The features are: both types, signed distance in sentences, words between, mentions between, how far the words
    agree, whether one holds the other, and those of `khabar.relate.rivals`.
    """

    def __init__(self, schema: Schema) -> None:
        self.types = schema.mention_types
        self.relations = tuple(schema.relations)
        self._type_id = {t: i for i, t in enumerate(self.types)}
        count = len(self.types)
        self._allowed = np.zeros((count, count, len(self.relations) + 1), bool)
        for h, head in enumerate(self.types):
            for t, tail in enumerate(self.types):
                self._allowed[h, t, :-1] = [s.allows(head, tail) for s in schema.relations.values()]
        self._allowed[..., -1] = True
        self._reach = np.array([s.reach for s in schema.relations.values()])
        self._later = np.array([s.head_is_later for s in schema.relations.values()])

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of buckets of each feature column."""
        return (
            len(self.types) ** 2,
            SENTENCE_BUCKETS,
            len(GAP_EDGES) + 1,
            BETWEEN_BUCKETS,
            MATCH_BUCKETS,
            NEST_BUCKETS,
            *RIVAL_SIZES,
        )

    def __call__(self, spans: Sequence[Span], words: Sequence[str]) -> Pairs:
        """Return the candidate pairs among `spans` of a window with these words."""
        kinds = np.array([self._type_id[s.type] for s in spans], np.int64)
        places = np.array([s[1:] for s in spans], np.int64).reshape(-1, 3)
        allowed = (
            self._allowed[kinds[:, None], kinds[None, :]]
            if len(spans)
            else np.zeros((0, 0, len(self.relations) + 1), bool)
        )
        apart = places[:, None, 0] - places[None, :, 0]
        # same_as runs from a later mention to an earlier one
        later = (places[:, None, 1] > places[None, :, 1]) | (
            (places[:, None, 1] == places[None, :, 1]) & (places[:, None, 2] > places[None, :, 2])
        )
        allowed[..., :-1] &= (later[..., None] | ~self._later) & (np.abs(apart)[..., None] <= self._reach)
        head, tail = np.nonzero(allowed[..., :-1].any(-1) & ~np.eye(len(spans), dtype=bool))
        ends = np.stack([head, tail], 1)
        matches = self._matches([words[s.start : s.end] for s in spans])
        lists = list_numbers(kinds, places[:, 1:], words)
        rivals = rival_features(ends, kinds, places[:, 1:], lists, matches >= CONTAINED)
        features = np.concatenate([self._features(head, tail, kinds, places, matches), rivals], 1)
        return Pairs(ends, features, allowed[head, tail], lists)

    def _features(
        self, head: np.ndarray, tail: np.ndarray, kinds: np.ndarray, places: np.ndarray, matches: np.ndarray
    ) -> np.ndarray:
        first = np.where(places[head, 1] <= places[tail, 1], head, tail)
        second = head + tail - first
        gap = places[second, 1] - places[first, 2]
        starts = np.sort(places[:, 1])
        between = np.searchsorted(starts, places[second, 1]) - np.searchsorted(starts, places[first, 2])
        holds = np.where(gap >= 0, 0, np.where(places[first, 2] >= places[second, 2], 1, 2))
        return np.stack(
            [
                kinds[head] * len(self.types) + kinds[tail],
                np.clip(places[head, 0] - places[tail, 0] + SENTENCE_BUCKETS // 2, 0, SENTENCE_BUCKETS - 1),
                np.where(gap < 0, 0, np.searchsorted(GAP_EDGES, gap, side="right")),
                np.clip(between, 0, BETWEEN_BUCKETS - 1),
                matches[head, tail],
                holds,
            ],
            1,
        ).astype(np.int64)

    @staticmethod
    def _matches(surfaces: list[Sequence[str]]) -> np.ndarray:
        """0 no word in common, 1 some word, 2 the same first word, 3 one's words are all in the other, 4 equal."""
        count = len(surfaces)
        match = np.zeros((count, count), np.int64)
        sets = [frozenset(s) for s in surfaces]
        by_word: dict[str, list[int]] = {}
        for i, words in enumerate(sets):
            for word in words:
                by_word.setdefault(word, []).append(i)
        for i in range(count):
            for j in {j for word in sets[i] for j in by_word[word]}:
                if tuple(surfaces[i]) == tuple(surfaces[j]):
                    match[i, j] = 4
                elif sets[i] <= sets[j] or sets[j] <= sets[i]:
                    match[i, j] = 3
                else:
                    match[i, j] = 2 if surfaces[i][0] == surfaces[j][0] else 1
        return match
