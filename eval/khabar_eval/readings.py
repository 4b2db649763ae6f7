"""A text as both sides read it, for what looks at single errors: spans and links in code points of one string."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from khabar.recognize.tags import Span
from khabar_eval.counts import Counts, count_by

# relations that reach farther are counted as one
_FAR = 3


class Link(NamedTuple):
    """A relation between two spans; `score` is None for gold, and for readers who give none."""

    type: str
    head: Span
    tail: Span
    score: float | None = None

    @property
    def key(self) -> tuple[str, Span, Span]:
        """What identifies a link, whatever its score."""
        return self.type, self.head, self.tail


@dataclass(frozen=True, slots=True)
class Reading:
    """An item's text; `starts` are where its sentences begin, the first of them 0."""

    item: str
    text: str
    gold: Sequence[Span]
    found: Sequence[Span]
    starts: Sequence[int] = (0,)
    gold_links: Sequence[Link] = ()
    found_links: Sequence[Link] = ()

    def of(self, types: Iterable[str]) -> tuple[list[Span], list[Span]]:
        """Return the gold and the found spans of some types."""
        known = set(types)
        gold, found = ([span for span in side if span[2] in known] for side in (self.gold, self.found))
        return gold, found

    def distance(self, link: Link) -> int:
        """Return how many sentences lie between the beginnings of a link's spans; 0 within one."""
        head, tail = (bisect_right(self.starts, span[0]) for span in (link.head, link.tail))
        return abs(head - tail)

    def around(self, start: int, end: int) -> tuple[int, int]:
        """Return the sentences that hold a stretch, from the beginning of the first to the end of the last."""
        ends = [*self.starts[1:], len(self.text)]
        first, last = bisect_right(self.starts, start) - 1, bisect_right(self.starts, end - 1) - 1
        return self.starts[first], ends[last]


def by_distance(readings: Iterable[Reading]) -> dict[str, Counts]:
    """Count links by how many sentences lie between their mentions: `0`, `1`, `2`, `3 or more`."""
    totals: dict[str, Counts] = {}
    for reading in readings:
        gold, found = (
            [(_named(reading.distance(link)), link.key) for link in links]
            for links in (reading.gold_links, reading.found_links)
        )
        for name, counts in count_by(lambda pair: pair[0], gold, found).items():
            totals[name] = totals.get(name, Counts()) + counts
    return dict(sorted(totals.items()))


def _named(distance: int) -> str:
    return str(distance) if distance < _FAR else f"{_FAR} or more"


def without_types(readings: Iterable[Reading]) -> Counts:
    """Count links whatever the types of their mentions: relation and both extents must be right."""
    total = Counts()
    for reading in readings:
        gold, found = (
            [(k.type, k.head[:2], k.tail[:2]) for k in links] for links in (reading.gold_links, reading.found_links)
        )
        total += Counts.of(gold, found)
    return total


class Outcome(NamedTuple):
    """A found link's score, and whether gold has the link."""

    score: float
    right: bool


def outcomes(readings: Iterable[Reading], type: str | None = None) -> Iterator[Outcome]:
    """Yield the outcome of each found link that has a score, or of those of one type."""
    for reading in readings:
        gold = {link.key for link in reading.gold_links}
        for link in reading.found_links:
            if link.score is not None and type in (None, link.type):
                yield Outcome(link.score, link.key in gold)


class Point(NamedTuple):
    """Precision and recall of all that scores at least `threshold`."""

    threshold: float
    precision: float
    recall: float


def curve(decided: Iterable[Outcome], gold: int) -> list[Point]:
    """Return the points of a precision-recall curve, one a score, from the highest threshold to the lowest.

    Args:
        decided: what was found.
        gold: how many there are to find, at least one.
    """
    points: list[Point] = []
    right = 0
    for count, (score, is_right) in enumerate(sorted(decided, key=lambda o: -o.score), 1):
        right += is_right
        if points and points[-1].threshold == score:
            points.pop()
        points.append(Point(score, right / count, right / gold))
    return points


def at(points: Sequence[Point], threshold: float) -> Point | None:
    """Return the point of a curve that a threshold leads to; None where nothing scores so high."""
    return next((p for p in reversed(points) if p.threshold >= threshold), None)
