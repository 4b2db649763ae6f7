"""Sentences and tokens scored against treebanks made up for the test, and against the shared task's own script."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

from khabar.errors import DataError
from khabar_eval.segmentation import Cutter, evaluate, khabar, segmentation
from khabar_eval.treebank import Treebank, columns, find, read_treebank

DEV = Path(__file__).parents[2] / "shared/corpora/ud_persian"
SENTENCES = [("کتابش گران است.", "1-2 کتابش|1 کتاب|2 ش|3 گران|4 است _|5 ."), ("او «رفت»", "1 او|2 « _|3 رفت _|4 »")]


def _rows(tokens: str) -> str:
    rows = [row.split(" ") for row in tokens.split("|")]
    return "".join("\t".join([r[0], r[1], *"______", "_", "SpaceAfter=No" if r[2:] else "_"]) + "\n" for r in rows)


def _write(path: Path, *comments: str, last: str = "_") -> Path:
    blocks = [f"{comments[i]}# text = {text}\n{_rows(tokens)}\n" for i, (text, tokens) in enumerate(SENTENCES)]
    blocks[0] = blocks[0].removesuffix("_\n\n") + last + "\n\n"
    path.write_text("".join(blocks), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("comment", "last", "gap"),
    [("", "_", " "), ("", "SpaceAfter=No", ""), ("# newpar\n", "_", "\n\n"), ("", r"X=1|SpacesAfter=\s\n", " \n")],
)
def test_raw_text_is_put_together(tmp_path: Path, comment: str, last: str, gap: str) -> None:
    bank = read_treebank(_write(tmp_path / "a.conllu", "# sent_id = s1\n", comment, last=last))
    assert bank.text == f"کتابش گران است.{gap}او «رفت»"
    tokens = [[bank.text[a:b] for a, b in sentence] for sentence in bank.sentences]
    assert tokens == [["کتابش", "گران", "است", "."], ["او", "«", "رفت", "»"]]
    assert bank.names == ["a.conllu:s1", "a.conllu:2"]


@pytest.mark.parametrize("content", ["", "# text = او\n\n", "# text = او\n" + _rows("1 تو"), "# text = او\n1\tاو\n"])
def test_what_is_no_treebank_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.conllu"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=r"a\.conllu"):
        read_treebank(path)


def test_tokens_are_found_whatever_spaces_there_are() -> None:
    assert find(["می رود", "."], "او می  رود .", 2) == [(3, 10), (11, 12)]
    with pytest.raises(ValueError, match="expected 'تو'"):
        find(["تو"], "او")


def _cut(text: str, *sentences: str) -> Treebank:
    """Return a text whose tokens stand between spaces and sentences apart."""
    spans, at = [], 0
    for sentence in sentences:
        spans.append(find(sentence.split(" "), text, at))
        at = spans[-1][-1][1]
    return Treebank(text, spans, [str(i) for i in range(len(sentences))])


def test_spans_are_counted_without_spaces() -> None:
    gold = _cut("یک دو. سه چهار.", "یک دو .", "سه چهار .")
    found = _cut("یک دو. سه چهار.", "یک دو. سه", "چهار .")
    report, differences, _ = evaluate(gold, lambda text: found.sentences if text else [])
    tokens, sentences = report.layers
    assert [c.row() for c in tokens.per_item] == [[1, 1, 2, 0], [3, 0, 0, 0]]
    assert [c.row() for c in sentences.per_item] == [[0, 1, 1, 0], [0, 1, 1, 0]]
    assert {kind: len(places) for kind, places in differences.items()} == {
        "token not cut between letter, .": 1,
        "sentence cut between letter, space, letter": 1,
        "sentence not cut between ., space, letter": 1,
    }
    assert differences["sentence not cut between ., space, letter"] == ["یک دو. ¦سه چهار."]


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(segmentation, [str(a) for a in arguments])


def test_the_command_prints_scores_and_writes_files_that_read_back(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.conllu", "", "", last="_")
    result = _run(path, path, "--json", tmp_path / "r.json", "--predictions", tmp_path / "p.conllu", "--errors", "1")
    assert result.exit_code == 0, result.output
    assert "100.00" in result.output
    data = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert (data["n"], data["layers"]["tokens"]["overall"]["tp"]) == (4, 16)
    assert read_treebank(tmp_path / "p.conllu").text == " ".join([read_treebank(path).text] * 2)


def _shared_task() -> ModuleType:
    """Return the shared task's script, which stanza carries, without loading stanza."""
    stanza = importlib.util.find_spec("stanza")
    if stanza is None or stanza.origin is None:
        pytest.skip("stanza, which carries conll18_ud_eval, is not installed")
    spec = importlib.util.spec_from_file_location("conll18", Path(stanza.origin).parent / "utils/conll18_ud_eval.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _agree(gold: Treebank, cut: Cutter, folder: Path) -> None:
    script = _shared_task()
    report, _, found = evaluate(gold, cut)
    for name, bank in (("gold", gold), ("found", found)):
        (folder / name).write_text("".join(columns(bank)), encoding="utf-8")
    theirs = script.evaluate(*(script.load_conllu_file(str(folder / name)) for name in ("gold", "found")))
    for layer, key in zip(report.layers, ("Tokens", "Sentences"), strict=True):
        ours = layer.overall
        expected = theirs[key].precision, theirs[key].recall, theirs[key].f1
        assert (ours.precision, ours.recall, ours.f1) == pytest.approx(expected)


def test_scores_are_those_of_the_shared_task(tmp_path: Path) -> None:
    gold = _cut("یک دو. سه چهار. پنج", "یک دو .", "سه چهار .", "پنج")
    wrong = _cut(gold.text, "یک دو. سه", "چهار .", "پنج").sentences
    _agree(gold, lambda text: wrong if text else [], tmp_path)


@pytest.fixture(params=["seraji", "perdt"])
def dev(request: pytest.FixtureRequest) -> Treebank:
    path = DEV / f"fa_{request.param}-ud-dev.conllu"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    return read_treebank(path)


def test_treebanks_are_cut_as_their_makers_did(dev: Treebank) -> None:
    tokens, sentences = evaluate(dev, khabar())[0].layers
    assert tokens.overall.f1 >= 0.99
    assert sentences.overall.f1 >= 0.985


def test_scores_on_treebanks_are_those_of_the_shared_task(dev: Treebank, tmp_path: Path) -> None:
    _agree(dev, khabar(), tmp_path)
