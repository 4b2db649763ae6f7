"""Documents as HTML: the article with its mentions and relations, and its records.

A page needs no network and no script. Everything that comes from a document is escaped.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files

from khabar.document import Document
from khabar.show.cards import Cards
from khabar.show.text import FACTS, highlights, marked_text
from khabar.show.words import TYPES, plain, title_of

# nothing is fetched, and no script runs but those whose hash is given, whatever a text holds
_POLICY = "default-src 'none'; style-src 'unsafe-inline' 'self' file:; base-uri 'none'; form-action 'none'"


def head(title: str, *, lang: str = "fa", styles: str | None = None, script_hash: str | None = None) -> str:
    """Return a page up to what is in its body.

    Args:
        title: of the page.
        lang: of what the page says itself; Persian goes from right to left.
        styles: the address of a style sheet; without one, the style that articles need is written into the page.
        script_hash: of the one script that may run, as a content security policy has it.
    """
    policy = _POLICY + (f"; script-src '{script_hash}'" if script_hash else "")
    linked = f'<link rel="stylesheet" href="{escape(styles)}">' if styles else style()
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}" dir="{"rtl" if lang == "fa" else "ltr"}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(plain(title))}</title>{linked}"
        "<style>body { margin: 0; background: light-dark(#fdfdfc, #17171a); }</style></head><body>\n"
    )


def foot() -> str:
    """Return the end of a page."""
    return "</body></html>\n"


@cache
def sheet(name: str) -> str:
    """Return the text of a file of this package: a style sheet or a script."""
    return files("khabar.show").joinpath(name).read_text(encoding="utf-8")


def style() -> str:
    """Return the style element that articles need, written for them alone."""
    return f"<style>{sheet('page.css')}</style>"


def fragment(document: Document) -> str:
    """Return an article with its style, to stand in another page such as a notebook.

    Ids begin with a hash of the document, so that other documents on the page keep theirs.
    """
    known = hashlib.sha256(f"{document.id}\0{document.text}".encode(errors="replace")).hexdigest()
    return style() + article(document, prefix=f"k{known[:10]}-")


def article(document: Document, prefix: str = "", pages: Mapping[str, str] | None = None) -> str:
    """Return one article.

    Args:
        document: what to show.
        prefix: keeps the ids of articles on one page apart.
        pages: addresses of the pages that records have, by record id.
    """
    return (
        f'<article class="khabar" lang="fa" dir="rtl" id="{escape(prefix)}article">'
        f"{highlights(document, prefix)}<h2>{escape(title_of(document))}</h2>"
        f'<p class="about">{_about(document)}</p>{_legend(document)}'
        f'<div class="text">{marked_text(document, prefix)}</div>'
        f"{Cards(document, prefix, pages or {})}</article>\n"
    )


def _about(document: Document) -> str:
    told = (document.meta.get(key) for key in ("site", "published", "source"))
    return " · ".join(f"<bdi>{escape(plain(str(item)))}</bdi>" for item in (document.id, *told) if item)


def _legend(document: Document) -> str:
    present = {m.type for m in document.mentions}
    items = "".join(
        f'<li><span class="m {"f" if kind in FACTS else "n"} {kind}" data-label="{kind}">{word}</span></li>'
        for kind, word in TYPES.items()
        if kind in present
    )
    return f'<ul class="legend" aria-label="راهنمای رنگ‌ها">{items}</ul>' if items else ""
