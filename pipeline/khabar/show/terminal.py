"""A document's records in the terminal, in a few lines."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from khabar.document import Document, Record
from khabar.errors import printable
from khabar.show.values import show_value
from khabar.show.words import title_of

# Left-to-right labels around right-to-left names: an isolate keeps a terminal that reorders from mixing neighbors, and
# is invisible in one that does not.
_ISOLATE, _END = "\u2068", "\u2069"
_MOST = 8


def print_document(document: Document, console: Console) -> None:
    """Print what was found: meetings and events with who, where and when, figures with their values, actors."""
    title = title_of(document)
    console.print(Text(_isolated(document.id), style="bold"), Text(_isolated(title[:90])), soft_wrap=True)
    for line in _lines(document):
        console.print(line, soft_wrap=True)
    console.print()


def _lines(document: Document) -> Iterator[Text]:
    by_id = {record.id: record for record in document.records}
    for kind in ("meeting", "event"):
        yield from _block(kind, [_happening(r, by_id, document) for r in document.records if r.kind == kind])
    # a figure of the title stands again in the text
    figures = dict.fromkeys(_statistic(r, by_id) for r in document.records if r.kind == "statistic")
    yield from _block("statistic", list(figures))
    actors = sorted((r for r in document.records if r.kind == "actor"), key=lambda r: -len(r.mentions))
    shown = [f"{_isolated(r.name)} {r.slots['type']}" + _times(r) for r in actors]
    yield from _block("actors", ["; ".join(shown[: 2 * _MOST]) + _more(shown, 2 * _MOST)] if shown else [])


def _block(label: str, entries: Sequence[str]) -> Iterator[Text]:
    for number, entry in enumerate(entries[:_MOST]):
        yield Text.assemble((f"  {label if number == 0 else '':<10}", "cyan"), entry)
    if more := _more(entries, _MOST):
        yield Text(f"  {'':<10}{more.strip()}", style="dim")


def _happening(record: Record, by_id: dict[str, Record], document: Document) -> str:
    parts = [_isolated(record.name) + _times(record)]
    if record.slots.get("when"):
        parts.append(", ".join(record.slots["when"]))
    parts += [
        f"{slot} {', '.join(dict.fromkeys(_isolated(_filler(id, by_id, document)) for id in ids))}"
        for slot, ids in record.slots.items()
        if ids and slot not in ("when", "dates")
    ]
    return "; ".join(parts)


def _statistic(record: Record, by_id: dict[str, Record]) -> str:
    value = show_value(record.slots.get("value"))
    parts = [_isolated(record.name) + (f" = {value}" if value else "")]
    for slot, words in (("about", "about"), ("reported_by", "reported by")):
        if names := [_isolated(by_id[i].name) for i in record.slots.get(slot, ()) if i in by_id]:
            parts.append(f"{words} {', '.join(names)}")
    return "; ".join(parts)


def _filler(id: str, by_id: dict[str, Record], document: Document) -> str:
    return by_id[id].name if id in by_id else " ".join(document.surface(document.mention(id)).split())


def _times(record: Record) -> str:
    return f" ×{len(record.mentions)}" if len(record.mentions) > 1 else ""


def _more(entries: Sequence[str], most: int) -> str:
    return f" and {len(entries) - most} more" if len(entries) > most else ""


def _isolated(text: str) -> str:
    """Return a text that stays in its own direction and cannot change what stands beside it."""
    return f"{_ISOLATE}{printable(text).strip()}{_END}"
