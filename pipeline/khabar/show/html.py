"""Documents as HTML: the article with its mentions, its records as cards, its relations as a table.

A page needs no network and no script. Everything that comes from a document is escaped.
"""

from collections.abc import Iterator, Mapping
from html import escape
from importlib.resources import files
from itertools import pairwise
from typing import Any

from khabar.document import Document, Mention, Record
from khabar.show.values import show_value

FACTS = ("MEETING", "EVENT", "STAT")
KINDS = {"meeting": "نشست‌ها", "event": "رویدادها", "statistic": "آمارها", "actor": "کنشگران"}
SLOTS = {
    "organizers": "برگزارکننده",
    "supporters": "پشتیبان",
    "participants": "شرکت‌کننده",
    "speakers": "سخنران",
    "agents": "انجام‌دهنده",
    "affected": "اثرپذیر",
    "places": "جا",
    "dates": "زمان",
    "when": "تاریخ",
    "figures": "آمار",
    "affiliations": "وابسته به",
    "reported_by": "به گفتهٔ",
    "about": "دربارهٔ",
    "value": "مقدار",
    "type": "نوع",
}
RELATIONS = {
    "organizes": "برگزار می‌کند",
    "participates_in": "شرکت می‌کند در",
    "speaks_at": "سخن می‌گوید در",
    "supports": "پشتیبانی می‌کند از",
    "agent_of": "انجام می‌دهد",
    "affected_by": "اثر می‌پذیرد از",
    "reports": "گزارش می‌دهد",
    "measures": "اندازه می‌دهد به",
    "held_at": "برگزار شد در",
    "held_on": "برگزار شد به روز",
    "affiliated_with": "وابسته است به",
    "same_as": "همان است که",
}
# no script runs and nothing is fetched, whatever a text holds
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def head(title: str) -> str:
    """Return a page up to its first article."""
    return (
        '<!DOCTYPE html>\n<html lang="fa" dir="rtl"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title>{style()}"
        "<style>body { margin: 0; background: Canvas; }</style></head><body>\n"
    )


def foot() -> str:
    """Return the end of a page."""
    return "</body></html>\n"


def style() -> str:
    """Return the style element that articles need, written for them alone."""
    return f"<style>{files('khabar.show').joinpath('page.css').read_text(encoding='utf-8')}</style>"


def fragment(document: Document) -> str:
    """Return an article with its style, to stand in another page such as a notebook."""
    return style() + article(document)


def article(document: Document, prefix: str = "") -> str:
    """Return one article; `prefix` keeps the ids of articles on one page apart."""
    names = {m.id: " ".join(document.surface(m).split()) for m in document.mentions}
    title = document.meta.get("title")
    return (
        f'<article class="khabar" lang="fa" dir="rtl" id="{escape(prefix)}article">'
        + (f"<h2>{escape(str(title))}</h2>" if title else "")
        + f'<p class="about">{_about(document)}</p>'
        + f'<div class="text">{"".join(_pieces(document, prefix))}</div>'
        + "".join(_records(document, names, prefix))
        + _relations(document, names, prefix)
        + "</article>\n"
    )


def _about(document: Document) -> str:
    told = (document.meta.get(key) for key in ("site", "published", "source"))
    return " · ".join(f"<bdi>{escape(str(item))}</bdi>" for item in (document.id, *told) if item)


def _pieces(document: Document, prefix: str) -> Iterator[str]:
    """Yield the text cut wherever a mention begins or ends, so that mentions may nest or cross; nothing is added."""
    mentions = sorted(document.mentions, key=lambda m: (m.start, -m.end))
    cuts = sorted({0, len(document.text), *(m.start for m in mentions), *(m.end for m in mentions)})
    open_mentions: list[Mention] = []
    waiting = iter([*mentions, None])
    upcoming = next(waiting)
    for start, end in pairwise(cuts):
        open_mentions = [m for m in open_mentions if m.end > start]
        begun = []
        while upcoming is not None and upcoming.start == start:
            begun.append(upcoming)
            upcoming = next(waiting)
        open_mentions += begun
        piece = escape(document.text[start:end])
        yield _marked(piece, open_mentions, begun, end, prefix) if open_mentions else piece


def _marked(piece: str, around: list[Mention], begun: list[Mention], end: int, prefix: str) -> str:
    anchors = "".join(f'<a id="{escape(prefix + m.id)}"></a>' for m in begun[1:])
    own = f' id="{escape(prefix + begun[0].id)}" tabindex="0"' if begun else ""
    layers = {"f" if m.type in FACTS else "n" for m in around}
    classes = " ".join(["m", *sorted(layers), *dict.fromkeys(escape(m.type) for m in around)])
    ended = " ".join(dict.fromkeys(escape(m.type) for m in around if m.end == end))
    label = f' data-label="{ended}"' if ended else ""
    hint = escape("; ".join(filter(None, map(_hint, around))))
    return f'{anchors}<span class="{classes}"{own}{label} title="{hint}">{piece}</span>'


def _hint(mention: Mention) -> str:
    value, score = show_value(mention.value), "" if mention.score is None else f" ({mention.score:.2f})"
    return f"{mention.type}{score}" + (f": {value}" if value else "")


def _records(document: Document, names: Mapping[str, str], prefix: str) -> Iterator[str]:
    by_id = {record.id: record for record in document.records}
    for kind, label in KINDS.items():
        cards = [_card(record, by_id, names, prefix) for record in document.records if record.kind == kind]
        if cards:
            yield f'<h3>{label}</h3><div class="cards">{"".join(cards)}</div>'


def _card(record: Record, by_id: Mapping[str, Record], names: Mapping[str, str], prefix: str) -> str:
    rows = []
    for slot, content in record.slots.items():
        shown = _slot(slot, content, by_id, names, prefix)
        if shown:
            rows.append(f"<dt>{escape(SLOTS.get(slot, slot))}:</dt><dd>{shown}</dd>")
    where = " ".join(_link(id, str(n), prefix) for n, id in enumerate(record.mentions, 1))
    rows.append(f"<dt>در متن:</dt><dd>{where}</dd>")
    return (
        f'<section class="card" id="{escape(prefix + record.id)}"><b><bdi>{escape(record.name)}</bdi></b>'
        f"<dl>{''.join(rows)}</dl></section>"
    )


def _slot(slot: str, content: Any, by_id: Mapping[str, Record], names: Mapping[str, str], prefix: str) -> str:
    if slot == "value":
        return f'<bdi dir="ltr">{escape(show_value(content))}</bdi>' if content else ""
    if isinstance(content, str):
        return f"<bdi>{escape(content)}</bdi>"
    if slot == "when":
        return "، ".join(f'<bdi dir="ltr">{escape(str(said))}</bdi>' for said in content)
    return "، ".join(_link(id, by_id[id].name if id in by_id else names.get(id, id), prefix) for id in content or ())


def _link(id: str, text: str, prefix: str) -> str:
    return f'<a href="#{escape(prefix + id)}"><bdi>{escape(text)}</bdi></a>'


def _relations(document: Document, names: Mapping[str, str], prefix: str) -> str:
    if not document.relations:
        return ""
    rows = "".join(
        f"<tr><td>{_link(r.head, names[r.head], prefix)}</td><td>{escape(RELATIONS.get(r.type, r.type))}</td>"
        f"<td>{_link(r.tail, names[r.tail], prefix)}</td>"
        f"<td>{'' if r.score is None else format(r.score, '.2f')}</td></tr>"
        for r in document.relations
    )
    return f"<details><summary>پیوندها ({len(document.relations)})</summary><table>{rows}</table></details>"
