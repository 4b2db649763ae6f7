"""Training rows: windows of words with the labels that their source gives."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from khabar.document import Document
from khabar.encode.encoder import Encoder
from khabar.encode.subwords import Subwords
from khabar.recognize.tags import TagSet
from khabar.relate.features import PairFinder, Pairs, Span
from khabar.relate.relator import layer, places_in
from khabar.relate.scores import RelationDecoder
from khabar.schema import load_schema
from khabar_eval.passages_data import Passage
from khabar_train.corpora import Sentence, align, locate

# stands for a corpus where a row is text alone
UNLABELED = ""


@dataclass(frozen=True)
class Linked:
    """The mentions of a window and their gold relations, for the relator.

    `gold` has one relation number a pair (the last is "none"); `missed` counts gold relations that are no candidate
    pair; `sentences` has the number of the sentence that each token of the window is in; `relations` are all gold ones,
    their ends numbered as in `spans`.
    """

    spans: tuple[Span, ...]
    pairs: Pairs
    gold: np.ndarray
    name_tags: list[int]
    fact_tags: list[int]
    sentences: list[int]
    relations: tuple[tuple[str, str, str], ...] = ()
    missed: int = 0


@dataclass(frozen=True)
class Row:
    """A window: its words, the corpus whose labels it has, tag ids of names, and of facts and relations if known."""

    corpus: str
    tokens: tuple[str, ...]
    words: tuple[tuple[int, ...], ...]
    names: list[int]
    facts: list[int] | None = None
    linked: Linked | None = None
    id: str = ""

    @property
    def size(self) -> int:
        """Subwords, without the two at the edges."""
        return sum(map(len, self.words))


@dataclass
class RowMaker:
    """Makes rows with one label space and one subword model."""

    subwords: Subwords
    names: TagSet
    facts: TagSet
    shown: TagSet
    pairs: PairFinder
    choose: RelationDecoder
    limit: int = 384

    def sentences(self, corpus: str, sentences: Sequence[Sentence], size: int = 0) -> Iterator[Row]:
        """Yield rows of consecutive sentences that fill up to `size` subwords (0: one sentence a row)."""
        group: list[Sentence] = []
        filled = 0
        for sentence in sentences:
            needed = sum(map(len, self.subwords(sentence.tokens)))
            if group and filled + needed > size:
                yield self._row(corpus, group)
                group, filled = [], 0
            group.append(sentence)
            filled += needed
        if group:
            yield self._row(corpus, group)

    def _row(self, corpus: str, group: Sequence[Sentence]) -> Row:
        tokens = [t for s in group for t in s.tokens]
        names = [tag for s in group for tag in self.names.encode(s.mentions, len(s.tokens))]
        kept, words = self.fit(tokens)
        return Row(corpus, tuple(tokens[:kept]), words, names[:kept])

    def fit(self, tokens: Sequence[str]) -> tuple[int, tuple[tuple[int, ...], ...]]:
        """Cut what exceeds the window; return how many tokens are left, and their subwords."""
        words = self.subwords(tokens)
        within = int(np.searchsorted(np.cumsum([len(w) for w in words]), self.limit - 2, side="right"))
        return within, tuple(words[:within])

    def passage(self, corpus: str, passage: Passage) -> Row:
        """Return a passage as one row, with its names, facts and relations."""
        tokens: list[str] = []
        sentences: list[int] = []
        spans: dict[str, Span] = {}
        for number, sentence in enumerate(passage.tokens):
            found = [m for m in passage.mentions if m.sent == number]
            aligned = align(sentence, [(m.start, m.end, m.id) for m in found])
            kinds = {m.id: m.type for m in found}
            for start, end, id in aligned.mentions:
                spans[id] = Span(kinds[id], number, len(tokens) + start, len(tokens) + end)
            tokens.extend(aligned.tokens)
            sentences.extend([number] * len(aligned.tokens))
        kept, words = self.fit(tokens)
        spans = {id: s for id, s in spans.items() if s.end <= kept}
        return self.linked(corpus, tokens[:kept], words, spans, passage.relations, sentences[:kept], passage.id)

    def document(self, corpus: str, document: Document) -> Iterator[Row]:
        """Yield an annotated article as rows, in the windows that the runtime would read it in."""
        sentences, found = locate(document)
        encode = Encoder(self.subwords, limit=self.limit - 2, reach=load_schema().candidate_reach)
        for window in encode(sentences):
            places = places_in(window, list(found.values()))
            spans = {id: places[i] for i, id in enumerate(found) if i in places}
            numbers = [p.sentence for p in window.pieces for _ in p.words]
            relations = [(r.head, r.type, r.tail) for r in document.relations if r.head in spans and r.tail in spans]
            yield self.linked(corpus, window.tokens, window.words, spans, relations, numbers, document.id)

    def linked(
        self,
        corpus: str,
        tokens: Sequence[str],
        words: tuple[tuple[int, ...], ...],
        spans: dict[str, Span],
        relations: Sequence[tuple[str, str, str]],
        sentences: list[int],
        id: str,
    ) -> Row:
        """Return a row of tokens with mentions and relations between them."""
        names = self.names.encode(layer(list(spans.values()), self.names.types), len(words))
        facts = self.facts.encode(layer(list(spans.values()), self.facts.types), len(words))
        linked = self.link(spans, relations, tokens, sentences)
        return Row(corpus, tuple(tokens), words, names, facts, linked, id)

    def link(
        self,
        spans: dict[str, Span],
        relations: Sequence[tuple[str, str, str]],
        tokens: Sequence[str],
        sentences: list[int],
    ) -> Linked:
        """Return the candidate pairs among `spans` with their gold relations."""
        ids = list(spans)
        ordered = tuple(spans.values())
        pairs = self.pairs(ordered, tokens)
        place = {id: i for i, id in enumerate(ids)}
        where = {(int(h), int(t)): i for i, (h, t) in enumerate(pairs.ends)}
        gold = np.full(len(pairs.ends), len(self.pairs.relations))
        missed = 0
        known = [(str(place[h]), name, str(place[t])) for h, name, t in relations if h in place and t in place]
        for head, name, tail in relations:
            pair = where.get((place.get(head, -1), place.get(tail, -1)))
            if pair is None:
                missed += 1
            else:
                gold[pair] = self.pairs.relations.index(name)
        name_tags = self.shown.encode(layer(ordered, self.shown.types), len(tokens))
        fact_tags = self.facts.encode(layer(ordered, self.facts.types), len(tokens))
        return Linked(ordered, pairs, gold, name_tags, fact_tags, sentences, tuple(known), missed)
