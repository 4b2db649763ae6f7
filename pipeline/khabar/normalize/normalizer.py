"""Raw text to clean text."""

from khabar.normalize.characters import clean_characters
from khabar.normalize.clean import CleanText
from khabar.normalize.edits import Draft


class Normalizer:
    """Turns raw text into clean text.

    Args:
        halfspaces: also put half-spaces (U+200C) where the text lost them.
    """

    def __init__(self, halfspaces: bool = True) -> None:
        self.halfspaces = halfspaces

    def __call__(self, text: str) -> CleanText:
        """Return the clean text of any string, aligned to it."""
        draft = Draft(text)
        clean_characters(draft)
        return CleanText(draft.text, text, *draft.spans())
