"""What a scorer counts: right, wrong and missed. Every metric is a view of it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import astuple, dataclass
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives and false negatives, which add up over items and types.

    `extra` is what the gold side is credited beyond `tp`. Only B-cubed needs it, where the two sides' credits differ.
    """

    tp: float = 0
    fp: float = 0
    fn: float = 0
    extra: float = 0

    @classmethod
    def of(cls, gold: Iterable[Hashable], predicted: Iterable[Hashable]) -> "Counts":
        """Count two collections against each other; what stands twice counts twice."""
        left, right = Counter(gold), Counter(predicted)
        tp = (left & right).total()
        return cls(tp, right.total() - tp, left.total() - tp)

    def __add__(self, other: "Counts") -> "Counts":
        """Join the counts of two parts."""
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn, self.extra + other.extra)

    @property
    def precision(self) -> float:
        """The share of the predicted that is right; 0 where nothing is predicted."""
        return _ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        """The share of the gold that is found; 0 where there is none."""
        found = self.tp + self.extra
        return _ratio(found, found + self.fn)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return _ratio(2 * self.precision * self.recall, self.precision + self.recall)

    def row(self) -> list[float]:
        """Return the four counts as they are kept in a report's file."""
        return list(astuple(self))


def count_by(kind: Callable[[Key], str], gold: Iterable[Key], predicted: Iterable[Key]) -> dict[str, Counts]:
    """Count two collections against each other, apart for each kind."""
    sides: dict[str, tuple[list[Key], list[Key]]] = defaultdict(lambda: ([], []))
    for key in gold:
        sides[kind(key)][0].append(key)
    for key in predicted:
        sides[kind(key)][1].append(key)
    return {name: Counts.of(*both) for name, both in sides.items()}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
