"""What Label Studio exports as JSON (not JSON-MIN): tasks with their annotations, as `labelstudio` writes them.

Relations run from head to tail. `coreference` and `same_as` links make clusters. A note of a region that is a JSON
object is the value of its mention. A task that nobody has annotated, or two people differently, is a fault.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from khabar.assemble.groups import Groups
from khabar.document import Document, Mention, Relation, Value
from khabar.errors import DataError
from khabar.formats.labelstudio import COREFERENCE

_REMEDY = "export as JSON from Label Studio; docs/correcting.md shows the form"


@dataclass(slots=True)
class LabeledTask:
    """A task: the document of its sound results, and the faults of the others."""

    document: Document
    faults: list[DataError]


@dataclass(slots=True)
class _Reading:
    path: Path
    place: str
    text: str
    mentions: dict[str, Mention] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    faults: list[DataError] = field(default_factory=list)

    def fault(self, message: str, remedy: str = _REMEDY) -> None:
        self.faults.append(_error(self.path, self.place, message, remedy))


def is_labelstudio(data: object) -> bool:
    """Say whether what a JSON file holds is an export of Label Studio: a task, or a list of them."""
    first = data[0] if isinstance(data, list) and data else data
    return isinstance(first, dict) and "data" in first and "text" not in first


def read_labelstudio(data: Any, path: Path) -> list[LabeledTask]:
    """Return the tasks of an export that has been loaded from `path`.

    Raises:
        DataError: a task has no text.
    """
    return [_task(task, number, path) for number, task in enumerate(data if isinstance(data, list) else [data], 1)]


def _task(task: Any, number: int, path: Path) -> LabeledTask:
    data = task.get("data") if isinstance(task, dict) else None
    place = f"task {task['id'] if isinstance(task, dict) and 'id' in task else number}"
    if not isinstance(data, dict) or not isinstance(data.get("text"), str):
        raise _error(path, place, "expected data with a text", "label texts under the name text, as $text")
    reading = _Reading(path, place, data["text"])
    results = _chosen(reading, task)
    # links name regions, which may stand behind them
    for result in sorted(results, key=lambda r: r.get("type") == "relation"):
        kind = result.get("type")
        if kind == "labels":
            _region(reading, result)
        elif kind == "relation":
            _link(reading, result)
        else:
            message = f"result {result.get('id', '')}: expected labels or a relation, found {kind}"
            reading.fault(message, "label with configs/label-studio.xml")
    given = data.get("meta")
    meta = given if isinstance(given, dict) else {k: v for k, v in data.items() if k not in ("id", "text")}
    mentions = tuple(sorted(reading.mentions.values(), key=lambda m: (m.start, -m.end)))
    document = Document(
        str(data.get("id", f"{path.stem}-{place.removeprefix('task ')}")),
        reading.text,
        meta,
        mentions=mentions,
        relations=tuple(reading.relations),
        clusters=_clusters((m.id for m in mentions), reading.links),
    )
    return LabeledTask(document, reading.faults)


def _chosen(reading: _Reading, task: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the results of the annotation that counts: the only one, or the one marked as ground truth."""
    given = task.get("annotations")
    made = [a for a in given if isinstance(a, dict) and not a.get("was_cancelled")] if isinstance(given, list) else []
    chosen = [a for a in made if a.get("ground_truth")] if len(made) > 1 else made
    if len(chosen) != 1:
        found = f"{len(made)} annotations" if made else "no annotation"
        remedy = "mark one of them as ground truth" if made else "submit the task, or leave it out of the export"
        reading.fault(f"expected one annotation, found {found}", remedy)
        return []
    results = chosen[0].get("result")
    if not isinstance(results, list) or not all(isinstance(r, dict) for r in results):
        reading.fault("expected a list of objects as result")
        return []
    return results


def _region(reading: _Reading, result: Mapping[str, Any]) -> None:
    id, span = str(result.get("id")), result.get("value")
    where = f"region {id}"
    if not isinstance(span, dict) or not all(type(span.get(key)) is int for key in ("start", "end")):
        reading.fault(f"{where}: expected a value with start and end, found {span}")
        return
    start, end, labels = span["start"], span["end"], span.get("labels")
    if not 0 <= start < end <= len(reading.text):
        message = f"{where}: expected 0 <= start < end <= {len(reading.text)}, found {start} {end}"
        reading.fault(message, "offsets count the code points of the task's text")
    elif not isinstance(labels, list) or len(labels) != 1 or not isinstance(labels[0], str):
        reading.fault(f"{where}: expected one label, found {labels}", "give each region one label")
    elif id in reading.mentions:
        reading.fault(f"{where}: stands twice", "drop one")
    elif "text" in span and _bare(span["text"]) != _bare(reading.text[start:end]):
        message = (
            f"{where}: expected the text from {start} to {end}, {reading.text[start:end]!r}, found {span['text']!r}"
        )
        remedy = "offsets count code points (old versions of Label Studio counted UTF-16 units): mark it anew"
        reading.fault(message, remedy)
    else:
        reading.mentions[id] = Mention(id, labels[0], start, end, value=_value(reading, where, result.get("meta")))


def _bare(text: object) -> str:
    """Return a text without what Label Studio writes in another way: spaces, line ends (also as backslash and n)."""
    return "".join(str(text).replace("\\n", "").split())


def _value(reading: _Reading, where: str, meta: object) -> Value | None:
    notes = meta.get("text") if isinstance(meta, dict) else None
    for note in notes if isinstance(notes, list) else [notes]:
        if isinstance(note, str) and note.startswith("{"):
            try:
                value: Value = json.loads(note)
            except json.JSONDecodeError as error:
                message = f"{where}: expected a value as JSON, found {note!r}: {error}"
                reading.fault(message, "mend it, or drop the bracket")
            else:
                return value
    return None  # the others are remarks for people


def _link(reading: _Reading, result: Mapping[str, Any]) -> None:
    head, tail = str(result.get("from_id")), str(result.get("to_id"))
    labels, direction = result.get("labels") or [], result.get("direction", "right")
    where = f"relation from {head} to {tail}"
    missing = [id for id in (head, tail) if id not in reading.mentions]
    if missing:
        reading.fault(f"{where}: names {missing[0]}, which is no sound region", "mend the region, or drop the relation")
    elif not labels or not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        reading.fault(f"{where}: expected a label, found {labels}", "choose one in the list of relations")
    elif direction not in ("left", "right") and labels != [COREFERENCE]:
        reading.fault(f"{where}: expected one direction, found {direction}", "let its arrow run from head to tail")
    else:
        if direction == "left":
            head, tail = tail, head
        for label in labels:
            if label in (COREFERENCE, "same_as"):
                reading.links.append((head, tail))
            if label != COREFERENCE:
                reading.relations.append(Relation(head, label, tail))


def _clusters(ids: Iterable[str], links: Iterable[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """Return the groups of two mentions or more that links join."""
    groups = Groups(ids)
    for first, second in links:
        groups.join(first, second)
    return tuple(tuple(group) for group in groups if len(group) > 1)


def _error(path: Path, place: str, message: str, remedy: str) -> DataError:
    return DataError(f"{place}: {message}", path=path, remedy=remedy)
