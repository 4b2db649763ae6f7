"""Words, numbers and signs, as the tagger counts them."""

import re
from collections.abc import Sequence

# A vowel mark joins parts of one word, and so does a half-space, also beside a number: ۱۲‌ساله
_MARKS = r"\u0300-\u036f\u064b-\u065f\u0670"
_LETTERS = rf"[^\W\d_]+(?:[{_MARKS}]+[^\W\d_]+)*[{_MARKS}]*"
_NUMBER = r"\d+(?:[.,/:٫٬]\d+)*"
_WORD = rf"(?:{_LETTERS}|{_NUMBER})(?:\u200c+(?:{_LETTERS}|{_NUMBER}))*"
# An address does not take along the sign that ends its sentence. A mailbox has at most 64 characters (RFC 5321),
# which also keeps the search linear.
_URL = r"(?:https?://|www\.)[^\s<>«»()،؛]*[^\s<>«»()،؛.,:;!?؟…'\"]"
_MAIL = r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
_LATIN_INITIALS = r"(?:[A-Za-z]\.){2,}"
_TOKEN = re.compile(rf"{_URL}|{_MAIL}|{_LATIN_INITIALS}|{_WORD}|\.{{2,}}|\S")


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
