"""A folder of parts with a manifest: what is there is whole, and the same run goes on where it stopped.

A part is written in `.aside`, moved to its place file by file, and counts from the moment its note in `.done` is there.
When all parts are, `quarantine.jsonl` and the finished manifest are put in place, and `.aside` and `.done` go away.
The parts of a site are JSON Lines: its pages, which link to each other, are made of all of them just before the end.
"""

import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from khabar.batch.export import documents
from khabar.batch.identity import difference
from khabar.batch.output import WholeFile, sync_all, sync_folder, writing
from khabar.batch.work import Annotate, Part, Result, Settings, Summary
from khabar.document import Document
from khabar.errors import DataError, UsageError
from khabar.formats import SITE, write_part
from khabar.show.site import write_site
from khabar.sources import Rejected

MANIFEST, QUARANTINE = "manifest.json", "quarantine.jsonl"
_ASIDE, _DONE = ".aside", ".done"


@dataclass(frozen=True, slots=True)
class Done:
    """A part that is in its place: its files, each with its size in bytes, and what could not be read."""

    number: int
    summary: Summary
    rejected: tuple[Mapping[str, Any], ...]
    files: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Return the part's note."""
        return {
            "number": self.number,
            "summary": self.summary.to_dict(),
            "rejected": list(self.rejected),
            "files": dict(self.files),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Done":
        """Read it back."""
        return cls(data["number"], Summary.from_dict(data["summary"]), tuple(data["rejected"]), data["files"])


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of parts."""

    root: Path
    format: str

    @contextmanager
    def opened(self, identity: Mapping[str, Any]) -> Iterator[None]:
        """Make the folder, or go on in it; nobody else writes to it meanwhile.

        Raises:
            UsageError: it holds something else, another run's output, or another run is writing to it.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            remedy = "give a place that can be written with -o"
            raise UsageError(f"cannot be written: {error.strerror}", path=self.root, remedy=remedy) from error
        with _locked(self.root):
            begun = self._manifest()
            if begun is None:
                if strangers := sorted(p.name for p in self.root.iterdir() if p.name != _ASIDE):
                    message = f"holds {strangers[0]}, and no output of khabar"
                    raise UsageError(message, path=self.root, remedy="name a new or an empty folder with -o")
            elif differs := difference(begun, identity):
                remedy = "name another folder with -o, or delete this one to start anew"
                raise UsageError(f"was made from {differs}", path=self.root, remedy=remedy)
            shutil.rmtree(self.root / _ASIDE, ignore_errors=True)
            with writing(self.root):
                if begun is None:
                    self._put(MANIFEST, {**identity, "complete": False})
                if not self.totals():
                    (self.root / _DONE).mkdir(exist_ok=True)
            yield
            shutil.rmtree(self.root / _ASIDE, ignore_errors=True)
            shutil.rmtree(self.root / _DONE, ignore_errors=True)

    def totals(self) -> Summary | None:
        """Return what the finished run did, None while it is not finished."""
        manifest = self._manifest() or {}
        return Summary.from_dict(manifest["totals"]) if manifest.get("complete") else None

    def done(self) -> Iterator[Done]:
        """Yield the parts that are there, in their order."""
        for note in sorted((self.root / _DONE).glob("*.json")):
            part = Done.from_dict(json.loads(note.read_text(encoding="utf-8")))
            if all(_size(self.root / name) == size for name, size in part.files.items()):
                yield part

    def place(self, number: int, documents: Iterable[Document], rejected: Sequence[Rejected]) -> Done:
        """Write a part; afterwards it is wholly there, whatever happens to the machine.

        Raises:
            KhabarError: it cannot be written.
        """
        # processes of several machines may have one number
        name, aside = f"part-{number:06d}", self.root / _ASIDE / f"{number}-{secrets.token_hex(4)}"
        summary = Summary(rejected=len(rejected))
        with writing(self.root):
            try:
                aside.mkdir(parents=True)
                format = "jsonl" if self.format == SITE else self.format
                write_part(format, _counted(documents, summary), aside, name)
                # of a format with many files, an unfinished part may have left some
                shutil.rmtree(self.root / name, ignore_errors=True)
                sizes = dict(self._moved(aside))
                done = Done(number, summary, tuple(r.to_dict() for r in rejected), sizes)
                self._put(f"{_DONE}/{number:06d}.json", done.to_dict())
            finally:
                shutil.rmtree(aside, ignore_errors=True)
        return done

    def _moved(self, aside: Path) -> Iterator[tuple[str, int]]:
        """Move a part's files to their places; yield their names and sizes."""
        touched = {self.root}
        for file in sorted(f for f in aside.rglob("*") if f.is_file()):
            name = file.relative_to(aside)
            with file.open("rb+") as handle:
                os.fsync(handle.fileno())
            size = file.stat().st_size
            place = self.root / name
            place.parent.mkdir(parents=True, exist_ok=True)
            touched.add(place.parent)
            file.replace(place)
            yield name.as_posix(), size
        for folder in touched:
            sync_folder(folder)

    def finish(self, identity: Mapping[str, Any]) -> Summary:
        """Put the pages of a site, the quarantine and the finished manifest in their places.

        Raises:
            KhabarError: they cannot be written.
        """
        totals = Summary()
        parts: list[dict[str, Any]] = []
        for part in self.done():
            totals += part.summary
            parts.append({"articles": part.summary.articles, "rejected": len(part.rejected), "files": part.files})
        with writing(self.root):
            if self.format == SITE:
                files = [str(self.root / name) for part in parts for name in part["files"]]
                write_site(documents(files, _refuse), self.root)
                sync_all()
            if totals.rejected:
                with WholeFile(self.root / QUARANTINE, self._aside()) as file:
                    for part in self.done():
                        file.write("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in part.rejected))
            self._put(MANIFEST, {**identity, "complete": True, "totals": totals.to_dict(), "parts": parts})
        return totals

    def _manifest(self) -> dict[str, Any] | None:
        path = self.root / MANIFEST
        try:
            manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            remedy = "name another folder with -o, or delete this one to start anew"
            raise UsageError(f"is no manifest of khabar: {error}", path=path, remedy=remedy) from error
        return manifest

    def _put(self, name: str, content: Mapping[str, Any]) -> None:
        with WholeFile(self.root / name, self._aside()) as file:
            file.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")

    def _aside(self) -> Path:
        (self.root / _ASIDE).mkdir(exist_ok=True)
        return self.root / _ASIDE


@dataclass(frozen=True, slots=True)
class WritePart:
    """Annotates a part and puts it in its place."""

    settings: Settings
    folder: Folder

    def __call__(self, part: Part) -> Done:
        return self._place(part, Annotate(self.settings)(part))

    def refuse(self, part: Part, why: str, remedy: str) -> Done:
        """Put a part in its place of which every article is rejected."""
        return self._place(part, Annotate(self.settings).refuse(part, why, remedy))

    def _place(self, part: Part, results: Sequence[Result]) -> Done:
        documents = [r for r in results if isinstance(r, Document)]
        return self.folder.place(part.number, documents, [r for r in results if isinstance(r, Rejected)])


def _refuse(error: DataError) -> None:
    raise error


def _counted(documents: Iterable[Document], summary: Summary) -> Iterator[Document]:
    for document in documents:
        summary.add(document)
        yield document


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder against other runs; the system gives it back when this process ends, however it ends."""
    if os.name != "posix":
        yield
        return
    import fcntl  # noqa: PLC0415  not on Windows

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        remedy = "wait for it, or name another folder with -o"
        raise UsageError("another run is writing there", path=folder, remedy=remedy) from error
    finally:
        os.close(handle)
