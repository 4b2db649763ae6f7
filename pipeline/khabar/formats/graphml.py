"""Records as a graph in GraphML, which Gephi, Cytoscape, yEd and networkx open.

Nodes are records, and mentions that fill a slot but have no record; edges lead from a record to what fills its slot and
are named after the slot.
"""

import json
import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from khabar.document import Document

_NODE = ("document", "kind", "name", "type", "when", "value")
_KEYS = "".join(f'<key id="{k}" for="node" attr.name="{k}" attr.type="string"/>\n' for k in _NODE)
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    f'{_KEYS}<key id="mentions" for="node" attr.name="mentions" attr.type="int"/>\n'
    '<key id="slot" for="edge" attr.name="slot" attr.type="string"/>\n<graph edgedefault="directed">\n'
)
# signs that XML 1.0 cannot hold
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class GraphMl:
    """One graph; a document's part of it hangs together, no edge leads to another document."""

    def start(self) -> str:
        """Return the declaration of attributes."""
        return _HEAD

    def document(self, document: Document) -> str:
        """Return the document's nodes and edges."""
        return "".join(_elements(document))

    def end(self) -> str:
        """Return the closing tags."""
        return "</graph>\n</graphml>\n"


def _elements(document: Document) -> Iterator[str]:
    mentions = {m.id: m for m in document.mentions}
    known = {r.id for r in document.records}
    edges: list[tuple[str, str, str]] = []
    for r in document.records:
        links = {k: v for k, v in r.slots.items() if isinstance(v, (list, tuple)) and k != "when"}
        edges += [(r.id, slot, id) for slot, ids in links.items() for id in ids]
        yield _node(
            document.id,
            r.id,
            kind=r.kind,
            name=r.name,
            type=str(r.slots.get("type") or ""),
            when=" ".join(r.slots.get("when") or ()),
            value=_json(r.slots.get("value")),
            mentions=str(len(r.mentions)),
        )
    for id in dict.fromkeys(target for _, _, target in edges if target not in known and target in mentions):
        m = mentions[id]
        name = " ".join(document.surface(m).split())
        yield _node(document.id, id, kind="mention", name=name, type=m.type, value=_json(m.value), mentions="1")
    for source, slot, target in edges:
        if target in known or target in mentions:
            ends = f"source={_name(document.id, source)} target={_name(document.id, target)}"
            yield f'<edge {ends}><data key="slot">{_text(slot)}</data></edge>\n'


def _node(document: str, id: str, **data: str) -> str:
    held = {"document": document, **data}
    inside = "".join(f'<data key="{key}">{_text(value)}</data>' for key, value in held.items() if value)
    return f"<node id={_name(document, id)}>{inside}</node>\n"


def _name(document: str, id: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\ufffd", f"{document}#{id}"))


def _text(value: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", value))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ""
