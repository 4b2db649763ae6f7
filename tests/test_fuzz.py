"""Anything a hostile sender thinks of goes through the whole pipeline and out in every format, or is refused."""

import json
import random
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import hostile
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import khabar
from khabar.batch.work import Annotate, Part, Settings
from khabar.document import Document
from khabar.formats import FORMATS, SEVERAL, pieces, write_part
from khabar.formats.jsonl import load_document
from khabar.pipeline import Pipeline
from khabar.resources import resource
from khabar.show.site import write_site
from khabar.sources import Rejected, find, read

# as many by hypothesis as by mutation: 500 in every run of the tests, 10,000 in the long ones
CASES = [250, pytest.param(5000, marks=pytest.mark.long)]
GROUP = 25
VALIDATOR = Draft202012Validator(json.loads(resource("configs/document.schema.json").read_text(encoding="utf-8")))
_LETTERS = st.characters(min_codepoint=0x600, max_codepoint=0x6FF)
_WORDS = sorted({word for text in hostile.articles() for word in text.split()})
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(_WORDS), st.sampled_from(hostile.NASTY), st.text(_LETTERS, max_size=9), st.text(max_size=9)
    ),
    max_size=60,
).map(" ".join)
DAYS = st.sampled_from([None, "2025-11-01", "0001-01-01", "9999-12-31"])


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return khabar.load()


@pytest.mark.parametrize("cases", CASES)
def test_any_text_becomes_a_document(pipeline: Pipeline, tmp_path: Path, cases: int) -> None:
    found: list[Document] = []

    @settings(
        max_examples=cases, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(TEXTS, DAYS)
    def check(text: str, day: str | None) -> None:
        document = pipeline(text, day)
        assert document.text == text
        _check(document)
        # files take long, and hypothesis repeats a case that fails
        found.append(document)

    check()
    for start in range(0, len(found), GROUP):
        _write(found[start : start + GROUP], tmp_path)


@pytest.mark.parametrize("cases", CASES)
def test_files_made_of_mutated_articles_are_read_or_refused(tmp_path: Path, cases: int) -> None:
    chance = random.Random(cases)
    annotate = Annotate(Settings(debug=True))
    read_texts = 0
    for group in range(cases // GROUP):
        folder = tmp_path / str(group)
        folder.mkdir()
        for number in range(GROUP):
            kind, data = hostile.packed(hostile.mutated(chance), chance)
            (folder / f"{number}{kind}").write_bytes(data)
        items = tuple(read(find([str(folder)])))
        sources = {str(item.path if isinstance(item, Rejected) else item.meta["source"]) for item in items}
        assert sources == {str(path) for path in folder.iterdir()}, "nothing is lost without a word"
        results = annotate(Part(group, items))
        assert len(results) == len(items)
        documents = [result for result in results if isinstance(result, Document)]
        for document in documents:
            _check(document)
        _write(documents, folder)
        read_texts += len(documents)
        assert all(r.reason and r.remedy for r in results if isinstance(r, Rejected))
    assert read_texts > cases / 2


def _check(document: Document) -> None:
    size = len(document.text)
    places = [*document.sentences, *((m.start, m.end) for m in document.mentions)]
    assert all(0 <= start < end <= size for start, end in places)
    assert list(document.sentences) == sorted(document.sentences)
    json.dumps(document.to_dict(), allow_nan=False)
    for writer in FORMATS.values():
        assert "".join(pieces(writer(), [document]))


def _write(documents: list[Document], place: Path) -> None:
    """Write documents in every format; what they hold is text there, and nothing else."""
    folder = place / f"out-{len(list(place.glob('out-*')))}"
    folder.mkdir()
    for format in (*FORMATS, *SEVERAL):
        (folder / format).mkdir()
        write_part(format, documents, folder / format, "part")
    lines = (folder / "jsonl" / "part.jsonl").read_bytes().decode().split("\n")[:-1]
    # one of them, since it takes half as long as all the rest
    VALIDATOR.validate(json.loads(max(lines, key=len)))
    for document, line in zip(documents, lines, strict=True):
        load_document(line, folder, 1)
        if not re.search("[\ud800-\udfff]", document.text):
            assert json.loads(line)["text"] == document.text
    ET.parse(folder / "graphml" / "part.graphml")
    assert write_site(documents, folder / "site") == len(documents)
    for page in _pages(folder):
        assert not re.search(r"<(script|img|iframe|svg|object|embed)\b", page)


def _pages(folder: Path) -> Iterator[str]:
    for path in [*folder.glob("html/*.html"), *folder.glob("site/articles/*.html")]:
        yield path.read_text(encoding="utf-8")
