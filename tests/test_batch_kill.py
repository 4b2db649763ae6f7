"""Runs killed at random moments lose nothing, double nothing, and end as a run does that nobody killed."""

import json
import shutil
from pathlib import Path

import pytest
from batches import finish, kill_often, tree, write_input


@pytest.mark.parametrize(
    ("format", "workers", "articles", "kills"),
    [
        ("jsonl", 1, 60, 3),
        pytest.param("jsonl", 1, 480, 24, marks=pytest.mark.long),
        pytest.param("html", 1, 240, 12, marks=pytest.mark.long),
        pytest.param("parquet", 1, 240, 12, marks=pytest.mark.long),
        pytest.param("brat", 2, 300, 8, marks=pytest.mark.long),
    ],
)
def test_a_run_killed_again_and_again_ends_like_one_that_was_not(
    tmp_path: Path, tiny_run: Path, format: str, workers: int, articles: int, kills: int
) -> None:
    model = tiny_run / "onnx"
    write_input(tmp_path, articles)
    more = ("--format", format, "--workers", str(workers))
    left = kill_often(tmp_path, model, "out", *more, kills=kills, seed=kills)
    assert 0 < left < articles / 3
    said = finish(tmp_path, model, "out", *more)
    assert f"goes on behind {left} parts" in said
    killed = tree(tmp_path / "out")
    shutil.rmtree(tmp_path / "out")
    assert "goes on" not in finish(tmp_path, model, "out", *more)
    assert tree(tmp_path / "out") == killed
    totals = json.loads(killed["manifest.json"])["totals"]
    assert (totals["articles"], totals["rejected"]) == (articles - 1, 2)
