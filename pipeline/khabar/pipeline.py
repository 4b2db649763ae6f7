"""The stages in a row."""

import datetime
import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from khabar.assemble import assemble
from khabar.config import NormalizeConfig, PipelineConfig, read_pipeline_config
from khabar.document import Article, Document, Mention, Relation
from khabar.encode.encoder import EncodedWindow, Encoder
from khabar.encode.subwords import Subwords
from khabar.errors import UsageError
from khabar.models import load_runner
from khabar.models.folder import TOKENIZER, ModelConfig, find_model, read_config
from khabar.models.runner import Runner
from khabar.normalize import CleanText, Normalizer
from khabar.normalize.hazm import HazmNormalizer
from khabar.recognize.others import load_tagger
from khabar.recognize.recognizer import Found, Recognizer
from khabar.recognize.tags import ScoredSpan
from khabar.relate.relator import Link, Mentioned, Relator
from khabar.schema import Schema, load_schema
from khabar.segment import Segmenter, Sentence
from khabar.segment.align import AlignedSentence
from khabar.segment.tokens import tokenize
from khabar.values import as_date, parse_value


class TokenSpan(NamedTuple):
    """A mention in a text that came with tokens: `start` to `end` (exclusive) of sentence `sent`."""

    type: str
    sent: int
    start: int
    end: int


class TokenRelation(NamedTuple):
    """A relation between the mentions at two positions of a list, with its probability."""

    head: int
    type: str
    tail: int
    score: float


class _Prepared(NamedTuple):
    """An article before the model reads it."""

    clean: CleanText
    sentences: Sequence[Sentence]
    tokens: Sequence[Sequence[str]]
    windows: Sequence[EncodedWindow]


def _normalizer(config: NormalizeConfig) -> Callable[[str], CleanText]:
    if config.engine not in ("khabar", "hazm"):
        raise UsageError(f"normalize.engine: expected khabar or hazm, found {config.engine!r}")
    if config.engine == "hazm":
        return HazmNormalizer(config.halfspaces)
    return Normalizer(config.halfspaces, config.after_nonjoiner, config.exceptions or None)


def _article(item: str | Article) -> Article:
    article = Article(item) if isinstance(item, str) else item
    if not isinstance(article, Article):
        remedy = "give strings, or khabar.document.Article"
        raise UsageError(f"expected a text, found {type(item).__name__}", remedy=remedy)
    return article


class Pipeline:
    """Reads articles: normalize, segment, encode, recognize, relate, values, assemble."""

    def __init__(
        self, runner: Runner, model: ModelConfig, subwords: Subwords, config: PipelineConfig, schema: Schema
    ) -> None:
        self._model, self.config, self.schema = model, config, schema
        self._normalize = _normalizer(config.normalize)
        self._segment = Segmenter(max_tokens=config.segment.max_tokens, page=config.segment.page)
        limit = min(config.window.subwords, model.subwords)
        self._encode = Encoder(subwords, limit=limit - 2, reach=schema.candidate_reach)
        self._recognize = Recognizer(runner, model)
        names = config.names
        self._tagger = None if names.tagger == "khabar" else load_tagger(names.tagger, names.model, names.labels)
        self._relate = Relator(runner, model, schema)

    @classmethod
    def load(
        cls, model: str | Path | None = None, config: str | Path | None = None, min_score: float | None = None
    ) -> "Pipeline":
        """Load a model folder, by default the shipped one; `min_score` overrides both thresholds of the configuration.

        Raises:
            ModelError: the model folder is missing or broken.
            UsageError: the configuration file is.
        """
        schema, settings = load_schema(), read_pipeline_config(config)
        if min_score is not None:
            settings = settings.with_min_score(min_score)
        folder = find_model(model, settings.model)
        described = read_config(folder, schema)
        subwords = Subwords.from_file(folder / TOKENIZER, unknown=described.unknown_id, halfspaces=described.halfspaces)
        return cls(load_runner(folder, described, settings.threads), described, subwords, settings, schema)

    @property
    def conventions(self) -> tuple[str, ...]:
        """The corpora whose conventions the model can follow, the runtime's first; another's tagger has its own."""
        return () if self._tagger else self._model.conventions

    def __call__(self, text: str, published: datetime.date | str | None = None) -> Document:
        """Read one text; `published` resolves dates that the text leaves open.

        Raises:
            DataError: `published` is no date.
            UsageError: `text` is no string.
        """
        as_date(published)
        meta = {} if published is None else {"published": str(published)}
        return next(self.stream([replace(_article(text), meta=meta)]))

    def stream(self, items: Iterable[str | Article], *, progress: bool = False) -> Iterator[Document]:
        """Yield a document for each text or article, in their order; what has no id is numbered from 1.

        Articles are read a batch at a time; the batch has no say in what is found. `progress` shows a bar on standard
        error, or in a notebook.
        """
        documents = self._stream(items)
        if not progress:
            return documents
        from rich.console import Console  # noqa: PLC0415  only for those who look
        from rich.progress import track  # noqa: PLC0415

        return iter(track(documents, "articles", operator.length_hint(items) or None, console=Console(stderr=True)))

    def _stream(self, items: Iterable[str | Article]) -> Iterator[Document]:
        articles = enumerate(map(_article, items), 1)
        numbered = (a if a.id else replace(a, id=str(number)) for number, a in articles)
        while batch := list(itertools.islice(numbered, self.config.batch)):
            yield from self._read(batch)

    def _read(self, articles: Sequence[Article]) -> Iterator[Document]:
        # the network's threads read while this one prepares the articles behind and finishes those before
        prepared, kept = itertools.tee(map(self._prepare, articles))
        recognized = self._recognize(p.windows for p in prepared)
        for article, p, r in zip(articles, kept, recognized, strict=True):
            names = self._tagger(p.tokens) if self._tagger else r.names
            mentions = self._visible([*names, *r.facts], p.sentences)
            links = self._relate(Mentioned(p.windows, r.states, mentions))
            yield self._document(article, p.clean, p.sentences, mentions, links)

    def _prepare(self, article: Article) -> "_Prepared":
        clean = self._normalize(article.text)
        sentences = self._segment(clean)
        tokens = [[clean.text[a:b] for a, b in s.tokens] for s in sentences]
        return _Prepared(clean, sentences, tokens, self._encode(tokens))

    def _visible(self, found: Sequence[Found], sentences: Sequence[Sentence]) -> list[Found]:
        """Return the mentions that a user sees, above the threshold, in the order of the text, the longer one first."""
        shown = ((self.schema.visible(m.type), m) for m in found)
        kept = [m._replace(type=kind) for kind, m in shown if kind and m.score >= self.config.thresholds.mention]
        return sorted(kept, key=lambda m: (m.sentence, m.start, -m.end, m.type))

    def _document(
        self,
        article: Article,
        clean: CleanText,
        sentences: Sequence[Sentence],
        found: Sequence[Found],
        links: Sequence[Link],
    ) -> Document:
        published = article.meta.get("published")
        mentions = []
        for number, m in enumerate(found, 1):
            words = sentences[m.sentence].tokens
            start, end = words[m.start][0], words[m.end - 1][1]
            value = parse_value(m.type, clean.text[start:end], published) if m.type in self.schema.valued else None
            mentions.append(Mention(f"m{number}", m.type, *clean.to_source(start, end), round(m.score, 3), value))
        relations = [
            Relation(mentions[link.head].id, link.type, mentions[link.tail].id, round(link.score, 3))
            for link in self._sure(links)
        ]
        places = [clean.to_source(s.start, s.end) for s in sentences]
        clusters, records = assemble(article.text, places, mentions, relations, clean)
        return Document(
            str(article.id),
            article.text,
            article.meta,
            tuple(places),
            tuple(mentions),
            tuple(relations),
            clusters,
            records,
        )

    def names_in(self, groups: Sequence[Sequence[str]], convention: str | None = None) -> list[list[list[ScoredSpan]]]:
        """Return the names of given sentences, each group read as one context.

        Spans are code points of the sentence's string, end exclusive; types are the model's, inner ones included.
        `convention` names a corpus whose conventions to follow instead of the runtime's.
        """
        cleans = [[self._normalize(sentence) for sentence in group] for group in groups]
        cuts = [[tokenize(clean.text) for clean in group] for group in cleans]
        tokens = [
            [[c.text[a:b] for a, b in cut] for c, cut in zip(*group, strict=True)]
            for group in zip(cleans, cuts, strict=True)
        ]
        found: list[list[list[ScoredSpan]]] = [[[] for _ in group] for group in groups]
        for number, names in enumerate(self._names(tokens, convention)):
            for m in names:
                cut = cuts[number][m.sentence]
                span = cleans[number][m.sentence].to_source(cut[m.start][0], cut[m.end - 1][1])
                found[number][m.sentence].append(ScoredSpan(*span, m.type, m.score))
        return found

    def _names(self, groups: Sequence[Sequence[Sequence[str]]], convention: str | None) -> Iterator[list[Found]]:
        if self._tagger:
            yield from map(self._tagger, groups)
        else:
            yield from (r.names for r in self._recognize([self._encode(group) for group in groups], convention))

    def annotate_tokens(
        self, sentences: Sequence[Sequence[str]], names: Sequence[TokenSpan], facts: Sequence[TokenSpan] | None = None
    ) -> tuple[list[TokenSpan], list[TokenRelation]]:
        """Find facts (unless given) and relations in sentences whose tokens and names are given, above the thresholds.

        Returns the facts, and relations between positions of `[*names, *facts]`.
        """
        aligned = [AlignedSentence(s, self._normalize) for s in sentences]
        windows = self._encode([s.tokens for s in aligned])
        (recognized,) = self._recognize([windows])
        if facts is None:
            facts = [
                TokenSpan(m.type, m.sentence, *aligned[m.sentence].to_given(m.start, m.end))
                for m in recognized.facts
                if m.score >= self.config.thresholds.mention
            ]
        given = [*names, *facts]
        located = [(i, m, aligned[m.sent].from_given(m.start, m.end)) for i, m in enumerate(given)]
        present = [(i, Found(m.type, 1.0, m.sent, *span)) for i, m, span in located if span]
        links = self._relate(Mentioned(windows, recognized.states, [m for _, m in present]))
        return list(facts), [
            TokenRelation(present[link.head][0], link.type, present[link.tail][0], round(link.score, 3))
            for link in self._sure(links)
        ]

    def _sure(self, links: Iterable[Link]) -> Iterator[Link]:
        """Yield the relations that their thresholds keep."""
        return (link for link in links if link.score >= self.config.thresholds.of(link.type))
