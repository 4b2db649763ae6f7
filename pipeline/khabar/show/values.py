"""Values in the fewest words that a reader needs."""

from khabar.document import Value

_BOUNDS = {
    "exact": "",
    "approx": "≈ ",
    "more_than": "> ",
    "less_than": "< ",
    "equal_or_more": "≥ ",
    "equal_or_less": "≤ ",
}


def show_value(value: Value | None) -> str:
    """Return a value as one short text without its unit in words: `> 18,000`, `≈ 40 %`, `2017-07-10/2017-07-11`."""
    if not value:
        return ""
    if "edtf" in value:
        written = value.get("as_written")
        shown = f"{value['edtf']} ({written['calendar']} {written['edtf']})" if written else value["edtf"]
        return f"{shown} (the calendars disagree)" if value.get("conflict") else shown
    if "time" in value:
        return str(value["time"])
    number = _number(value["number"]) if "number" in value else f"{_number(value['low'])} to {_number(value['high'])}"
    return f"{_BOUNDS[value['modifier']]}{number}{_unit(value['unit'])}"


def _unit(unit: str) -> str:
    """Return the units that are codes; one in words stands in the mention's own text."""
    if unit == "percent":
        return " %"
    return f" {unit}" if len(unit) == 3 and unit.isascii() and unit.isupper() else ""


def _number(number: float) -> str:
    return f"{number:,.10g}" if isinstance(number, float) else f"{number:,}"
