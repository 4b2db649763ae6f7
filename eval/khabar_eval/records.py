"""Records: F1 of what fills their slots, after gold and predicted records are paired by the mentions they share."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from khabar.document import Document, Mention, Record
from khabar_eval.counts import Counts, count_by


class Filler(NamedTuple):
    """One thing in one slot of one record; `record` and `content` are the same on both sides where they are paired."""

    record: Hashable
    slot: str
    content: Hashable


def count_slots(gold: Document, predicted: Document) -> dict[str, Counts]:
    """Count the slot fillers of one document, by `kind.slot`. A record without a partner is all missed or all false."""
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
    known: dict[str, Hashable] = {**{m.id: mention_key(m) for m in document.mentions}, **records}
    for record in document.records:
        for slot, content in _slots(record):
            yield Filler(records[record.id], f"{record.kind}.{slot}", _comparable(content, known))


def _slots(record: Record) -> Iterator[tuple[str, Any]]:
    for slot, contents in record.slots.items():
        for content in contents if isinstance(contents, list | tuple) else [contents]:
            yield slot, content


def _comparable(content: Any, known: Mapping[str, Hashable]) -> Hashable:
    """Replace ids by what they stand for; a value compares by what it states, not by how the text wrote it."""
    if isinstance(content, str):
        return known.get(content, content)
    if isinstance(content, Mapping):
        return tuple(sorted((k, _comparable(v, known)) for k, v in content.items() if k != "as_written"))
    if isinstance(content, Sequence):
        return tuple(_comparable(part, known) for part in content)
    plain: Hashable = content  # what is left of JSON: a number, true, false or null
    return plain
