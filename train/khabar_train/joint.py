"""The joint task: names from partly labeled corpora, facts and relations from annotated passages, one encoder."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor, nn

from khabar.models.folder import ModelConfig
from khabar.models.network import JointModel
from khabar.recognize.tags import Span as TokenSpan
from khabar.recognize.tags import TagSet
from khabar.relate.features import PairFinder, Span
from khabar_eval.corpora import Corpus
from khabar_eval.counts import Counts
from khabar_train.augment import Augment, AugmentSettings
from khabar_train.losses import compatible_tags, only_types, partial_loss, relation_loss
from khabar_train.rows import UNLABELED, Row, RowMaker
from khabar_train.seen import Seen, Tensors, gather

# the dev part whose names are given
PASSAGES = "passages"


@dataclass(frozen=True)
class JointSettings:
    """What of the joint task a configuration can set.

    `borrow`: how often a row is read under the first convention instead of its own, teaching only the types that the
    first one's corpus is silent about. `batch`: subwords in a batch, padding counted. `repeat`: how often an epoch
    holds each annotated passage. `share`: how much of the other rows an epoch holds, drawn anew for each.
    `none_weight`: what a pair without a relation weighs in the loss.
    """

    batch: int = 2600
    repeat: int = 2
    share: float = 1.0
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
        config: ModelConfig,
    ) -> None:
        self.model = model
        self.data, self.maker, self._settings, self.config = data, maker, settings, config
        self._augment = Augment(data.train, maker, settings.augment)
        tags = maker.names
        self._own = {name: compatible_tags(corpus, tags) for name, corpus in data.corpora.items()}
        self._own[UNLABELED] = torch.ones((len(tags), len(tags)), dtype=torch.bool)
        silent = set(data.corpora[data.conventions[0]].silent) | set(data.corpora[data.conventions[0]].merged)
        self._lent = {c: only_types(data.corpora[c], tags, silent & _taught(data.corpora[c])) for c in data.conventions}
        self._planned: tuple[int, list[list[int]]] = (-1, [])
        self._none_bias = 0.0

    def batches(self, epoch: int) -> Sequence["_Plan"]:
        """Rows of like length together; passages `repeat` times; the order is the epoch's own."""
        if self._planned[0] != epoch:
            order = random.Random(f"{self._settings.seed} {epoch}")
            rows = self.data.train
            ids = [i for i, r in enumerate(rows) if r.linked for _ in range(self._settings.repeat)]
            others = [i for i, r in enumerate(rows) if not r.linked]
            ids += order.sample(others, round(self._settings.share * len(others)))
            ids.sort(key=lambda i: (rows[i].size // 12, order.random()))
            plan = list(self._cut(ids))
            order.shuffle(plan)
            self._planned = (epoch, plan)
        return [_Plan(tuple(rows), f"{self._settings.seed} {epoch} {i}") for i, rows in enumerate(self._planned[1])]

    def _cut(self, ids: Sequence[int]) -> Sequence[list[int]]:
        batches: list[list[int]] = [[]]
        for i in ids:
            widest = self.data.train[i].size + 2  # sorted: the last is the widest, or nearly
            if batches[-1] and widest * (len(batches[-1]) + 1) > self._settings.batch:
                batches.append([])
            batches[-1].append(i)
        return batches

    def loss(self, plan: "_Plan") -> Tensor:
        """The weighted sum of the heads' losses."""
        seen = self.read(plan)
        return self.supervised(seen, self.score(seen))

    def read(self, plan: "_Plan") -> Seen:
        """Make a batch and read it."""
        choose = random.Random(plan.seed)
        rows, lent = zip(*(self.changed(self.data.train[i], choose) for i in plan.rows), strict=True)
        return self.read_rows(rows, self.conventions(rows, lent), lent)

    def changed(self, row: Row, choose: random.Random) -> tuple[Row, bool]:
        """Write a row otherwise, or not; tell whether it is to be read under the first corpus's conventions."""
        row = self._augment(row, choose)
        return row, row.linked is None and self.convention(row) > 0 and choose.random() < self._settings.borrow

    def conventions(self, rows: Sequence[Row], lent: Sequence[bool]) -> list[int]:
        """The number of the conventions that each row is to be read under."""
        return [0 if first else self.convention(row) for row, first in zip(rows, lent, strict=True)]

    def read_rows(self, rows: Sequence[Row], conventions: Sequence[int], lent: Sequence[bool] = ()) -> Seen:
        """Read rows, each under the conventions of one corpus by its number."""
        arrays = self.config.pad([r.words for r in rows], conventions)
        device = next(self.model.parameters()).device
        batch = Tensors(*(torch.from_numpy(a).to(device) for a in arrays))
        return Seen(rows, lent, batch, self.model.tagger(*batch[:4]), gather(rows, batch.word_mask))

    def supervised(self, seen: Seen, scores: Tensor | None) -> Tensor:
        """The weighted sum of the heads' losses against what the rows' sources say; `scores` are those of pairs."""
        rows, encoded, settings = seen.rows, seen.encoded, self._settings
        allowed = torch.ones(encoded.names.shape, dtype=torch.bool)
        for i, (row, lent) in enumerate(zip(rows, seen.lent, strict=True)):
            table = self._lent[row.corpus] if lent else self._own[row.corpus]
            allowed[i, : len(row.names)] = table[torch.tensor(row.names)]
        total = partial_loss(encoded.names, allowed.to(encoded.names.device), seen.batch.word_mask)
        if any(row.facts is not None for row in rows):
            total = total + settings.facts_weight * self._facts_loss(seen)
        if seen.candidates is not None and scores is not None:
            loss = relation_loss(scores, seen.candidates.permitted, seen.candidates.gold, settings.none_weight)
            total = total + settings.relations_weight * loss
        return total

    def score(self, seen: Seen) -> Tensor | None:
        """Score the batch's candidate pairs. *Shape:* (pairs, relations + 1); None without pairs."""
        if seen.candidates is None:
            return None
        scores: Tensor = self.model.relator(seen.encoded.words, seen.batch.word_mask, *seen.candidates[:5])
        return scores

    def convention(self, row: Row) -> int:
        """The number of the row's conventions; what is no public corpus follows the runtime's."""
        known = self.data.conventions
        return known.index(row.corpus) if row.corpus in known else 0

    def _facts_loss(self, seen: Seen) -> Tensor:
        gold = torch.full(seen.batch.word_mask.shape, -100)
        for i, row in enumerate(seen.rows):
            if row.facts is not None:
                gold[i, : len(row.facts)] = torch.tensor(row.facts)
        return nn.functional.cross_entropy(seen.encoded.facts.float().transpose(1, 2), gold.to(seen.batch.ids.device))

    def evaluate(self) -> dict[str, float]:
        """Strict F1 of names on each dev part but passages, whose names are given; of facts, and of relations with gold
        and with predicted facts, where they are annotated."""
        metrics: dict[str, float] = {}
        for name, rows in self.data.dev.items():
            scores = {} if name == PASSAGES else self._score_names(rows)
            scores |= self._score_passages(rows) if rows[0].linked else {}
            metrics |= {f"{name} {key}": value for key, value in scores.items()}
        return metrics | {"score": sum(metrics.values()) / len(metrics)}

    @torch.no_grad()
    def fit_none_bias(self, choices: Sequence[float]) -> float:
        """Return what to add to the score of "no relation" for the best F1 on dev passages, gold and predicted facts
        counted alike; 0 without such passages."""
        self.model.eval()
        rows = [row for part in self.data.dev.values() for row in part if row.linked]
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
        for row, found in self.find_names(rows):
            counts += Counts.of(self.maker.names.spans(row.names), found)
        return {"names": counts.f1}

    def find_names(self, rows: Sequence[Row]) -> Iterator[tuple[Row, list[TokenSpan]]]:
        """Yield rows with the names found in them, under the conventions and in the projection of their corpus."""
        for batch in self._dev_batches(rows):
            seen = self.read_rows(batch, [self.convention(row) for row in batch])
            decoded = self.maker.names.decode(seen.encoded.names.float().cpu().numpy(), [len(r.words) for r in batch])
            for row, found in zip(batch, decoded, strict=True):
                project = self.data.corpora[row.corpus].project
                yield row, [(s, e, shown) for s, e, kind, _ in found if (shown := project(kind))]

    def _score_passages(self, rows: Sequence[Row]) -> dict[str, float]:
        facts, linked, both = Counts(), Counts(), Counts()
        for batch in self._dev_batches(rows):
            seen = self.read_rows(batch, [0] * len(batch))
            tags = seen.encoded.facts.float().cpu().numpy()
            decoded = self.maker.facts.decode(tags, [len(r.words) for r in batch])
            predicted = [self._with_facts(row, found) for row, found in zip(batch, decoded, strict=True)]
            for row, other in zip(batch, predicted, strict=True):
                facts += Counts.of(_facts(row, self.maker.facts), _facts(other, self.maker.facts))
            linked += self._count_links(seen, batch)
            both += self._count_links(seen, predicted)
        return {"facts": facts.f1, "relations gold": linked.f1, "relations": both.f1}

    def _count_links(self, seen: Seen, given: Sequence[Row]) -> Counts:
        """Count the relations found among the mentions of `given` against those of the rows themselves."""
        counts = Counts()
        for row, found in zip(seen.rows, self._predict(seen, given), strict=True):
            counts += Counts.of(gold_links(row, self.maker.pairs), found)
            counts += Counts(fn=row.linked.missed if row.linked else 0)
        return counts

    def _with_facts(self, row: Row, found: Sequence[tuple[int, int, str, float]]) -> Row:
        assert row.linked is not None
        sentences = row.linked.sentences
        names = [s for s in row.linked.spans if s.type not in self.maker.facts.types]
        spans = [*names, *(Span(k, sentences[s], s, e) for s, e, k, _ in found)]
        return replace(row, linked=self.maker.link({str(i): s for i, s in enumerate(spans)}, [], row.tokens, sentences))

    def _predict(self, seen: Seen, given: Sequence[Row]) -> list[set[tuple[Span, str, Span]]]:
        candidates = gather(given, seen.batch.word_mask)
        if candidates is None:
            return [set() for _ in given]
        scores = self.model.relator(seen.encoded.words, seen.batch.word_mask, *candidates[:5]).float().cpu().numpy()
        links = []
        for row in given:
            assert row.linked is not None
            mine, scores = scores[: len(row.linked.gold)], scores[len(row.linked.gold) :]
            links.append(links_of(row, self.maker.choose(mine, row.linked.pairs, self._none_bias)[0], self.maker.pairs))
        return links


@dataclass(frozen=True)
class _Plan:
    """Which rows make a batch, and the seed of what is random in it."""

    rows: tuple[int, ...]
    seed: str


def _taught(corpus: Corpus) -> set[str]:
    return set(corpus.labels.values())


def _facts(row: Row, space: TagSet) -> set[tuple[str, int, int]]:
    assert row.linked is not None
    return {(s.type, s.start, s.end) for s in row.linked.spans if s.type in space.types}


def gold_links(row: Row, pairs: PairFinder) -> set[tuple[Span, str, Span]]:
    """The gold relations of a row that are candidate pairs."""
    assert row.linked is not None
    return links_of(row, np.where(row.linked.gold == len(pairs.relations), -1, row.linked.gold), pairs)


def links_of(row: Row, chosen: np.ndarray, pairs: PairFinder) -> set[tuple[Span, str, Span]]:
    """The relations of a row, given one relation number a pair, -1 for none."""
    assert row.linked is not None
    spans = row.linked.spans
    together = zip(row.linked.pairs.ends.tolist(), chosen.tolist(), strict=True)
    return {(spans[h], pairs.relations[r], spans[t]) for (h, t), r in together if r >= 0}
