"""The one function that reads whatever a user points at."""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from khabar.document import Article
from khabar.errors import UsageError
from khabar.sources.decode import UndecodableError, decode
from khabar.sources.html import extract
from khabar.sources.items import Notice, Rejected
from khabar.sources.lines import read_lines

SUFFIXES = (".txt", ".html", ".htm", ".jsonl")
STDIN = "-"
_PERSIAN = re.compile(r"[\u0620-\u06d3\ufb50-\ufdff\ufe70-\ufefc]")
_PAGE = re.compile(r"\s*<(?:!doctype html|html|head|body)\b", re.IGNORECASE)


def read(paths: Iterable[str], *, notice: Notice = lambda _: None) -> Iterator[Article | Rejected]:
    """Yield the articles at `paths` in their order, and what cannot be read.

    A path is a text, a page, JSON lines, a folder of these (sorted, with its subfolders) or `-` for standard input.
    Every article has an id of its own: the record's, else the file's name; `meta.source` says where it is from.

    Args:
        paths: files, folders, `-`.
        notice: told what a user should know of an article that can be read nevertheless.

    Raises:
        UsageError: a path does not exist, is of a kind that is not read, or a folder holds nothing of such a kind.
    """
    files = [found for path in paths for found in _files(path)]
    taken: dict[str, int] = {}
    for path, stem in files:
        for item in _read_file(path, stem, notice):
            if isinstance(item, Rejected):
                yield item
                continue
            where = str(item.meta["source"])
            if not _PERSIAN.search(item.text):
                notice(f"{where}: article {item.id} has no Persian text")
            yield _numbered(item, taken, where, notice)


def _files(path: str) -> list[tuple[str, str]]:
    """Return the files of a path, each with the name that its article gets."""
    if path == STDIN:
        return [(STDIN, "stdin")]
    place = Path(path)
    if place.is_dir():
        inside = sorted(f for f in place.rglob("*") if f.suffix.lower() in SUFFIXES and f.is_file())
        if not inside:
            raise UsageError(f"holds no file that ends in {', '.join(SUFFIXES)}", path=path)
        return [(str(f), f.relative_to(place).with_suffix("").as_posix()) for f in inside]
    if not place.exists():
        raise UsageError("no such file or folder", path=path, remedy="check the name; `-` reads standard input")
    if place.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"expected a folder or a file that ends in {', '.join(SUFFIXES)}, found {place.suffix or 'no ending'}",
            path=path,
            remedy="rename it, or hand it over by standard input: khabar annotate - < FILE",
        )
    return [(path, place.stem)]


def _read_file(path: str, stem: str, notice: Notice) -> Iterator[Article | Rejected]:
    try:
        data = sys.stdin.buffer.read() if path == STDIN else Path(path).read_bytes()
        text, told = decode(data)
    except OSError as error:
        yield Rejected(path, f"cannot be read: {error.strerror}", remedy="check its permissions and the disk")
        return
    except UndecodableError as error:
        yield Rejected(path, str(error), remedy="convert it to UTF-8 text")
        return
    if told:
        notice(f"{path}: {told}")
    if not text.strip():
        yield Rejected(path, "is empty", remedy="put the text of an article there, or leave it out")
        return
    suffix = Path(path).suffix.lower()
    if suffix == ".jsonl" or (path == STDIN and text.lstrip().startswith("{")):
        yield from read_lines(text, path, stem, notice)
    elif suffix in (".html", ".htm") or (path == STDIN and _PAGE.match(text)):
        yield _page(text, data, path, stem)
    else:
        yield Article(text, stem, {"source": path})


def _page(html: str, data: bytes, path: str, stem: str) -> Article | Rejected:
    text, meta = extract(html, data)
    if not text.strip():
        return Rejected(path, "no article was found in the page", remedy="save the article's text as .txt")
    return Article(text, stem, {"source": path, **meta})


def _numbered(article: Article, taken: dict[str, int], where: str, notice: Notice) -> Article:
    """Give a second article of the same id another one."""
    id = str(article.id)
    taken[id] = taken.get(id, 0) + 1
    if taken[id] == 1:
        return article
    fresh = f"{id}-{taken[id]}"
    while fresh in taken:
        taken[id] += 1
        fresh = f"{id}-{taken[id]}"
    taken[fresh] = 1
    notice(f"{where}: the id {id} stands twice, the second becomes {fresh}")
    return replace(article, id=fresh)
