"""Things that turn out to be one: disjoint sets (Galler and Fischer 1964)."""

from collections.abc import Hashable, Iterable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item", bound=Hashable)


class Groups(Generic[Item]):
    """Items, each alone until it is joined with another."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._leader = {item: item for item in items}

    def __contains__(self, item: object) -> bool:
        """Say whether there is such an item."""
        return item in self._leader

    def find(self, item: Item) -> Item:
        """Return the item that stands for this one's group."""
        leader = self._leader
        while leader[item] != item:
            leader[item] = item = leader[leader[item]]
        return item

    def join(self, item: Item, other: Item) -> None:
        """Make one group of two; the second one's representative stands for it."""
        self._leader[self.find(item)] = self.find(other)

    def items(self) -> Iterator[Item]:
        """Yield every item, in the order given."""
        return iter(self._leader)

    def __iter__(self) -> Iterator[list[Item]]:
        """Yield the groups in the order of their first items."""
        groups: dict[Item, list[Item]] = {}
        for item in self._leader:
            groups.setdefault(self.find(item), []).append(item)
        return iter(groups.values())
