"""Scores of pairs to one relation each, or none."""

import numpy as np


def best_relations(scores: np.ndarray, allowed: np.ndarray, none_bias: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return each pair's best allowed relation (-1: none) and its probability.

    *Shape:* `scores`, `allowed`: (pairs, relations + 1), the last column is "none", to whose score `none_bias` is
    added; returns (pairs,) int64 and (pairs,) float32.
    """
    logits = np.where(allowed, scores, -np.inf).astype(np.float32)
    if not len(logits):
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    logits[:, -1] += none_bias
    logits -= logits.max(1, keepdims=True)
    probabilities = np.exp(logits)
    probabilities /= probabilities.sum(1, keepdims=True)
    best = probabilities.argmax(1)
    return np.where(best == logits.shape[1] - 1, -1, best), probabilities.max(1)
