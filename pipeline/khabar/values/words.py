"""Words of a mention, and the longest entry of a word list that starts at one of them.

Word lists are keyed without spaces or half-spaces, so that سه شنبه, سه‌شنبه and سهشنبه are one entry.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from khabar.normalize.characters import clean_characters
from khabar.normalize.edits import Draft

Entry = TypeVar("Entry")

# One character for one, so that offsets stay those of the clean text.
_FOLD = str.maketrans(
    "۰۱۲۳۴۵۶۷۸۹ئأإآؤ،٬٫٪−–—⁄\u200c",
    "0123456789یاااو,,.%---/ ",
)
_WORD = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}(?!\d)|\d{1,2}-\d{1,2}-\d{4}(?!\d)"  # dates, which hyphens hold together
    r"|\d+(?:[.,/:]\d+)*"
    r"|[^\W\d_]+|[^\w\s]"
)
_LONGEST = 5


class Word(NamedTuple):
    """A word, number or sign in folded spelling, with its offsets in the clean text."""

    text: str
    start: int
    end: int


def clean(text: str) -> str:
    """Return the text with one spelling of every character, half-spaces left as they are."""
    draft = Draft(text)
    clean_characters(draft)
    return draft.text


def split_words(clean_text: str) -> list[Word]:
    """Return the words, numbers and signs of clean text; digits become Latin ones."""
    folded = clean_text.translate(_FOLD)
    return [Word(m[0], m.start(), m.end()) for m in _WORD.finditer(folded)]


def join(phrase: str) -> str:
    """Return the key of a phrase: folded, without spaces."""
    return phrase.translate(_FOLD).replace(" ", "")


def table(entries: Mapping[Entry, str]) -> dict[str, Entry]:
    """Turn `{meaning: "spelling|spelling"}` into a list of keys."""
    return {join(phrase): meaning for meaning, phrases in entries.items() for phrase in phrases.split("|")}


def keys(phrases: str) -> frozenset[str]:
    """Turn `"spelling|spelling"` into a set of keys."""
    return frozenset(join(phrase) for phrase in phrases.split("|"))


def longest(entries: Mapping[str, Entry], words: Sequence[Word], at: int) -> tuple[Entry, int] | None:
    """Return the longest entry that starts at word `at`, and where the words behind it start."""
    key = ""
    found: tuple[Entry, int] | None = None
    for i in range(at, min(at + _LONGEST, len(words))):
        key += words[i].text
        if key in entries:
            found = entries[key], i + 1
    return found


def alternatives(words: Iterable[str]) -> str:
    """Return a regular expression's alternatives, longest first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
