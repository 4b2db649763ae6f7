"""The page: a form, and below it what was found. No script, nothing fetched."""

import base64
import functools
import hashlib
import re
from html import escape
from importlib.resources import files

from starlette.exceptions import HTTPException

from khabar.document import Document
from khabar.serve.upload import Form
from khabar.show.html import article, style

_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
_REASONS = {
    413: "متن بلندتر از اندازه‌ای است که خوانده می‌شود.",
    422: "متنی برای خواندن پیدا نشد.",
    503: "خواندنی‌های دیگری در صف است؛ کمی دیگر دوباره بفرستید.",
    504: "زمان خواندن به پایان رسید؛ متن کوتاه‌تری بفرستید.",
}
_FAILED = "خواندن این متن انجام نشد."


def page(form: Form, characters: int, document: Document | None = None, refusal: HTTPException | None = None) -> str:
    """Return the page with the form as it was filled, and a document or the reason why there is none."""
    return f"""<!DOCTYPE html>
<html lang="fa" dir="rtl"><head><meta charset="utf-8"><title>خبر</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">
{_styles()}</head><body>
<main><header><h1>خبر</h1><p>چه کسی با چه کسی دیدار کرد، چه رخ داد و چه آماری گفته شد.</p></header>
<form method="post" action="#result" enctype="multipart/form-data">
<label for="text">متن خبر</label>
<textarea id="text" name="text" rows="9" dir="rtl" maxlength="{characters}" spellcheck="false"
 aria-describedby="hint">{_kept(form.text)}</textarea>
<p id="hint" class="hint">متن را اینجا بگذارید، یا پرونده‌ای برگزینید یا روی کادر آن بکشید؛ پرونده جای متن را می‌گیرد.</p>
<div class="row"><div><label for="file">پرونده (txt یا html)</label>
<input id="file" name="file" type="file" accept=".txt,.html,.htm,text/plain,text/html"></div>
<div><label for="published">روز انتشار</label>
<input id="published" name="published" type="date" value="{escape(form.published)}"></div></div>
<div class="buttons"><button id="read">بخوان</button>
<button id="json" name="as" value="json">JSON</button></div></form>
{_result(document, refusal)}</main></body></html>
"""


def policy(text: str) -> str:
    """Return the content security policy of a page: its own styles by their hashes, and its form."""
    digests = (hashlib.sha256(style.encode()).digest() for style in _STYLE.findall(text))
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'none'; style-src {hashes}; img-src data:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


def _kept(text: str) -> str:
    # a parser drops a line feed right behind the tag, so there is one to drop
    return "\n" + escape(text)


def _result(document: Document | None, refusal: HTTPException | None) -> str:
    if refusal:
        reason = _REASONS.get(refusal.status_code, _FAILED)
        return (
            f'<section id="result" tabindex="-1" role="alert"><p>{reason}</p>'
            f'<p class="hint" lang="en" dir="ltr">{escape(refusal.detail)}</p></section>'
        )
    if document is None:
        return ""
    return f'<section id="result" tabindex="-1" aria-label="یافته‌ها">{article(document)}</section>'


@functools.cache
def _styles() -> str:
    own = files("khabar.serve").joinpath("page.css").read_text(encoding="utf-8")
    return f"<style>{own}</style>{style()}"
