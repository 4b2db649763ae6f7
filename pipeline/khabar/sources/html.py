"""Web pages to articles, by trafilatura."""

import datetime
import hashlib
import re
from importlib.metadata import version
from typing import Any

from khabar.config import Limits
from khabar.document import Article
from khabar.sources.items import Rejected
from khabar.time_limit import TooSlowError, within

HALFSPACE = "\u200c"
# trafilatura deletes U+200C as unprintable; one of these signs, none of which news uses, carries it through
# A day of the Jalali calendar, in digits or with the month's name, where the page says that it is its date.
_MONTHS = ("فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند")
_DIGITS = re.compile(r"(?<!\d)([1۱١][34۳۴٣٤]\d\d)\s?[/.-]\s?(\d\d?)\s?[/.-]\s?(\d\d?)(?!\d)")
_NAMED = re.compile(rf"(?<!\d)(\d\d?)\s+({'|'.join(_MONTHS)})(?:\s+ماه)?\s*[،,]?\s*([1۱١][34۳۴٣٤]\d\d)(?!\d)")
_DATED = re.compile(
    r"<[^<>]{0,300}\b(?:class|id|itemprop|name|property)\s*=[^<>]{0,200}(?:date|time|publish)[^<>]{0,300}>", re.I
)
_SAYS = re.compile("انتشار|تاریخ")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_REACH = 120  # characters in which the day follows
_ARABIC = str.maketrans("يك", "یک")
_STANDINS = "\u2e31\u2e33\u2056\u2e2b\u2e2c"


def article_of(html: str, data: bytes, id: str, meta: dict[str, Any], limits: Limits) -> Article | Rejected:
    """Return a page's article, with `meta` and what the page says of it, or why there is none."""
    path, line, url = str(meta["source"]), meta.get("line"), meta.get("url")
    where = f"in {url}" if url else "in the page"
    try:
        with within(limits.seconds):
            text, found = extract(html, data)
    except TooSlowError:
        remedy = "save the article's text as .txt, or raise limits.seconds in a --config"
        return Rejected(path, f"no article was found {where} in {limits.seconds:g} s", line, remedy)
    if not text.strip():
        return Rejected(path, f"no article was found {where}", line, "save the article's text as .txt")
    return Article(text, id, {**meta, **found})


def extract(html: str, data: bytes) -> tuple[str, dict[str, Any]]:
    """Return a page's article, comments and chrome left out, and what the page says of it.

    `meta` has `title`, `published` (ISO 8601 day), `site`, `author` and `url` where the page states them, and always
    `extracted_by` and `source_sha256`. The text is empty where no article was found.
    """
    # the extractor takes half a second to import, which `import khabar` need not wait for
    import trafilatura  # noqa: PLC0415

    standin = next((c for c in _STANDINS if c not in html), None)
    carried = html.replace(HALFSPACE, standin) if standin else html
    found = trafilatura.bare_extraction(carried, include_comments=False, with_metadata=True)
    meta: dict[str, Any] = {
        "extracted_by": f"trafilatura {version('trafilatura')}",
        "source_sha256": hashlib.sha256(data).hexdigest(),
    }
    if found is None:
        return "", meta
    page = found.as_dict()
    page["date"] = page.get("date") or _jalali_day(html)
    for key, name in (
        ("title", "title"),
        ("published", "date"),
        ("site", "sitename"),
        ("author", "author"),
        ("url", "url"),
    ):
        if page.get(name):
            meta[key] = _restore(str(page[name]), standin)
    return _restore(page.get("text") or "", standin), meta


def _restore(text: str, standin: str | None) -> str:
    return text.replace(standin, HALFSPACE) if standin else text


def _jalali_day(html: str) -> str | None:
    """Return the first Jalali day that a page gives as its date, in ISO 8601; None where it gives none."""
    for cue in (_DATED, _SAYS):
        for match in cue.finditer(html):
            # a tag may hold the day in an attribute, or stand before it
            behind = _TAG.sub(" ", html[match.end() : match.end() + _REACH])
            if day := _first_day(f"{match[0]} {behind}".translate(_ARABIC)):
                return day
    return None


def _first_day(text: str) -> str | None:
    import jdatetime  # noqa: PLC0415  needed for pages alone

    days = [(m.start(), (m[1], m[2], m[3])) for m in _DIGITS.finditer(text)]
    days += [(m.start(), (m[3], _MONTHS.index(m[2]) + 1, m[1])) for m in _NAMED.finditer(text)]
    for _, parts in sorted(days, key=lambda day: day[0]):
        try:
            day: datetime.date = jdatetime.date(*map(int, parts)).togregorian()
        except ValueError:
            continue
        return day.isoformat()
    return None
