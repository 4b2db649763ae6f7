"""Annotations of a corpus that is not ours to give away: offsets in its file, put back onto the text of who has it.

`data/annotations/CORPUS.json` says which file (`sha256`, `size` of a passage in sentences); with `without_every`, every
so-manieth sentence of the file is dev, and in no passage (it would be the last of one). `CORPUS-PART.jsonl` has a
passage a line: its number, corrections of the corpus's own names (e1, e2, ... in the order of the passage), mentions as
`[id, type, sentence, first token, end]`, and relations.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from khabar.errors import DataError, reason
from khabar.formats.conll import LabeledSentence, spans
from khabar.manifest import sha256
from khabar.resources import resource
from khabar.segment.tokens import join_tokens
from khabar_eval.corpora import load_corpora, read_corpus
from khabar_eval.json_files import parts
from khabar_eval.passages_data import Passage, PassageMention, annotate, bare, to_annotation
from khabar_eval.splits import held_out

CORPORA = ("peyma", "arman")
_FOLDER = "data/annotations"
_BROKEN = "install khabar again, or take the file from its repository"


def read(corpus: str, file: Path, part: str) -> list[Passage]:
    """Read a part's annotated passages.

    Raises:
        DataError: as `rebuild`, or an annotation is faulty.
    """
    passages = []
    for raw, annotation in rebuild(corpus, file, part):
        passage, faults = annotate(bare(raw), annotation)
        if faults:
            raise DataError(f"{passage.id}: {'; '.join(map(str, faults))}", path=_path(corpus, part), remedy=_BROKEN)
        passages.append(passage)
    return passages


def without_every(corpus: str) -> int:
    """Return which sentences of a corpus's file are in no passage: every so-manieth; 0 if all may be."""
    return int(_manifest(corpus)["without_every"])


def _manifest(corpus: str) -> dict[str, Any]:
    return dict(json.loads(resource(f"{_FOLDER}/{corpus}.json").read_text(encoding="utf-8")))


def _path(corpus: str, part: str) -> Path:
    return resource(f"{_FOLDER}/{corpus}-{part}.jsonl")


def rebuild(corpus: str, file: Path, part: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each passage that a part annotates, and its annotation, in the forms that `read_passages` reads.

    Raises:
        DataError: the file is not the one that was annotated, or our annotations do not fit it.
    """
    manifest, path = _manifest(corpus), _path(corpus, part)
    _check_file(file, corpus, manifest)
    sentences = read_corpus(load_corpora()[corpus], file)
    size, every = manifest["size"], manifest["without_every"]
    for row in parts(path, lines=True):
        stored = row.load(_BROKEN)
        first = stored["passage"] * size
        numbers = range(first, min(first + size, len(sentences)))
        chunk = [sentences[i] for i in numbers if not (every and held_out(i, every))]
        passage = _passage(f"{manifest['name']}-{stored['passage']:04d}", first, chunk)
        try:
            yield passage, _annotation(passage, stored)
        except (IndexError, KeyError, TypeError, ValueError) as error:
            message = f"passage {stored['passage']} does not fit the corpus: {type(error).__name__}: {error}"
            raise DataError(message, path=path, line=row.line, remedy=_BROKEN) from error


def _check_file(path: Path, corpus: str, manifest: dict[str, Any]) -> None:
    try:
        found = sha256(path)
    except OSError as error:
        remedy = f"give the file {manifest['file']} of {corpus.upper()}"
        raise DataError(f"cannot be read: {reason(error)}", path=path, remedy=remedy) from error
    if found != manifest["sha256"]:
        raise DataError(
            f"expected the file with SHA-256 {manifest['sha256']}, found {found}",
            path=path,
            remedy=f"give {manifest['file']} as {corpus.upper()} published it: offsets count its sentences and tokens",
        )


def _passage(id: str, first: int, sentences: list[LabeledSentence]) -> dict[str, Any]:
    """Return a passage with the corpus's own names, numbered in the order of the text."""
    entities: list[dict[str, Any]] = []
    for sent, sentence in enumerate(sentences):
        for start, end, kind in spans(sentence.tags):
            text = join_tokens(sentence.tokens[start:end])[0]
            place = {"sent": sent, "start": start, "end": end, "text": text}
            entities.append({"id": f"e{len(entities) + 1}", "type": kind, **place})
    return {
        "id": id,
        "first_sentence": first,
        "sentences": [join_tokens(s.tokens)[0] for s in sentences],
        "tokens": [list(s.tokens) for s in sentences],
        "entities": entities,
    }


def _annotation(passage: dict[str, Any], stored: dict[str, Any]) -> dict[str, Any]:
    """Return the annotation with the words that its offsets stand for."""
    mentions = [PassageMention(id, kind, sent, a, b, False) for id, kind, sent, a, b in stored["mentions"]]
    relations = [(head, name, tail) for head, name, tail in stored["relations"]]
    first, tokens = passage["first_sentence"], passage["tokens"]
    return to_annotation(Passage(passage["id"], first, tokens, [], stored["fix"], mentions, relations))


def write(corpus: str, file: Path, part: str, folder: Path) -> int:
    """Write a part's `passages.jsonl` and `annotations.jsonl`; return how many passages they hold.

    Raises:
        DataError: as `rebuild`, or the folder cannot be written.
    """
    pairs = list(rebuild(corpus, file, part))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in zip(("passages.jsonl", "annotations.jsonl"), zip(*pairs, strict=True), strict=True):
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise DataError(f"cannot be written: {error}", path=folder, remedy="name another folder") from error
    return len(pairs)
