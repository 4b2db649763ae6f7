"""Whether two values say the same."""

import math
from collections.abc import Mapping
from typing import Any

from khabar_eval.counts import Counts

_QUANTITY = ("number", "low", "high")


def equal(type: str, gold: Mapping[str, Any], predicted: Mapping[str, Any]) -> bool:
    """Say whether two values of a mention type are the same statement.

    Quantities (STAT, PCT, MON): same number or range, modifier (`exact` where none is given) and unit. DAT: the same
    EDTF and the same verdict on a conflict of calendars. TIM: the same time. How the text wrote it (`as_written`)
    does not count.
    """
    if type == "DAT":
        return gold.get("edtf") == predicted.get("edtf") and bool(gold.get("conflict")) == bool(
            predicted.get("conflict")
        )
    if type == "TIM":
        return gold.get("time") == predicted.get("time")
    return (
        all(_same_number(gold.get(key), predicted.get(key)) for key in _QUANTITY)
        and gold.get("modifier", "exact") == predicted.get("modifier", "exact")
        and gold.get("unit") == predicted.get("unit")
    )


def _same_number(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def count_value(type: str, gold: Mapping[str, Any] | None, predicted: Mapping[str, Any] | None) -> Counts:
    """Count the value of a mention that both sides have; a wrong one is both false and missed."""
    if gold and predicted and equal(type, gold, predicted):
        return Counts(tp=1)
    return Counts(fp=int(bool(predicted)), fn=int(bool(gold)))
