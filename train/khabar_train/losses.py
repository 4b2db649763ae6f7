"""Losses over labels that a corpus gives only in part."""

import torch
from torch import Tensor, nn

from khabar.recognize.tags import TagSet
from khabar_eval.corpora import Corpus


def compatible_tags(corpus: Corpus, tags: TagSet) -> Tensor:
    """Return which inner tags each tag of ours may stand for when this corpus writes it.

    Where the corpus writes O, a token may still be in a span of a type that it is silent about or merges into O;
    where it writes ORG, the inner type may be any that it merges into ORG.
    *Shape:* (tags, tags) bool, a row for each written tag; rows of types that the corpus lacks are only themselves.
    """
    table = torch.eye(len(tags), dtype=torch.bool)
    for kind in corpus.silent:
        table[0, _pair(tags, kind)] = True
    for inner, written in corpus.merged.items():
        if written == "O":
            table[0, _pair(tags, inner)] = True
        else:
            for prefix in "BI":
                table[tags.index[f"{prefix}-{written}"], tags.index[f"{prefix}-{inner}"]] = True
    return table


def only_types(corpus: Corpus, tags: TagSet, types: set[str]) -> Tensor:
    """Return the same table for a reading in which the corpus teaches nothing but `types`: every other tag of
    theirs, and O, says only that none of `types` is there. *Shape:* (tags, tags) bool."""
    taught = [i for kind in types for i in _pair(tags, kind)]
    anything_else = torch.ones(len(tags), dtype=torch.bool)
    anything_else[taught] = False
    table = anything_else.expand(len(tags), -1).clone()
    for i in taught:
        table[i] = False
        table[i, i] = True
    return table


def partial_loss(scores: Tensor, allowed: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of -log p(any allowed tag) over the words that `mask` chooses.

    *Shape:* `scores`: (batch, words, tags); `allowed`: the same, bool; `mask`: (batch, words).
    """
    scores, allowed = scores[mask > 0].float(), allowed[mask > 0]
    if not len(scores):
        return scores.sum()
    right = scores.masked_fill(~allowed, -torch.inf).logsumexp(-1)
    return (scores.logsumexp(-1) - right).mean()


def relation_loss(scores: Tensor, allowed: Tensor, gold: Tensor, none_weight: float) -> Tensor:
    """Cross entropy over the relations that a pair's types allow; "none" (the last) weighs `none_weight`."""
    if not len(gold):
        return scores.sum() * 0
    weights = torch.ones(scores.shape[1], device=scores.device)
    weights[-1] = none_weight
    return nn.functional.cross_entropy(scores.float().masked_fill(~allowed, -1e4), gold, weight=weights)


def _pair(tags: TagSet, kind: str) -> list[int]:
    return [tags.index[f"B-{kind}"], tags.index[f"I-{kind}"]]
