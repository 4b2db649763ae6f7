"""A report as one HTML page that needs no network and no script."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files

from khabar.config import Thresholds
from khabar.show.html import foot, head
from khabar.show.words import plain
from khabar_eval.calibration import reliability
from khabar_eval.counts import Counts
from khabar_eval.mistakes import NOTHING, confusion
from khabar_eval.readings import Reading, by_distance, curve, outcomes
from khabar_eval.report import Layer, Report
from khabar_eval.report.curves import curve_picture, legend
from khabar_eval.report.diagram import diagram
from khabar_eval.report.examples import link_errors, span_errors
from khabar_eval.report.views import LINKS, SPANS, link_views, span_views

# fewer make no curve
_ENOUGH = 10


def page(report: Report, readings: Sequence[Reading] = (), thresholds: Thresholds | None = None) -> str:
    """Return the page of a report.

    Args:
        report: the scores.
        readings: the texts as both sides read them; without any, there is nothing of single errors.
        thresholds: the lowest scores of what was kept, if scores were looked at.
    """
    css = files("khabar_eval.report").joinpath("report.css").read_text(encoding="utf-8")
    title = f"{report.task}: {report.model}"
    return (
        f"{head(title, lang='en')}<style>{css}</style>"
        f'<main class="khabar report">{"".join(_sections(report, readings, thresholds))}</main>{foot()}'
    )


def _sections(report: Report, readings: Sequence[Reading], thresholds: Thresholds | None) -> Iterator[str]:
    yield (
        f"<h1>Evaluation of {escape(report.task)}</h1>"
        f"<p class='about'>model <b>{escape(plain(report.model))}</b> · {report.amount}</p>"
    )
    yield f"<section><h2>Summary</h2>{_summary(report.layers)}</section>"
    for n, layer in enumerate(report.layers):
        parts = [_table(layer.types)]
        if readings and layer.name in SPANS:
            parts += _span_parts(layer, readings, f"e{n}-")
        elif readings and layer.name == LINKS:
            parts += _link_parts(layer, readings, thresholds, f"e{n}-")
        yield f"<section><h2>{escape(layer.name)}</h2>{''.join(parts)}</section>"
    sure = {"names": report.reliability} if report.reliability else {}
    if decided := list(outcomes(readings)):
        sure["relations"] = reliability(decided)
    if sure:
        said = "A dot is a range of scores, its area their share; above the diagonal more is right than the score says."
        yield f"<section><h2>What scores are worth</h2><p>{said}</p><div class='wide'>{diagram(sure)}</div></section>"
    if report.notes:
        yield f"<section><h2>Notes</h2><dl>{_notes(report.notes)}</dl></section>"


def _notes(notes: Mapping[str, str]) -> str:
    return "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in notes.items())


def _summary(layers: Iterable[Layer]) -> str:
    rows = ""
    for layer in layers:
        low, high = layer.interval
        rows += (
            f'<tr><th scope="row">{escape(layer.name)}</th>{_shares(layer.overall)}'
            f"<td>{100 * low:.1f} to {100 * high:.1f}</td><td>{_bar(layer.overall.f1, (low, high))}</td></tr>"
        )
    return _tabular(("", "P", "R", "F1", "95 %", ""), rows)


def _table(rows: Mapping[str, Counts], first: str = "") -> str:
    """Return a table of counts, a row each."""
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{_shares(counts)}{_counted(counts)}<td>{_bar(counts.f1)}</td></tr>'
        for name, counts in rows.items()
    )
    return _tabular((first, "P", "R", "F1", "right", "wrong", "missed", ""), body)


def _tabular(names: Iterable[str], rows: str) -> str:
    """Return a table that scrolls on its own where the page is narrow; its last column are bars."""
    header = "".join(f'<th scope="col">{name}</th>' for name in names)
    return f'<div class="wide"><table><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table></div>'


def _shares(counts: Counts) -> str:
    p, r, f = (f"{100 * x:.1f}" for x in (counts.precision, counts.recall, counts.f1))
    return f"<td>{p}</td><td>{r}</td><td><b>{f}</b></td>"


def _counted(counts: Counts) -> str:
    return "".join(f"<td>{f'{x:,.0f}' if x == int(x) else f'{x:,.1f}'}</td>" for x in (counts.tp, counts.fp, counts.fn))


def _bar(share: float, around: tuple[float, float] | None = None) -> str:
    """Return a bar of F1 from 0 to 1, with its interval as a bracket over its end."""
    bracket = ""
    if around:
        low, high = around
        bracket = f'<i style="left:{100 * low:.1f}%;width:{100 * (high - low):.1f}%"></i>'
    return f'<div class="bar" aria-hidden="true"><b style="width:{100 * share:.1f}%"></b>{bracket}</div>'


def _span_parts(layer: Layer, readings: Sequence[Reading], prefix: str) -> Iterator[str]:
    types = list(layer.types)
    yield "<h3>If boundaries or types did not count</h3>"
    yield "<p>Boundary-free: a span of the right type that overlaps is right. Type-free: the right extent is.</p>"
    yield _table(span_views(layer, readings))
    yield "<h3>Errors, in their sentences</h3>" + _KEY + span_errors(readings, types, prefix)
    yield "<h3>What is taken for what</h3>" + _matrix(confusion(r.of(types) for r in readings), types)


_KEY = (
    '<ul class="key"><li><span class="n gold">solid line below: gold</span></li>'
    '<li><span class="n found">dashed frame: found</span></li></ul>'
)


def _matrix(cells: Counter[tuple[str, str]], types: Sequence[str]) -> str:
    """Return gold types (rows) against found ones; a cell is darker the larger its share of its row."""
    columns = [*types, NOTHING]
    header = "".join(f'<th scope="col">{escape(c)}</th>' for c in columns)
    rows = ""
    for row in columns:
        total = sum(cells[row, c] for c in columns)
        inside = "".join(_cell(cells[row, c], total, row == c != NOTHING) for c in columns)
        rows += f'<tr><th scope="row">{escape(row)}</th>{inside}</tr>'
    said = (
        f"<p>Rows are gold, columns what was found; {NOTHING} is nothing: its column what was missed, its row what was "
        "found where nothing is. A span with another boundary counts where its type does.</p>"
    )
    return (
        f'{said}<div class="wide"><table class="matrix"><thead><tr><th scope="col">gold ↓ found →</th>{header}</tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
    )


def _cell(count: int, total: int, right: bool) -> str:
    share = count / total if total else 0
    kind = ' class="right"' if right else ""
    return f'<td{kind} style="--share:{100 * share:.0f}%">{count or "·"}</td>'


def _link_parts(layer: Layer, readings: Sequence[Reading], thresholds: Thresholds | None, prefix: str) -> Iterator[str]:
    yield "<h3>If the types of mentions did not count</h3>"
    yield _table(link_views(layer, readings))
    yield "<h3>By distance</h3><p>How many sentences lie between the two mentions; 0 is one sentence.</p>"
    yield _table(by_distance(readings), "sentences")
    yield "<h3>Errors, in their sentences</h3>" + _KEY + link_errors(readings, prefix)
    yield from _curves(layer.types, readings, thresholds)


def _curves(types: Mapping[str, Counts], readings: Sequence[Reading], thresholds: Thresholds | None) -> Iterator[str]:
    panels = []
    for kind, counts in types.items():
        gold = counts.tp + counts.fn
        points = curve(outcomes(readings, kind), int(gold)) if gold >= _ENOUGH else []
        if points:
            picture = curve_picture(
                points, thresholds.of(kind) if thresholds else None, f"precision and recall of {kind}"
            )
            panels.append(
                f"<figure><figcaption>{escape(kind)} <small>{gold:g} in gold</small></figcaption>{picture}</figure>"
            )
    if panels:
        key = legend(configured=thresholds is not None)
        yield (
            "<h3>Precision and recall by threshold</h3><p>Each relation from its surest on, to all that was kept; "
            f"those with at least {_ENOUGH} in gold.</p>{key}<div class='panels'>{''.join(panels)}</div>"
        )
