"""Learns what of a page is article: `khabar train configs/train/page.yaml --data DIR`.

The weights of a linear-chain conditional random field (see `khabar.segment.page`), fitted by L-BFGS on the marked
pages, on the same pages without their chrome and without their blank lines, and on articles that have no chrome.
"""

import itertools
import json
import math
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from khabar.manifest import write_manifest
from khabar.normalize import Normalizer, normalize
from khabar.segment.page import CHANGES, FILE, Lines, PageModel
from khabar.segment.page_features import NAMES, Words, line_features, words_of
from khabar_eval.gold import read_articles
from khabar_eval.page import MarkedPage, lines_in, read_pages, score
from khabar_eval.report import Report
from khabar_eval.report.terminal import show
from khabar_train.config import PageConfig
from khabar_train.data import read_text_lines

_STOPS = frozenset(".؟!")


@dataclass(frozen=True)
class Example:
    """The lines of a text, which of them are article, and the page that it was made from."""

    page: str
    lines: Lines
    labels: list[bool]


def train(config: PageConfig, data: Path) -> None:
    """Learn from everything, write the model, and print how models that had not seen a page do on it."""
    counted = count_words(read_text_lines(data / config.text), config)
    pages = read_pages(list(map(Path, config.marked)))
    whole = [e for d in read_articles(config.whole) if (e := whole_example(d.id, d.text))]
    show(cross_validate(pages, whole, counted, config))
    model = fit([*whole, *(e for page in pages for e in examples(page))], counted, config)
    write(model, Path(config.output))


def count_words(sentences: Iterable[str], config: PageConfig) -> Words:
    """Return the words that are most frequent, and those that mostly stand at a sentence's end: its verbs."""
    clean = Normalizer(halfspaces=False)
    total: Counter[str] = Counter()
    last: Counter[str] = Counter()
    for sentence in sentences:
        tokens = str(clean(sentence)).split()
        total.update(t for t in tokens if t.isalpha() or "\u200c" in t)
        last.update(a for a, b in itertools.pairwise(tokens) if b in _STOPS)
    closing = [w for w, n in last.most_common() if n >= config.fewest_closing and n > config.closing_share * total[w]]
    return Words(frozenset(w for w, _ in total.most_common(config.common)), frozenset(closing))


def examples(page: MarkedPage) -> list[Example]:
    """Return a page, the page without blank lines, and its article alone."""
    marked = list(zip(page.lines, page.marks, strict=True))
    variants = (
        marked,
        [(line, mark) for line, mark in marked if mark is not None],
        [(line, mark) for line, mark in marked if mark is not False],
    )
    return [
        _example(MarkedPage(page.id, "\n".join(line for line, _ in rows), tuple(mark for _, mark in rows)))
        for rows in variants
    ]


def _example(page: MarkedPage) -> Example:
    clean = normalize(page.text)
    lines = Lines.of(clean)
    labels = [
        next(bool(m) for m, here in zip(page.marks, lines_in(page, [clean.to_source(*span)]), strict=True) if here)
        for span in lines.spans
    ]
    return Example(page.id, lines, labels)


def whole_example(id: str, text: str) -> Example | None:
    """Return a text without chrome; None where one line leaves nothing to decide."""
    lines = Lines.of(normalize(text))
    return Example(id, lines, [True] * len(lines.texts)) if len(lines.texts) > 1 else None


def cross_validate(pages: Sequence[MarkedPage], whole: Sequence[Example], counted: Words, config: PageConfig) -> Report:
    """Score each page by a model that was learned without it."""
    made = {page.id: examples(page) for page in pages}
    found = []
    seconds = 0.0
    for page in pages:
        others = [e for id, variants in made.items() if id != page.id for e in variants]
        model = fit([*whole, *others], counted, config)
        clean = normalize(page.text)
        started = time.perf_counter()
        spans = model(clean)
        seconds += time.perf_counter() - started
        found.append(lines_in(page, [clean.to_source(*span) for span in spans]))
    return score(pages, found, "learned from the other pages", seconds)


def fit(data: Sequence[Example], counted: Words, config: PageConfig) -> PageModel:
    """Return the model of the least regularized loss."""
    # Training needs scipy; reading the shipped model does not.
    from scipy.optimize import minimize  # noqa: PLC0415

    vocabulary = chrome_words(data, config)
    batch = Batch.of(data, counted, vocabulary, config.favor)
    size = len(NAMES) + len(vocabulary)

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = batch.loss(point[:size], point[size:])
        return value + config.l2 / 2 * float(point @ point), gradient + config.l2 * point

    point = minimize(loss, np.zeros(size + 4), jac=True, method="L-BFGS-B", options={"maxiter": config.iterations}).x
    weights = np.round(point, 3).tolist()
    words = {w: x for w, x in zip(vocabulary, weights[len(NAMES) : size], strict=True) if x}
    return PageModel(
        dict(zip(NAMES, weights, strict=False)),
        dict(zip(CHANGES, weights[size:], strict=True)),
        Words(counted.common, counted.closing, words),
    )


def chrome_words(data: Sequence[Example], config: PageConfig) -> list[str]:
    """Return the words that chrome has on several pages, and articles seldom."""
    where: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    pages: dict[str, set[str]] = {}
    for example in data:
        for text, label in zip(example.lines.texts, example.labels, strict=True):
            where[label].update(set(words_of(text)))
            if not label:
                for word in words_of(text):
                    pages.setdefault(word, set()).add(example.page)
    kept = (w for w, on in pages.items() if len(on) >= config.fewest_pages)
    return sorted(w for w in kept if where[False][w] > config.chrome_share * (where[False][w] + where[True][w]))


@dataclass(frozen=True)
class Batch:
    """Examples side by side, padded to the longest.

    *Shape:* `features` (lines, features), the lines that are `real`, row by row; all others (time, examples).
    """

    features: np.ndarray
    labels: np.ndarray
    gap: np.ndarray
    real: np.ndarray
    cost: np.ndarray

    @classmethod
    def of(cls, data: Sequence[Example], counted: Words, vocabulary: Sequence[str], favor: float) -> "Batch":
        """Compute the features of examples; `favor`: how many times worse it is to lose a line than to keep one."""
        places = {w: i for i, w in enumerate(vocabulary, len(NAMES))}
        shape = (max(len(e.labels) for e in data), len(data))
        features = np.zeros((*shape, len(NAMES) + len(vocabulary)))
        labels, gap, real = (np.zeros(shape, bool) for _ in range(3))
        for j, e in enumerate(data):
            n = len(e.labels)
            features[:n, j, : len(NAMES)] = line_features(e.lines.texts, e.lines.sources, counted)[0]
            for i, text in enumerate(e.lines.texts):
                words = words_of(text)
                for w in words:
                    if w in places:
                        features[i, j, places[w]] += 1 / math.sqrt(len(words))
            labels[:n, j], gap[:n, j], real[:n, j] = e.labels, e.lines.gap, True
        return cls(features[real], labels, gap, real, np.where(labels, math.log(favor), 0.0))

    def loss(self, weights: np.ndarray, changes: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the softmax-margin loss (Gimpel and Smith 2010) and its gradient, changes last.

        A line of article counts as chrome with `cost` on top, so that the gold path must win by that much.
        """
        score = np.zeros(self.real.shape)
        score[self.real] = self.features @ weights
        # no change is possible behind an example's end, so its sums stay as they are
        leave, enter = (
            np.where(self.real, np.where(self.gap, over_gap, plain), -np.inf)
            for plain, over_gap in (changes[:2], changes[2:])
        )
        chrome, article = np.zeros_like(score), np.zeros_like(score)  # log-sums over paths that end here
        chrome[0], article[0] = self.cost[0], score[0]
        for t in range(1, len(score)):
            chrome[t] = np.logaddexp(chrome[t - 1], article[t - 1] + leave[t]) + self.cost[t]
            article[t] = np.logaddexp(article[t - 1], chrome[t - 1] + enter[t]) + score[t]
        after_chrome, after_article = np.zeros_like(score), np.zeros_like(score)  # and over paths that go on from here
        for t in range(len(score) - 1, 0, -1):
            to_chrome, to_article = after_chrome[t] + self.cost[t], after_article[t] + score[t]
            after_chrome[t - 1] = np.logaddexp(to_chrome, to_article + enter[t])
            after_article[t - 1] = np.logaddexp(to_article, to_chrome + leave[t])
        total = np.logaddexp(chrome[-1], article[-1])
        chance = np.exp(article + after_article - total)
        left = np.exp(article[:-1] + leave[1:] + (after_chrome + self.cost)[1:] - total)
        entered = np.exp(chrome[:-1] + enter[1:] + (after_article + score)[1:] - total)
        gold_left = self.labels[:-1] & ~self.labels[1:] & self.real[1:]
        gold_entered = ~self.labels[:-1] & self.labels[1:]
        gold = (self.labels * score).sum() + leave[1:][gold_left].sum() + enter[1:][gold_entered].sum()
        slope = (chance - self.labels)[self.real] @ self.features
        turns = [
            ((found - right) * here).sum()
            for found, right in ((left, gold_left), (entered, gold_entered))
            for here in (~self.gap[1:], self.gap[1:])
        ]
        return float(total.sum() - gold), np.concatenate([slope, turns])


def write(model: PageModel, folder: Path) -> None:
    """Write the folder that `PageModel.load` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    raw: dict[str, Any] = {
        "features": model.features,
        "changes": model.changes,
        "words": dict(sorted(model.words.weights.items(), key=lambda item: item[1])),
        "common": " ".join(sorted(model.words.common)),
        "closing": " ".join(sorted(model.words.closing)),
    }
    (folder / FILE).write_text(json.dumps(raw, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    write_manifest(folder)
