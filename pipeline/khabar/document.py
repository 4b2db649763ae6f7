"""What comes in and what goes out: articles, mentions, relations, records and the document that holds them.

All offsets are Unicode code points of the source text, end exclusive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from khabar.errors import DataError

if TYPE_CHECKING:
    from pandas import DataFrame

Value = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Article:
    """One text to read, with what its source says about it (`published`, `title`, `source`, ...)."""

    text: str
    id: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of the source text that names something or states a fact."""

    id: str
    type: str
    start: int
    end: int
    score: float | None = None
    value: Value | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """A typed link between two mentions, given by their ids."""

    head: str
    type: str
    tail: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """An actor, a meeting, an event or a statistic, with the mentions it rests on.

    `slots` holds what its kind has, as `configs/document.schema.json` lists it: of a meeting `organizers`, `places` and
    so on, each a list of record ids, or of mention ids where a mention has no record.
    """

    kind: str
    id: str
    name: str
    mentions: tuple[str, ...]
    slots: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """An annotated article. `text` is the source, untouched."""

    id: str
    text: str
    meta: Mapping[str, Any] = field(default_factory=dict)
    sentences: tuple[tuple[int, int], ...] = ()
    mentions: tuple[Mention, ...] = ()
    relations: tuple[Relation, ...] = ()
    clusters: tuple[tuple[str, ...], ...] = ()
    records: tuple[Record, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise DataError(f"document {self.id}: expected a string as text, found {type(self.text).__name__}")
        ids = set()
        for m in self.mentions:
            if not 0 <= m.start < m.end <= len(self.text):
                raise DataError(
                    f"document {self.id}: mention {m.id} spans {m.start} to {m.end}, "
                    f"expected 0 <= start < end <= {len(self.text)}"
                )
            if m.id in ids:
                raise DataError(f"document {self.id}: mention id {m.id} stands twice")
            ids.add(m.id)
        for r in self.relations:
            if r.head not in ids or r.tail not in ids:
                raise DataError(
                    f"document {self.id}: relation {r.head} {r.type} {r.tail} names a mention that is not there"
                )
        for cluster in self.clusters:
            if missing := [m for m in cluster if m not in ids]:
                raise DataError(f"document {self.id}: a cluster names {missing[0]}, which is not there")
        self._check_records(ids)

    def _check_records(self, mentions: set[str]) -> None:
        for record in self.records:
            if missing := [m for m in record.mentions if m not in mentions]:
                raise DataError(f"document {self.id}: record {record.id} names {missing[0]}, which is not there")
            for slot, held in record.slots.items():
                if isinstance(held, list) and not all(isinstance(id, str) for id in held):
                    raise DataError(f"document {self.id}: record {record.id}: expected ids in {slot}, found {held}")
        if len({r.id for r in self.records}) < len(self.records):
            raise DataError(f"document {self.id}: a record id stands twice")

    def surface(self, mention: Mention) -> str:
        """Return the source text of a mention."""
        return self.text[mention.start : mention.end]

    def mention(self, id: str) -> Mention:
        """Return the mention with this id; KeyError where there is none."""
        for m in self.mentions:
            if m.id == id:
                return m
        raise KeyError(id)

    def to_dict(self) -> dict[str, Any]:
        """Return the document in the form that `configs/document.schema.json` describes."""
        return {
            "id": self.id,
            "meta": dict(self.meta),
            "text": self.text,
            "sentences": [list(s) for s in self.sentences],
            "mentions": [
                _without_none(id=m.id, type=m.type, start=m.start, end=m.end, score=m.score, value=m.value)
                for m in self.mentions
            ],
            "relations": [_without_none(head=r.head, type=r.type, tail=r.tail, score=r.score) for r in self.relations],
            "clusters": [list(c) for c in self.clusters],
            "records": [
                {"kind": r.kind, "id": r.id, "name": r.name, "mentions": list(r.mentions), **r.slots}
                for r in self.records
            ],
        }

    def to_frame(self, kind: str) -> "DataFrame":
        """Return `mentions`, `relations` or `records` as a pandas data frame; see `khabar.show.frames`."""
        from khabar.show.frames import to_frame  # noqa: PLC0415  a view, of no use to those who only read documents

        return to_frame(self, kind)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        from khabar.show.html import fragment  # noqa: PLC0415  as above

        return fragment(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Document":
        """Read that form back, also a gold article's, which has no scores, sentences or records.

        Raises:
            DataError: a key is missing or of the wrong kind, or an offset or id does not fit.
        """
        try:
            return cls(
                id=str(data["id"]),
                text=data["text"],
                meta=dict(data.get("meta", {})),
                sentences=tuple((s, e) for s, e in data.get("sentences", [])),
                mentions=tuple(
                    Mention(m["id"], m["type"], m["start"], m["end"], m.get("score"), m.get("value"))
                    for m in data.get("mentions", [])
                ),
                relations=tuple(
                    Relation(r["head"], r["type"], r["tail"], r.get("score")) for r in data.get("relations", [])
                ),
                clusters=tuple(tuple(c) for c in data.get("clusters", [])),
                records=tuple(
                    Record(
                        r["kind"],
                        r["id"],
                        r["name"],
                        tuple(r["mentions"]),
                        {k: v for k, v in r.items() if k not in ("kind", "id", "name", "mentions")},
                    )
                    for r in data.get("records", [])
                ),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"not a document: {type(error).__name__}: {error}",
                remedy="configs/document.schema.json describes the form",
            ) from error


def _without_none(**items: Any) -> dict[str, Any]:
    return {k: v for k, v in items.items() if v is not None}
