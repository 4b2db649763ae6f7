"""Clusters and relations to records, by one table of slots."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from khabar.document import Mention, Record, Relation
from khabar.normalize import CleanText

KINDS = {"PER": "actor", "ORG": "actor", "LOC": "actor", "MEETING": "meeting", "EVENT": "event", "STAT": "statistic"}


class Slot(NamedTuple):
    """A list of what stands at the other end of some relations: their heads or their tails."""

    relations: tuple[str, ...]
    filled_by: Literal["head", "tail"]


_WHO_DOES = {
    "organizers": Slot(("organizes",), "head"),
    "supporters": Slot(("supports",), "head"),
    "participants": Slot(("participates_in",), "head"),
}
_WHERE_AND_WHEN = {"places": Slot(("held_at",), "tail"), "dates": Slot(("held_on",), "tail")}
_FIGURES = {"figures": Slot(("measures",), "head")}

# kind of record -> its slots
SLOTS: Mapping[str, Mapping[str, Slot]] = {
    "actor": {"affiliations": Slot(("affiliated_with",), "tail"), **_FIGURES},
    "meeting": {**_WHO_DOES, "speakers": Slot(("speaks_at",), "head"), **_WHERE_AND_WHEN, **_FIGURES},
    "event": {
        "agents": Slot(("agent_of",), "head"),
        "affected": Slot(("affected_by",), "head"),
        **_WHO_DOES,
        **_WHERE_AND_WHEN,
        **_FIGURES,
    },
    "statistic": {
        "reported_by": Slot(("reports",), "head"),
        "about": Slot(("measures", "participates_in", "affected_by"), "tail"),
    },
}


def make_records(
    clean: CleanText, mentions: Sequence[Mention], relations: Sequence[Relation], groups: Sequence[Sequence[str]]
) -> tuple[Record, ...]:
    """Return the records in the order of the text, each citing its mentions.

    Slots hold record ids where the filler has a record, else mention ids, in the order of the text. What several
    mentions of a record are given joins in its slots, so figures that disagree stand side by side, each a statistic
    that says who reported it. Beside their slots actors have a `type`, statistics a `value`, meetings and events
    `when`: the values of their dates.
    """
    by_id = {m.id: m for m in mentions}
    order = {m.id: n for n, m in enumerate(sorted(mentions, key=lambda m: (m.start, m.end)))}
    wanted = [tuple(g) for g in groups if by_id[g[0]].type in KINDS]
    wanted += [(m.id,) for m in mentions if m.type == "STAT"]
    wanted.sort(key=lambda g: order[g[0]])
    record_of = {id: f"r{n}" for n, g in enumerate(wanted, 1) for id in g}
    linked: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for r in relations:
        linked[r.head, r.type, "tail"].add(r.tail)
        linked[r.tail, r.type, "head"].add(r.head)

    def fillers(group: Sequence[str], slot: Slot) -> list[str]:
        found = {f for id in group for relation in slot.relations for f in linked[id, relation, slot.filled_by]}
        return sorted(found, key=lambda id: order[id])

    records = []
    for group in wanted:
        members = [by_id[id] for id in group]
        own, kind = record_of[group[0]], KINDS[members[0].type]
        slots: dict[str, Any] = {}
        for name, slot in SLOTS[kind].items():
            ids = fillers(group, slot)
            slots[name] = [id for id in dict.fromkeys(record_of.get(i, i) for i in ids) if id != own]
            if name == "dates":
                slots["when"] = list(dict.fromkeys(said for i in ids if (said := _said(by_id[i]))))
        if kind == "actor":
            slots["type"] = members[0].type
        if kind == "statistic":
            slots["value"] = members[0].value
        records.append(Record(kind, own, _name(clean, members), group, slots))
    return tuple(records)


def _said(date: Mention) -> str | None:
    """Return the EDTF of a date or the ISO 8601 form of a time."""
    value = date.value or {}
    return value.get("edtf") or value.get("time")


def _name(clean: CleanText, group: Sequence[Mention]) -> str:
    """Return the clean text of the longest mention."""
    longest = max(group, key=lambda m: m.end - m.start)
    start, end = clean.from_source(longest.start, longest.end)
    return clean.text[start:end].strip()
