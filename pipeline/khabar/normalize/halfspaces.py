"""Puts half-spaces where careful writers have them, and changes nothing but spaces and half-spaces.

A line is taken apart at its spaces into chunks, and a chunk into atoms, the stretches of letters or digits that no
half-space divides. The model says of each place inside an atom, and of each single space between two, whether a
half-space belongs there. What it says depends on those atoms alone, so that a text which was restored stays as it is.
Half-spaces that a writer set stay, too; in a line that has some, the others are taken to be left out on purpose unless
the model is very sure, and in a line that shows no loss, a space stays unless the model is sure. Chunks and pairs are
remembered: most of a text is words that were seen before.
"""

import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from operator import add
from typing import Literal

from khabar.normalize.characters import ZWNJ
from khabar.normalize.edits import Edit
from khabar.normalize.halfspace_model import CACHE_LIMIT, PERSIAN, HalfSpaceModel, Places, fold

AfterNonjoiner = Literal["keep", "always", "never"]

NONJOINERS = frozenset("اآأإدذرزژوؤةء")
WORD = re.compile(rf"[^\W_]+(?:{ZWNJ}[^\W_]+)*")
_REMEMBERED = 60  # characters of a chunk; longer ones hardly come again


_Plan = tuple[tuple[Edit, ...], str, str, float, float, int]
"""What becomes of a chunk: its edits, and how it looks to the chunks beside it.

Then its first and last atom, and what they add to the log-odds of a half-space in place of the space before and behind
the chunk, minus infinity where it does not begin or end in a word; last, how many words surely lost a half-space.
"""


class _Plans(dict[str, _Plan]):
    """A memory of chunks that works out what it does not hold."""

    def __init__(self, make: Callable[[str], _Plan]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, chunk: str) -> _Plan:
        plan = self._make(chunk)
        if len(chunk) <= _REMEMBERED:
            if len(self) >= CACHE_LIMIT:
                self.clear()
            self[chunk] = plan
        return plan


class Restorer:
    """Finds the half-spaces that a text lacks.

    Args:
        model: what was learned.
        after_nonjoiner: after a letter that does not join the next one, set half-spaces as the training texts do
            (`keep`), between every stem and affix (`always`), or nowhere, writing both sides together (`never`).
        exceptions: clean forms that stay: a word, or two words with a space or half-space between.
    """

    def __init__(
        self,
        model: HalfSpaceModel,
        after_nonjoiner: AfterNonjoiner = "keep",
        exceptions: frozenset[str] = frozenset(),
    ) -> None:
        """Start with empty memories of chunks and pairs."""
        self._model = model
        self._mode = after_nonjoiner
        self._exceptions = exceptions
        bars = model.bars
        # Words that stay; nothing is sure to where affixes are cut off everywhere, or the user has exceptions.
        self._settled = model.settled if after_nonjoiner != "always" and not exceptions else {}
        # Where nothing is above the lower bar, nothing is above the higher one.
        self._plain = _Plans(lambda chunk: self._plan(chunk, self._plain, bars.plain))
        self._strict = _Plans(
            lambda c: self._plan(c, self._strict, bars.strict) if self._plain[c][0] else self._plain[c]
        )
        self._pairs: dict[tuple[str, str], float] = {}
        known, atoms = self._settled, model.atoms
        plans = zip(
            known, zip(repeat(()), known, known, atoms.right, atoms.left, repeat(0), strict=False), strict=False
        )
        self._plain.update(plans)
        self._strict.update(self._plain)

    def edits(self, text: str) -> list[Edit]:
        """Return what to change in clean text, in order."""
        edits: list[Edit] = []
        at = 0
        for line in text.split("\n"):
            self._edit_line(line, at, edits)
            at += len(line) + 1
        return edits

    def _edit_line(self, line: str, at: int, edits: list[Edit]) -> None:
        chunks = line.split(" ")
        bars = self._model.bars
        bar = bars.plain
        if ZWNJ in line:
            bar = bars.strict
            inner, *ends, _ = zip(*map(self._strict.__getitem__, chunks), strict=True)
            joints = self._joints(bars.firm, *ends)
        else:
            inner, *ends, losses = zip(*map(self._plain.__getitem__, chunks), strict=True)
            joints = self._joints(bars.firm, *ends)
            # A writer who puts spaces for half-spaces seldom leaves them out, too, and the other way round.
            lost = sum(losses)
            spaced = sum([odds > bars.sure for _, odds in joints])
            if lost > spaced:
                bar = bars.strict
            else:
                if spaced > lost and any(inner):
                    inner, *ends, _ = zip(*map(self._strict.__getitem__, chunks), strict=True)
                elif not lost and not spaced:
                    # Nothing in the line shows that half-spaces were lost at all.
                    bar = bars.alone
                joints = self._joints(bars.gate, *ends)
        joined = {i for i, odds in joints if odds > bar}
        if self._exceptions:
            joined = {i for i in joined if not self._is_exception(chunks[i - 1], chunks[i])}
        if not joined and not any(inner):
            return
        lengths = [*itertools.accumulate(map(len, chunks), initial=at)]
        for i in sorted(joined.union([i for i, own in enumerate(inner) if own])):
            start = lengths[i] + i
            if i in joined:
                edits.append((start - 1, start, self._joint(chunks[i - 1][-1])))
            for a, b, new in inner[i]:
                edits.append((start + a, start + b, new))

    def _joints(
        self, gate: float, firsts: Sequence[str], lasts: Sequence[str], opens: Sequence[float], closes: Sequence[float]
    ) -> list[tuple[int, float]]:
        """Return the chunks that stand behind a space whose two sides get past the gate, each with its log-odds."""
        pairs = self._pairs
        joints = []
        for i, sides in [(i, sides) for i, sides in enumerate(map(add, closes, opens[1:]), 1) if sides > gate]:
            last, first = lasts[i - 1], firsts[i]
            odds = pairs.get((last, first))
            if odds is None:
                odds = self._pair(last, first, sides)
            joints.append((i, odds))
        return joints

    def _pair(self, left: str, right: str, sides: float) -> float:
        if len(self._pairs) >= CACHE_LIMIT:
            self._pairs.clear()
        self._pairs[left, right] = odds = self._model.in_space(left, right, sides)
        return odds

    def _is_exception(self, left: str, right: str) -> bool:
        """Return whether the user keeps two chunks apart."""
        if not self._exceptions:
            return False
        before, behind = WORD.findall(left)[-1], WORD.findall(right)[0]
        return not self._exceptions.isdisjoint((f"{before} {behind}", f"{before}{ZWNJ}{behind}"))

    def _joint(self, letter: str) -> str:
        return "" if self._mode == "never" and letter in NONJOINERS else ZWNJ

    def _plan(self, chunk: str, plans: Mapping[str, _Plan], bar: float) -> _Plan:
        """Return the plan of a chunk; `plans` are those of its words at that bar."""
        if chunk.isalpha() or WORD.fullmatch(chunk):
            return self._plan_word(chunk, bar)
        if not chunk[-1:].isalnum() and (known := plans.get(chunk[:-1])):
            # A sign behind a chunk that was met before.
            return known[0], known[1], "", known[3], -math.inf, known[5]
        edits: list[Edit] = []
        first = last = ""
        opens = closes = -math.inf
        lost = 0
        for word in WORD.finditer(chunk):
            start, end = word.span()
            inner, left, right, opening, closing, losses = plans[word[0]]
            edits += [(start + a, start + b, new) for a, b, new in inner]
            lost += losses
            if not start:
                first, opens = left, opening
            if end == len(chunk):
                last, closes = right, closing
        return tuple(edits), first, last, opens, closes, lost

    def _plan_word(self, word: str, bar: float) -> _Plan:
        """Return the plan of a word; one that is an exception stands alone, one that lacks a space lost nothing."""
        model, settled = self._model, self._settled
        written = word.split(ZWNJ)
        if self._mode == "keep" and all(atom in settled for atom in written):
            first, last = written[0], written[-1]
            return (), first, last, model.atoms.right[settled[first]], model.atoms.left[settled[last]], 0
        edits: list[Edit] = []
        pieces: list[str] = []
        lost, new = False, ZWNJ
        at = 0
        for atom in written:
            folded = fold(atom)
            if at and not self._joint(word[at - 2]):
                edits.append((at - 1, at, ""))
            places = () if folded in settled else model.in_word(folded)
            parts = self._parts(atom, folded, places, bar)
            if len(written) == 1 and (place := model.missing_space(folded, [len(part) for part in parts[:-1]])):
                # Neither side may be cut further, or they would be other atoms the next time.
                sides = [atom[:place], atom[place:]]
                if all(len(self._inner_parts(side, bar)) == 1 for side in sides):
                    parts, new = sides, " "
            if new == ZWNJ and not lost:
                lost = any([odds > model.bars.sure for _, odds in places])
            end = at
            for part in parts[:-1]:
                end += len(part)
                edits.append((end, end, new))
            pieces += parts
            at += len(atom) + 1
        if self._exceptions and not self._exceptions.isdisjoint((word, new.join(pieces))):
            return (), "", "", -math.inf, -math.inf, 0
        first, last = fold(pieces[0]), fold(pieces[-1])
        closes, opens = model.side(first)
        if len(pieces) > 1:
            closes = model.side(last)[0]
        return tuple(edits), first, last, opens if PERSIAN.match(first) else -math.inf, closes, int(lost)

    def _parts(self, atom: str, folded: str, places: Places, bar: float) -> list[str]:
        """Return what half-spaces at these places make of an atom; its parts are cut again until none is cut."""
        cuts = [i for i, odds in places if odds > bar and self._joint(atom[i - 1])]
        if self._mode == "always":
            cuts = sorted({*cuts, *self._affix_cuts(folded)})
        if not cuts:
            return [atom]
        parts = []
        for a, b in zip([0, *cuts], [*cuts, len(atom)], strict=True):
            parts += self._inner_parts(atom[a:b], bar)
        return parts

    def _inner_parts(self, part: str, bar: float) -> list[str]:
        """Return what half-spaces make of a part of an atom."""
        if part in self._settled:
            return [part]
        folded = fold(part)
        return self._parts(part, folded, self._model.in_word(folded), bar)

    def _affix_cuts(self, atom: str) -> list[int]:
        """Return where a stem that ends in a letter which does not join meets an affix."""
        return [
            i
            for i in range(2, len(atom))
            if atom[i - 1] in NONJOINERS and atom[i:] in self._model.affixes and self._model.is_word(atom[:i])
        ]
