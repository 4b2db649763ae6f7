"""The document: its checks, its JSON, and the JSON Schema that describes it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from khabar.assemble import assemble
from khabar.assemble.records import SLOTS
from khabar.document import Document, Mention, Record, Relation
from khabar.errors import DataError
from khabar.resources import resource
from khabar.schema import load_schema
from khabar.values import parse_value

ROOT = Path(__file__).parents[1]
GOLD = sorted([*(ROOT / "data/articles").glob("*.json"), *(ROOT / "data/passages").glob("*.json")])
SCHEMA = json.loads(resource("configs/document.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def faults(data: Any) -> list[str]:
    return [f"{e.json_path}: {e.message}" for e in VALIDATOR.iter_errors(data)]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_lists_the_types_of_the_code() -> None:
    labels, defs = load_schema(), SCHEMA["$defs"]
    assert defs["mention"]["properties"]["type"]["enum"] == list(labels.mention_types)
    assert defs["relation"]["properties"]["type"]["enum"] == list(labels.relations)
    assert set(defs["actor"]["properties"]["type"]["enum"]) == labels.actors
    valued = [set(types) for types in _types_by_rule()]
    assert set().union(*valued[:-1]) == labels.valued
    assert sum(map(len, valued)) == len(labels.mention_types), "each type is under one rule; the last forbids values"


def _types_by_rule() -> list[list[str]]:
    rules = [rule["if"]["properties"]["type"] for rule in SCHEMA["$defs"]["mention"]["allOf"]]
    return [rule["enum"] if "enum" in rule else [rule["const"]] for rule in rules]


@pytest.mark.parametrize("kind", SLOTS)
def test_the_schema_lists_the_slots_of_the_code(kind: str) -> None:
    text = "نشست"
    type = {"actor": "ORG", "meeting": "MEETING", "event": "EVENT", "statistic": "STAT"}[kind]
    _, (record,) = assemble(text, [], [Mention("m1", type, 0, 4)], [])
    (written,) = Document("d", text, mentions=(Mention("m1", type, 0, 4),), records=(record,)).to_dict()["records"]
    assert written["kind"] == kind
    assert set(written) == set(SCHEMA["$defs"][kind]["properties"])
    assert {r["$ref"] for r in SCHEMA["properties"]["records"]["items"]["oneOf"]} == {f"#/$defs/{k}" for k in SLOTS}


@pytest.mark.parametrize("path", GOLD, ids=lambda path: path.stem)
def test_gold_articles_fit_the_schema_and_so_do_their_records(path: Path) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))
    assert faults(data) == []
    gold = Document.from_dict(data)
    clusters, records = assemble(gold.text, gold.sentences, gold.mentions, gold.relations)
    whole = Document(gold.id, gold.text, gold.meta, (), gold.mentions, gold.relations, clusters, records)
    written = json.loads(json.dumps(whole.to_dict()))
    assert faults(written) == []
    assert Document.from_dict(written) == whole


@pytest.mark.parametrize(
    ("type", "text"),
    [
        ("STAT", "بیش از ۱۸ هزار نفر"),
        ("STAT", "۱۲ تا ۲۶ کیلو"),
        ("STAT", "حدود ۵ میلیون تومان"),
        ("PCT", "۴۰ درصد"),
        ("MON", "۳ میلیارد تومان"),
        ("DAT", "۱۹ و ۲۰ تیر ۱۳۹۶"),
        ("DAT", "دهه ۱۹۹۰"),
        ("DAT", "۱۹ تیر"),
        ("DAT", "10 ژوئیه 2017 (20 تیر 1396)"),
        ("DAT", "سال‌های ۱۹۹۰ و ۲۰۱۴"),
        ("TIM", "ساعت ۱۸:۳۰"),
        ("TIM", "ساعت ۸ تا ۱۰ صبح"),
    ],
)
def test_values_that_are_parsed_fit_the_schema(type: str, text: str) -> None:
    value = parse_value(type, text, None)
    assert value is not None
    assert faults(Document("d", text, mentions=(Mention("m", type, 0, 1, 0.5, value),)).to_dict()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"text": None},
        {"mentions": [{"id": "m", "type": "CITY", "start": 0, "end": 1}]},
        {"mentions": [{"id": "m", "type": "PER", "start": -1, "end": 1}]},
        {"mentions": [{"id": "m", "type": "PER", "start": 0, "end": 1, "value": {"number": 1}}]},
        {"mentions": [{"id": "m", "type": "DAT", "start": 0, "end": 1, "value": {"edtf": "tomorrow"}}]},
        {"mentions": [{"id": "m", "type": "STAT", "start": 0, "end": 1, "value": {"modifier": "exact", "unit": ""}}]},
        {"mentions": [{"id": "m", "type": "STAT", "start": 0, "end": 1, "score": 2}]},
        {"relations": [{"head": "m", "type": "likes", "tail": "m"}]},
        {"clusters": [["m"]]},
        {"records": [{"kind": "city", "id": "r", "name": "", "mentions": ["m"]}]},
        {"records": [{"kind": "actor", "id": "r", "name": "", "mentions": []}]},
        {"records": [{"kind": "actor", "id": "r", "name": "", "mentions": ["m"], "places": []}]},
        {"title": "متن"},
    ],
)
def test_the_schema_refuses_what_no_document_is(change: dict[str, Any]) -> None:
    assert faults({"id": "d", "text": "متن"}) == []
    assert len(faults({"id": "d", "text": "متن", **change})) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"text": None}, "expected a string as text"),
        ({"mentions": [{"id": "m", "type": "PER", "start": 0, "end": 4}]}, "spans 0 to 4"),
        ({"mentions": [{"id": "m", "type": "PER", "start": 1, "end": 1}]}, "spans 1 to 1"),
        ({"mentions": [{"id": "m", "type": "PER", "start": 0, "end": 1}] * 2}, "stands twice"),
        ({"mentions": [{"id": "m", "type": "PER", "start": "0", "end": 1}]}, "not a document"),
        ({"relations": [{"head": "m", "type": "reports", "tail": "n"}]}, "names a mention that is not there"),
        ({"clusters": [["m", "n"]]}, "a cluster names m"),
        ({"records": [{"kind": "actor", "id": "r", "name": "", "mentions": ["m"]}]}, "record r names m"),
        ({"records": [{"kind": "actor", "id": "r", "name": "", "mentions": []}] * 2}, "a record id stands twice"),
        ({"records": [{"kind": "actor"}]}, "not a document"),
        (
            {"records": [{"kind": "event", "id": "r", "name": "", "mentions": [], "dates": [{}]}]},
            "expected ids in dates",
        ),
        ({"mentions": 5}, "not a document"),
    ],
)
def test_a_document_that_does_not_hold_together_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Document.from_dict({"id": "d", "text": "متن", **change})


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Any document that holds together."""
    labels = load_schema()
    text = draw(st.text(min_size=1, max_size=20))
    spans = st.tuples(st.integers(0, len(text) - 1), st.integers(1, 5)).map(lambda p: (p[0], min(len(text), sum(p))))
    places = draw(st.lists(st.tuples(st.sampled_from(labels.mention_types), spans), max_size=6))
    scores = st.none() | st.floats(0, 1)
    mentions = tuple(Mention(f"m{n}", type, *span, draw(scores)) for n, (type, span) in enumerate(places))
    ids = st.sampled_from([m.id for m in mentions]) if mentions else st.nothing()
    links = st.builds(Relation, ids, st.sampled_from(list(labels.relations)), ids, scores)
    relations = tuple(draw(st.lists(links, max_size=4))) if mentions else ()
    clusters, records = assemble(text, [], mentions, relations)
    meta = draw(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2))
    return Document(draw(st.text(max_size=3)), text, meta, (), mentions, relations, clusters, records)


@settings(deadline=None)
@given(documents())
def test_any_document_fits_the_schema_and_comes_back_from_json(document: Document) -> None:
    written = json.loads(json.dumps(document.to_dict()))
    assert faults(written) == []
    assert Document.from_dict(written) == document


def test_mentions_are_found_by_id() -> None:
    document = Document(
        "d", "علی آمد", mentions=(Mention("m1", "PER", 0, 3),), records=(Record("actor", "r", "علی", ("m1",)),)
    )
    assert document.surface(document.mention("m1")) == "علی"
    with pytest.raises(KeyError):
        document.mention("m2")
