"""Scores that mean what they say: of mentions scored 0.9, nine in ten are right (Platt 1999; Guo et al. 2017)."""

import math

# slope and intercept of a line on the log-odds of scores
Calibration = tuple[float, float]
PLAIN: Calibration = (1.0, 0.0)
# scores nearer to 0 or 1 count as this near
_EDGE = 1e-6


def log_odds(score: float) -> float:
    """Return the log-odds of a score; finite also at 0 and 1."""
    inside = min(max(score, _EDGE), 1 - _EDGE)
    return math.log(inside / (1 - inside))


def calibrated(score: float, calibration: Calibration) -> float:
    """Return what share of decisions with such a score is right."""
    slope, intercept = calibration
    return 0.5 + 0.5 * math.tanh((slope * log_odds(score) + intercept) / 2)
