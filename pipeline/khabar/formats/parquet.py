"""Documents as four flat tables in parquet: documents, mentions, relations, records."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from khabar.document import Document, Mention
from khabar.errors import UsageError

# a table's columns: name -> kind; `document` is the id of the document a row belongs to
TABLES: dict[str, dict[str, str]] = {
    "documents": {"id": "string", "text": "string", "published": "string", "title": "string", "meta": "string"},
    "mentions": {
        "document": "string",
        "id": "string",
        "type": "string",
        "start": "int32",
        "end": "int32",
        "text": "string",
        "score": "float64",
        "cluster": "int32",
        "number": "float64",
        "unit": "string",
        "edtf": "string",
        "value": "string",
    },
    "relations": {
        "document": "string",
        "head": "string",
        "type": "string",
        "tail": "string",
        "score": "float64",
    },
    "records": {"document": "string", "id": "string", "kind": "string", "name": "string", "slots": "string"},
}


def parquet(documents: Iterable[Document], folder: Path, name: str) -> None:
    """Write `TABLE/NAME.parquet` for each table. `meta`, `value` and `slots` (with the mentions) are JSON.

    Raises:
        UsageError: pyarrow is not installed.
    """
    try:
        import pyarrow as arrow  # noqa: PLC0415  of an extra
        import pyarrow.parquet as files  # noqa: PLC0415
    except ImportError as error:
        raise UsageError("parquet needs pyarrow", remedy="pip install 'khabar[formats]'") from error
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in TABLES}
    for document in documents:
        for table, row in _rows(document):
            rows[table].append({column: _whole(value) for column, value in row.items()})
    for table, columns in TABLES.items():
        schema = arrow.schema([(column, arrow.type_for_alias(kind)) for column, kind in columns.items()])
        (folder / table).mkdir(exist_ok=True)
        files.write_table(arrow.Table.from_pylist(rows[table], schema), folder / table / f"{name}.parquet")


def _rows(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each row with its table."""
    id, meta = document.id, document.meta
    told = {key: meta.get(key) and str(meta[key]) for key in ("published", "title")}
    yield "documents", {"id": id, "text": document.text, **told, "meta": _json(dict(meta))}
    cluster = {m: n for n, ids in enumerate(document.clusters) for m in ids}
    for m in document.mentions:
        yield "mentions", {"document": id, "text": document.surface(m), "cluster": cluster.get(m.id), **_mention(m)}
    for r in document.relations:
        yield "relations", {"document": id, "head": r.head, "type": r.type, "tail": r.tail, "score": r.score}
    for record in document.records:
        slots = _json({"mentions": list(record.mentions), **record.slots})
        yield "records", {"document": id, "id": record.id, "kind": record.kind, "name": record.name, "slots": slots}


def _mention(m: Mention) -> dict[str, Any]:
    value = m.value or {}
    number = value.get("number")
    return {
        "id": m.id,
        "type": m.type,
        "start": m.start,
        "end": m.end,
        "score": m.score,
        "number": None if number is None else float(number),
        "unit": value.get("unit"),
        "edtf": value.get("edtf"),
        "value": _json(m.value) if m.value else None,
    }


def _whole(value: Any) -> Any:
    """Return a lone surrogate, which UTF-8 cannot hold, as `?`, as in the other formats."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
