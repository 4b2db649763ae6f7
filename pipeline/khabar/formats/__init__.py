"""Writers, and readers of gold annotations, a file a format."""

from collections.abc import Callable
from typing import Protocol

from khabar.document import Document
from khabar.formats.html import HtmlPage
from khabar.formats.jsonl import JsonArray, JsonLines

__all__ = ["FORMATS", "Writer"]


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


# a format's name is also the suffix of its files
FORMATS: dict[str, Callable[[], Writer]] = {"jsonl": JsonLines, "json": JsonArray, "html": HtmlPage}
