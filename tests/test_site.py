"""A batch as a site: every link leads somewhere, every text is only text, and size grows with the articles alone."""

import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from khabar.assemble import assemble
from khabar.document import Document, Mention, Relation
from khabar.show.catalog import Catalog, both
from khabar.show.site import write_site

PEOPLE = ["علی حسینی", "مریم صادقی", "رضا کاظمی", "نرگس امینی", "آرش نوری"]
PLACES = ["تهران", "شیراز", "تبریز"]


def document(number: int, title: str | None = None) -> Document:
    """One made-up article: a meeting, who spoke there, where and when, and an actor of its own."""
    parts = [
        ("PER", PEOPLE[number % 5]),
        ("MEETING", "نشست"),
        ("ORG", f"شورای {number // 4}"),
        ("LOC", PLACES[number % 3]),
        ("DAT", "دوشنبه"),
        ("EVENT", "امضا شد"),
    ]
    text, mentions = "", []
    day = f"{2000 + number % 20}-{1 + number % 12:02}-{1 + number % 28:02}"
    for n, (kind, words) in enumerate(parts, 1):
        value = {"edtf": day} if kind == "DAT" else None
        mentions.append(Mention(f"m{n}", kind, len(text), len(text) + len(words), value=value))
        text += words + " "
    relations = (
        Relation("m1", "speaks_at", "m2"),
        Relation("m3", "organizes", "m2"),
        Relation("m2", "held_at", "m4"),
        Relation("m2", "held_on", "m5"),
    )
    clusters, records = assemble(text, [(0, len(text))], mentions, relations)
    meta = {"title": title or f"خبر {number}", "published": day}
    return Document(str(number), text, meta, ((0, len(text)),), tuple(mentions), relations, clusters, records)


def index_data(folder: Path) -> dict[str, Any]:
    page = (folder / "index.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    assert write_site((document(n) for n in range(450)), folder) == 450
    return folder


def test_every_link_leads_to_a_page_and_a_place_on_it(site: Path) -> None:
    pages = {p: p.read_text(encoding="utf-8") for p in site.rglob("*.html")}
    ids = {p: set(re.findall(r' id="([^"]+)"', page)) for p, page in pages.items()}
    for path, page in pages.items():
        for address in re.findall(r'href="([^"]+)"', page):
            assert not address.startswith(("http", "/", "file"))
            file, _, place = unquote(address).partition("#")
            target = (path.parent / file).resolve() if file else path
            assert target.exists(), f"{path}: {address}"
            assert not place or place in ids[target], f"{path}: {address}"


def test_an_actor_has_what_it_did_in_every_article_with_sources(site: Path) -> None:
    data = index_data(site)
    number = next(n for n, (name, kind) in enumerate(data["actors"], 1) if (name, kind) == (PEOPLE[1], "PER"))
    page = (site / f"actors/{number}.html").read_text(encoding="utf-8")
    assert page.count("<b>سخنران</b>") == 90
    for article in range(1, 450, 5):
        assert f"../articles/{article + 1}.html#r" in page


def test_long_lists_go_on_over_several_pages(site: Path) -> None:
    data = index_data(site)
    assert len(list(site.glob("articles-*.html"))) == 2  # 450 at 200 a page
    assert len(list(site.glob("timeline-*.html"))) == 2  # 450 meetings and 20 years
    listed = "".join(p.read_text(encoding="utf-8") for p in site.glob("timeline*.html"))
    assert listed.count('<li class="meeting">') == 450
    days = re.findall(r"\(([0-9]{4}-[0-9]{2}-[0-9]{2})\)", (site / "timeline.html").read_text(encoding="utf-8"))
    assert days == sorted(days) and len(days) > 150
    assert len(data["actors"]) == 5 + 3 + 113


def test_the_index_knows_who_stood_in_which_relation(site: Path) -> None:
    data = index_data(site)
    options = re.findall(r'<option value="(\d+)">([^<]+)</option>', (site / "index.html").read_text(encoding="utf-8"))
    bits = {label: int(value) for value, label in options}
    title, published, jalali, snippet, relations, flat = data["articles"][7]
    roles = {data["actors"][a][0]: mask for a, mask in zip(flat[::2], flat[1::2], strict=True)}
    assert (title, published, jalali) == ("خبر 7", "2007-08-08", "1386-05-17")
    assert snippet.startswith(PEOPLE[2])
    assert roles == {
        PEOPLE[2]: bits["سخن می‌گوید در"],
        "شورای 1": bits["برگزار می‌کند"],
        PLACES[1]: bits["برگزار شد در"],
    }
    assert relations == sum(roles.values()) + bits["برگزار شد به روز"]


@pytest.mark.parametrize(
    ("date", "shown"),
    [
        ("2025-11-25", "۱۴۰۴/۹/۴ (2025-11-25)"),
        ("2025-11-25/2025-11-26", "۱۴۰۴/۹/۴ تا ۱۴۰۴/۹/۵ (\u20662025-11-25/2025-11-26\u2069)"),
        ("2025-11-22/2025-12-21", "۱۴۰۴/۹ (2025-11-22/2025-12-21)"),
        ("2025-06-22/2025-09-22", "۱۴۰۴/۴ تا ۱۴۰۴/۶ (\u20662025-06-22/2025-09-22\u2069)"),
        ("2025-03-21/2026-03-20", "۱۴۰۴ (2025-03-21/2026-03-20)"),
        ("2025-11/2025-12", "2025-11/2025-12"),
        ("9999-12-30/9999-12-31", "9999-12-30/9999-12-31"),
        ("", ""),
    ],
)
def test_days_and_stretches_are_shown_in_both_calendars(date: str, shown: str) -> None:
    assert both(date) == shown


def test_a_snippet_goes_on_behind_the_title_in_whole_words() -> None:
    text = "تیتر خبر\n" + "واژهٔ دراز " * 40
    catalog = Catalog()
    catalog.add(Document("a", text, sentences=((0, 8), (9, len(text) - 1))))
    [entry] = catalog.entries
    assert entry.title == "تیتر خبر"
    assert entry.snippet.startswith("واژهٔ دراز")
    assert set(entry.snippet.split()) == {"واژهٔ", "دراز", "…"}


def test_one_actor_in_two_spellings_has_one_page(tmp_path: Path) -> None:
    spelled = [
        Document(str(n), name, mentions=(Mention("m1", "PER", 0, len(name)),))
        for n, name in enumerate(["محمد علي كاظمي", "محمدعلی کاظمی", "محمد\u200cعلی کاظمی"])
    ]
    both = [
        Document(d.id, d.text, mentions=d.mentions, records=assemble(d.text, [], d.mentions, [])[1]) for d in spelled
    ]
    write_site(both, tmp_path)
    assert len(index_data(tmp_path)["actors"]) == 1
    assert (tmp_path / "actors/1.html").read_text(encoding="utf-8").count("../articles/") == 3


def test_only_the_script_of_the_site_may_run(tmp_path: Path) -> None:
    write_site([document(1, "</script><script>alert(1)</script><!--\u2028\u202e\ud800")], tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 1 and page.count("<script") == 2
    allowed = re.search(r"script-src '(sha256-[^']+)'", page)
    assert allowed
    assert allowed[1] == "sha256-" + base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert "fetch(" not in page and "innerHTML" not in page
    for other in tmp_path.rglob("*.html"):
        if other.name != "index.html":
            assert "<script" not in other.read_text(encoding="utf-8")


def test_no_articles_make_a_whole_site(tmp_path: Path) -> None:
    assert write_site([], tmp_path) == 0
    assert index_data(tmp_path)["articles"] == []
    assert (tmp_path / "timeline.html").exists()


def test_size_and_work_grow_with_the_number_of_articles(tmp_path: Path) -> None:
    """2,000 articles: a bounded index, bounded pages, and not many times the steps an article that 200 need."""
    steps: dict[int, int] = {}
    for count in (200, 2000):
        folder = tmp_path / str(count)
        with counted() as lines:
            write_site((document(n) for n in range(count)), folder)
        steps[count] = lines[0]
        assert (folder / "index.html").stat().st_size < 1000 * count
    assert steps[2000] < 12 * steps[200]
    assert max(p.stat().st_size for p in folder.rglob("*.html") if p.name != "index.html") < 200_000


@contextmanager
def counted() -> Iterator[list[int]]:
    """Count the lines of the site's own modules that run: a measure that a busy machine does not change."""
    lines = [0]

    def trace(frame: Any, event: str, _: Any) -> Any:
        if "/khabar/show/" not in frame.f_code.co_filename:
            return None
        lines[0] += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield lines
    finally:
        sys.settrace(before)
