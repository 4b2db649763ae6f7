"""What a page's form holds, to an article."""

import datetime
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from khabar.document import Article
from khabar.errors import DataError
from khabar.sources.decode import UndecodableError, decode
from khabar.sources.html import extract

_PAGES = (".html", ".htm")


@dataclass(frozen=True, slots=True)
class Form:
    """A text or a file, the day of publication as `YYYY-MM-DD` or empty, and whether the document is wanted as JSON."""

    text: str = ""
    name: str = ""
    data: bytes = b""
    published: str = ""
    as_json: bool = False

    def article(self) -> Article:
        """Return the file's article, or the text's where there is no file; a page's own date beats the form's.

        Raises:
            DataError: the file is no text, or holds no article, or the day is none.
        """
        meta = self._meta()
        if not self.data:
            return Article(self.text, "1", meta)
        try:
            text, _ = decode(self.data)
        except UndecodableError as error:
            raise DataError(str(error), path=self.name, remedy="convert it to UTF-8 text") from error
        if self.name.lower().endswith(_PAGES):
            text, found = extract(text, self.data)
            meta = {**meta, **found}
            if not text.strip():
                raise DataError("no article was found in the page", path=self.name, remedy="paste its text")
        return Article(text, PurePath(self.name).stem, {**meta, "source": self.name})

    def _meta(self) -> dict[str, Any]:
        if not self.published:
            return {}
        try:
            return {"published": datetime.date.fromisoformat(self.published).isoformat()}
        except ValueError as error:
            raise DataError(f"published: expected a day such as 2025-11-01, found {self.published[:40]!r}") from error
