"""Trained models on torch, on a GPU where there is one: any BERT-like Hugging Face encoder with Khabar's heads."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_model

from khabar.encode.batches import WindowIds
from khabar.errors import ModelError
from khabar.models.folder import ENCODER, HEADS, ModelConfig
from khabar.models.network import JointModel, build
from khabar.models.runner import Links, Tagged

# windows that are read together
BATCH = 32


def load_joint(folder: Path, config: ModelConfig) -> JointModel:
    """Load a folder that `khabar train` wrote.

    Raises:
        ModelError: a file is missing or does not fit.
    """
    try:
        model = build(folder / ENCODER, config)
        load_model(model, folder / HEADS)
    except Exception as error:  # transformers and safetensors raise many kinds
        raise ModelError(f"no usable weights: {error}", path=folder, remedy="train the model again") from error
    return model


class TorchRunner:
    """Runs a folder of `encoder/` (configuration) and `heads.safetensors` (all weights) in float32."""

    def __init__(self, model: JointModel, config: ModelConfig) -> None:
        self._config = config
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._model = model.to(self._device).eval()

    def tag(self, windows: Iterable[WindowIds], convention: int) -> Iterator[Tagged]:
        """Yield word states and tag scores; windows of like length are read together."""
        windows = list(windows)
        order = sorted(range(len(windows)), key=lambda i: sum(map(len, windows[i])))
        found: dict[int, Tagged] = {}
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            found.update(zip(chosen, self._tag([windows[i] for i in chosen], convention), strict=True))
        return (found[i] for i in range(len(windows)))

    @torch.inference_mode()
    def _tag(self, windows: Sequence[WindowIds], convention: int) -> list[Tagged]:
        batch = self._config.pad(windows, [convention] * len(windows))
        arrays = (batch.ids, batch.mask, batch.convention, batch.words)
        encoded = self._model.tagger(*(torch.from_numpy(a).to(self._device) for a in arrays))
        parts = [part.float().cpu().numpy() for part in encoded]
        return [Tagged(*(part[i, : len(window)] for part in parts)) for i, window in enumerate(windows)]

    def relate(self, links: Sequence[Links]) -> Iterator[np.ndarray]:
        """Yield the pairs' scores."""
        return map(self._relate, links)

    @torch.inference_mode()
    def _relate(self, links: Links) -> np.ndarray:
        scores = self._model.relator(*(torch.from_numpy(np.ascontiguousarray(a)).to(self._device) for a in links))
        return np.asarray(scores.float().cpu().numpy())
