"""Clusters and records of sentences written by hand."""

from dataclasses import replace

import pytest

from khabar.assemble.clusters import cluster
from khabar.assemble.occurrences import days_of, describe
from khabar.assemble.spelling import fold
from khabar.document import Mention, Relation


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
        ("PER", ["پائولو", "پائولو برتی"]),
        ("LOC", ["شهر ساری", "ساری"]),
        ("LOC", ["آمریکا", "امریکا", "ایالات متحده"]),
        ("LOC", ["استان گیلان", "گیلان"]),
        ("ORG", ["پلیس اینترپل", "اینترپل"]),
        ("ORG", ["وزارت خارجه", "وزارت امور خارجه", "وزارت امور خارجه‌ی"]),
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
        ("LOC", ["استان کرمان", "کرمان"]),
        ("LOC", ["دریای عمان", "عمان"]),
        ("ORG", ["دانشگاه تهران", "دانشگاه علوم پزشکی تهران"]),
        ("ORG", ["وزارت نفت", "شرکت نفت", "نفت"]),
        ("ORG", ["شورای امنیت سازمان ملل", "سازمان ملل"]),
        ("ORG", ["شورا", "شورای شهر ساری"]),
        ("ORG", ["دادگاه آمل", "شهرداری آمل"]),
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
        (["کارگاهی", "کارگاه‌ها", "کارگاه خوشنویسی"], [[0, 1, 2]]),
        (["نشست خبری", "نشست وزیران راه", "نشست"], [[0], [1, 2]]),
        (["پنجمین جشنواره انار", "ششمین جشنواره انار", "جشنواره پنجم"], [[0], [1], [2]]),
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
        ("تامین مالی", (None, "تامین", ("مال",))),
        ("دوم", (None, "دوم", ())),
    ],
)
def test_a_meeting_is_described_by_ordinal_head_and_what_stands_behind(surface: str, description: object) -> None:
    assert describe(surface) == description
