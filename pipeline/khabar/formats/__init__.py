"""Writers, and readers of gold annotations, a file a format.

A format either makes one text, a document at a time (`Writer`), or several files for some documents (`Files`).
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from khabar.document import Document
from khabar.formats.brat import brat
from khabar.formats.columns import Columns
from khabar.formats.graphml import GraphMl
from khabar.formats.html import HtmlPage
from khabar.formats.jsonl import JsonArray, JsonLines
from khabar.formats.labelstudio import labelstudio
from khabar.formats.parquet import parquet

__all__ = ["FORMATS", "NAMES", "SEVERAL", "SITE", "Files", "Writer", "write_part"]


class Writer(Protocol):
    """Documents to one text, a document at a time."""

    def start(self) -> str:
        """Return what stands before the first document."""
        ...

    def document(self, document: Document) -> str:
        """Return a document's piece."""
        ...

    def end(self) -> str:
        """Return what stands behind the last one."""
        ...


# writes documents into a folder, to files whose names begin with or lie in a name, which no other part has
Files = Callable[[Iterable[Document], Path, str], None]

# a format's name is also the suffix of its files
FORMATS: dict[str, Callable[[], Writer]] = {
    "jsonl": JsonLines,
    "json": JsonArray,
    "html": HtmlPage,
    "conll": Columns,
    "graphml": GraphMl,
}
SEVERAL: dict[str, Files] = {"parquet": parquet, "brat": brat, "labelstudio": labelstudio}
NAMES = (*FORMATS, *SEVERAL)
# a folder of this one holds pages that link to each other; see khabar.show.site
SITE = "html"


def write_part(format: str, documents: Iterable[Document], folder: Path, name: str) -> None:
    """Write documents into a folder, as the files of the part `name`."""
    if format in SEVERAL:
        SEVERAL[format](documents, folder, name)
        return
    with (folder / f"{name}.{format}").open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        file.writelines(pieces(FORMATS[format](), documents))


def pieces(writer: Writer, documents: Iterable[Document]) -> Iterator[str]:
    """Yield all that a writer makes of documents."""
    yield writer.start()
    for document in documents:
        yield writer.document(document)
    yield writer.end()
