"""JSON Lines to articles."""

import datetime
import json
from collections.abc import Iterator
from typing import Any

from khabar.document import Article
from khabar.sources.decode import without_surrogates
from khabar.sources.items import Notice, Rejected

_REMEDY = 'expected an object with "text", such as {"id": "1", "published": "2025-11-01", "text": "..."}'


def read_lines(text: str, path: str, stem: str, notice: Notice) -> Iterator[Article | Rejected]:
    """Yield an article for each object with `text`; all its other fields but `id` go to `meta`."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield _article(line, path, number, stem, notice)


def _article(line: str, path: str, number: int, stem: str, notice: Notice) -> Article | Rejected:
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Rejected(path, f"is no JSON: {error}", number, _REMEDY)
    if not isinstance(raw, dict):
        return Rejected(path, f"is a JSON {_kind(raw)}", number, _REMEDY)
    if not isinstance(raw.get("text"), str):
        found = f"its text is a JSON {_kind(raw['text'])}" if "text" in raw else "has no text"
        return Rejected(path, found, number, _REMEDY)
    where = f"{path}:{number}"
    text, broken = without_surrogates(raw.pop("text"))
    if not text.strip():
        return Rejected(path, "its text is empty", number, "give it a text, or leave the line out")
    if broken:
        notice(f"{where}: {broken} lone surrogates became U+FFFD")
    id = raw.pop("id", None)
    meta = {"source": path, "line": number, **_clean(raw)}
    if "published" in meta:
        meta["published"] = _day(meta["published"])
        if meta["published"] is None:
            del meta["published"]
            notice(f"{where}: published {raw['published']!r} is no day such as 2025-11-01, and is ignored")
    return Article(text, without_surrogates(str(id))[0] if id not in (None, "") else f"{stem}-{number}", meta)


def _clean(value: Any) -> Any:
    """Return a JSON value without lone surrogates."""
    if isinstance(value, str):
        return without_surrogates(value)[0]
    if isinstance(value, dict):
        return {_clean(k): _clean(v) for k, v in value.items()}
    return [_clean(v) for v in value] if isinstance(value, list) else value


def _day(published: Any) -> str | None:
    """Return the day of an ISO 8601 date or time, None where it is neither."""
    try:
        return datetime.datetime.fromisoformat(published).date().isoformat()
    except (ValueError, TypeError):
        return None


def _kind(value: Any) -> str:
    kinds = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return kinds.get(type(value), "number")
