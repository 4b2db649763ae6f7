"""The records of documents as a network, and a picture of it."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from khabar.assemble.spelling import fold, key
from khabar.document import Document, Record
from khabar.show.extra import need
from khabar.show.words import KINDS, SLOTS, name_of, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from networkx import MultiDiGraph

# Okabe and Ito's colors, and a shape each, so that color is never the only sign
_LOOKS = {
    "actor": ("#56B4E9", "o"),
    "meeting": ("#D55E00", "s"),
    "event": ("#0072B2", "D"),
    "statistic": ("#F0E442", "^"),
    "mention": ("#BBBBBB", "v"),
}
_LONGEST = 28


class Edge(NamedTuple):
    """A record's slot and what fills it."""

    source: str
    slot: str
    target: str


def graph(documents: Document | Iterable[Document], *, join_actors: bool = True) -> "MultiDiGraph":
    """Return a graph of the records; edges lead from a record to what fills its slots, keyed by the slot.

    A node has `kind` (actor, meeting, event, statistic; mention for a filler without a record), `name`, `type` of an
    actor or mention, `value` of a statistic, `when` of a meeting or an event, and `documents`, the ids of those it
    comes from.

    Args:
        documents: one or many.
        join_actors: actors of one type and name are one node over all documents; else each document has its own.

    Raises:
        KhabarError: networkx is not installed.
    """
    network: MultiDiGraph = need("networkx").MultiDiGraph()
    for document in [documents] if isinstance(documents, Document) else documents:
        nodes = {r.id: _node(document, r, join_actors) for r in document.records}
        for record in document.records:
            node = nodes[record.id]
            if node not in network:
                network.add_node(node, **_attributes(record), documents=[])
            network.nodes[node]["documents"].append(document.id)
        mentions = {m.id: m for m in document.mentions}
        for edge in _edges(document):
            target = nodes.get(edge.target, f"{document.id}#{edge.target}")
            if edge.target not in nodes:
                m = mentions[edge.target]
                network.add_node(
                    target, kind="mention", name=name_of(document, m), type=m.type, documents=[document.id]
                )
            network.add_edge(nodes[edge.source], target, key=edge.slot, slot=edge.slot)
    return network


def plot(
    documents: "Document | Iterable[Document] | MultiDiGraph", *, most: int = 40, axes: "Axes | None" = None
) -> "Axes":
    """Draw the graph of documents, or one that `graph` made, and return the axes.

    matplotlib joins and orders Persian letters itself from version 3.11 on.

    Args:
        documents: what to draw.
        most: draw the nodes with the most edges, at most so many.
        axes: where to draw; by default a new figure.

    Raises:
        KhabarError: networkx or matplotlib is not installed.
    """
    networkx, pyplot = need("networkx"), need("matplotlib.pyplot")
    network = documents if isinstance(documents, networkx.Graph) else graph(documents)
    busiest = sorted(network, key=lambda n: -network.degree(n))[:most]
    shown = network.subgraph(n for n in network if n in set(busiest) and network.degree(n))
    places = networkx.spring_layout(shown, seed=0, k=2.2 / max(1, len(shown)) ** 0.5)
    if axes is None:
        _, axes = pyplot.subplots(figsize=(11, 8), layout="constrained")
    networkx.draw_networkx_edges(shown, places, ax=axes, edge_color="#999999", arrowsize=9, node_size=260)
    for kind, (color, shape) in _LOOKS.items():
        nodes = [n for n, held in shown.nodes(data="kind") if held == kind]
        if nodes:
            networkx.draw_networkx_nodes(
                shown, places, nodes, 260, color, shape, ax=axes, label=KINDS.get(kind, kind), edgecolors="#333333"
            )
    _write_labels(axes, shown, places)
    axes.set_axis_off()
    return axes


def _write_labels(axes: "Axes", shown: "MultiDiGraph", places: Any) -> None:
    box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.75}
    fonts = ["Vazirmatn", "Noto Sans Arabic", "Tahoma", "DejaVu Sans"]
    known = {font.name for font in need("matplotlib.font_manager").fontManager.ttflist}
    style: dict[str, Any] = {"fontfamily": [font for font in fonts if font in known], "color": "black", "zorder": 5}
    for node, (x, y) in places.items():
        name = _short(shown.nodes[node]["name"])
        axes.annotate(
            name, (x, y), (0, -11), textcoords="offset points", ha="center", va="top", fontsize=9, bbox=box, **style
        )
    # a figure and what it is about name each other: one label between two nodes, that of the first
    between: dict[frozenset[str], tuple[str, str, str]] = {}
    for head, tail, slot in sorted(shown.edges(keys=True), key=lambda e: shown.nodes[e[0]]["kind"] == "statistic"):
        between.setdefault(frozenset((head, tail)), (head, tail, slot))
    for head, tail, slot in between.values():
        x, y = (places[head] + places[tail]) / 2
        axes.annotate(SLOTS.get(slot, slot), (x, y), ha="center", va="center", fontsize=7, bbox=box, **style)
    legend = axes.legend(loc="upper left", frameon=False, labelspacing=1, prop={"family": style["fontfamily"]})
    legend.set_zorder(6)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


def _node(document: Document, record: Record, join_actors: bool) -> str:
    kind = str(record.slots.get("type") or "")
    spelled = key(fold(record.name))
    if join_actors and record.kind == "actor" and spelled:
        return f"{kind}:{spelled}"
    return f"{document.id}#{record.id}"


def _attributes(record: Record) -> dict[str, Any]:
    held = {slot: record.slots[slot] for slot in ("type", "value", "when") if record.slots.get(slot)}
    return {"kind": record.kind, "name": plain(record.name), **held}


def _edges(document: Document) -> Iterator[Edge]:
    known = {r.id for r in document.records} | {m.id for m in document.mentions}
    for record in document.records:
        for slot, ids in record.slots.items():
            if isinstance(ids, list) and slot != "when":
                yield from (Edge(record.id, slot, id) for id in ids if id in known)
