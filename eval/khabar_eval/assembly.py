"""The last stage alone: clusters and records made from gold mentions, with or without gold relations."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from khabar.assemble import assemble
from khabar.document import Article, Document
from khabar_eval.articles import evaluate_articles
from khabar_eval.report import Report

Given = Literal["mentions", "relations"]

_LAYERS = ("clusters (B-cubed)", "record slots")


class Assembler:
    """Stands for a pipeline that finds the gold mentions, and with `relations` the gold relations, and nothing else."""

    def __init__(self, gold: Sequence[Document], given: Given) -> None:
        self._gold = {g.id: g if given == "relations" else replace(g, relations=()) for g in gold}

    def stream(self, items: Iterable[Article]) -> Iterator[Document]:
        """Yield each article's gold document with clusters and records of Khabar's own."""
        for article in items:
            gold = self._gold[str(article.id)]
            clusters, records = assemble(gold.text, gold.sentences, gold.mentions, gold.relations)
            yield replace(gold, clusters=clusters, records=records)


def evaluate_assembly(gold: Sequence[Document], given: Given) -> tuple[Report, list[Document]]:
    """Score clusters, and records where gold has them, made from gold mentions or gold mentions and relations.

    Raises:
        DataError: there are no articles.
    """
    report, found = evaluate_articles(Assembler(gold, given), gold, model="none")
    layers = [layer for layer in report.layers if layer.name in _LAYERS]
    return replace(report, layers=layers, notes={**report.notes, "given": f"gold {given}"}), found
