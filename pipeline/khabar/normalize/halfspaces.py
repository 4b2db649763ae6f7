"""Puts half-spaces where careful writers have them, and changes nothing but spaces and half-spaces.

A text is taken apart into atoms, the stretches of letters or digits that neither a space nor a half-space divides. The
model says of each place inside an atom, and of each single space between two, whether a half-space belongs there. What
it says depends on those atoms alone, so that a text which was restored stays as it is. Half-spaces that a writer set
stay, too; in a line that has some, the others are taken to be left out on purpose unless the model is very sure.
"""

import itertools
import math
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from khabar.normalize.characters import ZWNJ
from khabar.normalize.edits import Edit
from khabar.normalize.halfspace_model import CACHE_LIMIT, PERSIAN, HalfSpaceModel, fold

AfterNonjoiner = Literal["keep", "always", "never"]

NONJOINERS = frozenset("اآأإدذرزژوؤةء")
WORD = re.compile(rf"[^\W_]+(?:{ZWNJ}[^\W_]+)*")


class _Plan(NamedTuple):
    """What becomes of a word: where half-spaces go in or out, and how its ends look to its neighbors."""

    edits: tuple[Edit, ...]
    first: str
    last: str
    joins_left: float
    joins_right: float
    peak: float


class _Place(NamedTuple):
    """A word in a line: where it starts, and the log-odds of a half-space in place of the space before it."""

    start: int
    plan: _Plan
    odds: float


class Restorer:
    """Finds the half-spaces that a text lacks.

    Args:
        model: what was learned.
        after_nonjoiner: after a letter that does not join the next one, set half-spaces as the training texts do
            (`keep`), between every stem and affix (`always`), or nowhere, writing both sides together (`never`).
        exceptions: words that stay as they stand in the text.
    """

    def __init__(
        self,
        model: HalfSpaceModel,
        after_nonjoiner: AfterNonjoiner = "keep",
        exceptions: frozenset[str] = frozenset(),
    ) -> None:
        """Start with empty memories of words and pairs."""
        self._model = model
        self._mode = after_nonjoiner
        self._exceptions = exceptions
        self._plans: dict[bool, dict[str, _Plan]] = {False: {}, True: {}}
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
        bars = self._model.bars
        bar = bars.plain
        if ZWNJ in line:
            bar = bars.strict
            places = self._places(line, strict=True)
        else:
            places = self._places(line, strict=False)
            # A writer who puts spaces for half-spaces seldom leaves them out, too, and the other way round.
            joined = sum([place.plan.peak > bars.sure for place in places])
            spaced = sum([place.odds > bars.sure for place in places])
            if joined > spaced:
                bar = bars.strict
            elif spaced > joined:
                places = self._places(line, strict=True)
        for start, plan, odds in places:
            if odds > bar:
                edits.append((at + start - 1, at + start, self._joint(line[start - 2])))
            for a, b, new in plan.edits:
                edits.append((at + start + a, at + start + b, new))

    def _places(self, line: str, strict: bool) -> list[_Place]:
        """Return the words of a line, each with the log-odds of a half-space in place of the space before it."""
        plans, pairs = self._plans[strict], self._pairs
        places: list[_Place] = []
        before: _Plan | None = None
        end = -1
        for match in WORD.finditer(line):
            word = match[0]
            start = match.start()
            plan = plans.get(word) or self._remember(word, strict)
            odds = -math.inf
            if before is not None and start == end + 1 and line[end] == " ":
                known = pairs.get((before.last, plan.first))
                odds = self._pair(before, plan) if known is None else known
            places.append(_Place(start, plan, odds))
            before = plan
            end = match.end()
        return places

    def _pair(self, left: _Plan, right: _Plan) -> float:
        if len(self._pairs) >= CACHE_LIMIT:
            self._pairs.clear()
        odds = -math.inf
        if PERSIAN.match(right.first):
            odds = self._model.in_space(left.last, right.first, left.joins_right + right.joins_left)
        self._pairs[left.last, right.first] = odds
        return odds

    def _joint(self, letter: str) -> str:
        return "" if self._mode == "never" and letter in NONJOINERS else ZWNJ

    def _remember(self, word: str, strict: bool) -> _Plan:
        plans = self._plans[strict]
        if len(plans) >= CACHE_LIMIT:
            plans.clear()
        plans[word] = plan = self._plan(word, self._model.bars.strict if strict else self._model.bars.plain)
        return plan

    def _plan(self, word: str, bar: float) -> _Plan:
        if word in self._exceptions:
            return _Plan((), "", "", -math.inf, -math.inf, -math.inf)
        edits: list[Edit] = []
        at = 0
        atoms: list[str] = []
        peak = -math.inf
        for atom in word.split(ZWNJ):
            peak = max(peak, *self._model.in_word(fold(atom)), -math.inf)
            if at and not self._joint(word[at - 2]):
                edits.append((at - 1, at, ""))
            cuts = [at + i for i in self._cuts(atom, bar)]
            edits.extend((i, i, ZWNJ) for i in cuts)
            bounds = [at, *cuts, at + len(atom)]
            atoms.extend(word[a:b] for a, b in itertools.pairwise(bounds))
            at += len(atom) + 1
        first, last = fold(atoms[0]), fold(atoms[-1])
        return _Plan(tuple(edits), first, last, self._model.side(first)[1], self._model.side(last)[0], peak)

    def _cuts(self, atom: str, bar: float, shift: int = 0) -> Iterator[int]:
        """Yield where half-spaces go inside an atom, cutting its parts again until none is cut."""
        folded = fold(atom)
        odds = self._model.in_word(folded)
        cuts = [i for i, x in enumerate(odds, 1) if x > bar and self._joint(atom[i - 1])]
        if self._mode == "always":
            cuts = sorted({*cuts, *self._affix_cuts(folded)})
        if not cuts:
            return
        bounds = [0, *cuts, len(atom)]
        for a, b in itertools.pairwise(bounds):
            if a:
                yield shift + a
            yield from self._cuts(atom[a:b], bar, shift + a)

    def _affix_cuts(self, atom: str) -> list[int]:
        """Return where a stem that ends in a letter which does not join meets an affix."""
        return [
            i
            for i in range(2, len(atom))
            if atom[i - 1] in NONJOINERS and atom[i:] in self._model.affixes and self._model.free.get(atom[:i], 0) > 1
        ]
