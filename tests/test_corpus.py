"""`khabar corpus`: every kind of fault is found and told, and stand-off annotations come back whole."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from khabar.errors import DataError, UsageError
from khabar.formats.brat_reader import read_brat
from khabar.manifest import sha256
from khabar_eval import standoff
from khabar_eval.check import Checked, check
from khabar_eval.corpus_cli import corpus
from khabar_eval.passages_data import read_passages
from khabar_eval.splits import dev_ids

SHARED = Path(__file__).parents[2] / "shared"
TEXT = "وزارت راه نشست را دوشنبه ساعت ۹ برگزار کرد. حدود ۲۰ میلیون دلار هزینه این نشست بود."


def gold() -> dict[str, Any]:
    def mention(id: str, type: str, surface: str, value: Any = None, nth: int = 1) -> dict[str, Any]:
        start = -1
        for _ in range(nth):
            start = TEXT.index(surface, start + 1)
        found = {"id": id, "type": type, "start": start, "end": start + len(surface)}
        return found if value is None else {**found, "value": value}

    money = {"number": 20_000_000, "modifier": "exact", "unit": "USD"}
    return {
        "id": "a",
        "meta": {"published": "2025-11-25"},
        "text": TEXT,
        "mentions": [
            mention("m1", "ORG", "وزارت راه"),
            mention("m2", "MEETING", "نشست"),
            mention("m3", "DAT", "دوشنبه", {"edtf": "2025-11-24"}),
            mention("m4", "TIM", "ساعت ۹", {"time": "09:00"}),
            mention("m5", "STAT", "حدود ۲۰ میلیون دلار", {**money, "modifier": "approx"}),
            mention("m6", "MON", "۲۰ میلیون دلار", money),
            mention("m7", "MEETING", "نشست", nth=2),
        ],
        "relations": [
            {"head": "m1", "type": "organizes", "tail": "m2"},
            {"head": "m2", "type": "held_on", "tail": "m3"},
            {"head": "m5", "type": "measures", "tail": "m7"},
            {"head": "m7", "type": "same_as", "tail": "m2"},
        ],
        "clusters": [["m2", "m7"]],
    }


def faults(tmp_path: Path, document: Any) -> list[str]:
    path = tmp_path / "gold.json"
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    return [str(fault) for fault in check(path, None, Checked())]


def test_a_sound_article_has_no_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, gold()) == []


def _value(i: int, **change: Any) -> Callable[[dict[str, Any]], None]:
    return lambda d: d["mentions"][i]["value"].update(change)


def _mention(i: int, **change: Any) -> Callable[[dict[str, Any]], None]:
    return lambda d: d["mentions"][i].update(change)


def _relation(**relation: str) -> Callable[[dict[str, Any]], None]:
    return lambda d: d["relations"].append(relation)


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (_mention(0, start=2), "expected whole tokens, «وزارت راه», found «ارت راه»"),
        (_mention(6, end=len(TEXT)), "a word or number at both edges"),
        (_mention(2, end=31), "m4 «ساعت ۹»: a name, TIM, overlaps the name m3, DAT"),
        (_mention(0, end=999), "mention m1 spans 0 to 999"),
        (_mention(0, type="CITY"), "unknown type CITY"),
        (_mention(2, value=None), "expected a value, for it is a DAT"),
        (_mention(0, value={"number": 1}), "expected no value, for it is a ORG"),
        (_value(2, edtf="24.11.2025"), "expected an EDTF date"),
        (_value(2, edtf="2025-11-25"), "is a سهشنبه, found دوشنبه"),
        (_value(2, as_written={"calendar": "jalali", "edtf": "1404-09-04"}), "jalali 1404-09-04 is 2025-11-25, found"),
        (_value(2, as_written={"calendar": "jalali", "edtf": "1404-13-04"}), "expected a day of the jalali calendar"),
        (_value(2, as_written={"calendar": "mayan", "edtf": "13.0"}), "the calendar jalali or islamic"),
        (_value(3, time="25:00"), "expected time as HH:MM"),
        (_value(4, modifier="roughly"), "expected a modifier"),
        (_value(4, unit=""), "expected a unit"),
        (_value(5, unit="dollar"), "expected a unit that matches [A-Z]{3}"),
        (_value(4, low=1), "expected number, or low and high; found number, low"),
        (_value(4, number="20"), "expected numbers"),
        (_value(4, as_written="IRT"), "IRT of USD"),
        (_value(4, colour="red"), "found colour too"),
        (_value(4, number=30_000_000), "expected the value of the STAT over it"),
        (lambda d: d["mentions"].pop(4), "names a mention that is not there"),
        (_relation(head="m2", type="organizes", tail="m1"), "MEETING -> ORG is not a signature"),
        (_relation(head="m2", type="same_as", tail="m7"), "swap head and tail"),
        (_relation(head="m1", type="organizes", tail="m2"), "stands twice"),
        (lambda d: d["clusters"].clear(), "expected one cluster that holds head and tail"),
        (lambda d: d["clusters"].append(["m1", "m2"]), "expected mentions of one type, found MEETING, ORG"),
        (lambda d: d["clusters"].append(["m2", "m7"]), "m2 stands in two clusters"),
        (lambda d: d["clusters"].append(["m1"]), "expected two or more mentions, found 1"),
    ],
)
def test_a_fault_is_told_with_its_place(
    tmp_path: Path, break_it: Callable[[dict[str, Any]], None], message: str
) -> None:
    document = gold()
    break_it(document)
    found = faults(tmp_path, document)
    assert any(message in fault for fault in found), found
    assert all(str(tmp_path / "gold.json") in fault for fault in found)


def test_what_our_reader_reads_differently_is_a_warning(tmp_path: Path) -> None:
    document = gold()
    document["mentions"][3]["value"]["time"] = "21:00"
    (found,) = faults(tmp_path, document)
    assert found.startswith("warning: ")
    assert ":30: m4 «ساعت ۹»" in found
    path = tmp_path / "gold.json"
    assert _run("check", path).exit_code == 0
    assert _run("check", path, "--strict").exit_code == 1


@pytest.mark.parametrize(("between", "sound"), [(2, True), (3, False)])
def test_a_relation_reaches_three_sentences(tmp_path: Path, between: int, sound: bool) -> None:
    text = "نشست بود. " + "باران آمد. " * between + "تهران."
    at = text.index("تهران")
    mentions = [
        {"id": "m1", "type": "MEETING", "start": 0, "end": 4},
        {"id": "m2", "type": "LOC", "start": at, "end": at + 5},
    ]
    relations = [{"head": "m1", "type": "held_at", "tail": "m2"}]
    found = faults(tmp_path, {"id": "b", "text": text, "mentions": mentions, "relations": relations})
    assert found == [] if sound else "head and tail stand 4 apart" in found[0]


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(corpus, [str(a) for a in arguments])


def test_every_line_of_a_broken_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text("{\n[]\n" + json.dumps(gold()) + "\n" + json.dumps(gold()) + "\n", encoding="utf-8")
    result = _run("check", path)
    assert result.exit_code == 1
    for expected in (":1: not JSON", ":2: expected an object, found list", ":4: article a stands twice"):
        assert f"{path}{expected}" in result.output
    assert "2 documents, 14 mentions, 8 relations: 3 errors, 0 warnings" in result.output


def test_passages_are_checked_against_their_text(tmp_path: Path) -> None:
    passage = {"id": "p-1", "tokens": [["علی", "در", "نشست", "بود", "."]], "entities": []}
    (tmp_path / "passages.jsonl").write_text(json.dumps(passage) + "\n", encoding="utf-8")
    rows = [
        {"id": "p-1", "mentions": [{"id": "m1", "type": "EVENT", "sent": 0, "text": "بود ."}], "relations": []},
        {"id": "p-1", "mentions": [], "relations": []},
        {"id": "p-9", "mentions": [], "relations": []},
    ]
    path = tmp_path / "annotations.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    result = _run("check", tmp_path)
    assert result.exit_code == 1
    assert f"{path}:1: p-1: m1: expected a word or number at both edges, found «بود .»" in result.output
    assert f"{path}:2: p-1 stands twice" in result.output
    assert f"{path}:3: expected the id of a passage" in result.output
    assert "1 documents, 1 mentions, 0 relations: 3 errors" in result.output


BRAT = """T1\tORG 0 9\tوزارت راه
T2\tMEETING 10 14\tنشست
T3\tMEETING 77 81\tنشست
T4\tTIM 25 31\tساعت ۹
R1\torganizes Arg1:T1 Arg2:T2
R2\tsame_as Arg1:T3 Arg2:T2
*\tCluster T2 T3
#1\tAnnotatorNotes T4\t{"time": "09:00"}
#2\tAnnotatorNotes T1\tto be asked
"""


def _brat(folder: Path, ann: str) -> Path:
    (folder / "a.txt").write_text(TEXT, encoding="utf-8")
    path = folder / "a.ann"
    path.write_text(ann, encoding="utf-8")
    return path


def test_brat_files_are_read(tmp_path: Path) -> None:
    at = TEXT.rindex("نشست")
    found = read_brat(_brat(tmp_path, BRAT.replace("77 81", f"{at} {at + 4}")))
    assert not found.faults
    assert [m.id for m in found.document.mentions] == ["T1", "T2", "T4", "T3"]
    assert found.document.mention("T4").value == {"time": "09:00"}
    assert [(r.head, r.type, r.tail) for r in found.document.relations] == [
        ("T1", "organizes", "T2"),
        ("T3", "same_as", "T2"),
    ]
    assert found.document.clusters == (("T2", "T3"),)
    assert _run("check", tmp_path).output.endswith("1 documents, 4 mentions, 2 relations: 0 errors, 0 warnings\n")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("T1\tORG 0 9\tوزارت را", ":1: T1: expected the text from 0 to 9, 'وزارت راه'"),
        ("T1\tORG 0 4;5 9\tوزارت راه", "split what is discontinuous"),
        ("T1\tORG 0 900\tوزارت راه", "expected 0 <= start < end <= "),
        ("T1 ORG 0 9", "expected TYPE START END"),
        ("T1\tORG 0 9\tوزارت راه\nT1\tMEETING 10 14\tنشست", ":2: T1: the id stands twice, first on line 1"),
        ("R1\torganizes T1 T2", "expected TYPE Arg1:HEAD Arg2:TAIL"),
        ("R1\torganizes Arg1:T1 Arg2:T2", "names T1, which is no mention"),
        ("*\tCluster T1", "two or more mentions"),
        ("#1\tAnnotatorNotes T1\t{", "expected a value as JSON"),
        ("E1\tEVENT:T1", "expected a line of T, R, * or #"),
        ("T1\tORG 0 6\tوزارت\nT2\tORG 7 9\tراه", "a.ann:1: T1: expected whole tokens"),
    ],
)
def test_faults_of_brat_files_are_told(tmp_path: Path, row: str, message: str) -> None:
    row = row.replace("T1\tORG 0 6\tوزارت\n", "T1\tORG 0 4\tوزار\n").replace("T2\tORG 7 9\tراه", "T2\tORG 6 9\tراه")
    _brat(tmp_path, row)
    result = _run("check", tmp_path)
    assert result.exit_code == 1
    assert message in result.output


def test_a_brat_file_without_text_is_no_brat_file(tmp_path: Path) -> None:
    path = tmp_path / "a.ann"
    path.write_text("", encoding="utf-8")
    with pytest.raises(DataError, match="cannot be read") as caught:
        read_brat(path)
    assert caught.value.path == str(tmp_path / "a.txt")


def test_counts_are_described(tmp_path: Path) -> None:
    path = tmp_path / "gold.json"
    path.write_text(json.dumps(gold()), encoding="utf-8")
    output = _run("describe", path).output
    assert "documents 1 (text as the web leaves it 0), clusters 1" in output
    assert "sentences 2" in output
    assert "mentions 7: MEETING 2" in output
    assert "relations 4: " in output


def test_each_document_is_a_row_and_each_split_a_sum(tmp_path: Path) -> None:
    for id, split in (("a", "train"), ("b", "dev"), ("c", "train")):
        meta = {"published": "2025-11-25", "split": split, "topic": "roads", "degraded": id == "c"}
        (tmp_path / f"{id}.json").write_text(json.dumps({**gold(), "id": id, "meta": meta}), encoding="utf-8")
    rows = _run("describe", tmp_path, "--each").output.splitlines()[2:]
    assert [row.split(" | ")[0] for row in rows] == [
        "| `b`",
        "| **1 documents**",
        "| `a`",
        "| `c`",
        "| **2 documents**",
    ]
    assert rows[3] == "| `c` | train | roads | yes | 19 | 7 | 4 | 1 |"
    assert rows[4] == "| **2 documents** | train |  | 1 | 38 | 14 | 8 | 2 |"


def test_another_file_than_the_annotated_one_is_refused(tmp_path: Path) -> None:
    peyma = tmp_path / "train.txt"
    peyma.write_text("علی|B_PER\n", encoding="utf-8")
    result = _run("passages", "--peyma", peyma, "-o", tmp_path / "out")
    assert isinstance(result.exception, DataError)
    assert "expected the file with SHA-256 7b85" in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_annotations_come_back_onto_the_corpus(tmp_path: Path) -> None:
    peyma, annotated = SHARED / "corpora/peyma/train.txt", SHARED / "annotation/train"
    if not peyma.exists():
        pytest.skip("PEYMA is not there")
    result = _run("passages", "--peyma", peyma, "-o", tmp_path)
    assert result.output == f"440 passages in {tmp_path}\n"
    assert (tmp_path / "passages.jsonl").read_bytes() == (annotated / "passages.jsonl").read_bytes()
    both = (read_passages(f / "passages.jsonl", f / "annotations.jsonl") for f in (tmp_path, annotated))
    assert next(both) == next(both)


@pytest.mark.parametrize("corpus", ["peyma", "arman"])
@pytest.mark.parametrize("part", ["further", "second"])
def test_the_other_parts_hold_what_check_accepts(corpus: str, part: str, tmp_path: Path) -> None:
    file = SHARED / f"corpora/{corpus}/train.txt"
    if not file.exists():
        pytest.skip(f"{corpus} is not there")
    assert _run("passages", f"--{corpus}", file, "--part", part, "-o", tmp_path).exit_code == 0
    result = _run("check", tmp_path)
    assert result.exit_code == 0, result.output


def test_what_dev_holds_out_is_in_no_passage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve sentences, two tokens each: passages 0 to 4, 5 to 8 without the tenth, and 10 to 11."""
    file = tmp_path / "train.txt"
    file.write_text("".join(f"شهر{n} B-loc\nاست O\n\n" for n in range(12)), encoding="utf-8")
    manifest = {"name": "made", "file": "train.txt", "sha256": sha256(file), "size": 5, "without_every": 10}
    (tmp_path / "arman.json").write_text(json.dumps(manifest), encoding="utf-8")
    whole = {"fix": {}, "mentions": [["m1", "EVENT", 1, 1, 2]], "relations": [["m1", "held_at", "e2"]]}
    lines = [json.dumps({"passage": n, **whole}) for n in range(3)]
    (tmp_path / "arman-further.jsonl").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr("khabar_eval.standoff.resource", lambda name: tmp_path / Path(name).name)
    passages = standoff.read("arman", file, "further")
    assert [[tokens[0] for tokens in p.tokens] for p in passages] == [
        [f"شهر{n}" for n in numbers] for numbers in (range(5), range(5, 9), range(10, 12))
    ]
    assert [p.surface(p.facts[0]) for p in passages] == ["است"] * 3
    assert passages[1].relations == [("m1", "held_at", "e2")]
    (tmp_path / "arman-further.jsonl").write_text(lines[0].replace("held_at", "held_on"), encoding="utf-8")
    with pytest.raises(DataError, match="held_on"):
        standoff.read("arman", file, "further")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected one corpus"),
        (["--peyma", "a", "--arman", "b"], "expected one corpus"),
        (["--arman", "b", "--part", "first"], "of PEYMA alone"),
    ],
    ids=str,
)
def test_passages_are_of_one_corpus(arguments: list[str], message: str, tmp_path: Path) -> None:
    result = _run("passages", *arguments, "-o", tmp_path / "out")
    assert isinstance(result.exception, UsageError)
    assert message in str(result.exception)


def test_further_annotations_stay_away_from_dev() -> None:
    first, further, second = (_numbers("peyma", part) for part in ("first", "further", "second"))
    assert len(set(further)) == len(further)
    assert not set(first) & set(further)
    assert set(second) <= set(further)
    dev = {int(id) for id in dev_ids([str(n) for n in first])}
    assert not {n + d for n in dev for d in (-2, -1, 0, 1, 2)} & set(further)
    assert set(_numbers("arman", "second")) <= set(_numbers("arman", "further"))


def _numbers(corpus: str, part: str) -> list[int]:
    text = (Path(__file__).parents[1] / f"data/annotations/{corpus}-{part}.jsonl").read_text(encoding="utf-8")
    assert text.isascii(), "none of the corpus's text"
    return [json.loads(line)["passage"] for line in text.splitlines()]


@pytest.mark.parametrize("arguments", [["data/passages"], ["data/articles"], ["data/articles", "--each"]], ids=" ".join)
def test_the_readme_has_the_counts_that_the_command_prints(arguments: list[str]) -> None:
    folder = Path(__file__).parents[1] / arguments[0]
    printed = _run("describe", folder, *arguments[1:]).output
    assert printed in (folder / "README.md").read_text(encoding="utf-8")
