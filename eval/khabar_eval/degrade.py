"""Corpus tokens spelled as careless sites spell them, to see what that costs."""

from collections.abc import Callable

from khabar.errors import UsageError

_ZWNJ = "\u200c"
_DIGIT_ROWS = ("۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", "0123456789")
_ARABIC = str.maketrans({"ی": "ي", "ک": "ك"})


def without_halfspaces(token: str) -> str:
    """Delete every half-space and every space inside a token; a token of nothing else stays."""
    return token.replace(_ZWNJ, "").replace(" ", "") or token


def in_arabic(token: str) -> str:
    """Write Arabic yeh and kaf, and each digit as Persian, Arabic or Latin by its value and place."""
    spelled = (
        _DIGIT_ROWS[(int(c) + i) % len(_DIGIT_ROWS)][int(c)] if c.isdecimal() else c for i, c in enumerate(token)
    )
    return "".join(spelled).translate(_ARABIC)


def degrader(name: str) -> Callable[[str], str]:
    """Return the function of this name: `halfspace`, `arabic` or `all`.

    Raises:
        UsageError: there is none.
    """
    known: dict[str, Callable[[str], str]] = {
        "halfspace": without_halfspaces,
        "arabic": in_arabic,
        "all": lambda token: in_arabic(without_halfspaces(token)),
    }
    if name not in known:
        raise UsageError(f"no way to degrade is called {name!r}, expected one of {', '.join(known)}")
    return known[name]


def changed(before: str, after: str) -> int:
    """Return how many characters were deleted or written otherwise."""
    if len(before) == len(after):
        return sum(a != b for a, b in zip(before, after, strict=True))
    kept = without_halfspaces(before)
    return len(before) - len(kept) + changed(kept, after)
