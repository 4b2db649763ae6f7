"""What the words of a date say before any day is looked up: points in time, what joins them, parts of years."""

from dataclasses import dataclass
from fractions import Fraction

from khabar.values.calendars import Calendar


@dataclass(slots=True)
class Point:
    """A day, month, season, year or relative stretch; what the words leave open is None.

    A `day` below 1 counts back from 0, the last of the month; `nth` is which of a weekday in the month, -1 the last.
    Of relative ones `unit` is what is counted, `amount` how many from the day of publication, and `stretch` says that
    everything up to there is meant. `shift` counts years from the present one. `edge` is the `start` or `end` of what
    is named, of which `edge_day` means the very day. `marked` tells that the words name the calendar.
    """

    calendar: Calendar | None = None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    last_month: int | None = None
    last_day: int | None = None
    digits: int = 4
    shift: int | None = None
    weekday: int | None = None
    nth: tuple[int, int] | None = None
    unit: str | None = None
    amount: Fraction = Fraction(0)
    stretch: bool = False
    direction: int = 0
    edge: str | None = None
    edge_day: bool = False
    marked: bool = False

    @property
    def dated(self) -> bool:
        """Whether the words name a month or a year."""
        return self.month is not None or self.year is not None or self.shift is not None or self.unit == "month_of"

    @property
    def is_number(self) -> bool:
        """Whether it is a number that waits for a month."""
        return self.day is not None and self.month is None and self.unit is None

    @property
    def lacks_year(self) -> bool:
        """Whether the words name a month but not of which year."""
        return self.month is not None and self.year is None and self.shift is None


@dataclass(frozen=True, slots=True)
class Joint:
    """What stands between two points: `to dash and comma between since equal`."""

    how: str


Item = Point | Joint


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the year or month that comes next: the `index`-th run of `length` months or days, -1 the last one."""

    of: str
    length: int
    index: int

    def cut(self, point: Point) -> None:
        """Narrow a point to this part."""
        length = self.length or (6 if point.month is None else 15)
        first = 13 - length if self.index < 0 else (self.index - 1) * length + 1
        if point.month is None:
            point.month, point.last_month = first, min(first + length - 1, 12)
        elif self.index < 0:
            point.day, point.last_day = 1 - length, 30
        else:
            point.day, point.last_day = first, first + length - 1


def calendar_of(year: int) -> Calendar:
    """Return the calendar that a year without a word for it belongs to."""
    return "jalali" if year < 100 or 1200 <= year < 1500 else "gregorian"
