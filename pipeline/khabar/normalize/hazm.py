"""hazm's normalizer in Khabar's place, with the offsets that it does not keep."""

from difflib import SequenceMatcher
from typing import Any

from khabar.errors import ModelError
from khabar.normalize.characters import plain_characters
from khabar.normalize.clean import CleanText
from khabar.normalize.edits import Draft, Edit

# hazm turns Latin digits into Persian ones
_LATIN = str.maketrans("۰۱۲۳۴۵۶۷۸۹", "0123456789")


class HazmNormalizer:
    """Normalizes as `hazm.Normalizer` does, line by line, and finds each character's place by alignment.

    Args:
        halfspaces: also correct spacing (`correct_spacing`).

    Raises:
        ModelError: hazm is not installed.
    """

    def __init__(self, halfspaces: bool = True) -> None:
        try:
            from hazm import Normalizer  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415
        except ImportError as error:
            remedy = 'pip install "khabar[hazm]" (Python 3.12 or later), or leave out normalize: {engine: hazm}'
            raise ModelError("normalize: engine hazm needs hazm, which is not installed", remedy=remedy) from error
        self._hazm: Any = Normalizer(correct_spacing=halfspaces)

    def __call__(self, text: str) -> CleanText:
        """Return hazm's text, aligned to the source."""
        draft, edits, at = Draft(text), list[Edit](), 0
        for line in text.splitlines(keepends=True):
            bare = line.rstrip("\r\n")
            edits += [(at + a, at + b, new) for a, b, new in _edits(bare, self._hazm.normalize(bare) if bare else "")]
            at += len(line)
        draft.apply(edits)
        return CleanText(draft.text, text, tuple(draft.revisions))


def _edits(before: str, after: str) -> list[Edit]:
    """Return edits that make one text the other; forms of one letter or digit stand for each other."""
    edits: list[Edit] = []
    for _, a, b, c, d in SequenceMatcher(None, _key(before), _key(after), autojunk=False).get_opcodes():
        if b - a == d - c:
            edits += [(a + i, a + i + 1, after[c + i]) for i in range(b - a) if before[a + i] != after[c + i]]
        else:
            edits.append((a, b, after[c:d]))
    return edits


def _key(text: str) -> str:
    return plain_characters(text).translate(_LATIN)
