"""The pair classifier and cross-validation, on a tiny encoder."""

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")
import tiny
import yaml
from click.testing import CliRunner

from khabar.errors import UsageError
from khabar.models.network import load_encoder
from khabar.relate.features import Span
from khabar_eval.splits import folds
from khabar_train.cli import train
from khabar_train.config import JointConfig, PairsConfig, PassagesData, read_config
from khabar_train.data import split_passages
from khabar_train.folds import table
from khabar_train.pairs import Markers, Pairs
from khabar_train.rows import Row
from khabar_train.run import _begin, last_epoch
from khabar_train.scratch import Kind

IDS = [f"tiny-{number:04d}" for number in range(0, 24, 2)]


def _configured(folder: Path, task: str, epochs: int = 1, init: str | None = None, kind: Kind = "bert") -> Path:
    encoder, pairs = init or str(folder / "encoder"), {"batch": 400, "negatives": 1}
    part = {} if task == "joint" else {"pairs": pairs}
    path = tiny.write_all(folder, epochs=epochs, task=task, kind=kind, init=encoder, names={"peyma": {}})
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text(encoding="utf-8")) | part), encoding="utf-8")
    return path


def _row(sentences: list[int]) -> Row:
    linked = type("Linked", (), {"sentences": sentences})()
    return Row("peyma", tuple("abcdefgh"), tuple((i,) for i in range(8)), [0] * 8, linked=linked)


def test_markers_stand_around_head_and_tail_in_their_sentences() -> None:
    mark = Markers(("PER", "MEETING"), 100)
    row = _row([0, 0, 0, 1, 1, 1, 2, 2])
    # PER: head 100 101, tail 102 103; MEETING: head 104 105, tail 106 107
    found = mark(row, Span("PER", 1, 3, 5), Span("MEETING", 0, 1, 2))
    assert [w[0] for w in found.words] == [0, 106, 1, 107, 2, 100, 3, 4, 101, 5]
    assert (found.head, found.tail) == (5, 1)
    # a name inside a meeting, at its end: the longer one is outside
    found = mark(row, Span("MEETING", 2, 6, 8), Span("PER", 2, 7, 8))
    assert [w[0] for w in found.words] == [104, 6, 102, 7, 103, 105]
    # and at its beginning
    found = mark(row, Span("PER", 2, 6, 7), Span("MEETING", 2, 6, 8))
    assert [w[0] for w in found.words] == [106, 100, 6, 101, 7, 107]
    assert (found.head, found.tail) == (1, 0)


@pytest.mark.parametrize("shared", [False, True])
def test_the_pair_classifier_learns_relations(tmp_path: Path, shared: bool) -> None:
    config = _configured(tmp_path, "pairs", epochs=14)
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("negatives: 1", f"negatives: 1\n  shared: {str(shared).lower()}"), encoding="utf-8")
    result = CliRunner().invoke(train, [str(config), "--data", str(tmp_path), "--threads", "1"])
    assert result.exception is None, result.output
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text("utf-8").splitlines()]
    assert lines[-1]["loss"] < 0.5 * lines[0]["loss"]
    # every passage says the same in other words: speaks_at, organizes and held_at
    assert lines[-1]["passages relations gold"] > 0.9


def test_an_epoch_draws_all_related_pairs_and_some_others(tmp_path: Path) -> None:
    pairs = _task(tmp_path)
    none = len(pairs._maker.pairs.relations)
    for epoch in (0, 1):
        drawn = [pair for batch in pairs.batches(epoch) for pair in batch]
        gold = [int(pair.row.linked.gold[pair.number] != none) for pair in drawn if pair.row.linked]
        # eight passages to learn from, with three relations each
        assert (sum(gold), len(gold)) == (24, 48)
        assert len({(pair.row.id, pair.number) for pair in drawn}) == 48, "no pair twice"
    # each has five other pairs: LOC with MEETING, MEETING with ORG, PER with ORG, PER and ORG with LOC;
    # three are drawn, and none_weight is a half
    assert pairs._none_bias == pytest.approx(math.log(0.5 * 40 / 24))


def _task(folder: Path, kind: Kind = "bert", shared: bool = False) -> Pairs:
    config = read_config(_configured(folder, "pairs", kind=kind))
    assert isinstance(config, PairsConfig)
    config = replace(config, pairs=replace(config.pairs, shared=shared))
    task, _ = _begin(config, folder, folder / "run", resume=False)
    assert isinstance(task, Pairs)
    return task


def test_the_pair_classifier_starts_from_a_joint_model(tiny_run: Path, tmp_path: Path) -> None:
    config = _configured(tmp_path, "pairs", init=str(tiny_run / "torch"))
    result = CliRunner().invoke(train, [str(config), "--data", str(tmp_path)])
    assert result.exception is None, result.output
    encoder = load_encoder(tmp_path / "encoder", pretrained=False)
    read = read_config(_configured(tmp_path / "wide", "pairs"))
    assert isinstance(read, PairsConfig)
    wide = replace(read, window=encoder.config.max_position_embeddings)
    with pytest.raises(UsageError, match="4 markers"):
        last_epoch(wide, tmp_path / "wide", resume=False)


def test_folds_and_limits_choose_passages() -> None:
    source = PassagesData("", "", dev=4)
    parts = [split_passages(IDS, replace(source, fold=fold, folds=3)) for fold in (1, 2, 3)]
    assert [dev for _, dev in parts] == folds(IDS, 3)
    assert all(train | dev == set(IDS) and not train & dev for train, dev in parts)
    some, dev = split_passages(IDS, replace(source, fold=1, folds=3, limit=3))
    more, _ = split_passages(IDS, replace(source, fold=1, folds=3, limit=5))
    assert (len(some), len(more)) == (3, 5)
    assert some < more < parts[0][0], "a longer part of the same curve"
    assert dev == parts[0][1]
    assert split_passages(IDS, None) == (set(), set())


@pytest.mark.parametrize("task", ["joint", "pairs"])
def test_cross_validation_prints_mean_and_spread_and_resumes(tmp_path: Path, task: str) -> None:
    config = _configured(tmp_path, task)
    command = [str(config), "--data", str(tmp_path), "--folds", "2", "--limit", "3"]
    result = CliRunner().invoke(train, command)
    assert result.exception is None, result.output
    run = tmp_path / "run"
    assert {p.relative_to(run).as_posix() for p in run.glob("*/*")} == {
        f"{point}/fold-{fold}" for point in ("passages-3", "passages") for fold in (1, 2)
    }
    assert not list(run.rglob("*.safetensors")), "checkpoints of folds are not kept"
    values = [
        json.loads((run / "passages" / f"fold-{n}" / "fold.json").read_text(encoding="utf-8"))[
            "passages relations gold"
        ]
        for n in (1, 2)
    ]
    printed = next(line for line in result.output.rsplit("\npassages:\n")[-1].splitlines() if " relations gold" in line)
    assert f"{50 * sum(values):.1f} ±" in printed
    read = read_config(run / "passages-3" / "fold-2" / "config.yaml")
    assert isinstance(read, JointConfig) and read.passages
    assert (read.passages.fold, read.passages.folds, read.passages.limit) == (2, 2, 3)
    # three passages twice are as many steps as the six of a fold's training part once
    assert read.schedule.epochs == 2
    again = CliRunner().invoke(train, command)
    assert isinstance(again.exception, UsageError)
    kept = (run / "passages" / "fold-2" / "fold.json").stat().st_mtime_ns
    (run / "passages" / "fold-1" / "fold.json").unlink()
    (run / "passages" / "fold-1" / "metrics.jsonl").unlink()
    resumed = CliRunner().invoke(train, [*command, "--resume"])
    assert resumed.exception is None, resumed.output
    tables = [output.rpartition("\npassages-3:\n")[2] for output in (result.output, resumed.output)]
    assert tables[0] == tables[1] and "relations gold" in tables[0]
    assert (run / "passages" / "fold-2" / "fold.json").stat().st_mtime_ns == kept
    other = CliRunner().invoke(train, [str(config), "--data", str(tmp_path), "--folds", "3", "--resume"])
    assert isinstance(other.exception, UsageError), "a third of the passages is not a half of them"
    assert "started with another passages" in str(other.exception)


def test_the_table_of_folds() -> None:
    # mean 50, deviations -10, 0 and 10 with two degrees of freedom: 10
    assert list(table({"passages": {"facts": [0.4, 0.5, 0.6]}})) == [
        "passages:",
        f"  {'facts':<26}  50.0 ± 10.0   (40.0 50.0 60.0)",
    ]


def test_folds_start_from_nothing_that_knows_them(tiny_run: Path, tmp_path: Path) -> None:
    folded = ["--data", str(tmp_path), "--folds", "2"]
    config = _configured(tmp_path, "joint", init=str(tiny_run / "torch"))
    result = CliRunner().invoke(train, [str(config), *folded])
    assert isinstance(result.exception, UsageError)
    assert "every fold" in str(result.exception)
    # a run of names alone does not
    names = tmp_path / "names-run"
    shutil.copytree(tiny_run / "torch", names / "torch")
    alone = yaml.safe_load((tiny_run / "config.yaml").read_text(encoding="utf-8")) | {"passages": None}
    (names / "config.yaml").write_text(yaml.safe_dump(alone), encoding="utf-8")
    result = CliRunner().invoke(train, [str(config), *folded, "--init", str(names / "torch")])
    assert result.exception is None, result.output


@pytest.mark.parametrize("options", [["--limit", "3"], ["--folds", "2", "--check"], ["--folds", "2", "--tensorboard"]])
def test_folds_are_for_runs_over_passages(tmp_path: Path, options: list[str]) -> None:
    config = _configured(tmp_path, "joint")
    result = CliRunner().invoke(train, [str(config), "--data", str(tmp_path), *options])
    assert isinstance(result.exception, UsageError)
    assert "annotated passages" in str(result.exception)
