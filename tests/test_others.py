"""Other people's taggers and normalizers in the pipeline, with offsets in the source."""

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch")
import torch
import yaml
from click.testing import CliRunner
from transformers import BertConfig, BertForTokenClassification

import khabar
from khabar.errors import ModelError, UsageError
from khabar.normalize.hazm import HazmNormalizer
from khabar.recognize.others import TaggerConfig, _columns, load_tagger, load_taggers
from khabar.schema import load_schema
from khabar_eval.cli import evaluate
from khabar_train.scratch import write_encoder

# Arabic letters, a half-space lost, two spaces: what normalization changes, and offsets must undo
TEXT = "علي حسيني  در كرمان‌شهر ميرود."
LABELS = ["O", "B_pers", "I_pers", "B_loc", "I_loc"]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a token classifier that knows three words by heart, whatever stands around them."""
    folder = tmp_path_factory.mktemp("classifier")
    words = ["علی", "حسینی", "کرمانشهر", "در", "می‌رود", "."]
    write_encoder(folder, [" ".join(words)] * 20)
    from transformers import AutoTokenizer  # noqa: PLC0415

    tokenizer = AutoTokenizer.from_pretrained(folder)
    config = BertConfig.from_pretrained(folder, num_labels=len(LABELS), id2label=dict(enumerate(LABELS)))
    model = BertForTokenClassification(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        for layer in (
            model.bert.embeddings.LayerNorm,
            *(m for m in model.modules() if isinstance(m, torch.nn.LayerNorm)),
        ):
            layer.weight.fill_(1.0)
        for number, word in enumerate(words[:3], 1):
            first = tokenizer(word, add_special_tokens=False).input_ids[0]
            model.bert.embeddings.word_embeddings.weight[first, number] = 1.0
            model.classifier.weight[number, number] = 1.0
        model.classifier.bias[0] = 1.0
    model.save_pretrained(folder)
    return folder


def configured(folder: Path, **parts: Any) -> Path:
    path = folder / "pipeline.yaml"
    path.write_text(yaml.safe_dump(parts), encoding="utf-8")
    return path


def test_a_hugging_face_tagger_finds_names_at_their_place_in_the_source(
    tiny_run: Path, classifier: Path, tmp_path: Path
) -> None:
    config = configured(tmp_path, names={"tagger": "parsbert-arman", "model": str(classifier)})
    pipeline = khabar.load(tiny_run / "onnx", config)
    names = [m for m in pipeline(TEXT).mentions if m.type in load_schema().names]
    assert [(m.type, TEXT[m.start : m.end]) for m in names] == [("PER", "علي حسيني"), ("LOC", "كرمان‌شهر")]
    assert all(0.5 < m.score < 1 for m in names)
    found = pipeline.names_in([[TEXT, ""]])[0][0]
    assert [(f.start, f.end, f.type) for f in found] == [(m.start, m.end, m.type) for m in names]
    assert pipeline.conventions == ()


def test_half_spaces_reach_a_tagger_as_it_reads_them(classifier: Path) -> None:
    sentence = [["کرمان‌شهر"]]
    assert [f.type for f in load_tagger("parsbert-arman", str(classifier))(sentence)] == ["LOC"]
    spaced = load_tagger("transformers", str(classifier), {"pers": "PER", "loc": "LOC"})
    assert spaced(sentence) == []


def test_evaluate_scores_another_s_tagger_with_the_same_code(tiny_run: Path, classifier: Path, tmp_path: Path) -> None:
    config = configured(tmp_path, names={"tagger": "parsbert-arman", "model": str(classifier)})
    columns, report = tmp_path / "gold.txt", tmp_path / "report.json"
    columns.write_text("علی B-pers\nحسینی I-pers\nدر O\nکرمانشهر B-org\n", encoding="utf-8")
    command = ["names", "--format", "arman", str(columns), "--model", str(tiny_run / "onnx")]
    result = CliRunner().invoke(evaluate, [*command, "--config", str(config), "--json", str(report)])
    assert result.exception is None, result.output
    told = json.loads(report.read_text(encoding="utf-8"))
    overall = told["layers"]["names"]["overall"]
    assert (overall["tp"], overall["fp"], overall["fn"]) == (1, 1, 1)
    assert told["model"] == "parsbert-arman"


def test_a_label_that_nobody_described_is_named(classifier: Path) -> None:
    with pytest.raises(ModelError, match=r"has the label pers, expected some of PER"):
        load_tagger("parsbert-peyma", str(classifier))
    with pytest.raises(UsageError, match="found CITY"):
        load_tagger("parsbert-peyma", str(classifier), {"pers": "CITY"})


def test_taggers_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected a tagger of"):
        load_tagger("nobody")
    with pytest.raises(UsageError, match="needs a model"):
        load_tagger("transformers")
    with pytest.raises(ModelError, match="no usable tagger"):
        load_tagger("transformers", str(tmp_path))


def test_schemes_of_tags_become_ours() -> None:
    config = TaggerConfig("transformers", "x", "keep", {"PER": "PER", "GPE": "LOC", "LOC": "LOC", "NUM": None})
    plain, columns = _columns({0: "O", 1: "PER", 2: "NUM"}, config)
    assert (plain.types, columns) == (("PER",), [[0, 2], [1], [1]])
    only_begin, columns = _columns({0: "O", 1: "B-GPE", 2: "B-LOC"}, config)
    assert (only_begin.types, columns) == (("LOC",), [[0], [1, 2], [1, 2]])
    bioes, columns = _columns({0: "B-PER", 1: "I-PER", 2: "E-PER", 3: "S-PER", 4: "O"}, config)
    assert (bioes.types, columns) == (("PER",), [[4], [0, 3], [1, 2]])
    with pytest.raises(ModelError, match="expected O"):
        _columns({0: "B-PER"}, config)


def test_every_described_tagger_has_an_engine_and_types_of_ours() -> None:
    for name, config in load_taggers().items():
        assert config.engine in ("transformers", "stanza"), name
        assert {kind for kind in config.labels.values() if kind} <= set(load_schema().model_names), name


class FakeStanza(ModuleType):
    """Stands for stanza: its pipeline calls the first two words of a sentence a person."""

    def Pipeline(self, language: str, **options: Any) -> Any:
        assert (language, options["tokenize_pretokenized"], options["package"]) == ("fa", True, {"ner": "arman"})
        return self.read

    def read(self, sentences: list[list[str]]) -> Any:
        self.seen = sentences
        assert all(sentences), "stanza cannot read an empty sentence"
        tokens = [[SimpleNamespace(id=(i,)) for i, _ in enumerate(s, 1)] for s in sentences]
        entities = [[SimpleNamespace(type="pers", tokens=row[:2])] for row in tokens]
        return SimpleNamespace(sentences=[SimpleNamespace(ents=row) for row in entities])


def test_stanza_reads_our_tokens_and_its_names_come_back_as_source_offsets(
    tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeStanza("stanza")
    monkeypatch.setitem(sys.modules, "stanza", fake)
    pipeline = khabar.load(tiny_run / "onnx", configured(tmp_path, names={"tagger": "stanza"}))
    names = [m for m in pipeline(TEXT).mentions if m.type in load_schema().names]
    assert [(m.type, TEXT[m.start : m.end], m.score) for m in names] == [("PER", "علي حسيني", 1.0)]
    assert fake.seen[0][3] == "کرمان‌شهر", "half-spaces stay"
    assert pipeline.names_in([["", TEXT]]) == [[[], [(names[0].start, names[0].end, "PER", 1.0)]]]


def test_stanza_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stanza", None)
    with pytest.raises(ModelError, match=r"khabar\[stanza\]"):
        load_tagger("stanza")


class FakeHazm(ModuleType):
    """Stands for hazm: writes Persian letters, joins a verb's prefix by a half-space, drops double spaces."""

    class Normalizer:
        def __init__(self, correct_spacing: bool) -> None:
            self.spacing = correct_spacing

        def normalize(self, text: str) -> str:
            assert text and "\n" not in text
            text = text.replace("ي", "ی").replace("ك", "ک").replace("  ", " ")
            return text.replace("می رود", "می‌رود").replace("میرود", "می‌رود") if self.spacing else text


def test_hazm_s_text_keeps_its_place_in_the_source(
    tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "hazm", FakeHazm("hazm"))
    text = f"{TEXT}\n\r\nكي  مي رود"
    clean = HazmNormalizer()(text)
    assert clean.text == "علی حسینی در کرمان‌شهر می‌رود.\n\r\nکی می‌رود"
    for word, source in (("حسینی", "حسيني"), ("رود.", "رود."), ("کی", "كي"), ("می‌رود", "ميرود")):
        at = clean.text.index(word)
        assert text[slice(*clean.to_source(at, at + len(word)))] == source
    last = clean.text.rindex("می‌رود")
    assert text[slice(*clean.to_source(last, last + 6))] == "مي رود"
    assert HazmNormalizer(halfspaces=False)("ميرود").text == "میرود"
    document = khabar.load(tiny_run / "onnx", configured(tmp_path, normalize={"engine": "hazm"}))(text)
    assert document.text == text


def test_hazm_that_is_not_installed_or_an_unknown_engine_is_named(
    tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "hazm", None)
    with pytest.raises(ModelError, match="not installed"):
        khabar.load(tiny_run / "onnx", configured(tmp_path, normalize={"engine": "hazm"}))
    with pytest.raises(UsageError, match="khabar or hazm"):
        khabar.load(tiny_run / "onnx", configured(tmp_path, normalize={"engine": "parsivar"}))
