"""What a user points at, to a list of files; and their bytes, unpacked."""

import glob
import gzip
import importlib
import io
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import BinaryIO, cast

from khabar.errors import DataError, UsageError

SUFFIXES = (".txt", ".html", ".htm", ".jsonl", ".csv", ".parquet", ".warc")
PACKED = (".gz", ".zst")
STDIN = "-"
QUARANTINE = "quarantine.jsonl"
_ENDINGS = f"{', '.join(SUFFIXES)}, or one of these and {' or '.join(PACKED)}"


@dataclass(frozen=True, slots=True)
class Source:
    """A file: where it lies, and what names its articles."""

    path: str
    stem: str

    @property
    def kind(self) -> str:
        """Return the ending that says how to read it, without that of its packing."""
        suffixes = [s.lower() for s in Path(self.path).suffixes[-2:]]
        return suffixes[-2] if len(suffixes) == 2 and suffixes[-1] in PACKED else "".join(suffixes[-1:])

    @property
    def packing(self) -> str:
        """Return the ending that says how it is packed, or nothing."""
        suffix = Path(self.path).suffix.lower()
        return suffix if suffix in PACKED else ""


def find(paths: Iterable[str], leave_out: Iterable[str] = ()) -> list[Source]:
    """Return the files at `paths` in their order; a folder's are sorted, its subfolders' too.

    Args:
        paths: files, folders, patterns such as `news/*.jsonl`, or `-`.
        leave_out: files and folders that are not read where a folder holds them, such as a run's own output.

    Raises:
        UsageError: a path does not exist or is of a kind that is not read, or nothing of such a kind was found.
    """
    away = [Path(path).absolute() for path in leave_out]
    return [source for path in paths for source in _find(path, away)]


def _find(path: str, away: Sequence[Path]) -> list[Source]:
    if path == STDIN:
        return [Source(STDIN, "stdin")]
    place = Path(path)
    if place.is_dir():
        if inside := _inside(place, away):
            return inside
        raise UsageError(f"holds no file that ends in {_ENDINGS}", path=path, remedy="give another folder")
    if place.exists():
        if not _readable(place):
            found = place.suffix or "no ending"
            remedy = "rename it, or hand it over by standard input: khabar annotate - < FILE"
            message = f"expected a folder or a file that ends in {_ENDINGS}, found {found}"
            raise UsageError(message, path=path, remedy=remedy)
        return [Source(path, _stem(Path(place.name)))]
    if glob.has_magic(path):
        matches = sorted(Path(match) for match in glob.glob(path, recursive=True))
        folders = [source for match in matches if match.is_dir() for source in _inside(match, away)]
        files = [Source(str(match), _stem(Path(match.name))) for match in matches if _wanted(match, away)]
        # `**` matches a folder and what lies in it
        if matched := {source.path: source for source in [*folders, *files]}:
            return [matched[path] for path in sorted(matched)]
        raise UsageError("no file matches", path=path, remedy="check the pattern")
    raise UsageError("no such file or folder", path=path, remedy="check the name; `-` reads standard input")


def _inside(folder: Path, away: Sequence[Path]) -> list[Source]:
    files = (file for file in sorted(folder.rglob("*")) if _wanted(file, away))
    return [Source(str(file), _stem(file.relative_to(folder))) for file in files]


def _wanted(file: Path, away: Sequence[Path]) -> bool:
    return _readable(file) and file.is_file() and not file.name.endswith(QUARANTINE) and not _is_in(file, away)


def _is_in(file: Path, away: Sequence[Path]) -> bool:
    return any(file.absolute().is_relative_to(place) for place in away)


def _readable(path: Path) -> bool:
    return Source(str(path), "").kind in SUFFIXES


def _stem(path: Path) -> str:
    bare = path.with_suffix("") if path.suffix.lower() in PACKED else path
    return bare.with_suffix("").as_posix()


def open_bytes(source: Source) -> BinaryIO:
    """Open a file for reading, unpacked; standard input is unpacked by its first bytes.

    Raises:
        OSError: it cannot be opened.
        DataError: what unpacks it is not installed.
    """
    packing = source.packing
    if source.path != STDIN:
        raw: BinaryIO = Path(source.path).open("rb")  # noqa: SIM115  whoever asks closes it
    else:
        raw = sys.stdin.buffer
        start = raw.peek(4)[:4] if isinstance(raw, io.BufferedReader) else b""
        packing = ".gz" if start[:2] == b"\x1f\x8b" else ".zst" if start == b"\x28\xb5\x2f\xfd" else ""
    # a WARC's records are packed one by one, which its own reader knows
    if packing == ".gz" and source.kind != ".warc":
        return cast("BinaryIO", io.BufferedReader(_Gzip(raw)))
    if packing == ".zst":
        zstandard = extra("zstandard", source.path)
        stream = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True, closefd=True)
        return cast("BinaryIO", io.BufferedReader(stream))
    return raw


class _Gzip(gzip.GzipFile):
    """Closes its file with itself."""

    def __init__(self, raw: BinaryIO) -> None:
        super().__init__(fileobj=raw)
        self._raw = raw

    def close(self) -> None:
        super().close()
        self._raw.close()


def extra(name: str, path: str) -> ModuleType:
    """Import a package of the extra `formats`.

    Raises:
        DataError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        remedy = "pip install 'khabar[formats]'"
        raise DataError(f"needs {error.name}, which is not installed", path=path, remedy=remedy) from error


def unpacking_errors() -> tuple[type[Exception], ...]:
    """Return what reading a file raises where it is broken or cut off."""
    import zlib  # noqa: PLC0415

    zstandard = sys.modules.get("zstandard")
    return (OSError, EOFError, zlib.error, *((zstandard.ZstdError,) if zstandard else ()))
