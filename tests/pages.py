"""Web pages in the shapes that Persian news sites have, around invented articles."""

from dataclasses import dataclass

MENU = (
    "<nav><ul>"
    + "".join(f"<li><a href='/{n}'>{n}</a></li>" for n in ("سیاست", "اقتصاد", "ورزش", "English"))
    + "</ul></nav>"
)
ASIDE = (
    "<aside class='related'><h3>مطالب مرتبط</h3><ul><li><a href='/1'>هشدار تازه درباره گرد و غبار</a></li>"
    "<li><a href='/2'>نرخ بلیت قطار اعلام شد</a></li></ul></aside>"
)
COMMENTS = (
    "<div id='comments' class='comments'><h3>دیدگاه‌ها</h3><div class='comment'><p>ناشناس: خسته نباشید، ممنون.</p>"
    "</div><form><label>نام</label><input name='n'><label>ایمیل</label><input name='e'><textarea></textarea>"
    "<button>ارسال دیدگاه</button></form></div>"
)
FOOTER = "<footer><p>همه حقوق این پایگاه محفوظ است. © ۱۴۰۴</p></footer>"
CHROME = ("اقتصاد", "گرد و غبار", "بلیت قطار", "خسته نباشید", "ارسال دیدگاه", "محفوظ")


@dataclass(frozen=True)
class Page:
    """A page, its headline, the paragraphs (cells, items) of its article, and the day that it states, if any."""

    html: str
    headline: str
    article: tuple[str, ...]
    published: str | None


BRIDGE = (
    "پل تازه رودخانه دز با حضور استاندار خوزستان و نماینده دزفول در مجلس صبح شنبه به روی خودروها باز شد.",
    "مدیرکل راه خوزستان در این آیین گفت که ساخت پل ۳۴۰ متری چهار سال زمان برد و ۶۲۰ میلیارد تومان هزینه داشت.",
    "به گفته او روزانه ۱۸ هزار خودرو از این پل می‌گذرند و زمان سفر میان دو بخش شهر به پنج دقیقه می‌رسد.",
)
WHEAT = (
    "خرید تضمینی گندم در استان گلستان از مرز ۸۰۰ هزار تن گذشت و کشاورزان تاکنون نیمی از پول خود را گرفته‌اند.",
    "مدیر شرکت غله گلستان قیمت هر کیلوگرم گندم را ۲۰ هزار و ۵۰۰ تومان اعلام کرد و از پرداخت بقیه تا پایان تیر خبر داد.",
    "او افزود: انبارهای گنبدکاووس و علی‌آباد پر شده‌اند و گندم این شهرستان‌ها به سمنان فرستاده می‌شود.",
)
CHESS = (
    "تیم شطرنج زنان ایران در دور هفتم رقابت‌های آسیایی آلماتی هند را شکست داد و به رده دوم جدول رسید.",
    "سرمربی تیم ملی پس از بازی گفت بازیکنان در سه میز برنده شدند و تنها میز چهارم به تساوی کشید.",
)
TABLE = ("گندم", "۲۰ هزار و ۵۰۰ تومان", "جو", "۱۵ هزار و ۲۰۰ تومان")
LIST = ("میز یک: سارا خادمی یک بر صفر برد", "میز دو: مینا عظیمی یک بر صفر برد", "میز سه: نیلوفر پارسا یک بر صفر برد")


def _paragraphs(texts: tuple[str, ...]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def _page(head: str, main: str) -> str:
    top = "<!DOCTYPE html><html lang='fa' dir='rtl'><head><meta charset='utf-8'>"
    return f"{top}{head}</head><body><header>{MENU}</header>{main}{ASIDE}{COMMENTS}{FOOTER}</body></html>"


_LD = (
    '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "NewsArticle", "headline": '
    '"پل تازه دز باز شد", "datePublished": "2025-11-08T09:30:00+03:30", "publisher": {"@type": "Organization", '
    '"name": "پیک دز"}, "author": {"@type": "Person", "name": "سمیه لطفی"}}</script>'
)
_TABLE = (
    f"<table><tr><td>{TABLE[0]}</td><td>{TABLE[1]}</td></tr><tr><td>{TABLE[2]}</td><td>{TABLE[3]}</td></tr></table>"
)

PAGES = {
    "json-ld, headline inside": Page(
        _page(
            f"<title>پل تازه دز باز شد - پیک دز</title>{_LD}",
            f"<article><h1>پل تازه دز باز شد</h1><div class='share'>تلگرام ایتا</div>{_paragraphs(BRIDGE)}</article>",
        ),
        "پل تازه دز باز شد", BRIDGE, "2025-11-08",
    ),
    "open graph, headline outside": Page(
        _page(
            "<title>خرید گندم | دشت</title><meta property='og:title' content='خرید گندم گلستان از ۸۰۰ هزار تن گذشت'>"
            "<meta property='og:site_name' content='دشت'>"
            "<meta property='article:published_time' content='2025-06-21T12:00:00Z'>",
            f"<div class='title'><h1>خرید گندم گلستان از ۸۰۰ هزار تن گذشت</h1></div><div class='content'>"
            f"<div class='item-text'>{_paragraphs(WHEAT[:2])}{_TABLE}{_paragraphs(WHEAT[2:])}</div></div>",
        ),
        "خرید گندم گلستان از ۸۰۰ هزار تن گذشت", (*WHEAT[:2], *TABLE, WHEAT[2]), "2025-06-21",
    ),
    "meta name, a list": Page(
        _page(
            "<title>پیروزی شطرنج زنان برابر هند</title><meta name='date' content='2025-05-30'>",
            f"<main><h1>پیروزی شطرنج زنان برابر هند</h1><div class='body'>{_paragraphs(CHESS[:1])}<ul>"
            + "".join(f"<li>{item}</li>" for item in LIST)
            + f"</ul>{_paragraphs(CHESS[1:])}</div></main>",
        ),
        "پیروزی شطرنج زنان برابر هند", (CHESS[0], *LIST, CHESS[1]), "2025-05-30",
    ),
    "time tag": Page(
        _page(
            "<title>پل تازه دز باز شد</title>",
            f"<article><header><h1>پل تازه دز باز شد</h1><time datetime='2025-11-08T09:30'>۱۷ آبان ۱۴۰۴</time></header>"
            f"{_paragraphs(BRIDGE)}</article>",
        ),
        "پل تازه دز باز شد", BRIDGE, "2025-11-08",
    ),
    "a Jalali day in digits": Page(
        _page(
            "<title>خرید گندم گلستان از ۸۰۰ هزار تن گذشت</title>",
            f"<div class='news'><h1>خرید گندم گلستان از ۸۰۰ هزار تن گذشت</h1><span class='news-date'>۱۴۰۴/۰۳/۳۱ - ۱۰:۲۰"
            f"</span><div class='text'>{_paragraphs(WHEAT)}</div></div>",
        ),
        "خرید گندم گلستان از ۸۰۰ هزار تن گذشت", WHEAT, "2025-06-21",
    ),
    "a Jalali day in words, line breaks, tables for layout": Page(
        "<html><head><title>پل تازه دز باز شد</title></head><body><table width=100%><tr><td>اقتصاد | ورزش</td></tr>"
        "<tr><td><b>پل تازه دز باز شد</b><br>تاریخ انتشار: شنبه ۱۷ آبان ۱۴۰۴<br><br>"
        + "<br><br>".join(BRIDGE) + "</td>"
        "<td>مطالب مرتبط<br><a href=/1>هشدار تازه درباره گرد و غبار</a></td></tr></table></body></html>",
        "پل تازه دز باز شد", BRIDGE, "2025-11-08",
    ),
    "no day": Page(
        _page(
            "<title>پیروزی شطرنج زنان برابر هند</title>",
            f"<div><h2>پیروزی شطرنج زنان برابر هند</h2>{_paragraphs(CHESS)}</div>",
        ),
        "پیروزی شطرنج زنان برابر هند", CHESS, None,
    ),
    "broken": Page(
        "<html><head><title>پل تازه دز باز شد<meta charset=utf-8></title><body><div class=menu>"
        "<a href='/e'>اقتصاد<a>ورزش</div></td>"
        "<div class='content'><h1>پل تازه دز باز شد</h2>"
        + "".join(f"<p>{text}<b>" for text in BRIDGE) + "</div></span>"
        "<div class='related'><a href='/1>هشدار تازه درباره گرد و غبار</a>",
        "پل تازه دز باز شد", BRIDGE, None,
    ),
}  # fmt: skip
