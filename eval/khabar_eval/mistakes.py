"""What kind of error each wrong or missed span is."""

from collections import Counter
from collections.abc import Collection, Iterator

from khabar.recognize.tags import Span

# from the least wrong to the most
KINDS = ("boundary", "type", "boundary and type", "missed", "spurious")


def mistakes(gold: Collection[Span], predicted: Collection[Span]) -> Counter[str]:
    """Count the errors of a sentence by kind.

    A wrong span and a missed one that share a token are one error, each span in one at most, the least wrong pairs
    first: `boundary` has the right type, `type` the right extent, `boundary and type` neither. A gold span without a
    partner is `missed`, a predicted one `spurious`.
    """
    missed, wrong = set(gold) - set(predicted), set(predicted) - set(gold)
    found: Counter[str] = Counter()
    for rank, _, one, other in sorted(_pairs(missed, wrong)):
        if one in missed and other in wrong:
            missed.remove(one)
            wrong.remove(other)
            found[KINDS[rank]] += 1
    return found + Counter({"missed": len(missed), "spurious": len(wrong)})


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
