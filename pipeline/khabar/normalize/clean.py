"""Clean text that knows where each of its characters came from."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from khabar.normalize.edits import Revision, trace


@dataclass(frozen=True, slots=False)
class CleanText:
    """Normalized text with its alignment to the source, which is worked out when it is first asked for.

    `revisions` are what was done to the source, in order.
    """

    text: str
    source: str
    revisions: tuple[Revision, ...]

    @property
    def starts(self) -> np.ndarray:
        """Where the source span of each clean character starts, monotone; a deleted character is covered by no span.

        *Shape:* (len(text),) int32, in code points.
        """
        return self._spans[0]

    @property
    def ends(self) -> np.ndarray:
        """Where it ends, exclusive, monotone; an inserted character has an empty span. *Shape:* (len(text),) int32."""
        return self._spans[1]

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
        left = int(np.searchsorted(self.ends, start, side="right"))
        right = int(np.searchsorted(self.starts, end, side="left"))
        return left, max(left, right)

    @cached_property
    def _spans(self) -> tuple[np.ndarray, np.ndarray]:
        starts, ends = trace(len(self.source), self.revisions)
        return np.ascontiguousarray(starts), np.ascontiguousarray(ends)
