"""A smaller model taught by a larger one (Hinton et al. 2015; word states as in Sun et al. 2019)."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from khabar.models.network import JointModel
from khabar_train.joint import Joint
from khabar_train.seen import Seen


@dataclass(frozen=True)
class DistillSettings:
    """`soft`: the share of the teacher's answers in the loss, the rest is the sources' own labels; `states`: the weight
    of likeness to the teacher's word states."""

    soft: float = 0.7
    states: float = 1.0


class Distilled(Joint):
    """The joint task, with a teacher's answers beside the labels: on names and facts in every row, those without labels
    included, and on the relations of annotated rows."""

    def __init__(self, teacher: JointModel, distill: DistillSettings, *args: Any) -> None:
        super().__init__(*args)
        self._teacher, self._distill = teacher.eval(), distill

    def loss(self, plan: Any) -> Tensor:
        """The mean of the labels' loss and the teacher's, weighted."""
        seen = self.read(plan)
        scores = self.score(seen)
        soft = self._distill.soft
        return (1 - soft) * self.supervised(seen, scores) + soft * self._imitated(seen, scores)

    def _imitated(self, seen: Seen, scores: Tensor | None) -> Tensor:
        own, mask = seen.encoded, seen.batch.word_mask > 0
        with torch.no_grad():
            taught = self._teacher.tagger(*seen.batch[:4])
        total = divergence(own.names[mask], taught.names[mask]) + divergence(own.facts[mask], taught.facts[mask])
        total = total + self._distill.states * _unlikeness(own.words[mask], taught.words[mask])
        if seen.candidates is not None and scores is not None:
            with torch.no_grad():
                links = self._teacher.relator(taught.words, seen.batch.word_mask, *seen.candidates[:5])
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


def shallower(model: JointModel, layers: Sequence[int]) -> JointModel:
    """Return a copy of a model that has only some layers of its encoder, counted from 0."""
    small = copy.deepcopy(model)
    encoder: Any = small.tagger.encoder
    encoder.encoder.layer = nn.ModuleList(encoder.encoder.layer[i] for i in layers)
    encoder.config.num_hidden_layers = len(layers)
    return small
