"""Raw text to clean text."""

from functools import cache, cached_property
from pathlib import Path

from khabar.errors import UsageError
from khabar.normalize.characters import clean_characters
from khabar.normalize.clean import CleanText
from khabar.normalize.edits import Draft
from khabar.normalize.halfspace_model import HalfSpaceModel
from khabar.normalize.halfspaces import WORD, AfterNonjoiner, Restorer
from khabar.resources import resource

_PASSES = 8


class Normalizer:
    """Turns raw text into clean text.

    Args:
        halfspaces: also put half-spaces (U+200C) where the text lost them.
        after_nonjoiner: whether a half-space follows a letter that does not join: as careful writers do (`keep`),
            between every stem and affix (`always`), or nowhere (`never`).
        exceptions: a file of forms, one a line, that turn single corrections off: a word that is to stay as it is
            (`کتابها`), two that are to stay apart (`می روند`), or what the correction would make of either. Empty
            lines, and those that begin with #, say nothing.
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
            UsageError: an unknown `after_nonjoiner`, or `exceptions` cannot be read or holds something else.
        """
        if after_nonjoiner not in ("keep", "always", "never"):
            raise UsageError(f"after_nonjoiner: expected keep, always or never, got {after_nonjoiner!r}")
        self.halfspaces = halfspaces
        self.after_nonjoiner = after_nonjoiner
        self._model = model
        self._exceptions = read_exceptions(Path(exceptions)) if exceptions else frozenset()

    def __call__(self, text: str) -> CleanText:
        """Return the clean text of any string, aligned to it.

        Raises:
            ModelError: the half-space model cannot be loaded.
        """
        draft = Draft(text)
        clean_characters(draft)
        if self.halfspaces:
            # What `never` writes together is another word, which is looked at again.
            for _ in range(_PASSES if self.after_nonjoiner == "never" else 1):
                edits = self._restorer.edits(draft.text)
                draft.apply(edits)
                if not edits:
                    break
        return CleanText(draft.text, text, tuple(draft.revisions))

    @cached_property
    def _restorer(self) -> Restorer:
        model = _shipped_model() if self._model is None else HalfSpaceModel.load(self._model)
        return Restorer(model, self.after_nonjoiner, self._exceptions)


@cache
def _shipped_model() -> HalfSpaceModel:
    # a pipeline's normalizer and that of `khabar.normalize`, which values are read with, share it
    return HalfSpaceModel.load(resource("models/halfspace"))


def read_exceptions(path: Path) -> frozenset[str]:
    """Return the clean forms that a file of exceptions holds; see `Normalizer`.

    Raises:
        UsageError: the file cannot be read, or a line holds no word, more than two, or other signs.
    """
    remedy = "give a UTF-8 file, on each line a word, or two with a space or half-space between"
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the exceptions: {error}", path=path, remedy=remedy) from error
    spell = Normalizer(halfspaces=False)
    forms = set()
    for number, line in enumerate(lines, 1):
        form = str(spell(line)).strip()
        if not form or form.startswith("#"):
            continue
        words = form.split(" ")
        if len(words) > 2 or not all(map(WORD.fullmatch, words)):
            raise UsageError(f"expected one form, found {form!r}", path=path, line=number, remedy=remedy)
        forms.add(form)
    return frozenset(forms)
