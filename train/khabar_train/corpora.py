"""Corpora as the runtime would see them: normalized sentences with their names in tokens of ours."""

import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from khabar.document import Document
from khabar.formats.conll import spans
from khabar.normalize import normalize
from khabar.recognize.recognizer import Found
from khabar.recognize.tags import Span, TagSet
from khabar.schema import load_schema
from khabar.segment import Segmenter
from khabar.segment.align import AlignedSentence
from khabar_eval.corpora import Corpus, load_corpora, read_corpus
from khabar_eval.gold import SUFFIXES, read_articles
from khabar_eval.splits import held_out

if TYPE_CHECKING:
    from datasets import DatasetDict


@dataclass(frozen=True)
class Sentence:
    """A normalized sentence: its tokens, and its mentions as `(start, end, label)` in tokens, end exclusive."""

    tokens: tuple[str, ...]
    mentions: tuple[Span, ...]


def read_sentences(corpus: Corpus, path: Path) -> list[Sentence]:
    """Read a corpus file, or the names in annotated articles, through the runtime's normalization.

    Raises:
        DataError: as `khabar_eval.corpora.read_corpus`, or as `read_documents`.
    """
    if path.is_dir() or path.suffix in SUFFIXES:
        facts = load_schema().facts
        documents = read_documents(path, {*corpus.labels, *facts})
        return [s for d in documents for s in _names_of(d, {**corpus.labels, **dict.fromkeys(facts)})]
    return [
        align(_unmask(s.tokens) if corpus.masked_digits else s.tokens, spans(s.tags)) for s in read_corpus(corpus, path)
    ]


def read_documents(path: Path, types: Collection[str]) -> list[Document]:
    """Read annotated articles that are for training: those that no other split claims (`meta.split`).

    Raises:
        DataError: as `khabar_eval.gold.read_articles`.
    """
    return [d for d in read_articles([path], types) if d.meta.get("split", "train") == "train"]


def locate(document: Document) -> tuple[list[list[str]], dict[str, Found]]:
    """Return an article's sentences in the runtime's tokens, and where in them each mention stands, by its id."""
    clean = normalize(document.text)
    sentences = Segmenter()(clean)
    found: dict[str, Found] = {}
    for m in document.mentions:
        left, right = clean.from_source(m.start, m.end)
        for number, sentence in enumerate(sentences):
            inside = [i for i, (a, b) in enumerate(sentence.tokens) if a < right and left < b]
            if inside:
                found[m.id] = Found(m.type, 1.0, number, inside[0], inside[-1] + 1)
                break
    return [[clean.text[a:b] for a, b in s.tokens] for s in sentences], found


def _names_of(document: Document, types: Mapping[str, str | None]) -> Iterator[Sentence]:
    """Yield an article's sentences with the mentions whose types become some of ours."""
    sentences, found = locate(document)
    for number, tokens in enumerate(sentences):
        here = [(f.start, f.end, kind) for f in found.values() if f.sentence == number and (kind := types[f.type])]
        yield Sentence(tuple(tokens), tuple(here))


def as_dataset(
    corpus: str, train: Sequence[str | Path], dev: Sequence[str | Path] = (), *, dev_every: int = 0
) -> "DatasetDict":
    """Return a names corpus as a Hugging Face dataset: `train` and, where there are any, `dev` sentences, as a run
    learns them, with the columns `tokens` and `names`, a ClassLabel of IOB2 tags for each token.

    Args:
        corpus: its name in `configs/corpora.yaml`.
        dev_every: every so-manieth sentence of `train` is dev instead.

    Raises:
        DataError: as `read_sentences`.
    """
    from datasets import ClassLabel, Dataset, DatasetDict, Features, List, Value  # noqa: PLC0415  slow to import

    tags = TagSet(load_schema().model_names)
    description = load_corpora()[corpus]
    parts: dict[str, list[Sentence]] = {"train": [], "dev": []}
    for file in train:
        for i, sentence in enumerate(read_sentences(description, Path(file))):
            parts["dev" if dev_every and held_out(i, dev_every) else "train"].append(sentence)
    parts["dev"] += [s for file in dev for s in read_sentences(description, Path(file))]
    features = Features({"tokens": List(Value("string")), "names": List(ClassLabel(names=list(tags.tags)))})
    return DatasetDict(
        {
            name: Dataset.from_dict(
                {
                    "tokens": [s.tokens for s in sentences],
                    "names": [tags.encode(s.mentions, len(s.tokens)) for s in sentences],
                },
                features,
            )
            for name, sentences in parts.items()
            if sentences
        }
    )


def align(tokens: Sequence[str], found: Iterable[Span]) -> Sentence:
    """Normalize a tokenized sentence and carry its spans over to the tokens that the runtime would cut."""
    aligned = AlignedSentence(tokens, normalize)
    moved = ((aligned.from_given(start, end), label) for start, end, label in found)
    return Sentence(aligned.tokens, tuple((*span, label) for span, label in moved if span))


def _unmask(tokens: Sequence[str]) -> list[str]:
    """Replace each masked number by a plausible one, the same for the same sentence."""
    numbers = random.Random(" ".join(tokens))
    return [str(numbers.randrange(1, 10 ** numbers.choice((1, 2, 2, 3, 4)))) if t == "0" else t for t in tokens]
