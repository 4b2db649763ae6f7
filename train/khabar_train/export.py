"""A trained model to a model folder: safetensors for torch, ONNX in 8 bits for the light runtime."""

import logging
import re
import tempfile
import warnings
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer
from onnxruntime.quantization.shape_inference import quant_pre_process
from safetensors.torch import save_model
from tokenizers import Tokenizer
from torch import Tensor, nn

from khabar.manifest import write_manifest
from khabar.models.folder import ENCODER, HEADS, RELATOR, TAGGER, TOKENIZER, ModelConfig
from khabar.models.network import JointModel, Relator, Tagger

# the products whose left side comes from a GELU, with a few values far beyond the rest: one scale for a whole window
# costs names a point of F1, one for every block of a token's values costs nothing
_AFTER_GELU = re.compile(r"(layer\.\d+/output/dense|mixers\.\d+/down)/MatMul$")
_BLOCK = 128


def save_torch(model: JointModel, config: ModelConfig, tokenizer: Tokenizer, folder: Path) -> None:
    """Write a folder that torch runs: configuration, tokenizer, encoder configuration, all weights, manifest."""
    _describe(model, config, tokenizer, folder)
    save_model(model, str(folder / HEADS))
    write_manifest(folder)


def save_onnx(
    model: JointModel, config: ModelConfig, tokenizer: Tokenizer, folder: Path, *, reduce_range: bool = True
) -> None:
    """Write a folder that onnxruntime runs, with weights and activations of matrix products in 8 bits.

    The encoder's configuration goes along, with which training can go on from the folder.

    Args:
        reduce_range: keep weights to 7 bits, so that sums do not saturate on processors without VNNI.
    """
    _describe(model, config, tokenizer, folder)
    model = model.eval()
    with tempfile.TemporaryDirectory() as scratch:
        for name, part, inputs, outputs, axes in (_tagger(model.tagger), _relator(model.relator, config)):
            plain, ready = Path(scratch) / f"plain-{name}", Path(scratch) / f"ready-{name}"
            _trace(part, inputs, plain, list(axes), outputs, axes)
            quant_pre_process(str(plain), str(ready), skip_symbolic_shape=True)
            _quantize(ready, folder / name, reduce_range=reduce_range)
    write_manifest(folder)


def _describe(model: JointModel, config: ModelConfig, tokenizer: Tokenizer, folder: Path) -> None:
    """Write all of a model folder but weights and manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    config.save(folder)
    tokenizer.save(str(folder / TOKENIZER))
    model.tagger.encoder.config.save_pretrained(folder / ENCODER)


def _quantize(plain: Path, target: Path, *, reduce_range: bool) -> None:
    # importing the quantizer has turned the root logger on, which tells of every matrix
    logging.getLogger().setLevel(logging.WARNING)
    model = onnx.load(plain)
    others = [n.name for n in model.graph.node if n.op_type == "MatMul" and not _AFTER_GELU.search(n.name)]
    blocks = DefaultWeightOnlyQuantConfig(block_size=_BLOCK, is_symmetric=True, accuracy_level=4, bits=8)
    blockwise = MatMulNBitsQuantizer(model, nodes_to_exclude=others, algo_config=blocks)
    blockwise.process()
    quantize_dynamic(
        blockwise.model.model,
        str(target),
        per_channel=True,
        reduce_range=reduce_range,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gather"],
        extra_options={"MatMulConstBOnly": True},
    )


Axes = dict[str, dict[int, str]]


def _trace(
    part: nn.Module, inputs: tuple[Tensor, ...], path: Path, names: list[str], outputs: list[str], axes: Axes
) -> None:
    with warnings.catch_warnings():
        # the tracer warns of shapes that it takes for constants; the tests compare the result with torch's at others
        warnings.simplefilter("ignore")
        torch.onnx.export(
            part,
            inputs,
            str(path),
            input_names=names,
            output_names=outputs,
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )


def _tagger(tagger: Tagger) -> tuple[str, nn.Module, tuple[Tensor, ...], list[str], Axes]:
    example = torch.tensor([[0, 5, 6, 7, 2]]), torch.zeros((1, 5), dtype=torch.long), torch.tensor([[1, 3]])
    axes = {"ids": {1: "subwords"}, "convention": {1: "subwords"}, "words": {1: "words"}}
    return TAGGER, _OneWindow(tagger), example, ["states", "names", "facts"], axes


def _relator(relator: Relator, config: ModelConfig) -> tuple[str, nn.Module, tuple[Tensor, ...], list[str], Axes]:
    example = (
        torch.randn(1, 4, config.hidden),
        torch.zeros((1, 4), dtype=torch.long),
        torch.zeros((1, 4), dtype=torch.long),
        torch.tensor([[0, 0, 1], [0, 2, 2]]),
        torch.tensor([[0, 1], [1, 0]]),
        torch.zeros((2, len(relator.features)), dtype=torch.long),
    )
    axes = {name: {1: "words"} for name in ("words", "names", "facts")}
    axes |= {"spans": {0: "spans"}, "pairs": {0: "pairs"}, "features": {0: "pairs"}}
    return RELATOR, _OneArticle(relator), example, ["scores"], axes


class _OneWindow(nn.Module):
    """The tagger without padding: one window, all of it visible."""

    def __init__(self, tagger: Tagger) -> None:
        super().__init__()
        self.tagger = tagger

    def forward(self, ids: Tensor, convention: Tensor, words: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        encoded = self.tagger(ids, torch.ones_like(ids), convention, words)
        return encoded.words, encoded.names, encoded.facts


class _OneArticle(nn.Module):
    """The relator without padding."""

    def __init__(self, relator: Relator) -> None:
        super().__init__()
        self.relator = relator

    def forward(
        self, words: Tensor, names: Tensor, facts: Tensor, spans: Tensor, pairs: Tensor, features: Tensor
    ) -> Tensor:
        scores: Tensor = self.relator(words, torch.ones_like(names), names, facts, spans, pairs, features)
        return scores
