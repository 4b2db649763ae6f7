"""Documents as JSON Lines and as one JSON array."""

import json
from collections.abc import Iterator
from pathlib import Path

from khabar.document import Document
from khabar.errors import DataError


class JsonLines:
    """A line for each document."""

    def start(self) -> str:
        """Return nothing."""
        return ""

    def document(self, document: Document) -> str:
        """Return the document's line."""
        return _dump(document) + "\n"

    def end(self) -> str:
        """Return nothing."""
        return ""


class JsonArray:
    """One JSON array, a document a line."""

    def __init__(self) -> None:
        self._begun = False

    def start(self) -> str:
        """Return the opening bracket."""
        return "["

    def document(self, document: Document) -> str:
        """Return the document, set off from the one before."""
        between = ",\n" if self._begun else "\n"
        self._begun = True
        return between + _dump(document)

    def end(self) -> str:
        """Return the closing bracket."""
        return "\n]\n"


def read_documents(path: Path) -> Iterator[Document]:
    """Yield the documents of a file that `JsonLines` wrote.

    Raises:
        DataError: the file cannot be read, or a line is no document.
    """
    try:
        with path.open(encoding="utf-8") as rows:
            for number, row in enumerate(rows, 1):
                yield _load(row, path, number)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot be read: {error}", path=path) from error


def _load(row: str, path: Path, number: int) -> Document:
    try:
        return Document.from_dict(json.loads(row))
    except DataError as error:
        raise DataError(error.message, path=path, line=number, remedy=error.remedy) from error
    except ValueError as error:
        raise DataError(f"is no JSON: {error}", path=path, line=number) from error


def _dump(document: Document) -> str:
    plain = document.to_dict()
    written = json.dumps(plain, ensure_ascii=False)
    try:
        written.encode("utf-8")
    except UnicodeEncodeError:
        # a lone surrogate has no UTF-8; JSON can escape it
        return json.dumps(plain)
    return written
