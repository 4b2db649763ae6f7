"""What annotated documents hold, in counts."""

from collections import Counter
from collections.abc import Iterator, Sequence

from khabar.document import Document
from khabar.segment import Segmenter


def describe(documents: Sequence[Document]) -> Iterator[str]:
    """Yield a line for each kind of count: size, topics, splits, mentions and relations by type."""
    sentences = [sentence for d in documents for sentence in Segmenter()(d.text)]
    degraded = sum(bool(d.meta.get("degraded")) for d in documents)
    clusters = sum(len(d.clusters) for d in documents)
    yield f"documents {len(documents)} (text as the web leaves it {degraded}), clusters {clusters}"
    yield f"sentences {len(sentences)}, tokens {sum(len(s.tokens) for s in sentences)}"
    for key in ("split", "topic"):
        yield _listed(f"by {key}", Counter(str(d.meta.get(key, "none")) for d in documents))
    yield _listed("mentions", Counter(m.type for d in documents for m in d.mentions))
    yield _listed("relations", Counter(r.type for d in documents for r in d.relations))


def _listed(name: str, counts: Counter[str]) -> str:
    listed = ", ".join(f"{key} {n}" for key, n in counts.most_common())
    return f"{name} {counts.total()}: {listed}" if counts else f"{name} 0"


def each(documents: Sequence[Document]) -> Iterator[str]:
    """Yield a Markdown table: a row for each document, by split, and a sum below each split."""
    yield "| document | split | topic | text as the web leaves it | tokens | mentions | relations | clusters |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    splits: dict[str, list[Document]] = {}
    for document in documents:
        splits.setdefault(str(document.meta.get("split", "none")), []).append(document)
    for split, members in sorted(splits.items()):
        sizes = [_sizes(d) for d in members]
        for d, size in zip(members, sizes, strict=True):
            degraded = "yes" if d.meta.get("degraded") else "no"
            yield _row(f"`{d.id}`", split, str(d.meta.get("topic", "none")), degraded, *size)
        degraded = str(sum(bool(d.meta.get("degraded")) for d in members))
        yield _row(f"**{len(members)} documents**", split, "", degraded, *map(sum, zip(*sizes, strict=True)))


def _sizes(document: Document) -> tuple[int, int, int, int]:
    tokens = sum(len(sentence.tokens) for sentence in Segmenter()(document.text))
    return tokens, len(document.mentions), len(document.relations), len(document.clusters)


def _row(*cells: str | int) -> str:
    return f"| {' | '.join(map(str, cells))} |"
