"""Bytes to text: UTF-8 first, then what old Persian sites wrote."""

import codecs
import re
import sys
from pathlib import Path

from khabar.errors import DataError, UsageError

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_ARABIC_LETTERS = re.compile(r"[\u0620-\u06d3]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
# of a UTF-8 text, so many characters in a hundred may be broken
_BROKEN = 1.0


class UndecodableError(ValueError):
    """Bytes that are no text."""


def decode(data: bytes) -> tuple[str, str | None]:
    """Return the text, line ends untouched, and a notice, None where it is plain UTF-8 or has its mark.

    Raises:
        UndecodableError: the bytes are no text in UTF-8, UTF-16 or UTF-32 with its mark, or windows-1256.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), None
            except UnicodeDecodeError as error:
                raise UndecodableError(f"begins like {encoding}, but byte {error.start} is not") from error
    if (controls := _CONTROLS.search(data)) and (data[controls.start()] == 0 or _share_of_controls(data) > _BROKEN):
        raise UndecodableError(f"is binary: byte {controls.start()} is {data[controls.start()]:#04x}")
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError:
        return _repair(data)


def _repair(data: bytes) -> tuple[str, str]:
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if broken * 100 <= _BROKEN * len(text):
        return text, f"{broken} broken characters of UTF-8 became U+FFFD"
    text = data.decode("cp1256", "replace")
    if 3 * len(_ARABIC_LETTERS.findall(text)) < sum(map(str.isalpha, text)):
        raise UndecodableError("is neither UTF-8 nor Persian in windows-1256")
    return text, "is no UTF-8, read as windows-1256"


def _share_of_controls(data: bytes) -> float:
    return 100 * len(_CONTROLS.findall(data)) / len(data)


def without_surrogates(text: str) -> tuple[str, int]:
    """Return the text with each lone surrogate as U+FFFD, so that offsets stay and it can be written, and how many."""
    return _SURROGATES.subn("\ufffd", text)


def read_text(path: str) -> tuple[str, str | None]:
    """Return the text of a file, or of standard input for `-`, and a notice as `decode` does.

    Raises:
        UsageError: there is no such file.
        DataError: it is no text.
    """
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        remedy = "check the name; `-` reads standard input"
        raise UsageError(f"cannot be read: {error.strerror}", path=path, remedy=remedy) from error
    try:
        text, notice = decode(data)
    except UndecodableError as error:
        raise DataError(str(error), path=path, remedy="convert it to UTF-8 text") from error
    return text, notice
