"""Metrics over epochs as an SVG picture, small enough to need no plotting library."""

from collections.abc import Mapping, Sequence
from html import escape

# colors that color-blind readers tell apart (Okabe and Ito 2008)
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_LEFT, _WIDTH, _HEIGHT, _ROW = 50, 480, 240, 18


def curves(epochs: Sequence[Mapping[str, float]]) -> str:
    """Return a picture of every metric but `epoch` and `seconds`, each on its own scale from its least to its greatest
    value, which its legend gives."""
    names = [name for name in epochs[0] if name not in ("epoch", "seconds")] if epochs else []
    lines = [_curve(i, name, [float(m[name]) for m in epochs]) for i, name in enumerate(names)]
    height = _HEIGHT + 40 + _ROW * len(names)
    frame = f'<rect x="{_LEFT}" y="10" width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="#999"/>'
    axis = f'<text x="{_LEFT}" y="{_HEIGHT + 26}">epochs 1 to {len(epochs)}</text>'
    size = f'width="{_LEFT + _WIDTH + 20}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    return "\n".join([head, frame, axis, *lines, "</svg>"]) + "\n"


def _curve(number: int, name: str, values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    step = _WIDTH / max(1, len(values) - 1)
    points = " ".join(
        f"{_LEFT + i * step:.1f},{10 + _HEIGHT * (1 - (v - low) / ((high - low) or 1)):.1f}"
        for i, v in enumerate(values)
    )
    color = _COLORS[number % len(_COLORS)]
    legend = f"{name}: {low:.4g} to {high:.4g}, last {values[-1]:.4g}"
    y = _HEIGHT + 26 + _ROW * (number + 1)
    return (
        f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>'
        f'<text x="{_LEFT}" y="{y}" fill="{color}">{escape(legend)}</text>'
    )
