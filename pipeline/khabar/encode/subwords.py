"""Tokens to subwords, a token at a time, so that a word's pieces never depend on its neighbors."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from tokenizers import Tokenizer

from khabar.errors import ModelError

# Every digit is read as its Latin form, one code point for one: the encoder has seen those most.
_DIGITS = {ord(d): str(i) for zero in "۰٠" for i in range(10) for d in chr(ord(zero) + i)}
_CACHE_LIMIT = 200_000

HalfSpaces = Literal["keep", "space", "delete"]
"""What an encoder reads where a token has a half-space (U+200C)."""
_FOLD: dict[HalfSpaces, dict[int, str]] = {
    "keep": _DIGITS,
    "space": _DIGITS | {0x200C: " "},
    "delete": _DIGITS | {0x200C: ""},
}


def surface_form(token: str, halfspaces: HalfSpaces = "space") -> str:
    """Return what a token looks like to the subword model.

    A word begins with a space, a sign does not; digits are Latin.
    """
    folded = token.translate(_FOLD[halfspaces])
    return f" {folded}" if token[:1].isalnum() else folded


class Subwords:
    """Cuts tokens into the subwords of a `tokenizer.json`; remembers what it has cut."""

    def __init__(self, tokenizer: Tokenizer, *, unknown: int, halfspaces: HalfSpaces = "space") -> None:
        # a hub's tokenizer may be set to fill up or to cut what it reads
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self.tokenizer = tokenizer
        self._unknown, self._halfspaces = unknown, halfspaces
        self._cache: dict[str, tuple[int, ...]] = {}

    @property
    def mask(self) -> int:
        """The id that stands for a hidden subword; the unknown one where the vocabulary has none."""
        ids = map(self.tokenizer.token_to_id, ("<mask>", "[MASK]"))
        return next((id for id in ids if id is not None), self._unknown)

    @classmethod
    def from_file(cls, path: Path, *, unknown: int, halfspaces: HalfSpaces = "space") -> "Subwords":
        """Read a `tokenizer.json`.

        Raises:
            ModelError: the file is missing or is no tokenizer.
        """
        try:
            return cls(Tokenizer.from_file(str(path)), unknown=unknown, halfspaces=halfspaces)
        except Exception as error:  # the library raises bare Exception
            raise ModelError(
                f"no usable tokenizer: {error}", path=path, remedy="fetch or export the model folder again"
            ) from error

    def __call__(self, tokens: Sequence[str]) -> list[tuple[int, ...]]:
        """Return the subword ids of each token; every token has at least one."""
        missing = list({t for t in tokens if t not in self._cache})
        if missing:
            if len(self._cache) > _CACHE_LIMIT:
                self._cache.clear()
                missing = list(set(tokens))
            shown = [surface_form(t, self._halfspaces) for t in missing]
            encoded = self.tokenizer.encode_batch(shown, add_special_tokens=False)
            for token, encoding in zip(missing, encoded, strict=True):
                self._cache[token] = tuple(encoding.ids) or (self._unknown,)
        return [self._cache[t] for t in tokens]
