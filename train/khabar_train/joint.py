"""The joint task: names from partly labeled corpora, facts and relations from annotated passages, one encoder."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor, nn

from khabar.encode.batches import pad
from khabar.formats.conll import spans
from khabar.models.network import Encoded, JointModel
from khabar.recognize.tags import TagSet
from khabar.relate.features import PairFinder, Span
from khabar.relate.scores import best_relations
from khabar_eval.corpora import Corpus
from khabar_eval.counts import Counts
from khabar_train.augment import Augment, AugmentSettings
from khabar_train.losses import compatible_tags, only_types, partial_loss, relation_loss
from khabar_train.rows import Row, RowMaker


@dataclass(frozen=True)
class JointSettings:
    """What of the joint task a configuration can set.

    `borrow`: how often a row is read under the first convention instead of its own, teaching only the types that the
    first one's corpus is silent about. `batch`: subwords in a batch, padding counted. `repeat`: how often an epoch
    holds each annotated passage. `none_weight`: what a pair without a relation weighs in the loss.
    """

    batch: int = 2600
    repeat: int = 2
    borrow: float = 0.35
    none_weight: float = 0.5
    facts_weight: float = 1.0
    relations_weight: float = 1.0
    augment: AugmentSettings = field(default_factory=AugmentSettings)
    seed: int = 1


@dataclass(frozen=True)
class JointData:
    """Rows to train on, and dev rows by name; `conventions` number the corpora, the runtime's first."""

    train: Sequence[Row]
    dev: Mapping[str, Sequence[Row]]
    conventions: Sequence[str]
    corpora: Mapping[str, Corpus]


class Joint:
    """A task for `khabar_train.loop.Loop`."""

    def __init__(
        self,
        model: JointModel,
        data: JointData,
        maker: RowMaker,
        settings: JointSettings,
        special: tuple[int, int, int],
    ) -> None:
        self.model = model
        self._data, self._maker, self._settings, self._special = data, maker, settings, special
        self._augment = Augment(data.train, maker, settings.augment)
        tags = maker.names
        self._own = {name: compatible_tags(corpus, tags) for name, corpus in data.corpora.items()}
        silent = set(data.corpora[data.conventions[0]].silent) | set(data.corpora[data.conventions[0]].merged)
        self._lent = {c: only_types(data.corpora[c], tags, silent & _taught(data.corpora[c])) for c in data.conventions}
        self._planned: tuple[int, list[list[int]]] = (-1, [])
        self._none_bias = 0.0

    def batches(self, epoch: int) -> Sequence["_Plan"]:
        """Rows of like length together; passages `repeat` times; the order is the epoch's own."""
        if self._planned[0] != epoch:
            order = random.Random(f"{self._settings.seed} {epoch}")
            rows = self._data.train
            ids = [i for i, r in enumerate(rows) for _ in range(self._settings.repeat if r.linked else 1)]
            ids.sort(key=lambda i: (rows[i].size // 12, order.random()))
            plan = list(self._cut(ids))
            order.shuffle(plan)
            self._planned = (epoch, plan)
        return [_Plan(tuple(rows), f"{self._settings.seed} {epoch} {i}") for i, rows in enumerate(self._planned[1])]

    def _cut(self, ids: Sequence[int]) -> Sequence[list[int]]:
        batches: list[list[int]] = [[]]
        for i in ids:
            widest = self._data.train[i].size + 2  # sorted: the last is the widest, or nearly
            if batches[-1] and widest * (len(batches[-1]) + 1) > self._settings.batch:
                batches.append([])
            batches[-1].append(i)
        return batches

    def loss(self, plan: "_Plan") -> Tensor:
        """The weighted sum of the heads' losses."""
        choose = random.Random(plan.seed)
        rows = [self._augment(self._data.train[i], choose) for i in plan.rows]
        lend = [r.linked is None and self._convention(r) > 0 and choose.random() < self._settings.borrow for r in rows]
        conventions = [0 if lent else self._convention(r) for r, lent in zip(rows, lend, strict=True)]
        encoded, mask = self._encode(rows, conventions)
        allowed = torch.ones_like(encoded.names, dtype=torch.bool)
        for i, (row, lent) in enumerate(zip(rows, lend, strict=True)):
            table = self._lent[row.corpus] if lent else self._own[row.corpus]
            allowed[i, : len(row.names)] = table[torch.tensor(row.names)]
        total = partial_loss(encoded.names, allowed, mask)
        known = [i for i, r in enumerate(rows) if r.facts is not None]
        if known:
            settings = self._settings
            total = total + settings.facts_weight * self._facts_loss(encoded, mask, rows, known)
            scores, permitted, gold = self._relations(encoded, mask, rows, [i for i in known if rows[i].linked])
            total = total + settings.relations_weight * relation_loss(scores, permitted, gold, settings.none_weight)
        return total

    def _convention(self, row: Row) -> int:
        """The number of the row's conventions; what is no public corpus follows the runtime's."""
        known = self._data.conventions
        return known.index(row.corpus) if row.corpus in known else 0

    def _encode(self, rows: Sequence[Row], conventions: Sequence[int]) -> tuple[Encoded, Tensor]:
        start, end, padding = self._special
        batch = pad([r.words for r in rows], start=start, end=end, padding=padding, conventions=conventions)
        ids, mask, convention, words, word_mask = (torch.from_numpy(a) for a in batch)
        return self.model.tagger(ids, mask, convention, words), word_mask

    def _facts_loss(self, encoded: Encoded, mask: Tensor, rows: Sequence[Row], known: Sequence[int]) -> Tensor:
        gold = torch.full(mask.shape, -100)
        for i in known:
            facts = rows[i].facts or []
            gold[i, : len(facts)] = torch.tensor(facts)
        return nn.functional.cross_entropy(encoded.facts.float().transpose(1, 2), gold)

    def _relations(
        self, encoded: Encoded, mask: Tensor, rows: Sequence[Row], which: Sequence[int]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Scores, permitted relations and gold of all candidate pairs of the rows `which`."""
        linked = [(i, rows[i].linked) for i in which]
        tags = torch.zeros((2, *mask.shape), dtype=torch.long)
        spans: list[tuple[int, int, int]] = []
        pairs, features, permitted, gold = [], [], [], []
        for i, link in linked:
            assert link is not None
            tags[0, i, : len(link.name_tags)] = torch.tensor(link.name_tags)
            tags[1, i, : len(link.fact_tags)] = torch.tensor(link.fact_tags)
            pairs.append(link.pairs.ends + len(spans))
            spans += [(i, s.start, s.end - 1) for s in link.spans]
            features.append(link.pairs.features)
            permitted.append(link.pairs.allowed)
            gold.append(link.gold)
        if not pairs or not sum(map(len, pairs)):
            empty = len(self._maker.pairs.relations) + 1
            return torch.zeros((0, empty)), torch.zeros((0, empty), dtype=torch.bool), torch.zeros(0, dtype=torch.long)
        scores = self.model.relator(
            encoded.words,
            mask,
            tags[0],
            tags[1],
            torch.tensor(spans),
            *(torch.from_numpy(np.concatenate(a)) for a in (pairs, features)),
        )
        return scores, torch.from_numpy(np.concatenate(permitted)), torch.from_numpy(np.concatenate(gold))

    def evaluate(self) -> dict[str, float]:
        """Strict F1 of names on each dev part, of facts, and of relations with gold and with predicted facts."""
        metrics: dict[str, float] = {}
        for name, rows in self._data.dev.items():
            for key, value in (self._score_passages(rows) if rows[0].linked else self._score_names(rows)).items():
                metrics[f"{name} {key}"] = value
        return metrics | {"score": sum(metrics.values()) / len(metrics)}

    @torch.no_grad()
    def fit_none_bias(self, choices: Sequence[float]) -> float:
        """Return what to add to the score of "no relation" for the best F1 on dev passages, gold and predicted facts
        counted alike; 0 without such passages."""
        self.model.eval()
        rows = [row for part in self._data.dev.values() for row in part if row.linked]
        if rows:
            found: dict[float, float] = {}
            for self._none_bias in choices:
                scores = self._score_passages(rows)
                found[self._none_bias] = scores["relations gold"] + scores["relations"]
            self._none_bias = max(choices, key=lambda bias: (found[bias], -abs(bias)))
        return self._none_bias

    def _dev_batches(self, rows: Sequence[Row]) -> Sequence[list[Row]]:
        ordered = sorted(rows, key=lambda r: r.size)
        return [ordered[i : i + 16] for i in range(0, len(ordered), 16)]

    def _score_names(self, rows: Sequence[Row]) -> dict[str, float]:
        counts = Counts()
        for batch in self._dev_batches(rows):
            convention = self._data.conventions.index(batch[0].corpus)
            encoded, _ = self._encode(batch, [convention] * len(batch))
            decoded = self._maker.names.decode(encoded.names.float().numpy(), [len(r.words) for r in batch])
            for row, found in zip(batch, decoded, strict=True):
                corpus = self._data.corpora[row.corpus]
                projected = [(s, e, corpus.project(k)) for s, e, k, _ in found]
                counts += Counts.of(_spans(row.names, self._maker.names), [x for x in projected if x[2]])
        return {"names": counts.f1}

    def _score_passages(self, rows: Sequence[Row]) -> dict[str, float]:
        facts, linked, both = Counts(), Counts(), Counts()
        for batch in self._dev_batches(rows):
            encoded, mask = self._encode(batch, [0] * len(batch))
            decoded = self._maker.facts.decode(encoded.facts.float().numpy(), [len(r.words) for r in batch])
            predicted = [self._with_facts(row, found) for row, found in zip(batch, decoded, strict=True)]
            for row, other in zip(batch, predicted, strict=True):
                facts += Counts.of(_facts(row, self._maker.facts), _facts(other, self._maker.facts))
            linked += self._count_links(encoded, mask, batch, batch)
            both += self._count_links(encoded, mask, batch, predicted)
        return {"facts": facts.f1, "relations gold": linked.f1, "relations": both.f1}

    def _count_links(self, encoded: Encoded, mask: Tensor, rows: Sequence[Row], seen: Sequence[Row]) -> Counts:
        """Count the relations found among the mentions of `seen` against those of `rows`."""
        counts = Counts()
        for row, found in zip(rows, self._predict(encoded, mask, seen), strict=True):
            counts += Counts.of(_gold_links(row, self._maker.pairs), found)
            counts += Counts(fn=row.linked.missed if row.linked else 0)
        return counts

    def _with_facts(self, row: Row, found: Sequence[tuple[int, int, str, float]]) -> Row:
        assert row.linked is not None
        sentences = row.linked.sentences
        names = [s for s in row.linked.spans if s.type not in self._maker.facts.types]
        spans = [*names, *(Span(k, sentences[s], s, e) for s, e, k, _ in found)]
        return replace(
            row, linked=self._maker.link({str(i): s for i, s in enumerate(spans)}, [], row.tokens, sentences)
        )

    def _predict(self, encoded: Encoded, mask: Tensor, rows: Sequence[Row]) -> list[set[tuple[Span, str, Span]]]:
        scores, permitted, _ = self._relations(encoded, mask, rows, range(len(rows)))
        best, _ = best_relations(scores.float().numpy(), permitted.numpy(), self._none_bias)
        links = []
        for row in rows:
            assert row.linked is not None
            mine, best = best[: len(row.linked.gold)], best[len(row.linked.gold) :]
            links.append(_links(row, mine, self._maker.pairs))
        return links


@dataclass(frozen=True)
class _Plan:
    """Which rows make a batch, and the seed of what is random in it."""

    rows: tuple[int, ...]
    seed: str


def _taught(corpus: Corpus) -> set[str]:
    return set(corpus.labels.values())


def _spans(tags: Sequence[int], space: TagSet) -> list[tuple[int, int, str]]:
    return spans([space.tags[t] for t in tags])


def _facts(row: Row, space: TagSet) -> set[tuple[str, int, int]]:
    assert row.linked is not None
    return {(s.type, s.start, s.end) for s in row.linked.spans if s.type in space.types}


def _gold_links(row: Row, pairs: PairFinder) -> set[tuple[Span, str, Span]]:
    assert row.linked is not None
    return _links(row, np.where(row.linked.gold == len(pairs.relations), -1, row.linked.gold), pairs)


def _links(row: Row, chosen: np.ndarray, pairs: PairFinder) -> set[tuple[Span, str, Span]]:
    """The relations of a row, given one relation number a pair, -1 for none."""
    assert row.linked is not None
    spans = row.linked.spans
    together = zip(row.linked.pairs.ends.tolist(), chosen.tolist(), strict=True)
    return {(spans[h], pairs.relations[r], spans[t]) for (h, t), r in together if r >= 0}
