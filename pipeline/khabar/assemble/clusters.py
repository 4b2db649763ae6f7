"""Which mentions speak of the same actor, meeting or event."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from khabar.assemble.actors import join_names, read_name
from khabar.assemble.groups import Groups
from khabar.assemble.lexicon import load_lexicon
from khabar.assemble.spelling import fold
from khabar.document import Mention, Relation
from khabar.schema import load_schema


def cluster(text: str, mentions: Sequence[Mention], relations: Sequence[Relation]) -> list[tuple[str, ...]]:
    """Return groups of the ids of actors, meetings and events in the order of the text, single ones included.

    All mentions of a group have one type. Names join when they are spellings, short forms or listed aliases of one
    name; meetings and events join by `same_as`, transitively.
    """
    schema = load_schema()
    types = schema.actors | schema.relations["same_as"].head
    ordered = sorted((m for m in mentions if m.type in types), key=lambda m: (m.start, m.end, m.id))
    groups = Groups(m.id for m in ordered)
    known = {m.id for m in ordered}
    for a, b in (*_same_actors(text, ordered), *_glossed(text, ordered), *_said_to_be_same(relations, known)):
        groups.join(a, b)
    return [tuple(group) for group in groups]


def _same_actors(text: str, mentions: Sequence[Mention]) -> Iterator[tuple[str, str]]:
    lexicon = load_lexicon()
    names = {
        m.id: read_name(m.type, words, lexicon)
        for m in mentions
        if m.type in load_schema().actors and (words := fold(text[m.start : m.end]))
    }
    places = {names[m.id].core[0] for m in mentions if m.type == "LOC" and m.id in names}
    for type in sorted(load_schema().actors):
        named = [m for m in mentions if m.type == type and m.id in names]
        groups = join_names(type, [names[m.id] for m in named], places, lexicon)
        first: dict[str, str] = {}
        for m in named:
            yield m.id, first.setdefault(groups.find(names[m.id].key), m.id)


def _glossed(text: str, mentions: Sequence[Mention]) -> Iterator[tuple[str, str]]:
    """Yield organizations of which one stands in brackets behind the other: «سازمان جهانی کار (ایلو)»."""
    organizations = [m for m in mentions if m.type == "ORG"]
    for name, gloss in pairwise(organizations):
        between, behind = text[name.end : gloss.start], text[gloss.end : gloss.end + 2]
        if between.strip() == "(" and behind.strip().startswith(")"):
            yield gloss.id, name.id


def _said_to_be_same(relations: Sequence[Relation], known: set[str]) -> Iterator[tuple[str, str]]:
    for r in relations:
        if r.type == "same_as" and r.head in known and r.tail in known:
            yield r.head, r.tail
