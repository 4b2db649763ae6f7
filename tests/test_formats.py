"""Every format opens in a real reader and holds what the document holds."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from khabar.cli import main
from khabar.document import Document, Mention, Record, Relation
from khabar.formats import FORMATS, pieces
from khabar.formats.brat_reader import read_brat

TEXT = "وزیران «ایران»\x0b در تهران\nدیدار کردند. ۱۲۰۰ <نفر> & آمدند.\r\n"


def _document(id: str = "خبر/۱", meeting: tuple[int, int] | None = None) -> Document:
    def span(words: str) -> tuple[int, int]:
        return TEXT.index(words), TEXT.index(words) + len(words)

    value = {"number": 1200, "modifier": "exact", "unit": "نفر"}
    mentions = (
        Mention("m1", "ORG", *span("وزیران «ایران»"), 0.5),
        Mention("m2", "LOC", *span("ایران"), 0.6),
        Mention("m3", "LOC", *span("تهران"), 0.8),
        Mention("m4", "MEETING", *(meeting or span("دیدار")), 0.9),
        Mention("m5", "STAT", *span("۱۲۰۰ <نفر"), 0.7, value),
    )
    records = (
        Record("actor", "r1", "وزیران", ("m1",), {"type": "ORG", "affiliations": ["m2"]}),
        Record("meeting", "r2", "دیدار", ("m4",), {"participants": ["r1"], "places": ["m3"], "when": ["2017"]}),
        Record("statistic", "r3", "۱۲۰۰ <نفر>", ("m5",), {"value": value, "about": ["r2"]}),
    )
    relations = (Relation("m4", "held_at", "m3", 0.5), Relation("m1", "participates_in", "m4", 0.4))
    sentences = ((0, TEXT.index(" ۱")), (TEXT.index("۱"), len(TEXT)))
    meta = {"published": "2017-07-12", "title": "عنوان", "k": [1, {"a": None}]}
    return Document(id, TEXT, meta, sentences, mentions, relations, (("m2", "m3"),), records)


DOCUMENTS = [_document(), _document("خبر\\۱"), Document("empty", "سلام")]


@pytest.fixture
def found(tmp_path: Path) -> Path:
    path = tmp_path / "found.jsonl"
    path.write_text("".join(pieces(FORMATS["jsonl"](), DOCUMENTS)), encoding="utf-8")
    return path


def _export(*words: object) -> Result:
    return CliRunner().invoke(main, ["export", *map(str, words)])


def _exported(found: Path, name: str, *words: str) -> Path:
    out = found.parent / name
    result = _export(found, "-o", out, *words)
    assert result.exit_code == 0, result.output
    assert "3 documents" in result.stderr
    return out


def test_json_and_json_lines_read_back(found: Path) -> None:
    lines = found.read_text(encoding="utf-8").splitlines()
    assert [Document.from_dict(json.loads(line)) for line in lines] == DOCUMENTS
    array = json.loads(_exported(found, "a.json").read_text(encoding="utf-8"))
    assert [Document.from_dict(data) for data in array] == DOCUMENTS
    again = _exported(found, "again", "--format", "jsonl")
    assert (again / "part-000000.jsonl").read_bytes() == found.read_bytes()
    assert _export(again, "-o", "-").stdout_bytes == found.read_bytes()


def test_parquet_opens_in_pandas(found: Path) -> None:
    pandas = pytest.importorskip("pandas")
    folder = _exported(found, "tables", "--format", "parquet")
    tables = {t: pandas.read_parquet(folder / t) for t in ("documents", "mentions", "relations", "records")}
    assert list(tables["documents"]["text"]) == [TEXT, TEXT, "سلام"]
    assert json.loads(tables["documents"]["meta"][0]) == DOCUMENTS[0].meta
    mentions = tables["mentions"]
    for row in mentions.itertuples():
        assert TEXT[row.start : row.end] == row.text
    assert list(mentions[mentions["cluster"] == 0]["id"]) == ["m2", "m3"] * 2
    assert list(mentions["number"].dropna()) == [1200.0] * 2
    joined = tables["relations"].merge(mentions, left_on=["document", "head"], right_on=["document", "id"])
    assert list(joined["text"]) == ["دیدار", "وزیران «ایران»"] * 2
    assert json.loads(tables["records"]["slots"][1]) == {"mentions": ["m4"], **DOCUMENTS[0].records[1].slots}


def test_parquet_opens_in_duckdb_and_datasets(found: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    duckdb, datasets = pytest.importorskip("duckdb"), pytest.importorskip("datasets")
    folder = _exported(found, "tables", "--format", "parquet")
    rows = duckdb.sql(
        f"select m.text, r.type from '{folder}/relations/*.parquet' r join '{folder}/mentions/*.parquet' m "
        "on m.document = r.document and m.id = r.tail order by m.text, r.type"
    ).fetchall()
    assert rows == [("تهران", "held_at")] * 2 + [("دیدار", "participates_in")] * 2
    files = [str(p) for p in (folder / "mentions").iterdir()]
    loaded = datasets.Dataset.from_parquet(files, cache_dir=str(found.parent / "cache"))
    assert loaded.num_rows == 10
    assert loaded[0]["text"] == "وزیران «ایران»"


def test_graphml_opens_in_networkx(found: Path) -> None:
    networkx = pytest.importorskip("networkx")
    graph = networkx.read_graphml(_exported(found, "a.graphml"))
    assert graph.is_directed()
    assert len(graph) == 10
    meeting = "خبر/۱#r2"
    assert graph.nodes[meeting] == {
        "document": "خبر/۱",
        "kind": "meeting",
        "name": "دیدار",
        "when": "2017",
        "mentions": 1,
    }
    assert graph.edges[meeting, "خبر/۱#m3"] == {"slot": "places"}
    assert graph.nodes["خبر/۱#m3"]["name"] == "تهران"
    assert json.loads(graph.nodes["خبر/۱#r3"]["value"])["number"] == 1200
    assert networkx.number_weakly_connected_components(graph) == 2


def test_conll_opens_as_a_table_and_holds_every_span(found: Path) -> None:
    pandas, seqeval = pytest.importorskip("pandas"), pytest.importorskip("seqeval.metrics.sequence_labeling")
    path = _exported(found, "a.conll")
    table = pandas.read_csv(
        path, sep="\t", header=None, quoting=3, dtype=str, names=["token", "start", "end", "fact", "name"]
    )
    (first, second, _) = table.index[table["token"] == "-DOCSTART-"]
    document = table.loc[first + 1 : second - 1].reset_index(drop=True)
    assert [TEXT[int(a) : int(b)] for a, b in zip(document["start"], document["end"], strict=True)] == list(
        document["token"]
    )
    spans = {
        (kind, int(document["start"][a]), int(document["end"][b]))
        for layer in ("fact", "name")
        for kind, a, b in seqeval.get_entities(list(document[layer]))
    }
    # of the two names that overlap, the longer one
    assert spans == {(m.type, m.start, m.end) for m in DOCUMENTS[0].mentions if m.id != "m2"}
    # a blank line behind the document's line and behind each sentence
    within = (document["end"].astype(int) <= DOCUMENTS[0].sentences[0][1]).sum()
    blocks = path.read_text(encoding="utf-8").split("\n\n")
    assert [len(b.splitlines()) for b in blocks[:3]] == [1, within, len(document) - within]


def test_brat_holds_every_mention_in_one_span(found: Path) -> None:
    folder = _exported(found, "brat", "--format", "brat") / "part-000000"
    names = sorted(p.name for p in folder.iterdir())
    assert names == ["empty.ann", "empty.txt", "خبر_۱-2.ann", "خبر_۱-2.txt", "خبر_۱.ann", "خبر_۱.txt"]
    text = (folder / "خبر_۱.txt").read_bytes().decode("utf-8")
    assert text == TEXT
    read = read_brat(folder / "خبر_۱.ann")
    assert read.faults == []

    def spans(document: Document) -> dict[str, tuple[object, ...]]:
        return {m.id: (m.type, m.start, m.end, m.value) for m in document.mentions}

    mine = {id.replace("m", "T"): span for id, span in spans(DOCUMENTS[0]).items()}
    assert spans(read.document) == mine
    links = [(r.head.replace("m", "T"), r.type, r.tail.replace("m", "T")) for r in DOCUMENTS[0].relations]
    assert [(r.head, r.type, r.tail) for r in read.document.relations] == links
    assert {frozenset(c) for c in read.document.clusters} == {frozenset({"T2", "T3"})}
    assert (folder / "empty.ann").read_bytes() == b""


def test_brat_opens_in_bratly(found: Path) -> None:
    bratly, files = pytest.importorskip("bratly"), pytest.importorskip("bratly.io")
    folder = _exported(found, "brat", "--format", "brat") / "part-000000"
    # it refuses lines that the form does not know
    read = files.read_and_load_txt_file(str(folder / "خبر_۱.txt"), str(folder / "خبر_۱.ann"), ann_renumerotize=False)
    assert read.check_ann_compatibility_with_txt(), "a span and its words disagree"
    entities = read.annotation_collections[0].get_annotations(descendant_type=bratly.EntityAnnotation)
    spans = {(e.label, e.fragments[0].start, e.fragments[0].end) for e in entities}
    assert spans == {(m.type, m.start, m.end) for m in DOCUMENTS[0].mentions}
    links = read.annotation_collections[0].get_annotations(descendant_type=bratly.RelationAnnotation)
    assert {(r.label, r.argument1[1].label, r.argument2[1].label) for r in links} == {
        ("held_at", "MEETING", "LOC"),
        ("participates_in", "ORG", "MEETING"),
    }


def test_a_mention_over_a_line_stays_one_span(found: Path) -> None:
    start = TEXT.index("تهران")
    crossing = _document("a", meeting=(start, start + 11))
    found.write_text("".join(pieces(FORMATS["jsonl"](), [crossing])), encoding="utf-8")
    assert _export(found, "-o", found.parent / "b", "--format", "brat").exit_code == 0
    ann = (found.parent / "b" / "part-000000" / "a.ann").read_text(encoding="utf-8")
    assert f"MEETING {start} {start + 11}\tتهران دیدار\n" in ann


def test_a_folder_of_html_is_a_site(found: Path) -> None:
    site = _exported(found, "site", "--format", "html")
    pages = sorted((site / "articles").glob("*.html"))
    assert len(pages) == len(found.read_text(encoding="utf-8").splitlines())
    assert "تهران" in pages[0].read_text(encoding="utf-8")
    assert "تهران" in (site / "index.html").read_text(encoding="utf-8")


def test_export_names_bad_lines_and_goes_on(found: Path) -> None:
    with found.open("a", encoding="utf-8") as file:
        file.write('{"id": 1}\nno json\n')
    result = _export(found, "-o", found.parent / "a.json")
    assert result.exit_code == 1
    assert f"{found}:4: not a document" in result.stderr
    assert f"{found}:5: is no JSON" in result.stderr
    assert "3 documents, 2 could not be read" in result.stderr
    assert len(json.loads((found.parent / "a.json").read_text(encoding="utf-8"))) == 3


def test_export_refuses_what_it_cannot_do(found: Path) -> None:
    for words in (
        [found, "-o", found.parent],
        [found, "-o", "x.parquet"],
        [found, "-o", "-", "--format", "brat"],
        [found.parent / "none.jsonl", "-o", "-"],
        [found],
    ):
        result = _export(*words)
        assert result.exit_code == 2, result.output


def test_parquet_without_its_package_names_the_extra(found: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    result = _export(found, "-o", found.parent / "tables", "--format", "parquet")
    assert result.exit_code == 2
    assert "khabar[formats]" in result.stderr
    assert not (found.parent / "tables").exists()
