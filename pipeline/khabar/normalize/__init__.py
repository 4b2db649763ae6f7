"""Clean text: one spelling of every character, half-spaces where careful writers put them, alignment to the source."""

from functools import cache

from khabar.normalize.clean import CleanText
from khabar.normalize.normalizer import Normalizer

__all__ = ["CleanText", "Normalizer", "normalize"]


@cache
def _default() -> Normalizer:
    return Normalizer()


def normalize(text: str) -> CleanText:
    """Return clean text with its alignment, as the default `Normalizer` makes it."""
    return _default()(text)
