"""Documents as CoNLL columns: a token a line, a blank line behind a sentence, `-DOCSTART-` before a document.

The columns, set off by tabs: token, start, end (code points of the text, end exclusive), the tags of facts and, last as
in CoNLL-2003, of names, both IOB2.
"""

from collections.abc import Iterator, Sequence

from khabar.document import Document, Mention
from khabar.formats.conll import iob2
from khabar.schema import load_schema
from khabar.segment.tokens import tokenize


class Columns:
    """Columns for each document. Where mentions of a layer overlap, the longer one is kept."""

    def __init__(self) -> None:
        self._facts = frozenset(load_schema().facts)

    def start(self) -> str:
        """Return nothing."""
        return ""

    def document(self, document: Document) -> str:
        """Return the document's columns."""
        id = " ".join(document.id.split())
        return f"-DOCSTART-\t{id}\t-\tO\tO\n\n" + "".join(self._sentences(document))

    def end(self) -> str:
        """Return nothing."""
        return ""

    def _sentences(self, document: Document) -> Iterator[str]:
        facts = [m for m in document.mentions if m.type in self._facts]
        names = [m for m in document.mentions if m.type not in self._facts]
        cuts = {place for m in document.mentions for place in (m.start, m.end)}
        # without sentences, as in gold articles, the text is one
        for start, end in document.sentences or [(0, len(document.text))]:
            tokens = list(_cut(tokenize(document.text, start, end), cuts))
            layers = (_tags(tokens, [m for m in layer if start <= m.start < end]) for layer in (facts, names))
            rows = zip(tokens, *layers, strict=True)
            yield "".join(f"{document.text[a:b]}\t{a}\t{b}\t{fact}\t{name}\n" for (a, b), fact, name in rows) + "\n"


def _cut(tokens: Sequence[tuple[int, int]], cuts: set[int]) -> Iterator[tuple[int, int]]:
    """Yield the tokens, cut where a mention begins or ends inside one."""
    for start, end in tokens:
        for place in range(start + 1, end):
            if place in cuts:
                yield start, place
                start = place  # noqa: PLW2901  the rest of the token
        yield start, end


def _tags(tokens: Sequence[tuple[int, int]], mentions: Sequence[Mention]) -> list[str]:
    used: set[int] = set()
    spans = []
    for m in sorted(mentions, key=lambda m: (m.start - m.end, m.start)):
        inside = [i for i, (a, b) in enumerate(tokens) if m.start <= a and b <= m.end]
        if inside and not used & set(inside):
            used.update(inside)
            spans.append((inside[0], inside[-1] + 1, m.type))
    return iob2(spans, len(tokens))
