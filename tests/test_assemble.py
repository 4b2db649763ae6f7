"""Clusters and records of sentences written by hand."""

import time
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khabar.assemble import assemble
from khabar.assemble.clusters import cluster
from khabar.assemble.occurrences import days_of, describe
from khabar.assemble.records import KINDS, SLOTS
from khabar.assemble.spelling import fold
from khabar.document import Document, Mention, Relation
from khabar.schema import load_schema


def mark(*parts: str | tuple[str, str]) -> tuple[str, list[Mention]]:
    """Join words and (type, surface) mentions by spaces; mentions are m1, m2, ... in their order."""
    text, mentions = "", []
    for part in parts:
        surface = part if isinstance(part, str) else part[1]
        if not isinstance(part, str):
            mentions.append(Mention(f"m{len(mentions) + 1}", part[0], len(text), len(text) + len(surface)))
        text += surface + " "
    return text, mentions


def grouped(type: str, *surfaces: str) -> list[list[str]]:
    """Return the groups of names of one type that an article has in this order."""
    text, mentions = mark(*((type, s) for s in surfaces))
    names = {m.id: text[m.start : m.end] for m in mentions}
    return [[names[i] for i in group] for group in cluster(text, mentions, [])]


@pytest.mark.parametrize(
    ("type", "names"),
    [
        ("PER", ["مریم صدری", "صدری", "مريم صدري"]),
        ("PER", ["احمدی‌فر", "کاوه احمدی فر"]),
        ("PER", ["سید محمد کیانی", "محمد کیانی", "دکتر کیانی", "سردار محمد کیانی"]),
        ("PER", ["سید محمد کیانی", "سیدمحمد کیانی", "کیانی"]),
        ("PER", ["پائولو", "پائولو برتی"]),
        ("LOC", ["شهر ساری", "ساری"]),
        ("LOC", ["آمریکا", "امریکا", "ایالات متحده"]),
        ("LOC", ["استان گیلان", "گیلان"]),
        ("ORG", ["پلیس اینترپل", "اینترپل"]),
        ("ORG", ["وزارت خارجه", "وزارت امور خارجه", "وزارت امور خارجه‌ی"]),
        ("ORG", ["بانک مرکزی ایران", "بانک مرکزی جمهوری اسلامی ایران"]),
        ("ORG", ["وزارت خارجه آمریکا", "وزارت امور خارجه ایالات متحده"]),
        ("ORG", ["تیم فوتسال آذرخش بابل", "آذرخش", "باشگاه آذرخش"]),
        ("ORG", ["شرکت لبنی سپیدکوه", "سپیدکوه"]),
        ("ORG", ["فدراسیون کوهنوردی ایران", "فدراسیون کوهنوردی", "فدراسیون"]),
    ],
)
def test_names_of_one_actor_join(type: str, names: list[str]) -> None:
    assert grouped(type, *names) == [names]


@pytest.mark.parametrize(
    ("type", "names"),
    [
        ("PER", ["مریم صدری", "رضا صدری", "صدری"]),
        ("PER", ["سیدآبادی", "آبادی"]),
        ("LOC", ["استان کرمان", "کرمان"]),
        ("LOC", ["دریای عمان", "عمان"]),
        ("ORG", ["دانشگاه تهران", "دانشگاه علوم پزشکی تهران"]),
        ("ORG", ["وزارت نفت", "شرکت نفت", "نفت"]),
        ("ORG", ["شورای امنیت سازمان ملل", "سازمان ملل"]),
        ("ORG", ["شورا", "شورای شهر ساری"]),
        ("ORG", ["دادگاه آمل", "شهرداری آمل"]),
        ("ORG", ["پارلمان جمهوری اسلامی ایران", "جمهوری اسلامی ایران"]),
        ("ORG", ["دبستان امید روستای آذر مهر", "مهر"]),
        ("ORG", ["سازمان جوانان کشور", "کشور"]),
    ],
)
def test_names_of_several_actors_stay_apart(type: str, names: list[str]) -> None:
    assert grouped(type, *names) == [[name] for name in names]


def test_the_whole_country_s_body_is_meant_where_nothing_is_added() -> None:
    names = ["پلیس راه استان یزد", "پلیس راه کشور", "پلیس راه"]
    assert grouped("ORG", *names) == [names[:1], names[1:]]


def test_a_place_at_the_end_of_a_name_is_no_short_form_of_it() -> None:
    text, mentions = mark(("ORG", "فولاد کاوه بابل"), ("LOC", "بابل"), ("ORG", "بابل"), ("ORG", "کاوه"))
    assert cluster(text, mentions, []) == [("m1",), ("m2",), ("m3",), ("m4",)]


def test_a_short_name_in_brackets_is_the_organization_s_before_it() -> None:
    text, mentions = mark(
        ("ORG", "سازمان جهانی کارگران"), "(", ("ORG", "ساجک"), ") و", ("ORG", "ساجک"), "با", ("ORG", "اکو")
    )
    assert cluster(text, mentions, []) == [("m1", "m2", "m3"), ("m4",)]


def test_mentions_of_different_types_never_join() -> None:
    text, mentions = mark(("PER", "ساری"), ("LOC", "ساری"), ("ORG", "ساری"))
    assert cluster(text, mentions, []) == [("m1",), ("m2",), ("m3",)]


def test_nationalities_dates_and_buildings_are_in_no_cluster() -> None:
    text, mentions = mark(("FAC", "برج آزادی"), ("DAT", "امروز"), ("FAC", "برج آزادی"), ("PRO", "برج"))
    assert cluster(text, mentions, []) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("خارجه‌ی", "خارجه"), ("مؤسسة", "موسسه"), ("كتابخانه ملي", "کتابخانه ملی"), ("«آوا»", "آوا"), ("رئیس", "رییس")],
)
def test_spellings_of_one_word_fold_to_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def same(*pairs: tuple[str, str]) -> list[Relation]:
    return [Relation(head, "same_as", tail) for head, tail in pairs]


def test_meetings_said_to_be_the_same_join_transitively() -> None:
    text, mentions = mark(("MEETING", "نشست"), ("MEETING", "گردهمایی"), ("EVENT", "سیل"), ("MEETING", "رویداد"))
    groups = cluster(text, mentions, same(("m4", "m2"), ("m2", "m1")))
    assert groups == [("m1", "m2", "m4"), ("m3",)]


@pytest.mark.parametrize(
    ("surfaces", "groups"),
    [
        (["نخستین همایش ملی قنات", "همایش", "همایش ملی"], [[0, 1, 2]]),
        (["هفتمین نشست وزیران", "نشست هشتم", "نشست هفتم"], [[0, 2], [1]]),
        (["کارگاهی", "کارگاه‌ها", "کارگاه خوشنویسی"], [[0, 1, 2]]),
        (["نشست خبری", "نشست وزیران راه", "نشست"], [[0], [1, 2]]),
        (["پنجمین جشنواره انار", "ششمین جشنواره انار", "جشنواره پنجم"], [[0, 2], [1]]),
        (["نشست", "همایش"], [[0], [1]]),
    ],
)
def test_meetings_join_by_head_noun_unless_the_words_behind_it_differ(
    surfaces: list[str], groups: list[list[int]]
) -> None:
    text, mentions = mark(*(("MEETING", s) for s in surfaces))
    assert cluster(text, mentions, []) == [tuple(f"m{i + 1}" for i in group) for group in groups]


@pytest.mark.parametrize(("second", "apart"), [("2025-10-08", False), ("2025-10", False), ("2025-11-01/..", True)])
def test_events_on_different_days_stay_apart(second: str, apart: bool) -> None:
    text, mentions = mark(("EVENT", "انفجار"), ("DAT", "دیروز"), ("EVENT", "انفجار"), ("DAT", "آن روز"))
    mentions[1] = replace(mentions[1], value={"edtf": "2025-10-07/2025-10-08"})
    mentions[3] = replace(mentions[3], value={"edtf": second})
    relations = [Relation("m1", "held_on", "m2"), Relation("m3", "held_on", "m4")]
    assert cluster(text, mentions, relations) == ([("m1",), ("m3",)] if apart else [("m1", "m3")])


def test_events_that_different_actors_do_stay_apart() -> None:
    text, mentions = mark(
        ("PER", "آرش نیکو"), ("EVENT", "استعفا"), ("PER", "لاله بهار"), ("EVENT", "استعفا"), ("PER", "نیکو")
    )
    relations = [Relation("m1", "agent_of", "m2"), Relation("m3", "agent_of", "m4")]
    assert cluster(text, mentions, relations) == [("m1", "m5"), ("m2",), ("m3",), ("m4",)]
    assert ("m2", "m4") in cluster(text, mentions, [relations[0], Relation("m5", "agent_of", "m4")])


def test_a_meeting_and_an_event_never_join() -> None:
    text, mentions = mark(("MEETING", "دیدار"), ("EVENT", "دیدار"))
    assert cluster(text, mentions, same(("m2", "m1"))) == [("m1",), ("m2",)]


@pytest.mark.parametrize(
    ("edtf", "first", "last"),
    [
        ("2017-07-10", "2017-07-10", "2017-07-10~"),
        ("2017-07-10/2017-07-11", "2017-07-10", "2017-07-11~"),
        ("2017-07/..", "2017-07", "9~"),
        ("../2017", "0", "2017~"),
        ("{1990,2014}", "1990", "2014~"),
        ("XXXX-07-10", "0000-07-10", "9999-07-10~"),
    ],
)
def test_days_of_edtf_sort_like_days(edtf: str, first: str, last: str) -> None:
    assert days_of(edtf) == (first, last)


@pytest.mark.parametrize(
    ("surface", "description"),
    [
        ("بیست و دومین نمایشگاه فرش", (22, "نمایشگاه", ("فرش",))),
        ("۲۲مین نمایشگاه", (22, "نمایشگاه", ())),
        ("بیست‌ودومین نمایشگاه", (22, "نمایشگاه", ())),
        ("نشست هشتم وزیران نفت", (8, "نشست", ("وزیران", "نفت"))),
        ("نمایشگاه بیست و دوم", (22, "نمایشگاه", ())),
        ("دیدار دو نفر", (None, "دیدار", ("دو", "نفر"))),
        ("سیویکمین نمایشگاه", (31, "نمایشگاه", ())),
        ("بزرگ‌ترین نمایشگاه فرش", (None, "نمایشگاه", ("فرش",))),
        ("تامین مالی", (None, "تامین", ("مال",))),
        ("دوم", (None, "دوم", ())),
    ],
)
def test_a_meeting_is_described_by_ordinal_head_and_what_stands_behind(surface: str, description: object) -> None:
    assert describe(surface) == description


def records_of(text: str, mentions: list[Mention], *links: tuple[str, str, str]) -> dict[str, dict[str, Any]]:
    """Return the records as JSON, by id."""
    _, records = assemble(text, [], mentions, [Relation(*link) for link in links])
    document = Document("d", text, mentions=tuple(mentions), records=records).to_dict()
    return {r["id"]: r for r in document["records"]}


def test_a_meeting_s_record_joins_what_all_its_mentions_are_given() -> None:
    text, mentions = mark(
        ("ORG", "انجمن كوهنوردي"), ("MEETING", "نشست دوروزه"), "را", ("DAT", "دوشنبه و سه‌شنبه"), "در", ("LOC", "ساری"),
        "برگزار کرد.", ("MEETING", "نشست"), "با حضور", ("STAT", "۷۰ کوهنورد"), ("FAC", "تالار گل"), ("TIM", "ساعت ۱۸"),
        ("ORG", "انجمن"), ("PER", "لاله بهار"),
    )  # fmt: skip
    mentions[2] = replace(mentions[2], value={"edtf": "2017-07-10/2017-07-11"})
    mentions[7] = replace(mentions[7], value={"time": "18:00"})
    records = records_of(
        text,
        mentions,
        ("m5", "same_as", "m2"),
        ("m1", "organizes", "m2"), ("m9", "organizes", "m5"), ("m2", "held_on", "m3"), ("m5", "held_on", "m8"),
        ("m2", "held_at", "m4"), ("m5", "held_at", "m7"), ("m6", "participates_in", "m5"), ("m10", "speaks_at", "m5"),
        ("m10", "affiliated_with", "m9"),
    )  # fmt: skip
    assert records == {
        "r1": {
            "kind": "actor", "id": "r1", "name": "انجمن کوهنوردی", "mentions": ["m1", "m9"], "type": "ORG",
            "affiliations": [], "figures": [],
        },
        "r2": {
            "kind": "meeting", "id": "r2", "name": "نشست دوروزه", "mentions": ["m2", "m5"], "organizers": ["r1"],
            "supporters": [], "participants": ["r4"], "speakers": ["r5"], "places": ["r3", "m7"],
            "dates": ["m3", "m8"], "when": ["2017-07-10/2017-07-11", "18:00"], "figures": [],
        },
        "r3": {
            "kind": "actor", "id": "r3", "name": "ساری", "mentions": ["m4"], "type": "LOC",
            "affiliations": [], "figures": [],
        },
        "r4": {
            "kind": "statistic", "id": "r4", "name": "۷۰ کوهنورد", "mentions": ["m6"], "value": None,
            "reported_by": [], "about": ["r2"],
        },
        "r5": {
            "kind": "actor", "id": "r5", "name": "لاله بهار", "mentions": ["m10"], "type": "PER",
            "affiliations": ["r1"], "figures": [],
        },
    }  # fmt: skip


def test_figures_that_disagree_stand_side_by_side_with_who_gave_them() -> None:
    text, mentions = mark(
        ("ORG", "پلیس"), "از مرگ", ("STAT", "۱۲ نفر"), "در", ("EVENT", "سیل"), "خبر داد؛ بیمارستان",
        ("ORG", "بیمارستان امید"), ("STAT", "۱۵ نفر"), ("EVENT", "سیل"), ("STAT", "۳ پل"), ("FAC", "پل سنگی"),
    )  # fmt: skip
    mentions[1] = replace(mentions[1], value={"number": 12, "modifier": "exact", "unit": "نفر"})
    mentions[4] = replace(mentions[4], value={"number": 15, "modifier": "exact", "unit": "نفر"})
    records = records_of(
        text,
        mentions,
        ("m2", "affected_by", "m3"), ("m1", "reports", "m2"), ("m5", "affected_by", "m6"), ("m4", "reports", "m5"),
        ("m7", "measures", "m8"),
    )  # fmt: skip
    (flood,) = (r for r in records.values() if r["kind"] == "event")
    given = [records[id] for id in flood["affected"]]
    assert [(r["value"]["number"], [records[a]["name"] for a in r["reported_by"]]) for r in given] == [
        (12, ["پلیس"]),
        (15, ["بیمارستان امید"]),
    ]
    assert [r["about"] for r in records.values() if r["name"] == "۳ پل"] == [["m8"]], "a building has no record"


def test_slots_are_those_that_the_schema_s_signatures_allow() -> None:
    """Every relation but `same_as` fills a slot, and no slot is filled by a relation that its kind cannot have."""
    signatures = load_schema().relations
    shown = {r for slots in SLOTS.values() for slot in slots.values() for r in slot.relations}
    assert shown == set(signatures) - {"same_as"}
    assert set(KINDS) == load_schema().actors | set(load_schema().facts)
    for type, kind in KINDS.items():
        for slot in SLOTS[kind].values():
            owners = [getattr(signatures[r], "tail" if slot.filled_by == "head" else "head") for r in slot.relations]
            assert type == "LOC" or all(type in types for types in owners)


SURFACES = [
    "علی رضایی",
    "رضایی",
    "مریم رضایی",
    "شرکت نفت",
    "نفت",
    "استان فارس",
    "فارس",
    "نشست خبری",
    "نشست",
    "«»",
    "۵ نفر",
    "وزارت",
    "سید",
]


@st.composite
def articles(draw: st.DrawFn) -> tuple[str, list[Mention], list[Relation]]:
    """Any mentions, and any relations that the schema allows between them."""
    schema = load_schema()
    parts = draw(st.lists(st.tuples(st.sampled_from(schema.mention_types), st.sampled_from(SURFACES)), max_size=12))
    text, mentions = mark(*parts)
    dates = st.sampled_from([None, {"edtf": "2017-07-10"}, {"edtf": "2017-08"}, {"edtf": "../2016"}])
    mentions = [replace(m, value=draw(dates)) if m.type == "DAT" else m for m in mentions]
    possible = [
        Relation(a.id, name, b.id)
        for a in mentions
        for b in mentions
        for name, signature in schema.relations.items()
        if a != b and signature.allows(a.type, b.type)
    ]
    chosen = draw(st.lists(st.sampled_from(possible), max_size=15, unique=True)) if possible else []
    return text, mentions, chosen


@settings(deadline=None)
@given(articles(), st.randoms())
def test_any_article_s_mentions_are_in_one_cluster_and_one_record_whatever_their_order(
    article: tuple[str, list[Mention], list[Relation]], random: Random
) -> None:
    text, mentions, relations = article
    clusters, records = assemble(text, [], mentions, relations)
    types = {m.id: m.type for m in mentions}
    joined = [id for group in clusters for id in group]
    cited = [id for record in records for id in record.mentions]
    assert len(joined) == len(set(joined))
    assert all(len(group) > 1 and len({types[id] for id in group}) == 1 for group in clusters)
    assert sorted(cited) == sorted(id for id, type in types.items() if type in KINDS)
    Document("d", text, mentions=tuple(mentions), relations=tuple(relations), clusters=clusters, records=records)
    known = {*types, *(r.id for r in records)}
    assert all(id in known for r in records for slot in SLOTS[r.kind] for id in r.slots[slot])
    random.shuffle(mentions)
    random.shuffle(relations)
    assert assemble(text, [], mentions, relations) == (clusters, records)


def test_thousands_of_mentions_take_a_moment() -> None:
    """Names all different, meetings of one head noun that all differ: nothing is compared with everything."""
    parts = [("PER", f"نام{n} خانواده{n}") for n in range(3000)] + [("MEETING", f"نشست شماره{n}") for n in range(3000)]
    text, mentions = mark(*parts)
    started = time.perf_counter()
    assert len(cluster(text, mentions, [])) == 6000
    assert time.perf_counter() - started < 10, "under a second on an idle machine"
