"""How sure a score is: the bootstrap over items (Efron and Tibshirani 1993; Koehn 2004 for paired systems).

Items (sentences, passages, articles) are drawn with replacement, their counts added, and F1 taken of the sums.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from khabar_eval.counts import Counts

Floats = npt.NDArray[np.float64]

_CELLS = 2_000_000  # drawn rows held at once


@dataclass(frozen=True, slots=True)
class Comparison:
    """F1 of two systems; `difference` is B minus A, with its interval and the chance of one so large by luck."""

    a: float
    b: float
    difference: float
    low: float
    high: float
    p: float


def interval(items: Sequence[Counts], level: float = 0.95, samples: int = 1000, seed: int = 0) -> tuple[float, float]:
    """Return the percentile interval of the micro F1 of `items`."""
    if not items:
        return 0.0, 0.0
    drawn = np.concatenate([_f1(sums) for sums in _draws(_rows(items), samples, seed)])
    return _percentiles(drawn, level)


def compare(
    a: Sequence[Counts],
    b: Sequence[Counts],
    *,
    paired: bool = True,
    level: float = 0.95,
    samples: int = 10_000,
    seed: int = 0,
) -> Comparison:
    """Compare two systems' micro F1.

    `paired`: item i of both is the same text, so both are drawn together. p is two-sided: the share of draws whose
    difference strays from the observed one at least as far as that strays from zero.

    Raises:
        ValueError: a side is empty, or paired sides differ in length.
    """
    if not a or not b or (paired and len(a) != len(b)):
        raise ValueError(f"expected the same number of items, at least one, got {len(a)} and {len(b)}")
    left, right = _rows(a), _rows(b)
    if paired:
        both = _draws(np.hstack([left, right]), samples, seed)
        drawn = np.concatenate([_f1(sums[:, 4:]) - _f1(sums[:, :4]) for sums in both])
    else:
        ours = np.concatenate([_f1(sums) for sums in _draws(left, samples, seed)])
        drawn = np.concatenate([_f1(sums) for sums in _draws(right, samples, seed + 1)]) - ours
    first, second = sum(a, Counts()).f1, sum(b, Counts()).f1
    difference = second - first
    strays = int(np.sum(np.abs(drawn - difference) >= abs(difference) - 1e-12))
    return Comparison(first, second, difference, *_percentiles(drawn, level), (strays + 1) / (samples + 1))


def _rows(items: Sequence[Counts]) -> Floats:
    return np.array([c.row() for c in items], dtype=np.float64)


def _draws(rows: Floats, samples: int, seed: int) -> Iterator[Floats]:
    """Yield the summed counts of resampled items, some samples at a time. *Shape:* (drawn, columns of rows)."""
    generator, n = np.random.default_rng(seed), len(rows)
    step = max(1, _CELLS // n)
    for done in range(0, samples, step):
        yield rows[generator.integers(n, size=(min(step, samples - done), n))].sum(axis=1)


def _f1(sums: Floats) -> Floats:
    tp, fp, fn, extra = sums.T
    precision = _ratio(tp, tp + fp)
    recall = _ratio(tp + extra, tp + extra + fn)
    return _ratio(2 * precision * recall, precision + recall)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _percentiles(drawn: Floats, level: float) -> tuple[float, float]:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
