"""Trained models on torch, on a GPU where there is one: any BERT-like Hugging Face encoder with Khabar's heads."""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_model

from khabar.encode.batches import Batch
from khabar.errors import ModelError
from khabar.models.folder import ENCODER, HEADS, ModelConfig
from khabar.models.network import JointModel, build
from khabar.models.runner import Links, Tagged


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

    def __init__(self, model: JointModel) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._model = model.to(self._device).eval()

    @torch.inference_mode()
    def tag(self, batch: Batch) -> Tagged:
        """Return word states and tag scores."""
        arrays = (batch.ids, batch.mask, batch.convention, batch.words)
        encoded = self._model.tagger(*(torch.from_numpy(a).to(self._device) for a in arrays))
        return Tagged(*(part.float().cpu().numpy() for part in encoded))

    @torch.inference_mode()
    def relate(self, links: Links) -> np.ndarray:
        """Return the pairs' scores."""
        scores = self._model.relator(*(torch.from_numpy(np.ascontiguousarray(a)).to(self._device) for a in links))
        return np.asarray(scores.float().cpu().numpy())
