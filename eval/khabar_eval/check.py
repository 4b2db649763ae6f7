"""Whether annotations are sound: gold articles in any form, and stand-off passages."""

import bisect
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from khabar.document import Document, Mention
from khabar.errors import DataError
from khabar.schema import load_schema
from khabar.segment import Segmenter
from khabar.segment.tokens import tokenize
from khabar_eval.gold import GoldArticle, article_files, gold_articles
from khabar_eval.json_files import parts
from khabar_eval.passages_data import annotate, read_raw
from khabar_eval.problems import Place, Problem, edge_problems, overlap, relation_problems, unknown_type
from khabar_eval.value_problems import value_problems

ANNOTATIONS, PASSAGES = "annotations.jsonl", "passages.jsonl"


@dataclass(slots=True)
class Checked:
    """What was checked, as counts, and what is wrong with it."""

    documents: int = 0
    mentions: int = 0
    relations: int = 0
    errors: int = 0
    warnings: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault as it is shown; `warning`: it may be right all the same."""

    error: DataError
    warning: bool = False

    def __str__(self) -> str:
        return f"warning: {self.error}" if self.warning else str(self.error)


def check(path: Path, passages: Path | None, total: Checked) -> Iterator[Fault]:
    """Yield the faults of a file or folder, and count in `total` what was checked.

    A folder holds `passages.jsonl` and `annotations.jsonl`, or gold articles as `khabar_eval.gold` reads them.
    `passages` is the file of the passages where it does not lie beside the annotations.

    Raises:
        DataError: a folder has nothing to check, or a file cannot be read.
    """
    if path.is_dir():
        path = path / ANNOTATIONS if (path / ANNOTATIONS).exists() else path
    if path.name == ANNOTATIONS or passages:
        yield from _counted(_check_passages(path, passages or path.with_name(PASSAGES), total), total)
    else:
        yield from _counted(_check_articles(path, total), total)


def _counted(faults: Iterator[Fault], total: Checked) -> Iterator[Fault]:
    for fault in faults:
        total.warnings += fault.warning
        total.errors += not fault.warning
        yield fault


def _check_articles(path: Path, total: Checked) -> Iterator[Fault]:
    seen: set[str] = set()
    for file in article_files(path):
        for found in gold_articles(file):
            if isinstance(found, DataError):
                yield Fault(found)
                continue
            yield from map(Fault, found.faults)
            document = found.document
            if document.id in seen:
                yield Fault(
                    DataError(f"article {document.id} stands twice", path=file, line=found.line, remedy="drop one")
                )
            seen.add(document.id)
            yield from _of_document(found, total)


def _of_document(found: GoldArticle, total: Checked) -> Iterator[Fault]:
    document = found.document
    total.documents += 1
    total.mentions += len(document.mentions)
    total.relations += len(document.relations)
    for id, problem in document_problems(document, values=found.valued):
        # where there are no lines, the article's name leads to the place
        where = problem.where if found.lines or found.line else f"{document.id}: {problem.where}"
        yield _fault(problem._replace(where=where), found.path, found.line_of(id))


def _check_passages(path: Path, passages: Path, total: Checked) -> Iterator[Fault]:
    raw = read_raw(passages)
    seen: set[str] = set()
    for part in parts(path, lines=True):
        try:
            annotation = part.load("a line is one annotation")
        except DataError as error:
            yield Fault(error)
            continue
        id = annotation.get("id")
        if not isinstance(id, str) or id not in raw or id in seen:
            message = f"{id} stands twice" if id in seen else f"expected the id of a passage in {passages}, found {id}"
            yield Fault(DataError(message, path=path, line=part.line, remedy="drop the line, or mend its id"))
            continue
        seen.add(id)
        passage, problems = annotate(raw[id], annotation)
        added = [m for m in passage.mentions if m not in passage.entities and m.id not in passage.fix]
        problems.extend(p for m in added for p in edge_problems(m.id, passage.surface(m)))
        total.documents += 1
        total.mentions += len(passage.mentions)
        total.relations += len(passage.relations)
        for problem in problems:
            yield _fault(problem._replace(where=f"{id}: {problem.where}"), path, part.line)


def _fault(problem: Problem, path: Path, line: int | None) -> Fault:
    return Fault(DataError(str(problem), path=path, line=line, remedy=problem.remedy), problem.warning)


def document_problems(document: Document, *, values: bool = True) -> Iterator[tuple[str | None, Problem]]:
    """Yield each fault of a gold document, with the id of the mention that it is about."""
    for mention in document.mentions:
        yield from ((mention.id, p._replace(where=f"{mention.id} {p.where}".strip())) for p in _span(document, mention))
    yield from ((m.id, p._replace(where=f"{m.id} «{document.surface(m)}»")) for m, p in _overlaps(document))
    places = _places(document)
    triples = ((r.head, r.type, r.tail) for r in document.relations)
    yield from ((None, problem) for problem in relation_problems(triples, places))
    yield from ((None, problem) for problem in _clusters(document))
    if values:
        for mention, problem in value_problems(document):
            yield mention.id, problem._replace(where=f"{mention.id} «{problem.where}»")


def _span(document: Document, mention: Mention) -> Iterator[Problem]:
    schema, surface = load_schema(), document.surface(mention)
    if mention.type not in schema.mention_types:
        yield unknown_type("", mention.type, schema.mention_types)
    if bare := surface.strip():
        yield from edge_problems("", bare)
    tokens = tokenize(document.text, *_around(document.text, mention))
    starts, ends = {start for start, _ in tokens}, {end for _, end in tokens}
    if mention.start not in starts or mention.end not in ends:
        touched = [(a, b) for a, b in tokens if a < mention.end and mention.start < b]
        whole = document.text[touched[0][0] : touched[-1][1]] if touched else ""
        yield Problem("", f"expected whole tokens, «{whole}», found «{surface}»", "move its edges to those of tokens")


def _around(text: str, mention: Mention) -> tuple[int, int]:
    """Return a stretch of whole words around a mention."""
    start, end = mention.start, mention.end
    while start and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end


def _overlaps(document: Document) -> Iterator[tuple[Mention, Problem]]:
    names = load_schema().names
    for a, b in itertools.combinations(document.mentions, 2):
        if overlap(Place(a.type, 0, a.start, a.end), Place(b.type, 0, b.start, b.end)):
            if a.type == b.type:
                yield b, Problem("", f"overlaps {a.id} of the same type {a.type}", "keep one of the two")
            elif a.type in names and b.type in names:
                message = f"a name, {b.type}, overlaps the name {a.id}, {a.type}"
                yield b, Problem("", message, "keep one: names do not overlap each other")


def _places(document: Document) -> dict[str, Place]:
    starts = [sentence.start for sentence in Segmenter()(document.text)]
    return {m.id: Place(m.type, bisect.bisect_right(starts, m.start) - 1, m.start, m.end) for m in document.mentions}


def _clusters(document: Document) -> Iterator[Problem]:
    types = {m.id: m.type for m in document.mentions}
    clustered = load_schema().actors | load_schema().relations["same_as"].head
    of: dict[str, int] = {}
    for n, cluster in enumerate(document.clusters):
        where = f"cluster {list(cluster)}"
        if len(cluster) < 2:
            yield Problem(where, f"expected two or more mentions, found {len(cluster)}", "drop the cluster")
        kinds = sorted({types[id] for id in cluster})
        if len(kinds) > 1:
            yield Problem(where, f"expected mentions of one type, found {', '.join(kinds)}", "split the cluster")
        elif not clustered.issuperset(kinds):
            wanted = ", ".join(sorted(clustered))
            yield Problem(where, f"expected mentions of {wanted}, found {', '.join(kinds)}", "drop the cluster")
        for id in cluster:
            if id in of:
                yield Problem(where, f"{id} stands in two clusters, or twice", "join the clusters, or drop one mention")
            of[id] = n
    for r in document.relations:
        if r.type == "same_as" and (r.head not in of or of[r.head] != of.get(r.tail)):
            message = "expected one cluster that holds head and tail, found none"
            yield Problem(f"({r.head}, same_as, {r.tail})", message, "add them to one cluster")
