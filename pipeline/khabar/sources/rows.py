"""Objects with a text, as JSON lines, CSV and parquet hold them, to articles."""

import csv
import datetime
import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from khabar.config import Limits
from khabar.document import Article
from khabar.sources.decode import UndecodableError, decode, without_surrogates
from khabar.sources.files import Source, extra
from khabar.sources.items import Notice, Rejected, too_long

_REMEDY = 'expected an object with "text", such as {"id": "1", "published": "2025-11-01", "text": "..."}'
_COLUMNS = "expected a column text, and if given id, published, title"
_ROWS = 32
_PIECE = 65_536
# a line is looked for the end of over so many times the longest one that is read
_SKIPPED = 50
# objects and lists in each other, of fields that are kept
_DEEPEST = 50


def read_jsonl(stream: BinaryIO, source: Source, notice: Notice, limits: Limits) -> Iterator[Article | Rejected]:
    """Yield an article for each line's object; all its fields but `text` and `id` go to `meta`."""
    for number, line in _lines(stream, source, notice, limits):
        if isinstance(line, Rejected):
            yield line
        elif line.strip():
            yield _parse(line, source, number, notice)


def _parse(line: str, source: Source, number: int, notice: Notice) -> Article | Rejected:
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Rejected(source.path, f"is no JSON: {error}", number, _REMEDY)
    if not isinstance(raw, dict):
        return Rejected(source.path, f"is a JSON {_kind(raw)}", number, _REMEDY)
    return _article(raw, source, number, _REMEDY, notice)


def read_csv(stream: BinaryIO, source: Source, notice: Notice, limits: Limits) -> Iterator[Article | Rejected]:
    """Yield an article for each row of a table whose first row names its columns; `line` is where the row ends."""
    # a quotation mark that nothing closes must not swallow the file
    csv.field_size_limit(min(limits.bytes, 2**31 - 1))
    refused: list[Rejected] = []
    rows = csv.DictReader(_kept(_lines(stream, source, notice, limits), refused))
    try:
        if "text" not in (rows.fieldnames or ()):
            found = ", ".join(map(repr, rows.fieldnames or ())) or "none"
            yield Rejected(source.path, f"has no column text, its columns are {found}", 1, _COLUMNS)
            return
    except csv.Error as error:
        yield Rejected(source.path, f"is no CSV: {error}", 1, _COLUMNS)
        return
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield Rejected(source.path, f"is no CSV: {error}", rows.line_num, _COLUMNS)
            continue
        yield from refused
        refused.clear()
        if row is None:
            return
        if None in row or row["text"] is None:
            found = f"expected {len(rows.fieldnames or ())} columns, found {'more' if None in row else 'fewer'}"
            yield Rejected(source.path, found, rows.line_num, _COLUMNS)
        else:
            filled = {str(k): v for k, v in row.items() if v or k == "text"}
            yield _article(filled, source, rows.line_num, _COLUMNS, notice)


def _kept(lines: Iterator[tuple[int, str | Rejected]], refused: list[Rejected]) -> Iterator[str]:
    for _, line in lines:
        if isinstance(line, Rejected):
            refused.append(line)
        else:
            yield line


def read_parquet(stream: BinaryIO, source: Source, notice: Notice, _: Limits) -> Iterator[Article | Rejected]:
    """Yield an article for each row; `line` counts rows from 1."""
    arrow, parquet = extra("pyarrow", source.path), extra("pyarrow.parquet", source.path)
    number = 0
    try:
        table = parquet.ParquetFile(stream)
        if "text" not in table.schema_arrow.names:
            found = ", ".join(map(repr, table.schema_arrow.names))
            yield Rejected(source.path, f"has no column text, its columns are {found}", remedy=_COLUMNS)
            return
        for batch in table.iter_batches(batch_size=_ROWS):
            for row in batch.to_pylist():
                number += 1
                filled = {k: v for k, v in row.items() if v is not None or k == "text"}
                yield _article(filled, source, number, _COLUMNS, notice)
    except arrow.ArrowException as error:
        reason = f"is no parquet behind row {number}: {str(error).splitlines()[0]}"
        yield Rejected(source.path, reason, remedy="write it again")


def _lines(stream: BinaryIO, source: Source, notice: Notice, limits: Limits) -> Iterator[tuple[int, str | Rejected]]:
    """Yield each line with its number, decoded by itself, so that one broken line costs no other."""
    told: set[str] = set()
    most = limits.bytes + 1
    for number, line in enumerate(iter(lambda: stream.readline(most), b""), 1):
        if number == 1 and line[:2] in (b"\xff\xfe", b"\xfe\xff"):
            # in UTF-16 and UTF-32 a line cannot be found by its bytes
            data = line + stream.read(most)
            if len(data) >= most:
                yield 1, too_long(source.path, limits)
            else:
                yield from _wide_lines(data, source)
            return
        if len(line) == most and not line.endswith(b"\n"):
            yield number, too_long(source.path, limits, number)
            if not _skip_line(stream, _SKIPPED * limits.bytes):
                remedy = "it may be packed to harm; look at its lines"
                yield number, Rejected(source.path, "is left here, where a line does not end", number, remedy)
                return
            continue
        try:
            text, note = decode(line)
        except UndecodableError as error:
            yield number, Rejected(source.path, str(error), number, "convert it to UTF-8 text")
            continue
        if note and note not in told:
            told.add(note)
            notice(f"{source.path}:{number}: {note}")
        yield number, text


def _skip_line(stream: BinaryIO, most: int) -> bool:
    """Read on to the end of a line, a piece at a time; return whether there was one, or the file's, within `most`."""
    for _ in range(0, most, _PIECE):
        piece = stream.readline(_PIECE)
        if len(piece) < _PIECE or piece.endswith(b"\n"):
            return True
    return False


def _wide_lines(data: bytes, source: Source) -> Iterator[tuple[int, str | Rejected]]:
    try:
        text, _ = decode(data)
    except UndecodableError as error:
        yield 1, Rejected(source.path, str(error), remedy="convert it to UTF-8 text")
    else:
        yield from enumerate(text.splitlines(keepends=True), 1)


def _article(raw: dict[str, Any], source: Source, number: int, remedy: str, notice: Notice) -> Article | Rejected:
    path, where = source.path, f"{source.path}:{number}"
    if not isinstance(raw.get("text"), str):
        found = f"its text is a JSON {_kind(raw['text'])}" if "text" in raw else "has no text"
        return Rejected(path, found, number, remedy)
    text, broken = without_surrogates(raw["text"])
    if not text.strip():
        return Rejected(path, "its text is empty", number, "give it a text, or leave it out")
    if broken:
        notice(f"{where}: {broken} lone surrogate{'s' * (broken != 1)} became U+FFFD")
    try:
        kept = _clean({k: v for k, v in raw.items() if k != "text"})
    except RecursionError:
        return Rejected(path, f"its fields lie more than {_DEEPEST} deep in each other", number, "leave them out")
    id, published = kept.pop("id", None), raw.get("published")
    meta = {"source": path, "line": number, **kept}
    if published is not None:
        meta["published"] = _day(published)
        if meta["published"] is None:
            del meta["published"]
            notice(f"{where}: published {published!r} is no day such as 2025-11-01, and is ignored")
    name = str(id) if id not in (None, "") else f"{source.stem}-{number}"
    return Article(text, name, meta)


def _clean(value: Any, deep: int = 0) -> Any:
    """Return a value as JSON can hold it, without lone surrogates.

    Raises:
        RecursionError: it lies deeper than whatever reads or writes it may go.
    """
    if deep > _DEEPEST:
        raise RecursionError
    if isinstance(value, str):
        return without_surrogates(value)[0]
    if isinstance(value, Mapping):
        return {str(_clean(k)): _clean(v, deep + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(v, deep + 1) for v in value]
    if value is None or isinstance(value, (bool, int)) or (isinstance(value, float) and abs(value) < float("inf")):
        return value
    return None if isinstance(value, float) else str(value)


def _day(published: Any) -> str | None:
    """Return the day of a date or time, or of its ISO 8601 form; None where it is neither."""
    if isinstance(published, datetime.datetime):
        return published.date().isoformat()
    if isinstance(published, datetime.date):
        return published.isoformat()
    try:
        return datetime.datetime.fromisoformat(published).date().isoformat()
    except (ValueError, TypeError):
        return None


def _kind(value: Any) -> str:
    kinds = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return kinds.get(type(value), "number")
