"""From the words of a date to points in time, as far as words alone tell: days, months, years, relative stretches."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from khabar.values.calendars import Calendar
from khabar.values.date_words import Token, date_tokens

_END = Token("end", None)


@dataclass(slots=True)
class Point:
    """A day, month, season, year or relative stretch; what the words leave open is None.

    Of relative ones `unit` is what is counted, `amount` how many from the day of publication, and `stretch` says that
    everything up to there is meant. `shift` counts years from the present one.
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
    unit: str | None = None
    amount: Fraction = Fraction(0)
    stretch: bool = False
    direction: int = 0
    edge: str | None = None
    marked: bool = False

    @property
    def dated(self) -> bool:
        """Whether the words name a month or a year."""
        return self.month is not None or self.year is not None or self.shift is not None or self.unit == "month_of"

    @property
    def lacks_year(self) -> bool:
        """Whether the words name a month but not of which year."""
        return self.month is not None and self.year is None and self.shift is None


@dataclass(frozen=True, slots=True)
class Joint:
    """What stands between two points: `to dash and between since equal`."""

    how: str


Item = Point | Joint


def date_items(text: str) -> list[Item]:
    """Return the points of a date, and what joins them, in the order of the text."""
    return _Reader(date_tokens(text)).read()


@dataclass(frozen=True, slots=True)
class _Part:
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
        else:
            point.day, point.last_day = first, first + length - 1


class _Reader:
    """Walks over the tokens once; numbers wait in `items` as points of a day alone until a month comes."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.items: list[Item] = []
        self.years = False
        self.this = False
        self.edge: str | None = None
        self.part: _Part | None = None

    def read(self) -> list[Item]:
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            getattr(self, f"_{token.kind}")(token)
        return self._finish()

    def _peek(self, ahead: int = 0) -> Token:
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else _END

    def _last(self) -> Point | None:
        return self.items[-1] if self.items and isinstance(self.items[-1], Point) else None

    def _add(self, point: Point) -> None:
        point.edge, self.edge = self.edge, None
        if self.part and self.part.of in ("any", "year" if point.month is None else "month"):
            self.part.cut(point)
            self.part = None
        self.items.append(point)

    # numbers

    def _number(self, token: Token) -> None:
        if self._peek().kind == "unit" and self._counted(token):
            return
        last = self._last()
        bare = last is not None and last.lacks_year and last.day is None
        if last and bare and last.calendar == "gregorian" and token.value <= 31:
            last.day = token.value
        elif token.value > 31 or self.years or bare or (len(token.text) == 2 and token.text[0] == "0"):
            self._year(token.value)
        else:
            self.items.append(Point(day=token.value))

    def _ordinal(self, token: Token) -> None:
        self._number(token) if self._peek().kind == "unit" else self.items.append(Point(day=token.value))

    def _counted(self, token: Token) -> bool:
        """Take in a number and its unit: two days ago, the first nine months."""
        unit = self._peek().value
        half = self._peek(1).value == "and" and self._peek(2).kind == "and_half"
        behind = self._peek(3 if half else 1)
        if token.kind == "ordinal" and behind.kind == "direction":
            # سوم ماه گذشته: a day of that month.
            return False
        if behind.kind == "direction" and behind.value[0] != "this":
            self.at += 4 if half else 2
            amount = (token.value + Fraction(half, 2)) * behind.value[1] * (10 if unit == "decade" else 1)
            unit = "year" if unit == "decade" else unit
            self._add(Point(unit=unit, amount=amount, stretch=behind.value[0] == "stretch"))
            return True
        if unit == "month" and token.value < 12 and _tells_part(behind):
            counted = behind.kind in ("ordinal", "edge")
            self.at += 1 + counted
            self.part = _Part(
                "year", token.value, {"start": 1, "end": -1}.get(behind.value, behind.value) if counted else 1
            )
            return True
        if unit == "month" and behind.kind == "month":
            return False
        if unit == "month" and behind.kind == "direction":
            return False
        self.at += 1
        return True

    def _year(self, year: int) -> None:
        """Give a year to the points before it that lack one, or add it as a point."""
        # June 16, 2016
        comma = bool(self.items) and self.items[-1] == Joint("and") and year > 1000
        if (self._last() or comma) and self._give_year(year=year):
            return
        if 100 <= year < 1000 and self._peek().kind != "calendar":
            return
        self._add(Point(year=year, calendar=_calendar_of(year)))

    def _give_year(self, year: int | None = None, shift: int | None = None) -> bool:
        likely = None if year is None or year < 1000 else _calendar_of(year)
        calendar: Calendar | None = None
        given: Point | None = None
        for item in reversed(self.items):
            if isinstance(item, Joint):
                continue
            if not item.lacks_year:
                if item.month is None and item.weekday is None and item.unit is None:
                    continue
                break
            if calendar is None and (likely in (None, item.calendar) or item.calendar in (None, "islamic")):
                calendar = item.calendar
            elif item.calendar != calendar or calendar is None:
                continue
            # ۲۶ اسفند تا ۱۴ فروردین ۹۶: the first is of the year before.
            before = given is not None and (item.month or 0) > (given.month or 0)
            item.year = None if year is None else year - before
            item.shift = None if shift is None else shift - before
            if item.calendar is None and likely:
                item.calendar = likely
            given = item
        return given is not None

    def _numeric(self, token: Token) -> None:
        parts = [int(p) for p in token.value.replace("/", "-").replace(".", "-").split("-")]
        if len(parts) == 2:
            self._add(Point(year=parts[0], month=parts[1], calendar=_calendar_of(parts[0])))
            return
        first, middle, last = parts
        if first < 32 and last > 31:
            first, last = last, first
        if middle > 12 and last <= 12:
            middle, last = last, middle
        self._add(Point(year=first, month=middle, day=last, calendar=_calendar_of(first)))

    # units and directions

    def _unit(self, token: Token) -> None:
        getattr(self, f"_unit_{token.value}")()

    def _direction_ahead(self) -> tuple[str, int] | None:
        """Take in a direction behind a unit, or این before it."""
        if self._peek().kind == "direction":
            self.at += 1
            how: tuple[str, int] = self.tokens[self.at - 1].value
            return how
        if self._peek().kind == "calendar" and self._peek(1).kind == "direction":
            self.at += 2
            self.tokens = [
                *self.tokens[: self.at - 2],
                self.tokens[self.at - 1],
                self.tokens[self.at - 2],
                *self.tokens[self.at :],
            ]
            self.at -= 1
            return self._how(self.at - 1)
        if self.this:
            self.this = False
            return "this", 0
        return None

    def _how(self, at: int) -> tuple[str, int]:
        how: tuple[str, int] = self.tokens[at].value
        return how

    def _unit_year(self) -> None:
        if how := self._direction_ahead():
            self._shift(how[1])
        elif self._peek().kind in ("number", "ordinal", "numeric"):
            self.years = True
        elif self._peek().kind == "calendar" or self.part or self.edge:
            self._shift(0)

    def _unit_month(self) -> None:
        how = self._direction_ahead()
        if how is None:
            return
        last = self._last()
        if last and last.month is not None:
            last.direction = how[1]
            return
        days = self._waiting()
        for point in days or [Point()]:
            point.unit, point.amount, point.calendar = "month_of", Fraction(how[1]), "jalali"
            if not days:
                self._add(point)

    def _unit_week(self) -> None:
        if self._peek().kind == "ordinal" and self._peek(1).kind == "month":
            self.part = _Part("month", 7, self._peek().value)
            self.at += 1
            return
        weekend = self.edge == "end"
        how = self._direction_ahead() or (("this", 0) if weekend else None)
        if how is None:
            return
        last = self._last()
        if last and last.weekday is not None:
            last.unit, last.amount = "week", Fraction(how[1])
            return
        self.edge = None
        self._add(Point(unit="weekend" if weekend else "week", amount=Fraction(how[1])))

    def _unit_day(self) -> None:
        if self._peek().kind == "direction":
            how = self._direction_ahead()
            self._add(Point(unit="day", amount=Fraction(how[1] if how else 0)))

    def _unit_decade(self) -> None:
        token = self._peek()
        if token.kind == "ordinal" and self._peek(1).kind == "month":
            self.part = _Part("month", 10, token.value)
            self.at += 1
        elif token.kind == "number":
            self.at += 1
            year = token.value // 10 * 10
            self._add(Point(year=year, digits=3, calendar=_calendar_of(year)))
        elif how := self._direction_ahead():
            self._add(Point(unit="year", amount=Fraction(10 * how[1]), stretch=how[1] != 0))

    def _unit_century(self) -> None:
        token = self._peek()
        if token.kind in ("number", "ordinal") and 10 < token.value < 22:
            self.at += 1
            self._add(Point(year=(token.value - 1) * 100, digits=2, calendar="gregorian"))

    def _direction(self, token: Token) -> None:
        last = self._last()
        if token.value[0] == "this" or last is None:
            self.this = token.value[0] == "this"
        for item in self.items:
            # سپتامبر (شهریور) گذشته: both.
            if isinstance(item, Point) and (item.weekday is not None or item.lacks_year):
                item.direction = token.value[1]

    def _years(self, token: Token) -> None:
        self._shift(token.value)

    def _shift(self, shift: int) -> None:
        if not (self._last() and self._give_year(shift=shift)):
            self._add(Point(shift=shift))

    # months, weekdays, named days

    def _waiting(self) -> list[Point]:
        """Return the numbers that wait for a month, nearest last."""
        found: list[Point] = []
        for item in reversed(self.items):
            if isinstance(item, Joint):
                continue
            if not _is_number(item):
                break
            found.append(item)
        return found[::-1]

    def _month(self, token: Token) -> None:
        last = self._last()
        if last and last.month is None and last.year is not None and last.year <= 31:
            last.day, last.year, last.calendar = last.year, None, None
        self.years = False
        days = self._waiting()
        for point in days:
            point.month, point.calendar = token.value, token.calendar
        if self._last() is not None and not days and last and last.month is None and (last.year or 0) > 31:
            last.month, last.calendar = token.value, token.calendar
        elif not days or self.edge or self.part:
            self._add(Point(month=token.value, calendar=token.calendar))
        if self._peek() == _MONTH_UNIT and self._peek(1).kind != "direction":
            self.at += 1

    def _weekday(self, token: Token) -> None:
        self.years = False
        self._add(Point(weekday=token.value))

    def _offset(self, token: Token) -> None:
        self._add(Point(unit="day", amount=Fraction(token.value)))

    def _season(self, token: Token) -> None:
        self._add(Point(month=token.value, last_month=token.value + 2, unit="season"))

    def _named(self, token: Token) -> None:
        calendar, month, day = token.value
        self._add(Point(calendar=calendar, month=month, day=day))

    def _now(self, token: Token) -> None:
        self.items.append(Joint("to"))
        self._add(Point(unit="now"))

    # parts, calendars, joints

    def _edge(self, token: Token) -> None:
        self.edge = token.value

    def _half(self, token: Token) -> None:
        if self._peek().kind == "ordinal" and self._peek().value in (1, 2):
            self.part = _Part("any", 0, self._peek().value)
            self.at += 1

    def _and_half(self, token: Token) -> None:
        """A half without what it is half of says nothing."""

    def _calendar(self, token: Token) -> None:
        for item in reversed(self.items):
            if isinstance(item, Joint):
                continue
            if item.month is not None and item.last_month is None:
                break
            if _is_number(item):
                item.day, item.year = None, item.day
            if token.value == "hijri":
                item.calendar = "islamic" if (item.year or 1300) < 1250 else "jalali"
            else:
                item.calendar, item.marked = token.value, True
            if item.digits == 3 and item.year is not None and item.year < 100 and item.calendar == "gregorian":
                item.year += 1900

    def _joint(self, token: Token) -> None:
        self.items.append(Joint(token.value))

    def _finish(self) -> list[Item]:
        if self.part and self.part.of != "month" and not self.items:
            self._add(Point(shift=0))
        return [i for i in self.items if isinstance(i, Joint) or not _is_number(i)]


_MONTH_UNIT = Token("unit", "month")


def _is_number(point: Point) -> bool:
    return point.day is not None and point.month is None and point.unit is None


def _calendar_of(year: int) -> Calendar:
    return "jalali" if year < 100 or 1200 <= year < 1500 else "gregorian"


def _tells_part(behind: Token) -> bool:
    """Whether what stands behind a number of months makes them a part of a year."""
    if behind.kind == "unit":
        return bool(behind.value == "year")
    return behind.kind in ("ordinal", "edge", "years") or (behind.kind == "number" and behind.value > 31)
