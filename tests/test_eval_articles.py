"""Gold articles: each layer's counts on documents made by hand."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from khabar.document import Article, Document, Mention, Record, Relation
from khabar.errors import DataError
from khabar_eval.articles import evaluate_articles, evaluate_found, lines
from khabar_eval.assembly import evaluate_assembly
from khabar_eval.clusters import b_cubed
from khabar_eval.counts import Counts
from khabar_eval.gold import read_articles
from khabar_eval.records import align, count_slots
from khabar_eval.values import count_value, equal

TEXT = "علی در نشست تهران ۵ نفر دید. او رفت."
GOLD = Document(
    id="a1",
    text=TEXT,
    mentions=(
        Mention("m1", "PER", 0, 3),
        Mention("m2", "MEETING", 7, 11),
        Mention("m3", "LOC", 12, 17),
        Mention("m4", "STAT", 18, 23, value={"number": 5, "modifier": "exact", "unit": "نفر"}),
        Mention("m5", "PER", 29, 31),
    ),
    relations=(Relation("m1", "participates_in", "m2"), Relation("m2", "held_at", "m3")),
    clusters=(("m1", "m5"),),
    records=(
        Record("actor", "r1", "علی", ("m1", "m5")),
        Record("meeting", "r2", "نشست", ("m2",), {"participants": ["r1"], "places": ["m3"]}),
    ),
)


class Echo:
    """A pipeline that returns a document prepared for each article."""

    def __init__(self, *documents: Document) -> None:
        """Take the documents."""
        self.by_id = {d.id: d for d in documents}

    def stream(self, articles: Iterable[Article]) -> Iterator[Document]:
        """Yield the prepared documents."""
        for article in articles:
            assert article.text == self.by_id[str(article.id)].text
            yield self.by_id[str(article.id)]


def _scores(predicted: Document) -> dict[str, Counts]:
    report, _ = evaluate_articles(Echo(predicted), [GOLD])
    return {layer.name: layer.overall for layer in report.layers}


def test_gold_against_itself_is_perfect_in_every_layer() -> None:
    scores = _scores(GOLD)
    assert set(scores) == {"names", "facts", "relations", "values", "clusters (B-cubed)", "record slots"}
    assert all(c.f1 == 1.0 for c in scores.values())


def test_names_facts_and_relations_count_exact_spans_and_types() -> None:
    first, second, third, fourth, fifth = GOLD.mentions
    predicted = replace(
        GOLD,
        mentions=(first, replace(second, type="EVENT"), replace(third, end=18), fourth, fifth),
        relations=(Relation("m1", "participates_in", "m2"), Relation("m2", "held_at", "m3")),
    )
    scores = _scores(predicted)
    assert scores["names"] == Counts(2, 1, 1)
    assert scores["facts"] == Counts(1, 1, 1)
    assert scores["relations"] == Counts(0, 2, 2), "a relation is right only with both mentions and their types"


def test_other_ids_and_order_change_nothing() -> None:
    names = {"m1": "x9", "m2": "x1", "m3": "x2", "m4": "x3", "m5": "x4"}
    predicted = replace(
        GOLD,
        mentions=tuple(replace(m, id=names[m.id]) for m in reversed(GOLD.mentions)),
        relations=tuple(Relation(names[r.head], r.type, names[r.tail]) for r in GOLD.relations),
        clusters=tuple(tuple(names[m] for m in c) for c in GOLD.clusters),
        records=(
            Record("meeting", "q7", "نشست", ("x1",), {"participants": ["q8"], "places": ["x2"]}),
            Record("actor", "q8", "علی", ("x9", "x4")),
        ),
    )
    assert all(c.f1 == 1.0 for c in _scores(predicted).values())


def test_values_count_on_mentions_that_both_sides_have() -> None:
    stat = GOLD.mentions[3]
    wrong = replace(stat, value={"number": 50, "modifier": "exact", "unit": "نفر"})
    assert _scores(replace(GOLD, mentions=(*GOLD.mentions[:3], wrong, GOLD.mentions[4])))["values"] == Counts(0, 1, 1)
    moved = replace(wrong, end=24)
    assert _scores(replace(GOLD, mentions=(*GOLD.mentions[:3], moved, GOLD.mentions[4])))["values"] == Counts()


@pytest.mark.parametrize(
    ("type", "a", "b", "same"),
    [
        ("STAT", {"number": 5, "unit": "نفر"}, {"number": 5.0, "modifier": "exact", "unit": "نفر"}, True),
        ("STAT", {"number": 5, "unit": "نفر"}, {"number": 5, "modifier": "approx", "unit": "نفر"}, False),
        ("STAT", {"low": 12, "high": 26, "unit": "کیلو"}, {"low": 12, "high": 25, "unit": "کیلو"}, False),
        ("STAT", {"low": 12, "high": 26, "unit": "کیلو"}, {"number": 12, "unit": "کیلو"}, False),
        ("MON", {"number": 10, "unit": "IRR", "as_written": "IRT"}, {"number": 10, "unit": "IRR"}, True),
        ("MON", {"number": 10, "unit": "IRR"}, {"number": 10, "unit": "USD"}, False),
        ("DAT", {"edtf": "2017-07-10"}, {"edtf": "2017-07-10", "as_written": {"calendar": "jalali"}}, True),
        ("DAT", {"edtf": "2017-07-10"}, {"edtf": "2017-07-11"}, False),
        ("DAT", {"edtf": "2017-07-10"}, {"edtf": "2017-07-10", "conflict": True}, False),
        ("TIM", {"time": "18:30"}, {"time": "06:30"}, False),
    ],
)
def test_values_are_equal_where_they_state_the_same(type: str, a: dict, b: dict, same: bool) -> None:
    assert equal(type, a, b) is same
    assert equal(type, b, a) is same


def test_a_missing_value_is_missed_and_a_made_up_one_false() -> None:
    assert count_value("TIM", {"time": "18:30"}, None) == Counts(fn=1)
    assert count_value("TIM", None, {"time": "18:30"}) == Counts(fp=1)
    assert count_value("TIM", None, None) == Counts()


def test_b_cubed_of_bagga_and_baldwin_s_example() -> None:
    """Their truth {1..5} {6,7} {8..C}, response {1..5} {6..C}: precision 76 %, recall 100 % (1998, section 5)."""
    truth = [frozenset("12345"), frozenset("67"), frozenset("89ABC")]
    response = [frozenset("12345"), frozenset("6789ABC")]
    counts = b_cubed(truth, response, dict.fromkeys("123456789ABC", "PER"))["PER"]
    assert counts.precision == pytest.approx((5 + 2 * 2 / 7 + 5 * 5 / 7) / 12)
    assert round(100 * counts.precision) == 76
    assert counts.recall == pytest.approx(1.0)


def test_b_cubed_credits_nothing_for_mentions_of_one_side() -> None:
    counts = b_cubed([frozenset("ab")], [frozenset("ac")], dict.fromkeys("abc", "LOC"))["LOC"]
    assert (counts.precision, counts.recall) == (0.25, 0.25)


def test_mentions_in_no_cluster_stand_alone() -> None:
    apart = _scores(replace(GOLD, clusters=()))["clusters (B-cubed)"]
    assert apart.precision == 1.0
    assert apart.recall == pytest.approx((1 + 1 + 0.5 + 0.5) / 4)


def test_slots_are_scored_after_records_are_paired() -> None:
    predicted = replace(
        GOLD,
        records=(
            Record("actor", "q1", "علی", ("m1",)),
            Record("actor", "q2", "او", ("m5",)),
            Record("meeting", "q3", "نشست", ("m2",), {"participants": ["q1", "q2"], "places": []}),
        ),
    )
    assert align(GOLD, predicted) == {"q1": "r1", "q3": "r2"}
    assert count_slots(GOLD, predicted) == {
        "meeting.participants": Counts(tp=1, fp=1, fn=0),
        "meeting.places": Counts(0, 0, 1),
    }


def test_a_figure_counts_in_the_slot_of_what_it_is_about_and_not_once_more() -> None:
    figure = Record("statistic", "r3", "۵ نفر", ("m4",), {"about": ["r2"], "reported_by": ["r1"]})
    meeting = replace(GOLD.records[1], slots={"participants": ["r3"]})
    whole = replace(GOLD, records=(GOLD.records[0], meeting, figure))
    assert count_slots(whole, whole) == {"meeting.participants": Counts(1), "statistic.reported_by": Counts(1)}


def test_a_record_without_a_partner_is_all_missed_and_all_false() -> None:
    other = Record("event", "q1", "نشست", ("m2",), {"places": ["m3"]})
    counts = count_slots(GOLD, replace(GOLD, records=(other,)))
    assert counts["event.places"] == Counts(fp=1)
    assert counts["meeting.places"] == Counts(fn=1)


def test_dates_in_slots_compare_by_what_they_state() -> None:
    """Gold cites the first of two mentions of one day; any mention of that day is right, another day is not."""

    def with_dates(*ids: str) -> Document:
        days = ("2017-07-10", "2017-07-10", "2017-07-11")
        dates = tuple(Mention(f"d{n}", "DAT", n, n + 1, value={"edtf": day}) for n, day in enumerate(days))
        meeting = Record("meeting", "r", "نشست", ("m2",), {"dates": list(ids), "when": ["2017-07-10"]})
        return replace(GOLD, mentions=(*GOLD.mentions, *dates), records=(meeting,))

    gold = with_dates("d0")
    assert count_slots(gold, with_dates("d1")) == {"meeting.dates": Counts(tp=1)}
    assert count_slots(gold, with_dates("d0", "d1")) == {"meeting.dates": Counts(tp=1)}
    assert count_slots(gold, with_dates("d2")) == {"meeting.dates": Counts(fp=1, fn=1)}


def test_a_filler_is_the_same_by_its_record_and_by_its_mention() -> None:
    meeting = Record("meeting", "r2", "نشست", ("m2",), {"participants": ["m5"], "places": ["m3"]})
    assert count_slots(GOLD, replace(GOLD, records=(GOLD.records[0], meeting))) == {
        "meeting.participants": Counts(tp=1),
        "meeting.places": Counts(tp=1),
    }


def test_the_last_stage_is_scored_on_gold_mentions_with_and_without_gold_relations() -> None:
    """Khabar does not join «او»: of four mentions in clusters, two are right and two are half found.

    The meeting's place and participant are known from relations alone.
    """
    place = Record("actor", "r3", "تهران", ("m3",))
    meeting = replace(GOLD.records[1], slots={"participants": ["r1"], "places": ["r3"]})
    gold = replace(GOLD, records=(GOLD.records[0], meeting, place))
    report, found = evaluate_assembly([gold], "relations")
    clusters, slots = report.layers
    assert (clusters.overall.precision, clusters.overall.recall) == (1.0, 0.75)
    assert slots.types == {"meeting.participants": Counts(1), "meeting.places": Counts(1)}
    assert found[0].relations == gold.relations
    assert report.notes["given"] == "gold relations"
    without, found = evaluate_assembly([gold], "mentions")
    assert without.layers[1].overall == Counts(fn=2)
    assert found[0].relations == ()


def test_articles_without_gold_records_leave_slots_unscored() -> None:
    bare = replace(GOLD, records=())
    report, _ = evaluate_articles(Echo(GOLD), [bare])
    assert "record slots" not in [layer.name for layer in report.layers]


def test_predictions_are_documents_again(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("".join(lines([GOLD])), encoding="utf-8")
    assert read_articles([path]) == [GOLD]


def test_documents_that_are_there_score_as_a_model_s_would() -> None:
    stranger = replace(GOLD, id="a2")
    half = replace(GOLD, relations=GOLD.relations[:1], records=())
    report, found = evaluate_found([GOLD], [stranger, half], name="second reader")
    assert found == [half]
    assert report.model == "second reader"
    scores = {layer.name: layer.overall for layer in report.layers}
    assert scores["relations"] == Counts(1, 0, 1)
    assert "record slots" not in scores, "who writes no records is not told that they are missed"
    assert evaluate_found([GOLD], [GOLD], name="")[0].layers[-1].name == "record slots"


def test_missing_documents_and_other_texts_are_named() -> None:
    second = replace(GOLD, id="a2")
    with pytest.raises(DataError, match="not found: a2"):
        evaluate_found([GOLD, second], [GOLD], name="")
    with pytest.raises(DataError, match="another text than gold: a2"):
        evaluate_found([GOLD, second], [GOLD, replace(second, text=TEXT + " ")], name="")


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    for id in ("b", "a"):
        (tmp_path / f"{id}.json").write_text(json.dumps({"id": id, "text": "متن"}), encoding="utf-8")
    assert [d.id for d in read_articles([tmp_path])] == ["a", "b"]


@pytest.mark.parametrize(("known", "unknown", "line"), [("LOC", "CITY", 3), ("held_at", "lies_in", 5)])
def test_an_unknown_type_is_told_with_its_line(tmp_path: Path, known: str, unknown: str, line: int) -> None:
    path = tmp_path / "gold.json"
    content = """{"id": "a", "text": "نشست تهران", "mentions": [
        {"id": "m1", "type": "MEETING", "start": 0, "end": 4},
        {"id": "m2", "type": "LOC", "start": 5, "end": 10}],
        "relations": [
        {"head": "m1", "type": "held_at", "tail": "m2"}]}"""
    path.write_text(content.replace(known, unknown), encoding="utf-8")
    with pytest.raises(DataError, match=f"unknown type {unknown}, expected one of ") as caught:
        read_articles([path])
    assert (caught.value.path, caught.value.line) == (str(path), line)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ('{"id": "a", "text": "متن"}\n{"id": "a",', 2, "not JSON"),
        ('{"id": "a", "text": "متن"}\n{"id": "a", "text": "متن"}', 2, "stands twice"),
        ('{"id": "a"}', 1, "not a document"),
        (
            '{"id": "a", "text": "م", "mentions": [{"id": "m", "type": "CITY", "start": 0, "end": 1}]}',
            1,
            "CITY, expected",
        ),
        ('{"id": "a", "text": "م", "mentions": [{"id": "m", "type": "LOC", "start": 0, "end": 9}]}', 1, "spans 0 to 9"),
    ],
)
def test_faults_of_gold_articles_are_told_with_file_and_line(
    tmp_path: Path, content: str, line: int, message: str
) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message) as caught:
        read_articles([path])
    assert (caught.value.path, caught.value.line) == (str(path), line)
