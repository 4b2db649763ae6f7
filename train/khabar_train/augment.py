"""Rows written otherwise: other names of the same type, half-spaces lost and words hidden here and there."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from khabar_train.rows import Row, RowMaker

HALFSPACE = "\u200c"


@dataclass(frozen=True)
class AugmentSettings:
    """How often a row is changed, and how much of it.

    `swapped_rows`: rows whose mentions may become others of their type (Dai and Adel 2020), each with the chance
    `swapped_mentions`; `swapped_linked`: the same of rows with relations. `glued_rows`: rows whose words lose their
    half-spaces, each with the chance `glued_words`, as the web loses them and restoration now and then misses them;
    `hidden_rows`: rows in which words are masked, each with the chance `hidden_words`, so that what stands around a
    name is learned, too, and not only its surface.
    """

    swapped_rows: float = 0.3
    swapped_linked: float = 0.5
    swapped_mentions: float = 0.5
    glued_rows: float = 0.15
    glued_words: float = 0.5
    hidden_rows: float = 0.0
    hidden_words: float = 0.15


class Augment:
    """Changes rows at random.

    Args:
        rows: where mentions are taken from; a mention is replaced by one of the same corpus and type, each surface
            counted once, so that rare names come up as often as frequent ones.
    """

    def __init__(self, rows: Iterable[Row], maker: RowMaker, settings: AugmentSettings) -> None:
        self._maker, self._settings, self._mask = maker, settings, maker.subwords.mask
        found: defaultdict[tuple[str, str], dict[tuple[str, ...], None]] = defaultdict(dict)
        for row in rows:
            for start, end, kind in self._maker.names.spans(row.names):
                found[row.corpus, kind][row.tokens[start:end]] = None
        self._surfaces = {key: list(surfaces) for key, surfaces in found.items()}

    def __call__(self, row: Row, choose: random.Random) -> Row:
        """Return the row, or a changed one."""
        settings = self._settings
        if choose.random() < (settings.swapped_linked if row.linked else settings.swapped_rows):
            row = self._swap(row, choose)
        if choose.random() < settings.glued_rows:
            row = self._glue(row, lambda: choose.random() < settings.glued_words)
        if choose.random() < settings.hidden_rows:
            row = self._hide(row, lambda: choose.random() < settings.hidden_words)
        return row

    def _swap(self, row: Row, choose: random.Random) -> Row:
        """Replace mentions, equal ones alike. A row that no longer fits its window stays as it is."""
        mentions = self._maker.names.spans(row.names)
        inner = {edge for s in row.linked.spans for edge in (s.start, s.end)} if row.linked else set()
        chosen: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}
        tokens: list[str] = []
        source: list[int] = []  # the old token that each new one stands for
        at: list[int] = []  # where each old token begins now
        starts = {start: (end, kind) for start, end, kind in mentions if inner.isdisjoint(range(start + 1, end))}
        i = 0
        while i < len(row.tokens):
            end, kind = starts.get(i, (i + 1, ""))
            old = row.tokens[i:end]
            if kind and (kind, old) not in chosen:
                swapped = choose.random() < self._settings.swapped_mentions
                chosen[kind, old] = choose.choice(self._surfaces[row.corpus, kind]) if swapped else old
            new = chosen[kind, old] if kind else old
            at += [len(tokens)] * len(old)
            tokens += new
            source += [i] * len(new)
            i = end
        at.append(len(tokens))
        kept, words = self._maker.fit(tokens)
        if kept < len(tokens):
            return row
        if row.linked is None:
            names = self._maker.names.encode([(at[s], at[e], kind) for s, e, kind in mentions], len(tokens))
            return replace(row, tokens=tuple(tokens), words=words, names=names)
        spans = {str(n): s._replace(start=at[s.start], end=at[s.end]) for n, s in enumerate(row.linked.spans)}
        sentences = [row.linked.sentences[n] for n in source]
        return self._maker.linked(row.corpus, tokens, words, spans, row.linked.relations, sentences, row.id)

    def _glue(self, row: Row, chosen: Callable[[], bool]) -> Row:
        shown = [t.replace(HALFSPACE, "") if HALFSPACE in t and chosen() else t for t in row.tokens]
        return replace(row, words=tuple(self._maker.subwords(shown)))

    def _hide(self, row: Row, chosen: Callable[[], bool]) -> Row:
        return replace(row, words=tuple((self._mask,) * len(w) if chosen() else w for w in row.words))
