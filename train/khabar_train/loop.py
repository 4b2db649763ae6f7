"""The training loop: one schedule, checkpoints, and a resume that ends where an uninterrupted run would."""

import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from rich.progress import Progress, TextColumn, TimeRemainingColumn
from safetensors.torch import load_model, save_model
from torch import nn
from transformers import PreTrainedModel

from khabar.errors import UsageError
from khabar_train import checkpoint
from khabar_train.journal import Journal

# batches between two additions to the running average of the weights, each of which reads all of them
AVERAGE_EVERY = 8


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
    `accumulate`: batches whose gradients are added up for one update. `gradient_checkpointing`: compute the encoder's
    states twice instead of keeping them, which saves memory. `patience`: stop after so many epochs in a row without a
    better score; 0 never stops early. `average`: what a batch keeps of the running average of the weights, which is the
    model that is scored and kept; 0 keeps the weights themselves. `precision`: `bf16` (mixed) where the device computes
    in it, 32 bits elsewhere; or `fp32`.
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
    accumulate: int = 1
    gradient_checkpointing: bool = False
    patience: int = 0


class Loop:
    """Trains a task in a run folder, on a GPU where there is one.

    The folder holds `metrics.jsonl` and `metrics.svg` (a line and a point an epoch), `last.safetensors` (everything to
    go on from) and `best.safetensors` (the model with the best dev score). Both are written to a second name and
    moved, so a kill leaves a whole one.
    """

    def __init__(
        self, task: Task, schedule: Schedule, folder: Path, *, resume: bool = False, tensorboard: bool = False
    ) -> None:
        self._task, self._schedule, self._folder = task, schedule, folder
        folder.mkdir(parents=True, exist_ok=True)
        self._last = folder / checkpoint.FILE
        self._journal = Journal(folder, tensorboard=tensorboard)
        self._accelerator = _accelerator(schedule.precision)
        task.model.to(self._accelerator.device)
        if schedule.gradient_checkpointing:
            _checkpoint_gradients(task.model)
        _seed(schedule.seed)
        self._optimizer = torch.optim.AdamW(_groups(task.model, schedule), betas=(0.9, 0.98), fused=True)
        self._averages = {k: v.detach().clone() for k, v in task.model.state_dict().items()} if schedule.average else {}
        self._epoch, self._step, self._best, self._stale = 0, 0, -math.inf, 0
        self._losses: list[float] = []
        if resume and self._last.exists():
            self._restore()

    def run(self) -> dict[str, float]:
        """Train to the end of the schedule, or of the patience; return the best epoch's metrics."""
        schedule = self._schedule
        total = schedule.epochs * len(self._task.batches(0))
        columns = (*Progress.get_default_columns()[:3], TimeRemainingColumn(), TextColumn("{task.fields[note]}"))
        with Progress(*columns, transient=True) as progress:
            bar = progress.add_task("training", total=total, note="")
            while self._epoch < schedule.epochs and not 0 < schedule.patience <= self._stale:
                started, before = time.time(), self._epoch * len(self._task.batches(self._epoch))
                for group in self._remaining():
                    self._losses += self._update(group, before + self._step, total)
                    since, self._step = self._step, self._step + len(group)
                    note = f"loss {np.mean(self._losses[-50:]):.3f}"
                    progress.update(bar, completed=before + self._step, note=note)
                    if self._step // schedule.checkpoint_every > since // schedule.checkpoint_every:
                        self._save()
                self._finish_epoch(started)
        return self._journal.best()

    def _remaining(self) -> Iterator[Sequence[Any]]:
        """Yield the batches of each update that the epoch still has."""
        batches, size = self._task.batches(self._epoch), self._schedule.accumulate
        yield from (batches[i : i + size] for i in range(self._step, len(batches), size))

    def _update(self, group: Sequence[Any], done: int, total: int) -> list[float]:
        """Change the weights once, by the mean gradient of the group's batches; return their losses."""
        schedule, model, share = self._schedule, self._task.model, done / total
        model.train()
        # epochs can differ by a few batches
        rate = share / schedule.warmup if share < schedule.warmup else max(0.0, 1 - share) / (1 - schedule.warmup)
        for settings in self._optimizer.param_groups:
            settings["lr"] = settings["peak"] * rate
        losses = []
        for batch in group:
            with self._accelerator.autocast():
                loss = self._task.loss(batch)
            self._accelerator.backward(loss / len(group))
            losses.append(float(loss.detach()))
        self._accelerator.clip_grad_norm_(model.parameters(), schedule.clip)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        if self._averages and done // AVERAGE_EVERY != (done + len(group)) // AVERAGE_EVERY:
            self._average(done)
        return losses

    @torch.no_grad()
    def _average(self, done: int) -> None:
        """Move the running average towards the weights; early on it forgets faster, so that the start does not stay."""
        keep = min(self._schedule.average, (1 + done) / (10 + done)) ** AVERAGE_EVERY
        trained = [(k, v) for k, v in self._task.model.state_dict().items() if v.is_floating_point()]
        torch._foreach_lerp_([self._averages[k] for k, _ in trained], [v for _, v in trained], 1 - keep)

    def _finish_epoch(self, started: float) -> None:
        model = self._task.model
        trained = {k: v.clone() for k, v in model.state_dict().items()} if self._averages else {}
        if self._averages:
            model.load_state_dict(self._averages)
        model.eval()
        metrics = {
            "epoch": self._epoch + 1,
            "loss": float(np.mean(self._losses)),
            "seconds": time.time() - started,
        }
        with torch.no_grad(), self._accelerator.autocast():
            metrics |= self._task.evaluate()
        self._journal.write(metrics)
        self._stale += 1
        if metrics["score"] > self._best:
            self._best, self._stale = metrics["score"], 0
            _atomic(lambda path: save_model(model, path), self._folder / "best.safetensors")
        if trained:
            model.load_state_dict(trained)
        self._epoch, self._step, self._losses = self._epoch + 1, 0, []
        self._save()

    def load_best(self) -> None:
        """Put the best epoch's weights into the task's model."""
        load_model(self._task.model, self._folder / "best.safetensors")

    def _save(self) -> None:
        state = {
            "epoch": self._epoch,
            "step": self._step,
            "best": self._best,
            "stale": self._stale,
            "losses": self._losses,
        }
        checkpoint.save(self._last, self._task.model, self._optimizer, self._averages, state)

    def _restore(self) -> None:
        self._averages, state = checkpoint.restore(self._last, self._task.model, self._optimizer)
        self._epoch, self._step, self._best = state["epoch"], state["step"], state["best"]
        self._stale, self._losses = state["stale"], state["losses"]
        self._journal.cut(self._epoch)
        print(f"resumed at epoch {self._epoch + 1}, step {self._step}", flush=True)


def device() -> torch.device:
    """Return where models are trained."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _accelerator(precision: str) -> Accelerator:
    """Return what knows the device's mixed precision.

    All accelerators of a process share one state, which keeps the precision of the first: each loop begins anew, and a
    process runs one loop at a time.

    Raises:
        UsageError: several processes were launched together; a run is one process on one device.
    """
    AcceleratorState._reset_state(reset_partial_state=True)
    mixed = precision == "bf16" and computes_bf16(device())
    made = Accelerator(
        cpu=device().type == "cpu", mixed_precision="bf16" if mixed else "no", gradient_accumulation_steps=1
    )
    if made.num_processes > 1:
        raise UsageError("a run is one process on one device", remedy="start `khabar train` without a launcher")
    return made


def computes_bf16(device: torch.device) -> bool:
    """Tell whether a device multiplies in bf16 itself: a processor that does not takes hundreds of times longer."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    known: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(has for feature, has in known.items() if "bf16" in feature)


def refuse_to_overwrite(folder: Path, *, resume: bool) -> None:
    """Say whether a run may start in a folder.

    Raises:
        UsageError: it holds a run, which is not to be resumed or cannot be.
    """
    if (folder / checkpoint.FILE).exists() and not resume:
        raise UsageError("the run folder holds a run already", path=folder, remedy="give --resume, or another --output")
    if (folder / "last.pt").exists() and not (folder / checkpoint.FILE).exists():
        remedy = "finish it with the version that began it (run.jsonl has the commit), or give another --output"
        raise UsageError("the run folder holds a checkpoint of an older version", path=folder, remedy=remedy)


def _checkpoint_gradients(model: nn.Module) -> None:
    for part in model.modules():
        if isinstance(part, PreTrainedModel):
            part.gradient_checkpointing_enable({"use_reentrant": False})
            return


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
