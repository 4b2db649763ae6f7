"""Small encoders with random weights and a vocabulary learned on the spot: to try a run from end to end, not to use."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, RobertaConfig, RobertaModel

Kind = Literal["bert", "roberta"]
_SHAPE: dict[str, Any] = {
    "hidden_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 96,
}
_NAMES = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")


def write_encoder(folder: Path, texts: Iterable[str], *, kind: Kind = "bert", vocabulary: int = 300) -> None:
    """Write a Hugging Face folder: a BERT with WordPiece, or a RoBERTa with byte-level BPE and one token type."""
    tokenizer, special = (_wordpiece if kind == "bert" else _bpe)(texts, vocabulary)
    named = dict(zip(_NAMES, special, strict=True))
    ids = {name: tokenizer.token_to_id(token) for name, token in named.items()}
    start, end = named["cls_token"], named["sep_token"]
    tokenizer.post_processor = processors.TemplateProcessing(
        f"{start} $A {end}", None, [(start, ids["cls_token"]), (end, ids["sep_token"])]
    )
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named).save_pretrained(folder)
    torch.manual_seed(0)
    shape = _SHAPE | {"vocab_size": tokenizer.get_vocab_size(), "pad_token_id": ids["pad_token"]}
    if kind == "bert":
        BertModel(BertConfig(max_position_embeddings=128, **shape), add_pooling_layer=False).save_pretrained(folder)
    else:
        config = RobertaConfig(max_position_embeddings=130, type_vocab_size=1, **shape)
        RobertaModel(config, add_pooling_layer=False).save_pretrained(folder)


def _wordpiece(texts: Iterable[str], vocabulary: int) -> tuple[Tokenizer, list[str]]:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=vocabulary, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer, special


def _bpe(texts: Iterable[str], vocabulary: int) -> tuple[Tokenizer, list[str]]:
    order = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=order,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer, ["<pad>", "<unk>", "<s>", "</s>", "<mask>"]
