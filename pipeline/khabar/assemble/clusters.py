"""Which mentions speak of the same actor, meeting or event."""

from collections.abc import Sequence

from khabar.document import Mention, Relation

_SPELLINGS = str.maketrans({"ي": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "أ": "ا", "إ": "ا", "‌": None, "ٔ": None})
_NAMED = ("PER", "ORG", "LOC", "FAC", "PRO")
_FACTS = ("MEETING", "EVENT")


def cluster(text: str, mentions: Sequence[Mention], relations: Sequence[Relation]) -> list[tuple[str, ...]]:
    """Return groups of mention ids in the order of the text, single ones included.

    Names join when their folded spellings agree; a person's surname joins the nearest earlier full name that ends in
    it. Meetings and events join by `same_as`, transitively.
    """
    ordered = sorted((m for m in mentions if m.type in _NAMED + _FACTS), key=lambda m: (m.start, m.end))
    leader = {m.id: m.id for m in ordered}

    def find(id: str) -> str:
        while leader[id] != id:
            id = leader[id]
        return id

    latest: dict[tuple[str, str], str] = {}
    for m in ordered:
        if m.type in _NAMED:
            words = fold(text[m.start : m.end]).split()
            key = (m.type, " ".join(words))
            if key in latest:
                leader[m.id] = find(latest[key])
            for part in {" ".join(words), words[-1]} if m.type == "PER" and words else {key[1]}:
                latest[m.type, part] = m.id
    for r in relations:
        if r.type == "same_as" and r.head in leader and r.tail in leader:
            leader[find(r.head)] = find(r.tail)
    groups: dict[str, list[str]] = {}
    for m in ordered:
        groups.setdefault(find(m.id), []).append(m.id)
    return [tuple(g) for g in groups.values()]


def fold(surface: str) -> str:
    """Return a spelling that does not depend on half-spaces, Arabic letters or runs of spaces."""
    return " ".join(surface.translate(_SPELLINGS).split())
