"""Documents as tasks of Label Studio, with the labeling interface that fits them.

Form: https://labelstud.io/guide/task_format. Label Studio counts code points, as documents do: its editor turns the
browser's UTF-16 offsets into code points before it stores them, and a line end of two characters stays two.
"""

import json
import shutil
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import khabar
from khabar.document import Document
from khabar.resources import resource

CONFIG = "configs/label-studio.xml"
# the label of links that join the mentions of a cluster, one to the next
COREFERENCE = "coreference"
# the names of the interface's parts that results refer to
LABELS, TEXT = "label", "text"


def labelstudio(documents: Iterable[Document], folder: Path, name: str) -> None:
    """Write `NAME/tasks.json` and the interface for it, `NAME/label-studio.xml`."""
    place = folder / name
    place.mkdir(parents=True)
    tasks = json.dumps([task(document) for document in documents], ensure_ascii=False, indent=1)
    # a lone surrogate has no UTF-8, and Label Studio could not show it
    (place / "tasks.json").write_bytes((tasks + "\n").encode("utf-8", "replace"))
    shutil.copyfile(resource(CONFIG), place / "label-studio.xml")


def task(document: Document) -> dict[str, Any]:
    """Return a document as a task: what a model found as a prediction to correct, what people marked as annotation.

    People give no scores; where they found nothing either, what tells is that only the pipeline cuts sentences.
    """
    data = {"id": document.id, "text": document.text, "meta": dict(document.meta)}
    result = list(_results(document))
    scores = [m.score for m in document.mentions]
    if all(score is None for score in scores) if scores else not document.sentences:
        return {"data": data, "annotations": [{"result": result}]}
    return {"data": data, "predictions": [{"model_version": f"khabar {khabar.__version__}", "result": result}]}


def _results(document: Document) -> Iterator[dict[str, Any]]:
    for m in document.mentions:
        span = {"start": m.start, "end": m.end, "text": document.surface(m), "labels": [m.type]}
        region: dict[str, Any] = {"id": m.id, "from_name": LABELS, "to_name": TEXT, "type": "labels", "value": span}
        if m.score is not None:
            region["score"] = m.score
        if m.value is not None:
            # the notes of a region, which Label Studio shows and keeps
            region["meta"] = {"text": [json.dumps(m.value, ensure_ascii=False)]}
        yield region
    for r in document.relations:
        yield _link(r.head, r.type, r.tail)
    for cluster in document.clusters:
        for first, second in pairwise(cluster):
            yield _link(first, COREFERENCE, second)


def _link(head: str, label: str, tail: str) -> dict[str, Any]:
    return {"type": "relation", "from_id": head, "to_id": tail, "direction": "right", "labels": [label]}
