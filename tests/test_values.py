"""Values: the pairs of `data/values.jsonl`, numbers in words and back, and what holds for any text."""

import json
import math
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from persiantools import digits

from khabar import parse_value
from khabar.document import Document
from khabar.errors import DataError, UsageError
from khabar.formats.conll import spans
from khabar.schema import load_schema
from khabar_eval.corpora import load_corpora, read_corpus
from khabar_eval.values import equal

ROOT = Path(__file__).parents[1]
PAIRS = [json.loads(line) for line in (ROOT / "data/values.jsonl").read_text(encoding="utf-8").splitlines()]
GOLD = [*sorted((ROOT / "data/articles").glob("*.json")), *sorted((ROOT / "data/passages").glob("*.json"))]
PEYMA = ROOT.parent / "shared/corpora/peyma/train.txt"
TYPES = ("STAT", "PCT", "MON", "DAT", "TIM")


def name(pair: dict[str, Any]) -> str:
    return f"{pair['type']}-{pair['text']}-{pair.get('published', '')}"


@pytest.mark.parametrize("pair", PAIRS, ids=name)
def test_a_pair(pair: dict[str, Any]) -> None:
    value = parse_value(pair["type"], pair["text"], pair.get("published"))
    wanted = pair["value"]
    if value is None or wanted is None:
        assert value == wanted
        return
    assert equal(pair["type"], wanted, value), value
    assert wanted.get("as_written") == value.get("as_written")


def test_pairs_are_many_and_of_every_type() -> None:
    assert len({name(pair) for pair in PAIRS}) == len(PAIRS) >= 350
    assert {pair["type"] for pair in PAIRS} >= set(TYPES)


def test_gold_values_are_those_read_from_their_mentions() -> None:
    valued = [(m, d) for d in map(load, GOLD) if d.meta["split"] == "train" for m in d.mentions if m.value is not None]
    other = [d.surface(m) for m, d in valued if parse_value(m.type, d.surface(m), d.meta["published"]) != m.value]
    # «اسفند همان سال» and its like are read from the text around them, which a mention alone does not tell
    assert len(other) <= len(valued) // 200, other


def load(path: Path) -> Document:
    return Document.from_dict(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.skipif(not PEYMA.exists(), reason="PEYMA is not in ../shared")
def test_most_figures_and_dates_of_a_corpus_have_values(capsys: pytest.CaptureFixture[str]) -> None:
    counts: dict[str, list[int]] = {}
    for sentence in read_corpus(load_corpora()["peyma"], PEYMA):
        for start, end, type in spans(sentence.tags):
            if type in TYPES:
                value = parse_value(type, " ".join(sentence.tokens[start:end]), "2016-06-15")
                counts.setdefault(type, []).append(value is not None)
    shares = {type: sum(has) / len(has) for type, has in counts.items()}
    with capsys.disabled():
        print({type: f"{sum(has)}/{len(has)}" for type, has in counts.items()})
    assert min(shares["DAT"], shares["MON"], shares["PCT"]) >= 0.95
    # most of the others name a part of a day, صبح امروز, which no clock shows
    assert shares["TIM"] >= 0.35


def number_of(text: str) -> float:
    value = parse_value("STAT", text)
    assert value is not None, text
    number: float = value["number"]
    return number


numbers = st.one_of(st.integers(0, 2000), st.integers(0, 10**6), st.integers(0, 10**15 - 1))


@given(numbers)
@settings(max_examples=150, deadline=None)
def test_a_number_in_words_is_that_number_however_it_is_spaced(n: int) -> None:
    words = digits.to_word(n)
    assert number_of(words) == n
    assert number_of(words + " نفر") == n
    # سی‌وپنج, سیوپنج, سی و‌پنج
    for spaced in (words.replace(" و ", "\u200cو\u200c"), words.replace(" و ", "و"), words.replace(" ", "\u200c")):
        assert number_of(f"{spaced} نفر") == n, spaced


@given(numbers, st.sampled_from(["۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", "0123456789"]), st.sampled_from(["", "٬", ",", "،"]))
@settings(max_examples=100, deadline=None)
def test_a_number_in_digits_is_that_number_in_any_script(n: int, script: str, separator: str) -> None:
    written = f"{n:,}".replace(",", separator)
    written = written.translate(str.maketrans("0123456789", script))
    assert number_of(f"{written} نفر") == n


@given(st.integers(1, 999), st.integers(1, 9))
@settings(max_examples=100, deadline=None)
def test_a_decimal_is_the_same_in_words_and_with_any_point(whole: int, tenths: int) -> None:
    wanted = pytest.approx(whole + tenths / 10)
    for point in "./٫":
        assert number_of(f"{digits.en_to_fa(f'{whole}{point}{tenths}')} درصد") == wanted
    assert number_of(f"{digits.to_word(whole)} و {digits.to_word(tenths)} دهم درصد") == wanted


PIECES = (
    "۲۳ 18 ٤ ۱۴۰۴ ۱۴۰۴/۸/۲۳ ۱۲:۳۰ ۴/۵ - ( ) ، و تا از بین حدود بیش‌از منفی نیم ربع سوم بیست‌وسوم دهم هزار "
    "میلیون همت تومان درصد ٪ نفر سال ماه هفته روز دهه قرن آبان نوامبر رمضان میلادی هجری قمری گذشته آینده "
    "جاری این نیمه پایان اوایل شنبه دیروز پاییز ساعت دقیقه صبح ظهر شب نیمه‌شب به مانده "
    "۹۹۹۹۹۹۹۹۹۹۹۹۹۹۹۹۹۹۹۹ ² ½ ممیز \u200c"
)
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(PIECES.split(" ")), max_size=12).map(" ".join),
    st.lists(st.sampled_from(PIECES.split(" ")), max_size=6).map("".join),
)


@given(st.sampled_from(TYPES), TEXTS, st.none() | st.dates())
@settings(max_examples=600, deadline=None)
def test_no_text_breaks_it(type: str, text: str, published: date | None) -> None:
    value = parse_value(type, text, published)
    if value is not None:
        json.dumps(value, allow_nan=False)
        assert {"DAT": "edtf", "TIM": "time"}.get(type, "modifier") in value
        numbers = [value[key] for key in ("number", "low", "high") if key in value]
        assert all(math.isfinite(n) for n in numbers)


def seconds(type: str, text: str) -> float:
    """Return processor time, which what else runs on the machine does not change much."""
    start = time.process_time()
    parse_value(type, text, "2025-11-15")
    return time.process_time() - start


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize(
    "unit",
    [
        "بیست و سه هزار و ",
        "۱۲ تا ",
        "دو سه ",
        "۲۳ آبان و ",
        "شنبه تا ",
        "سال ۹۸ ",
        "ساعت ۸ و ",
        "حدود ",
        "نفر ",
        "هزار",
        "بیستو",
    ],
)
def test_time_grows_with_the_length_not_its_square(type: str, unit: str) -> None:
    text = unit * (600 // len(unit))
    seconds(type, text)
    short = min(seconds(type, text) for _ in range(3))
    long = min(seconds(type, text * 8) for _ in range(2))
    # eight times the text; a square would be 64 times
    assert long < 30 * short + 0.02


def test_types_without_values_have_none_and_unknown_types_are_refused() -> None:
    for type in set(load_schema().mention_types) - load_schema().valued:
        assert parse_value(type, "۵ نفر") is None
    with pytest.raises(UsageError, match="CITY") as error:
        parse_value("CITY", "۵ نفر")
    assert "STAT" in str(error.value)


def test_a_day_of_publication_may_be_a_date_or_iso_and_nothing_else() -> None:
    wanted = parse_value("DAT", "دیروز", "2025-11-15")
    assert parse_value("DAT", "دیروز", date(2025, 11, 15)) == wanted == {"edtf": "2025-11-14"}
    with pytest.raises(DataError, match="15 November"):
        parse_value("DAT", "دیروز", "15 November")


def test_import_is_light() -> None:
    code = "import sys, khabar; print([m for m in ('babel', 'torch', 'onnxruntime', 'jdatetime') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
