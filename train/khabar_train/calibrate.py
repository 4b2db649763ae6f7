"""From a model's decisions on dev to scores that mean what they say (`khabar.models.calibration`)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import nn

from khabar.models.calibration import PLAIN, Calibration, calibrated, log_odds
from khabar.models.folder import CALIBRATIONS, ModelConfig
from khabar.models.network import JointModel
from khabar.recognize.tags import TagSet
from khabar_eval.calibration import reliability
from khabar_train.joint import Joint
from khabar_train.rows import Row

# so many logits that nothing else counts
NEVER = 1e4
BATCH = 16

# a decision's score, and whether it was right
Outcome = tuple[float, bool]


@torch.no_grad()
def calibrate(task: Joint, config: ModelConfig) -> tuple[ModelConfig, str]:
    """Return the configuration with calibrations fitted on every second dev row, and what the other rows say of them.

    Names of all corpora share one calibration, so that the runtime need not know where a text comes from.
    """
    task.model.eval()
    fitted, others = (_outcomes(task, config.none_bias, [p[i::2] for p in task.data.dev.values()]) for i in (0, 1))
    calibrations = {key: platt(fitted[key]) for key in CALIBRATIONS}
    lines = []
    for key, calibration in calibrations.items():
        told = reliability((calibrated(score, calibration), right) for score, right in others[key])
        lines.append(f"{key} {calibration[0]} {calibration[1]}, error on the rows it was not fitted on {told}\n")
    names, facts, relations = calibrations.values()
    calibrated_config = replace(
        config, names_calibration=names, facts_calibration=facts, relations_calibration=relations
    )
    return calibrated_config, "".join(lines)


def platt(outcomes: Sequence[Outcome]) -> Calibration:
    """Return the line on the log-odds of scores that makes the outcomes most likely (Platt 1999).

    As in his paper, right and wrong count as a little less than 1 and more than 0, so that few outcomes, or outcomes
    all alike, still have an answer. Scores that do not rise with the share that is right are left as they are.
    """
    if not outcomes:
        return PLAIN
    odds = torch.tensor([log_odds(score) for score, _ in outcomes], dtype=torch.float64)
    right = torch.tensor([right for _, right in outcomes])
    count = int(right.sum())
    yes, no = (count + 1) / (count + 2), 1 / (len(outcomes) - count + 2)
    targets = torch.where(right, yes, no).double()
    line = torch.tensor(PLAIN, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([line], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = nn.functional.binary_cross_entropy_with_logits(line[0] * odds + line[1], targets)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    with torch.enable_grad():
        optimizer.step(loss)  # type: ignore[no-untyped-call]
    slope, intercept = (round(value, 3) for value in line.tolist())
    return (slope, intercept) if slope > 0 else PLAIN


def silence_facts(model: JointModel) -> None:
    """Keep a facts tagger that had nothing to learn from from finding anything; `NEVER` does so for relations."""
    with torch.no_grad():
        model.tagger.facts.bias[1:] -= NEVER


def _outcomes(task: Joint, none_bias: float, parts: Sequence[Sequence[Row]]) -> dict[str, list[Outcome]]:
    """Return the outcomes on dev rows by the calibration that they are for."""
    found: dict[str, list[Outcome]] = {key: [] for key in CALIBRATIONS}
    names, facts, relations = found.values()
    for part in parts:
        for start in range(0, len(part), BATCH):
            batch = _Decided(task, part[start : start + BATCH])
            if part[0].linked:
                facts += batch.facts()
                relations += batch.relations(none_bias)
            else:
                names += batch.names()
    return found


class _Decided:
    """A batch of dev rows and what the model decides on it."""

    def __init__(self, task: Joint, rows: Sequence[Row]) -> None:
        self._task, self._rows = task, rows
        self._seen = task.read_rows(rows, [task.convention(r) for r in rows])

    def names(self) -> list[Outcome]:
        project = self._task.data.corpora[self._rows[0].corpus].project
        gold = [row.names for row in self._rows]
        return self._spans(self._seen.encoded.names, gold, self._task.maker.names, project)

    def facts(self) -> list[Outcome]:
        gold = [row.facts or [] for row in self._rows]
        return self._spans(self._seen.encoded.facts, gold, self._task.maker.facts, str)

    def _spans(
        self, scores: torch.Tensor, gold: Sequence[Sequence[int]], tags: TagSet, project: Callable[[str], str | None]
    ) -> list[Outcome]:
        outcomes = []
        decoded = tags.decode(scores.float().cpu().numpy(), [len(ids) for ids in gold])
        for ids, found in zip(gold, decoded, strict=True):
            known = set(tags.spans(ids))
            shown = ((start, end, project(kind), score) for start, end, kind, score in found)
            outcomes += [(score, (start, end, kind) in known) for start, end, kind, score in shown if kind]
        return outcomes

    def relations(self, none_bias: float) -> list[Outcome]:
        scores = self._task.score(self._seen)
        if scores is None:
            return []
        left, outcomes = scores.float().cpu().numpy(), []
        for linked in (row.linked for row in self._rows if row.linked):
            mine, left = left[: len(linked.gold)], left[len(linked.gold) :]
            best, sure = self._task.maker.choose(mine, linked.pairs, none_bias)
            outcomes += [(float(sure[i]), bool(best[i] == linked.gold[i])) for i in (best >= 0).nonzero()[0]]
        return outcomes
