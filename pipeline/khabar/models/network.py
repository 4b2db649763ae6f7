"""One encoder, three heads: a names tagger, a facts tagger, and a scorer of mention pairs."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedModel

from khabar.errors import ModelError
from khabar.models.folder import ModelConfig
from khabar.recognize.tags import TagSet
from khabar.relate.features import PairFinder
from khabar.schema import load_schema


class Encoded(NamedTuple):
    """*Shape:* `words`: (batch, words, hidden); `names`, `facts`: (batch, words, tags)."""

    words: Tensor
    names: Tensor
    facts: Tensor


class Tagger(nn.Module):
    """The encoder with its two tag layers.

    The corpus whose conventions the tags follow enters as the token type, so that every layer of the encoder knows it.

    Args:
        encoder: a BERT- or RoBERTa-like model; its token types, of which RoBERTa has one, are widened to
            `conventions`, each starting from the first.

    Raises:
        ModelError: the encoder has no token types.
    """

    def __init__(
        self, encoder: PreTrainedModel, *, names: int, facts: int, conventions: int, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.encoder = encoder
        hidden = int(encoder.config.hidden_size)
        self._widen_token_types(conventions)
        self.dropout = nn.Dropout(dropout)
        self.names = nn.Linear(hidden, names)
        self.facts = nn.Linear(hidden, facts)

    def _widen_token_types(self, conventions: int) -> None:
        old = getattr(getattr(self.encoder, "embeddings", None), "token_type_embeddings", None)
        if old is None:
            raise ModelError(
                f"{type(self.encoder).__name__} has no token types, through which the model learns of conventions",
                remedy="start from a BERT- or RoBERTa-like encoder",
            )
        new = nn.Embedding(conventions, old.embedding_dim)
        with torch.no_grad():
            new.weight.copy_(old.weight[:1].expand_as(new.weight))
        self.encoder.embeddings.token_type_embeddings = new
        self.encoder.config.type_vocab_size = conventions

    def forward(self, ids: Tensor, mask: Tensor | None, convention: Tensor, words: Tensor) -> Encoded:
        """Read padded windows (`khabar.encode.batches.Batch`); without a mask, windows of one length. A word is read at
        its first subword."""
        states = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=convention).last_hidden_state
        chosen = torch.gather(states, 1, words.unsqueeze(-1).expand(-1, -1, states.shape[-1]))
        chosen = self.dropout(chosen)
        return Encoded(chosen, self.names(chosen), self.facts(chosen))


class Relator(nn.Module):
    """Scores pairs of mentions from the encoder's word states.

    Mentions are first written into the states: the embeddings of their tags are added, and one attention layer lets
    every word see them (what typed markers do in PURE, Zhong and Chen 2021, at the price of one layer for all pairs).
    A pair is then its head, its tail, the words between them, and the features of `khabar.relate.features`.
    """

    def __init__(
        self,
        hidden: int,
        *,
        names: int,
        facts: int,
        features: Sequence[int],
        relations: int,
        width: int = 256,
        layers: int = 1,
        heads: int,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        self.name_tag = nn.Embedding(names, hidden)
        self.fact_tag = nn.Embedding(facts, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.mixers = nn.ModuleList(Mixer(hidden, heads, dropout) for _ in range(layers))
        self.head = nn.Linear(3 * hidden, width)
        self.tail = nn.Linear(3 * hidden, width)
        self.between = nn.Linear(hidden, width)
        self.features = nn.ModuleList(nn.Embedding(size, width) for size in features)
        self.dropout = nn.Dropout(dropout)
        self.mix = nn.Linear(width, width)
        self.out = nn.Linear(width, relations + 1)
        for embedding in (self.name_tag, self.fact_tag, *self.features):
            nn.init.normal_(embedding.weight, std=0.1)

    def forward(
        self,
        words: Tensor,
        word_mask: Tensor | None,
        names: Tensor,
        facts: Tensor,
        spans: Tensor,
        pairs: Tensor,
        features: Tensor,
    ) -> Tensor:
        """Return the scores of each pair, the last one for "none".

        *Shape:* `words`: (batch, words, hidden); `word_mask`, `names`, `facts`: (batch, words), the tag ids of the
        mentions; `spans`: (spans, 3) of row, first and last word; `pairs`: (pairs, 2) of positions in `spans`;
        `features`: (pairs, columns). Without a mask all words are there. Returns (pairs, relations + 1).
        """
        states = self.norm(words + self.name_tag(names) + self.fact_tag(facts))
        for mixer in self.mixers:
            states = mixer(states, word_mask)
        sums = _sums(states)
        row, first, last = spans.unbind(1)
        mean = (sums[row, last + 1] - sums[row, first]) / (last + 1 - first).unsqueeze(1)
        mentions = self.dropout(torch.cat([states[row, first], states[row, last], mean.to(states.dtype)], 1))
        head, tail = pairs.unbind(1)
        left = torch.minimum(last[head], last[tail]) + 1
        right = torch.maximum(first[head], first[tail])
        right = torch.maximum(left, right)
        # words are fewer than pairs: the layer reads those, and the mean of what it says is what it says of the mean;
        # its bias counts once, also where nothing is between
        sums = _sums(self.between(states) - self.between.bias)
        gap = (sums[row[head], right] - sums[row[head], left]) / (right - left).clamp(min=1).unsqueeze(1)
        pair = self.head(mentions)[head] + self.tail(mentions)[tail] + gap.to(states.dtype) + self.between.bias
        for column, embedding in enumerate(self.features):
            pair = pair + embedding(features[:, column])
        pair = nn.functional.gelu(pair)
        pair = pair + nn.functional.gelu(self.mix(self.dropout(pair)))
        scores: Tensor = self.out(self.dropout(pair))
        return scores


def _sums(states: Tensor) -> Tensor:
    """The sums of the words before each place and the end. *Shape:* (batch, words, width), one place more back."""
    return nn.functional.pad(torch.cumsum(states.float(), 1), (0, 0, 1, 0))


class Mixer(nn.Module):
    """A transformer layer over words, normalized after each part as in BERT."""

    def __init__(self, hidden: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.project = nn.Linear(hidden, hidden)
        self.up = nn.Linear(hidden, 2 * hidden)
        self.down = nn.Linear(2 * hidden, hidden)
        self.norms = nn.ModuleList([nn.LayerNorm(hidden), nn.LayerNorm(hidden)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor, mask: Tensor | None) -> Tensor:
        """*Shape:* `states`: (batch, words, hidden), also returned; `mask`: (batch, words), or none to see all."""
        batch, length, hidden = states.shape
        q, k, v = self.qkv(states).view(batch, length, 3, self.heads, hidden // self.heads).permute(2, 0, 3, 1, 4)
        visible = None if mask is None else (mask[:, None, None, :] > 0).expand(-1, -1, length, -1)
        seen = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=visible)
        states = self.norms[0](states + self.dropout(self.project(seen.transpose(1, 2).reshape(batch, length, hidden))))
        mixed: Tensor = self.norms[1](states + self.dropout(self.down(nn.functional.gelu(self.up(states)))))
        return mixed


class JointModel(nn.Module):
    """Tagger and relator together, as they are trained."""

    def __init__(self, tagger: Tagger, relator: Relator) -> None:
        super().__init__()
        self.tagger = tagger
        self.relator = relator


def load_encoder(source: str | Path, *, pretrained: bool) -> PreTrainedModel:
    """Return a BERT- or RoBERTa-like encoder of a hub name or folder, with its weights or only in its shape.

    Attention is computed step by step and has no dropout of its own: on a CPU the fused kernels are no faster at a
    window's length, and dropout inside attention is ten times slower.

    Raises:
        ModelError: it cannot be loaded, or is of another kind.
    """
    options = {"add_pooling_layer": False, "attn_implementation": "eager"}
    remedy = "give a hub name or the folder of a BERT- or RoBERTa-like encoder in safetensors; a hub needs the net once"
    try:
        config = AutoConfig.from_pretrained(source, attention_probs_dropout_prob=0.0)
        model: PreTrainedModel = (
            AutoModel.from_pretrained(source, config=config, use_safetensors=True, **options)
            if pretrained
            else AutoModel.from_config(config, **options)
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(f"no usable encoder: {error}", path=source, remedy=remedy) from error
    return model


def longest_window(source: str | Path) -> int:
    """Return how many subwords an encoder reads at once: RoBERTa's positions begin behind that of padding.

    Raises:
        ModelError: it cannot be loaded.
    """
    with torch.device("meta"):
        encoder = load_encoder(source, pretrained=False)
    positions = encoder.embeddings.position_embeddings
    return int(positions.num_embeddings) - (0 if positions.padding_idx is None else int(positions.padding_idx) + 1)


def build(source: str | Path, config: ModelConfig, *, pretrained: bool = False) -> JointModel:
    """Put a joint model together for a configuration's label space, around the encoder of `source`."""
    encoder = load_encoder(source, pretrained=pretrained)
    names, shown, facts = TagSet(config.names), TagSet(config.shown), TagSet(config.facts)
    tagger = Tagger(encoder, names=len(names), facts=len(facts), conventions=len(config.conventions))
    relator = Relator(
        config.hidden,
        names=len(shown),
        facts=len(facts),
        features=PairFinder(load_schema()).sizes,
        relations=len(config.relations),
        heads=next(n for n in (6, 8, 4, 2, 1) if config.hidden % n == 0),
    )
    return JointModel(tagger, relator)
