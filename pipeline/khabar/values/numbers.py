"""Numbers as news writes them: digits of any script, words, both mixed.

A number is read as a sum of parts that each fit under the last place of the part before: بیست (places of 10) takes شش,
سه میلیون (places of 1,000,000) takes پانصد هزار. A scale word multiplies all parts below it: ۲۸ هزار میلیارد.

The signs . and / and ٫ between digits are decimal points, as Persian writes 4/5 for 4.5, and a comma is one where it
cuts off no three digits. They group thousands where they stand more than once, or before three digits that end in two
zeros (12.500). What dates and fractions make of the slash is decided where those are read.
"""

import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from khabar.values.words import Word, alternatives, keys, table

_SMALL = {
    0: "صفر", 1: "یک|یه", 2: "دو", 3: "سه", 4: "چهار|چار", 5: "پنج", 6: "شش|شیش", 7: "هفت", 8: "هشت", 9: "نه", 10: "ده",
    11: "یازده", 12: "دوازده", 13: "سیزده", 14: "چهارده", 15: "پانزده|پونزده", 16: "شانزده|شونزده",
    17: "هفده|هیفده", 18: "هجده|هیجده|هژده", 19: "نوزده",
    20: "بیست", 30: "سی", 40: "چهل", 50: "پنجاه", 60: "شصت", 70: "هفتاد", 80: "هشتاد", 90: "نود",
    100: "صد|یکصد", 200: "دویست", 300: "سیصد", 400: "چهارصد", 500: "پانصد|پونصد", 600: "ششصد|شیشصد", 700: "هفتصد",
    800: "هشتصد", 900: "نهصد",
}  # fmt: skip
_SCALES = {
    10**3: "هزار|هزاری", 10**6: "میلیون|ملیون|میلیونی", 10**9: "میلیارد|ملیارد|میلیاردی",
    10**12: "تریلیون|ترلیون|تریلیونی",
}  # fmt: skip
_ORDINALS = {1: "اول|نخست|یکم", 2: "دوم", 3: "سوم", 30: "سیام"}

CARDINALS = table(_SMALL)
SCALES = table(_SCALES)
ORDINALS = table(_ORDINALS) | {
    word + ending: n
    for words in (CARDINALS, SCALES)
    for word, n in words.items()
    for ending in ("م", "مین")
    if n not in (0, 1, 2, 3, 30)
}
ORDINALS |= table({1: "یکمین|اولین|نخستین", 2: "دومین", 3: "سومین"})
_ORDINAL_ENDINGS = keys("ام|م|امین|مین")
_PLURAL_ENDINGS = keys("ها|های|هایی")
# Words that say "at least so many": صدها, هزاران.
_PLURALS = {n: word for word, n in (CARDINALS | SCALES).items() if (n in (10, 100) or n >= 1000) and word[-1] != "ی"}
PLURALS = {word + ending: n for n, word in _PLURALS.items() for ending in ("ها", "های", "هایی")}
PLURALS |= table({1000: "هزاران"})
# Words for a part of one, also behind a number of them: سه ربع.
_SHARES = table({2: "نیم|نصف|نیمی", 3: "ثلث", 4: "ربع"})
_SOME = keys("چند|چندین")
_POINT = "ممیز"
AND = "و"

_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:[./]\d+)?")
_OTHER_THOUSANDS = re.compile(r"\d{1,3}(?:([./])\d{3})(?:\1\d{3})+|[1-9]\d{0,2}[./]\d00")
_DECIMAL = re.compile(r"(\d+)(?:[./,](\d+))?")
_GREATEST = 10**18
_MOST_DIGITS = 18
_MOST_WORDS = 40  # of a number

_SPLIT = re.compile(alternatives([*CARDINALS, *SCALES, *PLURALS, *_SOME, AND]))
_CARDINAL = alternatives([*CARDINALS, *SCALES])
_GLUED = re.compile(
    f"(?P<numbers>{AND}(?=نیم$|ربع$)|{AND}(?=(?:{alternatives(ORDINALS)})$)"
    f"|(?:{AND}|{alternatives(_SOME)})?(?:{_CARDINAL})(?:{AND}?(?:{_CARDINAL}))*{AND}?)"
    r"(?P<rest>ها|های|نیم|ربع|درصدی?|تومانی?|تومن|ریالی?|دلاری?|یورو|نفره?|تنی?|متری?|کیلو\w*|ساعته?|روزه?|هفته|ماهه?|ساله?|تا|بار|"
    + alternatives(ORDINALS) + ")?"
)  # fmt: skip


class Number(NamedTuple):
    """A number and the words that it takes up: `words[start:end]`.

    `scale` is its greatest scale word (1 without one); `plural` says "at least" (صدها); `word` tells numbers in words.
    """

    value: Fraction
    start: int
    end: int
    scale: int = 1
    plural: bool = False
    ordinal: bool = False
    word: bool = False


class _Part(NamedTuple):
    value: Fraction
    place: int


def unglue(words: Sequence[Word]) -> list[Word]:
    """Split words that are numbers run together, or a number and what it counts: یکهزار, بیستوشش, هزارتومان.

    Of a word that begins with و that is only the rest of the number before it: سی‌وپنج.
    """
    result: list[Word] = []
    for word in words:
        match = None if word.text in _WHOLE or len(word.text) < 3 else _GLUED.fullmatch(word.text)
        if not match or (word.text[0] == AND and not (result and _is_numeral(result[-1].text))):
            result.append(word)
            continue
        pieces = _SPLIT.findall(match["numbers"]) + [p for p in (match["rest"],) if p]
        at = word.start
        for piece in pieces:
            result.append(Word(piece, at, at + len(piece)))
            at += len(piece)
    return result


_WHOLE = frozenset([*CARDINALS, *SCALES, *ORDINALS, *PLURALS, *_SHARES])
_BEGINNINGS = _WHOLE | _SOME
_DIVISORS = ORDINALS | {share: _SHARES[share] for share in ("ربع", "ثلث")}


def _is_numeral(text: str) -> bool:
    return text in CARDINALS or text in SCALES or text[:1].isdigit()


def parse_digits(text: str) -> Fraction | None:
    """Return the value of digits with separators: 18,000 9.000.000 1.2, also 1/2, which Persian reads as 1.2."""
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "").replace("/", ".")
    elif _OTHER_THOUSANDS.fullmatch(text):
        text = text.replace(".", "").replace("/", "")
    elif match := _DECIMAL.fullmatch(text):
        text = f"{match[1]}.{match[2]}" if match[2] else match[1]
    else:
        if len(text) == 1 and (value := unicodedata.numeric(text, -1.0)) >= 0:
            return Fraction(value).limit_denominator(1000)
        return None
    return Fraction(text) if len(text) <= _MOST_DIGITS else None


def find_number(words: Sequence[Word], at: int = 0) -> Number | None:
    """Return the first number at or behind word `at`."""
    for i in range(at, len(words)):
        if number := read_number(words, i):
            return number
    return None


def read_number(words: Sequence[Word], at: int, fractions: bool = True) -> Number | None:
    """Return the number that starts at word `at`: the longest that makes sense.

    With `fractions` a cardinal before an ordinal divides (دو سوم); without, as in dates, they are two numbers.
    """
    return _Reader(words, at, fractions).read() if at < len(words) and _may_begin(words[at].text) else None


def _may_begin(text: str) -> bool:
    return text in _BEGINNINGS or text[0].isnumeric()


class _Reader:
    """Reads one number from left to right; `best` is the longest that has made sense so far."""

    def __init__(self, words: Sequence[Word], at: int, fractions: bool) -> None:
        self.words = words
        self.at = self.start = at
        self.fractions = fractions
        self.parts: list[_Part] = []
        self.scale = 1
        self.plural = False
        self.word = False
        self.best: Number | None = None
        self.before: Number | None = None

    def read(self) -> Number | None:
        if self._text(self.at) in _SOME:
            # چند هزار: at least a thousand; چند alone is no number.
            if self._text(self.at + 1) not in SCALES and self._text(self.at + 1) not in ("صد", "ده"):
                return None
            self.plural = True
            self.at += 1
        while self._step():
            pass
        return self.best

    def _text(self, at: int) -> str:
        return self.words[at].text if at < len(self.words) else ""

    def _step(self) -> bool:
        """Take in the next part; False where the number ends."""
        at = self.at
        joined = bool(self.parts) and self._text(at) == AND
        at += joined
        text = self._text(at)
        if text in SCALES or (text in PLURALS and PLURALS[text] >= 1000):
            return self._multiply(at, joined)
        if joined and text in _SOME and self._text(at + 1) in SCALES:
            # بیست و چند هزار
            self.plural = True
            return self._multiply(at + 1, joined=False)
        if joined or not self.parts:
            if text in _SHARES:
                return self._share(_SHARES[text], at)
            if text in ORDINALS:
                return self._end_ordinal(ORDINALS[text], at)
        if self.parts and text == _POINT and not joined:
            return self._decimals(at + 1)
        return self._take(at, joined)

    def _take(self, at: int, joined: bool) -> bool:
        """Take in a number without scale words, the ordinal's ending or the divisor behind it."""
        value, place, plural, end = self._simple(at)
        if value is None:
            return False
        if self.fractions and (share := self._divided(at)) and self._fits(share[0], joined):
            return self._push(_Part(share[0], 0), share[1])
        if not self._fits(value, joined):
            return False
        if value < 1000 and self._text(end) in _ORDINAL_ENDINGS:
            return self._end_ordinal(int(value), end)
        self.plural |= plural
        return self._push(_Part(value, place), end)

    def _simple(self, at: int) -> tuple[Fraction | None, int, bool, int]:
        """Return value, place, whether it is a plural, and the end of a number without scale words."""
        text = self._text(at)
        if text in PLURALS:
            self.word = True
            return Fraction(PLURALS[text]), 1, True, at + 1
        if text in CARDINALS:
            self.word = True
            value = CARDINALS[text]
            place = 100 if value >= 100 else 10 if value >= 20 else 1
            plural = value in (10, 100) and self._text(at + 1) in _PLURAL_ENDINGS
            return Fraction(value), place, plural, at + 1 + plural
        if text and text[0].isnumeric():
            return parse_digits(text), 1, False, at + 1
        return None, 0, False, at

    def _fits(self, value: Fraction, joined: bool) -> bool:
        if not self.parts:
            return True
        return value < self.parts[-1].place and (joined or self.parts[-1].place >= 1000)

    def _divided(self, at: int) -> tuple[Fraction, int] | None:
        """Return a number with an ordinal behind it that divides it (دو سوم) or a share (سه ربع), and its end."""
        if all(word.text not in _DIVISORS for word in self.words[at + 1 : at + _MOST_WORDS]):
            return None
        above = read_number(self.words, at, fractions=False)
        if above is None or above.ordinal or above.value < 1:
            return None
        divisor = _DIVISORS.get(self._text(above.end), 0)
        return (above.value / divisor, above.end + 1) if divisor > above.value else None

    def _push(self, part: _Part, end: int) -> bool:
        self.parts.append(part)
        return self._mark(end)

    def _mark(self, end: int) -> bool:
        self.at = end
        value = sum((p.value for p in self.parts), Fraction(0))
        if value > _GREATEST:
            return False
        self.before, self.best = self.best, Number(value, self.start, end, self.scale, self.plural, False, self.word)
        return True

    def _multiply(self, at: int, joined: bool) -> bool:
        text = self._text(at)
        plural = text in PLURALS
        scale = PLURALS[text] if plural else SCALES[text]
        below = [] if joined else [p for p in self.parts if p.place < scale]
        above = self.parts[: len(self.parts) - len(below)]
        value = sum((p.value for p in below), Fraction(0)) * scale if below else Fraction(scale)
        if above and value >= above[-1].place:
            # پانصد هزار و دویست هزار: two numbers, the second begins at the part before this scale word.
            if below:
                self.best = self.before
            return False
        end = at + 1
        if not plural and self._text(end) in _PLURAL_ENDINGS:
            plural, end = True, end + 1
        self.plural |= plural
        self.scale = max(self.scale, scale)
        self.parts = [*above, _Part(value, scale)]
        self.word |= not below
        return self._mark(end)

    def _share(self, divisor: int, at: int) -> bool:
        self.word = True
        place = self.parts[-1].place if self.parts else 1
        # یک میلیون و نیم is one and a half million, دو و نیم two and a half.
        whole = place if place >= 1000 else 1
        return self._push(_Part(Fraction(whole, divisor), 0), at + 1)

    def _decimals(self, at: int) -> bool:
        """Take in what stands behind a point in words: هفده ممیز پنج, هفده ممیز پنج دهم."""
        behind = read_number(self.words, at, fractions=False)
        if behind is None or behind.ordinal or behind.value.denominator != 1 or self.parts[-1].place != 1:
            return False
        if (share := self._divided(at)) and share[0] < 1:
            return self._push(_Part(share[0], 0), share[1])
        return self._push(_Part(behind.value / 10 ** len(str(behind.value)), 0), behind.end)

    def _end_ordinal(self, value: int, at: int) -> bool:
        if not self.parts or value < self.parts[-1].place:
            total = sum((p.value for p in self.parts), Fraction(value))
            self.best = Number(total, self.start, at + 1, self.scale, False, True, True)
        return False
