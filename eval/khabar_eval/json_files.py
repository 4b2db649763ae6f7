"""Files of JSON objects: one object a file, or one a line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from khabar.errors import DataError, reason


class Part(NamedTuple):
    """The text of one object of a file, and its line, from 1; None where the object is the whole file."""

    path: Path
    line: int | None
    text: str

    def load(self, remedy: str) -> dict[str, Any]:
        """Return the object.

        Raises:
            DataError: it is not JSON, or no object; `remedy` says what to do.
        """
        try:
            data = json.loads(self.text)
        except json.JSONDecodeError as error:
            line = self.line or error.lineno
            raise DataError(f"not JSON: {error}", path=self.path, line=line, remedy=remedy) from error
        if not isinstance(data, dict):
            found = type(data).__name__
            raise DataError(f"expected an object, found {found}", path=self.path, line=self.line, remedy=remedy)
        return data


def parts(path: str | Path, *, lines: bool) -> Iterator[Part]:
    """Yield the objects of a file as text: with `lines` one a line, blank lines left out, else the whole file.

    Raises:
        DataError: the file cannot be read.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot be read: {reason(error)}", path=path, remedy="give a UTF-8 file of JSON") from error
    if lines:
        yield from (Part(path, n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip())
    else:
        yield Part(path, None, text)
