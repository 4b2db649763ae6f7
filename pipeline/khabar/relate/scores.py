"""Scores of pairs to one relation each, or none."""

import numpy as np

from khabar.relate.features import Pairs
from khabar.schema import Schema


class RelationDecoder:
    """Chooses relations that may stand beside each other, as the schema's `one_tail` and `one_head` say.

    The members of a list count as one, but not where both ends are of one type, as in `same_as`.
    """

    def __init__(self, schema: Schema) -> None:
        signatures = schema.relations.values()
        self._one_tail = [s.one_tail for s in signatures]
        self._one_head = [s.one_head for s in signatures]
        self._alike = [s.same_type for s in signatures]

    def __call__(self, scores: np.ndarray, pairs: Pairs, none_bias: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """Return each pair's relation (-1: none) and its probability; of rivals the likeliest stays.

        *Shape:* `scores`: (pairs, relations + 1), the last column is "none", to whose score `none_bias` is added;
        returns (pairs,) int64 and (pairs,) float32.
        """
        best, probability = best_relations(scores, pairs.allowed, none_bias)
        return self.limited(best, probability, pairs.ends, pairs.lists), probability

    def limited(self, best: np.ndarray, probability: np.ndarray, ends: np.ndarray, lists: np.ndarray) -> np.ndarray:
        """Return the relations of pairs without those that likelier rivals rule out, -1 in their place.

        *Shape:* `best`, `probability`: (pairs,); `ends`: (pairs, 2) positions of head and tail; `lists`: (mentions,).
        """
        best = best.copy()
        heads, tails = ends.T.tolist()
        members, alone = lists.tolist(), list(range(len(lists)))
        tail_of: dict[tuple[int, int], int] = {}
        head_of: dict[tuple[int, int], int] = {}
        for i in sorted(np.flatnonzero(best >= 0).tolist(), key=lambda i: -probability[i]):
            relation, head, tail = int(best[i]), heads[i], tails[i]
            side = alone if self._alike[relation] else members
            free = not self._one_tail[relation] or tail_of.get((relation, head), side[tail]) == side[tail]
            free &= not self._one_head[relation] or head_of.get((relation, tail), side[head]) == side[head]
            if free:
                tail_of[relation, head], head_of[relation, tail] = side[tail], side[head]
            else:
                best[i] = -1
        return best


def best_relations(scores: np.ndarray, allowed: np.ndarray, none_bias: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return each pair's best allowed relation (-1: none) and its probability, whatever the others are.

    *Shape:* `scores`, `allowed`: (pairs, relations + 1), the last column is "none", to whose score `none_bias` is
    added; returns (pairs,) int64 and (pairs,) float32.
    """
    logits = np.where(allowed, scores, -np.inf).astype(np.float32)
    if not len(logits):
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    logits[:, -1] += none_bias
    logits -= logits.max(1, keepdims=True)
    probabilities = np.exp(logits)
    probabilities /= probabilities.sum(1, keepdims=True)
    best = probabilities.argmax(1)
    return np.where(best == logits.shape[1] - 1, -1, best), probabilities.max(1)
