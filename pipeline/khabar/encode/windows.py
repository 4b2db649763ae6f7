"""Windows of whole sentences: as long as the encoder reads at once, overlapping as far as relations reach."""

from collections.abc import Sequence
from typing import NamedTuple


class Window(NamedTuple):
    """Pieces `first` to `last` (exclusive) of a text."""

    first: int
    last: int


def windows(sizes: Sequence[int], limit: int, reach: int) -> list[Window]:
    """Cover pieces of the given sizes (subwords) by windows of at most `limit`.

    Any two pieces that are at most `reach` apart share a window, unless they do not fit into one.

    Raises:
        ValueError: a piece is longer than `limit`.
    """
    if sizes and max(sizes) > limit:
        raise ValueError(f"expected pieces of at most {limit} subwords, got {max(sizes)}")
    spans: list[Window] = []
    first = last = 0
    filled = 0
    while last < len(sizes):
        while last < len(sizes) and filled + sizes[last] <= limit:
            filled += sizes[last]
            last += 1
        spans.append(Window(first, last))
        if last == len(sizes):
            break
        # the next window shares `reach` pieces with this one, if they leave room for a new piece
        start = max(first + 1, last - reach)
        while sum(sizes[start : last + 1]) > limit:
            start += 1
        filled = sum(sizes[start:last])
        first = start
    return spans


def cut_pieces(sizes: Sequence[int], limit: int) -> list[tuple[int, int]]:
    """Cut a sentence, given the sizes of its words in subwords, into spans of words of at most `limit` subwords.

    A word that is longer than `limit` alone counts as `limit` (its subwords are cut when it is encoded).
    """
    spans, start, filled = [], 0, 0
    for i, size in enumerate(sizes):
        if filled + min(size, limit) > limit:
            spans.append((start, i))
            start, filled = i, 0
        filled += min(size, limit)
    return [*spans, (start, len(sizes))] if len(sizes) > start else spans
