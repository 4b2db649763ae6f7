"""Precision-recall curves as small SVG pictures, in the colors of the page around them."""

from collections.abc import Sequence
from html import escape

from khabar_eval.readings import Point, at

_SIDE, _LEFT, _TOP, _RIGHT, _BOTTOM = 160, 38, 10, 12, 34
# thresholds that are marked beside the configured one, a shape each
_SHAPES = {0.5: "circle", 0.7: "square", 0.9: "triangle"}


def curve_picture(points: Sequence[Point], configured: float | None, label: str) -> str:
    """Return the curve of one relation, recall to the right and precision upward, from 0 to 1.

    A filled diamond marks the configured threshold, if there is one; a circle 0.5, a square 0.7, a triangle 0.9.
    """
    size = f"0 0 {_LEFT + _SIDE + _RIGHT} {_TOP + _SIDE + _BOTTOM}"
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(_place, points))
    marks = [_mark(shape, p, t) for t, shape in _SHAPES.items() if (p := at(points, t))]
    if configured is not None and (p := at(points, configured)):
        marks.append(_mark("diamond", p, configured))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" role="img" aria-label="{escape(label)}">'
        f'{_axes()}<polyline class="line" points="{path}"/>{"".join(marks)}</svg>'
    )


def legend(*, configured: bool) -> str:
    """Return what the shapes stand for."""
    shapes = {shape: f"{t:g}" for t, shape in _SHAPES.items()}
    if configured:
        shapes["diamond"] = "as configured"
    items = (
        f'<li><svg viewBox="0 0 12 12" width="12" aria-hidden="true">{_shape(shape, 6, 6)}</svg> {text}</li>'
        for shape, text in shapes.items()
    )
    return f'<ul class="key"><li>threshold:</li>{"".join(items)}</ul>'


def _place(point: Point) -> tuple[float, float]:
    return _LEFT + point.recall * _SIDE, _TOP + (1 - point.precision) * _SIDE


def _axes() -> str:
    bottom, right = _TOP + _SIDE, _LEFT + _SIDE
    ticks = "".join(
        f'<path class="grid" d="M{_LEFT} {bottom - v * _SIDE:g}H{right}M{_LEFT + v * _SIDE:g} {_TOP}V{bottom}"/>'
        f'<text x="{_LEFT + v * _SIDE:g}" y="{bottom + 14}" text-anchor="middle">{v:g}</text>'
        f'<text x="{_LEFT - 5}" y="{bottom - v * _SIDE + 4:g}" text-anchor="end">{v:g}</text>'
        for v in (0, 0.5, 1)
    )
    middle = _TOP + _SIDE / 2
    return (
        f'{ticks}<text x="{_LEFT + _SIDE / 2:g}" y="{bottom + 29}" text-anchor="middle">recall</text>'
        f'<text x="9" y="{middle:g}" text-anchor="middle" transform="rotate(-90 9 {middle:g})">precision</text>'
    )


def _mark(shape: str, point: Point, threshold: float) -> str:
    told = f"from {threshold:g} on: precision {point.precision:.2f}, recall {point.recall:.2f}"
    return f"<g><title>{told}</title>{_shape(shape, *_place(point))}</g>"


def _shape(shape: str, x: float, y: float) -> str:
    if shape == "circle":
        return f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
    corners = {
        "square": ((-4, -4), (4, -4), (4, 4), (-4, 4)),
        "triangle": ((0, -5), (4.6, 4), (-4.6, 4)),
        "diamond": ((0, -5.5), (5.5, 0), (0, 5.5), (-5.5, 0)),
    }[shape]
    points = " ".join(f"{x + a:.1f},{y + b:.1f}" for a, b in corners)
    return f'<polygon class="mark {shape}" points="{points}"/>'
