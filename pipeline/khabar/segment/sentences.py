"""Where sentences end: at line ends, and at stops that belong to no abbreviation, list or quotation.

What a stop does was counted on Persian treebanks (Universal Dependencies; Seraji, PerDT). Ellipses do not end a
sentence inside a line (0 of 23), `!` before «و» neither, question and exclamation marks do otherwise; a dateline
(«تهران - ایرنا:») is a sentence, what other colons end is not.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from khabar.normalize.clean import CleanText
from khabar.segment.lines import hard_breaks
from khabar.segment.page import default_page_model
from khabar.segment.tokens import tokenize
from khabar.segment.verbs import is_finite

_STOPS = ".!?؟…"
_CLOSERS = "»)]”’"
_QUOTES = "\"'"
_OPENERS = "«([“‘"
_BULLETS = "•●▪■◆"
_SIGNS = frozenset(_STOPS + _BULLETS + ":")
_DASHES = frozenset("-–—")
_SOFTER = ("؛;:", "،,", "و")
_ELLIPSIS = re.compile(r"(?:…|\.\.+|\.(?: \.)+)[»)\]”’\"' ]*")

# Words that go on with the sentence around a quotation: «...؟» را
_AFTER_QUOTE = re.compile("و|را|که|یا|(?:گفت|پرسید|نوشت|افزود)(?:م|ی|یم|ید|ند)?|گفته|می\u200c(?:گو|گفت|پرس|نویس).*")
# Words that a stop shortens or belongs to.
_SHORT = re.compile(
    "دکتر|مهندس|پروفسور|رک|نک|صص|Dr|Mrs?|Ms|Prof|St|[JS]r|Ph|Nos?|Vol|Fig|Inc|Ltd|Co|Corp|vs|etc|al|pp|cf|"
    "Gen|Col|Capt|Lt|Sgt|Sen|Gov|Rep|Rev|Hon"
)
# The ends of internet names as Persian spells them: ایسنا.نت
_DOMAIN = re.compile("کام|نت|ارگ|آی\u200cآر")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of clean text and its tokens, in code points of the text, end exclusive."""

    start: int
    end: int
    tokens: tuple[tuple[int, int], ...]


class Segmenter:
    """Cuts clean text into sentences and tokens.

    Args:
        max_tokens: a longer sentence is cut before that, at its last `؛ :`, else `،`, else «و» in the second half.
        page: leave out what a page has around its article; see `khabar.segment.page`.
    """

    def __init__(self, max_tokens: int = 250, page: bool = True) -> None:
        self.max_tokens = max_tokens
        self.page = page

    def __call__(self, clean: CleanText | str) -> list[Sentence]:
        """Return the sentences of a text, none of them empty; together they have all tokens of its article."""
        row = _Row(str(clean))
        ends = [end for first, last in row.lines() for end in row.ends(first, last)]
        found = []
        first = 0
        for end in ends:
            while first < end:
                last = row.soft_end(first, end, self.max_tokens)
                tokens = tuple(row.tokens[first:last])
                found.append(Sentence(tokens[0][0], tokens[-1][1], tokens))
                first = last
        if self.page:
            return default_page_model().article(clean, found)
        return found


class _Row:
    """The tokens of a text in a row; places in it are token numbers."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self._signs = [i for i, (start, _) in enumerate(self.tokens) if text[start] in _SIGNS]

    def lines(self) -> Iterator[tuple[int, int]]:
        """Yield the first and last place of each line, or of lines that one sentence runs through."""
        starts = [start for start, _ in self.tokens]
        first = 0
        for at in [*hard_breaks(self.text), len(self.text)]:
            last = bisect_left(starts, at, lo=first)
            if first < last:
                yield first, last
            first = last

    def ends(self, first: int, last: int) -> Iterator[int]:
        """Yield the places behind the sentences of a line."""
        start = behind = first
        for at in self._signs[bisect_left(self._signs, first) : bisect_left(self._signs, last)]:
            if at < behind:
                continue
            sign = self.text[self.tokens[at][0]]
            if sign in _BULLETS:
                behind, is_end = at, at > start
            elif sign == ":":
                behind, is_end = at + 1, self._is_dateline(start, at)
            else:
                behind = self._behind_stop(at, last)
                is_end = at > start and self._is_end(start, at, behind)
            if is_end and behind < last:
                yield behind
                start = behind
        yield last

    def soft_end(self, first: int, end: int, limit: int) -> int:
        """Return `end`, or a place before it where at most `limit` tokens are best cut off."""
        if end - first <= limit:
            return end
        half = range(first + limit - 1, first + limit // 2, -1)
        for signs in _SOFTER:
            for at in half:
                if self._word(at) in signs:
                    return at if signs == "و" else at + 1
        return first + limit

    def _word(self, at: int) -> str:
        return self.text[slice(*self.tokens[at])] if 0 <= at < len(self.tokens) else ""

    def _apart(self, at: int) -> bool:
        """Whether space stands before a token."""
        return not 0 < at < len(self.tokens) or self.tokens[at - 1][1] < self.tokens[at][0]

    def _behind_stop(self, at: int, last: int) -> int:
        """Return the place behind a stop and all the stops and closing signs that go with it."""
        behind = at + 1
        while behind < last:
            sign = self._word(behind)
            if sign in _QUOTES:
                closes = not self._apart(behind) and (self._apart(behind + 1) or not self._word(behind + 1).isalnum())
            elif sign == "…":
                closes = not self._apart(behind)
            else:
                closes = sign[0] in _STOPS or sign in _CLOSERS
            if not closes:
                break
            behind += 1
        return behind

    def _is_dateline(self, start: int, at: int) -> bool:
        """Whether a colon ends a few words with a dash between spaces and without a verb."""
        if not (1 < at - start <= 8 and self._apart(at + 1)):
            return False
        words = [self._word(i) for i in range(start, at)]
        dashes = [i for i in range(start + 1, at) if self._word(i) in _DASHES]
        return any(self._apart(i) and self._apart(i + 1) for i in dashes) and not any(map(is_finite, words))

    def _is_end(self, start: int, at: int, behind: int) -> bool:
        """Whether stops and closing signs from `at` to `behind` end the sentence that begins at `start`."""
        before, after = self._word(at - 1), self._word(behind)
        signs = self.text[self.tokens[at][0] : self.tokens[behind - 1][1]]
        if _ELLIPSIS.fullmatch(signs) or (before in _OPENERS and signs[0] != "."):
            return False
        if _AFTER_QUOTE.fullmatch(after) and any(sign in "»”’\"'" for sign in signs):
            return False
        if signs[0] != ".":
            return after != "و" and (self._apart(behind) or after in _OPENERS or _is_persian(after))
        if self._is_short(before, after) or (signs == "." and self._is_label(start, at - 1)):
            return False
        return self._apart(behind) or self._is_glued(before, after, at, behind)

    def _is_short(self, word: str, after: str) -> bool:
        """Whether a stop makes a word an initial or an abbreviation."""
        if len(word) == 1 and word.isalpha():
            return _is_persian(word) or not _is_persian(after)
        return _SHORT.fullmatch(word) is not None

    def _is_label(self, start: int, at: int) -> bool:
        """Whether a token numbers the items of a list: ۳. or الف."""
        first = at == start or self._word(at - 1) in (":", *_BULLETS)
        word = self._word(at)
        return first and (word == "الف" or (word.isdigit() and len(word) < 4))

    def _is_glued(self, before: str, after: str, at: int, behind: int) -> bool:
        """Whether a stop without space behind it ends a sentence all the same: است.وی"""
        finite = is_finite(before)
        if after in _OPENERS or after.isdigit():
            return finite
        if not (_is_persian(after) and len(after) > 1 and not _DOMAIN.fullmatch(after)):
            return False
        dotted = self._is_dot(at - 2) or self._is_dot(behind + 1)
        return (
            finite or before in _CLOSERS or before.isdigit() or (len(before) > 2 and _is_persian(before) and not dotted)
        )

    def _is_dot(self, at: int) -> bool:
        """Whether a token is a stop between two others without space."""
        return self._word(at) == "." and not self._apart(at) and not self._apart(at + 1)


def _is_persian(word: str) -> bool:
    return word[:1] >= "\u0600" and word[:1].isalpha()
