"""What is wrong with an annotation, and the rules that every form of annotation shares."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol

from khabar.schema import Signature, load_schema

_SCHEMA = "configs/schema.yaml lists types and signatures"


class Problem(NamedTuple):
    """One fault: where it is (a mention's or relation's name), what was expected and what came, and the remedy.

    A `warning` may be right all the same.
    """

    where: str
    message: str
    remedy: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


class Placed(Protocol):
    """A mention's type and place: sentence, start and exclusive end, counted in tokens or code points."""

    @property
    def type(self) -> str: ...
    @property
    def sent(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class Place(NamedTuple):
    """A `Placed`."""

    type: str
    sent: int
    start: int
    end: int


def overlap(a: Placed, b: Placed) -> bool:
    """Say whether two mentions share a token or character."""
    return a.sent == b.sent and a.start < b.end and b.start < a.end


def unknown_type(where: str, kind: object, known: Iterable[str]) -> Problem:
    """Return the fault of a type that the schema lacks."""
    return Problem(where, f"unknown type {kind}, expected one of {', '.join(known)}", _SCHEMA)


def edge_problems(where: str, surface: str) -> Iterator[Problem]:
    """Yield a fault where a mention begins or ends with punctuation."""
    if not surface[0].isalnum() or not (surface[-1].isalnum() or surface[-1] in ")%٪"):
        message = f"expected a word or number at both edges, found «{surface}»"
        yield Problem(where, message, "leave out the punctuation at its edge")


def relation_problems(relations: Iterable[tuple[str, str, str]], mentions: Mapping[str, Placed]) -> Iterator[Problem]:
    """Yield the faults of relations, each a head's id, a type and a tail's id."""
    schema = load_schema()
    seen: set[tuple[str, str, str]] = set()
    for relation in relations:
        head, name, tail = relation
        where = f"({head}, {name}, {tail})"
        if relation in seen:
            yield Problem(where, "stands twice", "drop one")
        seen.add(relation)
        if name not in schema.relations:
            message = f"unknown relation {name}, expected one of {', '.join(schema.relations)}"
            yield Problem(where, message, _SCHEMA)
        elif missing := [id for id in (head, tail) if id not in mentions]:
            message = f"names a mention that is not there: {missing[0]}"
            yield Problem(where, message, "add the mention, or drop the relation")
        else:
            for message, remedy in _misfits(schema.relations[name], mentions[head], mentions[tail], head == tail):
                yield Problem(where, message, remedy)


def _misfits(signature: Signature, head: Placed, tail: Placed, itself: bool) -> Iterator[tuple[str, str]]:
    reach = load_schema().relation_reach
    if itself or not signature.allows(head.type, tail.type):
        wanted = f"{' or '.join(sorted(signature.head))} -> {' or '.join(sorted(signature.tail))}"
        other = ", both of one type," if signature.same_type else ""
        found = "a mention and itself" if itself else f"{head.type} -> {tail.type}"
        yield f"{found} is not a signature of the relation, expected {wanted}{other}", _SCHEMA
    if signature.head_is_later and (head.sent, head.start) < (tail.sent, tail.start):
        yield "the head must be the later mention", "swap head and tail"
    if (apart := abs(head.sent - tail.sent)) > reach:
        message = f"spans more than {reach} sentences: head and tail stand {apart} apart"
        yield message, "link the nearest mention that serves, or drop the relation"
