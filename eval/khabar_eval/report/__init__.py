"""What an evaluation found, for the terminal and for a file that `khabar evaluate compare` reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from khabar_eval.bootstrap import interval
from khabar_eval.calibration import Reliability
from khabar_eval.counts import Counts


@dataclass(frozen=True)
class Layer:
    """The counts of one thing scored (names, relations, ...): per item, per type."""

    name: str
    items: Sequence[Mapping[str, Counts]]

    @cached_property
    def per_item(self) -> list[Counts]:
        """The counts of each item, over all types."""
        return [sum(item.values(), Counts()) for item in self.items]

    @cached_property
    def overall(self) -> Counts:
        """The micro counts."""
        return sum(self.per_item, Counts())

    @cached_property
    def types(self) -> dict[str, Counts]:
        """The counts of each type, over all items; the most frequent in gold first."""
        totals: dict[str, Counts] = {}
        for item in self.items:
            for kind, counts in item.items():
                totals[kind] = totals.get(kind, Counts()) + counts
        return dict(sorted(totals.items(), key=lambda pair: (-pair[1].tp - pair[1].extra - pair[1].fn, pair[0])))

    @cached_property
    def interval(self) -> tuple[float, float]:
        """The 95 % bootstrap interval of micro F1."""
        return interval(self.per_item)


@dataclass(frozen=True)
class Report:
    """The layers scored over the same items; `seconds` is how long a model took, 0 where others had read the items.

    `notes` says what else a reader needs, `reliability` what scores are worth where that was measured; `views` and
    `confusions` are those of `report.views`, by layer.
    """

    task: str
    model: str
    items: Sequence[str]
    layers: Sequence[Layer]
    tokens: int
    seconds: float
    notes: Mapping[str, str] = field(default_factory=dict)
    reliability: Reliability | None = None
    views: Mapping[str, Mapping[str, Counts]] = field(default_factory=dict)
    confusions: Mapping[str, Mapping[tuple[str, str], int]] = field(default_factory=dict)

    @property
    def speed(self) -> tuple[float, float]:
        """Items and tokens a second; 0 where nothing was run."""
        return (len(self.items) / self.seconds, self.tokens / self.seconds) if self.seconds else (0.0, 0.0)

    @property
    def amount(self) -> str:
        """How much was scored, and how fast it was read where anything was run."""
        items, tokens = self.speed
        speed = f" in {self.seconds:.1f} s ({items:.1f} items/s, {tokens:,.0f} tokens/s)" if self.seconds else ""
        return f"{len(self.items):,} items, {self.tokens:,} tokens{speed}"


def join(reports: Sequence[Report]) -> Report:
    """Return one report over the items of several, which score the same layers; notes are kept of a single one."""
    first = reports[0]
    layers = [
        Layer(layer.name, [x for r in reports for x in r.layers[k].items]) for k, layer in enumerate(first.layers)
    ]
    return Report(
        first.task,
        first.model,
        [item for report in reports for item in report.items],
        layers,
        sum(report.tokens for report in reports),
        sum(report.seconds for report in reports),
        first.notes if len(reports) == 1 else {},
    )
