"""Every layer on gold articles: names, facts, relations, values, clusters and, where gold has them, records."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from khabar.document import Article, Document
from khabar.errors import DataError
from khabar.schema import load_schema
from khabar.segment import Segmenter
from khabar.segment.tokens import tokenize
from khabar_eval.clusters import b_cubed
from khabar_eval.counts import Counts, count_by
from khabar_eval.readings import Link, Reading
from khabar_eval.records import count_slots, mention_key
from khabar_eval.report import Layer, Report
from khabar_eval.values import count_value

Counter = Callable[[Document, Document], dict[str, Counts]]


class Reader(Protocol):
    """What reads articles: a pipeline, or what stands for one."""

    def stream(self, items: Iterable[Article]) -> Iterator[Document]:
        """Yield a document for each article, in their order."""


def evaluate_articles(
    pipeline: Reader, gold: Sequence[Document], *, model: str = "default"
) -> tuple[Report, list[Document]]:
    """Score a pipeline on gold articles, by exact source offsets and types.

    Raises:
        DataError: there are no articles.
    """
    if not gold:
        raise DataError("no gold articles", remedy="give .json or .jsonl files of gold articles, or a folder of them")
    started = time.perf_counter()
    found = list(pipeline.stream(Article(g.text, g.id, g.meta) for g in gold))
    seconds = time.perf_counter() - started
    counters: dict[str, Counter] = {
        "names": count_names,
        "facts": count_facts,
        "relations": count_relations,
        "values": count_values,
        "clusters (B-cubed)": count_clusters,
    }
    if any(g.records for g in gold):
        counters["record slots"] = lambda g, p: count_slots(g, p) if g.records else {}
    pairs = list(zip(gold, found, strict=True))
    layers = [Layer(name, [count(g, p) for g, p in pairs]) for name, count in counters.items()]
    tokens = sum(len(tokenize(g.text)) for g in gold)
    return Report("articles", model, [g.id for g in gold], layers, tokens, seconds), found


class Given:
    """Stands for a pipeline that returns documents that are there already."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents

    def stream(self, items: Iterable[Article]) -> Iterator[Document]:
        """Yield each article's document."""
        return (self._documents[str(article.id)] for article in items)


def evaluate_found(gold: Sequence[Document], found: Sequence[Document], *, name: str) -> tuple[Report, list[Document]]:
    """Score documents that a model or another reader has left, as `evaluate_articles` does; others are not looked at.

    Records are scored only where some of the documents hold any: a reader who stops at clusters has written none.

    Raises:
        DataError: a gold article is not among the documents, or has another text there.
    """
    theirs = {document.id: document for document in found}
    if missing := [g.id for g in gold if g.id not in theirs]:
        raise DataError(f"not found: {', '.join(missing)}", remedy="give a document for each gold article")
    if other := [g.id for g in gold if g.text != theirs[g.id].text]:
        raise DataError(f"another text than gold: {', '.join(other)}", remedy="give documents of the same texts")
    if not any(theirs[g.id].records for g in gold):
        gold = [replace(g, records=()) for g in gold]
    report, scored = evaluate_articles(Given(theirs), gold, model=name)
    return replace(report, seconds=0.0), scored


def count_names(gold: Document, predicted: Document) -> dict[str, Counts]:
    """Count names by type."""
    return _count_mentions(gold, predicted, load_schema().names)


def count_facts(gold: Document, predicted: Document) -> dict[str, Counts]:
    """Count meetings, events and statistics."""
    return _count_mentions(gold, predicted, load_schema().facts)


def _count_mentions(gold: Document, predicted: Document, types: Sequence[str]) -> dict[str, Counts]:
    sides = ([mention_key(m) for m in d.mentions if m.type in types] for d in (gold, predicted))
    return count_by(lambda key: key[0], *sides)


def count_relations(gold: Document, predicted: Document) -> dict[str, Counts]:
    """Count relations by type: both mentions exact, both types and the relation right."""
    sides = []
    for d in (gold, predicted):
        keys = {m.id: mention_key(m) for m in d.mentions}
        sides.append([(r.type, keys[r.head], keys[r.tail]) for r in d.relations])
    return count_by(lambda link: link[0], *sides)


def count_values(gold: Document, predicted: Document) -> dict[str, Counts]:
    """Count the values of mentions that both sides have, by mention type."""
    theirs = {mention_key(m): m for m in predicted.mentions}
    totals: dict[str, Counts] = {}
    for m in gold.mentions:
        if m.type in load_schema().valued and (partner := theirs.get(mention_key(m))):
            totals[m.type] = totals.get(m.type, Counts()) + count_value(m.type, m.value, partner.value)
    return totals


def count_clusters(gold: Document, predicted: Document) -> dict[str, Counts]:
    """Count clusters by B-cubed, by the type of each mention that can be in one."""
    kinds = {mention_key(m): m.type for d in (gold, predicted) for m in d.mentions}
    return b_cubed(_clusters(gold), _clusters(predicted), kinds)


def _clusters(document: Document) -> list[frozenset[tuple[str, int, int]]]:
    """Return a document's clusters, with a cluster of one for each mention that could be in one and is in none."""
    schema = load_schema()
    types = schema.actors | schema.relations["same_as"].head
    keys = {m.id: mention_key(m) for m in document.mentions}
    clusters = [frozenset(keys[id] for id in cluster) for cluster in document.clusters]
    joined = frozenset[tuple[str, int, int]]().union(*clusters)
    return [*clusters, *(frozenset([key]) for key in keys.values() if key[0] in types and key not in joined)]


def readings(gold: Sequence[Document], found: Sequence[Document]) -> list[Reading]:
    """Return the articles as both sides read them; sentences are those of `found`, where it has any."""
    read = []
    for g, p in zip(gold, found, strict=True):
        begins = [start for start, _ in p.sentences] or [s.start for s in Segmenter()(g.text)]
        ours, theirs = ([(m.start, m.end, m.type) for m in d.mentions] for d in (g, p))
        # what stands before the first sentence is shown with it
        starts = (0, *sorted(begins)[1:])
        read.append(Reading(g.id, g.text, ours, theirs, starts, _links(g), _links(p)))
    return read


def _links(document: Document) -> list[Link]:
    spans = {m.id: (m.start, m.end, m.type) for m in document.mentions}
    return [Link(r.type, spans[r.head], spans[r.tail], r.score) for r in document.relations]


def lines(documents: Sequence[Document]) -> Iterator[str]:
    """Yield documents as JSON Lines."""
    for document in documents:
        yield json.dumps(document.to_dict(), ensure_ascii=False) + "\n"
