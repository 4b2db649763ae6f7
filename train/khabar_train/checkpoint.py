"""Everything that a run goes on from, in one safetensors file: tensors as such, the rest as JSON in its header."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from khabar.errors import DataError

FILE = "last.safetensors"


def save(
    path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, averages: dict[str, Tensor], state: dict[str, Any]
) -> None:
    """Write a checkpoint to a second name and move it, so that a kill leaves a whole one; `state` is JSON."""
    kept = optimizer.state_dict()
    tensors = {f"model {name}": value for name, value in _distinct(model).items()}
    tensors |= {f"average {name}": value for name, value in averages.items()}
    for number, slots in kept["state"].items():
        tensors |= {f"optimizer {number} {slot}": value for slot, value in slots.items()}
    tensors["random cpu"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random cuda"] = torch.cuda.get_rng_state()
    header = {"groups": json.dumps(kept["param_groups"]), "state": json.dumps(state)}
    aside = path.with_suffix(".part")
    save_file({name: value.detach().contiguous() for name, value in tensors.items()}, aside, header)
    aside.replace(path)


def restore(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Put a checkpoint back into a model, an optimizer and torch's random numbers; return averages and `state`.

    Raises:
        DataError: it cannot be read, or is of another model.
    """
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  a file is no mapping
            header = file.metadata()
        own = _distinct(model)
        with torch.no_grad():
            for name, value in own.items():
                value.copy_(tensors.pop(f"model {name}"))
        slots: dict[int, dict[str, Tensor]] = {}
        for name in [n for n in tensors if n.startswith("optimizer ")]:
            _, number, slot = name.split(" ")
            slots.setdefault(int(number), {})[slot] = tensors.pop(name)
        optimizer.load_state_dict({"state": slots, "param_groups": json.loads(header["groups"])})
        torch.set_rng_state(tensors.pop("random cpu"))
        if torch.cuda.is_available() and "random cuda" in tensors:
            torch.cuda.set_rng_state(tensors["random cuda"])
    except (OSError, SafetensorError, KeyError, ValueError, RuntimeError) as error:
        remedy = "resume with the configuration that the run was started with, or start anew with another --output"
        raise DataError(f"no checkpoint to go on from: {error}", path=path, remedy=remedy) from error
    device = next(model.parameters()).device
    averages = {n.removeprefix("average "): v.to(device) for n, v in tensors.items() if n.startswith("average ")}
    return averages, json.loads(header["state"])


def _distinct(model: nn.Module) -> dict[str, Tensor]:
    """Return a model's tensors, each once: tied weights stand under their first name."""
    found: dict[int, tuple[str, Tensor]] = {}
    for name, value in model.state_dict(keep_vars=True).items():
        found.setdefault(id(value), (name, value))
    return dict(found.values())
