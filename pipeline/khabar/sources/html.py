"""Web pages to articles, by trafilatura."""

import hashlib
from importlib.metadata import version
from typing import Any

HALFSPACE = "\u200c"
# trafilatura deletes U+200C as unprintable; one of these signs, none of which news uses, carries it through
_STANDINS = "\u2e31\u2e33\u2056\u2e2b\u2e2c"


def extract(html: str, data: bytes) -> tuple[str, dict[str, Any]]:
    """Return a page's article, comments and chrome left out, and what the page says of it.

    `meta` has `title`, `published` (ISO 8601 day), `site`, `author` and `url` where the page states them, and always
    `extracted_by` and `source_sha256`. The text is empty where no article was found.
    """
    # the extractor takes half a second to import, which `import khabar` need not wait for
    import trafilatura  # noqa: PLC0415

    standin = next((c for c in _STANDINS if c not in html), None)
    carried = html.replace(HALFSPACE, standin) if standin else html
    found = trafilatura.bare_extraction(carried, include_comments=False, with_metadata=True)
    meta: dict[str, Any] = {
        "extracted_by": f"trafilatura {version('trafilatura')}",
        "source_sha256": hashlib.sha256(data).hexdigest(),
    }
    if found is None:
        return "", meta
    page = found.as_dict()
    for key, name in (
        ("title", "title"),
        ("published", "date"),
        ("site", "sitename"),
        ("author", "author"),
        ("url", "url"),
    ):
        if page.get(name):
            meta[key] = _restore(str(page[name]), standin)
    return _restore(page.get("text") or "", standin), meta


def _restore(text: str, standin: str | None) -> str:
    return text.replace(standin, HALFSPACE) if standin else text
