"""Many documents as a site of static pages that opens from a folder, without a server and without a network.

`index.html` searches and filters, `articles/N.html` is an article, `actors/N.html` what an actor did, with sources;
`timeline.html`, `actors.html` and `articles.html` list all. Only the index has a script, and its data lies in it.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from khabar.document import Document
from khabar.show.catalog import Actor, Catalog, Deed, Happening, both
from khabar.show.html import article, foot, head, sheet
from khabar.show.words import RELATIONS, TYPES, persian, title_of

# entries a page, so that no page grows with the number of articles
_PER_PAGE = 200
_SECTIONS = {"index": "جست‌وجو", "timeline": "گاه‌شمار", "actors": "کنشگران", "articles": "همهٔ خبرها"}
_KINDS = {"meeting": "نشست", "event": "رویداد"}


def write_site(documents: Iterable[Document], folder: Path) -> int:
    """Write the site into a folder; return how many articles it has.

    Documents are read one at a time. What is kept of each is a small entry: title, day, its actors and their parts.
    The index is written last: where it is, the site is whole.

    Raises:
        OSError: the folder cannot be written.
    """
    catalog = Catalog()
    for part in ("articles", "actors"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    _write(folder / "site.css", sheet("page.css") + sheet("site.css"))
    for number, document in enumerate(documents, 1):
        pages = {record: f"../actors/{actor + 1}.html" for record, actor in catalog.add(document).items()}
        _write(folder / f"articles/{number}.html", _page(title_of(document), article(document, pages=pages), up="../"))
    for number, actor in enumerate(catalog.actors, 1):
        _write_list(folder, f"actors/{number}", actor.name, _about(actor), list(_deeds(catalog, actor)))
    _write_lists(folder, catalog)
    _write(folder / "index.html", _index(catalog))
    return len(catalog.entries)


def _write(path: Path, text: str) -> None:
    # a lone surrogate in a text cannot be encoded, and must not end the run
    path.write_text(text, encoding="utf-8", errors="replace", newline="\n")


def _page(title: str, body: str, *, up: str = "", section: str = "", script_hash: str | None = None) -> str:
    links = "".join(
        f'<a href="{up}{name}.html"{" aria-current=page" if name == section else ""}>{label}</a>'
        for name, label in _SECTIONS.items()
    )
    start = head(title, styles=f"{up}site.css", script_hash=script_hash)
    skip = '<a class="skip" href="#main">رفتن به متن</a>'
    return f'{start}<header class="khabar bar">{skip}<nav>{links}</nav></header><main id="main">{body}</main>{foot()}'


def _write_lists(folder: Path, catalog: Catalog) -> None:
    happenings = sorted(catalog.happenings)
    told = f"{persian(len(happenings))} نشست و رویداد با تاریخ، {persian(catalog.undated)} بی‌تاریخ (در برگهٔ خبرها)"
    _write_list(folder, "timeline", _SECTIONS["timeline"], told, list(_years(happenings, catalog)))
    order = sorted(range(len(catalog.actors)), key=lambda n: (-len(catalog.actors[n].articles), n))
    actors = [
        f'<li><a href="actors/{n + 1}.html"><bdi>{escape(catalog.actors[n].name)}</bdi></a> '
        f"<small>{_about(catalog.actors[n])}</small></li>"
        for n in order
    ]
    _write_list(folder, "actors", _SECTIONS["actors"], f"{persian(len(actors))} نام", actors)
    newest = sorted(range(len(catalog.entries)), key=lambda n: (catalog.entries[n].published, -n), reverse=True)
    articles = [f"<li>{_source(catalog, n)}</li>" for n in newest]
    _write_list(folder, "articles", _SECTIONS["articles"], f"{persian(len(articles))} خبر", articles)


def _write_list(folder: Path, name: str, title: str, told: str, items: Sequence[str]) -> None:
    """Write items on as many pages as they need: `name.html`, `name-2.html` and so on."""
    up, stem, section = "../" * name.count("/"), name.rsplit("/", 1)[-1], "" if "/" in name else name
    count = max(1, -(-len(items) // _PER_PAGE))
    for number in range(1, count + 1):
        shown = "".join(items[(number - 1) * _PER_PAGE : number * _PER_PAGE])
        turn = _turn(stem, number, count)
        body = f"<h1><bdi>{escape(title)}</bdi></h1><p class=about>{told}</p>{turn}<ul class=list>{shown}</ul>{turn}"
        page = _page(title, f'<div class="khabar">{body}</div>', up=up, section=section)
        _write(folder / f"{name}{f'-{number}' if number > 1 else ''}.html", page)


def _turn(stem: str, number: int, count: int) -> str:
    """Return links to the first, the neighboring and the last pages of a list."""
    if count == 1:
        return ""
    near = sorted({1, count, *range(max(1, number - 2), min(count, number + 2) + 1)})
    links = (
        f'<a href="{stem}{f"-{n}" if n > 1 else ""}.html"{" aria-current=page" if n == number else ""}>{persian(n)}</a>'
        for n in near
    )
    return f'<nav class="turn" aria-label="برگه‌ها">{" ".join(links)}</nav>'


def _about(actor: Actor) -> str:
    return f"{escape(TYPES.get(actor.kind, actor.kind))} · {persian(len(actor.articles))} خبر"


def _source(catalog: Catalog, article: int, up: str = "") -> str:
    entry = catalog.entries[article]
    day = f" <small>{both(entry.published)}</small>" if entry.published else ""
    return f'<a href="{up}articles/{article + 1}.html"><bdi>{escape(entry.title)}</bdi></a>{day}'


def _deeds(catalog: Catalog, actor: Actor) -> Iterator[str]:
    """Yield an item for each article on an actor: the source, and the parts that it has there."""
    found = {n: list(deeds) for n, deeds in groupby(actor.deeds, key=lambda deed: deed.article)}
    for n in actor.articles:
        parts = "".join(f"<li>{_deed(deed)}</li>" for deed in dict.fromkeys(found.get(n, [])))
        yield f"<li>{_source(catalog, n, '../')}<ul>{parts or '<li>نام برده شده است</li>'}</ul></li>"


def _deed(deed: Deed) -> str:
    when = f' <bdi class="when" dir="ltr">{escape(deed.when)}</bdi>' if deed.when else ""
    target = f"../articles/{deed.article + 1}.html#{deed.record}"
    return f'<b>{deed.role}</b> <a href="{escape(target)}"><bdi>{escape(deed.name)}</bdi></a>{when}'


def _years(happenings: Sequence[Happening], catalog: Catalog) -> Iterator[str]:
    """Yield an item for each year, and one for each happening in it."""
    for year, group in groupby(happenings, key=lambda h: h.day[:4]):
        yield f"<li><h2>{escape(year)}</h2></li>"
        yield from (_happening(h, catalog) for h in group)


def _happening(h: Happening, catalog: Catalog) -> str:
    place = f"، <bdi>{escape(h.places)}</bdi>" if h.places else ""
    return (
        f'<li class="{h.kind}"><time><bdi>{escape(both(h.when))}</bdi></time> <small>{_KINDS[h.kind]}</small> '
        f'<a href="articles/{h.article + 1}.html#{escape(h.record)}"><bdi>{escape(h.name)}</bdi></a>{place} '
        f"<small><bdi>{escape(catalog.entries[h.article].title)}</bdi></small></li>"
    )


def _index(catalog: Catalog) -> str:
    data = {
        "articles": [
            [e.title, e.published, e.jalali, e.snippet, e.relations, [n for role in e.roles.items() for n in role]]
            for e in catalog.entries
        ],
        "actors": [[a.name, a.kind] for a in catalog.actors],
        "types": TYPES,
    }
    # no sign of a text can end the element
    inline = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    script = sheet("site.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    options = "".join(f'<option value="{1 << n}">{label}</option>' for n, label in enumerate(RELATIONS.values()))
    body = sheet("index.html").replace("{options}", options)
    body += f'<script type="application/json" id="data">{inline}</script><script>{script}</script>'
    return _page("خبر", body, section="index", script_hash=f"sha256-{digest}")
