"""CoNLL columns: one token and its tag a line, a blank line between sentences."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from khabar.errors import DataError, reason
from khabar.recognize.tags import Span


@dataclass(frozen=True, slots=True)
class LabeledSentence:
    """A sentence's tokens and their tags, normalized to `B-X I-X O`; `line` is where it starts, from 1."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    line: int


def read_columns(path: str | Path, separator: str = "\t") -> Iterator[LabeledSentence]:
    """Yield the sentences of a column file: token first, tag last.

    Raises:
        DataError: the file cannot be read, or a line has no tag or one that is not O, B-X or I-X.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot be read: {reason(error)}", path=path, remedy="give a UTF-8 file of columns") from error
    tokens: list[str] = []
    tags: list[str] = []
    start = 1
    for number, line in enumerate(itertools.chain(lines, [""]), 1):
        token, tag = _split(line.rstrip("\r"), separator, path, number)
        if token:
            if not tokens:
                start = number
            tokens.append(token)
            tags.append(tag)
        elif tokens:
            yield LabeledSentence(tuple(tokens), tuple(tags), start)
            tokens, tags = [], []


def _split(line: str, separator: str, path: str | Path, number: int) -> tuple[str, str]:
    """Return token and tag; both empty where the line ends a sentence."""
    before, _, after = line.rpartition(separator)
    token, tag = " ".join(before.split()), after.strip().replace("_", "-")
    if not token and tag in ("", "O"):
        return "", ""
    if not token or (tag != "O" and (tag[:2] not in ("B-", "I-") or len(tag) == 2)):
        raise DataError(
            f"expected token, separator {separator!r} and a tag O, B-TYPE or I-TYPE, found {line!r}",
            path=path,
            line=number,
            remedy="mend the line, or name the format that the file has",
        )
    return token, tag


def spans(tags: Sequence[str]) -> list[Span]:
    """Return `(start, end, label)` of each span in tokens, end exclusive; an I after another label starts a span."""
    found: list[Span] = []
    start, label = 0, ""
    for i, tag in enumerate([*tags, "O"]):
        prefix, _, kind = tag.partition("-")
        if label and not (prefix == "I" and kind == label):
            found.append((start, i, label))
            label = ""
        if prefix == "B" or (prefix == "I" and not label):
            start, label = i, kind
    return found


def iob2(found: Sequence[Span], length: int) -> list[str]:
    """Return the IOB2 tags of non-overlapping spans over `length` tokens."""
    tags = ["O"] * length
    for start, end, label in found:
        tags[start:end] = [f"B-{label}", *[f"I-{label}"] * (end - start - 1)]
    return tags
