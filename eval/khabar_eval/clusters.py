"""Clusters of mentions: B-cubed (Bagga and Baldwin 1998) on predicted mentions.

A mention in no cluster stands alone. A mention that the other side lacks is credited nothing, so the score holds
errors of finding mentions as well as of joining them.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from khabar_eval.counts import Counts

Key = TypeVar("Key", bound=Hashable)


def b_cubed(
    gold: Sequence[frozenset[Key]], predicted: Sequence[frozenset[Key]], kinds: Mapping[Key, str]
) -> dict[str, Counts]:
    """Count clusters of one document, by each mention's kind; singletons must be listed.

    A predicted mention is right to the share of its cluster that is also in its gold cluster; a gold mention is found
    to the share of its cluster that is also in its predicted one.
    """
    right, wrong = _credit(predicted, gold, kinds)
    found, missed = _credit(gold, predicted, kinds)
    every = dict.fromkeys([*right, *found])
    return {k: Counts(right[k], wrong[k], missed[k], found[k] - right[k]) for k in every}


def _credit(
    clusters: Sequence[frozenset[Key]], others: Sequence[frozenset[Key]], kinds: Mapping[Key, str]
) -> tuple[defaultdict[str, float], defaultdict[str, float]]:
    other_of = {m: cluster for cluster in others for m in cluster}
    credit: defaultdict[str, float] = defaultdict(float)
    rest: defaultdict[str, float] = defaultdict(float)
    for cluster in clusters:
        for m in cluster:
            share = len(cluster & other_of.get(m, frozenset())) / len(cluster)
            credit[kinds[m]] += share
            rest[kinds[m]] += 1 - share
    return credit, rest
