"""Web archives (ISO 28500) to articles: each page that the archive holds."""

from collections.abc import Iterator
from typing import BinaryIO

from khabar.document import Article
from khabar.sources.decode import UndecodableError, decode
from khabar.sources.files import Source, extra
from khabar.sources.html import extract
from khabar.sources.items import Notice, Rejected

_PAGES = ("text/html", "application/xhtml+xml")


def read_warc(stream: BinaryIO, source: Source, notice: Notice) -> Iterator[Article | Rejected]:
    """Yield an article for each response that is a page; `line` counts records from 1."""
    archive = extra("warcio", source.path)
    number = 0
    try:
        for number, record in enumerate(archive.ArchiveIterator(stream), 1):
            kind = record.http_headers.get_header("Content-Type", "") if record.http_headers else ""
            if record.rec_type == "response" and kind.split(";")[0].strip().lower() in _PAGES:
                yield _page(record.content_stream().read(), record.rec_headers, source, number, notice)
    except archive.exceptions.ArchiveLoadFailed as error:
        reason = f"is no WARC behind record {number}: {str(error).strip().splitlines()[0]}"
        yield Rejected(source.path, reason, remedy="fetch it again")


def _page(data: bytes, headers: "object", source: Source, number: int, notice: Notice) -> Article | Rejected:
    url = str(headers.get_header("WARC-Target-URI") or "")  # type: ignore[attr-defined]
    try:
        html, told = decode(data)
    except UndecodableError as error:
        return Rejected(source.path, f"{url} {error}", number, "convert it to UTF-8")
    if told:
        notice(f"{source.path}:{number}: {told}")
    text, meta = extract(html, data)
    if not text.strip():
        return Rejected(source.path, f"no article was found in {url}", number, "save the article's text as .txt")
    return Article(text, f"{source.stem}-{number}", {"source": source.path, "line": number, "url": url, **meta})
