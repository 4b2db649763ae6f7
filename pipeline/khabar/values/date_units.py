"""Units of time in a date, counted, parted and directed: two days ago, the first nine months, next week."""

from fractions import Fraction

from khabar.values.date_points import Joint, Part, Point, calendar_of
from khabar.values.date_trail import Trail
from khabar.values.date_words import PLURAL, Token

# Units that are counted in others.
_IN_OTHERS = {
    "decade": ("year", Fraction(10)), "century": ("year", Fraction(100)),
    "hour": ("day", Fraction(1, 24)), "minute": ("day", Fraction(1, 24 * 60)),
}  # fmt: skip
_DAY = Token("unit", "day")
# Which part of a month or year the words for its ends mean.
_ENDS = {1: 1, "start": 1, "end": -1}
_GREGORIAN = Token("calendar", "gregorian")


class Units(Trail):
    """The handlers of tokens of the kinds unit, direction, years, edge and half."""

    def _counted(self, token: Token) -> bool:
        """Take in a number and its unit: two days ago, the first nine months."""
        unit = self.peek().value
        if self._is_day_of(token):
            return True
        half = self.peek(1).value == "and" and self.peek(2).kind == "and_half"
        behind = self.peek(3 if half else 1)
        if token.kind == "ordinal" and behind.kind == "direction":
            # سوم ماه گذشته: a day of that month.
            return False
        if behind.kind == "direction" and behind.value[0] != "this":
            self.at += 4 if half else 2
            unit, times = _IN_OTHERS.get(unit, (unit, Fraction(1)))
            amount = (token.value + Fraction(half, 2)) * behind.value[1] * times
            self.add(Point(unit=unit, amount=amount, stretch=behind.value[0] == "stretch"))
            return True
        if unit == "month" and token.value < 12 and _tells_part(behind):
            counted = behind.kind in ("ordinal", "edge")
            self.at += 1 + counted
            self.part = Part("year", token.value, _ENDS.get(behind.value, behind.value) if counted else 1)
            return True
        if unit == "month" and behind.kind in ("month", "direction"):
            return False
        self.at += 1
        return True

    def _is_day_of(self, token: Token) -> bool:
        """Take in سومین روز مهر, اولین روز سال, ۵ روز نخست مهر."""
        unit, behind, further = self.peek(), self.peek(1), self.peek(2)
        if unit.value != "day":
            return False
        if token.kind == "ordinal" and behind.kind == "month":
            self.items.append(Point(day=token.value))
        elif token.kind == "ordinal" and token.value == 1 and behind.kind == "unit":
            self.edge, self.edge_day = "start", True
        elif token.kind == "number" and behind.value in _ENDS and further.kind == "month":
            self.part = Part("month", token.value, _ENDS[behind.value])
            self.at += 1
        else:
            return False
        self.at += 1
        return True

    def _unit(self, token: Token) -> None:
        if token.text == PLURAL and self.peek().kind == "direction" and self.peek().value[0] != "this":
            # سال‌های گذشته: no telling how many.
            self.is_vague = True
        getattr(self, f"_unit_{token.value}")()
        if token == _DAY:
            # آخرین روز مهر, روز پایانی مهر
            self.edge_day = self.edge is not None or (self.peek().kind == "edge" and self.peek(1).value != "week")

    def _direction_ahead(self) -> tuple[str, int] | None:
        """Take in a direction behind a unit, or این before it."""
        at = self.at
        if self.peek().kind == "calendar" and self.peek(1).kind == "direction":
            # سال میلادی گذشته is سال گذشته میلادی.
            self.tokens[at], self.tokens[at + 1] = self.tokens[at + 1], self.tokens[at]
        if self.peek().kind == "direction":
            self.at += 1
            how: tuple[str, int] = self.tokens[at].value
            return how
        if self.this:
            self.this = False
            return "this", 0
        return None

    def _unit_year(self) -> None:
        if how := self._direction_ahead():
            self.shift(how[1])
        elif self.peek().kind in ("number", "ordinal", "numeric"):
            self.years = True
        elif self.peek().kind == "calendar" or self.part or self.edge or self._has_nth():
            self.shift(0)

    def _has_nth(self) -> bool:
        last = self.last()
        return last is not None and last.nth is not None

    def _unit_month(self) -> None:
        how = self._direction_ahead()
        if how is None:
            return
        last = self.last()
        if last and last.month is not None:
            last.direction = how[1]
            return
        days = self.waiting()
        for point in days or [Point()]:
            point.unit, point.amount, point.calendar = "month_of", Fraction(how[1]), "jalali"
            if not days:
                self.add(point)

    def _unit_week(self) -> None:
        if self._month_part(7):
            return
        weekend = self.edge == "end"
        how = self._direction_ahead() or (("this", 0) if self.edge else None)
        if how is None:
            return
        if weekdays := self._weekdays():
            for point in weekdays:
                point.unit, point.amount = "week", Fraction(how[1])
            return
        self.edge = None
        self.add(Point(unit="weekend" if weekend else "week", amount=Fraction(how[1])))

    def _weekdays(self) -> list[Point]:
        """Return the weekdays right before, پنجشنبه و جمعه, unless another word has said of which week."""
        found: list[Point] = []
        for item in reversed(self.items if self.last() else []):
            if isinstance(item, Joint):
                continue
            if item.weekday is None or item.unit is not None:
                break
            found.append(item)
        return found

    def _unit_day(self) -> None:
        if self.peek().kind == "direction":
            how = self._direction_ahead()
            self.add(Point(unit="day", amount=Fraction(how[1] if how else 0)))

    def _unit_hour(self) -> None:
        """Take in ساعت گذشته, which is today; other hours say nothing about the day."""
        if self._direction_ahead():
            self.add(Point(unit="day"))

    _unit_minute = _unit_hour

    def _unit_decade(self) -> None:
        token = self.peek()
        if self._month_part(10):
            return
        if token.kind == "number":
            self.at += 1
            self.decade(token.value)
        elif how := self._direction_ahead():
            self.add(Point(unit="year", amount=Fraction(10 * how[1]), stretch=how[1] != 0))

    def _unit_century(self) -> None:
        token = self.peek()
        if token.kind in ("number", "ordinal"):
            self.at += 1
            self.century(token.value)

    def _month_part(self, length: int) -> bool:
        """Take in which week or ten days of a month: هفته دوم آذر, دهه آخر صفر."""
        which = self.peek()
        if self.peek(1).kind != "month" or which.kind not in ("ordinal", "edge"):
            return False
        self.part = Part("month", length, _ENDS.get(which.value, which.value))
        self.at += 1
        return True

    def decade(self, year: int) -> None:
        """Add the decade of a year, which may lack its century."""
        year = year // 10 * 10
        if year < 100 and self.peek() == _GREGORIAN:
            year += 1900
        self._add_years(Point(year=year, digits=3, calendar=calendar_of(year)), 10)

    def century(self, number: int) -> bool:
        """Add a century, one of the first ten only with its calendar; False where none is meant."""
        if not (0 if self.peek().kind == "calendar" else 10) < number < 22:
            return False
        self._add_years(Point(year=(number - 1) * 100, digits=2, calendar="gregorian"), 100)
        return True

    def _add_years(self, point: Point, length: int) -> None:
        """Add a decade or century, or that half of it which the words before it name."""
        if self.part and self.part.of == "any":
            start = (point.year or 0) + (self.part.index - 1) * length // 2
            self.part = None
            self.add(Point(year=start, calendar=point.calendar))
            self.items.append(Joint("to"))
            point = Point(year=start + length // 2 - 1, calendar=point.calendar)
        self.add(point)

    def _direction(self, token: Token) -> None:
        last = self.last()
        if token.value[0] == "this" or last is None:
            self.this = token.value[0] == "this"
        for item in self.items:
            # سپتامبر (شهریور) گذشته: both.
            if isinstance(item, Point) and (item.weekday is not None or item.lacks_year):
                item.direction = token.value[1]

    def _years(self, token: Token) -> None:
        self.shift(token.value)

    def _edge(self, token: Token) -> None:
        self.edge = token.value

    def _half(self, token: Token) -> None:
        if self.peek().kind == "ordinal" and self.peek().value in (1, 2):
            self.part = Part("any", 0, self.peek().value)
            self.at += 1


def _tells_part(behind: Token) -> bool:
    """Whether what stands behind a number of months makes them a part of a year."""
    if behind.kind == "unit":
        return bool(behind.value == "year")
    return behind.kind in ("ordinal", "edge", "years") or (behind.kind == "number" and behind.value > 31)
