"""Reliability diagrams as an SVG picture: what scores say against what is right."""

import math
from collections.abc import Mapping
from html import escape

from khabar_eval.calibration import Bin, Reliability

_SIDE, _GAP, _TOP = 180, 50, 46
# the area of a dot that stands for all decisions, in square pixels
_AREA = 900.0


def diagram(parts: Mapping[str, Reliability]) -> str:
    """Return a panel for each part, by its title.

    A dot is a range of scores: its mean score, and above it the share that is right; its area is its share of all
    decisions. The line to the diagonal is how far the scores of that range are off.
    """
    panels = [_panel(_GAP + i * (_SIDE + _GAP), title, r) for i, (title, r) in enumerate(parts.items())]
    size = f'width="{_GAP + len(parts) * (_SIDE + _GAP)}" height="{_TOP + _SIDE + 50}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    # a ground of its own: pages may be dark
    ground = '<rect width="100%" height="100%" fill="#fff"/>'
    return "\n".join([head, ground, *panels, "</svg>"]) + "\n"


def _panel(left: int, title: str, reliability: Reliability) -> str:
    total = sum(b.count for b in reliability.bins)
    bottom, right = _TOP + _SIDE, left + _SIDE
    ticks = [
        f'<text x="{left + x * _SIDE:.0f}" y="{bottom + 16}" text-anchor="middle">{x:g}</text>'
        f'<text x="{left - 6}" y="{bottom - x * _SIDE + 4:.0f}" text-anchor="end">{x:g}</text>'
        for x in (0, 0.5, 1)
    ]
    error = f"error {reliability.error:.3f}, by chance alone {reliability.chance:.3f}"
    return "\n".join(
        [
            f'<text x="{left}" y="18" font-weight="bold">{escape(title)}: {total:,} found</text>',
            f'<text x="{left}" y="36">{error}</text>',
            f'<rect x="{left}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#999"/>',
            f'<line x1="{left}" y1="{bottom}" x2="{right}" y2="{_TOP}" stroke="#999" stroke-dasharray="4 4"/>',
            *ticks,
            f'<text x="{left + _SIDE / 2:.0f}" y="{bottom + 34}" text-anchor="middle">score → share right</text>',
            *(_dot(left, b, b.count / total) for b in reliability.bins if b.count),
        ]
    )


def _dot(left: int, part: Bin, share: float) -> str:
    score, right = part.score / part.count, part.right / part.count
    x, y, diagonal = left + score * _SIDE, _TOP + (1 - right) * _SIDE, _TOP + (1 - score) * _SIDE
    radius = max(1.5, math.sqrt(_AREA * share / math.pi))
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{x:.1f}" y2="{diagonal:.1f}" stroke="#D55E00" stroke-width="2"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#0072B2"><title>{part}</title></circle>'
    )
