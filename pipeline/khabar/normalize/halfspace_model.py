"""What was learned about half-spaces: how likely one stands inside a word, or in place of a space between two.

Three logistic models over written features: of a half-space inside a word, of one between two words, and of a space
that is missing altogether. They see letters around the place and how often, in the training texts, each side stands
alone (`free`) and how many partners a half-space joins it to (`bound`). Where the training texts speak clearly against
a model, their own log-odds for that word or pair stand instead of it; what is known of their words is worked out
beforehand.
"""

import math
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self, TypeVar
from zipfile import BadZipFile

import numpy as np

from khabar.errors import ModelError
from khabar.manifest import check_manifest

FILE = "halfspace.npz"
TABLES = ("free", "bound_left", "bound_right", "affixes", "weights", "seen", "left_sums", "right_sums", "inside")
NUMBERS = ("step", "word_bias", "pair_bias", "glue_bias", "gate", "plain", "strict", "sure", "glue", "apart", "alone")
SHORTEST_GLUED = 6
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹123456789", "0" * 19)
LONGEST = 40
PERSIAN = re.compile(r"[0\u0620-\u06d3]+")
CACHE_LIMIT = 200_000
K = TypeVar("K", bound=Hashable)


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


def word_features(word: str, i: int, free: tuple[int, int], bound: tuple[int, int]) -> list[str]:
    """Return the features of place `i` inside a word; `free` and `bound` are buckets for its two sides."""
    left, right = word[:i], word[i:]
    before, behind = edges(left, right)
    (fl, fr), (bl, br) = free, bound
    features = before_features(before) + behind_features(behind) + edge_features(before, behind)
    features += count_features(fl, fr, bl, br, min(i, 4), min(len(right), 4))
    if len(right) < 8:
        features += [*ending_features(right, fr), f"u{before[-1]}|{right}"]
    if i < 5:
        features += [*opening_features(left, fl), f"w{left}|{right[:1]}"]
    return features


def edges(left: str, right: str) -> tuple[str, str]:
    """Return the four letters before a place and behind it; fewer, with a sign, where the word begins or ends."""
    return (left[-4:] if len(left) > 3 else "^" + left), (right[:4] if len(right) > 3 else right + "$")


def before_features(edge: str) -> list[str]:
    """Return features of the letters before a place; `edge` as `edges` has it."""
    return ["a" + edge[-1], "b" + edge[-2:], "c" + edge[-3:], "h" + edge]


def behind_features(edge: str) -> list[str]:
    """Return features of the letters behind a place."""
    return ["d" + edge[:1], "e" + edge[:2], "f" + edge[:3], "g" + edge]


def edge_features(before: str, behind: str) -> list[str]:
    """Return features of the letters on both sides of a place."""
    end = before[-1]
    return [
        f"i{end}|{behind[:1]}",
        f"j{before[-2:]}|{behind[:2]}",
        f"k{end}|{behind[:3]}",
        f"l{before[-3:]}|{behind[:1]}",
    ]


def count_features(fl: int, fr: int, bl: int, br: int, left: int, right: int) -> list[str]:
    """Return features of how often the texts have both sides alone and joined, and of their lengths, 4 at most."""
    return [f"m{fl},{fr}", f"n{fl},{left}", f"o{fr},{right}", f"q{bl},{br}", f"z{bl},{fr}", f"y{fl},{br}"]


def opening_features(left: str, free: int) -> list[str]:
    """Return features of a short left side as a whole."""
    return ["t" + left, f"v{min(free, 6)}{left}"]


def ending_features(right: str, free: int) -> list[str]:
    """Return features of a short right side as a whole."""
    return ["r" + right, f"s{min(free, 6)}{right}"]


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


def joint_features(left: str, right: str, free: tuple[int, int], bound: tuple[int, int], together: int) -> list[str]:
    """Return the features of both atoms around a space; `together` is the bucket of both written as one."""
    shapes = shape_features(min(len(left), 8), min(len(right), 8), *bound, together)
    return shapes + meeting_features(left, right, *free)


def shape_features(left: int, right: int, bl: int, br: int, together: int) -> list[str]:
    """Return features of two atoms' lengths, 8 at most, and of how often the texts have both together."""
    return [f"N{left},{right}", f"S{bl},{br}", f"T{together}"]


def meeting_features(left: str, right: str, fl: int, fr: int) -> list[str]:
    """Return features of what meets in two atoms around a space."""
    return [
        f"O{left[-1]}|{right}",
        f"P{left[-2:]}|{right}",
        f"X{left[-3:]}|{right}",
        f"Q{left}|{right[:1]}",
        f"W{left}|{right[:2]}",
        f"R{left}|{right[-2:]}",
        f"U{min(fl, 9)},{right}",
        f"V{min(fr, 9)},{left}",
    ]


def glue_features(word: str, i: int, free: tuple[int, int], bound: tuple[int, int]) -> list[str]:
    """Return the features of place `i` in a word that no text has, where a space may be missing."""
    left, right = word[:i], word[i:]
    (fl, fr), (bl, br) = free, bound
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
    sign (`sure`); a space (`glue`). Two words at or below `apart` do not go together."""

    plain: float
    strict: float
    sure: float
    glue: float
    apart: float
    alone: float


class _Sums(dict[K, int]):
    """A memory of summed weights that many places share; works out what it does not hold."""

    def __init__(self, weights: Mapping[str, int], features: Callable[[K], list[str]]) -> None:
        super().__init__()
        self._weights = weights
        self._features = features

    def __missing__(self, key: K) -> int:
        if len(self) >= CACHE_LIMIT:
            self.clear()
        weights = self._weights
        self[key] = total = sum([weights.get(f, 0) for f in self._features(key)])
        return total


class HalfSpaceModel:
    """Log-odds of half-spaces.

    Args:
        tables: `TABLES`, names with whole numbers; the last three are worked out beforehand from the others to save
            time, and may be left out.
        rows: log-odds inside known words, in steps, one word behind the other. *Shape:* (places,) int8. `inside` says
            where a word's places begin; -1: no half-space belongs in it.
        numbers: `NUMBERS`; weights are multiples of `step`.
    """

    def __init__(self, tables: Mapping[str, dict[str, int]], rows: np.ndarray, numbers: Mapping[str, float]) -> None:
        """Take over what `load` has read."""
        self.free = tables["free"]
        self.affixes = tables["affixes"]
        self.bars = Bars(*(numbers[name] for name in Bars._fields))
        self.gate = numbers["gate"]
        self._inside = tables.get("inside", {})
        self._rows = rows
        self._bound_left = tables["bound_left"]
        self._bound_right = tables["bound_right"]
        self._weights = tables["weights"]
        self._seen = tables["seen"]
        self._left = tables.get("left_sums", {})
        self._right = tables.get("right_sums", {})
        self._step = numbers["step"]
        self._word_bias = numbers["word_bias"]
        self._pair_bias = numbers["pair_bias"]
        self._glue_bias = numbers["glue_bias"]
        self._odds: dict[str, Sequence[float]] = {}
        weights, free = self._weights, self.free
        self._before = _Sums(weights, before_features)
        self._behind = _Sums(weights, behind_features)
        self._opening: _Sums[str] = _Sums(weights, lambda left: opening_features(left, free.get(left, 0)))
        self._ending: _Sums[str] = _Sums(weights, lambda right: ending_features(right, free.get(right, 0)))
        self._count_sums: _Sums[tuple[int, int, int, int, int, int]] = _Sums(weights, lambda key: count_features(*key))
        self._shapes: _Sums[tuple[int, int, int, int, int]] = _Sums(weights, lambda key: shape_features(*key))

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
                tables = {name: _table(arrays[name], arrays[f"{name}.values"]) for name in TABLES}
                numbers = dict(zip(NUMBERS, arrays["numbers"].tolist(), strict=True))
                rows = arrays["rows"]
            return cls(tables, rows, numbers)
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise ModelError(
                f"not a half-space model: {error}",
                path=path,
                remedy="khabar train configs/train/halfspace.yaml makes one",
            ) from error

    def is_settled(self, word: str) -> bool:
        """Return whether a word is Persian, known, and has no place for a half-space."""
        return self._inside.get(word) == -1 and word[0] >= "\u0620" and word.isalpha()

    def in_word(self, word: str) -> Sequence[float]:
        """Return log-odds of a half-space before character 1, 2, ... of a folded word; empty: none anywhere."""
        at = self._inside.get(word)
        if at == -1:
            return ()
        odds = self._odds.get(word)
        if odds is None:
            if len(self._odds) >= CACHE_LIMIT:
                self._odds.clear()
            if at is not None:
                odds = (self._rows[at : at + len(word) - 1] * self._step).tolist()
            elif len(word) <= LONGEST and PERSIAN.fullmatch(word):
                odds = self._unknown_word(word)
            else:
                odds = ()
            self._odds[word] = odds
        return odds

    def _unknown_word(self, word: str) -> list[float]:
        """Return the log-odds of each place in a word that the texts do not have; the features are `word_features`."""
        free, bound_left, bound_right, weights = self.free, self._bound_left, self._bound_right, self._weights
        odds = []
        for i in range(1, len(word)):
            left, right = word[:i], word[i:]
            bl, br = bound_left.get(left, 0), bound_right.get(right, 0)
            if not bl and not br:
                # The texts join no such part to any other.
                odds.append(-math.inf)
                continue
            behind_it = len(word) - i
            before, behind = edges(left, right)
            counts = (
                free.get(left, 0),
                free.get(right, 0),
                bl,
                br,
                i if i < 4 else 4,
                behind_it if behind_it < 4 else 4,
            )
            total = self._before[before] + self._behind[behind] + self._count_sums[counts]
            for feature in edge_features(before, behind):
                total += weights.get(feature, 0)
            if behind_it < 8:
                total += self._ending[right] + weights.get(f"u{before[-1]}|{right}", 0)
            if i < 5:
                total += self._opening[left] + weights.get(f"w{left}|{right[0]}", 0)
            odds.append(self._word_bias + self._step * total)
        return odds

    def missing_space(self, word: str, cuts: Sequence[int]) -> int:
        """Return the place in a folded word where a space is missing, or 0.

        A space is only put into a word that the texts do not have, between two that they have and neither cut nor join;
        and if there are `cuts`, places for half-spaces, only instead of a single one.
        """
        if not SHORTEST_GLUED <= len(word) <= LONGEST or word in self._inside or not word.isalpha():
            return 0
        if cuts:
            return cuts[0] if len(cuts) == 1 and self._are_apart(word[: cuts[0]], word[cuts[0] :]) else 0
        best, place = self.bars.glue, 0
        for i in range(2, len(word) - 1):
            left, right = word[:i], word[i:]
            if self._are_words(left, right):
                odds = self._glue_bias + self._step * self._sum(glue_features(word, i, *self._counts(left, right)))
                if odds > best and self._are_apart(left, right):
                    best, place = odds, i
        return place

    def _are_words(self, left: str, right: str) -> bool:
        return self.free.get(left, 0) > 1 < self.free.get(right, 0) and (
            self._inside.get(left) == self._inside.get(right) == -1
        )

    def _are_apart(self, left: str, right: str) -> bool:
        """Return whether two atoms are words that do not go together."""
        if not self._are_words(left, right):
            return False
        sides = self.side(left)[0] + self.side(right)[1]
        return sides <= self.gate or self.in_space(left, right, sides) <= self.bars.apart

    def _counts(self, left: str, right: str) -> tuple[tuple[int, int], tuple[int, int]]:
        free = self.free
        return (
            (free.get(left, 0), free.get(right, 0)),
            (self._bound_left.get(left, 0), self._bound_right.get(right, 0)),
        )

    def side(self, atom: str) -> tuple[float, float]:
        """Return what a folded atom adds to the log-odds as the left and as the right side of a space."""
        left, right = self.side_sums(atom)
        return self._step * left + self._pair_bias, self._step * right

    def side_sums(self, atom: str) -> tuple[int, int]:
        """Return the summed weights of an atom's features as the left and as the right side of a space."""
        left, right = self._left.get(atom), self._right.get(atom)
        if left is None or right is None:
            free = self.free.get(atom, 0)
            left = self._sum(left_features(atom, free, self._bound_left.get(atom, 0)))
            right = self._sum(right_features(atom, free, self._bound_right.get(atom, 0)))
        return left, right

    def _sum(self, features: list[str]) -> int:
        weights = self._weights
        return sum([weights.get(f, 0) for f in features])

    def in_space(self, left: str, right: str, sides: float) -> float:
        """Return log-odds of a half-space in place of the space between two folded atoms.

        `sides`, the sum of the left one's and the right one's `side`, is above the gate; no half-space is set below.
        """
        seen = self._seen.get(f"{left} {right}")
        if seen is not None:
            return seen * self._step
        free = self.free
        bound = self._bound_left.get(left, 0), self._bound_right.get(right, 0)
        shapes = (min(len(left), 8), min(len(right), 8), *bound, free.get(left + right, 0))
        meeting = self._sum(meeting_features(left, right, free.get(left, 0), free.get(right, 0)))
        return sides + self._step * (self._shapes[shapes] + meeting)


def _table(names: np.ndarray, values: np.ndarray) -> dict[str, int]:
    """Return a table from its names, a line each in UTF-8, and their values."""
    lines = names.tobytes().decode("utf-8").split("\n") if names.size else []
    return dict(zip(lines, values.tolist(), strict=True))
