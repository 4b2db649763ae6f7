"""Errors shown in their sentences, right to left, as HTML."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TypeVar

from khabar.document import Document, Mention
from khabar.recognize.tags import Span
from khabar.show.text import marked_text
from khabar.show.words import plain
from khabar_eval.mistakes import KINDS, LINK_KINDS, LinkMistake, Mistake, link_mistakes, pair_off
from khabar_eval.readings import Link, Reading

Item = TypeVar("Item")
Error = TypeVar("Error", Mistake, LinkMistake)

MOST = 10
# so much is shown beside an error, in code points
_BESIDE = 110
_SIGNS = {"boundary": "↔", "type": "≠", "boundary and type": "↮", "missed": "○", "spurious": "✕"}
_SIGNS |= {"mention missed": "◌", "mention spurious": "⊗"}
_SAID = {
    "boundary": "the right type, another extent",
    "type": "the right extent, another type",
    "boundary and type": "they overlap, and that is all",
    "missed": "gold has it, and nothing found overlaps it",
    "spurious": "found, and no gold overlaps it",
}
_SAID_OF_LINKS = {
    "type": "the right two mentions, another relation",
    "mention missed": "one of its mentions was not found",
    "mention spurious": "one of its mentions is none in gold",
    "missed": "both mentions were found, the relation was not",
    "spurious": "both mentions are in gold, the relation is not",
}


def span_errors(readings: Sequence[Reading], types: Sequence[str], prefix: str) -> str:
    """Return the errors of one layer by kind, each folded with its examples; ids on the page begin with `prefix`."""
    found = [(reading, m) for reading in readings for m in pair_off(*reading.of(types))]
    return _by_kind(found, {kind: _SAID[kind] for kind in KINDS}, _span_error, prefix)


def link_errors(readings: Sequence[Reading], prefix: str) -> str:
    """Return the errors of relations by kind, as `span_errors` does."""
    found = [(reading, m) for reading in readings for m in link_mistakes(reading)]
    return _by_kind(found, {kind: _SAID_OF_LINKS[kind] for kind in LINK_KINDS}, _link_error, prefix)


def _by_kind(
    found: Sequence[tuple[Reading, Error]],
    said: Mapping[str, str],
    show: Callable[[Reading, Error, str], str],
    prefix: str,
) -> str:
    """Return the errors of each kind, folded with its examples, in the order of `said`, which tells what kinds are."""
    parts = []
    for n, (kind, told) in enumerate(said.items()):
        of_kind = [(reading, m) for reading, m in found if m.kind == kind]
        shown = [show(r, m, f"{prefix}{n}-{i}-") for i, (r, m) in enumerate(spread(of_kind))]
        parts.append(_folded(kind, told, len(of_kind), len(found), shown))
    return "".join(parts)


def spread(items: Sequence[Item], most: int = MOST) -> list[Item]:
    """Return some of the items, as far from each other as can be."""
    count = min(most, len(items))
    return [items[i * len(items) // count] for i in range(count)]


def _folded(kind: str, said: str, count: int, total: int, shown: Sequence[str]) -> str:
    if not count:
        return ""
    some = "" if len(shown) == count else f" · {len(shown)} of them, evenly spread"
    return (
        f'<details class="errors"><summary><b><span aria-hidden="true">{_SIGNS[kind]}</span> {kind}</b> '
        f"{count:,} <small>({count / total:.0%}) {said}{some}</small></summary><ul>{''.join(shown)}</ul></details>"
    )


def _span_error(reading: Reading, mistake: Mistake, prefix: str) -> str:
    sides = [("gold", mistake.gold), ("found", mistake.found)]
    marks = [(side, span) for side, span in sides if span]
    told = "; ".join(f"{side} {escape(span[2])} {_said(reading, span)}" for side, span in marks)
    return _example(reading, told, marks, prefix)


def _link_error(reading: Reading, mistake: LinkMistake, prefix: str) -> str:
    told = "; ".join(
        _link_told(reading, *side) for side in (("gold", mistake.gold), ("found", mistake.found)) if side[1]
    )
    link = mistake.gold or mistake.found
    assert link is not None, "a mistake has a side"
    side = "gold" if mistake.gold else "found"
    return _example(reading, told, [(side, link.head), (side, link.tail)], prefix)


def _link_told(reading: Reading, side: str, link: Link | None) -> str:
    if link is None:
        return ""
    score = "" if link.score is None else f" <small>{link.score:.2f}</small>"
    return f"{side} {_said(reading, link.head)} <i>{escape(link.type)}</i> {_said(reading, link.tail)}{score}"


def _said(reading: Reading, span: Span) -> str:
    return f'<bdi lang="fa">{escape(plain(reading.text[span[0] : span[1]]))}</bdi>'


def _example(reading: Reading, told: str, marks: Sequence[tuple[str, Span]], prefix: str) -> str:
    start, end = min(span[0] for _, span in marks), max(span[1] for _, span in marks)
    first, last = reading.around(start, end)
    a, b = _from_word(reading.text, first, start), _to_word(reading.text, end, last)
    # a blank for a line end: an example is one paragraph, and every code point keeps its place
    text = "".join(" " if c.isspace() else c for c in reading.text[a:b])
    mentions = tuple(
        Mention(f"{n}", f"{side} {kind}", start - a, end - a) for n, (side, (start, end, kind)) in enumerate(marks)
    )
    body = marked_text(Document("", text, mentions=mentions), prefix)
    before, after = "… " if a > first else "", " …" if b < last else ""
    return (
        f'<li><div class="text" lang="fa" dir="rtl">{before}{body}{after}</div>'
        f'<p class="about">{told} · <bdi dir="ltr">{escape(plain(reading.item))}</bdi></p></li>'
    )


def _from_word(text: str, first: int, start: int) -> int:
    """Return where to begin, at most `_BESIDE` before `start`, at the beginning of a word."""
    if start - first <= _BESIDE:
        return first
    blank = text.find(" ", start - _BESIDE, start)
    return blank + 1 if blank >= 0 else start


def _to_word(text: str, end: int, last: int) -> int:
    """Return where to end, at most `_BESIDE` after `end`, at the end of a word."""
    if last - end <= _BESIDE:
        return last
    blank = text.rfind(" ", end, end + _BESIDE)
    return blank if blank >= 0 else end
