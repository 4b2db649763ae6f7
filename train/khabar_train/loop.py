"""The training loop: one schedule, checkpoints, and a resume that ends where an uninterrupted run would."""

import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from rich.progress import Progress, TextColumn, TimeRemainingColumn
from safetensors.torch import load_model, save_model
from torch import nn

from khabar.errors import UsageError


class Task(Protocol):
    """What a loop needs of a task: a model, the epoch's batches, a loss, and a score on dev."""

    @property
    def model(self) -> nn.Module:
        """What is trained."""
        ...

    def batches(self, epoch: int) -> Sequence[Any]:
        """Return the epoch's batches; the same for the same epoch, whatever ran before."""
        ...

    def loss(self, batch: Any) -> torch.Tensor:
        """Return the batch's mean loss."""
        ...

    def evaluate(self) -> dict[str, float]:
        """Return dev metrics; `score` is the one that chooses the best checkpoint."""
        ...


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train.

    `learning_rate` rises linearly over `warmup` (share of all steps) and falls linearly to 0; `head_rate` is that of
    the parameters outside the encoder; `layer_decay` multiplies the encoder's rate once a layer from top to bottom.
    """

    epochs: int
    learning_rate: float
    head_rate: float | None = None
    layer_decay: float = 1.0
    warmup: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    checkpoint_every: int = 200
    average: float = 0.0
    precision: str = "bf16"
    seed: int = 1


class Loop:
    """Trains a task in a run folder.

    The folder holds `metrics.jsonl` (a line an epoch), `last.pt` (everything to go on from) and
    `best.safetensors` (the model with the best dev score). Checkpoints are written to a second
    name and moved, so a kill leaves a whole one.
    """

    def __init__(self, task: Task, schedule: Schedule, folder: Path, *, resume: bool = False) -> None:
        self._task, self._schedule, self._folder = task, schedule, folder
        folder.mkdir(parents=True, exist_ok=True)
        self._last = folder / "last.pt"
        if self._last.exists() and not resume:
            raise UsageError(
                "the run folder holds a run already", path=folder, remedy="give --resume, or another --output"
            )
        _seed(schedule.seed)
        self._optimizer = torch.optim.AdamW(_groups(task.model, schedule), betas=(0.9, 0.98))
        self._averages = {k: v.detach().clone() for k, v in task.model.state_dict().items()} if schedule.average else {}
        self._epoch, self._step, self._best = 0, 0, -math.inf
        if resume and self._last.exists():
            self._restore()

    def run(self) -> dict[str, float]:
        """Train to the end of the schedule; return the best epoch's metrics."""
        total = self._schedule.epochs * len(self._task.batches(0))
        columns = (*Progress.get_default_columns()[:3], TimeRemainingColumn(), TextColumn("{task.fields[note]}"))
        with Progress(*columns, transient=True) as progress:
            bar = progress.add_task("training", total=total, note="")
            while self._epoch < self._schedule.epochs:
                started, losses = time.time(), []
                for step, batch in self._remaining():
                    done = self._epoch * len(self._task.batches(self._epoch)) + step
                    losses.append(self._update(batch, done / total))
                    self._step = step + 1
                    progress.update(bar, completed=done + 1, note=f"loss {np.mean(losses[-50:]):.3f}")
                    if self._step % self._schedule.checkpoint_every == 0:
                        self._save()
                self._finish_epoch(started, losses)
        return self._best_metrics()

    def _remaining(self) -> Iterator[tuple[int, Any]]:
        batches = self._task.batches(self._epoch)
        yield from ((i, batches[i]) for i in range(self._step, len(batches)))

    def _update(self, batch: Any, share: float) -> float:
        schedule, model = self._schedule, self._task.model
        model.train()
        rate = share / schedule.warmup if share < schedule.warmup else (1 - share) / (1 - schedule.warmup)
        for group in self._optimizer.param_groups:
            group["lr"] = group["peak"] * rate
        with self._precision():
            loss = self._task.loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), schedule.clip)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        for name, value in model.state_dict().items() if self._averages else ():
            if value.is_floating_point():
                self._averages[name].lerp_(value, 1 - schedule.average)
        return float(loss.detach())

    def _precision(self) -> torch.autocast:
        device = next(self._task.model.parameters()).device
        return torch.autocast(device.type, dtype=torch.bfloat16, enabled=self._schedule.precision == "bf16")

    def _finish_epoch(self, started: float, losses: list[float]) -> None:
        model = self._task.model
        trained = {k: v.clone() for k, v in model.state_dict().items()} if self._averages else {}
        if self._averages:
            model.load_state_dict(self._averages)
        model.eval()
        metrics = {
            "epoch": self._epoch + 1,
            "loss": float(np.mean(losses or [math.nan])),
            "seconds": time.time() - started,
        }
        with torch.no_grad(), self._precision():
            metrics |= self._task.evaluate()
        with (self._folder / "metrics.jsonl").open("a", encoding="utf-8") as out:
            out.write(json.dumps(metrics) + "\n")
        print(" ".join(f"{k} {v:.4g}" for k, v in metrics.items()), flush=True)
        if metrics["score"] > self._best:
            self._best = metrics["score"]
            _atomic(lambda path: save_model(model, path), self._folder / "best.safetensors")
        if trained:
            model.load_state_dict(trained)
        self._epoch, self._step = self._epoch + 1, 0
        self._save()

    def _best_metrics(self) -> dict[str, float]:
        lines = (self._folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        return dict(max(map(json.loads, lines), key=lambda m: m["score"]))

    def load_best(self) -> None:
        """Put the best epoch's weights into the task's model."""
        load_model(self._task.model, self._folder / "best.safetensors")

    def _save(self) -> None:
        state = {
            "model": self._task.model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "averages": self._averages,
            "torch": torch.get_rng_state(),
            "epoch": self._epoch,
            "step": self._step,
            "best": self._best,
        }
        _atomic(lambda path: torch.save(state, path), self._last)

    def _restore(self) -> None:
        state = torch.load(self._last, weights_only=True)
        self._task.model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._averages = state["averages"]
        torch.set_rng_state(state["torch"])
        self._epoch, self._step, self._best = state["epoch"], state["step"], state["best"]
        print(f"resumed at epoch {self._epoch + 1}, step {self._step}", flush=True)


def _atomic(write: Any, path: Path) -> None:
    aside = path.with_suffix(".part")
    write(aside)
    aside.replace(path)


def _seed(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def _groups(model: nn.Module, schedule: Schedule) -> list[dict[str, Any]]:
    """Parameter groups with their peak rates: no decay on biases and norms, layer-wise rates in the encoder."""
    depth = 1 + max(
        (int(n.split("encoder.layer.")[1].split(".")[0]) for n, _ in model.named_parameters() if "encoder.layer." in n),
        default=0,
    )
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        decay = schedule.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((_peak(name, depth, schedule), decay), []).append(parameter)
    return [{"params": p, "peak": peak, "lr": 0.0, "weight_decay": decay} for (peak, decay), p in groups.items()]


def _peak(name: str, depth: int, schedule: Schedule) -> float:
    if "encoder.layer." in name:
        below_top = depth - 1 - int(name.split("encoder.layer.")[1].split(".", maxsplit=1)[0])
        return schedule.learning_rate * schedule.layer_decay**below_top
    if "embeddings." in name:
        return schedule.learning_rate * schedule.layer_decay**depth
    return schedule.head_rate or schedule.learning_rate
