"""Texts that come with tokens of their own, read through the runtime's normalization and tokens."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from khabar.normalize.clean import CleanText
from khabar.segment.tokens import join_tokens, tokenize


class AlignedSentence:
    """A sentence given as tokens, and the same sentence as the runtime cuts it.

    `tokens` are the runtime's; all spans are in tokens, end exclusive.
    """

    def __init__(self, given: Sequence[str], normalize: Callable[[str], CleanText]) -> None:
        text, self._given = join_tokens(given)
        self._clean = normalize(text)
        self._cut = tokenize(self._clean.text)
        self.tokens = tuple(self._clean.text[a:b] for a, b in self._cut)

    def from_given(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the runtime's tokens that touch a span of the given ones; None where nothing is left of it."""
        left, right = self._clean.from_source(self._given[start][0], self._given[end - 1][1])
        first = bisect_right([b for _, b in self._cut], left)
        last = bisect_left([a for a, _ in self._cut], right)
        return (first, last) if first < last else None

    def to_given(self, start: int, end: int) -> tuple[int, int]:
        """Return the given tokens that a span of the runtime's touches."""
        left, right = self._clean.to_source(self._cut[start][0], self._cut[end - 1][1])
        first = bisect_right([b for _, b in self._given], left)
        return first, max(first + 1, bisect_left([a for a, _ in self._given], right))
