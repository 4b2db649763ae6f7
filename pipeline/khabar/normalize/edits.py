"""Replacing stretches of a text while keeping every character's place in the source."""

from collections.abc import Sequence

import numpy as np

Edit = tuple[int, int, str]
"""Replace `text[start:end]` by a string; edits stand in order and do not overlap."""


class Draft:
    """A text under revision: what it says now, and which source span each of its characters came from.

    Alignment arrays are only built once something changes length, since most texts change little.
    """

    def __init__(self, source: str) -> None:
        """Start from the source itself."""
        self.source = source
        self.text = source
        self._spans: tuple[np.ndarray, np.ndarray] | None = None

    def replace_one_to_one(self, text: str) -> None:
        """Take over a text of the same length, character for character."""
        if len(text) != len(self.text):
            raise ValueError(f"expected {len(self.text)} characters, got {len(text)}")
        self.text = text

    def apply(self, edits: Sequence[Edit]) -> None:
        """Carry out edits.

        Every character of a replacement gets the span of the whole stretch that it stands for; an insertion
        (`start == end`) gets the empty span behind the character before it.
        """
        if not edits:
            return
        starts, ends = self._edited_spans(edits)
        if self._spans is not None:
            starts, ends = _compose(starts, ends, *self._spans)
        self._spans = starts, ends
        pieces: list[str] = []
        at = 0
        for start, end, new in edits:
            pieces.append(self.text[at:start])
            pieces.append(new)
            at = end
        pieces.append(self.text[at:])
        self.text = "".join(pieces)

    def spans(self) -> tuple[np.ndarray, np.ndarray]:
        """Return source starts and ends of the text's characters. *Shape:* (len(text),) int32 each."""
        if self._spans is None:
            places = np.arange(len(self.text) + 1, dtype=np.int32)
            return places[:-1], places[1:]
        return self._spans

    def _edited_spans(self, edits: Sequence[Edit]) -> tuple[np.ndarray, np.ndarray]:
        """Return spans in the current text of every character behind the edits."""
        cut = np.array([(start, end, len(new)) for start, end, new in edits], dtype=np.int32)
        begin, stop, length = cut[:, 0], cut[:, 1], cut[:, 2]
        # Kept and replaced stretches take turns: kept 0, replaced 0, kept 1, ..., kept n.
        counts = np.empty(2 * len(edits) + 1, dtype=np.int32)
        counts[1::2] = length
        counts[0::2] = np.append(begin, len(self.text)) - np.append(np.int32(0), stop)
        first = np.zeros_like(counts)
        first[2::2] = stop
        first -= np.concatenate((np.zeros(1, np.int32), np.cumsum(counts[:-1], dtype=np.int32)))
        starts = np.arange(counts.sum(), dtype=np.int32) + np.repeat(first, counts)
        ends = starts + 1
        new = np.repeat((np.arange(len(counts)) & 1).astype(bool), counts)
        starts[new] = np.repeat(begin, length)
        ends[new] = np.repeat(stop, length)
        return starts, ends


def _compose(
    starts: np.ndarray, ends: np.ndarray, inner_starts: np.ndarray, inner_ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Carry spans in a text over to spans in that text's own source."""
    # A sentinel in front gives the end "behind nothing" as 0; one behind keeps the last index valid.
    before = np.concatenate((np.zeros(1, np.int32), inner_ends))
    behind = before[ends]
    at = np.append(inner_starts, before[-1])[starts]
    empty = starts == ends
    at[empty] = before[starts[empty]]
    return at, behind
