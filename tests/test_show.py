"""What the terminal and the page show."""

import io
from dataclasses import replace
from html.parser import HTMLParser

from rich.console import Console

from khabar.document import Document, Mention, Record, Relation
from khabar.formats.html import HtmlPage
from khabar.show.terminal import print_document

TEXT = "وزیران خارجهٔ ایران و AB در تهران دیدار کردند. ۱۲۰۰ نفر آمدند."
ISOLATE, END = "\u2068", "\u2069"


def _document(text: str = TEXT, id: str = "خبر ۱") -> Document:
    meeting, place, figure = (text.index(w) for w in ("دیدار", "تهران", "۱۲۰۰"))
    mentions = (
        Mention("m1", "MEETING", meeting, meeting + 5, 0.9),
        Mention("m2", "LOC", place, place + 5, 0.8),
        Mention("m3", "STAT", figure, figure + 4, 0.7, {"number": 1200, "modifier": "more_than", "unit": "نفر"}),
    )
    records = (
        Record("meeting", "r1", "دیدار", ("m1",), {"places": ["m2"], "when": ["2017-07-10"], "dates": []}),
        Record("statistic", "r2", "۱۲۰۰ نفر", ("m3",), {"value": mentions[2].value, "about": [], "reported_by": []}),
    )
    return Document(id, text, {}, (), mentions, (Relation("m1", "held_at", "m2", 0.5),), (), records)


def _shown(document: Document) -> str:
    console = Console(file=io.StringIO(), width=40, color_system=None)
    print_document(document, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_every_persian_word_stands_in_an_isolate() -> None:
    depth = 0
    for character in _shown(_document()):
        depth += (character == ISOLATE) - (character == END)
        assert depth in (0, 1)
        assert depth == 1 or not "\u0600" <= character <= "\u06ff", "a Persian letter could reorder its line"
        assert character != "\n" or depth == 0, "an isolate ends with its line"
    assert depth == 0


def test_a_figure_that_stands_twice_is_shown_once() -> None:
    given = _document()
    meeting, figure = given.records
    again = Record("statistic", "r3", figure.name, figure.mentions, figure.slots)
    whole = Record("meeting", "r1", meeting.name, meeting.mentions, {**meeting.slots, "figures": ["r2", "r3"]})
    lines = _shown(replace(given, records=(whole, figure, again))).splitlines()
    assert sum("= > 1,200" in line for line in lines) == 1
    (of_meeting,) = (line for line in lines if "figures" in line)
    assert of_meeting.count("۱۲۰۰ نفر") == 1


def test_the_order_of_a_line_is_that_of_its_parts() -> None:
    lines = _shown(_document()).splitlines()
    assert lines[1] == f"  meeting   {ISOLATE}دیدار{END}; 2017-07-10; places {ISOLATE}تهران{END}"
    assert lines[2] == f"  statistic {ISOLATE}۱۲۰۰ نفر{END} = > 1,200"


def test_an_article_cannot_steer_the_terminal() -> None:
    shown = _shown(_document("\x1b[31m\u202e\u2069 " + TEXT, id="\x1b]0;x\x07\u2067a"))
    assert not set(shown) & set("\x1b\x07\u202e\u2067")
    assert shown.count(ISOLATE) == shown.count(END)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text, self.open, self.ids = "", [], []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag != "script"
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_escapes_everything_and_closes_every_element() -> None:
    page, document = HtmlPage(), _document("<script>x</script> & " + TEXT, id='"><script>')
    html = page.start() + page.document(document) + page.document(document) + page.end()
    reader = _Page()
    reader.feed(html)
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    assert document.text in reader.text
    assert 'lang="fa" dir="rtl"' in html
