"""brat stand-off files: `.txt`, and `.ann` with its text-bound annotations, relations, equivalences and notes.

The form is that of https://brat.nlplab.org/standoff.html. A note (`AnnotatorNotes`) that is a JSON object is the value
of its mention. Equivalences (`*`) are clusters. Discontinuous spans, events, attributes and normalizations are faults,
for a document has no place for them.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from khabar.document import Document, Mention, Relation, Value
from khabar.errors import DataError, reason

_REMEDY = "https://brat.nlplab.org/standoff.html describes the form"
_TEXT_BOUND = re.compile(r"(\S+) (\d+) (\d+)")
_RELATION = re.compile(r"(\S+) Arg1:(\S+) Arg2:(\S+)\s*")


@dataclass(slots=True)
class BratFile:
    """An `.ann` file: the document of its sound lines, the line of each mention's id, and the faults of the others."""

    document: Document
    lines: dict[str, int]
    faults: list[DataError]


@dataclass(slots=True)
class _Reading:
    path: Path
    text: str
    mentions: dict[str, Mention] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)
    clusters: list[tuple[str, ...]] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    faults: list[DataError] = field(default_factory=list)

    def fault(self, line: int, message: str, remedy: str = _REMEDY) -> None:
        self.faults.append(DataError(message, path=self.path, line=line, remedy=remedy))


def read_brat(path: str | Path) -> BratFile:
    """Read an `.ann` file and the `.txt` beside it; the document's id is the file's name without suffix.

    Raises:
        DataError: one of the two files cannot be read.
    """
    path = Path(path)
    reading = _Reading(path, _read(path.with_suffix(".txt")))
    rows = [(n, row) for n, row in enumerate(_read(path).split("\n"), 1) if row.strip()]
    for number, row in sorted(rows, key=lambda row: not row[1].startswith("T")):
        _line(reading, number, row.rstrip("\r"))
    mentions = tuple(
        Mention(m.id, m.type, m.start, m.end, value=reading.values.get(m.id)) for m in reading.mentions.values()
    )
    document = Document(
        path.stem,
        reading.text,
        mentions=tuple(sorted(mentions, key=lambda m: (m.start, -m.end))),
        relations=tuple(reading.relations.values()),
        clusters=tuple(reading.clusters),
    )
    return BratFile(document, reading.lines, reading.faults)


def _read(path: Path) -> str:
    try:
        # offsets count what the file has: no newline is translated
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "brat keeps NAME.txt beside NAME.ann, both UTF-8"
        raise DataError(f"cannot be read: {reason(error)}", path=path, remedy=remedy) from error


def _line(reading: _Reading, number: int, row: str) -> None:
    id, _, rest = row.partition("\t")
    if id in reading.lines and id != "*":
        reading.fault(number, f"{id}: the id stands twice, first on line {reading.lines[id]}", "give it another")
        return
    reading.lines.setdefault(id, number)
    match id[:1]:
        case "T":
            _mention(reading, number, id, rest)
        case "R":
            _relation(reading, number, id, rest)
        case "*":
            _equivalence(reading, number, rest)
        case "#":
            _note(reading, number, id, rest)
        case _:
            message = f"{id}: expected a line of T, R, * or #, found {row!r}"
            reading.fault(number, message, "write events as mentions and relations; leave out the rest")


def _mention(reading: _Reading, number: int, id: str, rest: str) -> None:
    head, _, surface = rest.partition("\t")
    found = _TEXT_BOUND.fullmatch(head)
    if not found:
        remedy = "a mention is one stretch: split what is discontinuous" if ";" in head else _REMEDY
        reading.fault(number, f"{id}: expected TYPE START END, found {head!r}", remedy)
        return
    start, end = int(found[2]), int(found[3])
    if not start < end <= len(reading.text):
        message = f"{id}: expected 0 <= start < end <= {len(reading.text)}, found {start} {end}"
        reading.fault(number, message, "offsets count the code points of the .txt file")
        return
    written = re.sub(r"[\r\n]", " ", reading.text[start:end])
    if surface != written:
        message = f"{id}: expected the text from {start} to {end}, {written!r}, found {surface!r}"
        reading.fault(
            number, message, "offsets count the code points of the .txt file, which must be the one annotated"
        )
        return
    reading.mentions[id] = Mention(id, found[1], start, end)


def _relation(reading: _Reading, number: int, id: str, rest: str) -> None:
    found = _RELATION.fullmatch(rest)
    if not found:
        reading.fault(number, f"{id}: expected TYPE Arg1:HEAD Arg2:TAIL, found {rest!r}")
    elif _known(reading, number, id, found[2], found[3]):
        reading.relations[id] = Relation(found[2], found[1], found[3])


def _equivalence(reading: _Reading, number: int, rest: str) -> None:
    _, *members = rest.split()
    if len(members) < 2:
        reading.fault(number, f"*: expected a name and two or more mentions, found {rest!r}")
    elif _known(reading, number, "*", *members):
        reading.clusters.append(tuple(members))


def _note(reading: _Reading, number: int, id: str, rest: str) -> None:
    head, _, note = rest.partition("\t")
    kind, _, target = head.partition(" ")
    if kind != "AnnotatorNotes" or not note.startswith("{"):
        return  # a remark for people
    try:
        value = json.loads(note)
    except json.JSONDecodeError as error:
        reading.fault(
            number, f"{id}: expected a value as JSON, found {note!r}: {error}", "mend it, or drop the bracket"
        )
        return
    if _known(reading, number, id, target):
        reading.values[target] = value


def _known(reading: _Reading, number: int, id: str, *mentions: str) -> bool:
    missing = [m for m in mentions if m not in reading.mentions]
    if missing:
        reading.fault(number, f"{id}: names {missing[0]}, which is no mention", "add the mention, or drop the line")
    return not missing
