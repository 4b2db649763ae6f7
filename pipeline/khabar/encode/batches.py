"""Windows of subwords padded to arrays."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

# a window's words, each the ids of its subwords
WindowIds = Sequence[tuple[int, ...]]


class Batch(NamedTuple):
    """Padded windows.

    *Shape:* `ids`, `mask`, `convention`: (batch, subwords) int64; `words`: (batch, words) int64, the position of each
    word's first subword, 0 where there is no word; `word_mask`: (batch, words) int64.
    """

    ids: np.ndarray
    mask: np.ndarray
    convention: np.ndarray
    words: np.ndarray
    word_mask: np.ndarray


def pad(windows: Sequence[WindowIds], *, start: int, end: int, padding: int, conventions: Sequence[int]) -> Batch:
    """Put windows into arrays, each between the ids `start` and `end`; `conventions` has one number a window."""
    flat = [[start, *(piece for word in window for piece in word), end] for window in windows]
    shape = (len(flat), max(map(len, flat)))
    ids = np.full(shape, padding, np.int64)
    mask = np.zeros(shape, np.int64)
    words = np.zeros((len(flat), max(1, *map(len, windows), 1)), np.int64)
    word_mask = np.zeros_like(words)
    for row, (pieces, window) in enumerate(zip(flat, windows, strict=True)):
        ids[row, : len(pieces)] = pieces
        mask[row, : len(pieces)] = 1
        lengths = np.fromiter(map(len, window), np.int64, len(window))
        words[row, : len(window)] = 1 + np.cumsum(lengths) - lengths
        word_mask[row, : len(window)] = 1
    convention = np.broadcast_to(np.asarray(conventions, np.int64)[:, None], shape) * mask
    return Batch(ids, mask, convention, words, word_mask)
