"""Mentions and relations to clusters and records."""

from collections.abc import Sequence

from khabar.assemble.clusters import cluster
from khabar.assemble.records import make_records
from khabar.document import Mention, Record, Relation
from khabar.normalize import CleanText, normalize

__all__ = ["assemble"]


def assemble(
    text: str,
    sentences: Sequence[tuple[int, int]],
    mentions: Sequence[Mention],
    relations: Sequence[Relation],
    clean: CleanText | None = None,
) -> tuple[tuple[tuple[str, ...], ...], tuple[Record, ...]]:
    """Return the clusters of two mentions or more, and a record for every actor, meeting, event and statistic.

    Records are named as the text is spelled in `clean`, by default what `normalize` makes of it.
    """
    groups = cluster(text, mentions, relations)
    records = make_records(normalize(text) if clean is None else clean, mentions, relations, groups)
    return tuple(g for g in groups if len(g) > 1), records
