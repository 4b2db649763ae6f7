"""Stand-off annotations as brat reads them: a text and an .ann file for each document.

Format: https://brat.nlplab.org/standoff.html. Brat counts code points, as documents do.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from khabar.document import Document

_UNSAFE = re.compile(r"[^\w.-]+")


def brat(documents: Iterable[Document], folder: Path, name: str) -> None:
    """Write `NAME/ID.txt` and `NAME/ID.ann` for each document; signs that file names lack become `_`."""
    place = folder / name
    place.mkdir(parents=True)
    taken: set[str] = set()
    for number, document in enumerate(documents, 1):
        # a name is cut where file systems do, and told apart where two fall together
        stem = _UNSAFE.sub("_", document.id).strip(".")[:60] or str(number)
        if stem.casefold() in taken:
            stem = f"{stem}-{number}"
        taken.add(stem.casefold())
        (place / f"{stem}.txt").write_bytes(document.text.encode("utf-8", "replace"))
        (place / f"{stem}.ann").write_bytes("".join(_lines(document)).encode("utf-8", "replace"))


def _lines(document: Document) -> Iterator[str]:
    number = {m.id: n for n, m in enumerate(document.mentions, 1)}
    notes = 0
    for m in document.mentions:
        # a mention over a line's end stays one span, its text on one line
        surface = re.sub(r"[\r\n]", " ", document.surface(m))
        yield f"T{number[m.id]}\t{m.type} {m.start} {m.end}\t{surface}\n"
        if m.value:
            notes += 1
            value = json.dumps(m.value, ensure_ascii=False)
            yield f"#{notes}\tAnnotatorNotes T{number[m.id]}\t{value}\n"
    for n, r in enumerate(document.relations, 1):
        yield f"R{n}\t{r.type} Arg1:T{number[r.head]} Arg2:T{number[r.tail]}\n"
    for cluster in document.clusters:
        if len(cluster) > 1:
            yield f"*\tEquiv {' '.join(f'T{number[id]}' for id in cluster)}\n"
