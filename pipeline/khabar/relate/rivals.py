"""What a pair's rivals say of it: other mentions that could stand in the place of its head or tail."""

from collections.abc import Sequence

import numpy as np

# what joins the members of a list («X، Y و Z»)
JOINING = frozenset({"و", "یا", "،", ",", "؛"})
MOST_RIVALS = 3
# the sizes of the feature tables, in the order of the columns of `rival_features`
SIZES = ((MOST_RIVALS + 1) ** 2, 4, 4, 10)


def list_numbers(kinds: np.ndarray, places: np.ndarray, words: Sequence[str]) -> np.ndarray:
    """Return a number for each mention, the same one for the members of a list: mentions of one type with nothing but
    commas and conjunctions between them.

    *Shape:* `kinds`: (mentions,); `places`: (mentions, 2), first word and the one after the last. Returns (mentions,).
    """
    numbers = np.arange(len(kinds))
    last: dict[int, int] = {}
    for i in np.lexsort((places[:, 1], places[:, 0])).tolist():
        before = last.get(kinds[i])
        if before is not None:
            between = words[places[before, 1] : places[i, 0]]
            if between and JOINING.issuperset(between):
                numbers[i] = numbers[before]
        last[kinds[i]] = i
    return numbers


def rival_features(
    ends: np.ndarray, kinds: np.ndarray, places: np.ndarray, lists: np.ndarray, same: np.ndarray
) -> np.ndarray:
    """Return the features of each pair that other mentions decide.

    They are: how many lists of the head's type, and of the tail's, stand between the two; whether another of the head's
    type is nearer to the tail, and one of the tail's type nearer to the head; whether another mention of the head
    itself is nearer to the tail, and of the tail to the head; and whether head and tail are the first or a later one of
    a list, or of the same list.

    *Shape:* `ends`: (pairs, 2) positions of head and tail; `kinds`, `lists`: (mentions,); `places`: (mentions, 2);
    `same`: (mentions, mentions) bool, of those whose words agree. Returns (pairs, 4).
    """
    head, tail = ends.T
    starts, stops = places.T
    far = np.maximum(np.maximum(starts[None] - stops[:, None], starts[:, None] - stops[None]), 0)
    left = np.minimum(stops[head], stops[tail])
    right = np.maximum(starts[head], starts[tail])
    first = first_of_list(starts, lists)
    inside = first[None] & (starts[None] >= left[:, None]) & (starts[None] < right[:, None])
    here = np.arange(len(head))
    counts, nearer, echoes = [], [], []
    for own, other in ((head, tail), (tail, head)):
        alike = (kinds[None] == kinds[own][:, None]) & (lists[None] != lists[own][:, None])
        alike[here, other] = False
        closer = far[other] < far[own, other][:, None]
        counts.append(np.minimum((inside & alike).sum(1), MOST_RIVALS))
        nearer.append((closer & alike).any(1))
        twin = same[own] & closer
        twin[here, own] = twin[here, other] = False
        echoes.append(twin.any(1))
    sizes = np.bincount(lists, minlength=len(lists))
    place = np.where(sizes[lists] < 2, 0, np.where(first, 1, 2))
    listed = np.where(lists[head] == lists[tail], 9, place[head] * 3 + place[tail])
    together = [counts[0] * (MOST_RIVALS + 1) + counts[1], nearer[0] * 2 + nearer[1], echoes[0] * 2 + echoes[1], listed]
    return np.stack(together, 1).astype(np.int64)


def first_of_list(starts: np.ndarray, lists: np.ndarray) -> np.ndarray:
    """Return which mentions are the first of their list. *Shape:* all (mentions,)."""
    least = np.full(len(lists), np.iinfo(np.int64).max)
    np.minimum.at(least, lists, starts)
    leads: np.ndarray = starts == least[lists]
    return leads
