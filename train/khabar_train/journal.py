"""What a run folder says of its run: configuration, machine and code, and how each epoch went."""

import datetime
import json
import platform
import shutil
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
import yaml

from khabar.errors import UsageError
from khabar_train.plot import curves

CONFIG = "config.yaml"
_PACKAGES = ("khabar", "torch", "transformers", "tokenizers", "datasets", "seqeval", "onnxruntime")


def describe(config: Mapping[str, Any], folder: Path, *, resume: bool) -> None:
    """Write what the run is: `config.yaml`, with which it can be repeated, and `run.jsonl`, a line a start.

    Raises:
        UsageError: the run is to be resumed with another configuration than it had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / CONFIG
    if resume and path.exists():
        refuse_changes(config, folder)
    else:
        path.write_text(yaml.safe_dump(dict(config), allow_unicode=True, sort_keys=False), encoding="utf-8")
    about = {
        "config": config,
        "started": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "resumed": resume,
        "commit": _git("rev-parse", "HEAD"),
        "changed_files": len((_git("status", "--porcelain", "--untracked-files=no") or "").splitlines()),
        "seed": config.get("schedule", {}).get("seed"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        "threads": torch.get_num_threads(),
    }
    with (folder / "run.jsonl").open("a", encoding="utf-8") as out:
        out.write(json.dumps(about, ensure_ascii=False) + "\n")


def refuse_changes(config: Mapping[str, Any], folder: Path) -> None:
    """Compare a configuration with the one that a run folder was begun with; where its output lies may differ.

    Raises:
        UsageError: they differ.
    """
    path = folder / CONFIG
    before = yaml.safe_load(path.read_text(encoding="utf-8"))
    changed = sorted(k for k in {*before, *config} - {"output"} if before.get(k) != config.get(k))
    if changed:
        remedy = f"resume with {path}, or start anew with another --output"
        raise UsageError(f"the run was started with another {', '.join(changed)}", path=path, remedy=remedy)


def _git(*command: str) -> str | None:
    """Ask git about the code; None where it is installed without its repository."""
    git = shutil.which("git")
    if git is None:
        return None
    asked = subprocess.run(
        [git, "-C", str(Path(__file__).parent), *command], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


class Journal:
    """An epoch's metrics: a line on the terminal and in `metrics.jsonl`, a point in `metrics.svg`, and TensorBoard.

    Args:
        tensorboard: also write TensorBoard's files into the folder.

    Raises:
        UsageError: TensorBoard is asked for and not installed.
    """

    def __init__(self, folder: Path, *, tensorboard: bool = False) -> None:
        self._path, self._plot = folder / "metrics.jsonl", folder / "metrics.svg"
        self._board: Any = None
        if tensorboard:
            try:
                from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415  only where it is asked for
            except ImportError as error:
                raise UsageError("--tensorboard needs tensorboard", remedy="pip install tensorboard") from error
            self._board = SummaryWriter(str(folder))

    def write(self, metrics: Mapping[str, float]) -> None:
        """Add an epoch; metrics have `epoch`, from 1, and `score`."""
        with self._path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(metrics) + "\n")
        print(" ".join(f"{k} {v:.4g}" for k, v in metrics.items()), flush=True)
        self._plot.write_text(curves(self.epochs()), encoding="utf-8")
        if self._board:
            for name, value in metrics.items():
                self._board.add_scalar(name, value, metrics["epoch"])
            self._board.flush()

    def epochs(self) -> list[dict[str, float]]:
        """Return the metrics of each epoch."""
        if not self._path.exists():
            return []
        return [json.loads(line) for line in self._path.read_text(encoding="utf-8").splitlines()]

    def cut(self, epochs: int) -> None:
        """Forget epochs behind the first `epochs`: a kill may come between an epoch's line and its checkpoint."""
        kept = (json.dumps(m) + "\n" for m in self.epochs() if m["epoch"] <= epochs)
        self._path.write_text("".join(kept), encoding="utf-8")

    def best(self) -> dict[str, float]:
        """Return the metrics of the epoch with the highest score."""
        return max(self.epochs(), key=lambda m: m["score"])
