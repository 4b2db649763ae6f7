"""Files that appear whole or not at all."""

import os
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

from khabar.document import Document
from khabar.errors import UsageError
from khabar.formats import FORMATS, Writer

STDOUT = "-"


def _unwritable(path: Path, error: OSError) -> UsageError:
    remedy = "give a place that can be written with -o"
    return UsageError(f"cannot be written: {error.strerror}", path=path, remedy=remedy)


class WholeFile:
    """A text file in UTF-8 that is put in its place when the block ends without an error, and not before."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> "WholeFile":
        if self.path.is_dir():
            raise UsageError("is a folder", path=self.path, remedy="give the file another name with -o")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{self.path.name}.", suffix=".part", dir=self.path.parent)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self._aside = Path(name)
        self._file: Any = os.fdopen(handle, "w", encoding="utf-8", newline="\n")
        return self

    def write(self, text: str) -> None:
        """Add text."""
        self._file.write(text)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._file.flush()
                os.fsync(self._file.fileno())
                # mkstemp's files are for the owner alone; a user expects what `open` would have made
                mask = os.umask(0)
                os.umask(mask)
                self._aside.chmod(0o666 & ~mask)
                self._aside.replace(self.path)
        finally:
            self._file.close()
            self._aside.unlink(missing_ok=True)


class StandardOutput:
    """Standard output under the same interface."""

    def __enter__(self) -> "StandardOutput":
        return self

    def write(self, text: str) -> None:
        """Add text."""
        sys.stdout.write(text)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.stdout.flush()


class Output:
    """One output of a run: a format and where it goes."""

    def __init__(self, target: str, file: "WholeFile | StandardOutput", writer: Writer) -> None:
        self.target, self._file, self._writer = target, file, writer

    def __enter__(self) -> "Output":
        self._file.__enter__()
        self._file.write(self._writer.start())
        return self

    def add(self, document: Document) -> None:
        """Write a document."""
        self._file.write(self._writer.document(document))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._file.write(self._writer.end())
        self._file.__exit__(kind, error, trace)


def open_output(target: str, format: str | None = None) -> Output:
    """Return an output to a file or, for `-`, standard output; the file's suffix tells the format.

    Raises:
        UsageError: neither suffix nor `format` tells a format that can be written, or they contradict each other.
    """
    suffix = Path(target).suffix[1:].lower()
    known = ", ".join(f".{name}" for name in FORMATS)
    if target == STDOUT:
        return Output(target, StandardOutput(), FORMATS[format or "jsonl"]())
    if suffix not in FORMATS:
        raise UsageError(f"expected a name that ends in {known}", path=target)
    if format and suffix != format:
        raise UsageError(f"its ending says {suffix}, --format says {format}", path=target, remedy="leave out --format")
    return Output(target, WholeFile(Path(target)), FORMATS[suffix]())
