"""`khabar evaluate`: commands, files and exit codes."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from khabar.config import PipelineConfig
from khabar.errors import DataError, UsageError
from khabar.recognize.tags import ScoredSpan
from khabar_eval.cli import evaluate
from khabar_eval.counts import Counts
from khabar_eval.report import Layer, Report
from khabar_eval.report.file import read_report, write_report


class Silent:
    """A pipeline that finds the name تهران and nothing else, where it is asked to follow conll's conventions."""

    conventions = ("peyma", "conll")
    config = PipelineConfig()

    def names_in(self, groups: Any, convention: str | None = None) -> Any:
        """Return each sentence's spans."""
        if convention != "conll":
            return [[[] for _ in g] for g in groups]
        return [[[self._span(t)] if "تهران" in t else [] for t in g] for g in groups]

    def _span(self, text: str) -> ScoredSpan:
        return ScoredSpan(text.index("تهران"), text.index("تهران") + 5, "LOC", 0.9)


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("khabar.load", lambda *_: Silent(), raising=False)
    path = tmp_path / "corpus.txt"
    path.write_text("در\tO\nتهران\tB-LOC\n\nعلی\tB-PER\nرفت\tO\n", encoding="utf-8")
    return path


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(evaluate, [str(a) for a in arguments])


def test_names_prints_a_table_and_writes_both_files(corpus: Path) -> None:
    report, predictions = corpus.with_suffix(".json"), corpus.with_suffix(".conll")
    result = _run("names", "--format", "conll", corpus, "--json", report, "--predictions", predictions)
    assert result.exit_code == 0, result.output
    assert "66.67" in result.output
    data = json.loads(report.read_text(encoding="utf-8"))
    assert data["layers"]["names"]["overall"]["f1"] == 0.6667
    assert data["layers"]["names"]["types"]["LOC"]["tp"] == 1
    assert data["layers"]["names"]["per_item"] == [[1, 0, 0, 0], [0, 0, 1, 0]]
    assert (data["n"], data["tokens"], data["model"]) == (2, 4, "default")
    assert predictions.read_text(encoding="utf-8") == "در\tO\tO\nتهران\tB-LOC\tB-LOC\n\nعلی\tB-PER\tO\nرفت\tO\tO\n\n"


def test_names_become_a_page(corpus: Path) -> None:
    page = corpus.with_suffix(".html")
    assert _run("names", "--format", "conll", corpus, "--html", page).exit_code == 0
    shown = page.read_text(encoding="utf-8")
    # the one error: علی is missed, in its own sentence
    assert shown.count("<details") == 1 and 'data-label="gold PER"' in shown and "corpus.txt:4" in shown
    assert "names: 1 found" in shown, "what scores are worth"


def test_reports_of_names_become_a_reliability_diagram(corpus: Path) -> None:
    report, picture = corpus.with_name("peyma.json"), corpus.with_name("reliability.svg")
    assert _run("names", "--format", "conll", corpus, "--json", report).exit_code == 0
    result = _run("reliability", report, "-o", picture)
    assert result.exit_code == 0, result.output
    drawn = ElementTree.fromstring(picture.read_text(encoding="utf-8"))
    texts = [e.text for e in drawn if e.tag.endswith("text")]
    assert "peyma: 1 found" in texts
    # one span, scored 0.9 and right
    assert "error 0.100, by chance alone 0.239" in texts
    (dot,) = (e for e in drawn if e.tag.endswith("circle"))
    assert (float(dot.get("cx", 0)), float(dot.get("cy", 0))) == (50 + 0.9 * 180, 46)
    old = json.loads(report.read_text(encoding="utf-8"))
    report.write_text(json.dumps(old | {"reliability": None}), encoding="utf-8")
    refused = _run("reliability", report, "-o", picture)
    assert isinstance(refused.exception, DataError)
    assert "says nothing of scores" in str(refused.exception)


def test_articles_with_given_mentions_need_no_model(tmp_path: Path) -> None:
    text = "مریم صدری رفت. صدری آمد."
    mentions = [{"id": f"m{a}", "type": "PER", "start": a, "end": b} for a, b in ((0, 9), (15, 19))]
    gold = {"id": "a", "text": text, "mentions": mentions, "clusters": [["m0", "m15"]]}
    path = tmp_path / "gold.json"
    path.write_text(json.dumps(gold), encoding="utf-8")
    result = _run("articles", path, "--given", "mentions", "--predictions", tmp_path / "found.jsonl")
    assert result.exit_code == 0, result.output
    assert "100.00" in result.output
    assert json.loads((tmp_path / "found.jsonl").read_text(encoding="utf-8"))["clusters"] == [["m0", "m15"]]


def test_articles_that_lie_in_files_need_no_model_and_take_none(tmp_path: Path) -> None:
    mention = {"id": "m0", "type": "PER", "start": 0, "end": 4}
    gold, found = tmp_path / "gold.json", tmp_path / "found.jsonl"
    gold.write_text(json.dumps({"id": "a", "text": "مریم رفت.", "mentions": [mention]}), encoding="utf-8")
    found.write_text(json.dumps({"id": "a", "text": "مریم رفت.", "mentions": []}), encoding="utf-8")
    assert "100.00" not in _run("articles", gold, "--found", found).output
    assert "100.00" in _run("articles", gold, "--found", gold).output
    refused = _run("articles", gold, "--found", found, "--given", "mentions")
    assert isinstance(refused.exception, UsageError)


def test_names_can_be_scored_under_the_runtime_s_conventions(corpus: Path) -> None:
    assert "66.67" not in _run("names", "--format", "conll", corpus, "--convention", "runtime").output


def test_degrade_says_how_many_characters_changed_and_fails_on_none(corpus: Path) -> None:
    assert "characters changed: 1" in _run("names", "--format", "conll", corpus, "--degrade", "arabic").output
    failed = _run("names", "--format", "conll", corpus, "--degrade", "halfspace")
    assert isinstance(failed.exception, DataError)
    assert failed.exception.exit_code == 1


def test_wrong_usage_exits_with_two(corpus: Path) -> None:
    assert _run("names", corpus).exit_code == 2
    assert _run("names", "--format", "conll").exit_code == 2
    assert _run("names", "--format", "bio", corpus).exit_code == 2
    assert _run("passages", "--passages", corpus).exit_code == 2


def _report(path: Path, items: list[str], *counts: Counts) -> Path:
    layer = Layer("names", [{"PER": c} for c in counts])
    write_report(Report("names", path.stem, items, [layer], 10, 1.0), path)
    return path


def test_compare_prints_difference_and_p(tmp_path: Path) -> None:
    a = _report(tmp_path / "a.json", ["1", "2"], Counts(1, 1, 1), Counts(0, 0, 0))
    b = _report(tmp_path / "b.json", ["1", "2"], Counts(2, 0, 0), Counts(0, 0, 0))
    result = _run("compare", a, b, "--samples", 200)
    assert result.exit_code == 0, result.output
    assert "+50.00" in result.output


def test_reports_over_different_items_are_compared_only_unpaired(tmp_path: Path) -> None:
    a = _report(tmp_path / "a.json", ["1"], Counts(1, 1, 1))
    b = _report(tmp_path / "b.json", ["2"], Counts(2, 0, 0))
    refused = _run("compare", a, b)
    assert isinstance(refused.exception, UsageError)
    assert "--unpaired" in str(refused.exception)
    assert _run("compare", a, b, "--unpaired", "--samples", 200).exit_code == 0


def test_a_report_reads_back_and_a_stranger_is_refused(tmp_path: Path) -> None:
    saved = read_report(_report(tmp_path / "a.json", ["1", "2"], Counts(1, 0, 2), Counts(0.5, 0.5, 0, 0.25)))
    assert saved.layers == {"names": [Counts(1, 0, 2), Counts(0.5, 0.5, 0, 0.25)]}
    for content in ("{}", "[]", "no json"):
        (tmp_path / "x.json").write_text(content, encoding="utf-8")
        with pytest.raises(DataError, match="not a report"):
            read_report(tmp_path / "x.json")
