"""Documents as JSON Lines and as one JSON array."""

import json
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


def load_document(row: str, path: Path, number: int) -> Document:
    """Return the document of a line that `JsonLines` wrote.

    Raises:
        DataError: the line is no document.
    """
    try:
        return Document.from_dict(json.loads(row))
    except DataError as error:
        raise DataError(error.message, path=path, line=number, remedy=error.remedy) from error
    except (ValueError, RecursionError) as error:
        remedy = "give a file that khabar annotate wrote"
        raise DataError(f"is no JSON: {error}", path=path, line=number, remedy=remedy) from error


def _dump(document: Document) -> str:
    plain = document.to_dict()
    written = json.dumps(plain, ensure_ascii=False)
    try:
        written.encode("utf-8")
    except UnicodeEncodeError:
        # a lone surrogate has no UTF-8; JSON can escape it
        return json.dumps(plain)
    return written
