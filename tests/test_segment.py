"""Sentences and tokens: cases by hand, and what holds for any text."""

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khabar.normalize import Normalizer
from khabar.segment import Segmenter, Sentence
from khabar.segment.lines import hard_breaks
from khabar.segment.tokens import tokenize

normalize = Normalizer(halfspaces=False)
segment = Segmenter()


def _cases(name: str) -> Iterator[str]:
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").split("\n")
    yield from (line for line in lines if line and not line.startswith("# "))


def _marked(text: str, sentences: list[Sentence]) -> str:
    starts = [s.start for s in sentences[1:]]
    return "".join(("¦" if i in starts else "") + character for i, character in enumerate(text))


@pytest.mark.parametrize("case", list(_cases("sentences.txt")))
def test_sentences_end_where_they_should(case: str) -> None:
    marked = case.replace(" ⏎", "\n").replace("⏎", "\n").replace("¦ ", "¦").replace("\n ", "\n")
    text = str(normalize(marked.replace("¦", "")))
    assert _marked(text, segment(text)) == str(normalize(marked))


@pytest.mark.parametrize("case", list(_cases("tokens.txt")))
def test_tokens_end_where_they_should(case: str) -> None:
    given_text = case.replace("\\u0301", "\u0301")
    text = given_text.replace("·", "")
    assert [text[a:b] for a, b in tokenize(text)] == given_text.replace("·", " ").split()


def test_a_long_sentence_is_cut_at_the_softest_place_of_its_second_half() -> None:
    def sizes(text: str) -> list[int]:
        return [len(s.tokens) for s in Segmenter(max_tokens=10)(text)]

    words = ["واژه"] * 20
    assert sizes(" ".join(words)) == [10, 10]
    words[7] = "و"
    assert sizes(" ".join(words)) == [7, 10, 3]
    words[6] = "،"
    assert sizes(" ".join(words)) == [7, 10, 3]
    words[8] = "؛"
    assert sizes(" ".join(words)) == [9, 10, 1]
    words[3] = "؛"
    assert sizes(" ".join(words)) == [9, 10, 1]
    assert sizes(" ".join(words[:10])) == [10]
    assert [len(s.tokens) for s in Segmenter(max_tokens=1)("یک و، دو.")] == [1] * 5


@pytest.mark.parametrize("width", [46, 60, 72, 100])
def test_wrapping_a_text_changes_no_sentence(width: int) -> None:
    flat = (
        "شهرداری بندر گردیم از آغاز ساختن اسکله تازه خبر داد. این اسکله جای پهلو گرفتن شش کشتی دارد و هزینه آن به "
        "۳۲ میلیارد تومان می‌رسد. رئیس شورای شهر گفت ماهیگیران نگران راه دسترسی به ساحل هستند. او افزود که بخشی از "
        "کرانه برای آنان باز می‌ماند. نمایندگان سه شهر دیگر نیز در نشست حاضر بودند و از این طرح پشتیبانی کردند. "
        "قرار است گزارش کارشناسان تا پایان ماه آینده آماده شود. پس از آن رای گیری خواهد شد."
    )
    lines, line = [], ""
    for word in flat.split(" "):
        if len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    wrapped = "\n".join([*lines, line])
    found = [wrapped[s.start : s.end].replace("\n", " ") for s in segment(wrapped)]
    assert found == [flat[s.start : s.end] for s in segment(flat)]
    assert len(found) == 7


def test_lines_of_different_length_are_sentences() -> None:
    text = "بازار آرام شد\nدر تهران نشستی درباره آب برگزار شد. دو وزیر آمدند\nتیم ملی به مشهد رفت"
    assert list(hard_breaks(text)) == [i for i, c in enumerate(text) if c == "\n"]


# Persian news with what spoils it.
WORDS = ("نشست", "می\u200cشود", "است", "و", "که", "م", "الف", "دکتر", "No", "U.S.", "ايران", "ﷲ", "😀")
NUMBERS = ("۱۲", "3.5", "1404/8/20", "http://a.ir/b", "a@b.ir")
PIECES = st.sampled_from(
    [*WORDS, *NUMBERS, *"«»\"'().…!؟?:؛،-•\n\u2028 \t\xa0\u200c\u200f\u064b\u0640\u0301", "...", "\r\n"]
)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.lists(PIECES, max_size=60).map("".join),
    st.lists(PIECES, max_size=60).map(" ".join),
)


@given(TEXTS, st.integers(1, 12))
@settings(deadline=None, max_examples=400)
def test_nothing_is_lost(raw: str, max_tokens: int) -> None:
    clean = normalize(raw)
    # without the page: what it takes for chrome is left out
    sentences = Segmenter(max_tokens, page=False)(clean)
    tokens = [token for sentence in sentences for token in sentence.tokens]
    inside = [i for start, end in tokens for i in range(start, end)]
    assert inside == [i for i, character in enumerate(clean.text) if not character.isspace()]
    assert all(s.tokens and (s.start, s.end) == (s.tokens[0][0], s.tokens[-1][1]) for s in sentences)
    assert all(a.end <= b.start for a, b in pairwise(sentences))
    assert all(len(s.tokens) <= max_tokens for s in sentences)
    places = [clean.to_source(*token) for token in tokens]
    assert places == sorted(places)
    assert all(0 <= a <= b <= len(raw) for a, b in places)
    assert str(normalize(clean.text)) == clean.text


@given(TEXTS)
@settings(deadline=None)
def test_tokens_do_not_depend_on_where_sentences_end(raw: str) -> None:
    text = str(normalize(raw))
    assert [t for s in Segmenter(page=False)(text) for t in s.tokens] == tokenize(text)


def _seconds(text: str) -> float:
    started = time.process_time()
    segment(text)
    return time.process_time() - started


@pytest.mark.parametrize(
    "unit",
    ["واژه ", "واژه", ".", "»", "(؟)", "a@", "a.", "۱.", "است.وی", "واژه\n", "واژه است. او\n", ": - ", "\u200c", "• "],
)
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    short, long = (min(_seconds(unit * (n // len(unit))) for _ in range(3)) for n in (20_000, 200_000))
    assert long < 40 * max(short, 0.002)  # 10 if linear, 100 if quadratic


def test_five_megabytes_without_a_stop_are_cut_at_the_limit() -> None:
    text = "واژه‌های بی پایان " * (5_000_000 // 18)
    started = time.process_time()
    sentences = segment(text)
    assert time.process_time() - started < 30
    assert {len(s.tokens) for s in sentences[:-1]} == {250}
