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
from collections.abc import Callable
from typing import Literal, NamedTuple

from khabar.normalize.characters import ZWNJ
from khabar.normalize.edits import Edit
from khabar.normalize.halfspace_model import CACHE_LIMIT, PERSIAN, HalfSpaceModel, fold

AfterNonjoiner = Literal["keep", "always", "never"]

NONJOINERS = frozenset("اآأإدذرزژوؤةء")
WORD = re.compile(rf"[^\W_]+(?:{ZWNJ}[^\W_]+)*")
_REMEMBERED = 60  # characters of a chunk; longer ones hardly come again


class _Plan(NamedTuple):
    """What becomes of a chunk: its edits, and how it looks to the chunks beside it.

    `opens` and `closes` are what its first and last atom add to the log-odds of a half-space in place of the space
    before and behind it, minus infinity where the chunk does not begin or end in a word; `lost` counts the words that
    surely lost a half-space.
    """

    edits: tuple[Edit, ...]
    first: str
    last: str
    opens: float
    closes: float
    lost: int


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
        # Where nothing is above the lower bar, nothing is above the higher one.
        self._plain = _Plans(lambda chunk: self._settled(chunk) or self._plan(chunk, bars.plain))
        self._strict = _Plans(lambda c: self._plan(c, bars.strict) if self._plain[c].edits else self._plain[c])
        self._pairs: dict[tuple[str, str], float] = {}

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
            plans = list(map(self._strict.__getitem__, chunks))
            joints = self._joints(plans)
        else:
            plans = list(map(self._plain.__getitem__, chunks))
            joints = self._joints(plans)
            # A writer who puts spaces for half-spaces seldom leaves them out, too, and the other way round.
            lost = sum([plan.lost for plan in plans])
            spaced = sum([odds > bars.sure for odds in joints.values()])
            if lost > spaced:
                bar = bars.strict
            elif spaced > lost:
                plans = list(map(self._strict.__getitem__, chunks))
                joints = self._joints(plans)
            elif not lost:
                # Nothing in the line shows that half-spaces were lost at all.
                bar = bars.alone
        for i, (chunk, plan) in enumerate(zip(chunks, plans, strict=True)):
            if i in joints and joints[i] > bar and not self._is_exception(chunks[i - 1], chunk):
                edits.append((at - 1, at, self._joint(chunks[i - 1][-1])))
            for a, b, new in plan.edits:
                edits.append((at + a, at + b, new))
            at += len(chunk) + 1

    def _joints(self, plans: list[_Plan]) -> dict[int, float]:
        """Return the log-odds of a half-space before those chunks where there may be one."""
        gate, pairs = self._model.gate, self._pairs
        joints = {}
        last, closes = "", -math.inf
        for i, (_, first, end, opens, ending, _) in enumerate(plans):
            if closes + opens > gate:
                odds = pairs.get((last, first))
                joints[i] = self._pair(last, first, closes + opens) if odds is None else odds
            last, closes = end, ending
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

    def _is_settled(self, word: str) -> bool:
        """Return by the quickest way whether a word is Persian and known, and no half-space belongs in it."""
        return self._model.is_settled(word) and self._mode != "always" and not self._exceptions

    def _settled(self, chunk: str) -> _Plan | None:
        """Return the plan of a chunk that is a settled word."""
        if not self._is_settled(chunk):
            return None
        closes, opens = self._model.side(chunk)
        return _Plan((), chunk, chunk, opens, closes, 0)

    def _plan(self, chunk: str, bar: float) -> _Plan:
        edits: list[Edit] = []
        first = last = ""
        opens = closes = -math.inf
        lost = 0
        for match in WORD.finditer(chunk):
            word, start = match[0], match.start()
            if self._is_settled(word):
                atoms = [word]
            else:
                found, atoms, peak = self._plan_word(word, bar)
                edits += [(start + a, start + b, new) for a, b, new in found]
                lost += peak > self._model.bars.sure
            if not start and atoms and PERSIAN.match(atoms[0]):
                first = atoms[0]
                opens = self._model.side(first)[1]
            if match.end() == len(chunk) and atoms:
                last = atoms[-1]
                closes = self._model.side(last)[0]
        return _Plan(tuple(edits), first, last, opens, closes, lost)

    def _plan_word(self, word: str, bar: float) -> tuple[list[Edit], list[str], float]:
        """Return the edits of a word, its folded atoms afterwards, and the highest log-odds of a half-space in it.

        A word that is an exception has no atoms, so that it stands alone; one that lacks a space lost no half-space.
        """
        edits: list[Edit] = []
        pieces: list[str] = []
        atoms: list[str] = []
        peak = -math.inf
        at = 0
        for atom in word.split(ZWNJ):
            folded = fold(atom)
            if at and not self._joint(word[at - 2]):
                edits.append((at - 1, at, ""))
            cuts = self._cuts(atom, bar)
            new = ZWNJ
            place = self._model.missing_space(folded, cuts) if len(atom) == len(word) else 0
            # Neither side may be cut further, or they would be other atoms the next time.
            if place and not self._cuts(atom[:place], bar) and not self._cuts(atom[place:], bar):
                cuts, new = [place], " "
            else:
                peak = max(peak, *self._model.in_word(folded), -math.inf)
            edits.extend((at + i, at + i, new) for i in cuts)
            parts = [atom[a:b] for a, b in itertools.pairwise([0, *cuts, len(atom)])]
            atoms.extend(map(fold, parts))
            pieces.append(new.join(parts))
            at += len(atom) + 1
        if self._exceptions and not self._exceptions.isdisjoint((word, ZWNJ.join(pieces))):
            return [], [], -math.inf
        return edits, atoms, peak

    def _cuts(self, atom: str, bar: float) -> list[int]:
        """Return where half-spaces go inside an atom, cutting its parts again until none is cut."""
        folded = fold(atom)
        cuts = [i for i, x in enumerate(self._model.in_word(folded), 1) if x > bar and self._joint(atom[i - 1])]
        if self._mode == "always":
            cuts = sorted({*cuts, *self._affix_cuts(folded)})
        if not cuts:
            return cuts
        found: list[int] = []
        for a, b in itertools.pairwise((0, *cuts, len(atom))):
            if a:
                found.append(a)
            part = atom[a:b]
            if not self._is_settled(part):
                found += [a + i for i in self._cuts(part, bar)]
        return found

    def _affix_cuts(self, atom: str) -> list[int]:
        """Return where a stem that ends in a letter which does not join meets an affix."""
        return [
            i
            for i in range(2, len(atom))
            if atom[i - 1] in NONJOINERS and atom[i:] in self._model.affixes and self._model.free.get(atom[:i], 0) > 1
        ]
