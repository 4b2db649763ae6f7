"""What `configs/corpora.yaml` says of each public corpus, and its sentences in our labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from khabar.errors import DataError
from khabar.formats.conll import LabeledSentence, read_columns
from khabar.resources import resource


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus's column separator, its labels in ours, and the inner types it merges or is silent about.

    `context`: how many consecutive sentences of a file are read together.
    """

    name: str
    separator: str
    context: int
    labels: Mapping[str, str]
    merged: Mapping[str, str]
    silent: frozenset[str]
    masked_digits: bool = False

    def project(self, kind: str) -> str | None:
        """Return the type that the corpus has for one of ours; None where it has none."""
        kind = self.merged.get(kind, kind)
        return None if kind == "O" or kind in self.silent else kind


@cache
def load_corpora() -> dict[str, Corpus]:
    """Read the shipped descriptions."""
    raw: dict[str, dict[str, Any]] = yaml.safe_load(resource("configs/corpora.yaml").read_text(encoding="utf-8"))
    return {name: Corpus(name, **{**fields, "silent": frozenset(fields["silent"])}) for name, fields in raw.items()}


def read_corpus(corpus: Corpus, path: str | Path) -> list[LabeledSentence]:
    """Read a corpus file; its tags come back in our types, tokens as they stand.

    Raises:
        DataError: the file cannot be read or is empty, or a tag has a label that the corpus's description lacks.
    """
    sentences = [
        LabeledSentence(s.tokens, tuple(_ours(corpus, tag, path, s.line + i) for i, tag in enumerate(s.tags)), s.line)
        for s in read_columns(path, corpus.separator)
    ]
    if not sentences:
        raise DataError("holds no sentences", path=path, remedy=f"give a {corpus.name} file of columns")
    return sentences


def _ours(corpus: Corpus, tag: str, path: str | Path, line: int) -> str:
    if tag == "O":
        return tag
    prefix, _, label = tag.partition("-")
    if label not in corpus.labels:
        raise DataError(
            f"unknown label {label!r}, expected one of {', '.join(corpus.labels)}",
            path=path,
            line=line,
            remedy=f"name the format that the file has, or add the label to {corpus.name} in configs/corpora.yaml",
        )
    return f"{prefix}-{corpus.labels[label]}"
