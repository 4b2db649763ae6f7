"""Numbers, money, percentages, dates and times as typed values."""

import datetime
from typing import Any

from khabar.values.dates import parse_date
from khabar.values.quantities import parse_money, parse_percentage, parse_stat
from khabar.values.times import parse_time

__all__ = ["parse_value"]

_PARSERS = {"STAT": parse_stat, "PCT": parse_percentage, "MON": parse_money, "TIM": parse_time}


def parse_value(type: str, text: str, published: datetime.date | str | None = None) -> dict[str, Any] | None:
    """Return what a mention states, in standard terms; None where it states nothing or its type has no values.

    Args:
        type: the mention's type: `STAT PCT MON DAT TIM`; other types have no value.
        text: the mention's text, clean or as the source has it. A unit is given in the spelling of this text.
        published: the day that relative dates refer to, a date or its ISO 8601 form.

    Raises:
        DataError: `published` is no date.
    """
    if type == "DAT":
        return parse_date(text, published)
    parse = _PARSERS.get(type)
    return parse(text) if parse else None
