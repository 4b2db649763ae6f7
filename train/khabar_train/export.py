"""A trained model to a model folder: safetensors for torch, ONNX in 8 bits for the light runtime."""

import copy
import logging
import re
import tempfile
import warnings
from pathlib import Path
from typing import Any

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from safetensors.torch import save_model
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AttentionInterface

from khabar.manifest import write_manifest
from khabar.models.folder import ENCODER, HEADS, RELATOR, TAGGER, TOKENIZER, ModelConfig
from khabar.models.network import JointModel, Relator, Tagger

# the layers that read what comes out of a GELU
_BEHIND_GELU = re.compile(r"(layer\.\d+\.output\.dense|mixers\.\d+\.down)$")
_FUSED = "khabar-fused"


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
    model = _exportable(model)
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
    quantize_dynamic(
        str(plain),
        str(target),
        per_channel=True,
        reduce_range=reduce_range,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gather"],
        extra_options={"MatMulConstBOnly": True},
    )


def _exportable(model: JointModel) -> JointModel:
    """Return a copy that computes the same in the way that suits 8 bits and onnxruntime."""
    model = copy.deepcopy(model).cpu().eval()
    for name, part in list(model.named_modules()):
        if _BEHIND_GELU.search(name):
            assert isinstance(part, nn.Linear)
            model.set_submodule(name, _PerToken(part))
    model.tagger.encoder.config._attn_implementation = _FUSED  # what `set_attn_implementation` would look up on the hub
    return model


class _PerToken(nn.Module):
    """A linear layer whose input is brought to at most 1, token by token, and its output back.

    What comes out of a GELU has a few values far beyond the rest. 8 bits share one scale among all values of a window:
    without this the few would take it all, which costs names a point of F1.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.weight, self.bias = linear.weight, linear.bias

    def forward(self, states: Tensor) -> Tensor:
        # no value of a GELU is below -0.17
        largest = states.amax(-1, keepdim=True).clamp(min=0.17)
        return torch.matmul(states / largest, self.weight.T) * largest + self.bias


class _Attention(torch.autograd.Function):
    """Attention of all to all as one operator of onnxruntime, which never writes the table of all pairs out."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, heads: int, scale: float) -> Tensor:
        """*Shape:* (batch, subwords, hidden) each, also returned."""
        q, k, v = (t.view(*t.shape[:2], heads, -1).transpose(1, 2) for t in (query, key, value))
        return nn.functional.scaled_dot_product_attention(q, k, v, scale=scale).transpose(1, 2).flatten(2)

    @staticmethod
    def symbolic(graph: Any, query: Any, key: Any, value: Any, heads: int, scale: float) -> Any:
        given = {"num_heads_i": heads, "scale_f": scale}
        return graph.op("com.microsoft::MultiHeadAttention", query, key, value, **given).setType(query.type())


def _fused(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, *, scaling: float, **_: Any
) -> tuple[Tensor, None]:
    """What transformers calls for a layer's attention. *Shape:* (batch, heads, subwords, width) each."""
    assert mask is None, "a window stands alone"
    together = (t.transpose(1, 2).flatten(2) for t in (query, key, value))
    return _Attention.apply(*together, module.num_attention_heads, scaling), None  # type: ignore[no-untyped-call]


AttentionInterface.register(_FUSED, _fused)


Axes = dict[str, dict[int, str]]


def _trace(
    part: nn.Module, inputs: tuple[Tensor, ...], path: Path, names: list[str], outputs: list[str], axes: Axes
) -> None:
    # what `_Attention` is written in
    opsets = {"com.microsoft": 1} if isinstance(part, _OneWindow) else None
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
            custom_opsets=opsets,
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
        encoded = self.tagger(ids, None, convention, words)
        return encoded.words, encoded.names, encoded.facts


class _OneArticle(nn.Module):
    """The relator without padding."""

    def __init__(self, relator: Relator) -> None:
        super().__init__()
        self.relator = relator

    def forward(
        self, words: Tensor, names: Tensor, facts: Tensor, spans: Tensor, pairs: Tensor, features: Tensor
    ) -> Tensor:
        scores: Tensor = self.relator(words, None, names, facts, spans, pairs, features)
        return scores
