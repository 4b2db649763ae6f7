"""Replacing stretches of a text while keeping every character's place in the source."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

Edit = tuple[int, int, str]
"""Replace `text[start:end]` by a string; edits stand in order and do not overlap."""


class Revision(NamedTuple):
    """Edits of a text of so many characters."""

    length: int
    edits: Sequence[Edit]


class Draft:
    """A text under revision: what it says now, and what was done to the source. Alignment is worked out when asked."""

    def __init__(self, source: str) -> None:
        """Start from the source itself."""
        self.source = source
        self.text = source
        self.revisions: list[Revision] = []

    def replace_one_to_one(self, text: str) -> None:
        """Take over a text of the same length, character for character."""
        if len(text) != len(self.text):
            raise ValueError(f"expected {len(self.text)} characters, got {len(text)}")
        self.text = text

    def apply(self, edits: Sequence[Edit]) -> None:
        """Carry out edits; see `trace` for what they do to the alignment."""
        if not edits:
            return
        self.revisions.append(Revision(len(self.text), edits))
        pieces: list[str] = []
        at = 0
        for start, end, new in edits:
            pieces.append(self.text[at:start])
            pieces.append(new)
            at = end
        pieces.append(self.text[at:])
        self.text = "".join(pieces)


def trace(length: int, revisions: Iterable[Revision]) -> tuple[np.ndarray, np.ndarray]:
    """Return source starts and ends of the characters that revisions made of a source of that length.

    Every character of a replacement has the span of the whole stretch that it stands for; an insertion
    (`start == end`) has the empty span behind the character before it. *Shape:* (characters,) int32 each.
    """
    spans = None
    for revision in revisions:
        edited = _edited_spans(*revision)
        spans = edited if spans is None else _compose(*edited, *spans)
    if spans is None:
        places = np.arange(length + 1, dtype=np.int32)
        return places[:-1], places[1:]
    return spans


def _edited_spans(length: int, edits: Sequence[Edit]) -> tuple[np.ndarray, np.ndarray]:
    """Return the spans of every character behind the edits in the text of that length before them."""
    cut = np.array([(start, end, len(new)) for start, end, new in edits], dtype=np.int32)
    begin, stop, size = cut[:, 0], cut[:, 1], cut[:, 2]
    # Kept and replaced stretches take turns: kept 0, replaced 0, kept 1, ..., kept n.
    counts = np.empty(2 * len(edits) + 1, dtype=np.int32)
    counts[1::2] = size
    counts[0::2] = np.append(begin, length) - np.append(np.int32(0), stop)
    first = np.zeros_like(counts)
    first[2::2] = stop
    first -= np.concatenate((np.zeros(1, np.int32), np.cumsum(counts[:-1], dtype=np.int32)))
    starts = np.arange(counts.sum(), dtype=np.int32) + np.repeat(first, counts)
    ends = starts + 1
    new = np.repeat((np.arange(len(counts)) & 1).astype(bool), counts)
    starts[new] = np.repeat(begin, size)
    ends[new] = np.repeat(stop, size)
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
