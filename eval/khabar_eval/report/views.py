"""The same layers as laxer rules count them, and relations by distance."""

from collections import Counter
from collections.abc import Mapping, Sequence

from khabar_eval.counts import Counts
from khabar_eval.mistakes import confusion, forgive, mistakes
from khabar_eval.readings import Reading, by_distance, without_types
from khabar_eval.report import Layer

# layers of spans, and of links between them
SPANS, LINKS = ("names", "facts"), "relations"


def span_views(layer: Layer, readings: Sequence[Reading]) -> dict[str, Counts]:
    """Count spans strictly; where an overlapping span of the right type is right; where the right extent is."""
    types = list(layer.types)
    found = sum((mistakes(*r.of(types)) for r in readings), Counter[str]())
    return {
        "strict": layer.overall,
        "boundary-free": forgive(layer.overall, found, "boundary"),
        "type-free": forgive(layer.overall, found, "type"),
    }


def link_views(layer: Layer, readings: Sequence[Reading]) -> dict[str, Counts]:
    """Count relations strictly, and whatever the types of their mentions."""
    return {"strict": layer.overall, "extents alone": without_types(readings)}


def views(layers: Sequence[Layer], readings: Sequence[Reading]) -> dict[str, dict[str, Counts]]:
    """Return all views of layers: the rule, or the distance in sentences, under the layer's name."""
    found = {layer.name: span_views(layer, readings) for layer in layers if layer.name in SPANS}
    for layer in (layer for layer in layers if layer.name == LINKS):
        apart = {f"{distance} sentences apart": counts for distance, counts in by_distance(readings).items()}
        found[LINKS] = link_views(layer, readings) | apart
    return found


def confusions(layers: Sequence[Layer], readings: Sequence[Reading]) -> dict[str, Mapping[tuple[str, str], int]]:
    """Return how often each gold type was taken for each other, under the layer's name; `O` is nothing."""
    return {x.name: confusion(r.of(list(x.types)) for r in readings) for x in layers if x.name in SPANS}
