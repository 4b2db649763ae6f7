"""Clusters and records of sentences written by hand."""

from collections.abc import Sequence

import pytest

from khabar.assemble.clusters import cluster
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


def _same(*pairs: tuple[str, str]) -> Sequence[Relation]:
    return [Relation(head, "same_as", tail) for head, tail in pairs]


def test_meetings_said_to_be_the_same_join_transitively() -> None:
    text, mentions = mark(("MEETING", "نشست"), ("MEETING", "گردهمایی"), ("EVENT", "سیل"), ("MEETING", "رویداد"))
    groups = cluster(text, mentions, _same(("m4", "m2"), ("m2", "m1")))
    assert groups == [("m1", "m2", "m4"), ("m3",)]
