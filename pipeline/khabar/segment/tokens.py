"""Words, numbers and signs, as the tagger counts them."""

import re
from collections.abc import Sequence

# Letters with their marks; ZWNJ joins parts of one word, and so do a hyphen or slash between Latin parts.
_LETTER = r"[^\W\d_]"
_MARK = r"[\u064b-\u065f\u0670\u0640]"
_WORD = rf"{_LETTER}(?:{_LETTER}|{_MARK}|\u200c(?={_LETTER}))*"
_NUMBER = r"\d+(?:[.,/:٫٬]\d+)*"
_URL = r"(?:https?://|www\.)[^\s<>«»()]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_LATIN_INITIALS = r"(?:[A-Za-z]\.){2,}"
_TOKEN = re.compile(rf"{_URL}|{_LATIN_INITIALS}|{_NUMBER}|{_WORD}|\S")


def tokenize(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Return the token spans of `text[start:end]`, in code points of `text`, end exclusive.

    Clean text is expected; a token never crosses whitespace.
    """
    return [m.span() for m in _TOKEN.finditer(text, start, len(text) if end is None else end)]


def join_tokens(tokens: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Join given tokens by single spaces; return the text and each token's span in it."""
    offsets, position = [], 0
    for token in tokens:
        offsets.append((position, position + len(token)))
        position += len(token) + 1
    return " ".join(tokens), offsets
