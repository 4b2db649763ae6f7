"""What was learned about half-spaces: how likely one stands inside a word, or in place of a space between two.

Three logistic models over written features: of a half-space inside a word, of one between two words, and of a space
that is missing altogether. They see letters around the place and how often, in the training texts, each side stands
alone (`free`) and how many partners a half-space joins it to (`bound`). What each side says by itself is worked out
beforehand for all atoms that the texts have; what both say together is only asked where the sides leave it open. Where
the training texts speak clearly against a model, their own log-odds for that word or pair stand instead of it.
"""

import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self
from zipfile import BadZipFile

import numpy as np

from khabar.errors import ModelError
from khabar.manifest import check_manifest

FILE = "halfspace.npz"
TABLES = ("affixes", "weights", "seen", "inside")
NUMBERS = (
    *("step", "word_bias", "pair_bias", "glue_bias"),
    *("cut_gate", "gate", "firm", "plain", "strict", "sure", "glue", "apart", "alone"),
)
SHORTEST_GLUED = 6
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹123456789", "0" * 19)
LONGEST = 40
PERSIAN = re.compile(r"[0\u0620-\u06d3]+")
CACHE_LIMIT = 200_000
Counts = tuple[int, int, int, int]
"""Buckets of how often the texts have what stands left of a place alone, and joined; then what stands right of it."""


def bucket(count: float) -> int:
    """Return a count on a coarse logarithmic scale, 0 to 11."""
    return min(11, int(math.log2(count + 1) + 0.5)) if count > 0 else 0


def fold(atom: str) -> str:
    """Return an atom (no space or half-space in it) as the models see it: numbers are alike, and so are Latin words."""
    if atom.isdigit():
        return "0"
    if atom.isascii():
        return "a"
    return atom if atom.isalpha() else atom.translate(_DIGITS)


def cut_left_features(left: str, free: int) -> list[str]:
    """Return what the letters before a place inside a word show; `free` is a bucket."""
    edge = left[-4:] if len(left) > 3 else "^" + left
    features = ["a" + edge[-1], "b" + edge[-2:], "c" + edge[-3:], "h" + edge]
    features.append(f"n{free},{min(len(left), 4)}")
    return [*features, "t" + left, f"v{min(free, 6)}{left}"] if len(left) < 5 else features


def cut_right_features(right: str, free: int) -> list[str]:
    """Return what the letters behind a place inside a word show."""
    edge = right[:4] if len(right) > 3 else right + "$"
    features = ["d" + edge[:1], "e" + edge[:2], "f" + edge[:3], "g" + edge]
    features.append(f"o{free},{min(len(right), 4)}")
    return [*features, "r" + right, f"s{min(free, 6)}{right}"] if len(right) < 8 else features


def cut_features(left: str, right: str, counts: Counts) -> list[str]:
    """Return what both sides of a place inside a word show together."""
    fl, bl, fr, br = counts
    end, before, behind = left[-1], "^" + left, right + "$"
    features = [f"m{fl},{fr}", f"q{bl},{br}", f"z{bl},{fr}", f"y{fl},{br}"]
    features += [f"i{end}|{right[0]}", f"j{before[-2:]}|{behind[:2]}", f"k{end}|{behind[:3]}"]
    features.append(f"l{before[-3:]}|{right[0]}")
    if len(right) < 8:
        features.append(f"u{end}|{right}")
    if len(left) < 5:
        features.append(f"w{left}|{right[0]}")
    return features


def left_features(left: str, free: int, bound: int) -> list[str]:
    """Return the features of the atom before a space."""
    edge = left if len(left) > 3 else "^" + left
    return [
        "A" + left,
        "C" + edge[-1],
        "D" + edge[-2:],
        "E" + edge[-3:],
        "J" + edge[:2],
        "K" + edge[:3],
        f"L{free},{bound}",
    ]


def right_features(right: str, free: int, bound: int) -> list[str]:
    """Return the features of the atom behind a space."""
    edge = right if len(right) > 3 else right + "$"
    return ["B" + right, "F" + edge[:2], "G" + edge[:3], "H" + edge[-2:], "I" + edge[-3:], f"M{free},{bound}"]


def joint_features(left: str, right: str, counts: Counts, together: int) -> list[str]:
    """Return the features of both atoms around a space; `together` is the bucket of both written as one."""
    fl, bl, fr, br = counts
    return [
        f"N{min(len(left), 8)},{min(len(right), 8)}",
        f"S{bl},{br}",
        f"T{together}",
        f"O{left[-1]}|{right}",
        f"P{left[-2:]}|{right}",
        f"X{left[-3:]}|{right}",
        f"Q{left}|{right[:1]}",
        f"W{left}|{right[:2]}",
        f"R{left}|{right[-2:]}",
        f"U{min(fl, 9)},{right}",
        f"V{min(fr, 9)},{left}",
    ]


def glue_features(word: str, i: int, counts: Counts) -> list[str]:
    """Return the features of place `i` in a word that no text has, where a space may be missing."""
    left, right = word[:i], word[i:]
    fl, bl, fr, br = counts
    return [
        f"1{fl},{fr}",
        f"2{fl},{min(i, 6)}",
        f"3{fr},{min(len(right), 6)}",
        f"4{min(i, 6)},{min(len(right), 6)}",
        f"5{left[-1]}{right[0]}",
        f"6{left[-2:]}",
        f"7{right[:2]}",
        f"8{bl},{br}",
        f"9{left}" if i < 4 else "9",
        f"0{right}" if len(right) < 4 else "0",
    ]


class Bars(NamedTuple):
    """Log-odds above which something is set: a half-space by default (`plain`), in lines that speak against it
    (`strict`), in place of a space in lines without a sign of lost half-spaces (`alone`), so surely that it is such a
    sign (`sure`); a space (`glue`). Two words at or below `apart` do not go together.

    A place is only looked at if what its sides say by themselves is above a gate: `cut_gate` inside a word, `gate` at a
    space, `firm` at a space that must get past `strict` or `sure`.
    """

    cut_gate: float
    gate: float
    firm: float
    plain: float
    strict: float
    sure: float
    glue: float
    apart: float
    alone: float


class Atoms:
    """What is known of atoms, as columns: for `at[name]`, and at the end for an atom that the texts do not have.

    Args:
        names: the atoms.
        values: beside them in whole numbers, without biases: buckets of how often the texts have the atom alone, joined
            to a right and to a left partner; what it adds to the log-odds of a half-space as the left and as the right
            part of a word, and of one in place of a space behind and before it. *Shape:* (atoms, 7) int.
        step: of which what it adds is a whole multiple.
        biases: of a half-space inside a word, and in place of a space; the left side has them.
    """

    def __init__(self, names: Sequence[str], values: np.ndarray, step: float, biases: tuple[float, float]) -> None:
        """Take over what the model file has."""
        self.at = dict(zip(names, range(len(names)), strict=True))
        self.none = len(names)
        free, bound_left, bound_right, cut_left, cut_right, left, right = values.T.tolist()
        self.free: list[int] = [*free, 0]
        self.bound_left: list[int] = [*bound_left, 0]
        self.bound_right: list[int] = [*bound_right, 0]
        self.cut_left = _scaled(cut_left, step, biases[0])
        self.cut_right = _scaled(cut_right, step, 0.0)
        self.left = _scaled(left, step, biases[1])
        self.right = _scaled(right, step, 0.0)

    def counts(self, left: int, right: int) -> Counts:
        """Return how often the texts have two atoms, given their numbers."""
        return self.free[left], self.bound_left[left], self.free[right], self.bound_right[right]


Places = Sequence[tuple[int, float]]
"""Places in a word, each the number of letters before it, with the log-odds of a half-space there; in order."""


class _Sums(dict[str, int]):
    """A memory of summed weights that many places share; works out what it does not hold."""

    def __init__(self, weights: Mapping[str, int], features: Callable[[str], list[str]]) -> None:
        super().__init__()
        self._weights = weights
        self._features = features

    def __missing__(self, key: str) -> int:
        if len(self) >= CACHE_LIMIT:
            self.clear()
        self[key] = total = sum_of(self._weights, self._features(key))
        return total


def sum_of(weights: Mapping[str, int], features: Sequence[str]) -> int:
    """Return the summed weights of features, 0 for those that have none."""
    return sum([weights.get(f, 0) for f in features])


class HalfSpaceModel:
    """Log-odds of half-spaces.

    Args:
        atoms: names, the settled ones first: known Persian words in which no half-space belongs.
        values: beside them, what `Atoms` has. *Shape:* (atoms, 7) int.
        settled: how many are settled.
        tables: `TABLES`, names with whole numbers.
        rows: log-odds inside known words, in steps, one word behind the other. *Shape:* (places,) int8. `inside` says
            where a word's places begin, -1: no half-space belongs in it; settled words are left out.
        numbers: `NUMBERS`; weights are multiples of `step`.
    """

    def __init__(
        self,
        atoms: Sequence[str],
        values: np.ndarray,
        settled: int,
        tables: Mapping[str, dict[str, int]],
        rows: np.ndarray,
        numbers: Mapping[str, float],
    ) -> None:
        """Take over what `load` has read."""
        self.affixes = tables["affixes"]
        self.bars = Bars(*(numbers[name] for name in Bars._fields))
        self.word_bias = numbers["word_bias"]
        self._pair_bias = numbers["pair_bias"]
        self._glue_bias = numbers["glue_bias"]
        self._step = step = numbers["step"]
        self._weights = weights = tables["weights"]
        self._seen = tables["seen"]
        self._inside = tables["inside"]
        self._rows = (rows * step).tolist()
        self.atoms = Atoms(atoms, values, step, (self.word_bias, self._pair_bias))
        self.settled = dict(itertools.islice(self.atoms.at.items(), settled))
        self._before = _Sums(weights, lambda left: cut_left_features(left, 0))
        self._behind = _Sums(weights, lambda right: cut_right_features(right, 0))

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Read `halfspace.npz`, as `khabar train` wrote it, from a model folder.

        Raises:
            ModelError: the file is missing, is not such a file, or is not the one in the folder's manifest.
        """
        check_manifest(Path(folder))
        path = Path(folder) / FILE
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return cls.of(arrays)
        except (OSError, ValueError, KeyError, IndexError, BadZipFile) as error:
            raise ModelError(
                f"not a half-space model: {error}",
                path=path,
                remedy="khabar train configs/train/halfspace.yaml makes one",
            ) from error

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Return a model from the arrays of its file."""
        tables = {
            name: dict(zip(_lines(arrays[name]), arrays[f"{name}.values"].tolist(), strict=True)) for name in TABLES
        }
        numbers = dict(zip(NUMBERS, arrays["numbers"].tolist(), strict=True))
        settled = int(arrays["settled"])
        return cls(_lines(arrays["atoms"]), arrays["atoms.values"], settled, tables, arrays["rows"], numbers)

    def total(self, features: Sequence[str]) -> float:
        """Return what features add to the log-odds."""
        return self._step * sum_of(self._weights, features)

    def is_word(self, atom: str) -> bool:
        """Return whether the texts have an atom alone, more than once."""
        return self.atoms.free[self.atoms.at.get(atom, -1)] > 1

    def in_word(self, word: str) -> Places:
        """Return the places in a folded word where the log-odds of a half-space are above `plain`."""
        if word in self.settled:
            return ()
        at = self._inside.get(word)
        if at is None:
            return self._in_unknown(word) if len(word) <= LONGEST and PERSIAN.fullmatch(word) else ()
        bar = self.bars.plain
        return () if at < 0 else [(i, x) for i, x in enumerate(self._rows[at : at + len(word) - 1], 1) if x > bar]

    def _in_unknown(self, word: str) -> Places:
        """Return the places in a word that the texts do not have, only where they join one of its sides to another."""
        atoms, bar, gate, step = self.atoms, self.bars.plain, self.bars.cut_gate, self._step
        at, none = atoms.at, atoms.none
        found = []
        for i in range(1, len(word)):
            left, right = word[:i], word[i:]
            before, behind = at.get(left, none), at.get(right, none)
            if not (atoms.bound_left[before] or atoms.bound_right[behind]):
                continue
            # Of a long side that the texts do not have, only the letters next to the place count.
            sides = self.word_bias + step * self._before[left[-5:]] if before == none else atoms.cut_left[before]
            sides += step * self._behind[right[:8]] if behind == none else atoms.cut_right[behind]
            if sides > gate:
                odds = sides + self.total(cut_features(left, right, atoms.counts(before, behind)))
                if odds > bar:
                    found.append((i, odds))
        return found

    def missing_space(self, word: str, cuts: Sequence[int]) -> int:
        """Return the place in a folded word where a space is missing, or 0.

        A space is only put into a word that the texts do not have, between two that they have and neither cut nor join;
        and if there are `cuts`, places for half-spaces, only instead of a single one.
        """
        if not SHORTEST_GLUED <= len(word) <= LONGEST or word in self.settled or word in self._inside:
            return 0
        if not word.isalpha():
            return 0
        if cuts:
            return cuts[0] if len(cuts) == 1 and self._are_apart(word[: cuts[0]], word[cuts[0] :]) else 0
        best, place = self.bars.glue, 0
        settled = self.settled
        for i in [i for i in range(2, len(word) - 1) if word[i:] in settled and word[:i] in settled]:
            left, right = word[:i], word[i:]
            if self._are_words(left, right):
                counts = self.atoms.counts(settled[left], settled[right])
                odds = self._glue_bias + self.total(glue_features(word, i, counts))
                if odds > best and self._are_apart(left, right):
                    best, place = odds, i
        return place

    def _are_words(self, left: str, right: str) -> bool:
        """Return whether the texts have both alone, more than once, and cut neither."""
        return left in self.settled and right in self.settled and self.is_word(left) and self.is_word(right)

    def _are_apart(self, left: str, right: str) -> bool:
        """Return whether two atoms are words that do not go together."""
        if not self._are_words(left, right):
            return False
        sides = self.side(left)[0] + self.side(right)[1]
        return sides <= self.bars.gate or self.in_space(left, right, sides) <= self.bars.apart

    def side(self, atom: str) -> tuple[float, float]:
        """Return what a folded atom adds to the log-odds as the left and as the right side of a space."""
        known = self.atoms.at.get(atom)
        if known is not None:
            return self.atoms.left[known], self.atoms.right[known]
        return self._pair_bias + self.total(left_features(atom, 0, 0)), self.total(right_features(atom, 0, 0))

    def in_space(self, left: str, right: str, sides: float) -> float:
        """Return log-odds of a half-space in place of the space between two folded atoms.

        `sides`, the sum of the left one's and the right one's `side`, is above the gate; no half-space is set below.
        """
        seen = self._seen.get(f"{left} {right}")
        if seen is not None:
            return seen * self._step
        atoms = self.atoms
        at, none = atoms.at, atoms.none
        together = atoms.free[at.get(left + right, none)]
        counts = atoms.counts(at.get(left, none), at.get(right, none))
        return sides + self.total(joint_features(left, right, counts, together))


def _scaled(sums: Sequence[int], step: float, bias: float) -> list[float]:
    """Return sums as log-odds, and behind them what stands for none; equal ones are one object, to stay in cache."""
    odds = {total: total * step + bias for total in set(sums)}
    return [*map(odds.__getitem__, sums), math.nan]


def _lines(array: np.ndarray) -> list[str]:
    """Return names that stand in UTF-8, a line each."""
    return array.tobytes().decode("utf-8").split("\n") if array.size else []
