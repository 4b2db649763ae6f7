"""Whether scores mean what they say (Guo et al. 2017)."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Decisions with scores in one range: how many, the sum of their scores, how many are right."""

    count: int = 0
    score: float = 0.0
    right: int = 0

    def __str__(self) -> str:
        """Say the mean score and the share that is right."""
        return f"{self.score / self.count:.2f} → {self.right / self.count:.2f} of {self.count}"


@dataclass(frozen=True)
class Reliability:
    """Ranges of scores of equal width, from 0 to 1."""

    bins: tuple[Bin, ...]

    @property
    def error(self) -> float:
        """The expected calibration error: the mean distance of score and share right, weighted by count."""
        total = sum(b.count for b in self.bins)
        return sum(abs(b.score - b.right) for b in self.bins) / total if total else 0.0

    @property
    def chance(self) -> float:
        """About the error that scores would show which mean exactly what they say, only for being so few.

        In a range of n decisions with a mean score of p, the count of right ones is off by sqrt(2 n p (1 - p) / pi) on
        average (the mean deviation of a normal distribution).
        """
        total = sum(b.count for b in self.bins)
        spread = (b.score * (b.count - b.score) / b.count for b in self.bins if b.count)
        return sum(math.sqrt(2 * max(0.0, s) / math.pi) for s in spread) / total if total else 0.0

    def __str__(self) -> str:
        """Say the error, and what a reliability diagram would draw."""
        bins = "; ".join(str(b) for b in self.bins if b.count)
        return f"{self.error:.3f}, by chance alone {self.chance:.3f} (score → share right: {bins})"


def reliability(outcomes: Iterable[tuple[float, bool]]) -> Reliability:
    """Sort decisions, each with its score and whether it is right, into ranges."""
    bins = [Bin()] * BINS
    for score, right in outcomes:
        i = min(int(score * BINS), BINS - 1)
        bins[i] = Bin(bins[i].count + 1, bins[i].score + score, bins[i].right + right)
    return Reliability(tuple(bins))
