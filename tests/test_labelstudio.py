"""Label Studio: what goes there and comes back is the same, and what is wrong with it is told with its place."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from khabar.cli import main
from khabar.document import Document, Mention, Relation
from khabar.errors import DataError
from khabar.formats.labelstudio import COREFERENCE, labelstudio, task
from khabar.schema import load_schema
from khabar_eval.check import Checked, check
from khabar_eval.gold import read_articles

ROOT = Path(__file__).parents[1]
# an astral character is two units of UTF-16, a line end of Windows two characters
TEXT = "😀 علی حسینی\r\nدر  تهران سخن گفت. حسینی در نشست ۵۰ نفر را دید."


def gold() -> Document:
    def mention(id: str, kind: str, words: str, after: int = 0, value: dict[str, Any] | None = None) -> Mention:
        start = TEXT.index(words, after)
        return Mention(id, kind, start, start + len(words), value=value)

    people = {"number": 50, "modifier": "exact", "unit": "نفر"}
    mentions = (
        mention("m1", "PER", "علی حسینی"),
        mention("m2", "LOC", "تهران"),
        mention("m3", "PER", "حسینی", TEXT.index("گفت")),
        mention("m4", "MEETING", "نشست"),
        mention("m5", "STAT", "۵۰ نفر", value=people),
    )
    relations = (Relation("m3", "speaks_at", "m4"), Relation("m4", "held_at", "m2"))
    return Document("a", TEXT, {"published": "2025-11-25"}, (), mentions, relations, (("m1", "m3"),))


def written(tmp_path: Path, tasks: Any) -> Path:
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    return path


def test_what_people_marked_comes_back_whole(tmp_path: Path) -> None:
    other = Document("b", "متن", mentions=(Mention("m1", "PRO", 0, 3),))
    nothing = Document("c", "در این متن نامی نیست.")
    labelstudio([gold(), other, nothing], tmp_path, "part")
    assert read_articles([tmp_path / "part"]) == [gold(), other, nothing]
    assert read_articles([tmp_path / "part" / "tasks.json"]) == [gold(), other, nothing]


def test_offsets_are_code_points_and_a_span_says_its_text() -> None:
    results = {r["id"]: r["value"] for r in task(gold())["annotations"][0]["result"] if r["type"] == "labels"}
    assert results["m1"] == {"start": 2, "end": 11, "text": "علی حسینی", "labels": ["PER"]}
    assert results["m2"]["start"] == len("😀 علی حسینی\r\nدر  ") == 17


def test_what_a_model_found_is_a_prediction_and_no_gold(tmp_path: Path) -> None:
    found = Document("a", TEXT, mentions=(Mention("m1", "PER", 2, 11, 0.9),))
    made = task(found)
    assert "annotations" not in made
    assert made["predictions"][0]["result"][0]["score"] == 0.9
    nothing = Document("none", TEXT, sentences=((0, len(TEXT)),))
    assert "annotations" not in task(nothing), "that a model found nothing is no correction either"
    with pytest.raises(DataError, match="task 1: expected one annotation, found no annotation"):
        read_articles([written(tmp_path, [made])])
    # submitted as it stands
    made["annotations"] = [{"id": 7, "was_cancelled": False, "result": made["predictions"][0]["result"]}]
    assert read_articles([written(tmp_path, [made])])[0].mentions == (Mention("m1", "PER", 2, 11),)


def test_the_interface_has_the_types_and_relations_of_the_schema(tmp_path: Path) -> None:
    labelstudio([gold()], tmp_path, "part")
    interface = (tmp_path / "part" / "label-studio.xml").read_text(encoding="utf-8")
    assert interface == (ROOT / "configs" / "label-studio.xml").read_text(encoding="utf-8")
    root = ElementTree.fromstring(interface)
    assert [e.get("value") for e in root.iter("Label")] == list(load_schema().mention_types)
    assert [e.get("value") for e in root.iter("Relation")] == [*load_schema().relations, COREFERENCE]
    text, labels = root.find(".//Text"), root.find(".//Labels")
    assert text is not None and labels is not None
    assert (text.get("name"), text.get("value"), labels.get("toName")) == ("text", "$text", "text")
    region = task(gold())["annotations"][0]["result"][0]
    assert (region["from_name"], region["to_name"]) == (labels.get("name"), text.get("name"))


def test_what_label_studio_itself_writes_is_read(tmp_path: Path) -> None:
    """A region over a line end, spaces lost in `text`, an arrow drawn backwards, a cancelled annotation, a remark."""
    start, end = TEXT.index("حسینی"), TEXT.index("تهران") + 5
    value = {"start": start, "end": end, "text": "حسینی\\n\\nدر تهران", "labels": ["EVENT"]}
    results = [
        {"from_id": "y", "to_id": "xK_1", "type": "relation", "direction": "left", "labels": ["agent_of"]},
        {
            "id": "xK_1",
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "value": {**value, "labels": ["PER"]},
        },
        {"id": "y", "type": "labels", "value": value, "origin": "manual", "meta": {"text": ["ببینید"]}},
    ]
    annotations = [{"was_cancelled": True, "result": []}, {"was_cancelled": False, "result": results}]
    exported = {
        "id": 31,
        "annotations": annotations,
        "predictions": [],
        "data": {"text": TEXT, "published": "2025-11-25"},
    }
    [read] = read_articles([written(tmp_path, [exported])])
    assert read.id == "export-31"
    assert read.meta == {"published": "2025-11-25"}
    assert {(m.type, m.start, m.end, m.value) for m in read.mentions} == {
        ("PER", start, end, None),
        ("EVENT", start, end, None),
    }
    assert read.relations == (Relation("xK_1", "agent_of", "y"),)


def test_links_make_clusters(tmp_path: Path) -> None:
    mentions = tuple(Mention(f"m{n}", "MEETING", n, n + 1) for n in range(5))
    links = (Relation("m3", "same_as", "m1"),)
    document = Document("a", "نشستنشست", mentions=mentions, relations=links, clusters=(("m0", "m2", "m4"),))
    [read] = read_articles([written(tmp_path, task(document))])
    assert read.clusters == (("m0", "m2", "m4"), ("m1", "m3"))
    assert read.relations == links


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("0 value end", 99, "task 2: region m1: expected 0 <= start < end <= "),
        ("1 value start", 18, "task 2: region m2: expected the text from 18 to 22, 'هران', found 'تهران'"),
        ("1 value start", "x", "task 2: region m2: expected a value with start and end"),
        ("1 value labels", ["LOC", "ORG"], "task 2: region m2: expected one label, found ['LOC', 'ORG']"),
        ("1 value labels", ["CITY"], "unknown type CITY, expected one of PER"),
        ("1 id", "m1", "task 2: region m1: stands twice"),
        ("1 type", "choices", "task 2: result m2: expected labels or a relation, found choices"),
        ("4 meta text", ["{number: 5}"], "task 2: region m5: expected a value as JSON"),
        ("5 labels", ["eats"], "unknown type eats, expected one of organizes"),
        ("5 labels", [], "task 2: relation from m3 to m4: expected a label"),
        ("5 labels", "reports", "task 2: relation from m3 to m4: expected a label, found reports"),
        ("5 direction", "bi", "task 2: relation from m3 to m4: expected one direction, found bi"),
        ("5 to_id", "m9", "task 2: relation from m3 to m9: names m9"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_place(tmp_path: Path, place: str, value: object, said: str) -> None:
    broken = task(gold())
    *keys, last = place.split()
    part = broken["annotations"][0]["result"][int(keys[0])]
    for key in keys[1:]:
        part = part[key]
    part[last] = value
    path = written(tmp_path, [task(Document("b", "متن", mentions=(Mention("m1", "PRO", 0, 3),))), broken])
    with pytest.raises(DataError) as caught:
        read_articles([path])
    assert said in str(caught.value)
    assert caught.value.path == str(path)
    assert caught.value.remedy
    told = [str(fault) for fault in check(path, None, Checked())]
    assert told and all(fault.startswith(f"{path}: ") for fault in told)


def test_who_is_right_is_not_guessed(tmp_path: Path) -> None:
    twice = task(gold())
    twice["annotations"].append({"result": [], "ground_truth": False})
    with pytest.raises(DataError, match="task 1: expected one annotation, found 2 annotations"):
        read_articles([written(tmp_path, [twice])])
    twice["annotations"][0]["ground_truth"] = True
    assert read_articles([written(tmp_path, [twice])]) == [gold()]
    with pytest.raises(DataError, match="task 1: expected data with a text"):
        read_articles([written(tmp_path, [{"data": {"body": "x"}}])])


def test_export_writes_it_and_check_reads_it(tmp_path: Path) -> None:
    found = tmp_path / "gold.jsonl"
    found.write_text(json.dumps(gold().to_dict(), ensure_ascii=False) + "\n", encoding="utf-8")
    out = tmp_path / "tasks"
    result = CliRunner().invoke(main, ["export", str(found), "--format", "labelstudio", "-o", str(out)])
    assert result.exit_code == 0, result.output
    total = Checked()
    assert list(check(out / "part-000000", None, total)) == []
    assert (total.documents, total.mentions, total.relations) == (1, 5, 2)
