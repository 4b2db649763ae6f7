"""Learns where half-spaces stand: `python -m khabar_train.halfspace --perdt F --news F ... --output models/halfspace`.

Two logistic models (see `khabar.normalize.halfspace_model`), fitted by L-BFGS on word and pair types. What a type adds
to the counts that its own features are made of is taken out first, or rare words would teach the model that every rare
word is one that the texts confirm.
"""

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np
import yaml

from khabar.formats.conll import read_columns
from khabar.normalize import Normalizer
from khabar.normalize.characters import ZWNJ
from khabar.normalize.halfspace_model import (
    FILE,
    LONGEST,
    NUMBERS,
    PERSIAN,
    TABLES,
    HalfSpaceModel,
    bucket,
    fold,
    joint_features,
    left_features,
    right_features,
    word_features,
)
from khabar.normalize.halfspaces import NONJOINERS, WORD
from khabar.resources import resource
from khabar_eval.halfspace import is_dev, read_items

SEPARATORS = {"arman": " ", "parstwiner": "\t", "peyma": "|"}
SIDE_FEATURES = frozenset("ABCDEFGHIJKLM")
Pair = tuple[str, str]
Buckets = tuple[int, int]
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
    """Features of training types, each without its own share in the counts."""

    def __init__(self, tally: Tally) -> None:
        """Count in how many joined pairs each atom stands left and right."""
        self.free = tally.free
        self.left = Counter(a for a, _ in tally.joined)
        self.right = Counter(b for _, b in tally.joined)
        self._joined = tally.joined

    def word(self, word: str, i: int) -> list[str]:
        """Return the features of a place inside a word."""
        left, right = word[:i], word[i:]
        return word_features(word, i, self._free(left, right, 0), self._bound(left, right))

    def sides(self, left: str, right: str, own: int = 0) -> list[str]:
        """Return what the two atoms around a space show by themselves; `own`: occurrences as this very pair."""
        (fl, fr), (bl, br) = self._free(left, right, own), self._bound(left, right)
        return left_features(left, fl, bl) + right_features(right, fr, br)

    def joint(self, left: str, right: str, own: int = 0) -> list[str]:
        """Return what the two atoms around a space show together."""
        together = bucket(self.free[left + right])
        return joint_features(left, right, self._free(left, right, own), self._bound(left, right), together)

    def _free(self, left: str, right: str, own: int) -> Buckets:
        return bucket(self.free[left] - own), bucket(self.free[right] - own)

    def _bound(self, left: str, right: str) -> Buckets:
        own = int((left, right) in self._joined)
        return bucket(self.left[left] - own), bucket(self.right[right] - own)


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
    """Return an example for each place in each word, and what the texts say of it."""
    rows, seen = Rows(), []
    for word, patterns in tally.words.items():
        total = sum(patterns.values())
        share = total**damping / total
        cut: dict[int, float] = defaultdict(float)
        for cuts, count in patterns.items():
            for i in cuts:
                cut[i] += count
        for i in range(1, len(word) if len(word) <= LONGEST else 1):
            found = features.word(word, i)
            joined, apart = cut[i], total - cut[i]
            if joined:
                rows.add(found, 1, joined * share)
            if apart > 0:
                rows.add(found, 0, apart * share)
            seen.append((f"{word[:i]}|{word[i:]}", joined, apart, found))
    return rows, seen


def pair_rows(tally: Tally, features: Features, damping: float) -> tuple[Rows, list[Seen]]:
    """Return an example for each pair of atoms with a space or half-space between, and what the texts say of it."""
    rows, seen = Rows(), []
    for left, right in {**tally.spaced, **tally.joined}:
        joined, apart = tally.joined.get((left, right), 0.0), tally.spaced.get((left, right), 0.0)
        total = joined + apart
        share = total**damping / total
        if joined:
            rows.add(features.sides(left, right) + features.joint(left, right), 1, joined * share)
        if apart:
            own = tally.occurrences[left, right]
            rows.add(features.sides(left, right, own) + features.joint(left, right, own), 0, apart * share)
        if PERSIAN.match(right):
            seen.append((f"{left} {right}", joined, apart, features.sides(left, right) + features.joint(left, right)))
    return rows, seen


def fit(rows: Rows, fewest: int, l2: float, iterations: int) -> tuple[dict[str, float], float]:
    """Return the weights of a logistic model and its bias."""
    # Training needs scipy; reading the shipped model does not.
    from scipy.optimize import minimize  # noqa: PLC0415
    from scipy.sparse import csr_matrix  # noqa: PLC0415

    counts = Counter(f for row in rows.features for f in row)
    places = {f: i for i, f in enumerate(f for f, n in counts.items() if n >= fewest)}
    kept = [[places[f] for f in row if f in places] for row in rows.features]
    ends = np.cumsum([0, *map(len, kept)])
    columns = np.fromiter((i for row in kept for i in row), np.int32, ends[-1])
    x = csr_matrix((np.ones(len(columns), np.float32), columns, ends), shape=(len(kept), len(places)))
    transposed = x.T.tocsr()
    y = np.asarray(rows.labels, np.float32)
    weight = np.asarray(rows.weights, np.float32)

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ point[:-1].astype(np.float32) + np.float32(point[-1])
        value = float(np.sum(weight * (np.logaddexp(0, z) - y * z), dtype=np.float64))
        slope = weight * (1 / (1 + np.exp(-z)) - y)
        gradient = np.append(transposed @ slope + l2 * point[:-1], slope.sum(dtype=np.float64))
        return value + l2 / 2 * float(point[:-1] @ point[:-1]), gradient

    point = minimize(loss, np.zeros(len(places) + 1), jac=True, method="L-BFGS-B", options={"maxiter": iterations}).x
    return {f: float(point[i]) for f, i in places.items()}, float(point[-1])


def build(tally_words: Tally, tally_pairs: Tally, settings: dict[str, Any]) -> dict[str, np.ndarray]:
    """Fit both models and pack everything that the runtime reads, as `HalfSpaceModel` expects it."""
    step, prior = settings["step"], settings["prior"]
    features = Features(tally_words)
    weights: dict[str, int] = {}
    seen: dict[str, int] = {}
    biases = []
    gate = 0.0
    for kind, make, tally in (("words", word_rows, tally_words), ("pairs", pair_rows, tally_pairs)):
        rows, places = make(tally, features, settings["damping"][kind])
        fitted, bias = fit(rows, settings["fewest"][kind], settings["l2"], settings["iterations"])
        whole = {f: q for f, w in fitted.items() if (q := max(-127, min(127, round(w / step))))}
        weights |= whole
        biases.append(bias)
        click.echo(f"{kind}: {len(rows.labels)} examples, {len(whole)} weights")
        seen |= clear_speech(places, whole, bias, step, prior)
        if kind == "pairs":
            gate = pair_gate(rows, whole, bias, step)
    tables = {
        "free": {a: bucket(n) for a, n in features.free.items()},
        "bound_left": {a: bucket(n) for a, n in features.left.items()},
        "bound_right": {a: bucket(n) for a, n in features.right.items()},
        "affixes": affixes(tally_words),
        "weights": weights,
        "seen": seen,
    }
    bars = settings["bars"]
    parts = (step, *biases, gate, bars["plain"], bars["strict"], bars["sure"])
    numbers = dict(zip(NUMBERS, parts, strict=True))
    return pack(tables | worked_out(HalfSpaceModel(tables, numbers)), numbers)


def worked_out(model: HalfSpaceModel) -> dict[str, dict[str, int]]:
    """Return what the runtime would else compute for each word that the texts have."""
    sums = {atom: model.side_sums(atom) for atom in model.free}
    return {
        "left_sums": {atom: left for atom, (left, _) in sums.items()},
        "right_sums": {atom: right for atom, (_, right) in sums.items()},
        "settled": {atom: 1 for atom in model.free if max(model.in_word(atom), default=-math.inf) <= model.bars.plain},
    }


def clear_speech(
    places: Iterable[Seen], weights: dict[str, int], bias: float, step: float, prior: float
) -> dict[str, int]:
    """Return blended log-odds, in steps, where the texts' own counts move the model's past a bar or nearly so."""
    kept = {}
    for name, joined, apart, features in places:
        odds = bias + step * sum(weights.get(f, 0) for f in features)
        chance = 1 / (1 + np.exp(-odds))
        share = (joined + prior * chance) / (joined + apart + prior)
        blended = float(np.log(share / (1 - share))) if 0 < share < 1 else odds
        if max(odds, blended) > -1.5 and min(odds, blended) < 3 and abs(blended - odds) > 0.5:
            kept[name] = max(-127, min(127, round(blended / step)))
    return kept


def pair_gate(rows: Rows, weights: dict[str, int], bias: float, step: float) -> float:
    """Return what the two sides of a pair must reach together, so that one joined pair in a thousand falls short."""
    sides = [
        bias + step * sum(weights.get(f, 0) for f in row if f[0] in SIDE_FEATURES)
        for row, label in zip(rows.features, rows.labels, strict=True)
        if label
    ]
    return float(np.quantile(sides, 0.001))


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


def pack(tables: dict[str, dict[str, int]], numbers: dict[str, float]) -> dict[str, np.ndarray]:
    """Return arrays of a model file: sorted names in UTF-8, a line each, with their values beside them."""
    arrays = {"numbers": np.array([numbers[name] for name in NUMBERS], np.float64)}
    for name in TABLES:
        items = sorted(tables[name].items())
        arrays[name] = np.frombuffer("\n".join(k for k, _ in items).encode(), np.uint8)
        arrays[f"{name}.values"] = np.array([v for _, v in items], np.int16)
    return arrays


def read_lines(corpus: str, path: Path) -> Iterator[str]:
    """Yield the lines of a training text, its own way to write a half-space turned into U+200C."""
    if corpus == "news":
        items = list(read_items(path))
        yield from (text for item, dev in zip(items, is_dev(items), strict=True) if not dev for text in item)
    elif corpus == "perdt":
        yield from path.read_text(encoding="utf-8").split("\n")
    else:
        # PEYMA has a space inside a token where others have a half-space.
        yield from (
            " ".join(t.replace(" ", ZWNJ) for t in sentence.tokens)
            for sentence in read_columns(path, SEPARATORS[corpus])
        )


@click.command()
@click.option("--perdt", type=click.Path(exists=True, path_type=Path), help="Tokens of PerDT's training part.")
@click.option("--news", type=click.Path(exists=True, path_type=Path), help="JSON Lines; its dev part is left out.")
@click.option("--arman", type=click.Path(exists=True, path_type=Path))
@click.option("--parstwiner", type=click.Path(exists=True, path_type=Path))
@click.option("--peyma", type=click.Path(exists=True, path_type=Path))
@click.option("--config", type=click.Path(exists=True, path_type=Path), help="Instead of the shipped settings.")
@click.option("--output", required=True, type=click.Path(path_type=Path))
def main(config: Path | None, output: Path, **corpora: Path | None) -> None:
    """Learn half-spaces from the training texts given, and write a model folder."""
    file = config or resource("configs/train/halfspace.yaml")
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    clean = Normalizer(halfspaces=False)
    words, pairs = Tally(), Tally()
    for corpus, path in corpora.items():
        for line in read_lines(corpus, path) if path else ():
            text = str(clean(line))
            words.add(text, settings["weights"]["words"][corpus])
            pairs.add(text, settings["weights"]["pairs"][corpus])
    if not words.words:
        raise click.UsageError("give at least one training text")
    output.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(output / FILE, **build(words, pairs, settings))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
