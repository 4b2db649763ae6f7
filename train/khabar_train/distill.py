"""A smaller model taught by a larger one (Hinton et al. 2015; word states as in Sun et al. 2019)."""

import copy
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from rich.progress import track
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from khabar.encode.batches import WindowIds
from khabar.models.network import JointModel, Relator
from khabar.models.runner import Runner, Tagged
from khabar_train.joint import Joint
from khabar_train.rows import UNLABELED, Row
from khabar_train.seen import Seen


@dataclass(frozen=True)
class DistillSettings:
    """`soft`: the share of the teacher's answers in the loss, the rest is the sources' own labels; `states`: the weight
    of likeness to the teacher's word states; `copies`: how often each labeled row is also learned from as
    `joint.augment` and `joint.borrow` change it."""

    soft: float = 0.7
    states: float = 1.0
    copies: int = 1


class Lesson(NamedTuple):
    """A row, whether it is read under the first corpus's conventions, and what the teacher says of it (float16)."""

    row: Row
    lent: bool
    taught: Tagged


class Teachers:
    """Several models as one: the mean of their scores of tags, the first one's word states."""

    def __init__(self, runners: Sequence[Runner]) -> None:
        self._runners = runners

    def tag(self, windows: Iterable[WindowIds], convention: int) -> Iterator[Tagged]:
        """Yield word states and tag scores, as each of the runners does."""
        windows = list(windows)
        for answers in zip(*(runner.tag(windows, convention) for runner in self._runners), strict=True):
            names, facts = _mean([a.names for a in answers]), _mean([a.facts for a in answers])
            yield Tagged(answers[0].words, names, facts)


def _mean(scores: Sequence[np.ndarray]) -> np.ndarray:
    """The mean of the logarithms of probabilities. *Shape:* (words, tags) each, also returned."""
    return nn.functional.log_softmax(torch.from_numpy(np.stack(scores)), -1).mean(0).numpy()


class Distilled(Joint):
    """The joint task, with a teacher's answers beside the labels: on names and facts in every row, those without labels
    included, and on the relations of annotated rows.

    The teacher, who costs more than the pupil, reads every row once, before the first epoch.

    Args:
        teacher: reads the rows.
        relator: scores pairs from the teacher's word states.
    """

    def __init__(self, teacher: Teachers, relator: Relator, distill: DistillSettings, *args: Any) -> None:
        super().__init__(*args)
        self._relator, self._distill = relator.eval(), distill
        self._lessons = self._ask(teacher, list(self._rows()))
        self.data = replace(self.data, train=[lesson.row for lesson in self._lessons])

    def _rows(self) -> Iterator[tuple[Row, bool]]:
        """Yield all rows as they are, then changed copies of those that have labels."""
        yield from ((row, False) for row in self.data.train)
        choose = random.Random(self._settings.seed)
        for _ in range(self._distill.copies):
            yield from (self.changed(row, choose) for row in self.data.train if row.corpus != UNLABELED)

    def _ask(self, teacher: Teachers, rows: Sequence[tuple[Row, bool]]) -> list[Lesson]:
        print(f"asking the teacher about {len(rows):,} windows", flush=True)
        conventions = np.array(self.conventions(*zip(*rows, strict=True)))
        lessons: dict[int, Lesson] = {}
        for number in np.unique(conventions).tolist():
            chosen = np.flatnonzero(conventions == number).tolist()
            answers = teacher.tag([rows[i][0].words for i in chosen], number)
            for i, said in track(zip(chosen, answers, strict=True), "answers", len(chosen), transient=True):
                lessons[i] = Lesson(*rows[i], Tagged(*(part.astype(np.float16) for part in said)))
        return [lessons[i] for i in range(len(rows))]

    def loss(self, plan: Any) -> Tensor:
        """The mean of the labels' loss and the teacher's, weighted."""
        lessons = [self._lessons[i] for i in plan.rows]
        rows, lent, taught = zip(*lessons, strict=True)
        seen = self.read_rows(rows, self.conventions(rows, lent), lent)
        scores = self.score(seen)
        soft = self._distill.soft
        return (1 - soft) * self.supervised(seen, scores) + soft * self._imitated(seen, scores, taught)

    def _imitated(self, seen: Seen, scores: Tensor | None, taught: Sequence[Tagged]) -> Tensor:
        own, mask = seen.encoded, seen.batch.word_mask > 0
        parts = [[torch.from_numpy(part).to(mask.device).float() for part in said] for said in taught]
        words, names, facts = (list(part) for part in zip(*parts, strict=True))
        total = divergence(own.names[mask], torch.cat(names)) + divergence(own.facts[mask], torch.cat(facts))
        total = total + self._distill.states * _unlikeness(own.words[mask], torch.cat(words))
        if seen.candidates is not None and scores is not None:
            with torch.no_grad():
                states = pad_sequence(words, batch_first=True)
                links = self._relator(states, seen.batch.word_mask, *seen.candidates[:5])
            forbidden = ~seen.candidates.permitted
            total = total + divergence(scores.masked_fill(forbidden, -1e4), links.masked_fill(forbidden, -1e4))
        return total


def divergence(scores: Tensor, taught: Tensor) -> Tensor:
    """Return the mean Kullback-Leibler divergence from a teacher's scores. *Shape:* (items, classes) both."""
    left, right = (nn.functional.log_softmax(s.float(), -1) for s in (scores, taught))
    return nn.functional.kl_div(left, right, reduction="batchmean", log_target=True)


def _unlikeness(states: Tensor, taught: Tensor) -> Tensor:
    width = states.shape[-1:]
    left, right = (nn.functional.layer_norm(s.float(), width) for s in (states, taught))
    return nn.functional.mse_loss(left, right)


def smaller(model: JointModel, layers: Sequence[int], inner: int = 0) -> JointModel:
    """Return a copy of a model that has only some layers of its encoder, counted from 0, and in each only so many inner
    units (0: all), those with the largest weights on both sides."""
    small = copy.deepcopy(model)
    encoder: Any = small.tagger.encoder
    encoder.encoder.layer = nn.ModuleList(encoder.encoder.layer[i] for i in layers)
    encoder.config.num_hidden_layers = len(layers)
    if inner:
        encoder.config.intermediate_size = inner
        for layer in encoder.encoder.layer:
            _narrow(layer.intermediate.dense, layer.output.dense, inner)
    return small


@torch.no_grad()
def _narrow(up: nn.Linear, down: nn.Linear, inner: int) -> None:
    kept = (up.weight.norm(dim=1) * down.weight.norm(dim=0)).topk(inner).indices.sort().values
    up.weight, up.bias = nn.Parameter(up.weight[kept]), nn.Parameter(up.bias[kept])
    down.weight = nn.Parameter(down.weight[:, kept])
    up.out_features = down.in_features = inner
