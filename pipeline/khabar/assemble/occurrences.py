"""Which mentions of meetings and events are one: those said to be (`same_as`), and those that nothing keeps apart.

The second kind share their head noun (beside an ordinal or after a superlative: «نخستین نشست وزیران», «نشست»), the
words behind it in one are among those in the other, and neither ordinals, dates nor agents differ. Places keep nothing
apart, since a city may stand beside its country; it measures worse. So does leaving out the light verbs of events.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from khabar.assemble.groups import Groups
from khabar.assemble.spelling import Words, fold
from khabar.document import Mention, Relation
from khabar.schema import load_schema
from khabar.values.numbers import read_number, unglue
from khabar.values.words import clean, split_words

_ENDINGS = ("هایی", "های", "ها", "ی")
_SHORTEST = 3
_SUPERLATIVE = "ترین"
# So many of one head noun, the latest first, are compared with the next one, so that no article takes long.
_MOST = 20

Days = tuple[str, str]


@dataclass(slots=True)
class Occurrence:
    """What is known of one meeting or event: the words behind each of its head nouns, when it is, who does it."""

    mentions: list[Mention] = field(default_factory=list)
    qualifiers: dict[str, set[str]] = field(default_factory=dict)
    ordinals: set[int] = field(default_factory=set)
    days: set[Days] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)

    @property
    def type(self) -> str:
        return self.mentions[0].type

    def may_be(self, other: "Occurrence", head: str) -> bool:
        """Say whether nothing keeps apart two of one type that share a head noun."""
        mine, theirs = self.qualifiers[head], other.qualifiers[head]
        return (
            (mine <= theirs or theirs <= mine)
            and _agree(self.ordinals, other.ordinals)
            and _agree(self.agents, other.agents)
            and _overlap(self.days, other.days)
        )

    def take(self, other: "Occurrence") -> None:
        """Add what is known of the other, which is the same."""
        self.mentions += other.mentions
        for head, words in other.qualifiers.items():
            self.qualifiers.setdefault(head, set()).update(words)
        self.ordinals |= other.ordinals
        self.days |= other.days
        self.agents |= other.agents


def read_occurrences(
    text: str, mentions: Sequence[Mention], relations: Sequence[Relation], actors: Mapping[str, str]
) -> list[Occurrence]:
    """Return the meetings and events of an article in the order of their first mentions, one for what `same_as` joins.

    `actors` has, for each mention of an actor, the id that stands for the actor.
    """
    by_id = {m.id: m for m in mentions}
    groups = Groups(m.id for m in mentions if m.type in load_schema().relations["same_as"].head)
    for r in relations:
        if r.type == "same_as" and r.head in groups and r.tail in groups and by_id[r.head].type == by_id[r.tail].type:
            groups.join(r.head, r.tail)
    found: defaultdict[str, Occurrence] = defaultdict(Occurrence)
    for id in groups.items():
        ordinal, head, qualifiers = describe(text[by_id[id].start : by_id[id].end])
        said = Occurrence([by_id[id]], {head: set(qualifiers)} if head else {}, {ordinal} if ordinal else set())
        found[groups.find(id)].take(said)
    for r in relations:
        if r.type == "held_on" and r.head in groups and (edtf := (by_id[r.tail].value or {}).get("edtf")):
            found[groups.find(r.head)].days.add(days_of(edtf))
        if r.type == "agent_of" and r.tail in groups and r.head in actors:
            found[groups.find(r.tail)].agents.add(actors[r.head])
    return list(found.values())


def join_occurrences(occurrences: Sequence[Occurrence]) -> list[Occurrence]:
    """Return them with those joined that nothing keeps apart, each with the latest earlier one that fits."""
    joined: list[Occurrence] = []
    recent: defaultdict[tuple[str, str], list[Occurrence]] = defaultdict(list)
    for said in occurrences:
        known = _latest_fitting(said, recent)
        if known:
            known.take(said)
        else:
            joined.append(said)
        current = known or said
        for head in current.qualifiers:
            others = [o for o in recent[current.type, head] if o is not current]
            recent[current.type, head] = [current, *others[: _MOST - 1]]
    return joined


def _latest_fitting(said: Occurrence, recent: Mapping[tuple[str, str], Sequence[Occurrence]]) -> Occurrence | None:
    for head in said.qualifiers:
        for known in recent.get((said.type, head), ()):
            if said.may_be(known, head):
                return known
    return None


def describe(surface: str) -> tuple[int | None, str, Words]:
    """Return the ordinal, the head noun and the words behind it of a meeting's or event's mention."""
    # without half-spaces: بیست‌ودومین would fall apart into بیست and ودومین
    plain = clean(surface).replace("\u200c", "")
    words = unglue(split_words(plain))
    ordinal = None
    # هفتمین نشست, نشست هفتم
    for at in (0, 1):
        number = read_number(words, at, fractions=False)
        if number and number.ordinal and number.end < len(words) + at:
            ordinal = int(number.value)
            plain = f"{plain[: words[at].start]} {plain[words[number.end - 1].end :]}"
            break
    stems = [_stem(word) for word in fold(plain)]
    if len(stems) > 1 and stems[0].endswith(_SUPERLATIVE):
        stems = stems[1:]
    return ordinal, stems[0] if stems else "", tuple(stems[1:])


def _stem(word: str) -> str:
    """Return a noun without the endings of plurals and of «a» (کارگاهی, کارگاه‌ها)."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word[: -len(ending)]
    return word


def days_of(edtf: str) -> Days:
    """Return the first and the last day of EDTF as strings that sort like days; X reaches as far as it can."""
    parts = re.split(r"[/,]|\.\.", edtf.strip("{}"))
    return (parts[0] or "0").replace("X", "0"), (parts[-1] or "9").replace("X", "9") + "~"


def _agree(a: Iterable[object], b: Iterable[object]) -> bool:
    """Say whether two sets share an element, if both have any."""
    mine, theirs = set(a), set(b)
    return not mine or not theirs or bool(mine & theirs)


def _overlap(a: Iterable[Days], b: Iterable[Days]) -> bool:
    """Say whether some days of one are days of the other, if both have any."""
    mine, theirs = list(a), list(b)
    return not mine or not theirs or any(x[0] <= y[1] and y[0] <= x[1] for x in mine for y in theirs)
