"""Documents as HTML: whole, safe, nested right, and styled for themselves alone."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from khabar.assemble import assemble
from khabar.document import Document, Mention, Relation
from khabar.show.html import article, foot, fragment, head, sheet
from khabar.show.words import title_of

ARTICLES = sorted((Path(__file__).parents[1] / "data" / "articles").glob("*.json"))
VOID = {"meta", "link", "input", "br"}


class Page(HTMLParser):
    """Reads a page: its tags, the text of its articles without folded notes, and what each mention spans."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.spans, self.ids = "", {}, []
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.tags.append((tag, held))
        if held.get("id"):
            self.ids.append(held["id"])
        if tag not in VOID:
            self._open.append((tag, held))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        inside = [tag for tag, _ in self._open]
        if any(held.get("class") == "text" for _, held in self._open) and "details" not in inside:
            self.text += data
            for tag, held in self._open:
                if tag == "span" and held.get("id"):
                    self.spans[held["id"]] = self.spans.get(held["id"], "") + data


def with_records(document: Document, sentences: tuple[tuple[int, int], ...] = ()) -> Document:
    clusters, records = assemble(document.text, sentences, document.mentions, document.relations)
    return Document(
        document.id,
        document.text,
        document.meta,
        sentences,
        document.mentions,
        document.relations,
        clusters,
        records,
    )


@pytest.mark.parametrize("path", ARTICLES, ids=lambda p: p.stem)
def test_a_page_holds_the_whole_text_and_every_mention(path: Path) -> None:
    gold = Document.from_dict(json.loads(path.read_text(encoding="utf-8")))
    document = with_records(gold, ((0, len(gold.text) // 2), (len(gold.text) // 2, len(gold.text))))
    page = Page(head("x") + article(document, prefix="d1-") + foot())
    assert page.text == document.text
    assert page.spans == {f"d1-{m.id}": document.surface(m) for m in document.mentions}
    assert len(page.ids) == len(set(page.ids))
    links = [held["href"] for tag, held in page.tags if tag == "a"]
    assert links and {f"#{id}" for id in page.ids} >= set(links)
    for record in document.records:
        assert f"d1-{record.id}" in page.ids


def test_nested_mentions_nest_and_crossing_ones_are_cut() -> None:
    text = "نشست وزیران دریای خزر در رشت"
    meeting, sea = Mention("m1", "MEETING", 0, 21), Mention("m2", "LOC", 12, 21)
    nested = article(Document("1", text, mentions=(sea, meeting)))
    assert re.search(r'id="m1"[^>]*>نشست وزیران <span[^>]*id="m2"[^>]*>دریای خزر</span></span> در', nested)
    crossing = Document("1", text, mentions=(Mention("a", "MEETING", 0, 11), Mention("b", "STAT", 5, 17)))
    page = article(crossing)
    assert re.search(r'id="a"[^>]*>نشست <span[^>]*id="b"[^>]*>وزیران</span></span><span[^>]*> دریای</span>', page)
    # each mention is labeled once, where it ends
    assert page.count('data-label="MEETING"') == 1 + 1 and page.count('data-label="STAT"') == 1 + 1
    assert Page(page).text == text


def test_two_facts_one_in_the_other_have_lines_at_two_heights() -> None:
    facts = (Mention("m1", "MEETING", 0, 9), Mention("m2", "STAT", 3, 6), Mention("m3", "EVENT", 10, 12))
    page = article(Document("1", "abcdefghi klm", mentions=facts))
    heights = re.findall(r'<span class="m f (u\d) (\w+)" id=', page)
    assert heights == [("u1", "MEETING"), ("u0", "STAT"), ("u0", "EVENT")]


HOSTILE = "<script>alert(1)</script></style><img src=x onerror=alert(2)>\"'&\u202e\u2066\x00\ud800"


def test_nothing_in_a_document_becomes_markup() -> None:
    kinds = (Mention("m1", "PER", 0, 8), Mention('"><script>', '"><iframe>', 8, 30))
    document = Document(
        f"id{HOSTILE}",
        HOSTILE,
        {"title": HOSTILE, "source": HOSTILE, "published": HOSTILE},
        ((0, len(HOSTILE)),),
        kinds,
        (Relation("m1", HOSTILE, '"><script>'),),
    )
    page = fragment(with_records(document, document.sentences))
    tags = {tag for tag, _ in Page(page).tags}
    assert not tags & {"script", "img", "iframe"}
    assert page.count("</style>") == 2  # of the sheet, and of what is related


def test_controls_of_direction_stay_inside_their_block() -> None:
    document = with_records(
        Document("1\u202e", "علی\u202e رفت", {"title": "عنوان\u2066"}, mentions=(Mention("m1", "PER", 0, 4),))
    )
    page = article(document)
    body = page.split('<div class="text">')
    assert "\u202e" in body[1].split("</div>")[0]  # the text is as it was
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", body[0] + body[1].split("</div>", 1)[1])


def test_relations_stand_after_their_sentence_and_frame_each_other() -> None:
    text = "علی آمد. نشست در رشت بود."
    document = Document(
        "1",
        text,
        sentences=((0, 8), (9, 25)),
        mentions=(Mention("m1", "PER", 0, 3), Mention("m2", "MEETING", 9, 13), Mention("m3", "LOC", 17, 20)),
        relations=(Relation("m2", "held_at", "m3", 0.5), Relation("m1", "participates_in", "m2")),
    )
    page = article(document, prefix="d-")
    first, second = page.split("</span> آمد.")
    assert "<details" not in first and second.index("نشست") < second.index("<details")
    assert second.count("<details") == 1 and second.count("<li>") >= 2
    assert "#d-article:has(#d-m2:is(:hover,:focus-visible)) :is(#d-m1,#d-m3)" in page
    assert re.search(r'id="d-m3"[^>]*data-hint="[^"]*نشست ← برگزار شد در این"', page)


def test_documents_on_one_page_keep_their_ids() -> None:
    one, other = (Document("1", text, mentions=(Mention("m1", "PER", 0, 3),)) for text in ("علی", "رضا"))
    page = Page(fragment(one) + fragment(other))
    assert len(page.ids) == len(set(page.ids)) == 4
    assert one._repr_html_() == fragment(one)


def test_a_page_asks_for_nothing_and_styles_nothing_else() -> None:
    page = fragment(Document("1", "علی", mentions=(Mention("m1", "PER", 0, 3),)))
    assert not re.search(r"https?:|url\(|@import|src=|<link|<script", page)
    # every rule at the outer level is about .khabar
    css, depth, outer = re.sub(r"/\*.*?\*/", "", sheet("page.css"), flags=re.DOTALL), 0, [""]
    for sign in css:
        depth += (sign == "{") - (sign == "}")
        if depth == 0 and sign != "}":
            outer[-1] += sign
        elif depth == 1 and sign == "{":
            outer.append("")
    selectors = [s.strip() for s in outer if s.strip()]
    assert selectors and all(s.endswith(".khabar") for s in selectors)
    assert "default-src 'none'" in head("x") and "script-src" not in head("x")


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a: str, b: str) -> float:
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_every_ground(theme: int) -> None:
    """WCAG 2.2: 4.5 for text (1.4.3), 3 for the lines that mark facts (1.4.11)."""
    colors = {
        name: pair.split(", ")[theme] for name, pair in re.findall(r"--(\w+): light-dark\(([^)]+)\)", sheet("page.css"))
    }
    for ground in ("paper", "card", "per", "org", "loc", "when", "much", "thing"):
        assert _contrast(colors["ink"], colors[ground]) >= 4.5
        assert _contrast(colors["dim"], colors[ground]) >= 4.5
    for line in ("meeting", "event", "stat"):
        assert _contrast(colors[line], colors["paper"]) >= 3
    assert _contrast(colors["link"], colors["paper"]) >= 4.5 and _contrast(colors["link"], colors["card"]) >= 4.5


def test_the_title_is_the_first_line_of_the_article() -> None:
    text = "خانه | سیاست\nنشست در تهران آغاز شد\nوزیران آمدند."
    told = Document(id="a", text=text, sentences=((13, 35), (36, 49)))
    assert title_of(told) == "نشست در تهران آغاز شد"
    assert title_of(replace(told, meta={"title": "عنوان"})) == "عنوان"
    assert title_of(replace(told, sentences=())) == "خانه | سیاست"
