"""The page of an evaluation: what it counts by hand, what it shows, and that it stands alone."""

import io
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import chrome
import pytest
from rich.console import Console

import khabar
from khabar.config import Thresholds
from khabar.document import Document, Mention, Relation
from khabar_eval.articles import evaluate_articles, readings
from khabar_eval.counts import Counts
from khabar_eval.gold import read_articles
from khabar_eval.mistakes import confusion, forgive, link_mistakes, mistakes
from khabar_eval.readings import Link, Outcome, Point, Reading, at, by_distance, curve, outcomes, without_types
from khabar_eval.report import Layer, Report
from khabar_eval.report.examples import MOST, spread
from khabar_eval.report.file import to_dict
from khabar_eval.report.html import page
from khabar_eval.report.terminal import show
from khabar_eval.report.views import confusions, views

ARTICLES = Path(__file__).parents[1] / "data" / "articles"
DEV = ("disaster-flood-minab", "sports-volleyball-playoff", "health-dengue-chabahar")

# three sentences of ten code points, two spans in each
A, B, C, D = (0, 2, "PER"), (5, 8, "MEETING"), (12, 14, "LOC"), (15, 19, "EVENT")
E, F = (20, 22, "ORG"), (25, 28, "STAT")
LINKED = Reading(
    "a",
    "x" * 30,
    gold=(A, B, C, D, E),
    found=(A, B, (12, 14, "ORG"), D, E, F),
    starts=(0, 10, 20),
    gold_links=(Link("speaks_at", A, B), Link("held_at", B, C), Link("agent_of", E, D), Link("agent_of", A, D)),
    found_links=(
        Link("speaks_at", A, B, 0.9),  # right
        Link("held_at", B, (12, 14, "ORG"), 0.8),  # its place has another type
        Link("affected_by", E, D, 0.7),  # another relation
        Link("measures", F, D, 0.6),  # gold has no such figure
        Link("speaks_at", E, B, 0.5),  # gold has both mentions, and no link
    ),
)


def test_types_are_confused_also_where_boundaries_are_wrong() -> None:
    gold = [(0, 2, "PER"), (3, 6, "ORG"), (7, 8, "LOC"), (9, 12, "DAT"), (13, 14, "PER")]
    found = [(0, 2, "PER"), (3, 5, "ORG"), (7, 8, "ORG"), (9, 10, "MON"), (16, 17, "LOC")]
    assert confusion([(gold, found)]) == {
        ("PER", "PER"): 1,
        ("ORG", "ORG"): 1,
        ("LOC", "ORG"): 1,
        ("DAT", "MON"): 1,
        ("PER", "O"): 1,
        ("O", "LOC"): 1,
    }
    strict, kinds = Counts.of(gold, found), mistakes(gold, found)
    assert strict == Counts(1, 4, 4)
    assert forgive(strict, kinds, "boundary") == Counts(2, 3, 3)
    assert forgive(strict, kinds, "type") == Counts(2, 3, 3)


def test_errors_of_links_are_told_by_what_lacks() -> None:
    told = [(m.kind, m.gold and m.gold.type, m.found and m.found.type) for m in link_mistakes(LINKED)]
    assert told == [
        ("mention missed", "held_at", None),
        ("type", "agent_of", "affected_by"),
        ("missed", "agent_of", None),
        ("mention spurious", None, "held_at"),
        ("mention spurious", None, "measures"),
        ("spurious", None, "speaks_at"),
    ]


def test_links_are_counted_by_distance_and_without_the_types_of_mentions() -> None:
    assert by_distance([LINKED, LINKED]) == {"0": Counts(2, 0, 0), "1": Counts(0, 6, 6), "2": Counts(0, 2, 0)}
    assert without_types([LINKED]) == Counts(2, 3, 2)
    far = Reading("b", "x" * 50, (A, (45, 47, "LOC")), (), (0, 10, 20, 30, 40), (Link("held_at", A, (45, 47, "LOC")),))
    assert by_distance([far]) == {"3 or more": Counts(0, 0, 1)}


def test_an_error_is_shown_in_its_sentences() -> None:
    assert LINKED.around(5, 8) == (0, 10)
    assert LINKED.around(5, 10) == (0, 10), "an end is exclusive"
    assert LINKED.around(5, 14) == (0, 20)
    assert LINKED.around(20, 30) == (20, 30)


def test_a_curve_goes_from_the_surest_to_all() -> None:
    decided = [Outcome(0.5, True), Outcome(0.9, True), Outcome(0.5, False), Outcome(0.8, False)]
    points = curve(decided, 4)
    # two with one score come together
    assert points == [Point(0.9, 1, 0.25), Point(0.8, 0.5, 0.25), Point(0.5, 0.5, 0.5)]
    assert at(points, 0.85) == points[0]
    assert at(points, 0.0) == points[2]
    assert at(points, 0.95) is None
    assert list(outcomes([LINKED], "speaks_at")) == [(0.9, True), (0.5, False)]


def test_examples_are_spread_over_all_errors() -> None:
    assert spread(range(25)) == [0, 2, 5, 7, 10, 12, 15, 17, 20, 22]
    assert spread(range(3)) == [0, 1, 2]


def test_other_rules_and_confusions_stand_in_the_terminal_and_in_the_file() -> None:
    # PER and ORG are right, a LOC is taken for an ORG; of the relations one is right
    named = Layer("names", [{"PER": Counts(1), "LOC": Counts(fn=1), "ORG": Counts(1, 1)}])
    linked = Layer("relations", [{"speaks_at": Counts(1, 4, 3)}])
    report = Report("articles", "made", ["a"], [named, linked], 9, 1.0)
    report = replace(report, views=views(report.layers, [LINKED]), confusions=confusions(report.layers, [LINKED]))
    assert report.views["names"] == {
        "strict": Counts(2, 1, 1),
        "boundary-free": Counts(2, 1, 1),
        "type-free": Counts(3, 0, 0),
    }
    assert report.views["relations"]["extents alone"] == Counts(2, 3, 2)
    assert report.views["relations"]["1 sentences apart"] == Counts(0, 3, 3)
    console = Console(width=120, record=True, file=io.StringIO())
    show(report, console)
    shown = console.export_text()
    assert "names, type-free" in shown and "relations, 0 sentences apart" in shown
    assert "names, gold for found (O: nothing): LOC for ORG 1" in shown
    kept = to_dict(report)
    assert kept["views"]["names"]["type-free"]["f1"] == 1
    assert kept["confusions"]["names"] == {"LOC": {"ORG": 1}, "ORG": {"ORG": 1}, "PER": {"PER": 1}}


def _one(gold: Document, found: Document) -> str:
    text = readings([gold], [found])
    layers = [Layer("names", [{"PER": Counts.of(text[0].gold, text[0].found)}])]
    return page(Report("articles", "made", [gold.id], layers, 9, 1.0), text)


def test_gold_and_found_are_told_by_word_in_a_sentence_from_right_to_left() -> None:
    text = "علی حسینی رفت. مریم آمد."
    gold = Document("1", text, mentions=(Mention("m1", "PER", 0, 9),), sentences=((0, 14), (15, 24)))
    shown = _one(gold, Document("1", text, mentions=(Mention("x", "PER", 0, 3),), sentences=gold.sentences))
    [example] = re.findall(r'<div class="text" lang="fa" dir="rtl">(.*?)</div>', shown, re.DOTALL)
    assert re.sub("<[^>]*>", "", example) == "علی حسینی رفت. ", "its sentence, and no other"
    assert re.search(r'class="m n gold PER"[^>]*><span class="m n found PER"[^>]*>علی</span> حسینی</span>', example)
    assert 'data-label="gold PER"' in example and 'data-label="found PER"' in example


def test_nothing_in_a_text_becomes_markup() -> None:
    hostile = "<script>alert(1)</script></style><img src=x>\u202e"
    kind = '"><i'
    gold = Document(hostile, hostile, mentions=(Mention("m1", kind, 0, 8), Mention("m2", "LOC", 9, 12)))
    linked = Document(hostile, hostile, {}, (), gold.mentions, (Relation("m1", kind, "m2", 0.5),))
    read = readings([gold], [linked])
    layers = [Layer("names", [{kind: Counts(0, 0, 1)}]), Layer("relations", [{kind: Counts(0, 1, 0)}])]
    shown = page(Report(hostile, hostile, [hostile], layers, 1, 1.0, {hostile: hostile}), read, Thresholds())
    assert not re.search("<(script|img)", shown)
    assert shown.count("</style>") == 3


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page of the shipped model on three articles that it did not learn from."""
    gold = read_articles([ARTICLES / f"{name}.json" for name in DEV])
    assert {g.meta["split"] for g in gold} == {"dev"}
    pipeline = khabar.load()
    scored, found = evaluate_articles(pipeline, gold)
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(page(scored, readings(gold, found), pipeline.config.thresholds), encoding="utf-8")
    return path


def test_the_shipped_model_s_report_stands_alone(report: Path) -> None:
    shown = report.read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\"'\s<]*", shown)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<script|<link|<img|src=|url\(|@import", shown)
    assert "default-src 'none'" in shown


def test_the_shipped_model_s_report_shows_every_part(report: Path) -> None:
    shown = report.read_text(encoding="utf-8")
    main = ElementTree.fromstring(shown[shown.index("<main") : shown.index("</main>") + len("</main>")])
    headings = [h.text for h in main.iter("h2")]
    layers = ["names", "facts", "relations", "values", "clusters (B-cubed)"]
    assert headings == ["Summary", *layers, "What scores are worth"]
    ids = [e.get("id") for e in main.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    assert len(list(main.iter("figure"))) >= 3
    for folded in main.iter("details"):
        kind, count = "".join(folded.find("summary/b").itertext()), folded.find("summary/b").tail
        assert len(folded.findall("ul/li")) == min(MOST, int(count.replace(",", ""))), kind
    kinds = Counter(e.get("class") for e in main.iter("span") if e.get("class", "").startswith("m "))
    assert {c.split()[2] for c in kinds} == {"gold", "found"}


@chrome.needed
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [400, 1200])
def test_a_report_fits_narrow_and_wide_light_and_dark(browser: Any, report: Path, dark: bool, width: int) -> None:
    browser.get_log("browser")
    chrome.look(browser, dark=dark, width=width)
    browser.get(report.as_uri())
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    needed, given = browser.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert given == width
    assert needed <= given, "no scrolling sideways"
    paper, ink, direction = browser.execute_script("""
        const style = query => getComputedStyle(document.querySelector(query)), shade = c => +c.match(/\\d+/)[0];
        const page = style('.report');
        return [shade(page.backgroundColor), shade(page.color), style('.text').direction];""")
    assert (paper < 60 and ink > 180) if dark else (paper > 230 and ink < 60)
    assert direction == "rtl"
    assert not browser.get_log("browser"), "nothing offends the page's own policy"
