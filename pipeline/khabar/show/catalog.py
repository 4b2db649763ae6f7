"""What a site remembers of every article: who stands in it, in what role, and when its meetings and events were."""

import datetime
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from khabar.assemble.spelling import fold, key
from khabar.document import Document, Record
from khabar.show.words import RELATIONS, SLOTS, persian, plain, title_of
from khabar.values.calendars import from_gregorian

HAPPENINGS = ("meeting", "event")
# what an actor is to the record whose slot it fills
_ROLES = {**SLOTS, "places": "جای", "reported_by": "گزارش‌دهندهٔ", "about": "آمار دربارهٔ آن", "affiliations": "وابستهٔ آن"}
_SNIPPET = 140
_BITS = {relation: 1 << n for n, relation in enumerate(RELATIONS)}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")
_DATED = re.compile(r"[\[{.]*([0-9X]{4}(?:-[0-9X]{2}){0,2})(?![0-9:])")


class Entry(NamedTuple):
    """An article: `published` is a Gregorian day, `relations` and each actor's roles are sets of bits."""

    title: str
    published: str
    jalali: str
    snippet: str
    relations: int
    roles: dict[int, int]


class Deed(NamedTuple):
    """A record in which an actor has a part, and which; `record` is its id on the article's page."""

    article: int
    role: str
    record: str
    name: str
    when: str


class Happening(NamedTuple):
    """A dated meeting or event; `day` sorts by time."""

    day: str
    when: str
    kind: str
    name: str
    article: int
    record: str
    places: str


@dataclass
class Actor:
    """One person, organization or place over all articles, by its name and type alone."""

    name: str
    kind: str
    articles: list[int] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)


class Catalog:
    """Grows by a small entry an article; articles and actors are numbered from 0."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.actors: list[Actor] = []
        self.happenings: list[Happening] = []
        self.undated = 0
        self._numbers: dict[tuple[str, str], int] = {}

    def add(self, document: Document) -> dict[str, int]:
        """Remember an article; return the actor's number of each actor record."""
        article = len(self.entries)
        actors = {r.id: self._number(r) for r in document.records if r.kind == "actor"}
        for number in dict.fromkeys(actors.values()):
            self.actors[number].articles.append(article)
        names = {r.id: plain(r.name) for r in document.records}
        for record in document.records:
            self._add_deeds(article, record, actors, names)
            if record.kind in HAPPENINGS:
                self._add_happening(article, record, names)
        published = day_of(document)
        title, (relations, roles) = title_of(document), _roles(document, actors)
        self.entries.append(Entry(title, published, jalali(published), _snippet(document, title), relations, roles))
        return actors

    def _number(self, record: Record) -> int:
        """Return the number of the actor of this type and name, however it is spelled."""
        kind = str(record.slots.get("type") or "")
        known = (kind, key(fold(record.name)) or record.name)
        if known not in self._numbers:
            self._numbers[known] = len(self.actors)
            self.actors.append(Actor(plain(record.name), kind))
        return self._numbers[known]

    def _add_deeds(self, article: int, record: Record, actors: dict[str, int], names: dict[str, str]) -> None:
        when = _when(record)
        for slot, id in _filled(record):
            if id in actors:
                deed = Deed(article, _ROLES.get(slot, slot), record.id, names[record.id], when)
                self.actors[actors[id]].deeds.append(deed)
            # its figures name the actor too, as what they are about
            if record.kind == "actor" and slot != "figures" and id in names:
                self.actors[actors[record.id]].deeds.append(Deed(article, SLOTS.get(slot, slot), id, names[id], ""))

    def _add_happening(self, article: int, record: Record, names: dict[str, str]) -> None:
        days = [(m[1].replace("X", "0"), said) for said in record.slots.get("when") or () if (m := _DATED.match(said))]
        if not days:
            self.undated += 1
            return
        day, said = min(days)
        places = "، ".join(names[id] for id in record.slots.get("places") or () if id in names)
        self.happenings.append(Happening(day, said, record.kind, names[record.id], article, record.id, places))


def day_of(document: Document) -> str:
    """Return the day on which an article was published, `YYYY-MM-DD`, or nothing."""
    found = _DAY.match(str(document.meta.get("published") or ""))
    return found[0] if found else ""


def jalali(day: str) -> str:
    """Return a Gregorian day in the Jalali calendar, nothing for what is no whole day."""
    try:
        return from_gregorian("jalali", datetime.date.fromisoformat(day)).edtf() if _DAY.fullmatch(day) else ""
    except ValueError:
        return ""


def both(date: str) -> str:
    """Return a day, or all days from one to another, in both calendars for readers; another date as it stands."""
    first, _, last = date.partition("/")
    start, end = jalali(first), jalali(last or first)
    if not (start and end):
        return date
    if start.endswith("-01") and jalali(_after(last)).endswith("-01"):
        # whole months, or whole years
        whole = 4 if start.endswith("-01-01") and jalali(_after(last)).endswith("-01-01") else 7
        start, end = start[:whole], end[:whole]
    if start == end:
        return f"{_slashed(start)} ({date})"
    # isolated, for «تا» turns the line
    return f"{_slashed(start)} تا {_slashed(end)} (\u2066{date}\u2069)"


def _slashed(day: str) -> str:
    # slashes keep the parts of a date in their order where text runs from right to left
    return "/".join(persian(int(part)) for part in day.split("-"))


def _after(day: str) -> str:
    return (datetime.date.fromisoformat(day) + datetime.timedelta(days=1)).isoformat() if day else ""


def _snippet(document: Document, title: str) -> str:
    """Return how the article goes on behind its title, in whole words."""
    start = document.sentences[0][0] if document.sentences else 0
    text = plain(document.text[start : start + 2 * _SNIPPET + len(title)]).removeprefix(title).lstrip()
    return text if len(text) <= _SNIPPET else text[: text.rfind(" ", 0, _SNIPPET)] + " …"


def _filled(record: Record) -> Iterator[tuple[str, str]]:
    for slot, ids in record.slots.items():
        if isinstance(ids, list) and slot not in ("when", "dates"):
            yield from ((slot, id) for id in ids)


def _when(record: Record) -> str:
    return "، ".join(plain(str(said)) for said in record.slots.get("when") or ())


def _roles(document: Document, actors: dict[str, int]) -> tuple[int, dict[int, int]]:
    """Return the relations of an article, and for each actor those that it stands in."""
    owners = {id: actors[r.id] for r in document.records if r.id in actors for id in r.mentions}
    roles: defaultdict[int, int] = defaultdict(int, dict.fromkeys(actors.values(), 0))
    found = 0
    for r in document.relations:
        bit = _BITS.get(r.type, 0)
        found |= bit
        for id in (r.head, r.tail):
            if id in owners:
                roles[owners[id]] |= bit
    return found, dict(roles)
