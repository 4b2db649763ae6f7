"""The weights of a light model folder (ONNX, 8 bits), in 32 bits again: to go on training from a shipped model."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from khabar.errors import ModelError
from khabar.models.folder import ENCODER, HEADS, RELATOR, TAGGER, ModelConfig, find_model
from khabar.models.network import JointModel, build
from khabar.models.torch import load_joint

# what `khabar_train.export` adds to the node of a layer that multiplies by its weight
_PRODUCTS = ("/MatMul_quant", "/Gemm_MatMul_quant")


def trained_folder(init: str) -> Path | None:
    """Return the model folder that `init` names: one that a run left, or a shipped one. None where it is an encoder."""
    try:
        folder = find_model(init, init)
    except ModelError:
        return None
    return folder if (folder / HEADS).exists() or (folder / TAGGER).exists() else None


def load_trained(folder: Path, config: ModelConfig) -> JointModel:
    """Load a model folder to go on from: all weights as training left them, or in 8 bits.

    Raises:
        ModelError: a file is missing or does not fit.
    """
    return load_joint(folder, config) if (folder / HEADS).exists() else load_light(folder, config)


def load_light(folder: Path, config: ModelConfig) -> JointModel:
    """Return the model that `khabar_train.export.save_onnx` wrote, its weights as 8 bits have left them.

    Raises:
        ModelError: a file is missing, or a weight.
    """
    try:
        if not (folder / ENCODER).is_dir():
            raise FileNotFoundError(folder / ENCODER)
        model = build(folder / ENCODER, config)
        found = {k: v for name in (TAGGER, RELATOR) for k, v in weights(onnx.load(folder / name))}
        shaped = {name: found[name].reshape(own.shape) for name, own in model.state_dict().items()}
        model.load_state_dict(shaped)
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        remedy = f"give a folder with {TAGGER}, {RELATOR} and {ENCODER}/, as `khabar train` leaves it in onnx/"
        raise ModelError(f"no weights to go on from: {error}", path=folder, remedy=remedy) from error
    return model


def weights(graph: onnx.ModelProto) -> Iterator[tuple[str, Tensor]]:
    """Yield a graph's weights under the names that they had in torch, and in its orientation."""
    stored = {i.name: numpy_helper.to_array(i) for i in graph.graph.initializer}
    for name, array in stored.items():
        if name.endswith("_quantized") and f"{name.removesuffix('_quantized')}_scale" in stored and array.ndim > 1:
            plain = name.removesuffix("_quantized")
            if not plain.startswith("onnx::") and not plain.endswith("_Transposed"):
                yield plain, _tensor(_scaled(stored, plain))
        elif array.dtype == np.float32:
            yield name, _tensor(array)
    for node in graph.graph.node:
        if (suffix := next((s for s in _PRODUCTS if node.name.endswith(s)), None)) is None:
            continue
        name = node.name.removesuffix(suffix).strip("/").replace("/", ".") + ".weight"
        yield name, _tensor(_columns(stored, node.input[1]))


def _scaled(stored: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """Undo linear quantization; a scale for each column, or one for all."""
    quantized, zero = stored[f"{name}_quantized"].astype(np.float32), stored[f"{name}_zero_point"]
    scaled: np.ndarray = (quantized - zero.astype(np.float32)) * stored[f"{name}_scale"]
    return scaled


def _columns(stored: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """*Shape:* stored (inputs, outputs), returned (outputs, inputs)."""
    return _scaled(stored, name.removesuffix("_quantized")).T


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(np.array(array, dtype=np.float32, order="C"))
