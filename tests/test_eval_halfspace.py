"""Half-spaces are scored as the shared script scores them, other tools stand beside, and the model can be learned."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from khabar.errors import UsageError
from khabar.normalize import Normalizer
from khabar.resources import resource
from khabar_eval.benchmark import benchmark
from khabar_eval.halfspace import ZWNJ, evaluate, is_dev, new_spaces, run_together
from khabar_eval.tools import interpreters

SCRIPT = Path(__file__).parents[2] / "shared" / "halfspace_score.py"
TEXT = """آن_ها هر روز به مدرسه می_روند.
کتاب_ها را نمی_خوانند؛ گروه_های کاری تشکیل شده_اند
دل_نوشته رضا و شله_زرد، ١٢ کتابها ى
هوا سرد بود
""".replace("_", ZWNJ)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.mark.skipif(not SCRIPT.exists(), reason="the shared scoring script is not here")
def test_scores_are_those_of_the_shared_script(text: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(text), "khabar"], capture_output=True, text=True, check=True
    )
    wanted = re.findall(r"(\w+): P ([\d.]+) R ([\d.]+) F1 ([\d.]+)  letters changed in (\d+)", done.stdout)
    report = evaluate(text)
    found = []
    for layer in report.layers[:3]:
        counts = layer.overall
        changed = report.notes[f"{layer.name}, lines whose letters changed"].split()[0]
        found.append((layer.name, *(f"{x:.4f}" for x in (counts.precision, counts.recall, counts.f1)), changed))
    assert found == wanted
    assert found[0][4] == "1", "the third line has a letter that the script does not fold"


def test_perfect_and_idle_restorers(text: Path) -> None:
    gold = dict.fromkeys(TEXT.split("\n"))
    perfect = evaluate(text, lambda line: next((g for g in gold if _bare(g) == _bare(line)), line))
    assert [layer.overall.f1 for layer in perfect.layers] == [1, 1, 1, 1]
    idle = evaluate(text, lambda line: line)
    assert [layer.overall.f1 for layer in idle.layers[:3]] == [0, 0, 1]
    assert idle.layers[3].overall.tp == 0 < idle.layers[3].overall.fn
    assert idle.notes["spaces put into clean text"] == "0"


def _bare(line: str) -> str:
    return line.replace(ZWNJ, "").replace(" ", "")


def test_spaces_are_deleted_between_letters_only() -> None:
    line = "یک ۲ سه، چهار پنج" * 30
    glued = run_together(line, 1.0)
    assert glued == "یک ۲ سه، چهارپنج" * 30
    assert len(new_spaces(glued, line)) == 30
    assert run_together(line) == run_together(line)


def test_the_news_dev_part_is_each_tenth_with_a_half_space() -> None:
    items = [(f"الف{ZWNJ}",) if i % 2 else ("ب",) for i in range(60)]
    assert [i for i, dev in enumerate(is_dev(items)) if dev] == [1, 21, 41]


def test_tools_stand_side_by_side(text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hazm.py").write_text(
        "class Normalizer:\n    def normalize(self, line):\n        print(1)\n        return line\n"
    )
    (tmp_path / "hazm-9.dist-info").mkdir()
    (tmp_path / "hazm-9.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: hazm\nVersion: 9\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    report = tmp_path / "report.json"
    command = ["text", str(text), "--tool", f"hazm={sys.executable}", "--json", str(report)]
    done = CliRunner().invoke(benchmark, command, catch_exceptions=False)
    assert done.exit_code == 0
    khabar, hazm = json.loads(report.read_text())
    assert (khabar["tool"], hazm["tool"], hazm["version"]) == ("khabar", "hazm", "9")
    assert hazm["f1"] == {"deleted": 0, "spaced": 0, "clean": 1}
    assert khabar["f1"]["deleted"] > 0.5
    assert khabar["chars_per_s"] > 0 and hazm["chars_per_s_again"] > 0


@pytest.mark.parametrize(("tool", "message"), [("spacy", "expected one of"), ("hazm=/none/python", "no such interp")])
def test_wrong_tools_are_named(tool: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        interpreters([tool])


def test_a_model_is_learned_from_texts(tmp_path: Path) -> None:
    pytest.importorskip("scipy")
    from khabar_train.halfspace import HalfSpaceConfig, train_halfspaces  # noqa: PLC0415

    raw = yaml.safe_load(resource("configs/train/halfspace.yaml").read_text(encoding="utf-8"))
    raw.pop("task")
    config = replace(HalfSpaceConfig(**raw), texts={"perdt": "a.txt"}, iterations=20)
    with pytest.raises(UsageError, match="perdt text is missing"):
        train_halfspaces(config, tmp_path, tmp_path)
    (tmp_path / "a.txt").write_text(TEXT * 20, encoding="utf-8")
    metrics = train_halfspaces(config, tmp_path, tmp_path)
    assert metrics["bytes"] == (tmp_path / "halfspace.npz").stat().st_size
    first = (tmp_path / "halfspace.npz").read_bytes()
    spell = Normalizer(model=tmp_path)
    assert str(spell("کتاب ها را نمی خوانند")) == f"کتاب{ZWNJ}ها را نمی{ZWNJ}خوانند"
    assert str(spell("آنها میروند")) == f"آن{ZWNJ}ها می{ZWNJ}روند"
    train_halfspaces(replace(config, features=False), tmp_path, tmp_path)
    assert (tmp_path / "halfspace.npz").read_bytes() != first
    assert str(Normalizer(model=tmp_path)("آنها میروند")) == f"آن{ZWNJ}ها می{ZWNJ}روند"
