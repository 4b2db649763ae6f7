"""Gold articles and passages keep the conventions that `data/articles/README.md` states."""

import json
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import hijridate
import jdatetime
import pytest

from khabar.document import Document, Mention
from khabar.schema import load_schema
from khabar.segment.tokens import tokenize

ROOT = Path(__file__).parents[1]
ARTICLES = sorted((ROOT / "data/articles").glob("*.json"))
PASSAGES = sorted((ROOT / "data/passages").glob("*.json"))
MODIFIERS = {"exact", "approx", "more_than", "less_than", "equal_or_more", "equal_or_less"}
DAY = r"\d{4}-\d{2}-\d{2}"
EDTF = re.compile(rf"\d{{4}}|\d{{4}}-\d{{2}}|{DAY}|{DAY}/{DAY}|\d{{4}}-\d{{2}}/\d{{4}}-\d{{2}}")
# Monday first, without half-spaces
WEEKDAYS = ("دوشنبه", "سهشنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه", "یکشنبه")
SPLITS = {"train", "dev", "test"}
SCHEMA = load_schema()


def load(path: Path) -> Document:
    return Document.from_dict(json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture(params=[*ARTICLES, *PASSAGES], ids=lambda path: path.stem)
def document(request: pytest.FixtureRequest) -> Document:
    return load(request.param)


def overlap(a: Mention, b: Mention) -> bool:
    return a.start < b.end and b.start < a.end


def lines_and_sentences(text: str) -> list[int]:
    """Count, up to each character, the sentence ends and line ends before it; blank lines are no sentences."""
    ends = {m.end() for m in re.finditer(r"\n+|[.!؟?](?= )", text)}
    counts, n = [], 0
    for i in range(len(text)):
        n += i in ends
        counts.append(n)
    return counts


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


def test_spans_are_whole_tokens_without_edge_punctuation(document: Document) -> None:
    tokens = tokenize(document.text)
    starts, ends = {start for start, _ in tokens}, {end for _, end in tokens}
    for mention in document.mentions:
        surface = document.surface(mention)
        assert mention.type in SCHEMA.mention_types
        assert surface[0].isalnum() and (surface[-1].isalnum() or surface[-1] in ")%٪"), surface
        assert mention.start in starts and mention.end in ends, surface


def test_one_type_and_names_among_themselves_never_overlap(document: Document) -> None:
    for i, a in enumerate(document.mentions):
        for b in document.mentions[i + 1 :]:
            both_names = a.type in SCHEMA.names and b.type in SCHEMA.names
            if a.type == b.type or both_names:
                assert not overlap(a, b), (document.surface(a), document.surface(b))


def test_values_stand_where_the_schema_asks_for_them(document: Document) -> None:
    for mention in document.mentions:
        assert (mention.value is not None) == (mention.type in SCHEMA.valued), document.surface(mention)
        if mention.value is None:
            continue
        if mention.type == "TIM":
            assert re.fullmatch(r"[012]\d:[0-5]\d", mention.value["time"])
        elif mention.type == "DAT":
            written = mention.value.get("as_written", {"calendar": "jalali", "edtf": mention.value["edtf"]})
            assert EDTF.fullmatch(mention.value["edtf"]) and EDTF.fullmatch(written["edtf"])
            assert written["calendar"] in {"jalali", "islamic"}
        else:
            assert mention.value["modifier"] in MODIFIERS
            assert mention.value["unit"]
            assert "number" in mention.value or mention.value["low"] < mention.value["high"]


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


def test_dates_of_other_calendars_are_the_days_they_say(document: Document) -> None:
    for mention in document.mentions:
        written = (mention.value or {}).get("as_written")
        if mention.type == "DAT" and written:
            first, last = days(written["edtf"], written["calendar"])
            assert mention.value is not None
            assert mention.value["edtf"] == (first if first == last else f"{first}/{last}"), document.surface(mention)


def test_a_weekday_falls_on_its_date(document: Document) -> None:
    for mention in document.mentions:
        words = document.surface(mention).replace("\u200c", "").replace("ي", "ی").split()
        if mention.type == "DAT" and (named := set(words) & set(WEEKDAYS)):
            assert mention.value is not None
            day = date.fromisoformat(mention.value["edtf"])
            assert named == {WEEKDAYS[day.weekday()]}, document.surface(mention)


def test_a_statistic_and_the_money_or_share_in_it_agree(document: Document) -> None:
    for inner in document.mentions:
        if inner.type not in {"MON", "PCT"}:
            continue
        outer = [m for m in document.mentions if m.type == "STAT" and m.start <= inner.start and inner.end <= m.end]
        assert len(outer) == 1, document.surface(inner)
        assert outer[0].value is not None and inner.value is not None
        assert {**outer[0].value, "modifier": None} == {**inner.value, "modifier": None}


def test_relations_fit_their_signatures_and_reach(document: Document) -> None:
    place = lines_and_sentences(document.text)
    seen = Counter((r.head, r.type, r.tail) for r in document.relations)
    assert not [relation for relation, n in seen.items() if n > 1]
    for relation in document.relations:
        head, tail = document.mention(relation.head), document.mention(relation.tail)
        signature = SCHEMA.relations[relation.type]
        assert signature.allows(head.type, tail.type), (relation, head.type, tail.type)
        assert not signature.head_is_later or head.start > tail.start, relation
        assert abs(place[head.start] - place[tail.start]) <= SCHEMA.relation_reach, relation


def test_clusters_hold_one_type_and_every_same_as(document: Document) -> None:
    of = {m: n for n, cluster in enumerate(document.clusters) for m in cluster}
    assert len(of) == sum(map(len, document.clusters)), "a mention stands in two clusters"
    for cluster in document.clusters:
        types = {document.mention(m).type for m in cluster}
        assert len(cluster) > 1 and len(types) == 1
        assert types <= SCHEMA.actors | {"MEETING", "EVENT"}
    for relation in document.relations:
        if relation.type == "same_as":
            assert of[relation.head] == of[relation.tail]


def test_every_type_and_relation_occurs() -> None:
    documents = [load(path) for path in ARTICLES]
    types = Counter(m.type for d in documents for m in d.mentions)
    relations = Counter(r.type for d in documents for r in d.relations)
    assert set(types) == set(SCHEMA.mention_types)
    assert set(relations) == set(SCHEMA.relations)
    assert relations["supports"] >= 4


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
