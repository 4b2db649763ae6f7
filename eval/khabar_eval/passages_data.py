"""Annotated passages: five sentences or so of a corpus, their names given, facts and relations added by readers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from khabar.errors import DataError
from khabar.schema import load_schema
from khabar.segment.tokens import join_tokens
from khabar_eval.json_files import parts
from khabar_eval.problems import Problem, overlap, relation_problems, unknown_type

_REMEDY = "the annotation guidelines in data/ describe the form"


class PassageMention(NamedTuple):
    """Tokens `start` to `end` (exclusive) of sentence `sent`; `given`: a name, which evaluation hands over."""

    id: str
    type: str
    sent: int
    start: int
    end: int
    given: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive sentences with gold annotations.

    `entities` are the corpus's names as they stand, `fix` the annotators' corrections of them; `mentions` holds the
    corrected names, the names that annotators added, and the facts. Relations are (head id, type, tail id).
    """

    id: str
    first_sentence: int
    tokens: list[list[str]]
    entities: list[PassageMention]
    fix: dict[str, str | None]
    mentions: list[PassageMention]
    relations: list[tuple[str, str, str]]

    @property
    def names(self) -> list[PassageMention]:
        """The corrected and the added names."""
        return [m for m in self.mentions if m.given]

    @property
    def facts(self) -> list[PassageMention]:
        """The mentions of meetings, events and statistics."""
        return [m for m in self.mentions if not m.given]

    def text(self, sent: int) -> str:
        """Return a sentence, its tokens joined by single spaces."""
        return join_tokens(self.tokens[sent])[0]

    def offsets(self, mention: PassageMention) -> tuple[int, int]:
        """Return a mention's code points in its sentence's `text`, end exclusive."""
        spans = join_tokens(self.tokens[mention.sent])[1]
        return spans[mention.start][0], spans[mention.end - 1][1]

    def surface(self, mention: PassageMention) -> str:
        """Return a mention as the sentence has it."""
        return " ".join(self.tokens[mention.sent][mention.start : mention.end])


def read_passages(passages: str | Path, annotations: str | Path) -> list[Passage]:
    """Read the annotated passages, in the order of the annotation file.

    Raises:
        DataError: a line of either file is not what it should be; names file, line and every fault of the line.
    """
    raw = read_raw(passages)
    found: dict[str, Passage] = {}
    for part in parts(annotations, lines=True):
        line, annotation = part.line, part.load(_REMEDY)
        id = annotation.get("id")
        if id not in raw or id in found:
            problem = "stands twice" if id in found else f"is no passage of {passages}"
            raise DataError(f"annotation {id} {problem}", path=annotations, line=line, remedy=_REMEDY)
        passage, faults = annotate(raw[id], annotation)
        if faults:
            raise DataError(f"{id}: {'; '.join(map(str, faults))}", path=annotations, line=line, remedy=_REMEDY)
        found[id] = passage
    if not found:
        raise DataError("holds no annotations", path=annotations, remedy=_REMEDY)
    return list(found.values())


def read_raw(path: str | Path) -> dict[str, Passage]:
    """Read passages without annotations, by id; names as the corpus has them.

    Raises:
        DataError: a line is no passage, an id stands twice, or an entity lies outside its sentence.
    """
    raw: dict[str, Passage] = {}
    for part in parts(path, lines=True):
        line, data = part.line, part.load(_REMEDY)
        try:
            passage = bare(data)
        except (KeyError, TypeError) as error:
            message = f"not a passage: {type(error).__name__}: {error}"
            raise DataError(message, path=path, line=line, remedy=_REMEDY) from error
        if passage.id in raw:
            raise DataError(f"passage {passage.id} stands twice", path=path, line=line, remedy=_REMEDY)
        if outside := [e.id for e in passage.entities if not _inside(e, passage.tokens)]:
            raise DataError(f"entity {outside[0]} lies outside its sentence", path=path, line=line, remedy=_REMEDY)
        raw[passage.id] = passage
    return raw


def bare(data: Mapping[str, Any]) -> Passage:
    """Return a passage without annotations from the object that a line of a passage file holds.

    Raises:
        KeyError, TypeError: the object is no passage.
    """
    tokens = [[str(t) for t in sentence] for sentence in data["tokens"]]
    entities = [PassageMention(e["id"], e["type"], e["sent"], e["start"], e["end"], True) for e in data["entities"]]
    return Passage(data["id"], data.get("first_sentence", 0), tokens, entities, {}, list(entities), [])


def _inside(mention: PassageMention, tokens: Sequence[Sequence[str]]) -> bool:
    return 0 <= mention.sent < len(tokens) and 0 <= mention.start < mention.end <= len(tokens[mention.sent])


def annotate(passage: Passage, annotation: Mapping[str, Any]) -> tuple[Passage, list[Problem]]:
    """Return the passage with an annotation's mentions and relations, and every fault that the annotation has."""
    faults: list[Problem] = []
    try:
        fix = dict(annotation.get("fix", {}))
        mentions = _corrected(passage, fix, faults)
        for m in annotation["mentions"]:
            _add(passage, m, mentions, faults)
        relations = [(str(head), str(name), str(tail)) for head, name, tail in annotation["relations"]]
    except (KeyError, TypeError, ValueError) as error:
        return passage, [*faults, Problem(passage.id, f"not an annotation: {type(error).__name__}: {error}", _REMEDY)]
    faults.extend(relation_problems(relations, mentions))
    whole = Passage(
        passage.id, passage.first_sentence, passage.tokens, passage.entities, fix, list(mentions.values()), relations
    )
    return whole, faults


def _corrected(passage: Passage, fix: Mapping[str, str | None], faults: list[Problem]) -> dict[str, PassageMention]:
    mentions = {e.id: e for e in passage.entities}
    for id, kind in fix.items():
        if id not in mentions:
            faults.append(Problem(f"fix of {id}", "the passage lacks this entity", "name one that it has"))
        elif kind is None:
            del mentions[id]
        elif kind not in load_schema().names:
            faults.append(unknown_type(f"fix of {id}", kind, load_schema().names))
        else:
            mentions[id] = mentions[id]._replace(type=kind)
    return mentions


def _add(passage: Passage, raw: Mapping[str, Any], mentions: dict[str, PassageMention], faults: list[Problem]) -> None:
    schema = load_schema()
    id, kind, sent, text, nth = raw["id"], raw["type"], int(raw["sent"]), raw["text"], int(raw.get("nth", 1))
    if id in mentions:
        faults.append(Problem(id, "the id is used twice", "give each mention an id of its own"))
    elif kind not in schema.mention_types:
        faults.append(unknown_type(id, kind, schema.mention_types))
    elif not 0 <= sent < len(passage.tokens):
        message = f"expected a sentence from 0 to {len(passage.tokens) - 1}, found {sent}"
        faults.append(Problem(id, message, "sentences count from 0"))
    elif nth < 1 or len(runs := runs_of(passage.tokens[sent], text)) < nth:
        message = f"sentence {sent} has no run of tokens «{text}» (nth {nth})"
        faults.append(Problem(id, message, "write it as the sentence has it, its tokens joined by single spaces"))
    else:
        start, end = runs[nth - 1]
        found = PassageMention(id, kind, sent, start, end, kind in schema.names)
        for other in mentions.values():
            if other.type == kind and overlap(other, found):
                faults.append(Problem(id, f"overlaps {other.id} of the same type {kind}", "keep one of the two"))
        mentions[id] = found


def runs_of(tokens: Sequence[str], text: str) -> list[tuple[int, int]]:
    """Return the token spans that spell `text` when joined by single spaces, from left to right."""
    joined, spans = join_tokens(tokens)
    starts = {a: i for i, (a, _) in enumerate(spans)}
    ends = {b: i + 1 for i, (_, b) in enumerate(spans)}
    hits = (a for a in sorted(starts) if joined.startswith(text, a))
    return [(starts[a], ends[a + len(text)]) for a in hits if text and a + len(text) in ends]


def to_annotation(passage: Passage) -> dict[str, Any]:
    """Return a passage's annotation in its file's own form."""
    known = {e.id for e in passage.entities}
    added = [m for m in passage.names if m.id not in known]
    return {
        "id": passage.id,
        "fix": passage.fix,
        "mentions": [_mention_form(passage, m) for m in (*added, *passage.facts)],
        "relations": [list(r) for r in passage.relations],
    }


def _mention_form(passage: Passage, mention: PassageMention) -> dict[str, Any]:
    text = passage.surface(mention)
    nth = runs_of(passage.tokens[mention.sent], text).index((mention.start, mention.end)) + 1
    form = {"id": mention.id, "type": mention.type, "sent": mention.sent, "text": text}
    return form if nth == 1 else {**form, "nth": nth}
