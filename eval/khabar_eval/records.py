"""Records: F1 of what fills their slots, after gold and predicted records are paired by the mentions they share."""

from collections.abc import Hashable, Iterator, Mapping
from typing import NamedTuple

from khabar.assemble.records import SLOTS
from khabar.document import Document, Mention
from khabar_eval.counts import Counts, count_by

# what a figure is about has the figure in a slot of its own
_SAID_ELSEWHERE = ("about",)


class Filler(NamedTuple):
    """One thing in one slot of one record; `record` and `content` are the same on both sides where they are paired."""

    record: Hashable
    slot: str
    content: Hashable


def count_slots(gold: Document, predicted: Document) -> dict[str, Counts]:
    """Count the slot fillers of one document, by `kind.slot`. A record without a partner is all missed or all false.

    What other slots or mentions say already (`about`, `type`, `value`, `when`) does not count.
    """
    pairs = align(gold, predicted)
    ours = {r.id: ("record", r.id) for r in gold.records}
    theirs = {r.id: ("record", pairs[r.id]) if r.id in pairs else ("spurious", r.id) for r in predicted.records}
    return count_by(lambda filler: filler.slot, _fillers(gold, ours), _fillers(predicted, theirs))


def mention_key(mention: Mention) -> tuple[str, int, int]:
    """Return what identifies a mention whatever its id: its type and its place."""
    return mention.type, mention.start, mention.end


def align(gold: Document, predicted: Document) -> dict[str, str]:
    """Return predicted record ids with the gold record of the same kind each is paired with.

    Each record has one partner at most; pairs are made greedily, those that share most mentions first.
    """
    left, right = _mentions_by_record(gold), _mentions_by_record(predicted)
    shared = [
        (len(left[g.id] & right[p.id]), g.id, p.id)
        for g in gold.records
        for p in predicted.records
        if g.kind == p.kind and left[g.id] & right[p.id]
    ]
    pairs: dict[str, str] = {}
    for _, g, p in sorted(shared, key=lambda pair: -pair[0]):
        if p not in pairs and g not in pairs.values():
            pairs[p] = g
    return pairs


def _mentions_by_record(document: Document) -> dict[str, frozenset[tuple[str, int, int]]]:
    keys = {m.id: mention_key(m) for m in document.mentions}
    return {r.id: frozenset(keys[m] for m in r.mentions if m in keys) for r in document.records}


def _fillers(document: Document, records: Mapping[str, Hashable]) -> Iterator[Filler]:
    """Yield what fills the slots, once each; a date or time is what it states, anything else its record or mention."""
    known: dict[str, Hashable] = {m.id: _meaning(m) for m in document.mentions}
    for record in document.records:
        known |= dict.fromkeys(record.mentions, records[record.id])
    known |= records
    found = (
        Filler(records[record.id], f"{record.kind}.{slot}", known.get(id, id))
        for record in document.records
        for slot in SLOTS.get(record.kind, ())
        if slot not in _SAID_ELSEWHERE
        for id in record.slots.get(slot, ())
    )
    yield from dict.fromkeys(found)


def _meaning(mention: Mention) -> Hashable:
    value = mention.value or {}
    return value.get("edtf") or value.get("time") or mention_key(mention)
