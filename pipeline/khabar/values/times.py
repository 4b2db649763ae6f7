"""Times of the day in ISO 8601."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from khabar.values.numbers import AND, Number, read_number, unglue
from khabar.values.words import Word, clean, keys, longest, split_words, table

_HOUR = keys("ساعت|ساعات|ساعتهای|ساعت های")
_MINUTES = keys("دقیقه|دقیقه ای")
_SECONDS = keys("ثانیه")
_DURATION = keys("ساعته|روز|هفته|ماه|سال|نفر|درصد") | _MINUTES | _SECONDS
_TO = dict.fromkeys(keys("تا|الی|لغایت|-"), True)
_BETWEEN = keys("بین|میان|مابین")
_FROM = _BETWEEN | {"از"}
_BEFORE = dict.fromkeys(keys("به|مانده به"), True)
_UTC = keys("گرینویچ|جهانی|gmt|utc")
# Parts of the day, and by how many hours they move an hour of a twelve-hour clock that lies in a range.
_PARTS = table({
    "morning": "صبح|بامداد|سحر|سحرگاه|پیش از ظهر|قبل از ظهر|صبحگاه|نیمه شب|نیمه شب گذشته|بعد از نیمه شب"
    "|پس از نیمه شب|ق.ظ|am|a.m",
    "noon": "ظهر",
    "afternoon": "بعد از ظهر|پس از ظهر|عصر|غروب|شامگاه|مغرب|ب.ظ|pm|p.m",
    "night": "شب|امشب|دیشب|شبانگاه",
})  # fmt: skip
# Parts of the day that are moments of their own.
_MOMENTS = table({12: "ظهر|نیم روز", 0: "نیمه شب|نیم شب"})
_PRAYERS = keys("اذان|نماز|شرعی")


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
    """Return `{"time": "18:30"}`, an ISO 8601 interval for a range; None for a part of the day or a duration.

    ظهر and نیمه‌شب without an hour are 12:00 and 00:00, as TIMEX3 has noon and midnight.
    """
    words = _said_once(unglue(split_words(clean(text).lower())))
    clocks = list(_clocks(words)) or list(_moments(words, 0))
    if not clocks or len(clocks) > 2:
        return None
    first, last = clocks[0], clocks[-1]
    if len(clocks) == 2 and not _is_range(words, first, last):
        return None
    if len(clocks) == 2 and first.part is None and last.part and first.hour <= last.hour:
        # ساعت ۳ تا ۵ عصر: both in the afternoon.
        first = first._replace(part=last.part)
    if len(clocks) == 2 and (last.hour, last.part) == (12, "morning"):
        # ۸ تا ۱۲ صبح
        last = last._replace(part="noon")
    times = [clock.iso() for clock in (first, last)[: len(clocks)]]
    if None in times:
        return None
    zone = "Z" if any(w.text in _UTC for w in words) else ""
    return {"time": "/".join(f"{time}{zone}" for time in times)}


def _said_once(words: list[Word]) -> list[Word]:
    """Leave out the same time in another zone: ۲۱:۳۰ (۱۸ به وقت گرینویچ)."""
    for at, word in enumerate(words):
        if word.text == "(" and any(w.text[0].isdigit() for w in words[:at]):
            return words[:at] if any(w.text[0].isdigit() for w in words[at:]) else words
    return words


def _is_range(words: Sequence[Word], first: _Clock, last: _Clock) -> bool:
    between = any(w.text in _BETWEEN for w in words[: first.end])
    return between or any(longest(_TO, words, i) for i in range(first.end, last.end))


def _clocks(words: Sequence[Word]) -> Iterator[_Clock]:
    """Yield the clock times of the text: after ساعت, as 18:30, with a part of the day, or joined to such a one."""
    at = 0
    found: _Clock | None = None
    while at < len(words):
        said = words[at].text in _HOUR
        clock = _read_clock(words, at + said)
        joined = found and at > 0 and (longest(_TO, words, at - 1) or words[at - 1].text in (AND, ","))
        alone = clock is not None and clock.end - at == len(words)
        if clock and (said or joined or alone or clock.part or _is_digital(words, at) or _leads(words, at, clock)):
            found = clock
            yield clock
            at = clock.end
        elif found and longest(_TO, words, at) and (moment := next(_moments(words, at + 1), None)):
            # از ۸ صبح تا ظهر
            yield moment
            return
        else:
            at += 1


def _leads(words: Sequence[Word], at: int, clock: _Clock) -> bool:
    """Whether a range to a part of the day, or nothing beside it, tells that its start is a time: از ۹ تا ۱۲ ظهر."""
    to = longest(_TO, words, clock.end)
    last = _read_clock(words, to[1]) if to else None
    alone = last is not None and last.end == len(words) and _FROM.issuperset(w.text for w in words[:at])
    return alone or (last is not None and last.part is not None)


def _moments(words: Sequence[Word], start: int) -> Iterator[_Clock]:
    """Yield noon or midnight, unless it belongs to a longer part of the day or to a prayer."""
    at = start
    while at < len(words):
        if words[at].text in _PRAYERS or (longest(_TO, words, at) and at > start):
            return
        part, moment = longest(_PARTS, words, at), longest(_MOMENTS, words, at)
        if moment and (part is None or moment[1] == part[1] or part[0] == "morning"):
            yield _Clock(moment[0], 0, 0, moment[1])
            return
        at = part[1] if part else at + 1


def _is_digital(words: Sequence[Word], at: int) -> bool:
    """Whether the clock at a word tells without ساعت that it is one: 18:30, 8 و 30 دقیقه, 17.30 alone."""
    text = words[at].text
    if ":" in text:
        return True
    if any(w.text in _MINUTES for w in words[at + 1 : at + 4]):
        return len(words) > at + 1 and words[at + 1].text == AND
    behind = words[at + 1].text if len(words) > at + 1 else ""
    return len(text) >= 4 and text[-3] in "./" and behind not in _DURATION


def _read_clock(words: Sequence[Word], at: int) -> _Clock | None:
    digits = _text(words, at)
    if ":" in digits or (digits[:1].isdigit() and any(sign in digits for sign in "./")):
        parts = digits.replace(".", ":").replace("/", ":").split(":")
        if not (2 <= len(parts) <= 3 and all(p.isdigit() and len(p) <= 2 for p in parts) and int(parts[0]) <= 24):
            return None
        hour, minute, second = [*map(int, parts), 0][:3]
        return _with_part(words, _Clock(hour, minute, second, at + 1 + (_text(words, at + 1) in _MINUTES)))
    if early := _read_to_the_hour(words, at):
        return early
    number = read_number(words, at, fractions=False)
    if number is None or number.ordinal or number.value > 24 or (number.value * 60).denominator != 1:
        return None
    minutes = number.value % 1 * 60
    return _with_part(words, _minutes(words, _Clock(int(number.value), int(minutes), 0, number.end)))


def _read_to_the_hour(words: Sequence[Word], at: int) -> _Clock | None:
    """Read یک ربع به هشت, ۵ دقیقه به هشت, ۵ دقیقه مانده به هشت."""
    number = read_number(words, at)
    if number is None:
        return None
    minutes = number.value * 60 if number.value in (Fraction(1, 4), Fraction(1, 2)) else number.value
    end = number.end
    if minutes == number.value:
        if _text(words, end) not in _MINUTES:
            return None
        end += 1
    before = longest(_BEFORE, words, end)
    hour = read_number(words, before[1] + (_text(words, before[1]) in _HOUR), fractions=False) if before else None
    if hour is None or not 0 < minutes < 60 or not _is_whole(hour, 24) or minutes.denominator != 1:
        return None
    return _with_part(words, _Clock((int(hour.value) or 24) - 1, 60 - int(minutes), 0, hour.end))


def _minutes(words: Sequence[Word], clock: _Clock) -> _Clock:
    """Add minutes and seconds: ۹ و ۳۰, ۹ و ۵ دقیقه و ۲۰ ثانیه; a half or quarter has been read with the hour."""
    number = _number_behind(words, clock.end)
    if number is None:
        return clock
    minute = int(number.value)
    said = _text(words, number.end) in _MINUTES
    # ساعت ۱۰ و ۱۱ are two times, ساعت ۹ و ۳۰ is one.
    if not said and (minute % 5 or (minute < 25 and minute in (clock.hour + 1, clock.hour + 2))):
        return clock
    clock = clock._replace(minute=minute, end=number.end + said)
    second = _number_behind(words, clock.end)
    if second and _text(words, second.end) in _SECONDS:
        return clock._replace(second=int(second.value), end=second.end + 1)
    return clock


def _number_behind(words: Sequence[Word], at: int) -> Number | None:
    number = read_number(words, at + 1, fractions=False) if _text(words, at) == AND else None
    return number if number and number.value > 0 and _is_whole(number, 59) else None


def _is_whole(number: Number, most: int) -> bool:
    return not number.ordinal and number.value.denominator == 1 and number.value <= most


def _text(words: Sequence[Word], at: int) -> str:
    return words[at].text if at < len(words) else ""


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
