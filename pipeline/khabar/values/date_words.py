"""The words of dates: months, weekdays, relative days, parts of years, signs that join two dates."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from khabar.values.calendars import Calendar
from khabar.values.numbers import read_number, unglue
from khabar.values.words import Word, clean, longest, split_words, table

_JALALI = {
    1: "فروردین|حمل", 2: "اردیبهشت|اردی بهشت|ثور", 3: "خرداد|جوزا",
    4: "تیر|سرطان", 5: "مرداد|امرداد|اسد", 6: "شهریور|سنبله",
    7: "مهر|میزان", 8: "آبان|ابان|عقرب", 9: "آذر|اذر|قوس", 10: "دی|جدی", 11: "بهمن|دلو", 12: "اسفند|حوت",
}  # fmt: skip
_GREGORIAN = {
    1: "ژانویه|جنوری|ژانویهٔ|january|jan", 2: "فوریه|فبروری|february|feb", 3: "مارس|مارچ|march|mar",
    4: "آوریل|آپریل|اپریل|اوریل|april|apr", 5: "مه|می|may", 6: "ژوئن|جون|ژوین|ژوأن|june|jun",
    7: "ژوئیه|ژوییه|ژویه|ژولای|جولای|جولائی|جولایی|july|jul", 8: "اوت|آگوست|اگوست|آگست|اگست|آگوستوس|august|aug",
    9: "سپتامبر|سپتمبر|september|sept|sep", 10: "اکتبر|اکتوبر|آکتبر|october|oct", 11: "نوامبر|نومبر|november|nov",
    12: "دسامبر|دسمبر|december|dec",
}  # fmt: skip
_ISLAMIC = {
    1: "محرم|محرم الحرام", 2: "صفر|صفرالمظفر",
    3: "ربیع الاول|ربیع اول", 4: "ربیع الثانی|ربیع الاخر|ربیع الآخر|ربیع دوم",
    5: "جمادی الاول|جمادی الاولی|جمادی اول", 6: "جمادی الثانی|جمادی الثانیه|جمادی الآخر|جمادی الاخر|جمادی دوم",
    7: "رجب|رجب المرجب", 8: "شعبان|شعبان المعظم", 9: "رمضان|مبارک رمضان|رمضان المبارک", 10: "شوال",
    11: "ذی القعده|ذیقعده|ذوالقعده|ذی قعده", 12: "ذی الحجه|ذیحجه|ذوالحجه|ذی حجه",
}  # fmt: skip
_WEEKDAYS = {
    0: "دوشنبه", 1: "سه شنبه", 2: "چهارشنبه", 3: "پنجشنبه", 4: "جمعه|آدینه", 5: "شنبه", 6: "یکشنبه",
}  # fmt: skip
_DAYS = {
    0: "امروز|امشب|اکنون|هم اکنون|کنون|الان|حال حاضر|هم اینک", -1: "دیروز|دیشب|شب گذشته", 1: "فردا|فرداشب",
    -2: "پریروز|پریشب", 2: "پس فردا",
}  # fmt: skip
_NAMED: dict[tuple[Calendar, int, int], str] = {
    ("jalali", 1, 1): "نوروز|عید نوروز", ("jalali", 1, 13): "سیزده به در|سیزده بدر", ("jalali", 9, 30): "شب یلدا|یلدا",
    ("islamic", 1, 9): "تاسوعا|تاسوعای حسینی", ("islamic", 1, 10): "عاشورا|عاشورای حسینی",
    ("islamic", 2, 20): "اربعین|اربعین حسینی", ("islamic", 8, 15): "نیمه شعبان",
    ("islamic", 10, 1): "عید فطر|عید سعید فطر",
    ("islamic", 12, 10): "عید قربان|عید سعید قربان", ("islamic", 12, 18): "عید غدیر|عید غدیر خم|عید سعید غدیر",
    ("gregorian", 12, 25): "کریسمس",
}  # fmt: skip
_YEARS = {0: "امسال|امساله", -1: "پارسال", -2: "پیرارسال"}
_SEASONS = {1: "بهار", 4: "تابستان", 7: "پاییز|پائیز|خزان", 10: "زمستان"}
_CALENDARS = {
    "gregorian": "میلادی|م",
    "jalali": "شمسی|خورشیدی|هجری شمسی|هجری خورشیدی|ه ش|ه.ش|ه.ش.|ش|هش",
    "islamic": "قمری|هجری قمری|ه ق|ه.ق|ه.ق.|ق|هق",
    "hijri": "هجری",
}  # fmt: skip
_UNITS = {
    "day": "روز|روزه|شبانه روز", "week": "هفته|هفته ای", "month": "ماه|ماهه|ماهگی", "year": "سال|ساله", "decade": "دهه",
    "century": "قرن|سده", "hour": "ساعت|ساعته", "minute": "دقیقه",
}  # fmt: skip
PLURAL = "های"
# گذشته counts a stretch up to now, پیش a day that long ago.
_DIRECTIONS = {
    ("this", 0): "این|جاری|همین|حاضر|کنونی|فعلی", ("stretch", -1): "گذشته|اخیر|سپری شده",
    ("point", -1): "قبل|پیش|قبلی|پیشین|قبلش",
    ("stretch", 1): "آینده|آتی|پیش رو|پیشرو", ("point", 1): "بعد|بعدی|دیگر",
}  # fmt: skip
_EDGES = {
    "start": "ابتدای|آغاز|اوایل|اوائل|ابتدا|آغازین|ابتدایی|شروع",
    "end": "پایان|انتهای|اواخر|آخر|آخرین|پایانی|واپسین|انتها|سلخ",
}  # fmt: skip
_JOINTS = {
    "to": "تا|الی|لغایت|تا به|لغایه", "dash": "-", "and": "و|یا|و یا|/", "comma": ",", "between": "بین", "since": "از",
    "equal": "برابر با|برابر|مصادف با|مصادف|مطابق با|مطابق|معادل|معادل با|=|(",
}  # fmt: skip
# What names no day that could be known.
_VAGUE = (
    "هر|همه ساله|همه روزه|هر ساله|هر روزه|چند|چندین|چندمین|همان|آن روز|آن سال|آن ماه|آن هفته|پیش از میلاد|قبل از میلاد"
    "|پیش از هجرت|قبل از هجرت|سال نو|سال نوی|سال جدید"
)


class Token(NamedTuple):
    """What a word or phrase is to a date: its kind, a value, the calendar that it belongs to, how it was written."""

    kind: str
    value: Any
    calendar: Calendar | None = None
    text: str = ""


def _kind(kind: str, entries: dict[Any, str], calendar: Calendar | None = None) -> dict[str, Token]:
    return {key: Token(kind, value, calendar) for key, value in table(entries).items()}


_MONTHS = {
    **_kind("month", _JALALI, "jalali"),
    **_kind("month", _GREGORIAN, "gregorian"),
    **_kind("month", _ISLAMIC, "islamic"),
}
_LEXICON: dict[str, Token] = {
    **_MONTHS,
    **{key + "ماه": token for key, token in _MONTHS.items()},
    **{"ماه" + key: token for key, token in _MONTHS.items()},
    **_kind("weekday", _WEEKDAYS),
    **{key + "شب": token for key, token in _kind("weekday", _WEEKDAYS).items()},
    **{key + many: Token("vague", None) for key in table(_WEEKDAYS) for many in ("ها", "های")},
    **_kind("vague", {None: _VAGUE}),
    # یک روز پس از: counted from a day that is not today.
    **{unit + after: Token("vague", None) for unit in table(_UNITS) for after in ("پساز", "بعداز", "پیشاز", "قبلاز")},
    **_kind("offset", _DAYS),
    **{key: Token("named", value, value[0]) for key, value in table(_NAMED).items()},
    **{key + "ی": Token("named", value, value[0]) for key, value in table(_NAMED).items() if key[-1] == "ا"},
    **_kind("years", _YEARS),
    **_kind("season", _SEASONS),
    **_kind("calendar", _CALENDARS),
    **_kind("unit", _UNITS),
    **{key + PLURAL: Token("unit", unit, None, PLURAL) for key, unit in table(_UNITS).items()},
    **_kind("direction", _DIRECTIONS),
    **_kind("edge", _EDGES),
    "نیمه": Token("half", None),
    "نیمسال": Token("half", None),
    "نیم": Token("and_half", None),
    **_kind(
        "now", {True: "تاکنون|تا امروز|تا به امروز|تا حال|تا به حال|تا اکنون|تا به اکنون|تا کنون|به این سو|به این طرف"}
    ),
    **_kind("joint", _JOINTS),
}
_CLOCK = re.compile(r"ساعت[ \u200c]*[\d۰-۹٠-٩]+(?:[:.][\d۰-۹٠-٩]+)?")
_NUMERIC = re.compile(
    r"\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{2}[-/.]\d{1,2}[-/.]\d{1,2}"
)
_SPACED = re.compile(r"(?<!\d)(\d{1,4}) ?/ ?(\d{1,2}) ?/ ?(\d{1,4})(?!\d)")
_DIGITS_OR_SIGN = re.compile(r"\d+|\D")
_INITIALS = frozenset(["م", "ش", "ق"])


def date_tokens(text: str) -> list[Token]:
    """Return the tokens of a date; words that say nothing about a date are left out."""
    words = unglue([part for word in split_words(_dates_alone(text)) for part in _parts(word)])
    tokens: list[Token] = []
    at = 0
    while at < len(words):
        token, at = _token(words, at, tokens)
        if token:
            tokens.append(token)
    return tokens


def _dates_alone(text: str) -> str:
    """Return the clean text without clock times, dates of digits and slashes without spaces."""
    return _SPACED.sub(r"\1/\2/\3", _CLOCK.sub(" ", clean(text)).lower())


def _parts(word: Word) -> list[Word]:
    """Return ۱۹/۲۰ as two numbers and the sign between, and a whole date as it is."""
    if not word.text[0].isdigit() or _NUMERIC.fullmatch(word.text):
        return [word]
    return [Word(m[0], word.start + m.start(), word.start + m.end()) for m in _DIGITS_OR_SIGN.finditer(word.text)]


def _token(words: Sequence[Word], at: int, before: Sequence[Token]) -> tuple[Token | None, int]:
    entry = longest(_LEXICON, words, at)
    if entry and _stands(words, at, entry[1], before):
        return entry
    text = words[at].text
    if _NUMERIC.fullmatch(text):
        return Token("numeric", text), at + 1
    number = read_number(words, at, fractions=False)
    if number and number.value.denominator == 1 and number.value < 10_000:
        return Token("ordinal" if number.ordinal else "number", int(number.value), None, text), number.end
    return None, at + 1


def _stands(words: Sequence[Word], at: int, end: int, before: Sequence[Token]) -> bool:
    """Whether an entry may be read here: a lone initial only behind a year."""
    alone = end == at + 1 and words[at].text in _INITIALS
    return not alone or (bool(before) and before[-1].kind in ("number", "numeric"))
