"""Raw text to clean text."""

from functools import cached_property
from pathlib import Path

from khabar.errors import UsageError
from khabar.normalize.characters import clean_characters
from khabar.normalize.clean import CleanText
from khabar.normalize.edits import Draft
from khabar.normalize.halfspace_model import HalfSpaceModel
from khabar.normalize.halfspaces import AfterNonjoiner, Restorer
from khabar.resources import resource


class Normalizer:
    """Turns raw text into clean text.

    Args:
        halfspaces: also put half-spaces (U+200C) where the text lost them.
        after_nonjoiner: whether a half-space follows a letter that does not join: as careful writers do (`keep`),
            between every stem and affix (`always`), or nowhere (`never`).
        exceptions: a file of words, one a line, whose half-spaces are never corrected.
        model: a folder with a half-space model instead of the shipped one.
    """

    def __init__(
        self,
        halfspaces: bool = True,
        after_nonjoiner: AfterNonjoiner = "keep",
        exceptions: str | Path | None = None,
        model: str | Path | None = None,
    ) -> None:
        """Check the options; the model is loaded with the first text.

        Raises:
            UsageError: an unknown `after_nonjoiner`, or `exceptions` cannot be read.
        """
        if after_nonjoiner not in ("keep", "always", "never"):
            raise UsageError(f"after_nonjoiner: expected keep, always or never, got {after_nonjoiner!r}")
        self.halfspaces = halfspaces
        self.after_nonjoiner = after_nonjoiner
        self._model = model
        self._exceptions = frozenset() if exceptions is None else _read_words(Path(exceptions))

    def __call__(self, text: str) -> CleanText:
        """Return the clean text of any string, aligned to it.

        Raises:
            ModelError: the half-space model cannot be loaded.
        """
        draft = Draft(text)
        clean_characters(draft)
        if self.halfspaces:
            draft.apply(self._restorer.edits(draft.text))
        return CleanText(draft.text, text, *draft.spans())

    @cached_property
    def _restorer(self) -> Restorer:
        folder = resource("models/halfspace") if self._model is None else self._model
        return Restorer(HalfSpaceModel.load(folder), self.after_nonjoiner, self._exceptions)


def _read_words(path: Path) -> frozenset[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read the exceptions: {error}", path=path, remedy="give a UTF-8 file, a word a line"
        ) from error
    spell = Normalizer(halfspaces=False)
    return frozenset(word for line in lines if (word := str(spell(line)).strip()))
