"""What the tests of hostile inputs share: nasty pieces, and mutations of real articles."""

import csv
import gzip
import io
import json
import random
from functools import cache
from pathlib import Path

import pyarrow as arrow
from pyarrow import parquet
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

DATA = Path(__file__).parents[1] / "data"

NASTY = [
    *"\x00\x01\x07\x08\x0b\x0c\x1b\x7f\x85\xa0\xad\u061c\u0640\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202d",
    *"\u202e\u2060\u2066\u2067\u2069\ufeff\ufffc\ufffd\uffff\U0001f1ee\U000e0001\U0010ffff\ud800\udfff",
    *"\u064b\u0651\u0654\u0670\u0301\u20dd()[]{}<>«»\"'`*_~|\\/%$#@&=+-.,;:!?؟،؛٪٫٬…\n\r\t ",
    "\r\n",
    "\u200c\u200c",
    "\u064b" * 60,
    "ﷲﷺﻻ",
    "\u1e9e\u0130ﬁ",
    "👨\u200d👩\u200d👧",
    "𐎠𝟘𝟙",
    "<script>alert(1)</script>",
    "</script><!--",
    "</text></data>",
    "]]>",
    "&lt;&#0;&#xD800;&amp;",
    "{{7*7}}${7*7}",
    "%s%n{0}",
    "../../../../etc/passwd",
    '=HYPERLINK("http://a.b")',
    "\x1b[2J\x1b]0;x\x07",
    "[bold red]x[/] [/nothing]",
    "-DOCSTART-",
    "۹" * 40,
    "1" * 400,
    "0.0.0.0",
    "۱۲/۱۳/۱۴۰۴",
    "31 فوریه 2025",
    "۳۰ اسفند ۱۴۰۲",
    "سال ۹۹۹۹۹",
    "سال 0",
    "قرن بیست و یکم",
    "25:61",
    "۱۰ به توان ۱۰ میلیارد میلیارد میلیارد دلار",
    "منهای یک دوم درصد",
    "هزار میلیون هزار میلیون تومان",
    "بین ۱۲ تا ۲ هزار نفر",
    "امروز فردا دیروز پارسال",
    "نشست" * 30,
    "وزیر خارجه ایران در نشست گروه هفت در تهران گفت",
]
FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(1)", "=cmd|' /C calc'!A0", "\t=1+1", "\r=1+1"]


@cache
def articles() -> list[str]:
    """Return the training articles and the samples, as the web would have them."""
    annotated = (json.loads(path.read_bytes()) for path in sorted((DATA / "articles").glob("*.json")))
    trained = [article["text"] for article in annotated if article["meta"].get("split") == "train"]
    return trained + [path.read_text(encoding="utf-8") for path in sorted((DATA / "samples").glob("*.txt"))]


def mutated(chance: random.Random) -> str:
    """Return a piece of an article after one to six things were done to it."""
    text = chance.choice(articles())
    start = chance.randrange(len(text))
    text = text[start : start + int(2 ** chance.uniform(3, 9.5))]
    for _ in range(chance.randint(1, 6)):
        a, b = sorted(chance.randint(0, len(text)) for _ in range(2))
        b = min(b, a + chance.choice([0, 1, 1, 4, 30]))
        piece = chance.choice(
            [
                "",
                text[a:b] * chance.choice([2, 3, 50]),
                text[a:b][::-1],
                text[a:b].replace(" ", chance.choice(["", "\u200c", "\n", "  "])),
                chance.choice(NASTY),
                chance.choice(NASTY) * chance.choice([2, 7, 90]),
                chance.choice(NASTY).join(text[a:b]),
                chr(chance.randrange(0x600, 0x700)),
                chr(chance.randrange(0x110000)),
            ]
        )
        text = text[:a] + piece + text[b:]
    return text


def packed(text: str, chance: random.Random) -> tuple[str, bytes]:
    """Return the ending and the bytes of a file that holds a text, perhaps with a few of them broken."""
    kind = chance.choice([*[".txt"] * 3, *[".jsonl"] * 2, ".csv", ".html", ".txt.gz", ".jsonl.gz", ".warc", ".parquet"])
    data = _BYTES[kind.removesuffix(".gz")](text, chance)
    if kind.endswith(".gz"):
        data = gzip.compress(data)
    if chance.random() < 0.3:
        broken = bytearray(data)
        for _ in range(chance.randint(1, 5)):
            place = chance.randrange(len(broken) + 1)
            broken[place : place + chance.choice([0, 1, 1, 9])] = chance.randbytes(chance.choice([0, 1, 1, 5]))
        data = bytes(broken)
    return kind, data


def _object(text: str, chance: random.Random) -> bytes:
    more = {"id": chance.choice(NASTY), chance.choice(NASTY): chance.choice(NASTY), "title": chance.choice(NASTY)}
    days = ["0001-01-01", "9999-12-31", "2025-11-01T10:00:00+03:30", "2025-13-01", 20251101, None, [], "", 1e99]
    raw = {"text": text, "published": chance.choice(days), "deep": json.loads("[" * 9 + "]" * 9), **more}
    return json.dumps(raw, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


def _row(text: str, chance: random.Random) -> bytes:
    table = io.StringIO()
    csv.writer(table).writerows([["id", "text", "title"], [chance.choice(FORMULAS), text, chance.choice(NASTY)]])
    return table.getvalue().encode("utf-8", "surrogatepass")


def _page(text: str, chance: random.Random) -> bytes:
    tags = [
        "<p>",
        "</p>",
        "<div>",
        "<table><tr><td>",
        "<b ",
        "<!--",
        "<![CDATA[",
        "<svg>",
        "<meta charset=utf-7>",
        "<time ",
    ]
    lines = "".join(f"<p>{line}</p>{chance.choice(tags)}" for line in text.split("\n"))
    return f"<html><head><title>{text[:30]}</title></head><body><article>{lines}".encode("utf-8", "surrogatepass")


def _archive(text: str, chance: random.Random) -> bytes:
    body = _page(text, chance)
    pairs = [("Content-Type", "text/html")]
    if chance.random() < 0.5:
        body, pairs = gzip.compress(body), [*pairs, ("Content-Encoding", "gzip")]
    file = io.BytesIO()
    writer = WARCWriter(file, gzip=False)
    head = StatusAndHeaders("200 OK", pairs, protocol="HTTP/1.1")
    writer.write_record(writer.create_warc_record("http://a.ir", "response", io.BytesIO(body), http_headers=head))
    return file.getvalue()


def _table(text: str, chance: random.Random) -> bytes:
    whole = text.encode("utf-8", "replace").decode()
    file = io.BytesIO()
    columns = {"text": [whole, whole], "id": chance.choice([["a", None], [1, 2]]), "deep": [{"a": [1.5]}, None]}
    parquet.write_table(arrow.table(columns), file, compression=chance.choice(["none", "snappy", "gzip", "zstd"]))
    return file.getvalue()


_BYTES = {
    ".txt": lambda text, _: text.encode("utf-8", "surrogatepass"),
    ".jsonl": _object,
    ".csv": _row,
    ".html": _page,
    ".warc": _archive,
    ".parquet": _table,
}
