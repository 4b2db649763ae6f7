"""Facts and relations on annotated passages, their names given."""

import itertools
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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
    """A passage as annotated and as found; `scores` are of the relations found, None where a reader gives none."""

    gold: Passage
    found: Passage
    scores: Sequence[float | None]


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
    given = "names and facts" if gold_mentions else "names"
    return _report(found, model, given, seconds, facts=not gold_mentions), found


def evaluate_found(
    passages: Sequence[Passage], found: Sequence[Passage], *, name: str
) -> tuple[Report, list[Prediction]]:
    """Score annotations that a model or another reader has left, as `evaluate_passages` does; others are not looked at.

    Each side keeps its own corrections of the corpus's names: a relation to a name that only one has is wrong.

    Raises:
        DataError: a passage is not among them.
    """
    theirs = {p.id: p for p in found}
    if missing := [p.id for p in passages if p.id not in theirs]:
        remedy = "name those that it has with --ids FILE, or exchange --annotations and --found"
        message = f"{len(missing):,} of {len(passages):,} passages have no annotation there, {missing[0]} the first"
        raise DataError(message, path=name, remedy=remedy)
    pairs = [Prediction(p, theirs[p.id], [None] * len(theirs[p.id].relations)) for p in passages]
    return _report(pairs, name, "nothing: names are as each reader has them"), pairs


def _report(found: Sequence[Prediction], model: str, given: str, seconds: float = 0.0, *, facts: bool = True) -> Report:
    layers = [Layer("relations", [_relation_counts(p) for p in found])]
    if facts:
        layers.insert(0, Layer("facts", [_fact_counts(p) for p in found]))
    tokens = sum(len(sentence) for p in found for sentence in p.gold.tokens)
    return Report("passages", model, [p.gold.id for p in found], layers, tokens, seconds, {"given": given})


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
    found = replace(passage, mentions=[*names, *facts], relations=relations)
    if faults := annotate(passage, to_annotation(found))[1]:
        raise ModelError(
            f"{passage.id}: {'; '.join(map(str, faults))}", remedy="the model does not fit configs/schema.yaml"
        )
    return Prediction(passage, found, [r.score for r in linked])


def _with_ids(spans: Sequence["TokenSpan"], taken: set[str]) -> list[PassageMention]:
    free = (id for n in itertools.count(1) if (id := f"m{n}") not in taken)
    return [PassageMention(next(free), s.type, s.sent, s.start, s.end, given=False) for s in spans]


def place(mention: PassageMention) -> Place:
    """Return what identifies a mention whatever its id."""
    return mention.type, mention.sent, mention.start, mention.end


def _links(passage: Passage) -> list[Link]:
    by_id = {m.id: place(m) for m in passage.mentions}
    return [Link(type, by_id[head], by_id[tail]) for head, type, tail in passage.relations]


def _fact_counts(p: Prediction) -> dict[str, Counts]:
    return count_by(lambda key: key[0], map(place, p.gold.facts), map(place, p.found.facts))


def _relation_counts(p: Prediction) -> dict[str, Counts]:
    return count_by(lambda link: link.type, _links(p.gold), _links(p.found))


def readings(predictions: Sequence[Prediction]) -> list[Reading]:
    """Return the passages as both sides read them, their sentences joined by single spaces."""
    return [_reading(p) for p in predictions]


def _reading(p: Prediction) -> Reading:
    passage = p.gold
    sentences = [passage.text(i) for i in range(len(passage.tokens))]
    starts = [0, *itertools.accumulate(len(s) + 1 for s in sentences[:-1])]

    def span(m: PassageMention) -> Span:
        start, end = passage.offsets(m)
        return starts[m.sent] + start, starts[m.sent] + end, m.type

    gold, ours = ({m.id: span(m) for m in side.mentions} for side in (p.gold, p.found))
    gold_links = [ReadLink(kind, gold[head], gold[tail]) for head, kind, tail in passage.relations]
    found_links = [
        ReadLink(kind, ours[head], ours[tail], score)
        for (head, kind, tail), score in zip(p.found.relations, p.scores, strict=True)
    ]
    text = " ".join(sentences)
    return Reading(passage.id, text, [*gold.values()], [*ours.values()], starts, gold_links, found_links)


def lines(predictions: Sequence[Prediction]) -> Iterator[str]:
    """Yield the lines of an annotation file."""
    for p in predictions:
        yield json.dumps(to_annotation(p.found), ensure_ascii=False) + "\n"


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
