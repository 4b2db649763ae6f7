"""The one function that reads whatever a user points at."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, BinaryIO

from khabar.config import Limits
from khabar.document import Article
from khabar.errors import DataError, reason
from khabar.sources.decode import UndecodableError, decode
from khabar.sources.files import STDIN, Source, open_bytes, unpacking_errors
from khabar.sources.html import article_of
from khabar.sources.items import Notice, Rejected, too_long
from khabar.sources.rows import read_csv, read_jsonl, read_parquet
from khabar.sources.warc import read_warc

_READERS = {".jsonl": read_jsonl, ".csv": read_csv, ".parquet": read_parquet, ".warc": read_warc}
_PERSIAN = re.compile(r"[\u0620-\u06d3\ufb50-\ufdff\ufe70-\ufefc]")
_PAGE = re.compile(rb"\s*<(?:!doctype html|html|head|body)\b", re.IGNORECASE)


_BLANK = 65_536  # bytes before the first sign of standard input

_DEFAULT = Limits()


def read(
    sources: Sequence[Source], *, notice: Notice = lambda _: None, limits: Limits = _DEFAULT
) -> Iterator[Article | Rejected]:
    """Yield the articles of `sources` in their order, and what cannot be read; never more than one at a time is held.

    Every article has an id of its own: the record's, else the file's name; `meta.source` says where it is from.

    Args:
        sources: of `khabar.sources.find`.
        notice: told what a user should know of an article that can be read nevertheless.
        limits: what is longer, or takes longer, cannot be read.
    """
    taken: dict[str, int] = {}
    for source in sources:
        for item in _read_file(source, notice, limits):
            if isinstance(item, Rejected):
                yield item
                continue
            where = str(item.meta["source"])
            if not _PERSIAN.search(item.text):
                notice(f"{where}: article {item.id} has no Persian text")
            yield _numbered(item, taken, where, notice)


def _read_file(source: Source, notice: Notice, limits: Limits) -> Iterator[Article | Rejected]:
    count = 0
    try:
        with open_bytes(source) as stream:
            for item in _articles(source, stream, notice, limits):
                count += 1
                yield item
            if not count:
                remedy = "put the text of an article there, or leave it out"
                yield Rejected(source.path, "holds no article" if stream.tell() else "is empty", remedy=remedy)
    except DataError as error:
        yield Rejected(source.path, error.message, remedy=error.remedy)
    except unpacking_errors() as error:
        told = f"cannot be read{_behind(count)}: {reason(error)}"
        yield Rejected(source.path, told, remedy="check its permissions and the disk")
    except Exception as error:  # what libraries raise at files made to harm has no base of its own
        told = f"cannot be read{_behind(count)}: {type(error).__name__}: {error}"
        yield Rejected(source.path, told, remedy="fetch it again; if it is whole, please report this")


def _behind(count: int) -> str:
    return f" behind article {count}" if count else ""


def _articles(source: Source, stream: BinaryIO, notice: Notice, limits: Limits) -> Iterator[Article | Rejected]:
    kind = source.kind
    if source.path == STDIN:
        kind, stream = _tell_apart(stream)
    if reader := _READERS.get(kind):
        yield from reader(stream, source, notice, limits)
        return
    data = stream.read(limits.bytes + 1)
    if len(data) > limits.bytes:
        yield too_long(source.path, limits)
        return
    try:
        text, told = decode(data)
    except UndecodableError as error:
        yield Rejected(source.path, str(error), remedy="convert it to UTF-8 text")
        return
    if told:
        notice(f"{source.path}: {told}")
    if not text.strip():
        yield Rejected(source.path, "is empty", remedy="put the text of an article there, or leave it out")
    elif kind == ".txt":
        yield Article(text, source.stem, {"source": source.path})
    else:
        yield article_of(text, data, source.stem, {"source": source.path}, limits)


def _tell_apart(stream: BinaryIO) -> tuple[str, BinaryIO]:
    """Return the kind of standard input by its first line that is not blank, and all of it again."""
    first = b""
    while not first.strip() and len(first) < _BLANK and (line := stream.readline(_BLANK)):
        first += line
    rest = io.BufferedReader(_Chain(first, stream))
    if first.lstrip().startswith(b"{"):
        return ".jsonl", rest
    return (".html" if _PAGE.match(first) else ".txt"), rest


class _Chain(io.RawIOBase):
    """Bytes that were read already, and then the rest of their stream."""

    def __init__(self, first: bytes, rest: BinaryIO) -> None:
        self._first, self._rest = first, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        size = len(buffer)
        piece, self._first = (self._first[:size], self._first[size:]) if self._first else (self._rest.read(size), b"")
        buffer[: len(piece)] = piece
        return len(piece)


def _numbered(article: Article, taken: dict[str, int], where: str, notice: Notice) -> Article:
    """Give a second article of the same id another one."""
    id = str(article.id)
    taken[id] = taken.get(id, 0) + 1
    if taken[id] == 1:
        return article
    fresh = f"{id}-{taken[id]}"
    while fresh in taken:
        taken[id] += 1
        fresh = f"{id}-{taken[id]}"
    taken[fresh] = 1
    notice(f"{where}: the id {id} stands twice, the second becomes {fresh}")
    return replace(article, id=fresh)
