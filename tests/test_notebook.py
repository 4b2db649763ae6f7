"""What a notebook uses: data frames, the graph and its picture, progress; and that `import khabar` stays light."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import khabar
import khabar.show
from khabar.assemble import assemble
from khabar.document import Document
from khabar.errors import KhabarError, UsageError

ARTICLES = sorted((Path(__file__).parents[1] / "data" / "articles").glob("*.json"))


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    gold = [Document.from_dict(json.loads(path.read_text(encoding="utf-8"))) for path in ARTICLES[:3]]
    return [replace(d, records=assemble(d.text, [], d.mentions, d.relations)[1]) for d in gold]


def test_frames_hold_what_the_document_holds(documents: list[Document]) -> None:
    document = documents[0]
    mentions = document.to_frame("mentions")
    assert list(mentions["text"]) == [
        document.text[a:b] for a, b in zip(mentions["start"], mentions["end"], strict=True)
    ]
    owners = {id: r.id for r in document.records for id in r.mentions}
    assert list(mentions["record"].fillna("")) == [owners.get(m.id, "") for m in document.mentions]
    relations = document.to_frame("relations")
    assert list(zip(relations["head"], relations["type"], relations["tail"], strict=True)) == [
        (r.head, r.type, r.tail) for r in document.relations
    ]
    records = document.to_frame("records").set_index("id")
    assert dict(records["name"]) == {r.id: r.name for r in document.records}
    names = {m.id: document.surface(m) for m in document.mentions} | {r.id: r.name for r in document.records}
    for record in document.records:
        for slot in {"participants", "speakers", "about"} & set(record.slots):
            assert records.loc[record.id, slot] == [names[id] for id in record.slots[slot]]


def test_frames_of_an_empty_document_have_their_columns() -> None:
    empty = Document("1", "")
    assert list(empty.to_frame("relations").columns)[:2] == ["document", "head"]
    assert list(empty.to_frame("records").columns)[:3] == ["document", "id", "kind"]
    with pytest.raises(UsageError, match="mentions, relations, records"):
        empty.to_frame("sentences")


def test_the_graph_has_a_node_a_record_and_an_edge_a_filler(documents: list[Document]) -> None:
    network = khabar.graph(documents, join_actors=False)
    records = [r for d in documents for r in d.records]
    kinds = [kind for _, kind in network.nodes(data="kind")]
    for kind in ("actor", "meeting", "event", "statistic"):
        assert kinds.count(kind) == sum(r.kind == kind for r in records)
    fillers = [id for r in records for s, ids in r.slots.items() if isinstance(ids, list) and s != "when" for id in ids]
    assert network.number_of_edges() == len(fillers) > 100


def test_an_actor_of_several_documents_is_one_node(documents: list[Document]) -> None:
    twice = [documents[0], replace(documents[0], id="again")]
    network = khabar.graph(twice)
    actors = [held for _, held in network.nodes(data=True) if held["kind"] == "actor"]
    assert actors and all(held["documents"] == [documents[0].id, "again"] for held in actors)
    meetings = [held for _, held in network.nodes(data=True) if held["kind"] == "meeting"]
    assert all(len(held["documents"]) == 1 for held in meetings)


def test_a_picture_has_the_names_joined_and_in_order(documents: list[Document]) -> None:
    matplotlib = pytest.importorskip("matplotlib", "3.11")
    matplotlib.use("Agg")
    axes = khabar.show.plot(documents[0], most=12)
    shown = {text.get_text() for text in axes.texts}
    assert shown & {r.name for r in documents[0].records}
    # joined letters: a word is narrower than its letters one by one, kept apart by signs of no width
    figure = axes.figure
    renderer = figure.canvas.get_renderer()
    word = figure.text(0, 0, "نشست", fontfamily="DejaVu Sans")
    apart = figure.text(0, 0, "\u200c".join("نشست"), fontfamily="DejaVu Sans")
    assert word.get_window_extent(renderer).width < 0.9 * apart.get_window_extent(renderer).width


def test_what_is_missing_is_named_with_the_extra_that_brings_it(
    documents: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pandas", "networkx", "matplotlib", "matplotlib.pyplot"):
        monkeypatch.setitem(sys.modules, name, None)
    for use in (
        lambda: documents[0].to_frame("mentions"),
        lambda: khabar.graph(documents),
        lambda: khabar.show.plot(documents),
    ):
        with pytest.raises(KhabarError, match=r"khabar\[notebook\]"):
            use()


def test_importing_khabar_loads_nothing_heavy() -> None:
    heavy = ("pandas", "networkx", "matplotlib", "torch", "onnxruntime", "rich", "trafilatura")
    code = (
        "import time, sys; started = time.process_time(); import khabar; spent = time.process_time() - started; "
        f"print(spent, [m for m in {heavy} if m in sys.modules])"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split(" ", 1)
        for _ in range(3)
    ]
    assert all(loaded.strip() == "[]" for _, loaded in runs)
    assert min(float(spent) for spent, _ in runs) <= 0.5


def test_progress_is_shown_on_request_and_changes_nothing(tiny_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline = khabar.load(tiny_run / "onnx")
    texts = ["علی حسینی در نشست شهرداری در تهران سخن گفت.", "مریم صادقی آمد."]
    quiet = [d.to_dict() for d in pipeline.stream(texts)]
    assert capsys.readouterr().err == ""
    shown = [d.to_dict() for d in pipeline.stream(texts, progress=True)]
    assert "articles" in capsys.readouterr().err
    assert shown == quiet
