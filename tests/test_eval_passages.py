"""Annotated passages: reading, faults, the dev part, scoring facts and relations."""

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import khabar
from khabar.errors import DataError, ModelError
from khabar.pipeline import TokenRelation, TokenSpan
from khabar_eval.counts import Counts
from khabar_eval.passages import evaluate_found, evaluate_passages, lines, readings, select
from khabar_eval.passages_data import Passage, read_passages
from khabar_eval.splits import adjacent_runs, dev_ids, folds

PASSAGE = {
    "id": "made-0001",
    "first_sentence": 5,
    "tokens": [["علی", "در", "نشست", "تهران", "بود", "."], ["او", "به", "نشست", "نشست", "5 نفر", "رفت", "."]],
    "entities": [
        {"id": "e1", "type": "ORG", "sent": 0, "start": 0, "end": 1, "text": "علی"},
        {"id": "e2", "type": "LOC", "sent": 0, "start": 3, "end": 4, "text": "تهران"},
        {"id": "e3", "type": "PER", "sent": 1, "start": 0, "end": 1, "text": "او"},
    ],
}
ANNOTATION = {
    "id": "made-0001",
    "fix": {"e1": "PER", "e3": None},
    "mentions": [
        {"id": "m1", "type": "MEETING", "sent": 0, "text": "نشست"},
        {"id": "m2", "type": "PER", "sent": 1, "text": "او"},
        {"id": "m3", "type": "MEETING", "sent": 1, "text": "نشست", "nth": 2},
        {"id": "m4", "type": "STAT", "sent": 1, "text": "5 نفر"},
    ],
    "relations": [["e1", "participates_in", "m1"], ["m1", "held_at", "e2"], ["m3", "same_as", "m1"]],
}


def _write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def _read(folder: Path, passage: object = PASSAGE, annotation: object = ANNOTATION) -> list[Passage]:
    return read_passages(_write(folder / "passages.jsonl", passage), _write(folder / "annotations.jsonl", annotation))


def test_corrections_are_applied_and_runs_located(tmp_path: Path) -> None:
    (passage,) = _read(tmp_path)
    assert [tuple(m) for m in passage.mentions] == [
        ("e1", "PER", 0, 0, 1, True),
        ("e2", "LOC", 0, 3, 4, True),
        ("m1", "MEETING", 0, 2, 3, False),
        ("m2", "PER", 1, 0, 1, True),
        ("m3", "MEETING", 1, 3, 4, False),
        ("m4", "STAT", 1, 4, 5, False),
    ]
    assert [m.id for m in passage.names] == ["e1", "e2", "m2"]
    assert passage.entities[0].type == "ORG", "the corpus's own names stay as they are"
    fifth = passage.mentions[5]
    start, end = passage.offsets(fifth)
    assert passage.text(1)[start:end] == passage.surface(fifth) == "5 نفر"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fix": {"e9": None}}, "fix of e9"),
        ({"fix": {"e1": "CITY"}}, "unknown type CITY"),
        ({"mentions": [{"id": "e1", "type": "STAT", "sent": 0, "text": "در"}]}, "the id is used twice"),
        ({"mentions": [{"id": "m1", "type": "CITY", "sent": 0, "text": "در"}]}, "unknown type CITY"),
        ({"mentions": [{"id": "m1", "type": "STAT", "sent": 2, "text": "در"}]}, "a sentence from 0 to 1, found 2"),
        ({"mentions": [{"id": "m1", "type": "STAT", "sent": 0, "text": "نشس"}]}, "no run of tokens «نشس»"),
        ({"mentions": [{"id": "m1", "type": "EVENT", "sent": 0, "text": "نشست", "nth": 2}]}, "nth 2"),
        ({"mentions": [{"id": "m1", "type": "LOC", "sent": 0, "text": "نشست تهران"}]}, "overlaps e2 of the same type"),
        ({"relations": [["e1", "visits", "m1"]]}, "unknown relation visits"),
        ({"relations": [["e1", "agent_of", "m9"]]}, "names a mention that is not there"),
        ({"relations": [["e3", "affiliated_with", "e2"]]}, "names a mention that is not there"),
        ({"relations": [["e2", "held_at", "m1"]]}, "(e2, held_at, m1): LOC -> MEETING is not a signature"),
        ({"relations": [["m1", "same_as", "m3"]]}, "the head must be the later mention"),
        ({"relations": [["m1", "held_at", "e2"], ["m1", "held_at", "e2"]]}, "stands twice"),
        ({"mentions": [{"id": "m1"}]}, "not an annotation"),
    ],
)
def test_faults_of_an_annotation_are_told(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as caught:
        _read(tmp_path, annotation={**ANNOTATION, **change})
    assert message in str(caught.value)
    assert (caught.value.path, caught.value.line) == (str(tmp_path / "annotations.jsonl"), 1)


def test_relations_reach_three_sentences(tmp_path: Path) -> None:
    tokens = [["شهر"], ["-"], ["-"], ["نشست"], ["نشست"]]
    entity = {"id": "e1", "type": "LOC", "sent": 0, "start": 0, "end": 1}
    passage = {"id": "p", "tokens": tokens, "entities": [entity]}
    for sent, sound in ((3, True), (4, False)):
        meeting = {"id": "m1", "type": "MEETING", "sent": sent, "text": "نشست"}
        annotation = {"id": "p", "mentions": [meeting], "relations": [["m1", "held_at", "e1"]]}
        if sound:
            assert _read(tmp_path, passage, annotation)[0].relations
        else:
            with pytest.raises(DataError, match="more than 3 sentences"):
                _read(tmp_path, passage, annotation)


def test_faults_of_the_files_are_told_with_their_line(tmp_path: Path) -> None:
    annotations = _write(tmp_path / "a.jsonl", ANNOTATION, ANNOTATION)
    passages = _write(tmp_path / "p.jsonl", PASSAGE)
    with pytest.raises(DataError, match="stands twice") as caught:
        read_passages(passages, annotations)
    assert caught.value.line == 2
    with pytest.raises(DataError, match="is no passage"):
        read_passages(passages, _write(tmp_path / "b.jsonl", {**ANNOTATION, "id": "x"}))
    with pytest.raises(DataError, match="lies outside"):
        _read(tmp_path, passage={**PASSAGE, "tokens": [["علی"], ["او"]]})
    with pytest.raises(DataError, match="cannot be read"):
        read_passages(tmp_path / "none.jsonl", annotations)


_IDS = st.sets(st.integers(0, 300), min_size=1).map(lambda found: [f"made-{n:04d}" for n in found])


@given(_IDS, st.integers(1, 7), st.randoms())
def test_folds_part_the_ids_and_cut_no_run(ids: list[str], k: int, random: Any) -> None:
    parts = folds(ids, k)
    assert sorted(id for part in parts for id in part) == sorted(ids)
    for run in adjacent_runs(ids):
        assert sum(bool(part & set(run)) for part in parts) == 1
    longest = max(map(len, adjacent_runs(ids)))
    assert max(map(len, parts)) - min(map(len, parts)) <= longest
    random.shuffle(ids)
    assert folds(ids, k) == parts


def test_dev_is_about_as_large_as_asked_and_spread() -> None:
    ids = [f"made-{n:04d}" for n in range(1000) if n % 3]
    chosen = dev_ids(ids, 60)
    assert 55 <= len(chosen) <= 65
    numbers = sorted(int(id[-4:]) for id in chosen)
    assert numbers[0] < 100
    assert numbers[-1] > 900
    assert max(b - a for a, b in itertools.pairwise(numbers)) < 100
    assert dev_ids(list(reversed(ids)), 60) == chosen


def test_ids_of_different_corpora_are_not_adjacent() -> None:
    assert adjacent_runs(["b-2", "a-1", "a-2", "b-3", "x"]) == [["a-1", "a-2"], ["b-2", "b-3"], ["x"]]


def test_only_the_listed_passages_are_chosen(tmp_path: Path) -> None:
    passages = _read(tmp_path)
    listed = tmp_path / "ids.txt"
    listed.write_text("made-0001\n", encoding="utf-8")
    assert select(passages, str(listed)) == passages
    listed.write_text("made-0002\n", encoding="utf-8")
    with pytest.raises(DataError, match="made-0002 is no annotated passage"):
        select(passages, str(listed))
    listed.write_text("\n", encoding="utf-8")
    with pytest.raises(DataError, match="holds no ids"):
        select(passages, str(listed))


class Fake:
    """A pipeline that answers with prepared facts and relations, and keeps what it was given."""

    def __init__(self, facts: Sequence[tuple[str, int, int, int]], relations: Sequence[tuple[int, str, int]]) -> None:
        """Take facts as (type, sentence, start, end), and relations between indices of names and facts together."""
        self.facts, self.relations = facts, relations

    def annotate_tokens(self, sentences: Any, names: Any, facts: Any = None) -> Any:
        """Return the prepared answer, given facts first."""
        self.names, self.given = names, facts
        found = [TokenSpan(*f) for f in self.facts] if facts is None else list(facts)
        return found, [TokenRelation(*r, 0.5) for r in self.relations]


def test_facts_and_relations_are_counted(tmp_path: Path) -> None:
    passages = _read(tmp_path)
    # names: 0 علی, 1 تهران, 2 او
    fake = Fake(
        [("MEETING", 0, 2, 3), ("MEETING", 1, 2, 4), ("EVENT", 1, 5, 6)],
        [(0, "participates_in", 3), (3, "held_at", 1), (4, "same_as", 3), (2, "agent_of", 5)],
    )
    report, found = evaluate_passages(fake, passages)
    assert [(n.type, n.sent, n.start, n.end) for n in fake.names] == [
        ("PER", 0, 0, 1),
        ("LOC", 0, 3, 4),
        ("PER", 1, 0, 1),
    ]
    assert fake.given is None
    facts, relations = report.layers
    assert facts.types == {"MEETING": Counts(1, 1, 1), "STAT": Counts(0, 0, 1), "EVENT": Counts(0, 1, 0)}
    assert relations.types == {
        "held_at": Counts(1, 0, 0),
        "participates_in": Counts(1, 0, 0),
        "same_as": Counts(0, 1, 1),
        "agent_of": Counts(0, 1, 0),
    }
    written = tmp_path / "out.jsonl"
    written.write_text("".join(lines(found)), encoding="utf-8")
    (again,) = read_passages(tmp_path / "passages.jsonl", written)
    assert again.names == passages[0].names
    assert [m.type for m in again.facts] == ["MEETING", "MEETING", "EVENT"]
    assert len(again.relations) == 4


def test_the_lowest_score_holds_for_passages_too() -> None:
    tokens = [["علی", "حسینی", "در", "نشست", "تهران", "سخن", "گفت", "و", "مریم", "صادقی", "به", "نشست", "رفت", "."]]
    names = [TokenSpan("PER", 0, 0, 2), TokenSpan("LOC", 0, 4, 5), TokenSpan("PER", 0, 8, 10)]
    facts = [TokenSpan("MEETING", 0, 3, 4), TokenSpan("MEETING", 0, 11, 12)]
    _, every = khabar.load().annotate_tokens(tokens, names, facts)
    limit = max(r.score for r in every)
    assert min(r.score for r in every) < limit
    found, kept = khabar.load(min_score=limit - 0.001).annotate_tokens(tokens, names, facts)
    assert found == facts, "what is given stays"
    assert 0 < len(kept) < len(every) and kept == [r for r in every if r.score >= limit - 0.001]
    assert khabar.load(min_score=1).annotate_tokens(tokens, names) == ([], [])


def test_both_sides_of_a_passage_are_read_in_one_text(tmp_path: Path) -> None:
    fake = Fake([("MEETING", 0, 2, 3), ("STAT", 1, 4, 5)], [(0, "participates_in", 3)])
    (read,) = readings(evaluate_passages(fake, _read(tmp_path))[1])
    assert read.text == "علی در نشست تهران بود . او به نشست نشست 5 نفر رفت ."
    assert [read.text[a:] for a in read.starts] == [read.text, "او به نشست نشست 5 نفر رفت ."]
    said = [[(read.text[a:b], kind) for a, b, kind in side] for side in (read.gold, read.found)]
    names = [("علی", "PER"), ("تهران", "LOC")]
    assert said[0] == [*names, ("نشست", "MEETING"), ("او", "PER"), ("نشست", "MEETING"), ("5 نفر", "STAT")]
    assert said[1] == [*names, ("او", "PER"), ("نشست", "MEETING"), ("5 نفر", "STAT")]
    assert [(k.type, read.distance(k)) for k in read.gold_links] == [
        ("participates_in", 0),
        ("held_at", 0),
        ("same_as", 1),
    ]
    (link,) = read.found_links
    assert (link.score, link.head, link.tail) == (0.5, read.found[0], read.found[3])


def test_gold_mentions_are_given_and_only_relations_scored(tmp_path: Path) -> None:
    passages = _read(tmp_path)
    fake = Fake([], [(3, "held_at", 1), (4, "same_as", 3)])
    report, found = evaluate_passages(fake, passages, gold_mentions=True)
    assert [f.type for f in fake.given] == ["MEETING", "MEETING", "STAT"]
    assert [layer.name for layer in report.layers] == ["relations"]
    assert report.layers[0].overall == Counts(2, 0, 1)
    assert json.loads("".join(lines(found)))["mentions"] == ANNOTATION["mentions"][1:2] + [
        m for m in ANNOTATION["mentions"] if m["type"] != "PER"
    ]


def test_what_no_annotation_may_link_is_the_model_s_fault(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"held_at, .* is not a signature"):
        evaluate_passages(Fake([], [(0, "held_at", 1)]), _read(tmp_path))


def test_another_reader_is_scored_without_a_model(tmp_path: Path) -> None:
    (gold,) = _read(tmp_path)
    other = {
        **ANNOTATION,
        "mentions": [
            {"id": "m7", "type": "MEETING", "sent": 0, "text": "نشست"},
            {"id": "m8", "type": "EVENT", "sent": 1, "text": "رفت"},
        ],
        "relations": [["e1", "speaks_at", "m7"], ["m7", "held_at", "e2"]],
    }
    (theirs,) = _read(tmp_path, annotation=other)
    report, found = evaluate_found([gold], [theirs], name="second reader")
    # facts: one of two is among the three; relations: held_at is among the three, speaks_at is not
    assert [(layer.name, layer.overall) for layer in report.layers] == [
        ("facts", Counts(1, 1, 2)),
        ("relations", Counts(1, 1, 2)),
    ]
    assert report.model == "second reader"
    assert json.loads("".join(lines(found))) == other
    with pytest.raises(DataError, match="1 of 1 passages have no annotation there, made-0001 the first"):
        evaluate_found([gold], [], name="nobody")
