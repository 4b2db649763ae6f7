"""Which names of an article are names of one actor.

A shorter name joins the fuller one that it can stand for, wherever either is, if just one actor of the article fits:
two persons with one surname keep their surname apart from both.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from khabar.assemble.groups import Groups
from khabar.assemble.lexicon import Lexicon, split_head
from khabar.assemble.spelling import Words, key


class Name(NamedTuple):
    """A name as it is compared: `kind` is the kind of organization that its first words tell, `core` what is left."""

    kind: str
    core: Words

    @property
    def key(self) -> str:
        """Equal for two spellings of a name."""
        return f"{self.kind} {key(self.core)}"


# A name of more words has no short forms: it is most likely none, and the forms of n words are n² in number.
_MOST_WORDS = 12
_LONGEST_PLACE = 3

# the one title that is often written together with the first name
_SAYYID = "سید"

# how a shorter name stands for a fuller one, such as ("last", surname)
_Way = tuple[str, ...]


def read_name(type: str, words: Words, lexicon: Lexicon) -> Name:
    """Return a PER, ORG or LOC mention's words without those that say nothing about who or which it is."""
    if alias := lexicon.aliases.get((type, key(words))):
        return Name("", (alias,))
    if type == "PER":
        return Name("", _without_titles(words, lexicon))
    if type == "ORG":
        return _organization(words, lexicon)
    heads = lexicon.other_places if key(words) in lexicon.unique_places else lexicon.same_places
    place = key(split_head(words, heads)[1])
    return Name("", (lexicon.aliases.get((type, place), place),))


def _without_titles(words: Words, lexicon: Lexicon) -> Words:
    head, rest = split_head(words, lexicon.titles)
    while head:
        head, rest = split_head(rest, lexicon.titles)
    if len(rest) > 1 and rest[0].startswith(_SAYYID) and len(rest[0]) > len(_SAYYID) + 2:
        # سیدمحمد خاتمی
        return rest[0].removeprefix(_SAYYID), *rest[1:]
    return rest


def _organization(words: Words, lexicon: Lexicon) -> Name:
    words = _one_place(tuple(w for w in words if w not in lexicon.fillers) or words, lexicon)
    if kind := lexicon.kinds.get(key(words)):
        return Name(kind, ())
    head, core = split_head(words, lexicon.kinds)
    return Name(lexicon.kinds.get(head, ""), core)


def _one_place(words: Words, lexicon: Lexicon) -> Words:
    """Return an organization's name with a country at its end in one form: بانک مرکزی جمهوری اسلامی ایران."""
    for length in range(min(_LONGEST_PLACE, len(words)), 0, -1):
        if place := lexicon.aliases.get(("LOC", key(words[-length:]))):
            return *words[:-length], place
    return words


def join_names(type: str, names: Sequence[Name], places: Collection[str], lexicon: Lexicon) -> Groups[str]:
    """Return groups of the keys of PER, ORG or LOC names, given in the order of the text.

    `places` are the cores of the article's places: «تهران» is no short form of «دانشگاه علوم پزشکی تهران».
    """
    distinct = {name.key: name for name in names}
    groups = Groups(distinct)
    if type == "LOC":
        return groups
    order = {k: n for n, k in enumerate(distinct)}
    fuller: defaultdict[_Way, set[str]] = defaultdict(set)
    for name in sorted(distinct.values(), key=lambda n: (-len(n.core), not n.kind)):
        for way in _person_for(name) if type == "PER" else _organization_for(name, places, lexicon):
            # «وزارت» alone says which one only after the text has named it
            fitting = {groups.find(k) for k in fuller.get(way, ()) if name.core or order[k] < order[name.key]}
            if len(fitting) == 1:
                groups.join(name.key, fitting.pop())
            if fitting:
                break
        if len(name.core) > _MOST_WORDS:
            continue
        for way in _short_for_person(name) if type == "PER" else _short_for_organization(name, lexicon):
            fuller[way].add(name.key)
    return groups


def _person_for(name: Name) -> Iterator[_Way]:
    """Yield how a person's name may stand for a fuller one, surest first."""
    core = key(name.core)
    yield from (("last", core), ("first", core), ("middle", core))


def _short_for_person(name: Name) -> Iterator[_Way]:
    """Yield every way in which a shorter name may stand for this person's."""
    words = name.core
    for cut in range(1, len(words)):
        yield "last", key(words[cut:])
        yield "first", key(words[:cut])
        for end in range(cut + 1, len(words)):
            yield "middle", key(words[cut:end])


def _organization_for(name: Name, places: Collection[str], lexicon: Lexicon) -> Iterator[_Way]:
    """Yield how an organization's name may stand for a fuller one, surest first."""
    core = key(name.core)
    yield "nation", core, name.kind
    if name.kind:
        yield "first", core, name.kind
        return
    yield "all", core
    if core not in places and core not in lexicon.endings:
        yield "first", core
        if not split_head(name.core, lexicon.place_heads)[0]:
            yield "last", core


def _short_for_organization(name: Name, lexicon: Lexicon) -> Iterator[_Way]:
    """Yield every way in which a shorter name may stand for this organization's."""
    words, part = name.core, name.kind in lexicon.parts
    if name.kind:
        yield "first", "", name.kind
        if not part:
            yield "all", key(words)
    if words and words[-1] in lexicon.endings:
        yield "nation", key(words[:-1]), name.kind
    # the last words are those of another organization or of a place: «کمیته فنی باشگاه سپاهان»
    of_another = part or any(w in lexicon.kinds or w in lexicon.place_heads for w in words)
    for cut in range(1, len(words)):
        yield "first", key(words[:cut])
        yield "first", key(words[:cut]), name.kind
        if not of_another:
            yield "last", key(words[cut:])
