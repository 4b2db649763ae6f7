"""Counted and measured quantities, money and percentages: a bound, one number or a range, a unit.

The slash is a decimal point (4/5 ریشتر is 4.5), but 2/3 of something whole or of several is a fraction: ۲/۳ اعضا.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from khabar.normalize import normalize
from khabar.values.currencies import SUMS, TOMAN, currencies
from khabar.values.numbers import AND, Number, find_number, read_number, unglue
from khabar.values.words import Word, clean, keys, longest, split_words, table

# Words of TIMEX3 (ISO 24617-1), `exact` where the text says no bound.
_MODIFIERS = table({
    "approx": "حدود|حدودا|در حدود|به حدود|نزدیک|نزدیک به|نزدیک بر|قریب|قریب به|تقریبا|تقریبی|تقریب|حوالی|حول و حوش"
    "|کمابیش|کم و بیش|در مرز",
    "more_than": "بیش از|بیش تر از|بیشتر از|افزون بر|افزون از|متجاوز از|بالغ بر|بالای|بالاتر از|فراتر از|فزون بر"
    "|زیادتر از|مازاد بر|از مرز",
    "less_than": "کمتر از|کم تر از|زیر|پایین تر از|پایینتر از|کوچک تر از|کوچکتر از|نرسیده به",
    "equal_or_more": "دست کم|حداقل|حد اقل|لااقل|لا اقل|کمینه|حداقل تا|دست کم تا|نه کمتر از|نه کم تر از",
    "equal_or_less": "حداکثر|حد اکثر|بیشینه|تا|تا سقف|تا مرز|سقف|الی|نهایتا|در نهایت|نه بیش از|نه بیشتر از",
})  # fmt: skip
_MODIFIERS_BEHIND = table({
    "equal_or_more": "به بالا|یا بیشتر|و بیشتر|به بعد|به بالاتر|یا بالاتر|و بالاتر|یا بیش تر|و بیش تر|+",
    "equal_or_less": "به پایین|یا کمتر|و کمتر|یا پایین تر|و پایین تر|یا کم تر|و کم تر",
    "more_than": "و اندی|و خرده ای|و خرده|و چند",
    "approx": "تقریبا|حدودا",
})  # fmt: skip
_TO = keys("تا|الی|لغایت|-|~|یا|و یا|و حتی|تا حدود|الی حدود|تا حداکثر|یا حتی|و حداکثر")
_TO_KEYS = dict.fromkeys(_TO, True)
_BETWEEN = ("بین", "میان", "مابین")
_PERCENT = dict.fromkeys(keys("درصد|درصدی|در صد|در صدی|%|پرسنت|واحد درصد|واحد درصدی"), True)
_MINUS = keys("منفی|منهای|-")
_BELOW_ZERO = ["زیر", "صفر"]
_SIGNS = _MINUS | keys("مثبت|+")
_BEFORE_UNIT = keys("تا|از|,|ها|های|ی|ای|هم|نیز")
_MOST_WORDS = 12
_EDGES = " \n\u200c،,.؛:()"
_SKIPPED = keys("هم|نیز|ها|های|ی|ای")
_SLASHED = re.compile(r"([1-9])/([2-9]|10)")
# What shares are said of, beside plurals.
_WHOLES = keys("از|کل|جمعیت|مردم|آرا|آرای|اعضا|اعضای|سهام|درآمد|مساحت|ظرفیت|جهان|کشور|بودجه|خاک")
_PLURAL = re.compile(".+(ان|ها|های|هایی|هایشان|هایش)")
# A smaller unit said behind a larger one: how many of it make one.
_PARTS = {
    "ساعت": table({60: "دقیقه"}), "دقیقه": table({60: "ثانیه"}), "سال": table({12: "ماه"}), "هفته": table({7: "روز"}),
    "تن": table({1000: "کیلو|کیلوگرم"}), "کیلو": table({1000: "گرم"}), "کیلوگرم": table({1000: "گرم"}),
    "کیلومتر": table({1000: "متر"}), "متر": table({100: "سانتی متر|سانت"}),
    "USD": table({100: "سنت"}), "EUR": table({100: "سنت"}), "GBP": table({100: "پنس"}),
}  # fmt: skip

# Hundredths of the currency that they are of where none is named.
_SMALL_MONEY = table({"USD": "سنت|سنتی", "GBP": "پنس"})


@dataclass(frozen=True, slots=True)
class _Quantity:
    """`low` to `high` (None where the text says one number), and the words from `rest` on, which hold the unit."""

    low: Fraction
    high: Fraction | None
    modifier: str
    first: int
    rest: int
    number: Number


def _words(cleaned: str) -> list[Word]:
    """Return the words, without a number in brackets that says the one before again: ۵۰۰ (پانصد) میلیون."""
    words = unglue(split_words(cleaned))
    at = 0
    while at < len(words):
        again = read_number(words, at + 1) if words[at].text == "(" else None
        closed = again is not None and again.end < len(words) and words[again.end].text == ")"
        if again and closed and again.value in _values_before(words, at):
            del words[at : again.end + 1]
        if words[at].text == "یکی" and at + 1 < len(words) and words[at + 1].text == "دو":
            # یکی دو نفر
            words[at] = words[at]._replace(text="یک")
        at += 1
    return words


def _values_before(words: Sequence[Word], at: int) -> list[Fraction]:
    before = (read_number(words, i) for i in range(max(0, at - _MOST_WORDS), at))
    return [number.value for number in before if number and number.end == at]


def parse_stat(text: str) -> dict[str, Any] | None:
    """Return the value of a stated quantity; its unit is the counted noun, `percent` or a currency's code."""
    cleaned = clean(text)
    words = _words(cleaned)
    quantity = _read(words)
    if quantity is None:
        return None
    if percent := _percent(words, quantity):
        return percent
    rest = _skip(words, quantity.rest)
    if money := _small_money(words, quantity, rest):
        return money
    if named := longest(currencies(), words, rest):
        return _money(words, quantity, named, rest)
    if _currency_before(words, quantity):
        return _money_before(words, quantity)
    return _stat_in_noun(cleaned, words, quantity, rest)


def _stat_in_noun(cleaned: str, words: Sequence[Word], quantity: _Quantity, at: int) -> dict[str, Any]:
    """Return the value of a number of things; the words from `at` on say which."""
    last = len(words)
    if match := longest(_MODIFIERS_BEHIND, words, at):
        at = match[1]
    last = next((i for i in range(at, last) if (m := longest(_MODIFIERS_BEHIND, words, i)) and m[1] == last), last)
    while at < last and words[at].text in _BEFORE_UNIT:
        at += 1
    if last - 2 > at and [w.text for w in words[last - 2 : last]] == _BELOW_ZERO:
        quantity, last = _negative(quantity), last - 2
    quantity, rest = _add_smaller(words, quantity, words[at].text if at < last else "", at + 1)
    spans = [words[at : at + 1], words[rest:last]] if rest > at + 1 else [words[at:last]]
    unit = " ".join(cleaned[s[0].start : s[-1].end].strip(_EDGES) for s in spans if s)
    return _value(quantity, str(normalize(unit)))


def _negative(quantity: _Quantity) -> _Quantity:
    """Return what is said of degrees below zero, ۵ تا ۱۰ درجه زیر صفر."""
    if quantity.high is None:
        return replace(quantity, low=-quantity.low)
    return replace(quantity, low=-quantity.high, high=-quantity.low)


def parse_percentage(text: str) -> dict[str, Any] | None:
    """Return the value of a percentage; the word for percent may be missing (مثبت ۱۰) but not another unit be there."""
    words = _words(clean(text))
    quantity = _read(words)
    if quantity is None:
        return None
    if percent := _percent(words, quantity):
        return percent
    return None if quantity.rest < len(words) or _is_fraction(quantity) else _value(quantity, "percent")


def _is_fraction(quantity: _Quantity) -> bool:
    return quantity.number.word and quantity.low.denominator != 1


def parse_money(text: str) -> dict[str, Any] | None:
    """Return the value of a sum of money, None where the text does not say of what; without a code as written."""
    cleaned = clean(text)
    words = _words(cleaned)
    quantity = _read(words)
    if quantity is None:
        return None
    if money := _small_money(words, quantity, _skip(words, quantity.rest)):
        return money
    for at in range(quantity.rest, len(words)):
        if named := longest(currencies(), words, at):
            return _money(words, quantity, named, at)
    if value := _money_before(words, quantity):
        return value
    if quantity.rest == len(words) or _percent(words, quantity):
        return None
    value = _stat_in_noun(cleaned, words, quantity, quantity.rest)
    return value if value["unit"] else None


def _value(quantity: _Quantity, unit: str, times: int = 1, **more: str) -> dict[str, Any]:
    value: dict[str, Any]
    if quantity.high is None:
        value = {"number": _plain(quantity.low * times)}
    else:
        value = {"low": _plain(quantity.low * times), "high": _plain(quantity.high * times)}
    return {**value, "modifier": quantity.modifier, "unit": unit, **more}


def _plain(number: Fraction) -> int | float:
    return number.numerator if number.denominator == 1 else float(number)


def _money_value(quantity: _Quantity, code: str, times: int = 1) -> dict[str, Any]:
    if code == TOMAN:
        return _value(quantity, "IRR", 10 * times, as_written=TOMAN)
    return _value(quantity, code, times)


def _money(words: Sequence[Word], quantity: _Quantity, money: tuple[str, int], at: int) -> dict[str, Any]:
    code, end = money
    quantity, _ = _add_smaller(words, quantity, code, end)
    return _money_value(quantity, code, SUMS.get(words[at].text, 1))


def _small_money(words: Sequence[Word], quantity: _Quantity, at: int) -> dict[str, Any] | None:
    """Return the value of so many hundredths: ۷۰ سنت, ۷۰ سنت یورو."""
    small = longest(_SMALL_MONEY, words, at)
    if small is None:
        return None
    code, end = small
    named = longest(currencies(), words, end)
    hundredths = replace(quantity, low=quantity.low / 100, high=quantity.high and quantity.high / 100)
    return _value(hundredths, named[0] if named else code)


def _currency_before(words: Sequence[Word], quantity: _Quantity) -> str | None:
    for at in range(quantity.first):
        if money := longest(currencies(), words[: quantity.first], at):
            return money[0]
    return None


def _money_before(words: Sequence[Word], quantity: _Quantity) -> dict[str, Any] | None:
    code = _currency_before(words, quantity)
    return None if code is None else _money_value(quantity, code)


def _percent(words: Sequence[Word], quantity: _Quantity) -> dict[str, Any] | None:
    if match := longest(_PERCENT, words, _skip(words, quantity.rest)):
        quantity, _ = _add_smaller(words, quantity, "percent", match[1])
    elif not any(w.text == "%" for w in words[: quantity.first]):
        return None
    return _value(quantity, "percent")


def _skip(words: Sequence[Word], at: int) -> int:
    while at < len(words) and words[at].text in _SKIPPED:
        at += 1
    return at


def _read(words: Sequence[Word]) -> _Quantity | None:
    """Read bound and number; None where there is no number, an ordinal, or a list of numbers."""
    number = _find(words)
    if number is None or number.ordinal:
        return None
    modifier = _modifier(words, number)
    number = _signed(words, number)
    low, high, rest = number.value, None, number.end
    if second := _range_end(words, number):
        low, high, rest = _bounds(number, second)
    elif _is_list(words, number.end):
        return None
    return _Quantity(low, high, modifier, number.start, rest, number)


def _find(words: Sequence[Word]) -> Number | None:
    """Return the first number; نه is none in نه کمتر از."""
    number = find_number(words)
    while number and (bound := longest(_MODIFIERS, words, number.start)):
        number = find_number(words, bound[1])
    return number and _as_fraction(words, number)


def _as_fraction(words: Sequence[Word], number: Number) -> Number:
    """Return 2/3 as two thirds where it is said of something whole or of several, else as it is."""
    slashed = _SLASHED.fullmatch(words[number.start].text)
    behind = words[number.end].text if number.end < len(words) else ""
    if not slashed or number.end > number.start + 1 or int(slashed[1]) >= int(slashed[2]):
        return number
    said_of = behind in _WHOLES or _PLURAL.fullmatch(behind)
    return number._replace(value=Fraction(int(slashed[1]), int(slashed[2]))) if said_of else number


def _signed(words: Sequence[Word], number: Number) -> Number:
    """Return the number with the sign before it, or behind its digits as text from right to left shows it (5-)."""
    before = words[number.start - 1] if number.start else None
    if before and before.text in _MINUS and _is_sign(words, number):
        return number._replace(value=-number.value)
    behind = words[number.end : number.end + 2]
    last = words[number.end - 1]
    if behind and behind[0].text == "-" and behind[0].start == last.end and last.text[-1].isdigit():
        apart = len(behind) == 1 or (behind[1].start > behind[0].end and not behind[1].text[0].isdigit())
        return number._replace(value=-number.value, end=number.end + 1) if apart else number
    return number


def _modifier(words: Sequence[Word], number: Number) -> str:
    """Return the bound said before the number; a strict one wins over an approximate one, as in کمی بیش از."""
    found = []
    at = 0
    before = words[: number.start]
    while at < len(before):
        if match := longest(_MODIFIERS, before, at):
            found.append(match[0])
            at = match[1]
        else:
            at += 1
    found += [match[0] for i in range(number.end, len(words)) if (match := longest(_MODIFIERS_BEHIND, words, i))]
    if strict := [m for m in found if m != "approx"]:
        return strict[-1]
    if found:
        return "approx"
    return "equal_or_more" if number.plural else "exact"


def _is_sign(words: Sequence[Word], number: Number) -> bool:
    """A hyphen is a minus only where it touches the digits and no word."""
    sign = words[number.start - 1]
    if sign.text != "-":
        return True
    alone = number.start == 1 or words[number.start - 2].end < sign.start
    return alone and sign.end == words[number.start].start


def _range_end(words: Sequence[Word], number: Number) -> Number | None:
    """Return the number that ends a range begun by `number`."""
    at = number.end
    if match := longest(_TO_KEYS, words, at):
        return _read_signed(words, match[1])
    between = any(w.text in _BETWEEN for w in words[: number.start])
    if between and at < len(words) and words[at].text == AND:
        return _read_signed(words, at + 1)
    comma = at < len(words) and words[at].text == ","
    beside = read_number(words, at + comma)
    if beside and number.word and beside.word and _are_neighbors(number, beside):
        return beside
    # از ۵ میلیون ریال تا ۴۰ میلیون ریال: the unit said twice, at most three words.
    for i in range(at + 1, min(at + 4, len(words))):
        if match := longest(_TO_KEYS, words, i):
            second = _read_signed(words, match[1])
            same = second and [w.text for w in words[at:i]] == [w.text for w in words[second.end : second.end + i - at]]
            return second if same else None
    return None


def _read_signed(words: Sequence[Word], at: int) -> Number | None:
    at += at < len(words) and words[at].text in _SIGNS
    number = read_number(words, at)
    return number and _signed(words, number)


def _are_neighbors(number: Number, beside: Number) -> bool:
    """Whether two numbers side by side are a guess: دو سه, سی چهل, ده دوازده."""
    low, high = number.value / number.scale, beside.value / beside.scale
    return high == low + 1 or (low >= 10 and low < high <= 2 * low)


def _bounds(number: Number, second: Number) -> tuple[Fraction, Fraction | None, int]:
    low = number.value
    # ۵۰ تا ۶۰ میلیون: both in millions; ۵۰۰ تا یک میلیون: the first in thousands, if that brings it near.
    if number.scale == 1 and second.scale > 1:
        below = low * second.scale / 1000
        if 0 < low * second.scale < second.value:
            low *= second.scale
        elif second.scale > 1000 and second.value <= 10 * below < 10 * second.value:
            low = below
    low, high = sorted((low, second.value))
    return low, high, second.end


def _is_list(words: Sequence[Word], at: int) -> bool:
    joined = at < len(words) and words[at].text in (AND, ",")
    following = read_number(words, at + 1) if joined else None
    return following is not None and not following.ordinal


def _add_smaller(words: Sequence[Word], quantity: _Quantity, unit: str, at: int) -> tuple[_Quantity, int]:
    """Add what is said behind the unit: یک سال و نیم, چهار دلار و ۲۲ سنت; return also where the words behind begin."""
    if quantity.high is not None or at + 1 >= len(words) or words[at].text != AND:
        return quantity, at
    if words[at + 1].text == "نیم":
        return replace(quantity, low=quantity.low + Fraction(1, 2)), at + 2
    smaller = read_number(words, at + 1)
    if smaller and (part := longest(_PARTS.get(unit, {}), words, smaller.end)):
        return replace(quantity, low=quantity.low + smaller.value / part[0]), part[1]
    return quantity, at
