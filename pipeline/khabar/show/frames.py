"""A document's mentions, relations or records as a pandas data frame, a row each."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from khabar.document import Document
from khabar.errors import UsageError
from khabar.show.extra import need

if TYPE_CHECKING:
    from pandas import DataFrame

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "mentions": ("document", "id", "type", "text", "start", "end", "score", "value", "record"),
    "relations": ("document", "head", "head_text", "type", "tail", "tail_text", "score"),
    "records": ("document", "id", "kind", "name", "mentions"),
}


def to_frame(document: Document, kind: str) -> "DataFrame":
    """Return the rows of one kind; `start` and `end` are code points of the source, as in the document.

    Records have a column for each slot that any of them has, in which a list holds names, not ids.

    Raises:
        UsageError: there is no such kind.
        KhabarError: pandas is not installed.
    """
    if kind not in COLUMNS:
        raise UsageError(f"expected {', '.join(COLUMNS)}, found {kind!r}")
    pandas = need("pandas")
    rows = list({"mentions": _mentions, "relations": _relations, "records": _records}[kind](document))
    frame: DataFrame = pandas.DataFrame(rows, columns=None if rows and kind == "records" else list(COLUMNS[kind]))
    return frame


def _mentions(document: Document) -> Iterator[dict[str, Any]]:
    owners = {id: r.id for r in document.records for id in r.mentions}
    for m in document.mentions:
        yield {
            "document": document.id,
            "id": m.id,
            "type": m.type,
            "text": document.surface(m),
            "start": m.start,
            "end": m.end,
            "score": m.score,
            "value": m.value,
            "record": owners.get(m.id),
        }


def _relations(document: Document) -> Iterator[dict[str, Any]]:
    texts = {m.id: document.surface(m) for m in document.mentions}
    for r in document.relations:
        yield {
            "document": document.id,
            "head": r.head,
            "head_text": texts[r.head],
            "type": r.type,
            "tail": r.tail,
            "tail_text": texts[r.tail],
            "score": r.score,
        }


def _records(document: Document) -> Iterator[dict[str, Any]]:
    names = {m.id: document.surface(m) for m in document.mentions} | {r.id: r.name for r in document.records}
    for record in document.records:
        slots = {
            slot: [names.get(id, id) for id in held] if isinstance(held, list) and slot != "when" else held
            for slot, held in record.slots.items()
        }
        yield {
            "document": document.id,
            "id": record.id,
            "kind": record.kind,
            "name": record.name,
            "mentions": list(record.mentions),
            **slots,
        }
