"""A training run small enough for a test: made-up data, a random encoder with a vocabulary of its own, a configuration.

Random weights and invented sentences show that the parts fit; they say nothing about accuracy.
"""

import itertools
import json
from pathlib import Path

import yaml

from khabar_train.scratch import Kind, write_encoder

PEOPLE = ["علی حسینی", "مریم صادقی", "رضا کاظمی", "نرگس امینی"]
PLACES = ["تهران", "شیراز", "تبریز", "کرمان"]
GROUPS = ["وزارت نیرو", "شهرداری", "بانک مرکزی"]


def write_all(folder: Path, *, epochs: int = 2, kind: Kind = "bert", **changed: object) -> Path:
    """Write data, encoder and configuration, with some keys `changed`, under `folder`; return the latter's path."""
    sentences = [_sentence(*words) for words in itertools.product(PEOPLE, PLACES, GROUPS)]
    _write_columns(folder / "names" / "train.txt", sentences[:40])
    _write_columns(folder / "names" / "dev.txt", sentences[40:])
    _write_passages(folder / "passages", sentences[:24])
    write_encoder(folder / "encoder", [" ".join(t for t, _ in s) for s in sentences], kind=kind)
    config: dict[str, object] = {
        "task": "joint",
        "name": "tiny",
        "init": str(folder / "encoder"),
        "output": str(folder / "run"),
        "names": {"peyma": {"train": ["names/train.txt"], "dev": ["names/dev.txt"], "windows": [1, 2, 3]}},
        "passages": {
            "passages": "passages/passages.jsonl",
            "annotations": "passages/annotations.jsonl",
            "dev": 4,
        },
        "window": 96,
        "joint": {"batch": 200, "augment": {"glued_rows": 0.3, "swapped_rows": 0.5}},
        "schedule": {
            "epochs": epochs,
            "learning_rate": 3e-3,
            "checkpoint_every": 4,
            "average": 0.5,
            "precision": "fp32",
        },
    }
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(config | changed, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def _sentence(person: str, place: str, group: str) -> list[tuple[str, str]]:
    words = [(w, "PER") for w in person.split()]
    words += [("در", "O"), ("نشست", "O"), *((w, "ORG") for w in group.split()), ("در", "O"), (place, "LOC")]
    words += [("سخن", "O"), ("گفت", "O"), (".", "O")]
    tags = (
        label if label == "O" else f"{'I' if i and words[i - 1][1] == label else 'B'}_{label}"
        for i, (_, label) in enumerate(words)
    )
    return [(word, tag) for (word, _), tag in zip(words, tags, strict=True)]


def _write_columns(path: Path, sentences: list[list[tuple[str, str]]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = ("".join(f"{word}|{tag}\n" for word, tag in sentence) for sentence in sentences)
    path.write_text("|\n".join(blocks) + "|\n", encoding="utf-8")


def _write_passages(folder: Path, sentences: list[list[tuple[str, str]]]) -> None:
    """Write a passage for every second sentence, so that no two are neighbors."""
    folder.mkdir(parents=True)
    passages, annotations = [], []
    for number, sentence in list(enumerate(sentences))[::2]:
        tokens = [word for word, _ in sentence]
        meeting = tokens.index("نشست")
        place = len(tokens) - 4
        entities = [("PER", 0, 2), ("ORG", meeting + 1, place - 1), ("LOC", place, place + 1)]
        id = f"tiny-{number:04d}"
        passages.append(
            {
                "id": id,
                "first_sentence": number,
                "tokens": [tokens],
                "entities": [
                    {"id": f"e{i}", "type": t, "sent": 0, "start": a, "end": b, "text": " ".join(tokens[a:b])}
                    for i, (t, a, b) in enumerate(entities, 1)
                ],
            }
        )
        annotations.append(
            {
                "id": id,
                "fix": {},
                "mentions": [{"id": "m1", "type": "MEETING", "sent": 0, "text": "نشست"}],
                "relations": [["e1", "speaks_at", "m1"], ["e2", "organizes", "m1"], ["m1", "held_at", "e3"]],
            }
        )
    for name, rows in (("passages", passages), ("annotations", annotations)):
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
