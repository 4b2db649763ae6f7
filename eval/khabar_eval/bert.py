"""A BERT token classifier with random weights, to measure speed by: what it finds means nothing, its size does."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from khabar.schema import load_schema


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of an encoder; `vocabulary` is that of ParsBERT in all."""

    layers: int
    hidden: int
    heads: int
    vocabulary: int = 100_000


SHAPES = {"bert-base": Shape(12, 768, 12), "bert-tiny": Shape(2, 128, 2)}


def write_bert(shape: Shape, texts: Sequence[str], folder: Path) -> None:
    """Write a model folder as a hub has it.

    No hub is asked for ParsBERT's tokenizer: one of its size is learned from the texts themselves, so that nearly every
    word is one subword, and the encoder has less to read than with any vocabulary that did not know them. The scores
    are pushed towards "no name", so that no time goes into putting random names together.
    """
    import torch  # noqa: PLC0415  only who measures needs it
    from tokenizers import BertWordPieceTokenizer  # noqa: PLC0415
    from transformers import BertConfig, BertForTokenClassification, BertTokenizerFast  # noqa: PLC0415

    learned = BertWordPieceTokenizer(lowercase=False, strip_accents=False)
    learned.train_from_iterator(list(texts), vocab_size=shape.vocabulary, min_frequency=1, show_progress=False)
    file = folder / "words.json"
    learned.save(str(file))
    tokenizer = BertTokenizerFast(tokenizer_file=str(file), model_max_length=512, do_lower_case=False)
    tokenizer.save_pretrained(folder)
    names = load_schema().names
    labels = ["O", *(f"{prefix}-{name}" for name in names for prefix in "BI")]
    config = BertConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=4 * shape.hidden,
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
    )
    torch.manual_seed(0)
    model = BertForTokenClassification(config)
    with torch.no_grad():
        model.classifier.bias[0] = 100.0
    model.save_pretrained(folder)


if __name__ == "__main__":
    import sys

    job = json.load(sys.stdin)
    write_bert(SHAPES[job["shape"]], job["texts"], Path(job["folder"]))
