"""Times of the day in ISO 8601."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from khabar.values.numbers import AND, read_number, unglue
from khabar.values.words import Word, clean, keys, longest, split_words, table

_HOUR = "ساعت"
_MINUTES = frozenset(["دقیقه", "دقیقهای"])
_TO = dict.fromkeys(keys("تا|الی|لغایت|-"), True)
_UTC = keys("گرینویچ|جهانی|gmt|utc")
# Parts of the day, and by how many hours they move an hour of a twelve-hour clock that lies in a range.
_PARTS = table({
    "morning": "صبح|بامداد|سحر|سحرگاه|پیش از ظهر|قبل از ظهر|صبحگاه|نیمه شب|نیمه شب گذشته",
    "noon": "ظهر",
    "afternoon": "بعد از ظهر|بعدازظهر|پس از ظهر|عصر|غروب|شامگاه|مغرب",
    "night": "شب|امشب|دیشب|شبانگاه",
})  # fmt: skip


class _Clock(NamedTuple):
    """A time of the day and the words behind it; `part` is the part of the day that the text names with it."""

    hour: int
    minute: int
    second: int
    end: int
    part: str | None = None

    def iso(self) -> str | None:
        """Return ISO 8601, None where there is no such time."""
        hour = _hour_of_day(self.hour, self.part)
        if not (0 <= hour < 24 and 0 <= self.minute < 60 and 0 <= self.second < 60):
            return None
        return f"{hour:02d}:{self.minute:02d}" + (f":{self.second:02d}" if self.second else "")


def parse_time(text: str) -> dict[str, Any] | None:
    """Return `{"time": "18:30"}`, an ISO 8601 interval for a range; None for a part of the day or a duration."""
    words = unglue(split_words(clean(text).lower()))
    clocks = list(_clocks(words))
    if not clocks or len(clocks) > 2:
        return None
    first, last = clocks[0], clocks[-1]
    if len(clocks) == 2:
        ranged = longest(_TO, words, first.end) or any(longest(_TO, words, i) for i in range(first.end, last.end))
        if not ranged:
            return None
        if first.part is None and last.part and first.hour <= last.hour:
            # ساعت ۳ تا ۵ عصر: both in the afternoon.
            first = first._replace(part=last.part)
    times = [clock.iso() for clock in clocks[1:]]
    start = first.iso()
    if start is None or None in times:
        return None
    zone = "Z" if any(w.text in _UTC for w in words) else ""
    return {"time": "/".join(t + zone for t in [start, *filter(None, times)])}


def _clocks(words: Sequence[Word]) -> Iterator[_Clock]:
    """Yield the clock times of the text: after ساعت, as 18:30, with a part of the day, or behind such a one."""
    at = 0
    found = False
    while at < len(words):
        said = words[at].text == _HOUR
        clock = _read_clock(words, at + said)
        joined = found and at > 0 and (longest(_TO, words, at - 1) or words[at - 1].text in (AND, ","))
        if clock and (said or joined or clock.part or ":" in words[at].text):
            found = True
            yield clock
            at = clock.end
        else:
            at += 1


def _read_clock(words: Sequence[Word], at: int) -> _Clock | None:
    digits = words[at].text if at < len(words) else ""
    if ":" in digits or (digits[:1].isdigit() and any(sign in digits for sign in "./")):
        parts = digits.replace(".", ":").replace("/", ":").split(":")
        if not 2 <= len(parts) <= 3 or not all(p.isdigit() and len(p) <= 2 for p in parts):
            return None
        hour, minute, second = [*map(int, parts), 0][:3]
        return _with_part(words, _Clock(hour, minute, second, at + 1))
    number = read_number(words, at, fractions=False)
    if number is None or number.ordinal or number.value > 24:
        return None
    hour, half = int(number.value), number.value.denominator == 2
    if number.value.denominator > 2:
        return None
    return _with_part(words, _minutes(words, _Clock(hour, 30 * half, 0, number.end)))


def _minutes(words: Sequence[Word], clock: _Clock) -> _Clock:
    """Add minutes: ۹ و ۳۰, هشت و ربع, ۹ و ۵ دقیقه."""
    at = clock.end
    if at + 1 >= len(words) or words[at].text != AND:
        return clock
    if words[at + 1].text == "ربع":
        return clock._replace(minute=15, end=at + 2)
    number = read_number(words, at + 1, fractions=False)
    if number is None or number.ordinal or not 0 < number.value < 60 or number.value.denominator != 1:
        return clock
    said = number.end < len(words) and words[number.end].text in _MINUTES
    # ساعت ۱۰ و ۱۱ are two times, ساعت ۹ و ۳۰ is one.
    if not said and number.value % 5:
        return clock
    if not said and number.value < 25 and number.value in (clock.hour + 1, clock.hour + 2):
        return clock
    return clock._replace(minute=int(number.value), end=number.end + said)


def _with_part(words: Sequence[Word], clock: _Clock) -> _Clock:
    if part := longest(_PARTS, words, clock.end):
        return clock._replace(part=part[0], end=part[1])
    return clock


def _hour_of_day(hour: int, part: str | None) -> int:
    """Return the hour of a 24-hour clock."""
    if hour == 24 or (hour == 12 and part in ("night", "morning")):
        return 0
    if part == "afternoon" and hour < 12:
        return hour + 12
    if part == "noon" and hour < 4:
        return hour + 12
    # شب begins about five; ۲ شب is past midnight.
    if part == "night" and 4 < hour < 12:
        return hour + 12
    return hour
