"""The training loop on a task of one layer: resume, accumulation, patience, checkpoints without pickle."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
import torch
from safetensors import safe_open
from torch import nn
from transformers import BertConfig, BertModel

from khabar.errors import DataError, UsageError
from khabar_train import journal
from khabar_train.loop import Loop, Schedule, _checkpoint_gradients, computes_bf16

# metrics that a task reports, an epoch each
SCORES = [0.5, 0.7, 0.6, 0.6, 0.9]


class Killed(Exception):
    """Stands for a kill."""


class Line:
    """Fits a line under dropout; dies before batch `dies` of all epochs; scores as `SCORES` say."""

    def __init__(self, dies: float = math.inf, size: int = 1) -> None:
        torch.manual_seed(3)
        self.model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 1))
        # tied, as a language model's embeddings and output layer are
        self.model.append(nn.Linear(1, 1))
        self.model[3].bias = self.model[2].bias
        self.dies, self.size, self.seen, self.epochs = dies, size, 0, 0

    def batches(self, epoch: int) -> Sequence[Any]:
        numbers = torch.Generator().manual_seed(epoch)
        data = torch.randn(6, 4, generator=numbers)
        return [data[i : i + self.size] for i in range(0, 6, self.size)]

    def loss(self, batch: Any) -> Any:
        if self.seen >= self.dies:
            raise Killed
        self.seen += 1
        return (self.model(batch) - batch.sum(1, keepdim=True)).square().mean()

    def evaluate(self) -> dict[str, float]:
        weights = sum(float(p.double().sum()) for p in self.model.parameters())
        self.epochs += 1
        return {"weights": weights, "score": SCORES[self.epochs - 1]}


def schedule(**changed: Any) -> Schedule:
    given = {"epochs": 3, "learning_rate": 0.05, "checkpoint_every": 1, "average": 0.5, "precision": "fp32"}
    return Schedule(**(given | changed))


def told(folder: Path) -> list[dict[str, float]]:
    return [{k: v for k, v in m.items() if k not in ("seconds", "score")} for m in journal.Journal(folder).epochs()]


@pytest.mark.parametrize("dies", [1, 6, 10])
@pytest.mark.parametrize("accumulate", [1, 4])
def test_a_resumed_run_ends_as_an_uninterrupted_one(tmp_path: Path, dies: int, accumulate: int) -> None:
    plan = schedule(accumulate=accumulate)
    Loop(Line(), plan, tmp_path / "whole").run()
    with pytest.raises(Killed):
        Loop(Line(dies), plan, tmp_path / "cut").run()
    Loop(Line(), plan, tmp_path / "cut", resume=True).run()
    assert told(tmp_path / "cut") == told(tmp_path / "whole")


def test_a_kill_between_an_epoch_and_its_checkpoint_counts_the_epoch_once(tmp_path: Path) -> None:
    loop = Loop(Line(), schedule(), tmp_path / "cut")
    finish = loop._finish_epoch

    def dying(started: float) -> None:
        loop._save = lambda: (_ for _ in ()).throw(Killed)  # type: ignore[method-assign,assignment]
        finish(started)

    loop._finish_epoch = dying  # type: ignore[method-assign]
    with pytest.raises(Killed):
        loop.run()
    Loop(Line(), schedule(), tmp_path / "cut", resume=True).run()
    Loop(Line(), schedule(), tmp_path / "whole").run()
    assert told(tmp_path / "cut") == told(tmp_path / "whole")
    assert [m["epoch"] for m in told(tmp_path / "cut")] == [1, 2, 3]


def test_accumulated_batches_change_the_weights_as_one_large_batch_does(tmp_path: Path) -> None:
    results = []
    for size, accumulate in ((6, 1), (2, 3)):
        task = Line(size=size)
        task.model[1].p = 0.0
        Loop(task, schedule(accumulate=accumulate), tmp_path / str(size)).run()
        results.append(torch.cat([p.flatten() for p in task.model.parameters()]))
    torch.testing.assert_close(*results)


def test_patience_stops_behind_the_best_epoch_also_when_resumed(tmp_path: Path) -> None:
    plan = schedule(epochs=5, patience=2)
    best = Loop(Line(), plan, tmp_path).run()
    assert (best["epoch"], best["score"]) == (2, 0.7)
    assert len(told(tmp_path)) == 4
    again = Line()
    assert Loop(again, plan, tmp_path, resume=True).run() == best
    assert again.seen == 0


def test_a_checkpoint_is_safetensors_and_one_of_another_model_is_refused(tmp_path: Path) -> None:
    Loop(Line(), schedule(epochs=1), tmp_path).run()
    with safe_open(tmp_path / "last.safetensors", "pt") as file:
        assert {"random cpu", "model 0.weight", "average 0.weight", "optimizer 0 exp_avg"} <= set(file.keys())
    other = Line()
    other.model[0] = nn.Linear(4, 9)
    with pytest.raises(DataError, match="no checkpoint to go on from"):
        Loop(other, schedule(epochs=1), tmp_path, resume=True)
    (tmp_path / "last.safetensors").write_bytes(b"torn")
    with pytest.raises(DataError, match="no checkpoint to go on from"):
        Loop(Line(), schedule(epochs=1), tmp_path, resume=True)


def test_recomputed_states_give_the_same_gradients() -> None:
    shape = {"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 8}
    torch.manual_seed(0)
    model = BertModel(BertConfig(vocab_size=9, attn_implementation="eager", **shape), add_pooling_layer=False).train()
    gradients = []
    for _ in range(2):
        torch.manual_seed(1)
        model.zero_grad()
        model(input_ids=torch.tensor([[1, 2, 3]])).last_hidden_state.square().sum().backward()
        gradients.append([p.grad.clone() for p in model.parameters()])
        _checkpoint_gradients(model)
    assert model.is_gradient_checkpointing
    torch.testing.assert_close(*gradients)


def test_tensorboard_is_named_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch.utils.tensorboard", None)
    with pytest.raises(UsageError, match="needs tensorboard"):
        journal.Journal(tmp_path, tensorboard=True)


@pytest.mark.parametrize(
    ("known", "expected"), [({"avx2": True, "avx512_bf16": False}, False), ({"amx_bf16": True}, True)]
)
def test_bf16_is_for_processors_that_have_it(
    monkeypatch: pytest.MonkeyPatch, known: dict[str, bool], expected: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: known, raising=False)
    assert computes_bf16(torch.device("cpu")) is expected


def test_runs_of_one_process_have_the_precision_that_each_asks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True}, raising=False)
    for number, (precision, expected) in enumerate(
        [("bf16", torch.bfloat16), ("fp32", torch.float32), ("bf16", torch.bfloat16)]
    ):
        task, kinds = Line(), set()
        task.model[0].register_forward_hook(lambda module, given, made, kinds=kinds: kinds.add(made.dtype))
        Loop(task, schedule(epochs=1, precision=precision), tmp_path / str(number)).run()
        assert kinds == {expected}


def test_a_launcher_s_environment_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = Loop(Line(), schedule(epochs=1), tmp_path / "alone").run()
    monkeypatch.setenv("ACCELERATE_GRADIENT_ACCUMULATION_STEPS", "4")
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "bf16")
    assert Loop(Line(), schedule(epochs=1), tmp_path / "launched").run()["weights"] == alone["weights"]
