"""What goes wrong, said so that a user can mend it."""

import re
from pathlib import Path

# what steers a terminal, or turns the direction of what stands beside it
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")


class KhabarError(Exception):
    """An error that a user can act on: what happened, where, and what to do.

    Printed without a traceback. `exit_code` is 1 for data that cannot be used and 2 for wrong usage.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        path: str | Path | None = None,
        line: int | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = None if path is None else str(path)
        self.line = line
        self.remedy = remedy

    def __str__(self) -> str:
        where = self.path or ""
        if self.line is not None:
            where = f"{where}:{self.line}"
        parts = [f"{where}: {self.message}" if where else self.message]
        if self.remedy:
            parts.append(self.remedy)
        return "\n  ".join(parts)


def reason(error: Exception) -> str:
    """Return why something cannot be read or written, without the file's name, which the message has before it."""
    return getattr(error, "strerror", None) or str(error)


class DataError(KhabarError):
    """An input that cannot be read as what it claims to be."""


class ModelError(KhabarError):
    """A model folder that is missing, broken, or does not fit its configuration."""


class UsageError(KhabarError):
    """A command or call that asks for something impossible."""

    exit_code = 2


def printable(text: str) -> str:
    """Return a text of one line whose signs are only seen: messages quote ids and names that others chose."""
    return _CONTROLS.sub(" ", text)
