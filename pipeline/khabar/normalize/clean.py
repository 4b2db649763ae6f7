"""Clean text that knows where each of its characters came from."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, slots=False)
class CleanText:
    """Normalized text with its alignment to the source.

    `starts[i]` and `ends[i]` are the source span (code points, end exclusive) of clean character i. Both are
    monotone. An inserted character has an empty span; a deleted one is covered by no span.
    *Shape:* `starts`, `ends`: (len(text),) int32.
    """

    text: str
    source: str
    starts: np.ndarray
    ends: np.ndarray

    def __str__(self) -> str:
        """Return the clean text."""
        return self.text

    def __len__(self) -> int:
        """Return the number of clean characters."""
        return len(self.text)

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """Return the source span of clean span `start` to `end`; the span must not be empty."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"expected 0 <= start < end <= {len(self.text)}, got {start}, {end}")
        return int(self.starts[start]), max(int(self.ends[end - 1]), int(self.starts[start]))

    def from_source(self, start: int, end: int) -> tuple[int, int]:
        """Return the clean span of everything that came from source span `start` to `end`; empty where nothing did."""
        left = int(np.searchsorted(self._ends, start, side="right"))
        right = int(np.searchsorted(self._starts, end, side="left"))
        return left, max(left, right)

    @cached_property
    def _starts(self) -> np.ndarray:
        return np.ascontiguousarray(self.starts)

    @cached_property
    def _ends(self) -> np.ndarray:
        return np.ascontiguousarray(self.ends)
