"""Half-spaces come back where they were lost, and nothing but spaces and half-spaces ever changes."""

import itertools
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

from khabar.cli import main
from khabar.config import read_pipeline_config
from khabar.errors import ModelError, UsageError
from khabar.manifest import write_manifest
from khabar.normalize import Normalizer, normalize
from khabar.normalize.characters import ZWNJ
from khabar.normalize.halfspace_model import HalfSpaceModel, cut_features, cut_left_features, cut_right_features
from khabar.resources import resource

# A busy machine stops a process for seconds.
patient = settings(deadline=None, max_examples=60)
keep = Normalizer(halfspaces=False)

# As a careful writer has them; "_" stands for the half-space.
PHRASES = [
    "بچه_ها هر روز به مدرسه می_روند",
    "کتاب_ها را نمی_خوانند",
    "گروه_های کاری تشکیل شده_اند",
    "بزرگ_ترین شهر کشور",
    "خانه_ای در روستا خریده_اند",
    "دانش_آموزان علاقه_مند به فوتبال",
    "پیش_بینی می_شود که باران ببارد",
    "سازمان_های بین_المللی گفته_اند",
]
UNCHANGED = [
    "میز و صندلی را در میدان گذاشت",
    "میهن ما بهترین جای دنیاست",
    "دادگاه رای خود را اعلام کرد",
    "او در تهران زندگی کرد و به مشهد رفت",
    "دو تن از دوستان ما نیامدند",
    "کشورها و بندرها",
    "The meeting of 12 May, page 3.",
]
# What Persian text is made of, and what spoils it.
WORDS = st.sampled_from(
    [
        "می", "نمی", "روند", "رفته", "اند", "خانه", "ها", "های", "ای", "کتاب", "تر", "ترین", "میروند", "کتابها",
        "شدهاند", "پروژهکالکان", "سازمانملل", "وزیرخارجه", "دولتایران", "کشورهایدیگر", "بیشتر", "و", "در", "که",
        "را", "است", "۱۲", "۴/۵", "BBC", "می\u200cشود", "سازمان\u200cها", "نامه\u200cای", "بین\u200cالمللی",
    ]
)  # fmt: skip
GAPS = st.sampled_from([" ", " ", " ", "", ZWNJ, "، ", ". ", "\n", "  ", "\u200f", "\u0640", "\u064b "])
PERSIAN = st.lists(st.tuples(WORDS, GAPS), max_size=30).map(lambda parts: "".join(itertools.chain(*parts)))
TEXTS = st.one_of(PERSIAN, st.text(st.characters(exclude_categories=())), st.text(f"می خانهاتبر{ZWNJ}\n۱a."))


def _letters(text: str) -> str:
    return "".join(text.replace(ZWNJ, "").split())


@pytest.mark.parametrize("phrase", PHRASES)
@pytest.mark.parametrize("lost", ["", " ", ZWNJ], ids=["deleted", "spaced", "clean"])
def test_half_spaces_come_back(phrase: str, lost: str) -> None:
    assert str(normalize(phrase.replace("_", lost))) == phrase.replace("_", ZWNJ)


@pytest.mark.parametrize(
    "spaced", ["مي روند", "كتاب ها", "مِی روند", "کِتابِ ها", "ﻣﯽ روند", "می\u200f روند", "مـی رونـد"]
)
def test_other_spellings_come_back_too(spaced: str) -> None:
    assert str(normalize(spaced)) == str(keep(spaced)).replace(" ", ZWNJ)
    deleted = spaced.replace(" ", "")
    assert str(normalize(deleted)) == str(keep(spaced)).replace(" ", ZWNJ)


@pytest.mark.parametrize(
    ("glued", "expected"),
    [
        ("درجلسه", None),
        ("دولتایران", "دولت ایران"),
        ("وزیرخارجه", "وزیر خارجه"),
        ("کشورهایدیگر", "کشورهای دیگر"),
        ("سازمانملل", "سازمان ملل"),
        ("شهروندانشان", None),
    ],
)
def test_words_run_together_come_apart_only_where_both_are_whole(glued: str, expected: str | None) -> None:
    text = normalize(f"او {glued} بود")
    assert str(text) == f"او {expected or glued} بود"
    if expected:
        place = str(text).index(expected.split(" ")[1])
        assert text.starts[place] == place - 1


@pytest.mark.parametrize(
    "name", ["محمدرضا", "علیرضا", "شاهرخ", "گلپایگانی", "اسفندیاری", "زاینده\u200cرود", "آذربایجان"]
)
def test_names_stay_whole(name: str) -> None:
    assert str(normalize(f"آقای {name} گفت")) == f"آقای {name} گفت"


@pytest.mark.parametrize("phrase", UNCHANGED)
def test_words_that_only_look_like_it_stay(phrase: str) -> None:
    assert str(normalize(phrase)) == phrase


def test_words_that_may_stand_apart_stay_so_unless_the_line_lost_half_spaces() -> None:
    assert str(normalize("سختی وصف ناشدنی آن")) == "سختی وصف ناشدنی آن"
    assert str(normalize("سختی وصف ناشدنی آن را می دانند")) == f"سختی وصف{ZWNJ}ناشدنی آن را می{ZWNJ}دانند"


def test_what_the_sides_of_a_place_say_is_as_it_was_learned() -> None:
    model = HalfSpaceModel.load(resource("models/halfspace"))
    atoms = model.atoms
    found = 0
    for word in ["گلپایگانیها", "اسفندیاریهایشان", "نیکاراگوئهایها", "میگلپایگانند", "نوگلپایگانیترین"]:
        for i, odds in model.in_word(word):
            left, right = word[:i], word[i:]
            counts = atoms.counts(atoms.at.get(left, atoms.none), atoms.at.get(right, atoms.none))
            sides = cut_left_features(left, counts[0]) + cut_right_features(right, counts[2])
            assert odds == pytest.approx(model.word_bias + model.total(sides + cut_features(left, right, counts)))
            found += 1
    assert found > 4


def test_a_half_space_points_behind_the_letter_before_it() -> None:
    text = normalize("کتابها")
    assert str(text) == f"کتاب{ZWNJ}ها"
    assert text.to_source(0, 4) == (0, 4)
    assert text.to_source(5, 7) == (4, 6)
    assert (text.starts[4], text.ends[4]) == (4, 4)


def test_a_half_space_that_replaces_a_space_points_to_it() -> None:
    assert normalize("کتاب ها").to_source(4, 5) == (4, 5)


@patient
@given(TEXTS)
def test_only_spaces_and_half_spaces_change(raw: str) -> None:
    text = normalize(raw)
    assert _letters(str(text)) == _letters(str(keep(raw)))
    assert str(text).count("\n") == str(keep(raw)).count("\n")
    assert (text.starts <= text.ends).all()
    assert (np.diff(text.starts) >= 0).all() and (np.diff(text.ends) >= 0).all()
    assert len(text.starts) == len(text.ends) == len(text)
    if len(text):
        assert text.starts[0] >= 0 and text.ends[-1] <= len(raw)


@pytest.mark.parametrize("mode", ["keep", "always", "never"])
@settings(patient, max_examples=150)
@given(raw=TEXTS)
@example(raw=f"می{ZWNJ}می کشورهایدیگر ")
@example(raw=f"کشورهایدیگر{ZWNJ}می ")
def test_restored_text_stays_as_it_is(mode: str, raw: str) -> None:
    once = str(MODES[mode](raw))
    assert str(MODES[mode](once)) == once


@patient
@given(PERSIAN)
@example(f"می{ZWNJ}شود، ۱۲ {ZWNJ}کتاب")
@example("او گفت... رفت")
def test_plain_lines_come_out_as_the_slow_way_has_them(raw: str) -> None:
    # A letter to mend sends all of the line the slow way.
    assert str(keep(f"{raw} ك")) == str(keep(f"{raw} ک"))


@patient
@given(TEXTS)
def test_every_letter_keeps_its_place(raw: str) -> None:
    clean, text = keep(raw), normalize(raw)
    places = [(c, *span) for c, *span in zip(str(clean), clean.starts, clean.ends, strict=True) if c not in f" {ZWNJ}"]
    assert places == [
        (c, *span) for c, *span in zip(str(text), text.starts, text.ends, strict=True) if c not in f" {ZWNJ}"
    ]


MODES = {
    "keep": Normalizer(),
    "always": Normalizer(after_nonjoiner="always"),
    "never": Normalizer(after_nonjoiner="never"),
}


@pytest.mark.parametrize(
    ("mode", "raw", "expected"),
    [
        ("keep", "بندرها کتابها", "بندرها کتاب_ها"),
        ("always", "بندرها کتابها", "بندر_ها کتاب_ها"),
        ("never", "بندر_ها کتاب_ها", "بندرها کتاب_ها"),
        ("never", "بندر ها کتاب ها", "بندرها کتاب_ها"),
        ("always", "بندر ها", "بندر_ها"),
        ("always", "بهتر و فردا", "بهتر و فردا"),
    ],
)
def test_half_spaces_after_letters_that_do_not_join(mode: str, raw: str, expected: str) -> None:
    assert str(MODES[mode](raw.replace("_", ZWNJ))) == expected.replace("_", ZWNJ)


def test_unknown_mode() -> None:
    with pytest.raises(UsageError, match="keep, always or never, got 'sometimes'"):
        Normalizer(after_nonjoiner="sometimes")  # type: ignore[arg-type]


def test_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no usable manifest"):
        Normalizer(model=tmp_path)("کتابها")
    write_manifest(tmp_path)
    with pytest.raises(ModelError, match=r"halfspace\.npz"):
        Normalizer(model=tmp_path)("کتابها")


def test_damaged_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "halfspace.npz").write_bytes(b"PK\x03\x04 nothing")
    write_manifest(tmp_path)
    with pytest.raises(ModelError, match="not a half-space model"):
        Normalizer(model=tmp_path)("کتابها")


def test_work_grows_with_length() -> None:
    text = " ".join(_invented(1600))
    assert _calls(lambda: Normalizer()(text)) < 1.5 * 8 * _calls(lambda: Normalizer()(text[: len(text) // 8]))


def test_one_word_without_end_takes_no_more_work() -> None:
    words = _invented(400)
    assert _calls(lambda: Normalizer()("".join(words))) < 1.5 * _calls(lambda: Normalizer()(" ".join(words)))


def test_alignment_is_not_worked_out_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    text = normalize("کتابها را می خوانند")
    calls = _calls(lambda: text.starts)
    assert _calls(lambda: text.ends) < calls / 2


EXCEPTIONS = "# not these\n\nکتابها\nمی روند\nدانش\u200cآموزان\n"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("كتابها", "کتابها"),
        ("کتاب ها", "کتاب_ها"),
        ("گروهها کتابها", "گروه_ها کتابها"),
        ("می روند", "می روند"),
        ("می روند و می آیند", "می روند و می_آیند"),
        ("میروند", "می_روند"),
        ("دانش آموزان", "دانش آموزان"),
        ("دانشآموزان", "دانشآموزان"),
    ],
)
def test_exceptions_turn_single_corrections_off(tmp_path: Path, raw: str, expected: str) -> None:
    path = tmp_path / "exceptions.txt"
    path.write_text(EXCEPTIONS, encoding="utf-8")
    spell = Normalizer(exceptions=path)
    assert str(spell(raw)) == expected.replace("_", ZWNJ)
    assert str(spell(str(spell(raw)))) == expected.replace("_", ZWNJ)
    (tmp_path / "raw.txt").write_text(raw, encoding="utf-8")
    done = CliRunner().invoke(main, ["normalize", str(tmp_path / "raw.txt"), "--exceptions", str(path)])
    assert done.output == expected.replace("_", ZWNJ)


@pytest.mark.parametrize(
    ("content", "where"),
    [("کتابها\nاو می روند\n".encode(), ":2: expected one form"), (b"\xff\xfe", "cannot read"), ("؟".encode(), ":1:")],
)
def test_exceptions_that_are_none_are_named(tmp_path: Path, content: bytes, where: str) -> None:
    path = tmp_path / "exceptions.txt"
    path.write_bytes(content)
    with pytest.raises(UsageError) as error:
        Normalizer(exceptions=path)
    assert where in str(error.value) and str(path) in str(error.value)


def test_missing_exceptions_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the exceptions"):
        Normalizer(exceptions=tmp_path / "none.txt")


def test_the_configuration_says_how_to_normalize(tmp_path: Path) -> None:
    path = tmp_path / "pipeline.yaml"
    path.write_text("normalize: {after_nonjoiner: always, exceptions: mine.txt}\n", encoding="utf-8")
    normalize = read_pipeline_config(path).normalize
    assert normalize.after_nonjoiner == "always"
    assert normalize.exceptions == str(tmp_path / "mine.txt")


def _invented(count: int) -> list[str]:
    """Return words that no memory of words can hold, so that each must be worked out."""
    letters = "ابتجدرسشعفقکگلمنوهی"
    rows = itertools.product(letters, repeat=5)
    return ["".join(row) for row in itertools.islice(rows, 0, count * 97, 97)]


def _calls(call: Callable[[], object]) -> int:
    """Return how many functions a call calls: a measure of work that no busy machine changes."""
    count = 0

    def tick(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(tick)
    try:
        call()
    finally:
        sys.setprofile(None)
    return count
