"""Web archives (ISO 28500) to articles: each page that the archive holds."""

import io
from collections.abc import Iterator
from contextlib import redirect_stderr
from typing import Any, BinaryIO

from khabar.config import Limits
from khabar.document import Article
from khabar.sources.decode import UndecodableError, decode
from khabar.sources.files import Source, extra
from khabar.sources.html import article_of
from khabar.sources.items import Notice, Rejected, too_long

_PAGES = ("text/html", "application/xhtml+xml")
_PIECE = 65_536


def read_warc(stream: BinaryIO, source: Source, notice: Notice, limits: Limits) -> Iterator[Article | Rejected]:
    """Yield an article for each response that is a page; `line` counts records from 1."""
    archive = extra("warcio", source.path)
    number = 0
    try:
        for number, record in enumerate(_records(archive.ArchiveIterator(stream), source, notice), 1):
            kind = record.http_headers.get_header("Content-Type", "") if record.http_headers else ""
            if record.rec_type == "response" and kind.split(";")[0].strip().lower() in _PAGES:
                url = str(record.rec_headers.get_header("WARC-Target-URI") or "")
                yield _page(_body(record.content_stream(), limits), url, source, number, notice, limits)
    except archive.exceptions.ArchiveLoadFailed as error:
        reason = f"is no WARC behind record {number}: {str(error).strip().splitlines()[0]}"
        yield Rejected(source.path, reason, remedy="fetch it again")


def _records(records: Iterator[Any], source: Source, notice: Notice) -> Iterator[Any]:
    """Yield an archive's records; what the reader prints, with bytes of the archive, becomes a short notice."""
    while True:
        with redirect_stderr(io.StringIO()) as printed:
            record = next(records, None)
        if said := printed.getvalue().strip():
            notice(f"{source.path}: {said.splitlines()[0].strip()}")
        if record is None:
            return
        yield record


def _body(stream: Any, limits: Limits) -> bytes:
    """Return what a record holds, or a little more than the most that is read; a packed stream gives it bit by bit."""
    data = bytearray()
    while len(data) <= limits.bytes and (piece := stream.read(_PIECE)):
        data += piece
    return bytes(data)


def _page(data: bytes, url: str, source: Source, number: int, notice: Notice, limits: Limits) -> Article | Rejected:
    if len(data) > limits.bytes:
        return too_long(source.path, limits, number)
    try:
        html, told = decode(data)
    except UndecodableError as error:
        return Rejected(source.path, f"{url} {error}", number, "convert it to UTF-8")
    if told:
        notice(f"{source.path}:{number}: {told}")
    meta = {"source": source.path, "line": number, "url": url}
    return article_of(html, data, f"{source.stem}-{number}", meta, limits)
