"""A tiny run from corpus files to a model folder, and the same after a kill."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest.importorskip("torch")
import tiny
from click.testing import CliRunner

from khabar.errors import DataError, UsageError
from khabar_train.cli import train
from khabar_train.config import read_config, to_dict

COMMAND = [sys.executable, "-c", "from khabar_train.cli import train; train()"]


def _metrics(run: Path) -> list[dict[str, float]]:
    lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in lines]


def test_a_run_learns_and_leaves_both_model_folders(tiny_run: Path) -> None:
    lines = (tiny_run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    first, last = (json.loads(line)["loss"] for line in lines)
    assert last < 0.8 * first, "a second look at the same few words must help"
    assert {p.name for p in (tiny_run / "onnx").iterdir()} == {
        "config.json",
        "tokenizer.json",
        "tagger.onnx",
        "relator.onnx",
        "encoder",
        "manifest.json",
    }
    assert (tiny_run / "torch" / "heads.safetensors").exists()
    about = json.loads((tiny_run / "run.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert about["config"]["name"] == "tiny"
    assert set(about["packages"]) >= {"khabar", "torch"}
    assert about["seed"] == 1 and about["threads"] == 1
    assert about["commit"] is None or len(about["commit"]) == 40
    again = read_config(tiny_run / "config.yaml")
    assert to_dict(again) == about["config"], "a run can be repeated from its folder"
    picture = ElementTree.fromstring((tiny_run / "metrics.svg").read_text(encoding="utf-8"))
    assert len([e for e in picture if e.tag.endswith("polyline")]) == len(_metrics(tiny_run)[0]) - 1
    report = (tiny_run / "dev-names.txt").read_text(encoding="utf-8")
    assert "micro avg" in report and "PER" in report
    described = json.loads((tiny_run / "onnx" / "config.json").read_text(encoding="utf-8"))
    for layer in ("names", "facts", "relations"):
        slope, intercept = described[f"{layer}_calibration"]
        assert slope > 0
        assert f"{layer}_calibration {slope} {intercept}, error on the rows it was not fitted on" in report
    assert not list(tiny_run.glob("*.pt")), "no pickle"


def test_a_killed_run_resumes_to_the_same_metrics(tiny_run: Path, tmp_path: Path) -> None:
    config = tiny.write_all(tmp_path)
    # the encoder is random: both runs start from the same one
    start = [
        *COMMAND,
        str(config),
        "--data",
        str(tmp_path),
        "--threads",
        "1",
        "--init",
        str(tiny_run.parent / "encoder"),
    ]
    run = tmp_path / "run"
    process = subprocess.Popen(start, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # however long a busy machine takes
    while not (run / "last.safetensors").exists() and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert process.returncode == -signal.SIGKILL, "killed while it ran"
    assert not (run / "onnx").exists(), "killed before the end"
    resumed = subprocess.run([*start, "--resume"], capture_output=True, text=True, check=False)
    assert resumed.returncode == 0, resumed.stderr
    assert "resumed at epoch" in resumed.stdout
    assert _metrics(run) == _metrics(tiny_run)


def test_a_run_folder_is_not_overwritten_silently(tiny_run: Path, tmp_path: Path) -> None:
    config = tiny.write_all(tmp_path)
    result = CliRunner().invoke(train, [str(config), "--data", str(tmp_path), "--output", str(tiny_run)])
    assert isinstance(result.exception, UsageError)
    assert "--resume" in str(result.exception)
    changed = [str(config), "--data", str(tmp_path), "--output", str(tiny_run), "--resume", "--epochs", "3"]
    result = CliRunner().invoke(train, changed)
    assert isinstance(result.exception, UsageError)
    assert "another" in str(result.exception) and "schedule" in str(result.exception)
    old = tmp_path / "old"
    old.mkdir()
    (old / "last.pt").touch()
    result = CliRunner().invoke(train, [str(config), "--data", str(tmp_path), "--output", str(old), "--resume"])
    assert isinstance(result.exception, UsageError)
    assert "older version" in str(result.exception)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("task: joint\nname: x\n", "missing"),
        ("task: dance\n", "expected task"),
        ("- a list\n", "expected task"),
        ("task: joint\nlerning_rate: 1\n", "unknown key lerning_rate"),
        ("task: [\n", "cannot be read"),
    ],
)
def test_a_wrong_configuration_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=message) as error:
        read_config(path)
    assert error.value.path == str(path)


def test_a_corpus_that_is_not_there_or_has_an_unknown_label_is_named(tmp_path: Path) -> None:
    config = tiny.write_all(tmp_path)
    columns = tmp_path / "names" / "train.txt"
    columns.write_text(columns.read_text(encoding="utf-8") + "شهر|B_CITY\n", encoding="utf-8")
    result = CliRunner().invoke(train, [str(config), "--data", str(tmp_path)])
    assert isinstance(result.exception, DataError)
    assert "CITY" in str(result.exception) and f"{columns}:" in str(result.exception)
    columns.unlink()
    result = CliRunner().invoke(train, [str(config), "--data", str(tmp_path)])
    assert isinstance(result.exception, DataError)
    assert str(columns) in str(result.exception)
