"""From the words of a date to points in time, as far as words alone tell: days, months, years, relative stretches."""

from fractions import Fraction

from khabar.values.date_points import Item, Joint, Point, calendar_of
from khabar.values.date_units import Units
from khabar.values.date_words import Token, date_tokens

_MONTH_UNIT, _YEAR_UNIT = Token("unit", "month"), Token("unit", "year")
# Handlers look back, so that their time would grow with the square of a text that no date is as long as.
_MOST_TOKENS = 100


def date_items(text: str) -> list[Item]:
    """Return the points of a date, and what joins them, in the order of the text; none of what is vague or too long."""
    tokens = date_tokens(text)
    return _Reader(tokens).read() if len(tokens) <= _MOST_TOKENS else []


class _Reader(Units):
    """Walks over the tokens once, a handler a kind of token."""

    def read(self) -> list[Item]:
        while self.at < len(self.tokens) and not self.is_vague:
            token = self.tokens[self.at]
            self.at += 1
            getattr(self, f"_{token.kind}")(token)
        return [] if self.is_vague else self._finish()

    def _number(self, token: Token) -> None:
        if self.peek().kind == "unit" and self._counted(token):
            return
        if self._next_year(token.value) or self._next_years(token.value):
            return
        last = self.last()
        bare = last is not None and last.lacks_year and last.day is None
        if last and bare and last.calendar == "gregorian" and token.value <= 31:
            last.day = token.value
        elif token.value > 31 or self.years or bare or (len(token.text) == 2 and token.text[0] == "0"):
            self.year(token.value)
        else:
            self.items.append(Point(day=token.value))

    def _next_year(self, number: int) -> bool:
        """Take in the second year of two in a row without its hundreds: 2024-25."""
        before = self.items[-2] if len(self.items) > 1 and self.items[-1] == Joint("dash") else None
        if not isinstance(before, Point) or before.month is not None or number != ((before.year or 0) + 1) % 100:
            return False
        self.add(Point(year=(before.year or 0) + 1, calendar=before.calendar))
        return True

    def _next_years(self, number: int) -> bool:
        """Take in another decade or century: دهه‌های ۶۰ و ۷۰, قرن هجدهم و نوزدهم."""
        before = self.items[-2] if len(self.items) > 1 and not self.last() else None
        if not isinstance(before, Point) or before.digits == 4 or self.peek().kind in ("month", "unit"):
            return False
        if before.digits == 2:
            return self.century(number)
        if number % 10 == 0 and number > (before.year or 0) % 100:
            self.decade(number)
            return True
        return False

    def _ordinal(self, token: Token) -> None:
        if self.peek().kind == "unit":
            self._number(token)
        elif self.peek().kind == "weekday" and token.text.endswith("ین"):
            self._nth_weekday(token.value)
        elif not self._next_years(token.value):
            self.items.append(Point(day=token.value))

    def _numeric(self, token: Token) -> None:
        parts = [int(p) for p in token.value.replace("/", "-").replace(".", "-").split("-")]
        if len(parts) == 2 and (parts[1] > 12 or self.years):
            # فصل ۲۰۲۴/۲۵
            self.year(parts[0])
            self.items.append(Joint("dash"))
            self._next_year(parts[1])
            return
        if len(parts) == 2:
            self.add(Point(year=parts[0], month=parts[1], calendar=calendar_of(parts[0])))
            return
        first, middle, last = parts
        if first < 32 and last > 31:
            first, last = last, first
            if middle > 12 and last <= 12:
                middle, last = last, middle
        self.add(Point(year=first, month=middle, day=last, calendar=calendar_of(first)))

    def _month(self, token: Token) -> None:
        last = self.last()
        if last and last.month is None and last.year is not None and last.year <= 31:
            last.day, last.year, last.calendar = last.year, None, None
        self.years = False
        days = self.waiting()
        for point in days:
            point.month, point.calendar = token.value, token.calendar
        if self.last() is not None and not days and last and last.month is None and (last.year or 0) > 31:
            last.month, last.calendar = token.value, token.calendar
        elif not days or self.edge or self.part:
            self.add(Point(month=token.value, calendar=token.calendar))
        if self.peek() == _MONTH_UNIT and self.peek(1).kind != "direction":
            self.at += 1

    def _weekday(self, token: Token) -> None:
        self.years = False
        if self.edge == "end" and (self.peek().kind == "month" or self.peek() == _YEAR_UNIT):
            self.at -= 1
            self._nth_weekday(-1)
        else:
            self.add(Point(weekday=token.value))

    def _nth_weekday(self, which: int) -> None:
        """Take in نخستین شنبه آذر, آخرین جمعه رمضان, آخرین جمعه سال; else no such day can be known."""
        self.edge = None
        self.nth = which, self.peek().value
        of_year = self.peek(1) == _YEAR_UNIT and abs(which) < 5
        self.is_vague = self.peek(1).kind != "month" and not of_year
        self.at += 1
        if of_year:
            self.add(Point(month=1 if which > 0 else 12))

    def _offset(self, token: Token) -> None:
        self.add(Point(unit="day", amount=Fraction(token.value)))

    def _season(self, token: Token) -> None:
        self.add(Point(month=token.value, last_month=token.value + 2, unit="season"))

    def _named(self, token: Token) -> None:
        calendar, month, day = token.value
        self.add(Point(calendar=calendar, month=month, day=day))

    def _now(self, token: Token) -> None:
        self.items.append(Joint("to"))
        self.add(Point(unit="now"))

    def _and_half(self, token: Token) -> None:
        """Take in نیم قرن گذشته; a half without what it is half of says nothing."""
        if self.peek().kind == "unit" and self.peek(1).kind == "direction":
            self._counted(Token("number", Fraction(1, 2)))

    def _vague(self, token: Token) -> None:
        self.is_vague = True

    def _calendar(self, token: Token) -> None:
        for item in reversed(self.items):
            if isinstance(item, Joint):
                continue
            if item.month is not None and item.last_month is None:
                item.marked |= token.value == item.calendar
                break
            if item.is_number:
                item.day, item.year = None, item.day
            if token.value == "hijri":
                item.calendar = "islamic" if (item.year or 1300) < 1250 else "jalali"
                item.marked = True
            else:
                item.calendar, item.marked = token.value, True

    def _joint(self, token: Token) -> None:
        self.items.append(Joint(token.value))

    def _finish(self) -> list[Item]:
        if self.part and self.part.of != "month" and not self.items:
            self.add(Point(shift=0))
        return [i for i in self.items if isinstance(i, Joint) or not i.is_number]
