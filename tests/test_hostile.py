"""Inputs that are made to harm: bombs, depths, names that lead elsewhere, text that would be code."""

import csv
import gzip
import io
import json
import re
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import hostile
import pytest
from click.testing import CliRunner

import khabar
from khabar.batch import parse_target
from khabar.batch.export import export
from khabar.cli import main
from khabar.config import Limits, read_pipeline_config
from khabar.document import Article, Document
from khabar.pipeline import Pipeline
from khabar.resources import resource
from khabar.sources import Rejected, find, read
from khabar.sources.html import extract

TEXT = "علی حسینی دیروز در نشست وزیران نیرو در تهران سخن گفت."
SMALL = Limits(bytes=100_000)


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return khabar.load()


def _read(path: Path, limits: Limits = SMALL) -> tuple[list[Article], list[Rejected]]:
    items = list(read(find([str(path)]), limits=limits))
    return [i for i in items if isinstance(i, Article)], [i for i in items if isinstance(i, Rejected)]


def _gzip(path: Path, pieces: Iterator[bytes]) -> None:
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.writelines(pieces)


def _zstd(path: Path, pieces: Iterator[bytes]) -> None:
    zstandard = pytest.importorskip("zstandard")
    with path.open("wb") as file, zstandard.ZstdCompressor().stream_writer(file) as packed:
        for piece in pieces:
            packed.write(piece)


def _warc(path: Path, pieces: Iterator[bytes]) -> None:
    warcio = pytest.importorskip("warcio.warcwriter")
    from warcio.statusandheaders import StatusAndHeaders  # noqa: PLC0415

    bomb = gzip.compress(b"".join(pieces))
    with path.open("wb") as file:
        writer = warcio.WARCWriter(file, gzip=True)
        for body, packing in ((bomb, [("Content-Encoding", "gzip")]), (_page().encode(), [])):
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html"), *packing], protocol="HTTP/1.1")
            writer.write_record(
                writer.create_warc_record("http://a.ir", "response", io.BytesIO(body), http_headers=head)
            )


def _page(inside: str = "") -> str:
    return f"<html><body><article>{inside}<p>{TEXT * 5}</p></article></body></html>"


# an article, and then no end of a line for 1,500 times the most that is read
def _bomb() -> Iterator[bytes]:
    yield json.dumps({"text": TEXT}).encode() + b'\n{"text": "'
    yield from (b"x" * 1_000_000 for _ in range(150))


@pytest.mark.parametrize(
    ("name", "pack", "articles", "said"),
    [
        ("a.txt.gz", _gzip, 0, "has more than 100,000 bytes"),
        ("a.html.gz", _gzip, 0, "has more than 100,000 bytes"),
        ("a.jsonl.gz", _gzip, 1, "is left here"),
        ("a.jsonl.zst", _zstd, 1, "is left here"),
        ("a.csv.gz", _gzip, 0, "has no column text"),
        ("a.warc.gz", _warc, 1, "has more than 100,000 bytes"),
    ],
)
def test_a_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, name: str, pack: Callable[[Path, Iterator[bytes]], None], articles: int, said: str
) -> None:
    pack(tmp_path / name, _bomb())
    tracemalloc.start()
    good, bad = _read(tmp_path / name)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(good) == articles
    assert said in bad[-1].reason
    # warcio unpacks blocks of 16 KiB whole, which is a thousand times as much at most
    assert peak < (60_000_000 if ".warc" in name else 8_000_000), "it has 150 million bytes"


def test_a_line_that_is_too_long_costs_no_other(tmp_path: Path) -> None:
    lines = [json.dumps({"text": TEXT}), json.dumps({"text": "x" * 300_000}), json.dumps({"text": TEXT})]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    good, (bad,) = _read(tmp_path / "a.jsonl")
    assert [a.meta["line"] for a in good] == [1, 3]
    assert (bad.line, "has more than 100,000 bytes" in bad.reason) == (2, True)
    assert "limits.bytes" in str(bad.remedy)


def test_a_quotation_mark_that_nothing_closes_costs_as_much_as_a_long_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'text\n"{TEXT}\n' + f"{TEXT}\n" * 4000, encoding="utf-8")
    good, (bad, *_) = _read(tmp_path / "a.csv")
    assert "field larger than field limit" in bad.reason
    assert len(good) > 2000


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.jsonl", "a.csv", "-"])
def test_fifty_megabytes_without_a_newline_are_refused(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / (name if name != "-" else "a.txt")
    path.write_bytes(TEXT.encode() + b"x" * 50_000_000)
    if name == "-":
        monkeypatch.setattr(sys, "stdin", path.open(encoding="utf-8"))
    started = time.process_time()
    good, bad = _read(Path(name) if name == "-" else path, Limits())
    assert time.process_time() - started < 10
    assert good == []
    assert "has more than 20,000,000 bytes" in bad[0].reason or "has no column text" in bad[-1].reason


def test_limits_are_written_in_the_configuration(tmp_path: Path) -> None:
    shipped = read_pipeline_config(resource("configs/pipeline.yaml"))
    assert shipped.limits == Limits(), "what the file shows is what holds without it"
    (tmp_path / "small.yaml").write_text("limits: {bytes: 200}", encoding="utf-8")
    (tmp_path / "a.txt").write_text(TEXT * 9, encoding="utf-8")
    (tmp_path / "b.txt").write_text(TEXT, encoding="utf-8")
    words = ["annotate", str(tmp_path), "--config", str(tmp_path / "small.yaml"), "-o", str(tmp_path / "out.jsonl")]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 1
    assert "a.txt: has more than 200 bytes" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("1 article")


ENTITIES = "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
BILLION = f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "aaaaaaaaaa">{ENTITIES}]>{_page("<p>&j;&j;</p>")}'
OUTSIDE = f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]>{_page("<p>&x;</p>")}'


def test_entities_of_a_page_are_not_put_in() -> None:
    for page in (BILLION, OUTSIDE):
        text, _ = extract(page, page.encode())
        assert TEXT in text
        assert "aaaaaaaaaa" not in text
        assert "root:" not in text


@pytest.mark.parametrize(
    "inside",
    ["<div>" * 200_000, "<b>" * 200_000, "<ul><li>" * 20_000, "<p " + "a=b " * 200_000, "<" * 1_000_000],
    ids=["blocks", "inline", "lists", "attributes", "signs"],
)
def test_deep_and_huge_pages_end_nothing(tmp_path: Path, inside: str) -> None:
    (tmp_path / "a.html").write_text(_page(inside), encoding="utf-8")
    (tmp_path / "b.html").write_text(_page(), encoding="utf-8")
    # in a process of its own: what runs out of stack in C takes its process along
    code = "import sys; from khabar.sources import *; print(*(type(i).__name__ for i in read(find([sys.argv[1]]))))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.split()
    assert first in ("Article", "Rejected")
    assert second == "Article"


def test_a_page_that_takes_too_long_is_left(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(_page(f"<p>{TEXT}" * 20_000), encoding="utf-8")
    (tmp_path / "b.html").write_text(_page(), encoding="utf-8")
    extract(_page(), b"")
    good, (bad,) = _read(tmp_path, Limits(seconds=0.3))
    assert "no article was found in the page in 0.3 s" in bad.reason
    assert [a.id for a in good] == ["b"]


def test_an_archive_that_its_reader_stumbles_over_costs_no_other_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("warcio")
    (tmp_path / "a.warc").write_bytes(b"WARC/1.0\r\nContent-Length: 0\r\n\r\n\r\n\r\n")
    (tmp_path / "b.warc").write_bytes(
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a\x1b[2J b\r\nContent-Length: 1\r\n\r\nxx\r\n\r\n"
    )
    (tmp_path / "c.txt").write_text(TEXT, encoding="utf-8")
    good, bad = _read(tmp_path)
    assert [a.id for a in good] == ["c"]
    assert {Path(r.path).name for r in bad} == {"a.warc", "b.warc"}
    assert capsys.readouterr().err == "", "the reader prints what it reads"


@pytest.mark.parametrize("depth", [60, 900, 100_000])
def test_json_without_bottom_is_refused(tmp_path: Path, depth: int) -> None:
    fields = [f'{{"text": "{TEXT}", "{key}": {"[" * depth}{"]" * depth}}}' for key in ("id", "title", "x")]
    (tmp_path / "a.jsonl").write_text("\n".join([*fields, json.dumps({"text": TEXT})]), encoding="utf-8")
    good, bad = _read(tmp_path / "a.jsonl", Limits())
    assert [r.line for r in bad] == [1, 2, 3]
    assert [a.meta["line"] for a in good] == [4]


def test_a_million_combining_marks(tmp_path: Path, pipeline: Pipeline) -> None:
    marks = f"{TEXT} ا" + "\u064b" * 1_000_000
    started = time.process_time()
    document = pipeline(marks)
    assert document.text == marks
    assert time.process_time() - started < 30
    (tmp_path / "a.txt").write_text(marks, encoding="utf-8")
    result = CliRunner().invoke(main, ["annotate", str(tmp_path / "a.txt")])
    assert (result.exit_code, "at most 200,000 are read" in result.stderr) == (1, True)


TRAVERSAL = ["../../x", "/etc/x", "..", ".", "", "a/b", "C:\\x", "..\\x", "x\x00y", "~/x", "é" * 300, "-rf", "con"]


@pytest.mark.parametrize("format", ["brat", "parquet", "labelstudio", "html", "jsonl"])
def test_an_id_never_leads_out_of_the_folder(tmp_path: Path, format: str) -> None:
    documents = [Document(id, TEXT, {"source": id, "title": id}) for id in TRAVERSAL * 2]
    place = tmp_path / "deep" / "er" / "out"
    assert export(documents, parse_target(str(place), format)) == len(documents)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) >= (2 * len(documents) if format == "brat" else 1)
    assert all(path.resolve().is_relative_to(place) for path in written)


def test_a_name_in_an_archive_leads_nowhere(tmp_path: Path) -> None:
    """A packed file may carry a name, which `gunzip -N` would use."""
    with (tmp_path / "a.txt.gz").open("wb") as raw, gzip.GzipFile("../../evil.txt", "wb", fileobj=raw) as file:
        file.write(TEXT.encode())
    (article,), _ = _read(tmp_path / "a.txt.gz")
    assert (article.id, article.meta["source"]) == ("a", str(tmp_path / "a.txt.gz"))
    assert [p.name for p in tmp_path.parent.rglob("*evil*")] == []


def test_formulas_are_text_and_no_format_is_one_for_spreadsheets(tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "title", "text"], *([f, f, f"{f} {TEXT}"] for f in hostile.FORMULAS)])
    good, bad = _read(tmp_path / "a.csv")
    assert bad == []
    assert [a.text for a in good] == [f"{f} {TEXT}" for f in hostile.FORMULAS], "offsets count every sign"
    with pytest.raises(SystemExit):
        main(["annotate", str(tmp_path / "a.csv"), "-o", str(tmp_path / "b"), "--format", "csv"])


def test_no_sign_of_a_text_steers_the_terminal(tmp_path: Path) -> None:
    steering = "\x1b]0;x\x07\x1b[2J\x9b2J\u202e"
    rows = [{"id": f"{steering}a", "title": steering, "text": f"{steering}{TEXT}", "published": steering}] * 2
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, [*rows, {"id": steering}])), encoding="utf-8")
    for more in ([], ["-o", str(tmp_path / "out.jsonl")], ["-o", str(tmp_path / "out")]):
        result = CliRunner().invoke(main, ["annotate", str(tmp_path / "a.jsonl"), *more])
        assert "stands twice" in result.stderr
        assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", result.output + result.stderr) == []
