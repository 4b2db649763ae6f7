"""One way to write each character: Persian letters and digits, plain spaces, half-spaces only where they join letters.

Nothing here decides about spelling. After the Unicode Standard (chapter 9, Arabic; section 23.2, layout controls) and
ISIRI 6219, Persian information interchange.
"""

import re
import unicodedata

from khabar.normalize.edits import Draft, Edit

ZWNJ = "\u200c"

_LETTERS = {
    "ك": "ک", "ڪ": "ک", "ي": "ی", "ى": "ی", "ې": "ی", "ۍ": "ی", "ے": "ی", "ۓ": "ئ",
    "ۀ": "ه", "ہ": "ه", "ۂ": "ه", "ھ": "ه", "ە": "ه", "ۃ": "ة", "ٱ": "ا", "ٲ": "أ", "ٳ": "إ",
}  # fmt: skip
_DIGITS = dict(zip("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", strict=True))
_PUNCTUATION = {
    "“": '"', "”": '"', "„": '"', "‟": '"', "＂": '"', "‘": "'", "’": "'", "‛": "'", "《": "«", "》": "»", "≪": "«",
    "≫": "»", "۔": ".", "٭": "*", "‐": "-", "‑": "-",
}  # fmt: skip

# Short and long vowel marks, hamza and madda on a letter, Koranic marks, kashida.
_MARKS = "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08d3-\u08ff"
_OTHER_SPACES = "\t\x1c\x1d\x1e\x1f\xa0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_BREAKS = "\n\r\x0b\x0c\x85\u2028\u2029"
# The half-space, and signs that converters make of it.
_JOINTS = "\u200c\xad\u200b"
_HIDDEN = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u180b-\u180f\u200d-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_GLUE = " " + _MARKS + _BREAKS + _JOINTS + _HIDDEN

_LIGATURES = re.compile("[\ufb50-\ufdff\ufe70-\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_PLAIN = _LETTERS | _DIGITS | _PUNCTUATION | dict.fromkeys(_OTHER_SPACES, " ")
_VARIANTS = re.compile("[" + re.escape("".join(_PLAIN)) + "]")
# Runs of glue other than a lone space, line break or half-space between two letters or digits.
_ODD_RUN = re.compile(rf"(?=[{_GLUE}])(?:[{_GLUE}]{{2,}}|[^ \n{ZWNJ}]|(?<![^\W_]){ZWNJ}|{ZWNJ}(?![^\W_])|\A[ ]|[ ]\Z)")
# What most lines are: plain characters with lone spaces, breaks and half-spaces between. They need no slow look.
_LETTER = "ء-غف-قل-وپچژکگی۰-۹0-9A-Za-z"
_WORDS = rf"[{_LETTER}.,;:!?()\[\]،؛؟«»\"'/%*+=…|#@&_-]+"
_ALL_PLAIN = re.compile(rf"{_WORDS}(?:(?:[ \n]|(?<=[{_LETTER}]){ZWNJ}(?=[{_LETTER}])){_WORDS})*")
_LEADING_MARKS = re.compile(f"[{_MARKS}]*")
_ONE_BREAK = re.compile(f"\r\n|[{_BREAKS}]")
_ANY_BREAK = re.compile(f"[{_BREAKS}]")
_STAND_IN = re.compile("[\xad\u200b]")
_LATE = re.compile(r"\.{3,}|(?<=[ء-غف-یپچژکگ])¬+(?=[ء-غف-یپچژکگ])")
_COMPOSED = {
    "ا\u0653": "آ", "ا\u0654": "أ", "ا\u0655": "إ", "و\u0654": "ؤ", "ی\u0654": "ئ",
}  # fmt: skip


def clean_characters(draft: Draft) -> None:
    """Rewrite a draft character by character; the outcome stays as it is when rewritten again."""
    if _ALL_PLAIN.fullmatch(draft.text) and "..." not in draft.text:
        return
    draft.apply([(m.start(), m.end(), _expand(m[0])) for m in _LIGATURES.finditer(draft.text)])
    text = draft.text
    if _SURROGATES.search(text):
        text = _SURROGATES.sub("\ufffd", text)
    # Faster than str.translate: few variants occur in one text, and each is one pass in C.
    for variant in set(_VARIANTS.findall(text)):
        text = text.replace(variant, _PLAIN[variant])
    draft.replace_one_to_one(text)
    draft.apply(_glue_edits(text))
    if "..." in draft.text or "¬" in draft.text:
        draft.apply([(m.start(), m.end(), "…" if m[0][0] == "." else ZWNJ) for m in _LATE.finditer(draft.text)])


def plain_characters(text: str) -> str:
    """Return a text with each letter, digit and sign in its plain form, one code point for one."""
    return text.translate({ord(variant): plain for variant, plain in _PLAIN.items()})


def _expand(form: str) -> str:
    """Return the letters of a presentation form; a mark that stands alone loses the space that carries it."""
    letters = unicodedata.normalize("NFKC", form)
    return letters.lstrip(" ") if unicodedata.combining(letters[-1]) else letters


def _glue_edits(text: str) -> list[Edit]:
    edits: list[Edit] = []
    for match in _ODD_RUN.finditer(text):
        start, end = match.span()
        run = match[0]
        marks = _LEADING_MARKS.match(run)
        if marks and marks[0] and start:
            # A mark belongs to the letter before it: whoever marks the letter in the source marks both.
            letter = text[start - 1]
            edits.append((start - 1, start + marks.end(), _with_marks(letter, marks[0])))
            start += marks.end()
            run = run[marks.end() :]
        if run:
            plain = _plain_glue(run, text[match.start() - 1 : match.start()], text[end : end + 1])
            if plain != run:
                edits.append((start, end, plain))
    return edits


def _with_marks(letter: str, marks: str) -> str:
    """Return the letter without its marks, where Persian has no letter of its own for both."""
    for mark in marks:
        if composed := _COMPOSED.get(letter + mark):
            return composed
    return letter


def _plain_glue(run: str, before: str, behind: str) -> str:
    """Return what stands between two characters instead of a run of spaces, breaks, joints and unseen characters."""
    if _ANY_BREAK.search(run):
        return "\n" * len(_ONE_BREAK.findall(run))
    if " " in run:
        return " " if before and behind else ""
    if not (before.isalnum() and behind.isalnum()):
        return ""
    persian = before >= "\u0600" and behind >= "\u0600"
    return ZWNJ if ZWNJ in run or (persian and _STAND_IN.search(run)) else ""
