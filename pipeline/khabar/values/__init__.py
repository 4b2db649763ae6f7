"""Numbers, money, percentages, dates and times as typed values."""

import datetime
from typing import Any

from khabar.errors import UsageError
from khabar.schema import load_schema
from khabar.values.dates import as_date, parse_date
from khabar.values.quantities import parse_money, parse_percentage, parse_stat
from khabar.values.times import parse_time

__all__ = ["as_date", "parse_value"]

_PARSERS = {"STAT": parse_stat, "PCT": parse_percentage, "MON": parse_money, "TIM": parse_time}


def parse_value(type: str, text: str, published: datetime.date | str | None = None) -> dict[str, Any] | None:
    """Return what a mention states, in standard terms; None where it states nothing or its type has no values.

    Args:
        type: the mention's type: `STAT PCT MON DAT TIM`; the others of `configs/schema.yaml` have no value.
        text: the mention's text, clean or as the source has it. A unit is given in the spelling of this text.
        published: the day that relative dates refer to, a date or its ISO 8601 form.

    Raises:
        DataError: `published` is no date.
        UsageError: there is no such type.
    """
    if type == "DAT":
        return parse_date(text, published)
    if parse := _PARSERS.get(type):
        return parse(text)
    if type not in load_schema().mention_types:
        types = " ".join([*_PARSERS, "DAT"])
        raise UsageError(f"expected a type of mention, got {type!r}", remedy=f"types that have values: {types}")
    return None
