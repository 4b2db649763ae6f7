"""Masked-language training of an encoder on Persian text, whole words at a time (Devlin et al. 2019)."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoModelForMaskedLM, AutoTokenizer

from khabar.encode.subwords import HalfSpaces, Subwords

IGNORED = -100


@dataclass(frozen=True)
class MaskedBatch:
    """`ids`, `labels`: (batch, length) int64; labels are IGNORED where nothing is to be guessed."""

    ids: torch.Tensor
    labels: torch.Tensor
    mask: torch.Tensor


class MaskedLanguage:
    """Guess masked words in windows of consecutive sentences.

    Args:
        init: a Hugging Face folder.
        texts: runs of sentences, each sentence a list of tokens; a window never crosses two runs.
        length: subwords in a window.
    """

    def __init__(
        self,
        init: Path | str,
        texts: Iterable[Sequence[Sequence[str]]],
        *,
        length: int,
        batch: int,
        seed: int,
        share: float = 0.2,
        halfspaces: HalfSpaces = "space",
    ) -> None:
        self.model: Any = AutoModelForMaskedLM.from_pretrained(
            init, attention_probs_dropout_prob=0.0, attn_implementation="eager", use_safetensors=True
        )
        self.tokenizer = AutoTokenizer.from_pretrained(init)
        self._batch, self._seed, self._share = batch, seed, share
        backend, unknown = self.tokenizer.backend_tokenizer, self.tokenizer.unk_token_id
        subwords = Subwords(backend, unknown=unknown, halfspaces=halfspaces)
        windows = [w for run in texts for w in _windows(run, subwords, length - 2)]
        held_out = set(range(0, len(windows), 50))
        self._train = [w for i, w in enumerate(windows) if i not in held_out]
        self._dev = [w for i, w in enumerate(windows) if i in held_out]
        self._planned: tuple[int, list[list[int]]] = (-1, [])

    def batches(self, epoch: int) -> Sequence["_Masked"]:
        """Windows of like length together, in an order of the epoch's own."""
        if self._planned[0] != epoch:
            order = random.Random(f"{self._seed} {epoch}")
            ids = sorted(range(len(self._train)), key=lambda i: (len(self._train[i]) // 8, order.random()))
            plan = [ids[i : i + self._batch] for i in range(0, len(ids), self._batch)]
            order.shuffle(plan)
            self._planned = (epoch, plan)
        return [
            _Masked(self, self._train, rows, f"{self._seed} {epoch} {i}") for i, rows in enumerate(self._planned[1])
        ]

    def loss(self, batch: "_Masked | MaskedBatch") -> torch.Tensor:
        """Cross entropy over the masked pieces only; the output layer sees no others."""
        made = batch.make() if isinstance(batch, _Masked) else batch
        ids, labels, mask = (t.to(self.model.device) for t in (made.ids, made.labels, made.mask))
        states = self.model.base_model(input_ids=ids, attention_mask=mask).last_hidden_state
        chosen = labels != IGNORED
        # BERT's output layer, or RoBERTa's
        output = self.model.cls if hasattr(self.model, "cls") else self.model.lm_head
        return nn.functional.cross_entropy(output(states[chosen]).float(), labels[chosen])

    def evaluate(self) -> dict[str, float]:
        """Mean loss on every fiftieth window, never trained on."""
        losses = [
            float(self.loss(_Masked(self, self._dev, range(i, min(i + self._batch, len(self._dev))), "dev")))
            for i in range(0, len(self._dev), self._batch)
        ]
        return {"dev_loss": sum(losses) / len(losses), "score": -sum(losses) / len(losses)}

    def save(self, folder: Path) -> None:
        """Write encoder, output layer and tokenizer as a Hugging Face folder."""
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    def masked(self, windows: Sequence[Sequence[tuple[int, ...]]], seed: str) -> MaskedBatch:
        """Pad and mask whole words: of the chosen 80 % become the mask, 10 % a random piece, 10 % stay."""
        choose = random.Random(seed)
        tokenizer = self.tokenizer
        length = 2 + max(sum(map(len, w)) for w in windows)
        ids = torch.full((len(windows), length), tokenizer.pad_token_id)
        labels = torch.full((len(windows), length), IGNORED)
        for row, window in enumerate(windows):
            flat, guess = [tokenizer.cls_token_id], [IGNORED]
            for word in window:
                if choose.random() < self._share:
                    guess += word
                    roll = choose.random()
                    if roll < 0.8:
                        flat += [tokenizer.mask_token_id] * len(word)
                    elif roll < 0.9:
                        flat += [choose.randrange(5, len(tokenizer) - 1) for _ in word]
                    else:
                        flat += word
                else:
                    flat += word
                    guess += [IGNORED] * len(word)
            flat.append(tokenizer.sep_token_id)
            ids[row, : len(flat)] = torch.tensor(flat)
            labels[row, : len(guess)] = torch.tensor(guess)
        return MaskedBatch(ids, labels, (ids != tokenizer.pad_token_id).long())


@dataclass(frozen=True)
class _Masked:
    """A batch that is made when it is needed, the same each time."""

    task: MaskedLanguage
    windows: Sequence[Sequence[tuple[int, ...]]]
    rows: Sequence[int]
    seed: str

    def make(self) -> MaskedBatch:
        return self.task.masked([self.windows[i] for i in self.rows], self.seed)


def _windows(run: Sequence[Sequence[str]], subwords: Subwords, length: int) -> Iterable[list[tuple[int, ...]]]:
    window: list[tuple[int, ...]] = []
    size = 0
    for sentence in run:
        words = subwords(sentence)
        needed = sum(map(len, words))
        if window and size + needed > length:
            yield window
            window, size = [], 0
        for word in words:
            if size + len(word) > length:
                yield window
                window, size = [], 0
            window.append(word)
            size += len(word)
    if window:
        yield window
