"""From points in the words of a date to days: unsaid years, two-digit years, relative days and stretches."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from khabar.values.calendars import Calendar, Days, Stretch, days_of, from_gregorian
from khabar.values.date_points import Point

_DAY = datetime.timedelta(days=1)
# A year of two digits lies at most so many years ahead.
_AHEAD = 10
_NO_DATE = datetime.date(2021, 3, 21)


@dataclass(frozen=True, slots=True)
class Reading:
    """The days of a point, and how its calendar says them."""

    calendar: Calendar
    first: Stretch
    last: Stretch

    @property
    def days(self) -> Days:
        """First and last day."""
        return days_of(self.calendar, self.first)[0], days_of(self.calendar, self.last)[1]

    def at_edge(self, edge: str) -> "Reading":
        """Return its first day (`start`) or its last one (`end`)."""
        day = from_gregorian(self.calendar, self.days[edge == "end"])
        return Reading(self.calendar, day, day)

    def until(self, other: "Reading") -> "Reading":
        """Return everything from this to another one, in this calendar or, where that is Gregorian, the other's."""
        if self.calendar == other.calendar:
            return Reading(self.calendar, self.first, other.last)
        calendar = other.calendar if self.calendar == "gregorian" else self.calendar
        first = self.first if calendar == self.calendar else from_gregorian(calendar, self.days[0])
        last = other.last if calendar == other.calendar else from_gregorian(calendar, other.days[1])
        return Reading(calendar, first, last)


def read_point(
    point: Point, today: datetime.date | None, near: datetime.date, after: datetime.date | None = None
) -> Reading | None:
    """Return the days of a point; None where it is relative and `today` is unknown.

    Args:
        point: the point.
        today: day of publication.
        near: an unsaid year is the one that brings the point nearest to this day.
        after: the start of a range that the point ends, if any.

    Raises:
        ValueError: there are no such days.
    """
    if point.unit in ("day", "now", "week", "weekend", "month", "year") or (
        point.weekday is not None and not point.dated
    ):
        return None if today is None else _relative(point, today, after)
    if point.unit == "month_of":
        return None if today is None else _month_of(point, today)
    calendar: Calendar = point.calendar or "jalali"
    if point.year is not None:
        return _in_year(point, calendar, point.year, today)
    if point.shift is not None and today is not None:
        return _shifted(point, calendar, today)
    return None if point.month is None else _nearest(point, calendar, near, after)


def _in_year(point: Point, calendar: Calendar, year: int, today: datetime.date | None) -> Reading:
    if calendar == "islamic" and not point.marked and point.month is not None and (1300 <= year < 1420 or year > 1500):
        # رمضان ۱۳۹۵, رمضان ۲۰۱۶: the one that begins in that year.
        around = days_of("jalali" if year < 1500 else "gregorian", Stretch(year))
        return _islamic_within(point, around)
    if year < 100 and not (point.marked and calendar == "islamic"):
        year = _four_digits(year, calendar, today or _NO_DATE)
    return _reading(point, calendar, year)


def _four_digits(year: int, calendar: Calendar, today: datetime.date) -> int:
    latest = (from_gregorian(calendar, today).year or 0) + _AHEAD
    return latest - (latest - year) % 100


def _shifted(point: Point, calendar: Calendar, today: datetime.date) -> Reading:
    shift = point.shift or 0
    if calendar == "islamic" and point.month is not None:
        jalali = from_gregorian("jalali", today).year or 0
        return _islamic_within(point, days_of("jalali", Stretch(jalali + shift)))
    return _reading(point, calendar, (from_gregorian(calendar, today).year or 0) + shift)


def _islamic_within(point: Point, around: Days) -> Reading:
    year = from_gregorian("islamic", around[0]).year or 0
    readings = [_reading(point, "islamic", y) for y in (year, year + 1)]
    return next((r for r in readings if around[0] <= r.days[0] <= around[1]), readings[0])


def _reading(point: Point, calendar: Calendar, year: int) -> Reading:
    """Return the reading of a point whose year is known."""
    if point.month is None:
        stretch = Stretch(year, digits=point.digits)
        days_of(calendar, stretch)
        return Reading(calendar, stretch, stretch)
    if point.unit == "season" and calendar == "gregorian":
        season = Stretch(year, 21 + point.month // 3)
        return Reading(calendar, season, season)
    if point.nth and point.day is None:
        first, last = days_of(calendar, Stretch(year, point.month))
        return _nth(calendar, first, last, *point.nth)
    day, last_day = point.day, point.last_day or point.day
    if day is not None and point.last_day:
        month = days_of(calendar, Stretch(year, point.month))
        length = (month[1] - month[0]).days + 1
        day = day if day > 0 else length + day
        last_day = length if point.last_day == 30 else min(point.last_day, length)
    reading = Reading(
        calendar, Stretch(year, point.month, day), Stretch(year, point.last_month or point.month, last_day)
    )
    assert reading.days
    return reading


def _nth(calendar: Calendar, first: datetime.date, last: datetime.date, which: int, weekday: int) -> Reading:
    """Return the `which`-th of a weekday in a month, -1 the last.

    Raises:
        ValueError: the month has not so many.
    """
    if which < 0:
        day = last - (last.weekday() - weekday) % 7 * _DAY
    else:
        day = first + ((weekday - first.weekday()) % 7 + 7 * (which - 1)) * _DAY
    if day > last:
        raise ValueError(f"no such weekday: {which}")
    said = from_gregorian(calendar, day)
    return Reading(calendar, said, said)


def _nearest(point: Point, calendar: Calendar, near: datetime.date, after: datetime.date | None) -> Reading:
    """Return the point in the year that brings it nearest; a weekday beside it must fit if it can."""
    present = from_gregorian(calendar, near).year or 0
    readings = list(_possible(point, calendar, range(present - 2, present + 3)))
    if not readings:
        raise ValueError(f"no such day: {point}")
    if after is not None:
        return next((r for r in readings if r.days[1] >= after), readings[-1])
    if point.direction:
        side = [r for r in readings if (r.days[1] < near if point.direction < 0 else r.days[0] > near)]
        readings = side or readings
    if point.weekday is not None:
        close = [r for r in readings if abs(r.days[0] - near).days < 550]
        readings = [r for r in close if r.days[0].weekday() == point.weekday] or readings
    return min(readings, key=lambda r: distance(r.days, near))


def _possible(point: Point, calendar: Calendar, years: Iterable[int]) -> Iterable[Reading]:
    for year in years:
        try:
            yield _reading(point, calendar, year)
        except ValueError:
            # The 30th of Esfand and the 29th of February are only in some years.
            continue


def distance(days: Days, near: datetime.date) -> int:
    """Return how many days lie between a day and a stretch; 0 inside it."""
    if days[0] <= near <= days[1]:
        return 0
    return min(abs((days[0] - near).days), abs((days[1] - near).days))


def _of_days(first: datetime.date, last: datetime.date) -> Reading:
    return Reading("gregorian", from_gregorian("gregorian", first), from_gregorian("gregorian", last))


def _relative(point: Point, today: datetime.date, after: datetime.date | None) -> Reading:
    if point.weekday is not None:
        return _weekday(point, point.weekday, today, after)
    if point.stretch:
        there = _shift_days(point, today)
        return _of_days(min(there, today), max(there, today))
    amount = int(point.amount)
    if point.unit in ("week", "weekend"):
        # The Iranian week, Saturday to Friday; its end is Thursday and Friday.
        start = today - _DAY * ((today.weekday() - 5) % 7) + 7 * amount * _DAY
        return _of_days(start + 5 * _DAY * (point.unit == "weekend"), start + 6 * _DAY)
    there = _shift_days(point, today)
    if point.unit == "year" and point.amount.denominator == 1:
        year = Stretch(from_gregorian(point.calendar or "jalali", there).year)
        return Reading(point.calendar or "jalali", year, year)
    if point.unit in ("year", "month"):
        month = from_gregorian(point.calendar or "jalali", there)._replace(day=None)
        return Reading(point.calendar or "jalali", month, month)
    return _of_days(there, there)


def _weekday(point: Point, weekday: int, today: datetime.date, after: datetime.date | None) -> Reading:
    """Return the weekday of the week that is said, past or future if so said, behind a range's start, or nearest."""
    if point.unit == "week":
        start = today - _DAY * ((today.weekday() - 5) % 7) + 7 * int(point.amount) * _DAY
        day = start + _DAY * ((weekday - 5) % 7)
    elif after is not None:
        day = after + _DAY * ((weekday - after.weekday()) % 7)
    elif point.direction:
        ahead = (point.direction * (weekday - today.weekday())) % 7 or 7
        day = today + point.direction * ahead * _DAY
    else:
        day = today + _DAY * ((weekday - today.weekday() + 3) % 7 - 3)
    return _of_days(day, day)


def _shift_days(point: Point, today: datetime.date) -> datetime.date:
    """Return the day so many days, weeks, Jalali months or years from today."""
    amount = point.amount
    if point.unit in ("day", "week"):
        return today + round(amount * (7 if point.unit == "week" else 1)) * _DAY
    if point.unit == "now":
        return today
    months = amount * (12 if point.unit == "year" else 1)
    whole = int(months)
    day = _add_months(today, whole)
    return day + round((months - whole) * 30) * _DAY


def _add_months(day: datetime.date, months: int) -> datetime.date:
    jalali = from_gregorian("jalali", day)
    year, month = divmod((jalali.year or 0) * 12 + (jalali.month or 1) - 1 + months, 12)
    first, last = days_of("jalali", Stretch(year, month + 1))
    return min(first + ((jalali.day or 1) - 1) * _DAY, last)


def _month_of(point: Point, today: datetime.date) -> Reading:
    calendar: Calendar = point.calendar or "jalali"
    present = from_gregorian(calendar, today)
    year, month = divmod((present.year or 0) * 12 + (present.month or 1) - 1 + int(point.amount), 12)
    stretch = Stretch(year, month + 1, point.day)
    days_of(calendar, stretch)
    return Reading(calendar, stretch, stretch)
