"""Which line ends are ends of sentences, and which stand inside one because somebody broke the text into lines."""

import re
from collections.abc import Iterator
from itertools import pairwise

_ENDED = re.compile(r"[.!?؟…:؛][»)\]”’\"']*$")
_STOP_INSIDE = re.compile(r"[.!?؟][»)\]”’\"']* \S")
_ITEM = re.compile(r"[-–—*•●▪■◆]|\(?(?:\d{1,3}|الف|[بپتجد])[.)\-–](?!\d)")
# Words that no sentence ends with, and words that none begins with.
_OPEN = re.compile(".*[،,]|و|در|به|از|با|که|برای|تا|یا|این|آن|بر|هر|چون|اگر|بین|میان|درباره|طی")
_TAIL = re.compile("را|شده|است|(?:نیست|هست|بود|شد|کرد)(?:ند)?")
_WIDEST = 160
_NARROWEST = 30


def hard_breaks(text: str) -> Iterator[int]:
    """Yield the places behind which a new sentence begins because of a line end.

    A single line end inside a sentence is left out: where a line ends or begins with a word that cannot, or where the
    whole text is filled to one width, so that the next line's first word would not have fitted.
    """
    lines = text.split("\n")
    width = _filled_width(lines)
    at = -1
    for line, below in pairwise(lines):
        at += len(line) + 1
        if not (_may_run_on(line, below) and (_must_run_on(line, below) or _is_full(line, below, width))):
            yield at


def _may_run_on(line: str, below: str) -> bool:
    return bool(line and below) and not _ENDED.search(line) and not _ITEM.match(below)


def _must_run_on(line: str, below: str) -> bool:
    return bool(_OPEN.fullmatch(_last_word(line)) or _TAIL.fullmatch(_first_word(below)))


def _is_full(line: str, below: str, width: int) -> bool:
    """Whether a line has no room for the next one's first word; two characters may have come or gone in cleaning."""
    return 0 < width < len(line) + 1 + len(_first_word(below)) + 2


def _filled_width(lines: list[str]) -> int:
    """Return the width to which a text was filled, 0 where it was not.

    Verse and lists have lines of one length too, but their sentences end with their lines.
    """
    width = max(map(len, lines))
    if not _NARROWEST <= width <= _WIDEST or not any(map(_STOP_INSIDE.search, lines)):
        return 0
    running = [pair for pair in pairwise(lines) if _may_run_on(*pair)]
    full = sum(_is_full(*pair, width) for pair in running)
    return width if len(running) > 2 and full >= 0.8 * len(running) else 0


def _first_word(line: str) -> str:
    return line.split(" ", 1)[0]


def _last_word(line: str) -> str:
    return line.rsplit(" ", 1)[-1]
