"""The text of an article as HTML: its mentions, and after each sentence the relations that it states."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise

from khabar.document import Document, Mention, Relation
from khabar.show.values import show_value
from khabar.show.words import RELATIONS, TYPES, name_of, persian, plain

FACTS = ("MEETING", "EVENT", "STAT")


def marked_text(document: Document, prefix: str) -> str:
    """Return the text with a `span` for each mention; the text itself is whole, relations stand in `details`.

    A mention inside another is a span inside a span. Where two cross, the one that began later is cut in two.
    """
    names = {m.id: name_of(document, m) for m in document.mentions}
    related = _related(document, names)
    notes, last = _by_sentence(document)
    heights = _heights(document.mentions)
    folded = {end: _note(relations, names, prefix) for end, relations in notes.items()}
    pieces = _pieces(document, folded, related, heights, prefix)
    return "".join(pieces) + (_note(last, names, prefix) if last else "")


def highlights(document: Document, prefix: str) -> str:
    """Return a style element that, while a mention has the pointer or the focus, frames those related to it."""
    neighbors: defaultdict[str, set[str]] = defaultdict(set)
    for r in document.relations:
        neighbors[r.head].add(r.tail)
        neighbors[r.tail].add(r.head)
    within = f"#{_css(prefix + 'article')}"
    rules = (
        f"{within}:has(#{_css(prefix + id)}:is(:hover,:focus-visible)) "
        f":is({','.join('#' + _css(prefix + other) for other in sorted(others))})"
        "{outline:2px dashed var(--meeting);outline-offset:1px}"
        for id, others in neighbors.items()
    )
    return f"<style>{''.join(rules)}</style>" if neighbors else ""


def link(id: str, text: str, prefix: str) -> str:
    """Return a link to what has this id on the page."""
    return f'<a href="#{escape(prefix + id)}"><bdi>{escape(text)}</bdi></a>'


def _css(id: str) -> str:
    """Escape an id as a CSS identifier: every sign but ASCII letters, digits and hyphens as its code."""
    return "".join(c if (c.isascii() and c.isalnum()) or c == "-" else f"\\{ord(c):x} " for c in id)


def _related(document: Document, names: Mapping[str, str]) -> Mapping[str, list[str]]:
    """Return, for each mention, its relations in words."""
    said: defaultdict[str, list[str]] = defaultdict(list)
    for r in document.relations:
        said[r.head].append(f"{RELATIONS.get(r.type, r.type)} ← {names[r.tail]}")
        said[r.tail].append(f"{names[r.head]} ← {RELATIONS.get(r.type, r.type)} این")
    return said


def _by_sentence(document: Document) -> tuple[Mapping[int, list[Relation]], list[Relation]]:
    """Return the relations by the end of the sentence where both mentions are known, and those of no sentence."""
    ends = {m.id: m.end for m in document.mentions}
    notes: defaultdict[int, list[Relation]] = defaultdict(list)
    left, waiting = [], sorted(document.relations, key=lambda r: max(ends[r.head], ends[r.tail]))
    sentences = iter(sorted(document.sentences, key=lambda s: s[1]))
    sentence = next(sentences, None)
    for r in waiting:
        place = max(ends[r.head], ends[r.tail])
        while sentence is not None and sentence[1] < place:
            sentence = next(sentences, None)
        if sentence is None:
            left.append(r)
        else:
            notes[sentence[1]].append(r)
    return notes, left


def _heights(mentions: Sequence[Mention]) -> Mapping[str, int]:
    """Return how many facts lie in each fact, one in the other, at most three: its line stands so much lower."""
    heights: dict[str, int] = {}
    around: list[Mention] = []
    for m in sorted((m for m in mentions if m.type in FACTS), key=lambda m: (m.start, -m.end)):
        around = [o for o in around if o.end >= m.end]
        for above, o in enumerate(reversed(around), 1):
            heights[o.id] = min(3, max(heights[o.id], above))
        heights[m.id] = 0
        around.append(m)
    return heights


def _pieces(
    document: Document,
    notes: Mapping[int, str],
    related: Mapping[str, list[str]],
    heights: Mapping[str, int],
    prefix: str,
) -> Iterator[str]:
    """Yield the text cut wherever a mention begins or ends or a note stands."""
    starting: defaultdict[int, list[Mention]] = defaultdict(list)
    for m in sorted(document.mentions, key=lambda m: -m.end):
        starting[m.start].append(m)
    length = len(document.text)
    cuts = sorted({0, length, *starting, *(m.end for m in document.mentions), *notes})
    opened: list[Mention] = []
    due = ""
    for here, there in pairwise([*cuts, length]):
        kept = next((n for n, m in enumerate(opened) if m.end <= here), len(opened))
        yield "</span>" * (len(opened) - kept)
        again = [m for m in opened[kept:] if m.end > here]
        opened = opened[:kept]
        due += notes.get(here, "")
        if due and not opened and not again:
            yield due
            due = ""
        for m in [*again, *starting.get(here, [])]:
            whole = all(o.end >= m.end for o in opened)
            opened.append(m)
            yield _opening(m, related.get(m.id, []), heights.get(m.id, 0), prefix, first=m not in again, last=whole)
        yield escape(document.text[here:there])


def _opening(m: Mention, related: Sequence[str], height: int, prefix: str, *, first: bool, last: bool) -> str:
    layer = f"f u{height}" if m.type in FACTS else "n"
    own = f' id="{escape(prefix + m.id)}" tabindex="0"' if first else ""
    label = f' data-label="{escape(plain(m.type))}"' if last else ""
    return f'<span class="m {layer} {escape(m.type)}"{own}{label} data-hint="{escape(_hint(m, related))}">'


def _hint(m: Mention, related: Sequence[str]) -> str:
    """Return type, score, value and relations of a mention, a line each."""
    kind = f"{TYPES[m.type]} ({m.type})" if m.type in TYPES else plain(m.type)
    score = "" if m.score is None else f" {m.score:.2f}"
    value = show_value(m.value)
    # isolates keep a value in Latin letters from mixing with the Persian around it
    return "\n".join([kind + score, *([f"\u2066{plain(value)}\u2069"] if value else []), *related])


def _note(relations: Sequence[Relation], names: Mapping[str, str], prefix: str) -> str:
    """Return the relations of a sentence, folded."""
    rows = "".join(
        f"<li>{link(r.head, names[r.head], prefix)} <i>{escape(RELATIONS.get(r.type, r.type))}</i> "
        f"{link(r.tail, names[r.tail], prefix)}"
        + ("" if r.score is None else f" <small>{r.score:.2f}</small>")
        + "</li>"
        for r in relations
    )
    return f'<details class="links"><summary>{persian(len(relations))} پیوند</summary><ul>{rows}</ul></details>'
