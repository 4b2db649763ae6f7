"""Characters have one spelling, and every clean character knows its place in the source."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.normalize import CleanText, Normalizer

clean = Normalizer(halfspaces=False)
# Any code point, lone surrogates among them, and often the ones that this stage changes.
TEXTS = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from(
            "يكىۀةابوهر آ.٤۴4¬\xad\u200b\u200c\u200d\u200f \xa0\t\n\r\x0b\u2028\u064b\u0654\u0653\u0640ﷲﻻﷺﹰ﷼"
        ),
    )
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("علي كاظمى", "علی کاظمی"),
        ("خانۀ ھمه", "خانه همه"),
        ("دائرة", "دائرة"),
        ("سأل رؤیا مسئول جزء إن", "سأل رؤیا مسئول جزء إن"),
        ("ا\u0653ب مسو\u0654ول ي\u0654", "آب مسؤول ئ"),
        ("ﺳﻼم ﷲ", "سلام الله"),
        ("٢٠٢٠ ۲۰۲۰ 2020", "۲۰۲۰ ۲۰۲۰ 2020"),
        ("مثلاً مُحَمَّد نقطهٔ", "مثلا محمد نقطه"),
        ("ســـلام", "سلام"),
        ("\ufeffسلام\u200f \u202bدنیا\u202c", "سلام دنیا"),
        ("یک\u00a0دو \u2003 سه\tچهار", "یک دو سه چهار"),
        ("یک\r\nدو\u2028سه\n\n چهار ", "یک\nدو\nسه\n\nچهار"),
        ("“یک” ‘دو’ «سه»", "\"یک\" 'دو' «سه»"),
        ("چرا؟ زیرا، نه؛ خب.... تمام…", "چرا؟ زیرا، نه؛ خب… تمام…"),
        ("می\u200c\u200cرود", "می\u200cرود"),
        ("می\u200c رود\u200c. (\u200cاو\u200c)", "می رود. (او)"),
        ("می¬رود می\xadرود می\u200bرود", "می\u200cرود می\u200cرود می\u200cرود"),
        ("5 ¬ 3 ex\u00adample", "5 ¬ 3 example"),
        ("سلام , دنیا .", "سلام , دنیا ."),
        ("", ""),
        (" \u200c\n", "\n"),
        ("\ud800", "\ufffd"),
    ],
)
def test_one_spelling(raw: str, expected: str) -> None:
    assert str(clean(raw)) == expected


def test_source_span_takes_marks_along() -> None:
    raw = "آقای مُحمّداً گفت"
    text = clean(raw)
    start = str(text).index("محمدا")
    assert raw[slice(*text.to_source(start, start + 5))] == "مُحمّداً"


def test_ligature_keeps_its_place() -> None:
    raw = "خدا ﷲ است"
    text = clean(raw)
    start = str(text).index("الله")
    assert text.to_source(start, start + 4) == (4, 5)
    assert text.from_source(4, 5) == (start, start + 4)


def _check_alignment(text: CleanText) -> None:
    starts, ends, n = text.starts, text.ends, len(text.source)
    assert len(starts) == len(ends) == len(text)
    assert (starts <= ends).all()
    assert (np.diff(starts) >= 0).all() and (np.diff(ends) >= 0).all()
    if len(text):
        assert starts[0] >= 0 and ends[-1] <= n


@given(TEXTS)
def test_any_text(raw: str) -> None:
    text = clean(raw)
    _check_alignment(text)
    assert str(clean(str(text))) == str(text)
    str(text).encode("utf-8")
    for i in range(len(text)):
        left, right = text.from_source(*text.to_source(i, i + 1))
        assert left <= i < right or text.starts[i] == text.ends[i]


@given(TEXTS, st.data())
def test_source_characters_are_found_again(raw: str, data: st.DataObject) -> None:
    text = clean(raw)
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, len(raw)))
    left, right = text.from_source(start, end)
    assert 0 <= left <= right <= len(text)
    assert all(text.starts[i] < end and text.ends[i] > start for i in range(left, right))


@given(st.text("ابپی کگ", max_size=40))
def test_untouched_text_is_aligned_one_to_one(raw: str) -> None:
    text = clean(raw)
    for i, character in enumerate(str(text)):
        start, end = text.to_source(i, i + 1)
        assert character in raw[start:end]
