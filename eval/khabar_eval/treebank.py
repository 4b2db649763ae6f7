"""Sentences and surface tokens of a CoNLL-U file, in the raw text that they came from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

from khabar.errors import DataError, reason

Span = tuple[int, int]
_ESCAPES = {"\\s": " ", "\\n": "\n", "\\r": "\r", "\\t": "\t", "\\p": "|"}


@dataclass(frozen=True, slots=True)
class Treebank:
    """A raw text, each sentence's tokens in it (code points, end exclusive), and the sentences' names."""

    text: str
    sentences: Sequence[Sequence[Span]]
    names: Sequence[str]


def read_treebank(path: str | Path) -> Treebank:
    """Read a CoNLL-U file and put its raw text together.

    Sentences stand one space apart, unless the last token says otherwise (`SpacesAfter`, `SpaceAfter=No`); a blank line
    comes before `# newpar` and `# newdoc`. A word that is taken apart (a line such as `3-4`) is one surface token.

    Raises:
        DataError: the file cannot be read, or a token is not in its sentence's `# text`.
    """
    try:
        raw = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot be read: {reason(error)}", path=path, remedy="give a CoNLL-U file") from error
    pieces: list[str] = []
    sentences: list[list[Span]] = []
    names: list[str] = []
    length, gap = 0, ""
    for line, block in _blocks(raw):
        comments = dict(_comment(c) for c in block if c.startswith("#"))
        tokens = list(_surface(block))
        if not comments.get("text") or not tokens:
            raise DataError("expected `# text = ...` and tokens of ten columns", path=path, line=line)
        if pieces and any(key.startswith(("newpar", "newdoc")) for key in comments):
            gap = "\n\n"
        length += len(gap)
        try:
            spans = find((form for form, _ in tokens), comments["text"])
        except ValueError as error:
            raise DataError(f"tokens differ from # text: {error}", path=path, line=line) from error
        sentences.append([(length + a, length + b) for a, b in spans])
        pieces += gap, comments["text"]
        length += len(comments["text"])
        names.append(f"{Path(path).name}:{comments.get('sent_id', len(names) + 1)}")
        gap = _gap(tokens[-1][1])
    if not sentences:
        raise DataError("no sentence in it", path=path, remedy="give a CoNLL-U file")
    return Treebank("".join(pieces), sentences, names)


def find(tokens: Iterable[str], text: str, at: int = 0) -> list[Span]:
    """Return where tokens stand in a text, one behind the other from place `at`, whatever spaces are between or inside.

    Raises:
        ValueError: a token is not where it should be.
    """
    spans = []
    for token in tokens:
        ends: list[int] = []
        for character in "".join(token.split()):
            while text[at : at + 1].isspace():
                at += 1
            if text[at : at + 1] != character:
                raise ValueError(f"expected {token!r}, got {text[at : at + 20]!r}")
            at += 1
            ends.append(at)
        if ends:
            spans.append((ends[0] - 1, ends[-1]))
    return spans


def columns(treebank: Treebank) -> Iterator[str]:
    """Yield a treebank's sentences as CoNLL-U, with a flat tree that scoring scripts accept.

    What stands between two tokens, such as a character that normalization deletes, goes with the first.
    """
    text = treebank.text
    starts = [a for tokens in treebank.sentences for a, _ in tokens]
    pieces = (text[a:b] for a, b in pairwise([*starts, len(text)]))
    for tokens in treebank.sentences:
        forms = list(islice(pieces, len(tokens)))
        yield f"# text = {' '.join(''.join(forms).split())}\n"
        for i, form in enumerate(forms, 1):
            head = "0\troot" if i == 1 else "1\tdep"
            misc = "_" if form[-1].isspace() or form is forms[-1] else "SpaceAfter=No"
            yield f"{i}\t{' '.join(form.split())}\t_\tX\t_\t_\t{head}\t_\t{misc}\n"
        yield "\n"


def _blocks(raw: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each sentence's first line, and its lines."""
    block: list[str] = []
    for number, line in enumerate([*raw.split("\n"), ""], 1):
        if line.strip():
            block.append(line.rstrip("\r"))
        elif block:
            yield number - len(block), block
            block = []


def _comment(line: str) -> tuple[str, str]:
    key, _, value = line.removeprefix("#").partition("=")
    return key.strip(), value.strip()


def _surface(block: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield form and last column of each surface token."""
    covered = 0
    for line in block:
        number, *rest = line.split("\t")
        first, _, last = number.partition("-")
        if first.isdigit() and len(rest) == 9 and int(first) > covered:
            covered = int(last or first)
            yield rest[0], rest[8]


def _gap(misc: str) -> str:
    """Return the space behind a sentence whose last token has this in its last column."""
    features = dict(feature.partition("=")[::2] for feature in misc.split("|"))
    gap = features.get("SpacesAfter", "" if features.get("SpaceAfter") == "No" else "\\s")
    for escape, character in _ESCAPES.items():
        gap = gap.replace(escape, character)
    return gap
