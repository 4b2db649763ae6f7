"""Documents in JSON Lines to the other formats."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from khabar.batch.output import Output, Target
from khabar.document import Document
from khabar.errors import DataError, UsageError, reason
from khabar.formats import SITE, write_part
from khabar.formats.jsonl import load_document
from khabar.show.site import write_site

_PART = 1000


def documents(paths: Iterable[str], refused: Callable[[DataError], None]) -> Iterator[Document]:
    """Yield the documents of JSON Lines files, or of folders of parts in JSON Lines.

    Raises:
        UsageError: a path does not exist or holds no JSON Lines.
    """
    for path in [file for name in paths for file in _files(Path(name))]:
        try:
            with path.open(encoding="utf-8") as rows:
                for number, row in enumerate(rows, 1):
                    try:
                        document = load_document(row, path, number)
                    except DataError as error:
                        refused(error)
                    else:
                        yield document
        except (OSError, UnicodeDecodeError) as error:
            remedy = "give a file that khabar annotate wrote"
            refused(DataError(f"cannot be read: {reason(error)}", path=path, remedy=remedy))


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        if parts := sorted(path.glob("part-*.jsonl")):
            return parts
        raise UsageError("holds no part-*.jsonl", path=path, remedy="give what khabar annotate --format jsonl wrote")
    if not path.exists():
        raise UsageError("no such file or folder", path=path, remedy="check the name")
    return [path]


def export(found: Iterable[Document], target: Target) -> int:
    """Write documents to a file, or to a new folder that appears whole or not at all; return how many.

    Raises:
        UsageError: the folder is there already, or cannot be written.
    """
    if target.is_folder:
        return _export_folder(iter(found), target)
    count = 0
    with Output(target) as output:
        for document in found:
            output.add(document)
            count += 1
    return count


def _export_folder(found: Iterator[Document], target: Target) -> int:
    place = target.path
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise UsageError("is there already", path=place, remedy="name a new folder with -o")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=".part", dir=place.parent))
    except OSError as error:
        remedy = "give a place that can be written with -o"
        raise UsageError(f"cannot be written: {error.strerror}", path=place, remedy=remedy) from error
    try:
        count = write_site(found, aside) if target.format == SITE else _write_parts(found, target.format, aside)
        aside.chmod(0o755)
        aside.replace(place)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return count


def _write_parts(found: Iterator[Document], format: str, folder: Path) -> int:
    count, number = 0, 0
    while part := list(islice(found, _PART)):
        write_part(format, part, folder, f"part-{number:06d}")
        count, number = count + len(part), number + 1
    return count
