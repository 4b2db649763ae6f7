"""Facts and relations on annotated passages, their names given."""

import itertools
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from khabar.errors import DataError, ModelError, reason
from khabar.recognize.tags import Span
from khabar_eval.counts import Counts, count_by
from khabar_eval.passages_data import Passage, PassageMention, annotate, to_annotation
from khabar_eval.readings import Link as ReadLink
from khabar_eval.readings import Reading
from khabar_eval.report import Layer, Report
from khabar_eval.splits import dev_ids

if TYPE_CHECKING:
    from khabar.pipeline import Pipeline, TokenSpan

Place = tuple[str, int, int, int]  # type, sentence, first token, end


class Link(NamedTuple):
    """A relation as it is scored: both mentions by type and place."""

    type: str
    head: Place
    tail: Place


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was found in a passage; relations name mentions by id, those of given names included, and have a score
    each."""

    passage: Passage
    facts: list[PassageMention]
    relations: list[tuple[str, str, str]]
    scores: list[float]

    @property
    def links(self) -> list[Link]:
        """The relations, by their mentions' types and places."""
        return _links([*self.passage.names, *self.facts], self.relations)


def evaluate_passages(
    pipeline: "Pipeline", passages: Sequence[Passage], *, gold_mentions: bool = False, model: str = "default"
) -> tuple[Report, list[Prediction]]:
    """Score facts (exact span and type) and relations (both mentions exact, both types and the relation right).

    With `gold_mentions` the facts are given too, and only relations are scored.

    Raises:
        ModelError: the pipeline links what no annotation may link.
    """
    started = time.perf_counter()
    found = [predict(pipeline, p, gold_mentions=gold_mentions) for p in passages]
    seconds = time.perf_counter() - started
    layers = [Layer("relations", [_relation_counts(p) for p in found])]
    if not gold_mentions:
        layers.insert(0, Layer("facts", [_fact_counts(p) for p in found]))
    tokens = sum(len(sentence) for p in passages for sentence in p.tokens)
    given = "names and facts" if gold_mentions else "names"
    return Report("passages", model, [p.id for p in passages], layers, tokens, seconds, {"given": given}), found


def predict(pipeline: "Pipeline", passage: Passage, *, gold_mentions: bool = False) -> Prediction:
    """Find a passage's facts, unless they are given, and its relations.

    Raises:
        ModelError: the pipeline links what no annotation may link.
    """
    from khabar.pipeline import TokenSpan  # noqa: PLC0415  until the pipeline is needed, no engine is

    names = passage.names
    given = passage.facts if gold_mentions else None
    spans, linked = pipeline.annotate_tokens(
        passage.tokens,
        [TokenSpan(*place(m)) for m in names],
        None if given is None else [TokenSpan(*place(m)) for m in given],
    )
    facts = _with_ids(spans, {m.id for m in names}) if given is None else given
    ids = [m.id for m in (*names, *facts)]
    relations = [(ids[r.head], r.type, ids[r.tail]) for r in linked]
    if faults := annotate(passage, to_annotation(passage, facts, relations))[1]:
        raise ModelError(
            f"{passage.id}: {'; '.join(map(str, faults))}", remedy="the model does not fit configs/schema.yaml"
        )
    return Prediction(passage, facts, relations, [r.score for r in linked])


def _with_ids(spans: Sequence["TokenSpan"], taken: set[str]) -> list[PassageMention]:
    free = (id for n in itertools.count(1) if (id := f"m{n}") not in taken)
    return [PassageMention(next(free), s.type, s.sent, s.start, s.end, given=False) for s in spans]


def place(mention: PassageMention) -> Place:
    """Return what identifies a mention whatever its id."""
    return mention.type, mention.sent, mention.start, mention.end


def _links(mentions: Sequence[PassageMention], relations: Sequence[tuple[str, str, str]]) -> list[Link]:
    by_id = {m.id: place(m) for m in mentions}
    return [Link(type, by_id[head], by_id[tail]) for head, type, tail in relations]


def _fact_counts(found: Prediction) -> dict[str, Counts]:
    return count_by(lambda p: p[0], map(place, found.passage.facts), map(place, found.facts))


def _relation_counts(found: Prediction) -> dict[str, Counts]:
    gold = _links(found.passage.mentions, found.passage.relations)
    return count_by(lambda link: link.type, gold, found.links)


def readings(predictions: Sequence[Prediction]) -> list[Reading]:
    """Return the passages as both sides read them, their sentences joined by single spaces."""
    return [_reading(p) for p in predictions]


def _reading(found: Prediction) -> Reading:
    passage = found.passage
    sentences = [passage.text(i) for i in range(len(passage.tokens))]
    starts = [0, *itertools.accumulate(len(s) + 1 for s in sentences[:-1])]

    def span(m: PassageMention) -> Span:
        start, end = passage.offsets(m)
        return starts[m.sent] + start, starts[m.sent] + end, m.type

    gold = {m.id: span(m) for m in passage.mentions}
    ours = {m.id: span(m) for m in (*passage.names, *found.facts)}
    gold_links = [ReadLink(kind, gold[head], gold[tail]) for head, kind, tail in passage.relations]
    found_links = [
        ReadLink(kind, ours[head], ours[tail], score)
        for (head, kind, tail), score in zip(found.relations, found.scores, strict=True)
    ]
    text = " ".join(sentences)
    return Reading(passage.id, text, [*gold.values()], [*ours.values()], starts, gold_links, found_links)


def lines(predictions: Sequence[Prediction]) -> Iterator[str]:
    """Yield the lines of an annotation file."""
    for p in predictions:
        yield json.dumps(to_annotation(p.passage, p.facts, p.relations), ensure_ascii=False) + "\n"


def select(passages: Sequence[Passage], rule: str) -> list[Passage]:
    """Return the passages that `rule` names: `dev`, or a file of ids, one a line.

    Raises:
        DataError: the file cannot be read, or names an id that is no passage.
    """
    ids = [p.id for p in passages]
    chosen = dev_ids(ids) if rule == "dev" else _listed(Path(rule), set(ids))
    return [p for p in passages if p.id in chosen]


def _listed(path: Path, known: set[str]) -> set[str]:
    try:
        listed = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot be read: {reason(error)}", path=path, remedy="give `dev` or a file of ids") from error
    if not listed:
        raise DataError("holds no ids", path=path, remedy="give ids of the annotation file, one a line")
    if unknown := [id for id in listed if id not in known]:
        raise DataError(f"{unknown[0]} is no annotated passage", path=path, remedy="give ids of the annotation file")
    return set(listed)
