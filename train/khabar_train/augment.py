"""Rows written otherwise: other names of the same type, half-spaces lost here and there."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from khabar_train.rows import Row, RowMaker

HALFSPACE = "\u200c"


@dataclass(frozen=True)
class AugmentSettings:
    """How often a row is changed, and how much of it.

    `swapped_rows`: rows of names whose mentions may become others of their type (Dai and Adel 2020), each with the
    chance `swapped_mentions`. `glued_rows`: rows whose words lose their half-spaces, each with the chance
    `glued_words`, as the web loses them and restoration now and then misses them.
    """

    swapped_rows: float = 0.3
    swapped_mentions: float = 0.5
    glued_rows: float = 0.15
    glued_words: float = 0.5


class Augment:
    """Changes rows at random.

    Args:
        rows: where mentions are taken from; a mention is replaced by one of the same corpus and type, each surface
            counted once, so that rare names come up as often as frequent ones.
    """

    def __init__(self, rows: Iterable[Row], maker: RowMaker, settings: AugmentSettings) -> None:
        self._maker, self._settings = maker, settings
        found: defaultdict[tuple[str, str], dict[tuple[str, ...], None]] = defaultdict(dict)
        for row in rows:
            for start, end, kind in self._maker.names.spans(row.names):
                found[row.corpus, kind][row.tokens[start:end]] = None
        self._surfaces = {key: list(surfaces) for key, surfaces in found.items()}

    def __call__(self, row: Row, choose: random.Random) -> Row:
        """Return the row, or a changed one; annotated relations keep their words where they are."""
        settings = self._settings
        if row.linked is None and choose.random() < settings.swapped_rows:
            row = self._swap(row, choose)
        if choose.random() < settings.glued_rows:
            row = self._glue(row, lambda: choose.random() < settings.glued_words)
        return row

    def _swap(self, row: Row, choose: random.Random) -> Row:
        tokens: list[str] = []
        mentions: list[tuple[int, int, str]] = []
        done = 0
        for start, end, kind in self._maker.names.spans(row.names):
            tokens += row.tokens[done:start]
            surface = row.tokens[start:end]
            if choose.random() < self._settings.swapped_mentions:
                surface = choose.choice(self._surfaces[row.corpus, kind])
            mentions.append((len(tokens), len(tokens) + len(surface), kind))
            tokens += surface
            done = end
        tokens += row.tokens[done:]
        kept, words = self._maker.fit(tokens)
        names = self._maker.names.encode(mentions, len(tokens))
        return replace(row, tokens=tuple(tokens[:kept]), words=words, names=names[:kept])

    def _glue(self, row: Row, chosen: Callable[[], bool]) -> Row:
        shown = [t.replace(HALFSPACE, "") if HALFSPACE in t and chosen() else t for t in row.tokens]
        return replace(row, words=tuple(self._maker.subwords(shown)))
