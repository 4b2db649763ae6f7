"""The words around names, as `configs/coreference.yaml` lists them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from khabar.assemble.spelling import Words, fold, key
from khabar.resources import resource

_LONGEST = 3


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Keys of phrases. `kinds` gives each head of an organization's name the kind it stands for; `aliases` gives a
    name, by mention type, the first name of its line."""

    titles: frozenset[str]
    same_places: frozenset[str]
    other_places: frozenset[str]
    unique_places: frozenset[str]
    kinds: Mapping[str, str]
    parts: frozenset[str]
    fillers: frozenset[str]
    endings: frozenset[str]
    aliases: Mapping[tuple[str, str], str]

    @property
    def place_heads(self) -> frozenset[str]:
        """What may stand before a place's name."""
        return self.same_places | self.other_places


@cache
def load_lexicon() -> Lexicon:
    """Read the shipped table once."""
    raw = yaml.safe_load(resource("configs/coreference.yaml").read_text(encoding="utf-8"))
    places, organizations = raw["places"], raw["organizations"]
    kinds = {head: head for head in _keys(organizations["heads"])}
    for line in organizations["kinds"]:
        heads = _keys([line])
        kinds |= dict.fromkeys(heads, heads[0])
    aliases: dict[tuple[str, str], str] = {}
    for type, lines in raw["aliases"].items():
        for line in lines:
            names = _keys([line])
            aliases |= {(type, name): names[0] for name in names}
    return Lexicon(
        titles=frozenset(_keys(raw["titles"])),
        same_places=frozenset(_keys(places["same"])),
        other_places=frozenset(_keys(places["other"])),
        unique_places=frozenset(_keys(places["unique"])),
        kinds=kinds,
        parts=frozenset(_keys(organizations["parts"])),
        fillers=frozenset(_keys(organizations["fillers"])),
        endings=frozenset(_keys(organizations["endings"])),
        aliases=aliases,
    )


def _keys(lines: Iterable[str]) -> list[str]:
    return [key(fold(phrase)) for line in lines for phrase in line.split(",")]


def split_head(words: Words, heads: Collection[str]) -> tuple[str, Words]:
    """Return the key of the longest of `heads` that the words begin with, and the words behind it, at least one."""
    for length in range(min(_LONGEST, len(words) - 1), 0, -1):
        if (head := key(words[:length])) in heads:
            return head, words[length:]
    return "", words
