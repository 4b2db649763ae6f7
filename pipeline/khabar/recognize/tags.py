"""IOB2 tags of a layer, and the best lawful reading of their scores."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

# keeps the logarithm of a rest finite
_ALMOST_ONE = 1 - 1e-6

# a span of tokens and its type: start, end (exclusive), type
Span = tuple[int, int, str]


class ScoredSpan(NamedTuple):
    """A span with its type and score, 0 to 1; end exclusive."""

    start: int
    end: int
    type: str
    score: float


class TagSet:
    """The tags `O B-X I-X B-Y I-Y ...` of a layer's types, in that order."""

    def __init__(self, types: Sequence[str]) -> None:
        self.types = tuple(types)
        self.tags = ("O", *(f"{prefix}-{t}" for t in self.types for prefix in "BI"))
        self.index = {tag: i for i, tag in enumerate(self.tags)}
        inside = [i for i, tag in enumerate(self.tags) if tag.startswith("I")]
        # an I may follow only its own B or itself
        self._step = np.zeros((len(self), len(self)), np.float32)
        self._step[:, inside] = -np.inf
        for i in inside:
            self._step[[i - 1, i], i] = 0
        self._first = np.zeros(len(self), np.float32)
        self._first[inside] = -np.inf

    def __len__(self) -> int:
        return len(self.tags)

    def encode(self, found: Sequence[Span], length: int) -> list[int]:
        """Return tag ids of non-overlapping `(start, end, type)` spans over `length` tokens."""
        ids = [0] * length
        for start, end, kind in found:
            begin = self.index[f"B-{kind}"]
            ids[start:end] = [begin] + [begin + 1] * (end - start - 1)
        return ids

    def spans(self, ids: Sequence[int]) -> list[Span]:
        """Return the spans of tag ids that IOB2 allows: the inverse of `encode`."""
        found: list[Span] = []
        start = None
        for i, tag in enumerate([*ids, 0]):
            if start is not None and (tag == 0 or tag % 2 == 1):
                found.append((start, i, self.types[(ids[start] - 1) // 2]))
                start = None
            if tag % 2 == 1:
                start = i
        return found

    def decode(self, scores: np.ndarray, lengths: Sequence[int]) -> list[list[ScoredSpan]]:
        """Return each row's spans on the best path that IOB2 allows (Viterbi).

        A span's score is the geometric mean of the probabilities of its tokens' tags and, where a token follows, of the
        span's not going on there. It orders spans; `khabar.models.calibration` makes a probability of it.
        *Shape:* `scores`: (batch, length, tags), any real scores; a softmax is applied.
        """
        logs = scores.astype(np.float32)
        logs = logs - logs.max(-1, keepdims=True)
        logs -= np.log(np.exp(logs).sum(-1, keepdims=True))
        paths = logs.argmax(-1)
        # each token's best tag is the best path where it is lawful, which nearly every sentence is
        if (broken := self._broken(paths)).any():
            longest = max(n for n, b in zip(lengths, broken, strict=True) if b)
            paths[broken, :longest] = self._viterbi(logs[broken, :longest])
        return [self._scored(paths[row, :n].tolist(), logs[row, :n]) for row, n in enumerate(lengths)]

    def _broken(self, paths: np.ndarray) -> np.ndarray:
        """Tell which rows have an I that follows neither its own B nor itself. *Shape:* (batch, length) to (batch,)."""
        before = np.zeros_like(paths)
        before[:, 1:] = paths[:, :-1]
        inside = (paths > 0) & (paths % 2 == 0)
        broken: np.ndarray = (inside & (before != paths) & (before != paths - 1)).any(1)
        return broken

    def _viterbi(self, logs: np.ndarray) -> np.ndarray:
        batch, length, _ = logs.shape
        back = np.zeros((batch, length, len(self)), np.int32)
        best = logs[:, 0] + self._first if length else np.zeros((batch, len(self)), np.float32)
        for t in range(1, length):
            options = best[:, :, None] + self._step
            back[:, t] = options.argmax(1)
            best = np.take_along_axis(options, back[:, t][:, None], 1)[:, 0] + logs[:, t]
        # padded rows end in any tags: they are cut off by the caller, and an O after the end costs the same for all
        path = np.zeros((batch, length), np.int32)
        if length:
            path[:, -1] = best.argmax(1)
        for t in range(length - 1, 0, -1):
            path[:, t - 1] = np.take_along_axis(back[:, t], path[:, t : t + 1], 1)[:, 0]
        return path

    def _scored(self, path: Sequence[int], logs: np.ndarray) -> list[ScoredSpan]:
        return [
            ScoredSpan(start, end, kind, self._score(logs[start : end + 1], path[start:end]))
            for start, end, kind in self.spans(path)
        ]

    def _score(self, logs: np.ndarray, tags: Sequence[int]) -> float:
        """Score the span of some tags, given log-probabilities of its tokens and of the next one, if there is one."""
        # a span has a word or two: plain numbers are faster than arrays
        steps = [float(row[tag]) for row, tag in zip(logs, tags, strict=False)]
        if len(logs) > len(tags):
            on = tags[0] + 1  # B and I of a type are neighbors
            steps.append(math.log1p(-min(math.exp(logs[-1, on]), _ALMOST_ONE)))
        return math.exp(sum(steps) / len(steps))
