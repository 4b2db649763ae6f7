"""A walk over the tokens of a date: what lies ahead, the points so far, and how a later word completes earlier ones."""

from collections.abc import Sequence

from khabar.values.calendars import Calendar
from khabar.values.date_points import Item, Joint, Part, Point, calendar_of
from khabar.values.date_words import Token

_END = Token("end", None)


class Trail:
    """Tokens, where the walk has come to, and the points and joints so far; numbers wait there for a month.

    `years` tells that numbers are years, `this` that این came before; `edge` and `part` narrow the next point.
    `is_vague` tells that no days can be known.
    """

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = list(tokens)
        self.at = 0
        self.items: list[Item] = []
        self.years = False
        self.this = False
        self.is_vague = False
        self.edge: str | None = None
        self.edge_day = False
        self.nth: tuple[int, int] | None = None
        self.part: Part | None = None

    def peek(self, ahead: int = 0) -> Token:
        """Return the next token, or one farther ahead."""
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else _END

    def last(self) -> Point | None:
        """Return the point that stands right before, if one does."""
        return self.items[-1] if self.items and isinstance(self.items[-1], Point) else None

    def add(self, point: Point) -> None:
        """Append a point, narrowed to the edge or part that the words before it name."""
        point.edge, self.edge = self.edge, None
        point.edge_day, self.edge_day = self.edge_day, False
        point.nth, self.nth = self.nth, None
        if self.part and self.part.of in ("any", "year" if point.month is None else "month"):
            self.part.cut(point)
            self.part = None
        self.items.append(point)

    def year(self, year: int) -> None:
        """Give a year to the points before it that lack one, or add it as a point."""
        last = self.last()
        if 300 <= year < 500 and last and last.lacks_year and last.calendar == "jalali":
            # آبان ۴۰۴
            year += 1000
        # June 16, 2016
        comma = bool(self.items) and self.items[-1] == Joint("comma") and year > 1000
        if (self.last() or comma) and self.give_year(year=year):
            return
        if 100 <= year < 1000 and self.peek().kind != "calendar":
            return
        self.add(Point(year=year, calendar=calendar_of(year)))

    def give_year(self, year: int | None = None, shift: int | None = None) -> bool:
        """Give a year, or one so many from the present one, to the points that lack one; False where none does."""
        likely = None if year is None or year < 1000 else calendar_of(year)
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

    def shift(self, shift: int) -> None:
        """Give the points before it the year that is so many from the present one, or add that year."""
        if not (self.last() and self.give_year(shift=shift)):
            self.add(Point(shift=shift))

    def waiting(self) -> list[Point]:
        """Return the numbers that wait for a month, nearest last."""
        found: list[Point] = []
        for item in reversed(self.items):
            if isinstance(item, Joint):
                continue
            if not item.is_number:
                break
            found.append(item)
        return found[::-1]
