"""Clusters and relations to records, by one table of slots."""

from collections.abc import Sequence
from typing import Any

from khabar.document import Mention, Record, Relation
from khabar.normalize import normalize

_KINDS = {"PER": "actor", "ORG": "actor", "LOC": "actor", "MEETING": "meeting", "EVENT": "event", "STAT": "statistic"}
# relation -> slot of the tail's record that takes the head's record
_OF_TAIL = {
    "organizes": "organizers",
    "supports": "supporters",
    "participates_in": "participants",
    "speaks_at": "speakers",
    "agent_of": "agents",
    "affected_by": "affected",
    "reports": "reported_by",
    "measures": "figures",
}
# relation -> slot of the head's record that takes the tail
_OF_HEAD = {"held_at": "places", "held_on": "dates", "affiliated_with": "affiliations"}
_SLOTS = {
    "actor": ("affiliations", "figures"),
    "meeting": ("organizers", "supporters", "participants", "speakers", "places", "dates", "figures"),
    "event": ("agents", "affected", "organizers", "supporters", "participants", "places", "dates", "figures"),
    "statistic": ("reported_by",),
}


def make_records(
    text: str, mentions: Sequence[Mention], relations: Sequence[Relation], groups: Sequence[Sequence[str]]
) -> tuple[Record, ...]:
    """Return the records in the order of the text, each citing its mentions; slots hold record ids where the filler
    has a record, else mention ids."""
    by_id = {m.id: m for m in mentions}
    wanted = [tuple(g) for g in groups if by_id[g[0]].type in _KINDS]
    wanted += [(m.id,) for m in mentions if m.type == "STAT"]
    wanted.sort(key=lambda g: by_id[g[0]].start)
    record_of = {id: f"r{n}" for n, g in enumerate(wanted, 1) for id in g}
    slots: dict[str, dict[str, list[str]]] = {}
    for r in relations:
        for slot, owner, filler in (
            (_OF_TAIL.get(r.type), r.tail, r.head),
            (_OF_HEAD.get(r.type), r.head, r.tail),
        ):
            if slot and owner in record_of:
                held = slots.setdefault(record_of[owner], {}).setdefault(slot, [])
                value = record_of.get(filler, filler)
                if value not in held:
                    held.append(value)
    return tuple(_record(text, [by_id[i] for i in g], record_of[g[0]], slots.get(record_of[g[0]], {})) for g in wanted)


def _record(text: str, group: Sequence[Mention], id: str, slots: dict[str, list[str]]) -> Record:
    kind = _KINDS[group[0].type]
    fullest = max(group, key=lambda m: m.end - m.start)
    filled: dict[str, Any] = {slot: slots.get(slot, []) for slot in _SLOTS[kind]}
    if kind == "actor":
        filled["type"] = group[0].type
    if kind == "statistic":
        filled["value"] = group[0].value
    name = str(normalize(text[fullest.start : fullest.end])).strip()
    return Record(kind, id, name, tuple(m.id for m in group), filled)
