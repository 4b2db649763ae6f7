"""The one interface behind which models run."""

from typing import NamedTuple, Protocol

import numpy as np

from khabar.encode.batches import Batch


class Tagged(NamedTuple):
    """*Shape:* `words`: (batch, words, hidden); `names`, `facts`: (batch, words, tags); all float32."""

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
    """Runs a model's two parts.

    A window's result must not depend on the windows beside it in a batch.
    """

    def tag(self, batch: Batch) -> Tagged:
        """Return word states and tag scores of padded windows."""
        ...

    def relate(self, links: Links) -> np.ndarray:
        """Return the scores of the pairs. *Shape:* (pairs, relations + 1) float32, the last column is "none"."""
        ...
