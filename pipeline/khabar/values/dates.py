"""Dates as EDTF (ISO 8601-2) in the Gregorian calendar, with the calendar that the text used beside it."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from khabar.errors import DataError
from khabar.values.calendars import Calendar, Days, Stretch, days_edtf, interval
from khabar.values.date_points import Item, Joint, Point
from khabar.values.date_reader import date_items
from khabar.values.resolve import Reading, distance, read_point

_DAY = datetime.timedelta(days=1)
_YEAR = 365 * _DAY
# Observed Islamic days differ from computed ones by the sighting of the moon.
_TOLERANCE = {"jalali": 0 * _DAY, "islamic": 2 * _DAY}
_TO = ("to", "dash")
# Where no year can be known, what holds in all of these years holds.
_ANY_YEAR = [datetime.date(year, 7, 1) for year in range(2016, 2025)]


@dataclass(frozen=True, slots=True)
class _Group:
    """The points of one calendar and what joins them (`joints[i]` stands before point i + 1, None for nothing)."""

    points: list[Point]
    joints: list[str | None]

    @property
    def says_year(self) -> bool:
        return any(p.year is not None or p.shift is not None for p in self.points)

    def following(self) -> "_Group":
        """Return it without words for past or future, which another calendar's date has used up."""
        return _Group([replace(p, direction=0) for p in self.points], self.joints)

    def without_commas(self) -> "_Group":
        """Return it with what commas still join as apart as what و joins."""
        return _Group(self.points, ["and" if joint == "comma" else joint for joint in self.joints])

    @property
    def lacks_all_years(self) -> bool:
        return all(p.lacks_year and not p.direction and p.weekday is None for p in self.points)

    @property
    def needs_year(self) -> bool:
        return any(p.lacks_year or (p.shift is not None and p.month is not None) for p in self.points)


@dataclass(frozen=True, slots=True)
class _Date:
    """What a group of points says: one stretch, or several apart; `is_open` where it lasts until now."""

    readings: tuple[Reading, ...]
    is_open: bool = False

    @property
    def calendar(self) -> Calendar:
        return self.readings[0].calendar

    @property
    def days(self) -> Days:
        return self.readings[0].days[0], self.readings[-1].days[1]


def parse_date(text: str, published: datetime.date | str | None = None) -> dict[str, Any] | None:
    """Return EDTF of the days that a date names; None where it names none, or none without `published`.

    Raises:
        DataError: `published` is no date.
    """
    today = as_date(published)
    try:
        match _groups(date_items(text)):
            case [first, second]:
                return _two_calendars(first, second, today)
            case [only]:
                return _one_calendar(only, today)
        return None
    except (ValueError, OverflowError):
        # The text names a day that does not exist, or years that no calendar reaches.
        return None


def as_date(published: datetime.date | str | None) -> datetime.date | None:
    """Return a day of publication.

    Raises:
        DataError: `published` is no date.
    """
    if isinstance(published, str):
        try:
            return datetime.date.fromisoformat(published[:10])
        except ValueError as error:
            raise DataError(
                f"expected a date as YYYY-MM-DD, got {published!r}", remedy="give the day of publication in ISO 8601"
            ) from error
    return published.date() if isinstance(published, datetime.datetime) else published


def _groups(items: Sequence[Item]) -> list[_Group]:
    """Return the points by calendar, at most two: the Gregorian ones first, of others those that come first."""
    whole = _without_weekdays(_group(items)).without_commas()
    calendars: list[Calendar] = []
    for point in whole.points:
        if point.dated and point.calendar and point.calendar not in calendars:
            calendars.append(point.calendar)
    if len(calendars) < 2 or _is_mixed_range(whole):
        return [whole] if whole.points else []
    calendars.sort(key=lambda c: c != "gregorian")
    return [_only(whole, calendar) for calendar in calendars[:2]]


def _group(items: Sequence[Item]) -> _Group:
    points: list[Point] = []
    joints: list[str | None] = []
    how: str | None = None
    between = False
    for item in items:
        if isinstance(item, Joint):
            between |= item.how == "between"
            # از and بین begin a range, they join nothing.
            how = how if item.how in ("since", "between") else item.how
            continue
        if points:
            joints.append("to" if between and how == "and" else how)
        points.append(item)
        how = None
    return _Group(points, joints)


def _only(group: _Group, calendar: Calendar) -> _Group:
    kept = [
        i for i, p in enumerate(group.points) if p.calendar == calendar or (p.calendar is None and p.shift is not None)
    ]
    return _Group(
        [group.points[i] for i in kept],
        [group.joints[j - 1] if j == i + 1 else "and" for i, j in pairwise(kept)],
    )


def _is_mixed_range(group: _Group) -> bool:
    pairs = zip(group.points, group.joints, group.points[1:], strict=False)
    return len(group.points) == 2 and any(joint == "to" for _, joint, _ in pairs)


def _without_weekdays(group: _Group) -> _Group:
    """Drop weekdays and relative days that a date beside them explains; it keeps the weekday, to tell its year."""
    points, joints = list(group.points), list(group.joints)
    loose = [p for p in points if not p.dated]
    dated = [p for p in points if p.dated]
    if not dated or not loose:
        return group
    first = dated[0]
    weekdays = [p.weekday for p in loose if p.weekday is not None]
    if weekdays and first.day is not None and len(weekdays) in (1, len(dated)):
        first.weekday = weekdays[0]
    i = 0
    while i < len(points) and len(points) > 1:
        beside = [joints[j] for j in (i - 1, i) if 0 <= j < len(joints)]
        # A comma parts a weekday from its date, not two dates: جمعه، ۲۳ آبان.
        explained = len(dated) >= len(loose) > 1 or any(joint not in ("to", "and") for joint in beside)
        if not points[i].dated and points[i].unit != "now" and explained:
            # The joint to a date goes, a joint to another point stays.
            gone = i if i < len(joints) and joints[i] != "to" else i - 1
            del points[i], joints[gone]
        else:
            i += 1
    return _Group(points, joints)


def _read(group: _Group, today: datetime.date | None, near: datetime.date) -> _Date | None:
    """Return what a group says, None where it is relative and there is no `today`."""
    to = any(joint in _TO for joint in group.joints)
    if to and today == near and group.lacks_all_years:
        # فروردین تا مرداد: the whole is nearest, not its start
        around = [near + years * _YEAR for years in (0, -1, 1)]
        read = [_read_near(group, today, at) for at in around]
        return min(filter(None, read), key=lambda date: distance(date.days, near), default=None)
    return _read_near(group, today, near)


def _read_near(group: _Group, today: datetime.date | None, near: datetime.date) -> _Date | None:
    to = any(joint in _TO for joint in group.joints)
    readings: list[Reading] = []
    for i, point in enumerate(group.points):
        if point.unit == "now" and today is None:
            return _Date((readings[0],), is_open=True) if readings else None
        if i == 0 and to and group.points[-1].unit == "now" and point.lacks_year:
            point.direction = -1
        joint = group.joints[i - 1] if i else None
        after = readings[-1].days[0] if joint in _TO else None
        beside = readings[-1].days[0] if joint in ("and", *_TO) else near
        reading = read_point(point, today, beside, after)
        if reading is None:
            return None
        if point.edge and (point.edge_day or (to and point.edge != ("start" if i == 0 else "end"))):
            reading = reading.at_edge(point.edge)
        readings.append(reading)
    if not to and any(joint != "and" for joint in group.joints):
        # The same days said twice: the finer words count.
        return _Date((min(readings, key=lambda r: r.days[1] - r.days[0]),))
    return _Date(tuple(_merge(readings, group.joints)))


def _merge(readings: Sequence[Reading], joints: Sequence[str | None]) -> list[Reading]:
    """Return ranges, and days that follow one another, as one stretch, others apart."""
    merged = [readings[0]]
    for reading, joint in zip(readings[1:], joints, strict=True):
        if joint in _TO:
            first, last = merged.pop(), reading
            if first.days[0] > last.days[1]:
                first, last = last, first
            merged.append(first.until(last))
        else:
            merged.append(reading)
    merged.sort(key=lambda r: r.days)
    runs = merged[:1]
    for reading in merged[1:]:
        if runs[-1].days[1] + _DAY == reading.days[0]:
            runs[-1] = runs[-1].until(reading)
        elif runs[-1].days != reading.days:
            runs.append(reading)
    return runs


def _one_calendar(group: _Group, today: datetime.date | None) -> dict[str, Any] | None:
    if today is None and group.needs_year and not any(p.year is not None for p in group.points):
        return _without_year(group)
    date = _read(group, today, today or _ANY_YEAR[0])
    return None if date is None else _value(_edtf(date), date)


def _two_calendars(first: _Group, second: _Group, today: datetime.date | None) -> dict[str, Any] | None:
    """Read two calendars' words for the same days: who says the year leads, the other takes the nearest such days."""
    if not (first.says_year or second.says_year or today):
        return _two_without_year(first, second)
    near = today or _ANY_YEAR[0]
    if second.says_year and not first.says_year:
        written = _read(second, today, near)
        main = written and _read(first.following(), today, written.days[0])
    else:
        main = _read(first, today, near)
        written = main and _read(second.following(), today, main.days[0])
    if main is None or written is None:
        return None
    conflict = _disagree(main, written)
    finer = not conflict and _length(written) < _length(main)
    value = _value(_edtf(written if finer else main), main if main.calendar != "gregorian" else written)
    return {**value, "conflict": True} if conflict else value


def _length(date: _Date) -> datetime.timedelta:
    return date.days[1] - date.days[0]


def _disagree(main: _Date, written: _Date) -> bool:
    """Days must be the same, coarser stretches overlap."""
    tolerance = _TOLERANCE.get(written.calendar, 0 * _DAY)
    (start, end), (other_start, other_end) = main.days, written.days
    if all(r.first.day for r in (*main.readings, *written.readings)):
        return abs(start - other_start) > tolerance or abs(end - other_end) > tolerance
    return start > other_end + tolerance or other_start > end + tolerance


def _value(edtf: str, written: _Date) -> dict[str, Any]:
    if written.calendar == "gregorian":
        return {"edtf": edtf}
    return {"edtf": edtf, "as_written": {"calendar": written.calendar, "edtf": _said(written)}}


def _said(date: _Date) -> str:
    """Return EDTF in the date's own calendar."""
    if date.is_open:
        return f"{date.readings[0].first.edtf()}/.."
    return _join([interval(r.first.edtf(), r.last.edtf()) for r in date.readings])


def _edtf(date: _Date) -> str:
    """Return EDTF in the Gregorian calendar."""
    if date.calendar == "gregorian":
        return _said(date)
    if date.is_open:
        return f"{date.days[0].isoformat()}/.."
    return _join([days_edtf(r.days) for r in date.readings])


def _join(members: list[str]) -> str:
    """Return EDTF of all members; a set, as of level 2, where there are several."""
    return members[0] if len(members) == 1 else "{" + ",".join(m.replace("/", "..") for m in members) + "}"


def _without_year(group: _Group) -> dict[str, Any] | None:
    """Return what is certain of a date whose year cannot be known."""
    dates = [_read(group, None, near) for near in _ANY_YEAR]
    if any(date is None for date in dates):
        return None
    certain = [date for date in dates if date is not None]
    return _value(_common([_edtf(date) for date in certain]), _yearless(certain[0]))


def _two_without_year(first: _Group, second: _Group) -> dict[str, Any] | None:
    main, written = _read(first, None, _ANY_YEAR[0]), _read(second, None, _ANY_YEAR[0])
    if main is None or written is None:
        return None
    if main.calendar != "gregorian":
        return _without_year(first)
    return _value(_said(_yearless(main)), _yearless(written))


def _yearless(date: _Date) -> _Date:
    def strip(stretch: Stretch) -> Stretch:
        return stretch._replace(year=None)

    return _Date(tuple(Reading(r.calendar, strip(r.first), strip(r.last)) for r in date.readings), date.is_open)


def _common(edtfs: list[str]) -> str:
    """Return what several EDTF strings of one shape have in common, part by part; the rest is X."""
    split = [
        edtf.replace("/", "-/-").replace("{", "{-").replace("}", "-}").replace(",", "-,-").split("-") for edtf in edtfs
    ]
    if len({len(parts) for parts in split}) > 1:
        return "XXXX"
    parts = [column[0] if len(set(column)) == 1 else "X" * len(column[0]) for column in zip(*split, strict=True)]
    return "-".join(parts).replace("-/-", "/").replace("{-", "{").replace("-}", "}").replace("-,-", ",")
