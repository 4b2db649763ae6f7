"""Where documents go: files that appear whole or not at all, standard output, folders of parts."""

import os
import secrets
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from khabar.document import Document
from khabar.errors import KhabarError, UsageError
from khabar.formats import FORMATS, SEVERAL, Writer

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Target:
    """What `-o` names: standard output, a file or a folder, and the format."""

    name: str
    format: str
    is_folder: bool = False

    @property
    def path(self) -> Path:
        """Return where it lies."""
        return Path(self.name)


def parse_target(name: str, format: str | None = None) -> Target:
    """Return what a name means: `-`, a file if it ends in a format's suffix, else a folder.

    Raises:
        UsageError: the suffix and `format` contradict each other, or the format is never one file.
    """
    suffix = Path(name).suffix[1:].lower()
    if name != STDOUT and suffix not in (*FORMATS, *SEVERAL):
        return Target(name, format or "jsonl", is_folder=True)
    chosen = format or ("jsonl" if name == STDOUT else suffix)
    if chosen in SEVERAL:
        raise UsageError(f"{chosen} is several files", path=name, remedy=f"name a folder: --format {chosen} -o OUT")
    if name != STDOUT and suffix != chosen:
        raise UsageError(f"its ending says {suffix}, --format says {chosen}", path=name, remedy="leave out --format")
    return Target(name, chosen)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say which file it is about if the disk is full or fails.

    Raises:
        KhabarError: writing in the block fails.
    """
    try:
        yield
    except OSError as error:
        remedy = "make room, and run the same command again; it goes on where a folder of output stopped"
        raise KhabarError(f"cannot be written: {error.strerror}", path=path, remedy=remedy) from error


def sync_folder(folder: Path) -> None:
    """Make sure that what was renamed into a folder stays there when the power fails; no such thing on Windows."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sync_all() -> None:
    """Make sure that everything written so far stays there when the power fails: one call for thousands of files."""
    if os.name == "posix":
        os.sync()


class WholeFile:
    """A text file in UTF-8 that is put in its place when the block ends without an error, and not before.

    Args:
        path: its place.
        aside: the folder where it is written, on the same file system; its own by default.
    """

    def __init__(self, path: Path, aside: Path | None = None) -> None:
        self.path, self._folder = path, aside or path.parent

    def __enter__(self) -> "WholeFile":
        if self.path.is_dir():
            raise UsageError("is a folder", path=self.path, remedy="give the file another name with -o")
        self._aside = self._folder / f".{self.path.name}.{secrets.token_hex(4)}.part"
        # told before the file is there, so that no signal comes between it and its removal
        self._discard = weakref.finalize(self, _remove, self._aside)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file: Any = self._aside.open("x", encoding="utf-8", newline="\n")
        except OSError as error:
            remedy = "give a place that can be written with -o"
            raise UsageError(f"cannot be written: {error.strerror}", path=self.path, remedy=remedy) from error
        return self

    def write(self, text: str) -> None:
        """Add text."""
        with writing(self.path):
            self._file.write(text)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with writing(self.path):
            self._settle(keep=kind is None)

    def _settle(self, *, keep: bool) -> None:
        try:
            if keep:
                self._file.flush()
                os.fsync(self._file.fileno())
                self._aside.replace(self.path)
                sync_folder(self.path.parent)
        finally:
            self._discard()
            self._file.close()


def _remove(path: Path) -> None:
    # its folder may be none, which was told already
    with suppress(FileNotFoundError, NotADirectoryError):
        path.unlink()


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
    """One output of a run that is one text: a target and its writer."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._writer: Writer = FORMATS[target.format]()
        self._file = StandardOutput() if target.name == STDOUT else WholeFile(target.path)

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
