"""Which lines of a text are article, and which are what a page puts around it: menus, related posts, forms, footers.

A linear-chain conditional random field (Lafferty, McCallum and Pereira 2001) of two states over the lines that are not
blank: a weight for each feature of a line (`page_features`), one for each word that menus have, and four for changes
between article and chrome. The shipped weights, `models/page/page.json`, can be read.
"""

import json
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np

from khabar.errors import ModelError
from khabar.manifest import check_manifest
from khabar.normalize.clean import CleanText
from khabar.resources import resource
from khabar.segment.lines import hard_breaks
from khabar.segment.page_features import NAMES, Words, line_features, words_of


class Span(Protocol):
    """Anything with a place in clean text, such as a sentence; end exclusive."""

    @property
    def start(self) -> int:
        """The first character."""

    @property
    def end(self) -> int:
        """The character behind the last."""


Part = TypeVar("Part", bound=Span)
FILE = "page.json"
CHANGES = ("article to chrome", "article to chrome over a gap", "chrome to article", "chrome to article over a gap")


@dataclass(frozen=True)
class Lines:
    """The lines of a text that are not blank.

    `spans` are code points of the clean text, end exclusive; `sources` the lines as they came; `gap` says whether
    a blank line stands before each.
    """

    spans: list[tuple[int, int]]
    texts: list[str]
    sources: list[str]
    gap: list[bool]

    @classmethod
    def of(cls, clean: CleanText | str, *, wrapped: bool = False) -> "Lines":
        """Cut a text into lines; where it may be `wrapped`, lines that one sentence runs through are one."""
        text = str(clean)
        ends = [*hard_breaks(text), len(text)] if wrapped else [i for i, c in enumerate(f"{text}\n") if c == "\n"]
        starts = [0, *(end + 1 for end in ends)]
        spans = [(a, b) for a, b in zip(starts, ends, strict=False) if text[a:b].strip()]
        texts = [text[a:b] for a, b in spans]
        if isinstance(clean, str):
            sources = texts
        else:
            sources = [clean.source[clean.starts[a] : clean.ends[b - 1]] for a, b in spans]
        before = [0, *(b for _, b in spans)]
        return cls(spans, texts, sources, [a - end > 1 for (a, _), end in zip(spans, before, strict=False)])


@dataclass(frozen=True)
class PageModel:
    """Weights of features by `NAMES`, of changes by `CHANGES`, and counted words; above zero speaks for article."""

    features: Mapping[str, float]
    changes: Mapping[str, float]
    words: Words

    @classmethod
    def load(cls, folder: str | Path) -> "PageModel":
        """Load a model folder.

        Raises:
            ModelError: its file is missing, has not what is expected, or is not the one in the folder's manifest.
        """
        check_manifest(Path(folder))
        path = Path(folder) / FILE
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            words = Words(frozenset(raw["common"].split()), frozenset(raw["closing"].split()), raw["words"])
            return cls({n: raw["features"][n] for n in NAMES}, {n: raw["changes"][n] for n in CHANGES}, words)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            message = f"no usable page model: {type(error).__name__}: {error}"
            raise ModelError(message, path=path, remedy="install khabar again, or train it anew") from error

    def __call__(self, clean: CleanText | str) -> list[tuple[int, int]]:
        """Return the spans of clean text that are article, in their order: lines, or the whole text if all of it is.

        A text of one line, or without a body of Persian prose that chrome could stand around, is all article.
        """
        lines = Lines.of(clean, wrapped=True)
        keep = self.keep(lines)
        if all(keep):
            return [(0, len(clean))]
        return [span for span, kept in zip(lines.spans, keep, strict=True) if kept]

    def article(self, clean: CleanText | str, parts: Sequence[Part]) -> list[Part]:
        """Return those parts of a text that are article in part or in whole."""
        spans = self(clean)
        ends = [end for _, end in spans]
        places = [bisect_right(ends, part.start) for part in parts]
        return [part for part, i in zip(parts, places, strict=True) if i < len(spans) and spans[i][0] < part.end]

    def keep(self, lines: Lines) -> list[bool]:
        """Return which lines are article."""
        if len(lines.texts) < 2:
            return [True] * len(lines.texts)
        features, (start, end) = line_features(lines.texts, lines.sources, self.words)
        if start == end:
            return [True] * len(lines.texts)
        scores = features @ np.array(list(self.features.values())) + [self._lexical(t) for t in lines.texts]
        return _best_path(scores.tolist(), lines.gap, list(self.changes.values()))

    def _lexical(self, text: str) -> float:
        words = words_of(text)
        return sum(self.words.weights.get(w, 0.0) for w in words) / math.sqrt(len(words) or 1)


@cache
def default_page_model() -> PageModel:
    """Return the shipped model."""
    return PageModel.load(resource("models/page"))


def _best_path(scores: list[float], gap: list[bool], changes: list[float]) -> list[bool]:
    """Return the most probable states, article True (Viterbi)."""
    leave, leave_gap, enter, enter_gap = changes
    article, chrome = scores[0], 0.0
    back: list[tuple[bool, bool]] = []
    for score, wide in zip(scores[1:], gap[1:], strict=True):
        entered, left = chrome + (enter_gap if wide else enter), article + (leave_gap if wide else leave)
        back.append((article >= entered, left > chrome))
        article, chrome = max(article, entered) + score, max(chrome, left)
    states = [article >= chrome]
    for from_article, from_left in reversed(back):
        states.append(from_article if states[-1] else from_left)
    return states[::-1]
