"""Learns where half-spaces stand, for `khabar train configs/train/halfspace.yaml`.

Three logistic models (see `khabar.normalize.halfspace_model`), fitted by L-BFGS on word and pair types. What a type
adds to the counts that its own features are made of is taken out first, or rare words would teach the model that every
rare word is one that the texts confirm.
"""

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click
import numpy as np

from khabar.errors import UsageError
from khabar.formats.conll import read_columns
from khabar.manifest import write_manifest
from khabar.normalize import Normalizer
from khabar.normalize.characters import ZWNJ
from khabar.normalize.halfspace_model import (
    FILE,
    LONGEST,
    NUMBERS,
    PERSIAN,
    SHORTEST_GLUED,
    TABLES,
    Counts,
    HalfSpaceModel,
    bucket,
    cut_features,
    cut_left_features,
    cut_right_features,
    fold,
    glue_features,
    joint_features,
    left_features,
    right_features,
    sum_of,
)
from khabar.normalize.halfspaces import NONJOINERS, WORD
from khabar_eval.halfspace import learnable


@dataclass(frozen=True)
class HalfSpaceConfig:
    """A run: texts under the data folder by corpus, and what `configs/train/halfspace.yaml` says of each setting."""

    name: str
    output: str
    texts: dict[str, str]
    weights: dict[str, dict[str, float]]
    damping: dict[str, float]
    fewest: dict[str, int]
    glued: dict[str, float]
    bars: dict[str, float]
    features: bool = True
    l2: float = 1.0
    iterations: int = 150
    prior: float = 2.0
    step: float = 0.05


SEPARATORS = {"arman": " ", "parstwiner": "\t", "peyma": "|"}
Pair = tuple[str, str]
Seen = tuple[str, float, float, list[str]]  # a place, how often joined and apart, its features


@dataclass
class Tally:
    """What the texts say. A chain is a row of words with single spaces between; a word is one or more atoms."""

    free: Counter[str] = field(default_factory=Counter)
    words: dict[str, dict[tuple[int, ...], float]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(float))
    )
    spaced: dict[Pair, float] = field(default_factory=lambda: defaultdict(float))
    joined: dict[Pair, float] = field(default_factory=lambda: defaultdict(float))
    occurrences: Counter[Pair] = field(default_factory=Counter)

    def add(self, line: str, weight: float) -> None:
        """Count a clean line."""
        end, last = -1, None
        for match in WORD.finditer(line):
            atoms = [fold(a) for a in match[0].split(ZWNJ)]
            self._add_word(atoms, weight)
            for pair in itertools.pairwise(atoms):
                self.joined[pair] += weight
            if last is not None and line[end : match.start()] == " ":
                self.spaced[last, atoms[0]] += weight
                self.occurrences[last, atoms[0]] += 1
            end, last = match.end(), atoms[-1]

    def _add_word(self, atoms: list[str], weight: float) -> None:
        if len(atoms) == 1:
            self.free[atoms[0]] += 1
        cuts = tuple(np.cumsum([len(a) for a in atoms[:-1]]).tolist())
        self.words["".join(atoms)][cuts] += weight


class Features:
    """Features of training types, each without its own share in the counts; none at all unless `written`."""

    def __init__(self, tally: Tally, written: bool = True) -> None:
        """Count in how many joined pairs each atom stands left and right."""
        self._written = written
        self.free = tally.free
        self.left = Counter(a for a, _ in tally.joined)
        self.right = Counter(b for _, b in tally.joined)
        self._joined = tally.joined

    def word(self, word: str, i: int) -> list[str]:
        """Return the features of a place inside a word."""
        if not self._written:
            return []
        left, right = word[:i], word[i:]
        counts = self._counts(left, right, 0)
        sides = cut_left_features(left, counts[0]) + cut_right_features(right, counts[2])
        return sides + cut_features(left, right, counts)

    def pair(self, left: str, right: str, own: int = 0) -> list[str]:
        """Return the features of a space between two atoms; `own`: occurrences as this very pair."""
        if not self._written:
            return []
        counts = self._counts(left, right, own)
        sides = left_features(left, *counts[:2]) + right_features(right, *counts[2:])
        return sides + joint_features(left, right, counts, bucket(self.free[left + right]))

    def glue(self, word: str, i: int, own: int) -> list[str]:
        """Return the features of a place where a space may be missing; `own`: occurrences as these very two words."""
        if not self._written:
            return []
        return glue_features(word, i, self._counts(word[:i], word[i:], own))

    def _counts(self, left: str, right: str, own: int) -> Counts:
        bound = int((left, right) in self._joined)
        return (
            bucket(self.free[left] - own),
            bucket(self.left[left] - bound),
            bucket(self.free[right] - own),
            bucket(self.right[right] - bound),
        )


@dataclass
class Rows:
    """Training examples, or places to score: features, label, weight."""

    features: list[list[str]] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def add(self, features: list[str], label: int, weight: float) -> None:
        """Add one."""
        self.features.append(features)
        self.labels.append(label)
        self.weights.append(weight)


def word_rows(tally: Tally, features: Features, damping: float) -> tuple[Rows, list[Seen]]:
    """Return an example for each place in each word, and what the texts say of it, word by word."""
    rows, seen = Rows(), []
    for word, patterns in tally.words.items():
        if len(word) > LONGEST:
            continue
        total = sum(patterns.values())
        share = total**damping / total
        cut: dict[int, float] = defaultdict(float)
        for cuts, count in patterns.items():
            for i in cuts:
                cut[i] += count
        for i in range(1, len(word)):
            found = features.word(word, i)
            joined, apart = cut[i], total - cut[i]
            if joined:
                rows.add(found, 1, joined * share)
            if apart > 0:
                rows.add(found, 0, apart * share)
            seen.append((word, joined, apart, found))
    return rows, seen


def glue_rows(tally: Tally, features: Features, settings: dict[str, float]) -> Rows:
    """Return examples of words run together, and of whole words, as if no text had them.

    Words run together are neighbors with a space between, each pair once; whole words are those that a text has less
    than `rare` times. An example is a place between two words that the texts have alone.
    """
    rows = Rows()
    free, whole = tally.free, tally.words
    for left, right in tally.spaced:
        word = left + right
        if free[left] > 2 < free[right] and PERSIAN.fullmatch(word) and word not in whole:
            rows.add(features.glue(word, len(left), 1), 1, settings["share"])
    for word in whole:
        if SHORTEST_GLUED <= len(word) <= LONGEST and free[word] < settings["rare"] and PERSIAN.fullmatch(word):
            for i in range(2, len(word) - 1):
                if free[word[:i]] > 2 < free[word[i:]]:
                    rows.add(features.glue(word, i, 0), 0, 1.0)
    return rows


def pair_rows(tally: Tally, features: Features, damping: float) -> Rows:
    """Return an example for each pair of atoms with a space or half-space between."""
    rows = Rows()
    for left, right in {**tally.spaced, **tally.joined}:
        joined, apart = tally.joined.get((left, right), 0.0), tally.spaced.get((left, right), 0.0)
        total = joined + apart
        share = total**damping / total
        if joined:
            rows.add(features.pair(left, right), 1, joined * share)
        if apart:
            rows.add(features.pair(left, right, tally.occurrences[left, right]), 0, apart * share)
    return rows


def fit(rows: Rows, fewest: int, l2: float, iterations: int) -> tuple[dict[str, float], float]:
    """Return the weights of a logistic model and its bias."""
    # Training needs scipy; reading the shipped model does not.
    from scipy.optimize import minimize  # noqa: PLC0415
    from scipy.sparse import csr_matrix  # noqa: PLC0415

    counts = Counter(f for row in rows.features for f in row)
    places = {f: i for i, f in enumerate(f for f, n in counts.items() if n >= fewest)}
    weight = np.asarray(rows.weights, np.float32)
    y = np.asarray(rows.labels, np.float32)
    if not places:
        return {}, math.log((weight @ y + 1) / (weight @ (1 - y) + 1))
    kept = [[places[f] for f in row if f in places] for row in rows.features]
    ends = np.cumsum([0, *map(len, kept)])
    columns = np.fromiter((i for row in kept for i in row), np.int32, ends[-1])
    x = csr_matrix((np.ones(len(columns), np.float32), columns, ends), shape=(len(kept), len(places)))
    transposed = x.T.tocsr()

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ point[:-1].astype(np.float32) + np.float32(point[-1])
        value = float(np.sum(weight * (np.logaddexp(0, z) - y * z), dtype=np.float64))
        slope = weight * (1 / (1 + np.exp(-z)) - y)
        gradient = np.append(transposed @ slope + l2 * point[:-1], slope.sum(dtype=np.float64))
        return value + l2 / 2 * float(point[:-1] @ point[:-1]), gradient

    point = minimize(loss, np.zeros(len(places) + 1), jac=True, method="L-BFGS-B", options={"maxiter": iterations}).x
    return {f: float(point[i]) for f, i in places.items()}, float(point[-1])


def build(tally_words: Tally, tally_pairs: Tally, config: HalfSpaceConfig) -> dict[str, np.ndarray]:
    """Fit the models and pack everything that the runtime reads, as `HalfSpaceModel` expects it."""
    step, prior = config.step, config.prior
    features = Features(tally_words, config.features)
    words, word_places = word_rows(tally_words, features, config.damping["words"])
    pairs = pair_rows(tally_pairs, features, config.damping["pairs"])
    glued = glue_rows(tally_words, features, config.glued)
    weights: dict[str, int] = {}
    biases: dict[str, float] = {}
    for kind, rows in (("words", words), ("pairs", pairs), ("glued", glued)):
        fitted, biases[kind] = fit(rows, config.fewest[kind], config.l2, config.iterations)
        whole = {f: q for f, w in fitted.items() if (q := max(-127, min(127, round(w / step))))}
        weights |= whole
        click.echo(f"{kind}: {len(rows.labels)} examples, {len(whole)} weights")
    bars = config.bars
    inside, odds = word_odds(word_places, weights, biases["words"], step, prior, bars["plain"])
    settled = {word for word, at in inside.items() if at < 0 and word[0] >= "\u0620" and word.isalpha()}
    names = [*sorted(settled), *sorted({*features.free, *features.left, *features.right} - settled)]
    values = np.array([atom_values(name, features, weights) for name in names], np.int16)
    tables: dict[str, dict[str, int]] = {
        "affixes": affixes(tally_words),
        "weights": weights,
        "seen": {},
        "inside": {word: at for word, at in inside.items() if word not in settled},
    }
    numbers = dict(zip(NUMBERS, (step, *biases.values(), *(bars[name] for name in NUMBERS[4:])), strict=True))
    model = HalfSpaceModel(names, values, len(settled), tables, odds, numbers)
    tables["seen"] = pair_odds(tally_pairs, features, model, biases["pairs"], config)
    return {
        "numbers": np.array(list(numbers.values()), np.float64),
        "rows": odds,
        "settled": np.array(len(settled)),
        "atoms": packed(names),
        "atoms.values": values,
    } | {key: array for name in TABLES for key, array in pack(name, tables[name]).items()}


def atom_values(atom: str, features: Features, weights: dict[str, int]) -> list[int]:
    """Return what `Atoms` has, in whole numbers."""
    free, left, right = (bucket(count[atom]) for count in (features.free, features.left, features.right))
    sums = (
        cut_left_features(atom, free),
        cut_right_features(atom, free),
        left_features(atom, free, left),
        right_features(atom, free, right),
    )
    return [free, left, right, *(sum_of(weights, found) for found in sums)]


def blended(odds: float, joined: float, apart: float, prior: float) -> float:
    """Return a model's log-odds, which count as `prior` occurrences, with the texts' own counts of that place."""
    chance = 1 / (1 + math.exp(-odds))
    share = (joined + prior * chance) / (joined + apart + prior)
    return math.log(share / (1 - share)) if 0 < share < 1 else odds


def in_steps(odds: float, step: float) -> int:
    """Return log-odds as a whole number of steps that takes 8 bits."""
    return max(-127, min(127, round(odds / step)))


def word_odds(
    places: Sequence[Seen], weights: dict[str, int], bias: float, step: float, prior: float, bar: float
) -> tuple[dict[str, int], np.ndarray]:
    """Return where each word's log-odds begin, -1 where all are below the bar, and the log-odds in steps."""
    inside: dict[str, int] = {}
    odds: list[int] = []
    for word, run in itertools.groupby(places, key=lambda place: place[0]):
        row = [blended(bias + step * sum_of(weights, found), joined, apart, prior) for _, joined, apart, found in run]
        inside[word] = len(odds) if max(row) > bar else -1
        if max(row) > bar:
            odds.extend(in_steps(x, step) for x in row)
    return inside, np.array(odds, np.int8)


def pair_odds(
    tally: Tally, features: Features, model: HalfSpaceModel, bias: float, config: HalfSpaceConfig
) -> dict[str, int]:
    """Return blended log-odds, in steps, of pairs that the texts have often enough and whose sides pass the gate."""
    kept = {}
    for left, right in {**tally.spaced, **tally.joined}:
        joined, apart = tally.joined.get((left, right), 0.0), tally.spaced.get((left, right), 0.0)
        if joined + apart < config.fewest["seen"] or not PERSIAN.match(right):
            continue
        if model.side(left)[0] + model.side(right)[1] > config.bars["gate"]:
            odds = blended(bias + model.total(features.pair(left, right)), joined, apart, config.prior)
            kept[f"{left} {right}"] = in_steps(odds, config.step)
    return kept


def affixes(tally: Tally) -> dict[str, int]:
    """Return endings that stand behind a half-space wherever they follow a letter that joins, and how often."""
    joined: Counter[str] = Counter()
    apart: Counter[str] = Counter()
    for word, patterns in tally.words.items():
        last = {p[-1] for p in patterns if p}
        for i in range(max(2, len(word) - 6), len(word)):
            if word[i - 1] not in NONJOINERS and tally.free[word[:i]] > 1:
                (joined if i in last else apart)[word[i:]] += 1
    return {a: min(127, n) for a, n in joined.items() if n >= 20 and n > 4 * apart[a]}


def pack(name: str, table: dict[str, int]) -> dict[str, np.ndarray]:
    """Return a table as arrays of a model file: its names, and beside them its values."""
    items = sorted(table.items())
    return {name: packed([k for k, _ in items]), f"{name}.values": np.array([v for _, v in items], np.int32)}


def packed(names: Sequence[str]) -> np.ndarray:
    """Return names as UTF-8, a line each."""
    return np.frombuffer("\n".join(names).encode(), np.uint8)


def read_lines(corpus: str, path: Path) -> Iterator[str]:
    """Yield the lines of a training text, its own way to write a half-space turned into U+200C."""
    if corpus == "news":
        yield from (text for item in learnable(path) for text in item)
    elif corpus == "perdt":
        yield from path.read_text(encoding="utf-8").split("\n")
    else:
        # PEYMA has a space inside a token where others have a half-space.
        yield from (
            " ".join(t.replace(" ", ZWNJ) for t in sentence.tokens)
            for sentence in read_columns(path, SEPARATORS[corpus])
        )


def train_halfspaces(config: HalfSpaceConfig, data: Path, folder: Path) -> dict[str, float]:
    """Learn from the texts that a configuration names, write `halfspace.npz` and its manifest, and return its size.

    Raises:
        UsageError: a text is missing.
    """
    clean = Normalizer(halfspaces=False)
    words, pairs = Tally(), Tally()
    for corpus, name in config.texts.items():
        if not (data / name).is_file():
            remedy = "give the folder of the corpora with --data"
            raise UsageError(f"the {corpus} text is missing", path=data / name, remedy=remedy)
        for line in read_lines(corpus, data / name):
            text = str(clean(line))
            words.add(text, config.weights["words"][corpus])
            pairs.add(text, config.weights["pairs"][corpus])
    np.savez_compressed(folder / FILE, **build(words, pairs, config))  # type: ignore[arg-type]
    write_manifest(folder)
    return {"bytes": (folder / FILE).stat().st_size}
