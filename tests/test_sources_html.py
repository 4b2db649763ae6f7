"""Pages of many shapes to article and meta."""

import pytest
from pages import CHROME, PAGES

from khabar.sources.html import extract


@pytest.mark.parametrize("name", PAGES)
def test_the_article_comes_whole(name: str) -> None:
    page = PAGES[name]
    text, _ = extract(page.html, page.html.encode())
    assert [part for part in page.article if part not in text] == []


@pytest.mark.parametrize("name", [n for n in PAGES if "tables for layout" not in n])
def test_chrome_stays_outside(name: str) -> None:
    text, _ = extract(PAGES[name].html, b"")
    assert [word for word in CHROME if word in text] == []


@pytest.mark.parametrize("name", PAGES)
def test_title_and_day(name: str) -> None:
    page = PAGES[name]
    _, meta = extract(page.html, b"")
    assert meta["title"] == page.headline
    assert meta.get("published") == page.published


def test_site_and_author_are_in_meta() -> None:
    _, meta = extract(PAGES["json-ld, headline inside"].html, b"")
    assert (meta["site"], meta["author"]) == ("پیک دز", "سمیه لطفی")
    assert extract(PAGES["open graph, headline outside"].html, b"")[1]["site"] == "دشت"


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("<span class='date'>۱۴۰۴/۰۸/۲۰</span>", "2025-11-11"),
        ("<div id='publish'>1404-8-20 | 10:15</div>", "2025-11-11"),
        ("<p>تاریخ انتشار: سه شنبه ٢٠ آبان ماه ١٤٠٤</p>", "2025-11-11"),
        ("<p>تاريخ انتشار: ۱۷ دي ۱۴۰۴</p>", "2026-01-07"),
        ("<span class='date'>۱۴۰۴/۱۳/۲۰</span>", None),
        ("<p>کد ۱۴۰۴/۰۸/۲۰</p>", None),
    ],
)
def test_jalali_days_of_a_page(said: str, day: str | None) -> None:
    page = PAGES["no day"].html.replace("<div><h2>", f"{said}<div><h2>")
    assert extract(page, b"")[1].get("published") == day


@pytest.mark.parametrize("mode", ["favor_precision", "favor_recall", "fast"])
def test_no_other_mode_of_the_extractor_does_better(mode: str) -> None:
    """Its plain baseline loses tables and lists and keeps comments; `html2txt` keeps everything."""
    import trafilatura  # noqa: PLC0415

    def errors(text: str, parts: tuple[str, ...]) -> int:
        return sum(part not in text for part in parts) + sum(word in text for word in CHROME)

    ours = others = 0
    for page in PAGES.values():
        ours += errors(extract(page.html, b"")[0], page.article)
        html = page.html.replace("\u200c", "\u2e31")
        found = trafilatura.bare_extraction(html, include_comments=False, **{mode: True})
        text = (found.as_dict().get("text") or "") if found else ""
        others += errors(text.replace("\u2e31", "\u200c"), page.article)
    assert ours <= others


def test_half_spaces_are_kept() -> None:
    text, _ = extract(PAGES["open graph, headline outside"].html, b"")
    assert "می\u200cشود" in text


@pytest.mark.parametrize(
    "html", ["", "<", "<html>", "\x00<p>", "<p>" * 500, "متن بی‌برچسب", "<time datetime=1404>" * 50]
)
def test_anything_is_read_without_a_crash(html: str) -> None:
    text, meta = extract(html, html.encode())
    assert isinstance(text, str)
    assert meta["source_sha256"]
