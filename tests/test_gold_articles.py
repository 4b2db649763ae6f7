"""Gold articles and passages keep the conventions that `data/articles/README.md` states."""

import json
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import hijridate
import jdatetime
import pytest

from khabar.assemble.records import SLOTS
from khabar.document import Document
from khabar.schema import load_schema
from khabar_eval.check import Checked, check

ROOT = Path(__file__).parents[1]
ARTICLES = sorted((ROOT / "data/articles").glob("*.json"))
PASSAGES = sorted((ROOT / "data/passages").glob("*.json"))
DAY = r"\d{4}-\d{2}-\d{2}"
SPLITS = {"train", "dev", "test"}
SCHEMA = load_schema()


def load(path: Path) -> Document:
    return Document.from_dict(json.loads(path.read_text(encoding="utf-8")))


def test_articles_to_learn_from_cover_many_topics_and_both_forms() -> None:
    metas = [load(path).meta for path in ARTICLES]
    learned = [meta for meta in metas if meta["split"] == "train"]
    assert {"politics", "police", "economy", "sports", "science", "culture"} <= {meta["topic"] for meta in learned}
    assert len({meta["title"] for meta in metas}) == len(metas) >= 6
    degraded = sum(meta["degraded"] for meta in learned)
    assert 3 <= degraded <= len(learned) - 3


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_an_article_has_what_its_reader_looks_up(path: Path) -> None:
    meta = load(path).meta
    assert meta["title"] and meta["topic"]
    assert isinstance(meta["degraded"], bool)


@pytest.mark.parametrize("path", [*ARTICLES, *PASSAGES], ids=lambda path: path.stem)
def test_file_is_named_after_its_document(path: Path) -> None:
    document = load(path)
    assert document.id == path.stem
    assert document.meta["written_for"] == "khabar"
    assert document.meta["split"] in (SPLITS if path.parent.name == "articles" else {"train"})
    assert re.fullmatch(DAY, document.meta["published"])


def to_gregorian(calendar: str, day: list[int]) -> date:
    if calendar == "jalali":
        gregorian: date = jdatetime.date(*day).togregorian()
        return gregorian
    return date(*hijridate.Hijri(*day).to_gregorian().timetuple()[:3])


def days(edtf: str, calendar: str) -> tuple[str, str]:
    """Return the first and last Gregorian day of a year, month, day or interval in another calendar."""
    first, _, last = edtf.partition("/")
    start = [int(part) for part in first.split("-")]
    end = [int(part) for part in (last or first).split("-")]
    begin = to_gregorian(calendar, [*start, 1, 1][:3])
    if len(end) == 3:
        return begin.isoformat(), to_gregorian(calendar, end).isoformat()
    following = [end[0] + 1, 1, 1] if len(end) == 1 or end[1] == 12 else [end[0], end[1] + 1, 1]
    return begin.isoformat(), (to_gregorian(calendar, following) - timedelta(days=1)).isoformat()


@pytest.mark.parametrize("path", [*ARTICLES, *PASSAGES], ids=lambda path: path.stem)
def test_annotations_are_sound(path: Path) -> None:
    assert not [str(fault) for fault in check(path, None, Checked()) if not fault.warning]


@pytest.mark.parametrize("path", [*ARTICLES, *PASSAGES], ids=lambda path: path.stem)
def test_dates_of_other_calendars_and_weekdays_are_the_days_they_say(path: Path) -> None:
    document = load(path)
    for mention in document.mentions:
        if mention.type != "DAT":
            continue
        assert mention.value is not None
        if written := mention.value.get("as_written"):
            first, last = days(written["edtf"], written["calendar"])
            assert mention.value["edtf"] == (first if first == last else f"{first}/{last}"), document.surface(mention)


def test_every_type_and_relation_occurs() -> None:
    documents = [load(path) for path in ARTICLES]
    types = Counter(m.type for d in documents for m in d.mentions)
    relations = Counter(r.type for d in documents for r in d.relations)
    assert set(types) == set(SCHEMA.mention_types)
    assert set(relations) == set(SCHEMA.relations)
    assert relations["supports"] >= 4


TO_TEST_ON = [path for path in ARTICLES if load(path).meta["split"] == "test"]


@pytest.mark.parametrize("path", TO_TEST_ON, ids=lambda path: path.stem)
def test_records_hold_each_mention_once_and_fill_slots_with_what_is_there(path: Path) -> None:
    document = load(path)
    kinds = {"MEETING": "meeting", "EVENT": "event", "STAT": "statistic"} | dict.fromkeys(SCHEMA.actors, "actor")
    expected = {m.id: kinds[m.type] for m in document.mentions if m.type in kinds}
    held = Counter(m for record in document.records for m in record.mentions)
    assert held == Counter(dict.fromkeys(expected, 1))
    assert all(expected[m] == record.kind for record in document.records for m in record.mentions)
    assert set(document.clusters) == {r.mentions for r in document.records if len(r.mentions) > 1}
    fillers = {r.id for r in document.records} | {m.id for m in document.mentions if m.type not in kinds}
    for record in document.records:
        for slot in SLOTS[record.kind]:
            assert set(record.slots[slot]) <= fillers - {record.id}, (record.id, slot)


SAMPLED = [path for path in ARTICLES if "source" in load(path).meta]


@pytest.mark.parametrize("path", SAMPLED, ids=lambda path: path.stem)
def test_text_is_the_sample_of_the_same_name(path: Path) -> None:
    document = load(path)
    source = ROOT / document.meta["source"]
    sample = source.read_text(encoding="utf-8")
    if source.suffix == ".txt":
        assert document.text == sample
    elif source.suffix == ".jsonl":
        rows = {row["id"]: row for row in map(json.loads, sample.splitlines())}
        row = rows[document.id]
        assert (row["text"], row["title"], row["published"]) == (
            document.text,
            document.meta["title"],
            document.meta["published"],
        )
    else:
        trafilatura = pytest.importorskip("trafilatura")
        # trafilatura drops U+200C as unprintable, so a printable sign stands in for it
        extracted = trafilatura.extract(sample.replace("\u200c", "\u2e31"), include_comments=False)
        assert extracted.replace("\u2e31", "\u200c") == document.text
