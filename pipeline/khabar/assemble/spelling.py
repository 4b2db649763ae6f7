"""Words of a mention in a spelling that does not depend on who typed it."""

from collections.abc import Iterable

from khabar.values.words import clean

_SAME = str.maketrans(
    {"آ": "ا", "أ": "ا", "إ": "ا", "ئ": "ی", "ؤ": "و", "ة": "ه", "،": " ", "«": " ", "»": " ", '"': " "}
)
_EZAFE = "ه\u200cی"

Words = tuple[str, ...]


def fold(surface: str) -> Words:
    """Return the words of a mention, without half-spaces, quotation marks and the written ezafe (خارجه‌ی → خارجه)."""
    words = clean(surface).translate(_SAME).split()
    return tuple((w[:-2] if w.endswith(_EZAFE) else w).replace("\u200c", "") for w in words)


def key(words: Iterable[str]) -> str:
    """Return what is equal for two spellings that differ in where they have spaces (احمدی نژاد, احمدی‌نژاد)."""
    return "".join(words)
