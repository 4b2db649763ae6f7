"""The typed-marker pair classifier, which reads every pair anew: the slow reference for the joint relation scorer.

Typed markers around head and tail, and a classifier over the states of the two that open them (PURE, Zhong and Chen
2021; Zhou and Chen 2022).
"""

import bisect
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from khabar.encode.subwords import Subwords
from khabar.errors import UsageError
from khabar.models.folder import ModelConfig
from khabar.relate.features import Span
from khabar_eval.counts import Counts
from khabar_train.joint import JointData, gold_links, links_of
from khabar_train.losses import relation_loss
from khabar_train.rows import Linked, Row, RowMaker

# a pair's text has so many subwords more than its sentences
MARKERS = 4
# what a marker's embedding starts from; a type that is not here starts from its own name
_WORDS = {
    "PER": "شخص",
    "ORG": "سازمان",
    "LOC": "مکان",
    "FAC": "ساختمان",
    "PRO": "محصول",
    "EVE": "رویداد",
    "DAT": "تاریخ",
    "TIM": "ساعت",
    "MON": "پول",
    "PCT": "درصد",
    "MEETING": "نشست",
    "EVENT": "اتفاق",
    "STAT": "آمار",
}


@dataclass(frozen=True)
class PairsSettings:
    """`batch`: subwords in a batch, padding counted. `negatives`: pairs without a relation that an epoch draws for each
    pair with one. `none_weight`: what such a pair weighs in decisions, as if all of them had been drawn. `shared`: read
    a text once for many pairs (`khabar_train.shared`)."""

    batch: int = 1600
    negatives: float = 3.0
    none_weight: float = 0.5
    shared: bool = False


class Marked(NamedTuple):
    """A pair's words, each the ids of its subwords, and the places in them of what opens head and tail."""

    words: list[tuple[int, ...]]
    head: int
    tail: int


class Markers:
    """Ids, behind those of the vocabulary, for what opens and closes heads and tails of each type."""

    def __init__(self, types: Sequence[str], vocabulary: int) -> None:
        self.types, self._first = tuple(types), vocabulary
        self._place = {kind: i for i, kind in enumerate(types)}

    def __len__(self) -> int:
        return MARKERS * len(self.types)

    def __call__(self, row: Row, head: Span, tail: Span) -> Marked:
        """Return the sentences from head to tail with the markers in them."""
        assert row.linked is not None
        sentences, ends = row.linked.sentences, (head, tail)
        start = bisect.bisect_left(sentences, min(head.sentence, tail.sentence))
        end = bisect.bisect_right(sentences, max(head.sentence, tail.sentence))
        words: list[tuple[int, ...]] = []
        opened = [0, 0]
        # where both begin or end at one word, the longer one is outside
        for place in range(start, end + 1):
            for side in sorted((0, 1), key=lambda side: -ends[side].start):
                if ends[side].end == place:
                    words.append((self.id(ends[side], side, closes=True),))
            for side in sorted((0, 1), key=lambda side: -ends[side].end):
                if ends[side].start == place:
                    opened[side] = len(words)
                    words.append((self.id(ends[side], side, closes=False),))
            words += row.words[place : min(place + 1, end)]
        return Marked(words, *opened)

    def id(self, span: Span, side: int, *, closes: bool) -> int:
        """Return the id of what opens or closes a head (side 0) or a tail (side 1)."""
        return self._first + MARKERS * self._place[span.type] + 2 * side + closes


class PairClassifier(nn.Module):
    """An encoder over marked sentences, and a classifier of the pair."""

    def __init__(
        self, encoder: PreTrainedModel, subwords: Subwords, types: Sequence[str], relations: int, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.encoder = encoder
        hidden, self._vocabulary = int(encoder.config.hidden_size), int(encoder.config.vocab_size)
        self.markers = nn.Embedding(MARKERS * len(types), hidden)
        # the rows of a type follow each other (`Markers`); noise tells them apart
        words = encoder.get_input_embeddings().weight
        with torch.no_grad():
            means = [words[list(ids)].mean(0) for ids in subwords([_WORDS.get(kind, kind) for kind in types])]
            start = torch.stack(means).repeat_interleave(MARKERS, 0)
            self.markers.weight.copy_(start + torch.randn_like(start) * words.std() / 2)
        self.dropout = nn.Dropout(dropout)
        self.mix = nn.Linear(2 * hidden, hidden)
        self.out = nn.Linear(hidden, relations + 1)

    def forward(self, ids: Tensor, mask: Tensor, ends: Tensor, places: Tensor | None = None) -> Tensor:
        """Return the scores of each pair, the last one for "none".

        *Shape:* `ids`: (texts, subwords); `mask`: the same, or (texts, subwords, subwords) bool, what each one sees;
        `ends`: (pairs, 3) of text and the places in it that open head and tail; `places`: (texts, subwords), positions
        other than the order, from 0. Returns (pairs, relations + 1).
        """
        known = self.encoder.get_input_embeddings()(ids.clamp(max=self._vocabulary - 1))
        marks = self.markers((ids - self._vocabulary).clamp(min=0))
        embedded = torch.where((ids >= self._vocabulary).unsqueeze(-1), marks, known)
        if mask.ndim == 3:
            mask = torch.zeros(mask.shape, device=ids.device).masked_fill(~mask, -1e9).unsqueeze(1)
        # RoBERTa's positions begin behind that of padding
        first = self.encoder.embeddings.position_embeddings.padding_idx
        positions = None if places is None else places + (0 if first is None else first + 1)
        states = self.encoder(
            inputs_embeds=embedded,
            attention_mask=mask,
            position_ids=positions,
            token_type_ids=torch.zeros_like(ids),
        ).last_hidden_state
        text, head, tail = ends.unbind(1)
        pair = self.dropout(torch.cat([states[text, head], states[text, tail]], 1))
        scores: Tensor = self.out(self.dropout(nn.functional.gelu(self.mix(pair))))
        return scores


class Pair(NamedTuple):
    """A candidate pair of a row, by its number."""

    row: Row
    number: int

    @property
    def ends(self) -> tuple[Span, Span]:
        """Head and tail."""
        link = _linked(self.row)
        head, tail = link.pairs.ends[self.number]
        return link.spans[head], link.spans[tail]

    @property
    def size(self) -> int:
        """Subwords of its sentences."""
        sentences = _linked(self.row).sentences
        first, last = sorted(span.sentence for span in self.ends)
        inside = slice(bisect.bisect_left(sentences, first), bisect.bisect_right(sentences, last))
        return sum(map(len, self.row.words[inside]))


class Pairs:
    """A task for `khabar_train.loop.Loop`: relations between given mentions, a pair at a time.

    Raises:
        UsageError: there is nothing to learn from, or to score on.
    """

    def __init__(
        self,
        encoder: PreTrainedModel,
        data: JointData,
        maker: RowMaker,
        settings: PairsSettings,
        config: ModelConfig,
        *,
        seed: int = 1,
    ) -> None:
        self.data, self._maker, self.settings, self.config, self._seed = data, maker, settings, config, seed
        types = maker.pairs.types
        self.mark = Markers(types, encoder.config.vocab_size)
        self.model = PairClassifier(encoder, maker.subwords, types, len(maker.pairs.relations))
        self._rows = [row for row in data.train if row.linked and len(row.linked.pairs.ends)]
        self._planned: tuple[int, list[list[Pair]]] = (-1, [])
        related = sum(int(self._related(row).sum()) for row in self._rows)
        if not related or not any(row.linked for rows in data.dev.values() for row in rows):
            remedy = "give annotated `passages` or `articles`, and let some of them be dev"
            raise UsageError("no annotated relations to learn from, or nothing to score on", remedy=remedy)
        others = sum(len(_linked(row).gold) for row in self._rows) - related
        drawn = min(max(1, others), max(1.0, settings.negatives * related))
        # as if every pair had been drawn, and weighed none_weight in the loss
        self._none_bias = math.log(settings.none_weight * max(1, others) / drawn)

    def batches(self, epoch: int) -> Sequence[list[Pair]]:
        """All related pairs and so many others, drawn anew each epoch; texts of like length together."""
        if self._planned[0] != epoch:
            choose = random.Random(f"{self._seed} {epoch}")
            chosen = [pair for row in self._rows for pair in self._draw(row, choose)]
            plan = self._cut(sorted(chosen, key=lambda pair: (pair.size // 8, choose.random())))
            choose.shuffle(plan)
            self._planned = (epoch, plan)
        return self._planned[1]

    def _draw(self, row: Row, choose: random.Random) -> Iterator[Pair]:
        related = self._related(row)
        others = np.flatnonzero(~related).tolist()
        wanted = self.settings.negatives * int(related.sum())
        count = int(wanted) + (choose.random() < wanted % 1)
        for i in [*np.flatnonzero(related).tolist(), *choose.sample(others, min(count, len(others)))]:
            yield Pair(row, i)

    def _cut(self, pairs: Sequence[Pair]) -> list[list[Pair]]:
        batches: list[list[Pair]] = [[]]
        for pair in pairs:
            # sorted: the last is the widest, or nearly
            if batches[-1] and (pair.size + MARKERS + 2) * (len(batches[-1]) + 1) > self.settings.batch:
                batches.append([])
            batches[-1].append(pair)
        return batches

    def _related(self, row: Row) -> np.ndarray:
        return _linked(row).gold < len(self._maker.pairs.relations)

    def loss(self, batch: Sequence[Pair]) -> Tensor:
        """Cross entropy over the relations that the pairs' types allow; pairs drawn less often weigh no less."""
        scores = self._score(batch)
        links = [_linked(pair.row) for pair in batch]
        allowed = np.stack([link.pairs.allowed[pair.number] for link, pair in zip(links, batch, strict=True)])
        gold = np.array([link.gold[pair.number] for link, pair in zip(links, batch, strict=True)])
        where = scores.device
        return relation_loss(scores, torch.from_numpy(allowed).to(where), torch.from_numpy(gold).to(where), 1.0)

    def _score(self, batch: Sequence[Pair]) -> Tensor:
        marked = [self.mark(pair.row, *pair.ends) for pair in batch]
        padded = self.config.pad([m.words for m in marked], [0] * len(marked))
        opened = np.take_along_axis(padded.words, np.array([(m.head, m.tail) for m in marked]), 1)
        ends = np.column_stack([np.arange(len(marked)), opened])
        device = next(self.model.parameters()).device
        scores: Tensor = self.model(*(torch.from_numpy(a).to(device) for a in (padded.ids, padded.mask, ends)))
        return scores

    def evaluate(self) -> dict[str, float]:
        """F1 of relations with gold mentions on each dev part, counted as the joint task counts."""
        metrics: dict[str, float] = {}
        for name, rows in self.data.dev.items():
            linked = [row for row in rows if row.linked]
            if linked:
                metrics[f"{name} relations gold"] = sum(map(self._count, linked), Counts()).f1
        return metrics | {"score": sum(metrics.values()) / len(metrics)}

    def _count(self, row: Row) -> Counts:
        link, finder = _linked(row), self._maker.pairs
        scores = np.zeros((len(link.gold), len(finder.relations) + 1), np.float32)
        pairs = sorted((Pair(row, i) for i in range(len(link.gold))), key=lambda pair: pair.size)
        for batch in self._cut(pairs) if pairs else []:
            numbers = [pair.number for pair in batch]
            scores[numbers] = self._score(batch).float().cpu().numpy()
        chosen, _ = self._maker.choose(scores, link.pairs, self._none_bias)
        return Counts.of(gold_links(row, finder), links_of(row, chosen, finder)) + Counts(fn=link.missed)


def _linked(row: Row) -> Linked:
    assert row.linked is not None
    return row.linked
