"""The walk-through docs/correcting.md: its commands run, in their order, and its files are what it says."""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from khabar.cli import main
from khabar_eval.gold import read_articles

ROOT = Path(__file__).parents[1]
PAGE, FILES = ROOT / "docs" / "correcting.md", ROOT / "docs" / "correcting"
COMMANDS = re.findall(r"^khabar (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def test_corrections_are_of_the_articles_that_were_annotated() -> None:
    rows = [json.loads(row) for row in (FILES / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    gold = {d.id: d for d in read_articles([FILES / "corrected.json", FILES / "brat"])}
    assert {id: d.text for id, d in gold.items()} == {row["id"]: row["text"] for row in rows}
    assert all(d.mentions and d.relations for d in gold.values())


def test_the_commands_of_the_walk_through_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    shutil.copytree(FILES, tmp_path / "docs" / "correcting")
    monkeypatch.chdir(tmp_path)
    said = {}
    for command in COMMANDS:
        result = CliRunner().invoke(main, shlex.split(command))
        assert result.exit_code == 0, f"khabar {command}\n{result.output}\n{result.exception}"
        said[command] = result.output
    tasks = json.loads((tmp_path / "out/tasks/part-000000/tasks.json").read_text(encoding="utf-8"))
    assert [task["data"]["id"] for task in tasks] == ["libraries", "dam", "chess"]
    assert all(task["predictions"][0]["result"] for task in tasks)
    assert {p.name for p in (tmp_path / "out/brat/part-000000").iterdir()} >= {"dam.ann", "dam.txt"}
    [checked] = [output for command, output in said.items() if command.startswith("corpus check")]
    assert "3 documents, 23 mentions, 17 relations: 0 errors, 0 warnings" in checked
    [counted] = [output for command, output in said.items() if command.endswith("--check")]
    assert counted.startswith("train conll with relations: 2 windows"), "and no bar before it"
    assert "dev articles: 1 windows" in counted
    assert (tmp_path / "out/corrected/onnx/tagger.onnx").exists()
    scores = [output for command, output in said.items() if command.startswith("evaluate articles")]
    assert len(scores) == 2 and all("relations" in output for output in scores)
