"""Whether a gold value has the form that its mention's type asks for, and means what the text says."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from khabar.document import Document, Mention
from khabar.errors import DataError
from khabar.normalize import normalize
from khabar.schema import load_schema
from khabar.values import parse_value
from khabar.values.calendars import Calendar, Stretch, days_edtf, days_of
from khabar_eval.problems import Problem
from khabar_eval.values import equal

_FORM = "configs/document.schema.json describes values"
_MODIFIERS = ("exact", "approx", "more_than", "less_than", "equal_or_more", "equal_or_less")
_POINT = r"[\dX]{4}(?:-[\dX]{2}(?:-[\dX]{2})?)?"
# EDTF: a date, an interval (open where it says ..), a set
_EDTF = re.compile(rf"{_POINT}|(?:{_POINT}|\.\.)/(?:{_POINT}|\.\.)|\{{{_POINT}(?:,{_POINT})*\}}")
_CLOCK = r"(?:[01]\d|2[0-4]):[0-5]\d(?::[0-5]\d)?Z?"
_TIME = re.compile(rf"{_CLOCK}(?:/{_CLOCK})?")
# Monday first, without half-spaces
_WEEKDAYS = ("دوشنبه", "سهشنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه", "یکشنبه")


def value_problems(document: Document) -> Iterator[tuple[Mention, Problem]]:
    """Yield each fault of a document's values, with its mention; what `parse_value` reads differently is a warning."""
    published = document.meta.get("published")
    for mention in document.mentions:
        surface = document.surface(mention)
        found = list(_problems(mention, surface))
        if not found and mention.value is not None:
            found = list(_readings(mention, mention.value, surface, published))
        yield from ((mention, problem) for problem in found)
    yield from _inner_quantities(document)


def _problems(mention: Mention, surface: str) -> Iterator[Problem]:
    if mention.value is None:
        if mention.type in load_schema().valued:
            yield Problem(surface, f"expected a value, for it is a {mention.type}; found none", _FORM)
    elif mention.type not in load_schema().valued:
        yield Problem(
            surface, f"expected no value, for it is a {mention.type}; found {mention.value}", "drop the value"
        )
    else:
        form = {"DAT": _date_form, "TIM": _time_form}.get(mention.type, _quantity_form)
        yield from (Problem(surface, f"expected {message}", _FORM) for message in form(mention.type, mention.value))


def _quantity_form(kind: str, value: Mapping[str, Any]) -> Iterator[str]:
    if value.get("modifier") not in _MODIFIERS:
        yield f"a modifier, one of {', '.join(_MODIFIERS)}; found {value.get('modifier')}"
    unit = value.get("unit")
    wanted = {"PCT": "percent", "MON": "[A-Z]{3}"}.get(kind, r"\S(.*\S)?")
    if not isinstance(unit, str) or not re.fullmatch(wanted, unit):
        yield f"a unit that matches {wanted}; found {unit}"
    numbers = {key: value[key] for key in ("number", "low", "high") if key in value}
    if set(numbers) not in ({"number"}, {"low", "high"}):
        yield f"number, or low and high; found {', '.join(numbers) or 'none'}"
    elif not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers.values()):
        yield f"numbers; found {numbers}"
    elif "low" in numbers and not numbers["low"] < numbers["high"]:
        yield f"low below high; found {numbers}"
    if value.get("as_written", "IRT") != "IRT" or ("as_written" in value and unit != "IRR"):
        yield f"as_written IRT, of IRR alone; found {value['as_written']} of {unit}"
    yield from _surplus(value, {"number", "low", "high", "modifier", "unit", "as_written"})


def _date_form(_: str, value: Mapping[str, Any]) -> Iterator[str]:
    written = value.get("as_written", {"calendar": "jalali", "edtf": "1404"})
    if not isinstance(written, Mapping) or written.get("calendar") not in ("jalali", "islamic"):
        yield f"as_written with the calendar jalali or islamic; found {written}"
        return
    for edtf in (value.get("edtf"), written.get("edtf")):
        if not isinstance(edtf, str) or not _EDTF.fullmatch(edtf):
            yield f"an EDTF date, interval or set; found {edtf}"
    if value.get("conflict", True) is not True:
        yield f"conflict true or left out; found {value['conflict']}"
    yield from _surplus(value, {"edtf", "as_written", "conflict"})
    yield from _surplus(written, {"calendar", "edtf"})


def _time_form(_: str, value: Mapping[str, Any]) -> Iterator[str]:
    time = value.get("time")
    if not isinstance(time, str) or not _TIME.fullmatch(time):
        yield f"time as HH:MM; found {time}"
    yield from _surplus(value, {"time"})


def _surplus(value: Mapping[str, Any], known: set[str]) -> Iterator[str]:
    if extra := sorted(set(value) - known):
        yield f"only {', '.join(sorted(known))}; found {', '.join(extra)} too"


def _readings(mention: Mention, value: Mapping[str, Any], surface: str, published: Any) -> Iterator[Problem]:
    """Yield what contradicts the text: other calendars, weekdays, and our own reader."""
    if mention.type == "DAT":
        yield from _calendars(value, surface)
        yield from _weekday(value, surface)
    clean = str(normalize(surface))
    try:
        read = parse_value(mention.type, clean, published)
    except DataError as error:
        yield Problem(surface, error.message, error.remedy or "give meta.published as YYYY-MM-DD")
        return
    if read is None or not equal(mention.type, value, read):
        message = f"expected {dict(value)}, as annotated; our reader finds {read}"
        yield Problem(surface, message, "look again; leave it where the annotation is right", warning=True)


def _calendars(value: Mapping[str, Any], surface: str) -> Iterator[Problem]:
    written = value.get("as_written")
    if not written or value.get("conflict") or not re.fullmatch(r"[\d/-]+", written["edtf"]):
        return
    try:
        wanted = _gregorian(written["calendar"], written["edtf"])
    except ValueError as error:
        yield Problem(surface, f"expected a day of the {written['calendar']} calendar: {error}", _FORM)
        return
    if value["edtf"] != wanted:
        message = f"{written['calendar']} {written['edtf']} is {wanted}, found {value['edtf']}"
        yield Problem(surface, message, "mend the one that is wrong, or say conflict if the text itself disagrees")


def _gregorian(calendar: Calendar, edtf: str) -> str:
    first, _, last = edtf.partition("/")
    ends = [days_of(calendar, Stretch(*map(int, part.split("-")))) for part in (first, last or first)]
    return days_edtf((ends[0][0], ends[1][1]))


def _weekday(value: Mapping[str, Any], surface: str) -> Iterator[Problem]:
    words = surface.replace("\u200c", "").replace("ي", "ی").split()
    named = set(words) & set(_WEEKDAYS)
    if named and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value["edtf"]):
        day = _WEEKDAYS[date.fromisoformat(value["edtf"]).weekday()]
        if named != {day}:
            yield Problem(surface, f"{value['edtf']} is a {day}, found {', '.join(named)}", "mend the date")


def _inner_quantities(document: Document) -> Iterator[tuple[Mention, Problem]]:
    """Yield each MON and PCT that lies in no STAT of the same number and unit."""
    for inner in document.mentions:
        if inner.type in ("MON", "PCT"):
            outer = [m for m in document.mentions if m.type == "STAT" and m.start <= inner.start and inner.end <= m.end]
            if len(outer) != 1:
                message = f"expected one STAT over the {inner.type}, found {len(outer)}"
                yield inner, Problem(document.surface(inner), message, "annotate the quantity as STAT too")
            elif _bare(outer[0]) != _bare(inner):
                message = f"expected the value of the STAT over it, {outer[0].value}, found {inner.value}"
                yield inner, Problem(document.surface(inner), message, "only the modifier may differ")


def _bare(mention: Mention) -> dict[str, Any]:
    return {**(mention.value or {}), "modifier": None}
