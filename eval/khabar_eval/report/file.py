"""Reports as JSON files."""

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from khabar.errors import DataError, reason
from khabar_eval.calibration import Bin, Reliability
from khabar_eval.counts import Counts
from khabar_eval.report import Layer, Report


def to_dict(report: Report) -> dict[str, Any]:
    """Return a report as it is kept: scores in 0 to 1, and each item's `[tp, fp, fn, extra]` for the bootstrap."""
    items, tokens = report.speed
    return {
        "task": report.task,
        "model": report.model,
        "n": len(report.items),
        "tokens": report.tokens,
        "seconds": round(report.seconds, 3),
        "items_per_second": round(items, 2),
        "tokens_per_second": round(tokens, 1),
        "notes": dict(report.notes),
        "reliability": [astuple(b) for b in report.reliability.bins] if report.reliability else None,
        "layers": {layer.name: _layer(layer) for layer in report.layers},
        "views": {layer: {rule: _scores(c) for rule, c in rows.items()} for layer, rows in report.views.items()},
        "confusions": {layer: _nested(cells) for layer, cells in report.confusions.items()},
        "items": list(report.items),
    }


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "overall": {**_scores(layer.overall), "f1_interval": [round(x, 4) for x in layer.interval]},
        "types": {kind: _scores(counts) for kind, counts in layer.types.items()},
        "per_item": [counts.row() for counts in layer.per_item],
    }


def _nested(cells: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """Return a confusion by gold type, then by the type that was found."""
    rows: dict[str, dict[str, int]] = {}
    for (gold, found), count in sorted(cells.items()):
        rows.setdefault(gold, {})[found] = count
    return rows


def _scores(counts: Counts) -> dict[str, float]:
    metrics = {"precision": counts.precision, "recall": counts.recall, "f1": counts.f1}
    return {"tp": counts.tp, "fp": counts.fp, "fn": counts.fn, **{k: round(v, 4) for k, v in metrics.items()}}


def write_text(path: str | Path, text: str) -> None:
    """Write a result.

    Raises:
        DataError: the file cannot be written.
    """
    try:
        Path(path).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise DataError(f"cannot be written: {error}", path=path, remedy="name a file in an existing folder") from error


def write_report(report: Report, path: str | Path) -> None:
    """Write a report as JSON.

    Raises:
        DataError: the file cannot be written.
    """
    write_text(path, json.dumps(to_dict(report), ensure_ascii=False, indent=1) + "\n")


@dataclass(frozen=True)
class SavedReport:
    """What comparisons and pictures need of a report's file: per-item counts by layer, and what scores are worth."""

    model: str
    items: list[str]
    layers: dict[str, list[Counts]]
    reliability: Reliability | None


def read_report(path: str | Path) -> SavedReport:
    """Read a report's file back.

    Raises:
        DataError: it cannot be read, or is no report.
    """
    try:
        data: Mapping[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
        layers = {name: [Counts(*row) for row in layer["per_item"]] for name, layer in data["layers"].items()}
        bins = data.get("reliability")
        reliability = Reliability(tuple(Bin(*row) for row in bins)) if bins else None
        saved = SavedReport(data["model"], list(data["items"]), layers, reliability)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"not a report: {type(error).__name__}: {reason(error)}"
        raise DataError(message, path=path, remedy="give a file that `khabar evaluate ... --json` wrote") from error
    for name, counts in layers.items():
        if len(counts) != len(saved.items):
            raise DataError(f"{name} has counts of {len(counts)} items, expected {len(saved.items)}", path=path)
    return saved
