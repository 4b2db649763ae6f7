"""Which mentions speak of the same actor, meeting or event."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from khabar.assemble.actors import join_names, read_name
from khabar.assemble.groups import Groups
from khabar.assemble.lexicon import load_lexicon
from khabar.assemble.occurrences import join_occurrences, read_occurrences
from khabar.assemble.spelling import fold
from khabar.document import Mention, Relation
from khabar.schema import load_schema


def cluster(text: str, mentions: Sequence[Mention], relations: Sequence[Relation]) -> list[tuple[str, ...]]:
    """Return groups of the ids of actors, meetings and events in the order of the text, single ones included.

    All mentions of a group have one type. Names join when they are spellings, short forms or listed aliases of one
    name (`actors`); meetings and events join by `same_as` and by their head nouns (`occurrences`).
    """
    ordered = sorted(mentions, key=lambda m: (m.start, m.end, m.id))
    names = [m for m in ordered if m.type in load_schema().actors]
    actors = Groups(m.id for m in names)
    for a, b in (*_same_names(text, names), *_glossed(text, names)):
        actors.join(a, b)
    known = {m.id: actors.find(m.id) for m in names}
    occurrences = join_occurrences(read_occurrences(text, ordered, relations, known))
    order = {m.id: n for n, m in enumerate(ordered)}
    groups = [*actors, *([m.id for m in o.mentions] for o in occurrences)]
    return sorted((tuple(sorted(g, key=order.__getitem__)) for g in groups), key=lambda g: order[g[0]])


def _same_names(text: str, mentions: Sequence[Mention]) -> Iterator[tuple[str, str]]:
    lexicon = load_lexicon()
    words = {m.id: fold(text[m.start : m.end]) for m in mentions}
    names = {m.id: read_name(m.type, words[m.id], lexicon) for m in mentions if words[m.id]}
    places = {names[m.id].core[0] for m in mentions if m.type == "LOC" and m.id in names}
    for type in sorted(load_schema().actors):
        named = [m.id for m in mentions if m.type == type and m.id in names]
        groups = join_names(type, [names[id] for id in named], places, lexicon)
        first: dict[str, str] = {}
        for id in named:
            yield id, first.setdefault(groups.find(names[id].key), id)


def _glossed(text: str, mentions: Sequence[Mention]) -> Iterator[tuple[str, str]]:
    """Yield organizations of which one stands in brackets behind the other: «سازمان جهانی کار (ایلو)»."""
    organizations = [m for m in mentions if m.type == "ORG"]
    for name, gloss in pairwise(organizations):
        between, behind = text[name.end : gloss.start], text[gloss.end : gloss.end + 2]
        if between.strip() == "(" and behind.strip().startswith(")"):
            yield gloss.id, name.id
