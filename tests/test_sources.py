"""What a user points at becomes articles, in order, each with an id and its place."""

import gzip
import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from khabar.document import Article
from khabar.errors import UsageError
from khabar.sources import Rejected, find, read

TEXT = "علی حسینی در تهران سخن گفت."
ROWS = [
    {"id": "الف", "text": TEXT, "published": "2025-11-01T10:00:00", "title": "یک"},
    {"id": None, "text": "مریم صادقی، «شهردار»\nرفت.", "published": None, "title": None},
]


def _read(*paths: object) -> tuple[list[Article], list[Rejected], list[str]]:
    notices: list[str] = []
    items = list(read(find([str(p) for p in paths]), notice=notices.append))
    return [i for i in items if isinstance(i, Article)], [i for i in items if isinstance(i, Rejected)], notices


def _jsonl(path: Path) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")


def _csv(path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pandas.DataFrame(ROWS).to_csv(path, index=False)


def _parquet(path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pandas.DataFrame(ROWS).to_parquet(path)


@pytest.mark.parametrize("write", [_jsonl, _csv, _parquet])
def test_rows_of_every_format_become_the_same_articles(tmp_path: Path, write: Callable[[Path], None]) -> None:
    path = tmp_path / f"rows.{write.__name__[1:]}"
    write(path)
    articles, rejected, notices = _read(path)
    assert (rejected, notices) == ([], [])
    assert [a.text for a in articles] == [row["text"] for row in ROWS]
    assert articles[0].id == "الف"
    assert str(articles[1].id).startswith("rows-")
    assert articles[0].meta["published"] == "2025-11-01"
    assert articles[0].meta["title"] == "یک"
    assert "published" not in {k for k, v in articles[1].meta.items() if v is not None}
    assert articles[0].meta["source"] == str(path)
    assert json.loads(json.dumps(articles[0].meta)) == articles[0].meta


def test_packed_files_are_unpacked(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    data = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
    # packed twice in a row, as logs that grow are
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(data) + gzip.compress(data))
    (tmp_path / "b.jsonl.zst").write_bytes(zstandard.compress(data) + zstandard.compress(data))
    (tmp_path / "c.txt.gz").write_bytes(gzip.compress(TEXT.encode()))
    articles, rejected, _ = _read(tmp_path)
    assert rejected == []
    assert [a.text for a in articles] == [row["text"] for row in ROWS] * 4 + [TEXT]
    assert articles[-1].id == "c"


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_a_file_cut_off_gives_what_stands_before(tmp_path: Path, packing: str) -> None:
    zstandard = pytest.importorskip("zstandard")
    data = "".join(json.dumps({"text": TEXT, "n": f"{i * 7919:x}"}) + "\n" for i in range(3000)).encode()
    packed = gzip.compress(data) if packing == "gz" else zstandard.compress(data)
    path = tmp_path / f"a.jsonl.{packing}"
    path.write_bytes(packed[: len(packed) // 2])
    articles, rejected, _ = _read(path)
    (lost,) = [r for r in rejected if r.line is None] or rejected[-1:]
    assert lost.path == str(path)
    assert packing == "zst" or 100 < len(articles) < 3000
    path.write_bytes(b"no archive at all")
    articles, rejected, _ = _read(path)
    assert articles == []
    assert "cannot be read" in rejected[0].reason


def test_pages_of_a_web_archive(tmp_path: Path) -> None:
    warcio = pytest.importorskip("warcio.warcwriter")
    from warcio.statusandheaders import StatusAndHeaders  # noqa: PLC0415

    path = tmp_path / "crawl.warc.gz"
    with path.open("wb") as file:
        writer = warcio.WARCWriter(file, gzip=True)
        page = f"<html><body><article><p>{TEXT * 4}</p></article></body></html>"
        for kind, body in (("text/html; charset=utf-8", page), ("image/png", "x"), ("text/html", "<html></html>")):
            headers = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
            writer.write_record(
                writer.create_warc_record("http://a.ir/1", "response", io.BytesIO(body.encode()), http_headers=headers)
            )
    articles, rejected, _ = _read(path)
    (article,) = articles
    assert TEXT in article.text
    assert (article.id, article.meta["url"], article.meta["line"]) == ("crawl-1", "http://a.ir/1", 1)
    assert [(r.line, "http://a.ir/1" in r.reason) for r in rejected] == [(3, True)]
    path.write_bytes(b"nothing like it")
    articles, rejected, _ = _read(path)
    assert articles == []
    assert len(rejected) == 1


@pytest.mark.parametrize(
    ("name", "data", "line", "said"),
    [
        ("a.csv", b"title,body\nx,y\n", 1, "no column text"),
        ("a.csv", f"text,title\n{TEXT},a\n{TEXT},b,c\n".encode(), 3, "found more"),
        ("a.csv", f"title,text\na,{TEXT}\nb\n".encode(), 3, "found fewer"),
        ("a.csv", f"text\n{TEXT}\n".encode() + b"\xc3\x28\xfe\xff\xfd ascii text only\n", 3, "neither UTF-8"),
        ("a.jsonl", json.dumps({"text": TEXT}).encode() + b'\n{"text": "\x00"}\n', 2, "is binary"),
        ("a.parquet", b"PAR1 no", None, "is no parquet"),
    ],
)
def test_a_bad_row_is_named_and_costs_no_other(
    tmp_path: Path, name: str, data: bytes, line: int | None, said: str
) -> None:
    (tmp_path / name).write_bytes(data)
    articles, rejected, _ = _read(tmp_path / name)
    assert [a.text for a in articles] == [TEXT] * (TEXT.encode() in data or b"\\u0639" in data)
    (bad,) = rejected
    assert (bad.line, said in bad.reason) == (line, True), bad
    assert bad.remedy


def test_lines_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": TEXT, "n": i}) + "\n" for i in range(50_000))
    tracemalloc.start()
    items = read(find([str(path)]))
    first = [next(items) for _ in range(100)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(first) == 100
    assert peak < 1_000_000, "the file has eight megabytes"


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys  # noqa: PLC0415

    for name in ("zstandard", "pyarrow", "warcio"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("a.txt.zst", "a.parquet", "a.warc.gz"):
        (tmp_path / name).write_bytes(b"x")
    articles, rejected, _ = _read(tmp_path)
    assert articles == []
    assert [r.remedy for r in rejected] == ["pip install 'khabar[formats]'"] * 3


def test_folders_patterns_and_own_output(tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    for name in ("b.txt", "a.txt", "deep/c.txt", "x.pdf", "out.jsonl", "out.jsonl.quarantine.jsonl"):
        (tmp_path / "in" / name).write_text(TEXT, encoding="utf-8")
    stems = [s.stem for s in find([str(tmp_path / "in")], leave_out=[str(tmp_path / "in" / "out.jsonl")])]
    assert stems == ["a", "b", "deep/c"]
    assert [s.stem[-1] for s in find([str(tmp_path / "in" / "*.txt")])] == ["a", "b"]
    assert [s.stem[-1] for s in find([str(tmp_path / "**" / "c.txt")])] == ["c"]
    assert len(find([str(tmp_path / "in" / "**")])) == 4, "nothing twice, nothing of other kinds"
    for wrong in ("*.csv", "x.pdf", "none.txt"):
        with pytest.raises(UsageError):
            find([str(tmp_path / "in" / wrong)])


def test_two_articles_never_share_an_id(tmp_path: Path) -> None:
    lines = [{"id": i, "text": TEXT} for i in ("a", "a-2", "a", "a")]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    articles, _, notices = _read(tmp_path)
    assert len({a.id for a in articles}) == 5
    assert len(notices) == 3
    assert all("stands twice" in notice for notice in notices)
