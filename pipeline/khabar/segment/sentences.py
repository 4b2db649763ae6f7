"""Where sentences end."""

import re
from dataclasses import dataclass

from khabar.normalize.clean import CleanText
from khabar.segment.tokens import tokenize

# a stop, what closes with it, then a space or the line's end
_END = re.compile(r"[.!?؟…]+[»\"”’)\]]*(?=\s|$)|\n+")
# an initial or a short abbreviation before the stop: م. ر. شجریان
_INITIAL = re.compile(r"(?:^|[\s(«.])(?:[^\W\d_]|ج\.ا|ه\.ش|ه\.ق)$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of clean text and its tokens, in code points of the text, end exclusive."""

    start: int
    end: int
    tokens: tuple[tuple[int, int], ...]


class Segmenter:
    """Cuts clean text into sentences and tokens.

    Args:
        max_tokens: a longer sentence is cut there.
    """

    def __init__(self, max_tokens: int = 250) -> None:
        self.max_tokens = max_tokens

    def __call__(self, clean: CleanText | str) -> list[Sentence]:
        """Return the sentences of a text, none of them empty."""
        text = str(clean)
        found: list[Sentence] = []
        start = 0
        for end in [*_ends(text), len(text)]:
            tokens = tokenize(text, start, end)
            for first in range(0, len(tokens), self.max_tokens):
                part = tuple(tokens[first : first + self.max_tokens])
                found.append(Sentence(part[0][0], part[-1][1], part))
            start = end
        return found


def _ends(text: str) -> list[int]:
    return [
        m.end()
        for m in _END.finditer(text)
        if m.group()[0] != "." or not _INITIAL.search(text, max(0, m.start() - 6), m.start())
    ]
