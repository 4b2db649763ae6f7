"""Scores that mean what they say: of mentions scored 0.9, nine in ten are right (Guo et al. 2017)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from khabar.models.network import JointModel
from khabar.recognize.tags import TagSet
from khabar_train.joint import Joint
from khabar_train.rows import Row

# so many logits that nothing else counts
NEVER = 1e4
TEMPERATURES = [round(0.5 * 1.05**i, 3) for i in range(48)]


class Decision(NamedTuple):
    """Something a model decided: its scores over the classes, what it chose, and whether that was right.

    *Shape:* `scores`: (steps, classes), a step a token of a mention, one for a pair; `chosen`: (steps,).
    """

    scores: np.ndarray
    chosen: np.ndarray
    right: bool

    def probability(self, temperature: float) -> float:
        """Return the geometric mean of the steps' probabilities."""
        logs = self.scores / temperature
        logs = logs - np.logaddexp.reduce(logs, axis=-1, keepdims=True)
        return float(np.exp(logs[np.arange(len(self.chosen)), self.chosen].mean()))


@dataclass(frozen=True)
class Temperatures:
    """What to divide each head's scores by."""

    names: float
    facts: float
    relations: float


def fit(task: Joint, rows: Iterable[Sequence[Row]]) -> Temperatures:
    """Return the temperatures with the least squared error of probabilities (Brier score) on dev rows.

    Every second row of each part is used, so that the others can tell whether the scores are calibrated.
    """
    names: list[Decision] = []
    facts: list[Decision] = []
    relations: list[Decision] = []
    task.model.eval()
    with torch.no_grad():
        for part in rows:
            for start in range(0, len(part), 32):
                batch = part[start : start + 32 : 2]
                found = _Decided(task, batch)
                if batch[0].linked:
                    facts += found.facts()
                    relations += found.relations()
                else:
                    names += found.names()
    return Temperatures(*map(_best, (names, facts, relations)))


def apply(temperatures: Temperatures, task: Joint) -> None:
    """Divide the output layers by the temperatures; no decision changes, only how sure it is."""
    heads = (task.model.tagger.names, task.model.tagger.facts, task.model.relator.out)
    values = (temperatures.names, temperatures.facts, temperatures.relations)
    with torch.no_grad():
        for layer, value in zip(heads, values, strict=True):
            _divide(layer, value)


def silence_facts(model: JointModel) -> None:
    """Keep a facts tagger that had nothing to learn from from finding anything; `NEVER` does so for relations."""
    with torch.no_grad():
        model.tagger.facts.bias[1:] -= NEVER


def _divide(layer: nn.Linear, value: float) -> None:
    layer.weight.div_(value)
    layer.bias.div_(value)


def _best(decisions: Sequence[Decision]) -> float:
    def error(temperature: float) -> float:
        return sum((d.probability(temperature) - d.right) ** 2 for d in decisions)

    return min(TEMPERATURES, key=error) if decisions else 1.0


class _Decided:
    """A batch of dev rows and what the model decides on it."""

    def __init__(self, task: Joint, rows: Sequence[Row]) -> None:
        self._task, self._rows = task, rows
        self._seen = task.read_rows(rows, [task.convention(r) for r in rows])

    def names(self) -> list[Decision]:
        project = self._task.data.corpora[self._rows[0].corpus].project
        gold = [row.names for row in self._rows]
        return self._spans(self._seen.encoded.names, gold, self._task.maker.names, project)

    def facts(self) -> list[Decision]:
        gold = [row.facts or [] for row in self._rows]
        return self._spans(self._seen.encoded.facts, gold, self._task.maker.facts, str)

    def _spans(
        self, scores: torch.Tensor, gold: Sequence[Sequence[int]], tags: TagSet, project: Callable[[str], str | None]
    ) -> list[Decision]:
        array = scores.float().cpu().numpy()
        decided = []
        for row, ids, found in zip(array, gold, tags.decode(array, [len(g) for g in gold]), strict=True):
            known = set(tags.spans(ids))
            for start, end, kind, _ in found:
                if shown := project(kind):
                    chosen = np.array(tags.encode([(0, end - start, kind)], end - start))
                    decided.append(Decision(row[start:end], chosen, (start, end, shown) in known))
        return decided

    def relations(self) -> list[Decision]:
        scores, candidates = self._task.score(self._seen), self._seen.candidates
        if scores is None or candidates is None:
            return []
        masked = scores.float().masked_fill(~candidates.permitted, -1e4).cpu().numpy()
        best, gold = masked.argmax(1), candidates.gold.cpu().numpy()
        none = masked.shape[1] - 1
        return [
            Decision(masked[i : i + 1], best[i : i + 1], bool(best[i] == gold[i])) for i in np.flatnonzero(best != none)
        ]
