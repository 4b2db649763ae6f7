"""Sentences to windows that a model can read."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from khabar.encode.subwords import Subwords
from khabar.encode.windows import Window, cut_pieces, windows


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, or a part of one that no window could hold: its words and their subwords.

    `first` counts the sentence's words before this piece.
    """

    sentence: int
    first: int
    tokens: tuple[str, ...]
    words: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class EncodedWindow:
    """A window's pieces, and where in the window's words each begins."""

    window: Window
    pieces: tuple[Piece, ...]
    starts: tuple[int, ...]

    @property
    def words(self) -> tuple[tuple[int, ...], ...]:
        return tuple(word for piece in self.pieces for word in piece.words)

    @property
    def tokens(self) -> tuple[str, ...]:
        return tuple(token for piece in self.pieces for token in piece.tokens)


class Encoder:
    """Cuts tokenized sentences into windows of subwords.

    Args:
        limit: subwords in a window, without the two at its edges.
        reach: sentences that two windows have in common.
    """

    def __init__(self, subwords: Subwords, *, limit: int, reach: int) -> None:
        self._subwords, self._limit, self._reach = subwords, limit, reach

    def __call__(self, sentences: Sequence[Sequence[str]]) -> list[EncodedWindow]:
        """Return the windows of one article, in order."""
        # one call for all of them: the tokenizer deals what it is given to several threads, which takes its time
        words = iter(self._subwords([token for tokens in sentences for token in tokens]))
        cut = [[word[: self._limit] for word in islice(words, len(tokens))] for tokens in sentences]
        pieces = [p for number, tokens in enumerate(sentences) for p in self._pieces(number, tokens, cut[number])]
        found = windows([sum(map(len, p.words)) for p in pieces], self._limit, self._reach)
        return [self._window(w, pieces[w.first : w.last]) for w in found]

    def _pieces(self, number: int, tokens: Sequence[str], words: Sequence[tuple[int, ...]]) -> list[Piece]:
        spans = cut_pieces([len(w) for w in words], self._limit)
        return [Piece(number, a, tuple(tokens[a:b]), tuple(words[a:b])) for a, b in spans]

    @staticmethod
    def _window(window: Window, pieces: Sequence[Piece]) -> EncodedWindow:
        starts, count = [], 0
        for piece in pieces:
            starts.append(count)
            count += len(piece.words)
        return EncodedWindow(window, tuple(pieces), tuple(starts))
