"""A batch of rows as a model has read it, and the pairs of mentions to be scored in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from khabar.models.network import Encoded
from khabar_train.rows import Row


class Tensors(NamedTuple):
    """`khabar.encode.batches.Batch` as tensors: what the tagger is called with, and the mask of its words."""

    ids: Tensor
    mask: Tensor
    convention: Tensor
    words: Tensor
    word_mask: Tensor


class Candidates(NamedTuple):
    """The candidate pairs of the linked rows of a batch, as the relator takes them, with what is right.

    *Shape:* `names`, `facts`: (batch, words), the tag ids of the mentions; `spans`: (spans, 3) of row, first and last
    word; `pairs`: (pairs, 2) of positions in `spans`; `features`: (pairs, columns); `permitted`: (pairs, relations + 1)
    bool; `gold`: (pairs,).
    """

    names: Tensor
    facts: Tensor
    spans: Tensor
    pairs: Tensor
    features: Tensor
    permitted: Tensor
    gold: Tensor


@dataclass(frozen=True)
class Seen:
    """A batch, read: rows, which of them are read under the first corpus's conventions, and the model's states."""

    rows: Sequence[Row]
    lent: Sequence[bool]
    batch: Tensors
    encoded: Encoded
    candidates: Candidates | None


def gather(rows: Sequence[Row], word_mask: Tensor) -> Candidates | None:
    """Return the candidate pairs of all rows that have mentions to link; None where there is no pair."""
    tags = torch.zeros((2, *word_mask.shape), dtype=torch.long)
    spans: list[tuple[int, int, int]] = []
    pairs, features, permitted, gold = [], [], [], []
    for i, row in enumerate(rows):
        if (link := row.linked) is None or not len(link.pairs.ends):
            continue
        tags[0, i, : len(link.name_tags)] = torch.tensor(link.name_tags)
        tags[1, i, : len(link.fact_tags)] = torch.tensor(link.fact_tags)
        pairs.append(link.pairs.ends + len(spans))
        spans += [(i, s.start, s.end - 1) for s in link.spans]
        features.append(link.pairs.features)
        permitted.append(link.pairs.allowed)
        gold.append(link.gold)
    if not pairs:
        return None
    joined = (torch.from_numpy(np.concatenate(part)) for part in (pairs, features, permitted, gold))
    return Candidates(*(t.to(word_mask.device) for t in (tags[0], tags[1], torch.tensor(spans), *joined)))
