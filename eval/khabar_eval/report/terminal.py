"""Reports as tables in the terminal."""

from collections import Counter

from rich.console import Console
from rich.table import Table

from khabar_eval.bootstrap import Comparison
from khabar_eval.counts import Counts
from khabar_eval.mistakes import NOTHING
from khabar_eval.report import Layer, Report

# so many confusions are told
_MOST = 8


def show(report: Report, console: Console | None = None) -> None:
    """Print a report: a table a layer, then what was run and how fast."""
    console = console or Console()
    for layer in report.layers:
        console.print(_table(report.task, layer))
    if report.views:
        console.print(_views(report))
    for layer_name, cells in report.confusions.items():
        taken = Counter({pair: n for pair, n in cells.items() if pair[0] != pair[1]}).most_common(_MOST)
        told = ", ".join(f"{gold} for {found} {n}" for (gold, found), n in taken) or "nothing"
        console.print(f"{layer_name}, gold for found ({NOTHING}: nothing): {told}", highlight=False, soft_wrap=True)
    console.print(f"{report.amount}, model {report.model}", highlight=False, soft_wrap=True)
    for note, value in report.notes.items():
        console.print(f"{note}: {value}", highlight=False, soft_wrap=True)


def _table(task: str, layer: Layer) -> Table:
    title = layer.name if layer.name == task else f"{task}: {layer.name}"
    table = _counted(title)
    table.add_column("95 %", justify="right")
    for kind, counts in layer.types.items():
        table.add_row(kind, *_cells(counts), "")
    table.add_section()
    low, high = layer.interval
    table.add_row("micro", *_cells(layer.overall), f"{100 * low:.1f} to {100 * high:.1f}", style="bold")
    return table


def _views(report: Report) -> Table:
    table = _counted(f"{report.task}: by other rules")
    for layer, rows in report.views.items():
        table.add_section()
        for rule, counts in rows.items():
            table.add_row(f"{layer}, {rule}", *_cells(counts))
    return table


def _counted(title: str) -> Table:
    """Return an empty table with a name and the columns of `_cells`."""
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for head in ("P", "R", "F1", "tp", "fp", "fn"):
        table.add_column(head, justify="right")
    return table


def _cells(counts: Counts) -> list[str]:
    shares = [f"{100 * x:.2f}" for x in (counts.precision, counts.recall, counts.f1)]
    return [*shares, *(f"{x:g}" if x == int(x) else f"{x:.1f}" for x in (counts.tp, counts.fp, counts.fn))]


def show_comparison(a: str, b: str, rows: dict[str, Comparison], console: Console | None = None) -> None:
    """Print a comparison of two reports, a row a layer."""
    table = Table(title=f"A: {a}\nB: {b}", title_justify="left")
    table.add_column("")
    for head in ("F1 of A", "F1 of B", "B - A", "95 %", "p"):
        table.add_column(head, justify="right")
    for name, c in rows.items():
        shares = [f"{100 * x:.2f}" for x in (c.a, c.b)]
        table.add_row(
            name, *shares, f"{100 * c.difference:+.2f}", f"{100 * c.low:+.2f} to {100 * c.high:+.2f}", f"{c.p:.4f}"
        )
    (console or Console()).print(table)
