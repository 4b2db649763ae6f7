"""What a run learns from, in numbers, and how it does on dev, label by label."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import torch

from khabar_train.joint import PASSAGES, Joint, JointData
from khabar_train.rows import Row, RowMaker


def words_of(runs: Iterable[Iterable[Sequence[str]]]) -> set[str]:
    """Return the different tokens of runs of sentences."""
    return {word for run in runs for sentence in run for word in sentence}


def count_text(runs: Iterable[Iterable[Sequence[str]]]) -> str:
    """Return a line that counts running text."""
    lengths = [len(sentence) for run in runs for sentence in run]
    return f"text: {len(lengths):,} sentences, {sum(lengths):,} words"


def count_rows(data: JointData, maker: RowMaker) -> Iterator[str]:
    """Yield a line for each source of training rows and for each dev part: windows, words, mentions and relations.

    A mention of an article that stands in two windows counts twice.
    """
    sources: dict[str, list[Row]] = {}
    for row in data.train:
        kind = " with relations" if row.linked else ""
        sources.setdefault(f"train {row.corpus or 'text'}{kind}", []).append(row)
    for name, rows in (sources | {f"dev {name}": list(rows) for name, rows in data.dev.items()}).items():
        found = Counter(kind for row in rows for kind in _types(row, maker))
        relations = sum(int((row.linked.gold < len(maker.pairs.relations)).sum()) for row in rows if row.linked)
        parts = [f"{len(rows):,} windows", f"{sum(len(row.tokens) for row in rows):,} words"]
        parts += [f"{kind} {count:,}" for kind, count in found.most_common()]
        yield f"{name}: " + ", ".join(parts + [f"{relations:,} relations"] * any(row.linked for row in rows))


def _types(row: Row, maker: RowMaker) -> list[str]:
    facts = maker.facts.spans(row.facts) if row.facts is not None else []
    return [kind for _, _, kind in [*maker.names.spans(row.names), *facts]]


@torch.no_grad()
def names_report(task: Joint) -> str:
    """Return seqeval's report (strict IOB2) on each dev part whose names are not given."""
    from seqeval.metrics import classification_report  # noqa: PLC0415  brings scikit-learn, slow to import
    from seqeval.scheme import IOB2  # noqa: PLC0415

    task.model.eval()
    tags, parts = task.maker.names, []
    for name, rows in task.data.dev.items():
        if name == PASSAGES:
            continue
        pairs = [(row.names, tags.encode(found, len(row.names))) for row, found in task.find_names(rows)]
        gold, predicted = ([[tags.tags[i] for i in ids] for ids in side] for side in zip(*pairs, strict=True))
        report = classification_report(gold, predicted, mode="strict", scheme=IOB2, digits=4, zero_division=0)
        parts.append(f"{name}\n{report}")
    return "\n".join(parts)
