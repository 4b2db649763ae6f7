"""Records as HTML: meetings, events and statistics as cards, actors as a list."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from khabar.document import Document, Record
from khabar.show.text import link
from khabar.show.values import show_value
from khabar.show.words import KINDS, SLOTS, TYPES, name_of, persian, plain


class Cards:
    """The records of one document; `pages` has the address of the page of its own that a record may have."""

    def __init__(self, document: Document, prefix: str, pages: Mapping[str, str]) -> None:
        self._records = document.records
        self._prefix, self._pages = prefix, pages
        self._names = {m.id: name_of(document, m) for m in document.mentions}
        self._names |= {r.id: plain(r.name) for r in document.records}

    def __str__(self) -> str:
        return "".join(self._sections())

    def _sections(self) -> Iterator[str]:
        for kind, label in KINDS.items():
            records = [r for r in self._records if r.kind == kind]
            if not records:
                continue
            listed = kind == "actor"
            inside = "".join(map(self._line if listed else self._card, records))
            body = f'<ul class="actors">{inside}</ul>' if listed else f'<div class="cards">{inside}</div>'
            yield f"<h3>{label} <small>{persian(len(records))}</small></h3>{body}"

    def _card(self, record: Record) -> str:
        rows = "".join(f"<dt>{label}</dt><dd>{shown}</dd>" for label, shown in self._rows(record))
        return (
            f'<section class="card {escape(record.kind)}" id="{escape(self._prefix + record.id)}">'
            f"<h4>{self._title(record)}</h4><dl>{rows}</dl></section>"
        )

    def _line(self, record: Record) -> str:
        kind = str(record.slots.get("type") or "")
        rows = "؛ ".join(f"{label}: {shown}" for label, shown in self._rows(record))
        return (
            f'<li id="{escape(self._prefix + record.id)}"><b>{self._title(record)}</b> '
            f"<small>{escape(TYPES.get(kind, kind))}</small> {rows}</li>"
        )

    def _title(self, record: Record) -> str:
        name = f"<bdi>{escape(self._names[record.id])}</bdi>"
        page = self._pages.get(record.id)
        return f'<a href="{escape(page)}">{name}</a>' if page else name

    def _rows(self, record: Record) -> Iterator[tuple[str, str]]:
        """Yield label and content of every slot that holds something, and where the text says it."""
        for slot, content in record.slots.items():
            shown = "" if slot == "type" else self._content(slot, content)
            if shown:
                yield escape(SLOTS.get(slot, slot)), shown
        yield "در متن", " ".join(link(id, persian(n), self._prefix) for n, id in enumerate(record.mentions, 1))

    def _content(self, slot: str, content: Any) -> str:
        if not content:
            return ""
        if slot == "value":
            return f'<bdi dir="ltr">{escape(plain(show_value(content)))}</bdi>'
        if slot == "when":
            return "، ".join(f'<bdi dir="ltr">{escape(plain(str(said)))}</bdi>' for said in content)
        if isinstance(content, str):
            return f"<bdi>{escape(plain(content))}</bdi>"
        if not isinstance(content, list):
            return f'<bdi dir="ltr">{escape(plain(str(content)))}</bdi>'
        return "، ".join(link(id, self._names.get(id) or id, self._prefix) for id in content)
