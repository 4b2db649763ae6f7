"""Windows cover every piece, reach as far as relations do, and pad without loss."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from khabar.encode.batches import pad
from khabar.encode.encoder import Encoder
from khabar.encode.subwords import Subwords, surface_form
from khabar.encode.windows import cut_pieces, windows

SIZES = st.lists(st.integers(1, 30), max_size=60)


@given(SIZES, st.integers(0, 4))
def test_each_piece_is_in_a_window_and_windows_fit(sizes: list[int], reach: int) -> None:
    found = windows(sizes, 40, reach)
    assert {i for w in found for i in range(*w)} == set(range(len(sizes)))
    assert all(sum(sizes[w.first : w.last]) <= 40 for w in found)
    assert all(a.first < b.first and a.last < b.last for a, b in itertools.pairwise(found)), "each has something new"


@given(st.lists(st.integers(1, 10), max_size=60))
def test_pieces_within_reach_share_a_window(sizes: list[int]) -> None:
    found = windows(sizes, 40, 3)
    for i in range(len(sizes)):
        for j in range(i, min(i + 4, len(sizes))):
            assert any(w.first <= i and j < w.last for w in found)


def test_a_piece_longer_than_the_window_is_an_error() -> None:
    with pytest.raises(ValueError, match="at most 5"):
        windows([3, 6], 5, 3)


@given(st.lists(st.integers(1, 50), max_size=80))
def test_cut_pieces_keep_every_word_within_the_limit(sizes: list[int]) -> None:
    spans = cut_pieces(sizes, 20)
    assert [i for a, b in spans for i in range(a, b)] == list(range(len(sizes)))
    assert all(sum(min(s, 20) for s in sizes[a:b]) <= 20 for a, b in spans)


def test_surface_form_reads_digits_and_half_spaces_as_the_encoder_knows_them() -> None:
    assert surface_form("۱۲٣") == " 123"
    assert surface_form("می‌رود") == " می رود"
    assert surface_form("،") == "،"


def subwords() -> Subwords:
    pieces = [("<unk>", 0.0), *((c, -2.0) for c in "▁ابپتثجچحخدذرزسشصطعغفقکگلمنوهی123،."), ("▁ایران", -1.0)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
    return Subwords(tokenizer, unknown=0)


def test_every_token_has_subwords_of_its_own() -> None:
    cut = subwords()
    ids = cut(["ایران", "،", "☃", "ایران"])
    assert ids[0] == ids[3]
    assert len(ids[0]) == 1
    assert all(ids)


def test_pad_points_words_at_their_first_subword() -> None:
    batch = pad([[(5, 6), (7,)], [(8,)]], start=1, end=2, padding=0, conventions=[0, 3])
    assert batch.ids.tolist() == [[1, 5, 6, 7, 2], [1, 8, 2, 0, 0]]
    assert batch.words.tolist() == [[1, 3], [1, 0]]
    assert batch.word_mask.tolist() == [[1, 1], [1, 0]]
    assert np.array_equal(batch.convention, batch.mask * [[0], [3]])


def test_a_sentence_longer_than_a_window_loses_no_word() -> None:
    encode = Encoder(subwords(), limit=20, reach=3)
    sentences = [["ایران"] * 50, ["دوم"], []]
    found = encode(sentences)
    seen = {(p.sentence, p.first + i) for w in found for p in w.pieces for i in range(len(p.words))}
    assert seen == {*((0, i) for i in range(50)), (1, 0)}
