"""What a line of a page shows by itself, by its neighbors, and by its place beside the body of the article."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

# A longer line is judged by its beginning and its end, so that a page costs what its lines cost.
_LOOK = 240
_LONGEST = 4.0  # its length: the logarithm of 1 + words
# words in a line that is hardly a paragraph; lines before the body among which the headline is
_SHORT, _NEAR = 10, 10
_STEM = 5  # letters by which words are alike
# what a paragraph counts for the body is its words less the first; what any other line counts against it is the second
_TOLL, _COST = 7, 5
_WORD = re.compile(r"[^\W\d_]+(?:\u200c[^\W\d_]+)*")
_NUMBER = re.compile(r"\d+")
_CLOCK = re.compile(r"\d[:/.-]\d\d(?!\d)")
_STOP = re.compile(r"[.!?؟]+[»\"')\]]*(?=\s|$)")
_SEPARATOR = re.compile(r"[|/»›>•·→←▲▼✕☰]|\s[-–]\s")
_WIDE = re.compile(r"[^\S\n]{2,}|\t")
# an article before a noun, a feminine ending, a hamza on alef: each rare in Persian
_ARABIC = re.compile(r"\b[وبفك]?ال\w{3}|ة\b|[أإ]")
# letters of the Arabic script that Persian has not: Kurdish, Azeri, Urdu, Pashto
_FOREIGN = re.compile("[\u0679-\u067d\u067f-\u0685\u0687-\u0697\u0699-\u06a8\u06aa-\u06ae\u06b0-\u06cb\u06cd-\u06d3]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u0259]{2,}")
_ADDRESS = re.compile(r"https?:|www\.|\w@\w|(?:^|\s)[@#]\w|\.(?:com|org|ir|net|example)\b")
_SIGN = re.compile(r"[*©®★☆✓👍👎💬👁❤📡👉]|\[|\]")

_OWN = (
    "length", "three words or less", "eight words or less", "thirty words or more", "ends a sentence", "ends in :",
    "ends in ?", "sentences inside", "verbs at sentence ends", "last word is such a verb", "common words",
    "other language", "length in another language", "separators", "wide gaps", "numbers", "day or time in digits",
    "no words", "address", "sign", "repeated",
)  # fmt: skip
_ZONED = (
    "",
    "length",
    "ends a sentence",
    "verbs at sentence ends",
    "numbers",
    "day or time in digits",
    "words of the body",
)
_CONTEXT = (
    *(f"{name} before the body".strip() for name in _ZONED), "lines to the body",
    *(f"{name} behind the body".strip() for name in _ZONED), "lines from the body",
    "words of the body", "most words before the body", "lines without a sentence end", "such lines inside the body",
    "length of the two before", "length of the two behind", "sentence end just before", "sentence end just behind",
    "first line",
)  # fmt: skip
NAMES = ("article", *_OWN, *_CONTEXT)
_AT = {name: i for i, name in enumerate(_OWN)}


@dataclass(frozen=True)
class Words:
    """Counted words: those common in Persian, verbs that end its sentences, and weights of words that menus have."""

    common: frozenset[str] = frozenset()
    closing: frozenset[str] = frozenset()
    weights: Mapping[str, float] = field(default_factory=dict)


def words_of(line: str) -> list[str]:
    """Return the words that count of a line."""
    return _WORD.findall(line, 0, _LOOK)


def line_features(lines: Sequence[str], sources: Sequence[str], known: Words) -> tuple[np.ndarray, tuple[int, int]]:
    """Return what lines show, and the body: the first and, exclusive, last line of it; an empty one where none is.

    `sources` are the same lines before normalization, which takes wide gaps away. No line is blank.
    *Shape:* (lines, `NAMES`).
    """
    times = Counter(lines)
    words = [words_of(line) for line in lines]
    rows = [
        _own(line, source, row, times[line], known) for line, source, row in zip(lines, sources, words, strict=True)
    ]
    own = np.array(rows, float)
    body, prose = _body(own)
    context = _context(own, body, _shared(words, prose, known))
    return np.hstack([np.ones((len(lines), 1)), own, context]), body


def _own(line: str, source: str, words: Sequence[str], times: int, known: Words) -> list[float]:
    head, tail = line[:_LOOK], line[-6:]
    n = len(words)
    share = 1 / max(n, 1)
    length = math.log1p(n) if len(line) <= _LOOK else _LONGEST
    numbers = len(_NUMBER.findall(head))
    ends = known.closing.intersection(words)
    common = sum(map(known.common.__contains__, words))
    other = len(_ARABIC.findall(head)) + len(_FOREIGN.findall(head)) + len(_LATIN.findall(head)) > common
    return [
        0 if other else length,
        n <= 3,
        n <= 8,
        n >= 30,
        not other and _STOP.search(tail) is not None,
        tail.endswith(":"),
        tail.endswith(("؟", "?")),
        0 if other else min(len(_STOP.findall(head)), 3),
        min(len(ends), 3),
        n > 0 and words[-1] in ends,
        common * share,
        other,
        other * length,
        min(len(_SEPARATOR.findall(head)) * share, 1),
        min(len(_WIDE.findall(source[:_LOOK])) * share, 1),
        numbers / max(n + numbers, 1),
        _CLOCK.search(head) is not None,
        n == 0,
        _ADDRESS.search(head) is not None,
        _SIGN.search(head) is not None,
        times > 1 and n > 0,
    ]


def _body(own: np.ndarray) -> tuple[tuple[int, int], np.ndarray]:
    """Return the run of lines that holds the most Persian prose, a line of anything else counting against it.

    Also returns which lines of it are such prose.
    """
    words = np.expm1(own[:, _AT["length"]])
    stops = (own[:, _AT["ends a sentence"]] > 0) | (own[:, _AT["sentences inside"]] > 0)
    prose = stops & (words > _SHORT)
    gains = np.where(prose, words - _TOLL, -_COST)
    best, body = 0.0, (0, 0)
    total, start = 0.0, 0
    for i, gain in enumerate(gains.tolist()):
        if total <= 0:
            total, start = 0.0, i
        total += gain
        if total > best:
            best, body = total, (start, i + 1)
    prose[: body[0]] = prose[body[1] :] = False
    return body, prose


def _shared(words: Sequence[Sequence[str]], prose: np.ndarray, known: Words) -> list[float]:
    """Return the share of each line's own words, common ones left out, that the body's prose has too."""
    own = [[w[:_STEM] for w in row if w not in known.common] for row in words]
    told = {w for row, is_prose in zip(own, prose.tolist(), strict=True) if is_prose for w in row}
    return [sum(map(told.__contains__, row)) / len(row) if row else 0.0 for row in own]


def _context(own: np.ndarray, body: tuple[int, int], shared: Sequence[float]) -> np.ndarray:
    n = len(own)
    places = np.arange(n)
    length, ends = own[:, _AT["length"]], own[:, _AT["ends a sentence"]]
    to_body = np.maximum(body[0] - places, 0)
    from_body = np.maximum(places - body[1] + 1, 0)
    zoned = np.column_stack([np.ones(n), *(own[:, _AT[name]] for name in _ZONED[1:-1]), shared])
    before, behind = (to_body > 0)[:, None], (from_body > 0)[:, None]
    headline = np.where((to_body > 0) & (to_body <= _NEAR) & (own[:, _AT["other language"]] == 0), length, 0)
    open_lines = _runs(ends == 0)
    padded = np.concatenate([[0, 0], length, [0, 0]])
    stops = np.concatenate([[0], ends, [0]])
    return np.column_stack(
        [
            zoned * before,
            np.log1p(to_body),
            zoned * behind,
            np.log1p(from_body),
            shared,
            (headline > 0) & (headline == headline.max()),
            open_lines,
            open_lines * ~(before | behind)[:, 0],
            (padded[:n] + padded[1 : n + 1]) / 2,
            (padded[3 : n + 3] + padded[4:]) / 2,
            stops[:n],
            stops[2:],
            places == 0,
        ]
    )


def _runs(marked: np.ndarray) -> np.ndarray:
    """Return for each marked line the logarithm of 1 + how many marked lines stand together there, 0 for others."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marked, [0]])))
    sizes = np.zeros(len(marked))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        sizes[start:end] = math.log1p(end - start)
    return sizes
