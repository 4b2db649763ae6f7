"""What kind of error each wrong or missed span is."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from khabar.recognize.tags import Span
from khabar_eval.counts import Counts
from khabar_eval.readings import Link, Reading

# from the least wrong to the most
KINDS = ("boundary", "type", "boundary and type", "missed", "spurious")
# what a span is taken for that the other side has not
NOTHING = "O"


class Mistake(NamedTuple):
    """One error: its kind of `KINDS`, and the span of each side that has one."""

    kind: str
    gold: Span | None
    found: Span | None


def pair_off(gold: Collection[Span], predicted: Collection[Span]) -> Iterator[Mistake]:
    """Yield the errors of a text, those of two spans first.

    A wrong span and a missed one that share a token are one error, each span in one at most, the least wrong pairs
    first: `boundary` has the right type, `type` the right extent, `boundary and type` neither. A gold span without a
    partner is `missed`, a predicted one `spurious`.
    """
    missed, wrong = set(gold) - set(predicted), set(predicted) - set(gold)
    for rank, _, one, other in sorted(_pairs(missed, wrong)):
        if one in missed and other in wrong:
            missed.remove(one)
            wrong.remove(other)
            yield Mistake(KINDS[rank], one, other)
    yield from (Mistake("missed", span, None) for span in sorted(missed))
    yield from (Mistake("spurious", None, span) for span in sorted(wrong))


def mistakes(gold: Collection[Span], predicted: Collection[Span]) -> Counter[str]:
    """Count the errors of a text by kind, as `pair_off` tells them."""
    return Counter(mistake.kind for mistake in pair_off(gold, predicted))


def _pairs(gold: Collection[Span], predicted: Collection[Span]) -> Iterator[tuple[int, int, Span, Span]]:
    """Yield spans that share tokens: which of `KINDS` they would be, and minus how many tokens they share."""
    for one in gold:
        for other in predicted:
            shared = min(one[1], other[1]) - max(one[0], other[0])
            if shared > 0:
                rank = 0 if one[2] == other[2] else 1 if one[:2] == other[:2] else 2
                yield rank, -shared, one, other


def describe(found: Counter[str]) -> str:
    """Say how many errors there are of each kind, and their share of all."""
    total = found.total()
    return ", ".join(f"{kind} {found[kind]} ({found[kind] / total:.0%})" for kind in KINDS) if total else "none"


def confusion(sides: Iterable[tuple[Collection[Span], Collection[Span]]]) -> Counter[tuple[str, str]]:
    """Count gold types against predicted ones, over the gold and predicted spans of texts.

    Spans are paired as `pair_off` pairs them, so one with a wrong boundary still has its type. `O` stands for the side
    that has no span.
    """
    cells: Counter[tuple[str, str]] = Counter()
    for gold, predicted in sides:
        cells.update((span[2], span[2]) for span in set(gold) & set(predicted))
        cells.update(
            (m.gold[2] if m.gold else NOTHING, m.found[2] if m.found else NOTHING) for m in pair_off(gold, predicted)
        )
    return cells


def forgive(counts: Counts, found: Counter[str], kind: str) -> Counts:
    """Return the counts as they would be, were one kind of two-sided error no error."""
    return counts + Counts(found[kind], -found[kind], -found[kind])


# of links: the pair has another relation, a mention was not found, a mention is none, all else
LINK_KINDS = ("type", "mention missed", "mention spurious", "missed", "spurious")


class LinkMistake(NamedTuple):
    """One wrong or missed link: its kind of `LINK_KINDS`, and the link of each side that has one."""

    kind: str
    gold: Link | None
    found: Link | None


def link_mistakes(reading: Reading) -> Iterator[LinkMistake]:
    """Yield the errors of a text's links.

    `type`: both sides link these two mentions, each in its way. Where only gold does, either mention may be lacking
    among the found ones (`mention missed`); where only the found do, either may be none in gold (`mention spurious`).
    """
    right = {k.key for k in reading.gold_links} & {k.key for k in reading.found_links}
    missed = [k for k in reading.gold_links if k.key not in right]
    wrong = {(k.head, k.tail): k for k in reading.found_links if k.key not in right}
    gold, found = set(reading.gold), set(reading.found)
    for link in missed:
        other = wrong.pop((link.head, link.tail), None)
        kind = "type" if other else "missed" if {link.head, link.tail} <= found else "mention missed"
        yield LinkMistake(kind, link, other)
    for link in wrong.values():
        yield LinkMistake("spurious" if {link.head, link.tail} <= gold else "mention spurious", None, link)
