"""The one interface behind which models run."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from khabar.encode.batches import WindowIds


class Tagged(NamedTuple):
    """One window. *Shape:* `words`: (words, hidden); `names`, `facts`: (words, tags); all float32."""

    words: np.ndarray
    names: np.ndarray
    facts: np.ndarray


class Links(NamedTuple):
    """What the relator reads of one window.

    *Shape:* `words`: (1, words, hidden) float32; all others int64: `word_mask`, `names`, `facts`: (1, words), the tag
    ids of its mentions; `spans`: (spans, 3) of row, first and last word; `pairs`: (pairs, 2); `features`:
    (pairs, columns).
    """

    words: np.ndarray
    word_mask: np.ndarray
    names: np.ndarray
    facts: np.ndarray
    spans: np.ndarray
    pairs: np.ndarray
    features: np.ndarray


class Runner(Protocol):
    """Runs a model's two parts over many windows, the results in their order.

    A window's result must not depend on the windows beside it.
    """

    def tag(self, windows: Iterable[WindowIds], convention: int) -> Iterator[Tagged]:
        """Yield word states and tag scores of each window, read under one corpus's conventions.

        All of `windows` is taken at once; what works beside the caller's thread begins with the first.
        """
        ...

    def relate(self, links: Sequence[Links]) -> Iterator[np.ndarray]:
        """Yield each window's scores of its pairs. *Shape:* (pairs, relations + 1) float32, the last column "none"."""
        ...
