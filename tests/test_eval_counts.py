"""Counts, the bootstrap over them, and agreement with seqeval."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from khabar.formats.conll import iob2, spans
from khabar_eval.bootstrap import compare, interval
from khabar_eval.counts import Counts, count_by
from khabar_eval.names import score
from khabar_eval.report import Layer


def test_counts_add_up_and_give_metrics() -> None:
    joined = Counts(tp=2, fp=1, fn=0) + Counts(tp=1, fp=2, fn=3)
    assert joined == Counts(3, 3, 3)
    assert (joined.precision, joined.recall, joined.f1) == (0.5, 0.5, 0.5)


def test_nothing_to_count_gives_zero_and_no_error() -> None:
    assert Counts().f1 == 0.0
    assert Counts(fn=4).f1 == 0.0


def test_what_stands_twice_counts_twice() -> None:
    assert Counts.of(["a", "a", "b"], ["a", "c"]) == Counts(tp=1, fp=1, fn=2)


def test_types_are_counted_apart() -> None:
    counted = count_by(lambda key: key[0], [("PER", 1), ("LOC", 2)], [("PER", 1), ("PER", 2)])
    assert counted == {"PER": Counts(1, 1, 0), "LOC": Counts(0, 0, 1)}


_TAGS = st.sampled_from(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"])
_PAIR = st.integers(1, 12).flatmap(
    lambda n: st.tuples(st.lists(_TAGS, min_size=n, max_size=n), st.lists(_TAGS, min_size=n, max_size=n))
)


@given(st.lists(_PAIR, min_size=1, max_size=6))
def test_our_micro_and_types_are_those_of_seqeval(pairs: list[tuple[list[str], list[str]]]) -> None:
    layer = Layer("names", [score(gold, predicted) for gold, predicted in pairs])
    gold, predicted = [g for g, _ in pairs], [p for _, p in pairs]
    if not layer.types:
        return
    theirs = classification_report(gold, predicted, mode="strict", scheme=IOB2, output_dict=True, zero_division=0)
    for name, ours in [("micro avg", layer.overall), *layer.types.items()]:
        row = theirs[name]
        assert math.isclose(ours.precision, row["precision"])
        assert math.isclose(ours.recall, row["recall"])
        assert math.isclose(ours.f1, row["f1-score"])
        assert ours.tp + ours.fn == row["support"]


@given(_PAIR)
def test_on_sound_tags_our_spans_are_those_of_seqeval(pair: tuple[list[str], list[str]]) -> None:
    gold, predicted = (spans(tags) for tags in pair)
    sound = (iob2(side, len(pair[0])) for side in (gold, predicted))
    assert score(*sound) == count_by(lambda span: span[2], gold, predicted)


def test_an_interval_holds_its_score_and_narrows_with_more_items() -> None:
    few = [Counts(1, 0, 1), Counts(1, 1, 0), Counts(2, 0, 0), Counts(0, 1, 1)] * 5
    low, high = interval(few)
    assert low < sum(few, Counts()).f1 < high
    narrow = interval(few * 20)
    assert narrow[1] - narrow[0] < high - low
    assert interval(few) == (low, high), "the same items must give the same interval"


def test_equal_systems_differ_by_nothing() -> None:
    items = [Counts(1, 1, 0), Counts(0, 0, 2), Counts(3, 0, 0)]
    same = compare(items, items, samples=500)
    assert (same.difference, same.low, same.high, same.p) == (0.0, 0.0, 0.0, 1.0)


def test_a_clear_difference_is_significant_and_keeps_its_sign() -> None:
    worse, better = [Counts(1, 1, 1), Counts(0, 0, 1)] * 50, [Counts(2, 0, 0), Counts(1, 0, 0)] * 50
    result = compare(worse, better, samples=500)
    assert result.difference == pytest.approx(0.6)  # F1 of A: 2·50 of 2·50 + 50 + 100
    assert result.low > 0
    assert result.p < 0.01
    assert compare(better, worse, samples=500).difference == -result.difference


def test_pairing_notices_what_unpaired_samples_cannot() -> None:
    a = [Counts(5, 0, 0), Counts(0, 5, 5)] * 20
    b = [Counts(5, 0, 0), Counts(1, 4, 4)] * 20
    assert compare(a, b, samples=1000).p < 0.01 < compare(a, b, samples=1000, paired=False).p


def test_paired_sides_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="same number of items"):
        compare([Counts()], [Counts(), Counts()])
