"""Mention types, relation types and their signatures, as `configs/schema.yaml` lists them."""

from dataclasses import dataclass
from functools import cache

import yaml

from khabar.resources import resource


@dataclass(frozen=True, slots=True)
class Signature:
    """Which types a relation may join; `one_tail`: a head has one tail at most, `one_head`: a tail has one head.

    `reach`: how many sentences apart candidates for it stand at most.
    """

    head: frozenset[str]
    tail: frozenset[str]
    reach: int
    same_type: bool = False
    head_is_later: bool = False
    one_tail: bool = False
    one_head: bool = False

    def allows(self, head: str, tail: str) -> bool:
        return head in self.head and tail in self.tail and (not self.same_type or head == tail)


@dataclass(frozen=True, slots=True)
class Schema:
    """The label space: `names` for the user, `inner` types beside them, `facts`, `relations`.

    Annotators relate what stands up to `relation_reach` sentences apart. The relator looks `candidate_reach` sentences
    far, and windows overlap by as many; a relation may have a reach of its own.
    """

    names: tuple[str, ...]
    inner: dict[str, str | None]
    facts: tuple[str, ...]
    valued: frozenset[str]
    actors: frozenset[str]
    relations: dict[str, Signature]
    relation_reach: int
    candidate_reach: int

    @property
    def model_names(self) -> tuple[str, ...]:
        """Every name type that the model tells apart."""
        return (*self.names, *self.inner)

    @property
    def mention_types(self) -> tuple[str, ...]:
        """Every type a mention in a Document may have."""
        return (*self.names, *self.facts)

    def visible(self, kind: str) -> str | None:
        """Return the type that the user sees for a model's type; None where it is not shown."""
        return self.inner.get(kind, kind)


@cache
def load_schema() -> Schema:
    """Read the shipped schema once."""
    raw = yaml.safe_load(resource("configs/schema.yaml").read_text(encoding="utf-8"))
    reach = raw["candidate_reach"]
    return Schema(
        names=tuple(raw["names"]["visible"]),
        inner=dict(raw["names"]["inner"]),
        facts=tuple(raw["facts"]),
        valued=frozenset(raw["valued"]),
        actors=frozenset(raw["actors"]),
        relations={
            name: Signature(**{"reach": reach, **r, "head": frozenset(r["head"]), "tail": frozenset(r["tail"])})
            for name, r in raw["relations"].items()
        },
        relation_reach=raw["relation_reach"],
        candidate_reach=reach,
    )
