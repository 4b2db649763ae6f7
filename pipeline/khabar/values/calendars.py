"""Jalali, Gregorian and Islamic days, and EDTF (ISO 8601-2) for what a text says of them.

Jalali days by jdatetime, Islamic ones by hijridate (Umm al-Qura, 1343 to 1500 AH). Other Islamic days follow
the tabular calendar (Reingold and Dershowitz, Calendrical Calculations, section 7.1), good to a day or two.
"""

import datetime
from functools import lru_cache
from typing import Literal, NamedTuple

import hijridate
import jdatetime

Calendar = Literal["gregorian", "jalali", "islamic"]
Days = tuple[datetime.date, datetime.date]

_ISLAMIC_EPOCH = datetime.date(622, 7, 19).toordinal() - 1
_DAY = datetime.timedelta(days=1)


class Stretch(NamedTuple):
    """A day, month or year as said: `year`, `month`, `day` are None from where nothing is said.

    `digits` of the year are known: 3 for a decade (199X), 2 for a century. Months 21 to 24 are EDTF's
    seasons, spring to winter.
    """

    year: int | None
    month: int | None = None
    day: int | None = None
    digits: int = 4

    def edtf(self) -> str:
        """Return it in EDTF; what is unsaid is X."""
        year = "XXXX" if self.year is None else f"{self.year:04d}"[: self.digits].ljust(4, "X")
        return "-".join([year, *(f"{part:02d}" for part in (self.month, self.day) if part is not None)])


def gregorian_day(calendar: Calendar, year: int, month: int, day: int) -> datetime.date:
    """Return a day of a calendar.

    Raises:
        ValueError: there is no such day.
    """
    if calendar == "gregorian":
        return datetime.date(year, month, day)
    if calendar == "jalali":
        gregorian: datetime.date = jdatetime.date(year, month, day).togregorian()
        return gregorian
    if 1343 <= year <= 1500:
        return datetime.date(*hijridate.Hijri(year, month, day).to_gregorian().timetuple()[:3])
    if not (1 <= month <= 12 and 1 <= day <= 30):
        raise ValueError(f"no such Islamic day: {year}-{month}-{day}")
    days = 354 * (year - 1) + (3 + 11 * year) // 30 + 29 * (month - 1) + month // 2 + day
    return datetime.date.fromordinal(_ISLAMIC_EPOCH + days)


@lru_cache(maxsize=4096)
def from_gregorian(calendar: Calendar, day: datetime.date) -> Stretch:
    """Return year, month and day that a calendar gives to a day, and for days far off the Islamic year alone."""
    if calendar == "gregorian":
        return Stretch(day.year, day.month, day.day)
    if calendar == "jalali":
        jalali = jdatetime.date.fromgregorian(date=day)
        return Stretch(jalali.year, jalali.month, jalali.day)
    try:
        return Stretch(*hijridate.Gregorian.fromdate(day).to_hijri().datetuple())
    except OverflowError:
        return Stretch(int((day.toordinal() - _ISLAMIC_EPOCH) / 354.36667) + 1)


@lru_cache(maxsize=4096)
def days_of(calendar: Calendar, stretch: Stretch) -> Days:
    """Return first and last day of a stretch whose year is known.

    Raises:
        ValueError: there is no such day, or it lies outside the years 1 to 9999.
    """
    year, month, day, digits = stretch
    if year is None:
        raise ValueError(f"expected a year, got {stretch.edtf()}")
    try:
        if day is not None:
            one = gregorian_day(calendar, year, month or 1, day)
            return one, one
        if month is not None and month > 20:
            return gregorian_day(calendar, year, 3 * (month - 20), 1), _after_season(year, month) - _DAY
        if month is None:
            years = 10 ** (4 - digits)
            return gregorian_day(calendar, year, 1, 1), gregorian_day(calendar, year + years, 1, 1) - _DAY
        following = (year, month + 1) if month < 12 else (year + 1, 1)
        return gregorian_day(calendar, year, month, 1), gregorian_day(calendar, *following, 1) - _DAY
    except OverflowError as error:
        raise ValueError(str(error)) from error


def _after_season(year: int, season: int) -> datetime.date:
    return datetime.date(year, 3 * (season - 19), 1) if season < 24 else datetime.date(year + 1, 3, 1)


def interval(first: str, last: str) -> str:
    """Return EDTF of everything from one to the other."""
    return first if first == last else f"{first}/{last}"


def days_edtf(days: Days) -> str:
    """Return EDTF of a run of days."""
    return interval(days[0].isoformat(), days[1].isoformat())
