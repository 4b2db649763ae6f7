"""Folders of parts: manifest, quarantine, going on, refusals, workers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from batches import TEXT, finish, start, tree, write_input
from click.testing import CliRunner, Result

from khabar.batch import engine
from khabar.batch.work import Part
from khabar.cli import main
from khabar.document import Article
from khabar.errors import KhabarError
from khabar.manifest import write_manifest
from khabar.time_limit import TooSlowError, within

Khabar = Callable[..., Result]


@pytest.fixture
def annotate(tmp_path: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch) -> Khabar:
    monkeypatch.chdir(tmp_path)
    write_input(tmp_path, 10)

    def run(*words: object) -> Result:
        given = ["annotate", "in.jsonl", "empty.txt", "--model", tiny_run / "onnx", "--config", "small.yaml", *words]
        return CliRunner().invoke(main, [str(w) for w in given])

    return run


def _lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_folder_holds_parts_a_manifest_and_the_quarantine(annotate: Khabar) -> None:
    result = annotate("-o", "out")
    assert result.exit_code == 1
    assert "in.jsonl:5: is no JSON" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("9 articles")
    assert "2 inputs could not be read" in result.stderr.splitlines()[-1]
    out = Path("out")
    assert sorted(tree(out)) == ["manifest.json", *(f"part-00000{i}.jsonl" for i in range(4)), "quarantine.jsonl"]
    found = [row for i in range(4) for row in _lines(out / f"part-00000{i}.jsonl")]
    assert [row["id"] for row in found] == [f"n{i}" for i in range(10) if i != 4]
    assert [(row["path"], row["line"]) for row in _lines(out / "quarantine.jsonl")] == [
        ("in.jsonl", 5),
        ("empty.txt", None),
    ]
    assert all(row["reason"] and row["remedy"] for row in _lines(out / "quarantine.jsonl"))
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest) >= {"khabar", "format", "model", "configuration", "inputs", "complete", "totals", "parts"}
    assert manifest["complete"] is True
    assert manifest["model"]["name"] == "tiny"
    assert [part["articles"] for part in manifest["parts"]] == [3, 2, 3, 1]
    # one file holds the same
    annotate("-o", "one.jsonl")
    assert _lines(Path("one.jsonl")) == found


def test_the_same_command_again_does_nothing(annotate: Khabar) -> None:
    annotate("-o", "out")
    before = {p: p.stat().st_mtime_ns for p in Path("out").rglob("*")}
    result = annotate("-o", "out")
    assert result.exit_code == 1, "inputs are still unreadable"
    assert "out: is complete" in result.stderr
    assert {p: p.stat().st_mtime_ns for p in Path("out").rglob("*")} == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (["--format", "json"], "another format: jsonl, not json"),
        (["--min-score", "0.5"], "another configuration: thresholds"),
        (["--date", "2025-11-01"], "another date: None, not 2025-11-01"),
        (["good.txt"], "other inputs: good.txt was not there"),
    ],
)
def test_another_run_in_the_same_folder_is_refused(annotate: Khabar, change: list[str], said: str) -> None:
    annotate("-o", "out")
    before = tree(Path("out"))
    Path("good.txt").write_text(TEXT, encoding="utf-8")
    result = annotate("-o", "out", *change)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "another folder" in result.stderr
    assert tree(Path("out")) == before


def test_a_changed_input_or_model_is_refused(annotate: Khabar, tiny_run: Path, tmp_path: Path) -> None:
    annotate("-o", "out")
    with Path("in.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n")
    result = annotate("-o", "out")
    assert (result.exit_code, "other inputs: in.jsonl has changed" in result.stderr) == (2, True)
    write_input(tmp_path, 10)
    model = tmp_path / "model"
    shutil.copytree(tiny_run / "onnx", model)
    assert annotate("-o", "out", "--model", model).exit_code == 1, "a copy is the same model"
    (model / "README.md").write_text("what is not read is not the model", encoding="utf-8")
    assert annotate("-o", "out", "--model", model).exit_code == 1
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    (model / "config.json").write_text(json.dumps(config | {"none_bias": 9.0}), encoding="utf-8")
    write_manifest(model)
    result = annotate("-o", "out", "--model", model)
    assert (result.exit_code, "another model" in result.stderr) == (2, True)


def test_a_strange_folder_and_impossible_targets_are_refused(annotate: Khabar) -> None:
    Path("mine").mkdir()
    Path("mine/letter.txt").write_text("x", encoding="utf-8")
    for words, said in (
        (["-o", "mine"], "mine: holds letter.txt"),
        (["-o", "in.jsonl/out"], "cannot be written"),
        (["-o", "out", "-o", "a.jsonl"], "a folder goes with no other -o"),
        (["-o", "out", "-"], "standard input cannot be read again"),
        (["-o", "a.parquet"], "parquet is several files"),
        (["-o", "-", "--format", "brat"], "brat is several files"),
    ):
        result = annotate(*words)
        assert result.exit_code == 2, result.output
        assert said in result.stderr
    assert not Path("out").exists()
    assert sorted(tree(Path("mine"))) == ["letter.txt"]


def test_every_format_goes_to_a_folder(annotate: Khabar) -> None:
    for format in ("json", "conll", "graphml"):
        assert annotate("-o", format + "-parts", "--format", format).exit_code == 1
        assert (Path(format + "-parts") / f"part-000003.{format}").stat().st_size > 0


def test_a_folder_of_html_is_the_site_that_export_makes(annotate: Khabar) -> None:
    annotate("-o", "parts")
    exported = CliRunner().invoke(main, ["export", "parts", "--format", "html", "-o", "exported"])
    assert exported.exit_code == 0, exported.output
    assert annotate("-o", "site", "--format", "html").exit_code == 1
    site, parts = tree(Path("site")), tree(Path("parts"))
    assert {name for name in site if name.startswith("articles/")} == {f"articles/{n}.html" for n in range(1, 10)}
    assert {name: site.pop(name) for name in tree(Path("exported"))} == tree(Path("exported"))
    assert json.loads(site.pop("manifest.json"))["format"] == "html"
    del parts["manifest.json"]
    assert site == parts, "beside the pages lies what they are made of, and the quarantine"
    again = CliRunner().invoke(main, ["export", "site", "-o", "all.jsonl"])
    assert "9 documents" in again.stderr, "other formats can be made of the folder"
    before = {p: p.stat().st_mtime_ns for p in Path("site").rglob("*")}
    assert "site: is complete" in annotate("-o", "site", "--format", "html").stderr
    assert {p: p.stat().st_mtime_ns for p in Path("site").rglob("*")} == before


def test_a_site_cut_off_while_its_pages_are_written_is_made_whole(
    annotate: Khabar, monkeypatch: pytest.MonkeyPatch
) -> None:
    from khabar.show import site  # noqa: PLC0415

    annotate("-o", "whole", "--format", "html")
    write = site._write

    def full(path: Path, text: str) -> None:
        if path.name == "timeline.html":
            raise OSError(28, "No space left on device")
        write(path, text)

    with monkeypatch.context() as patched:
        patched.setattr(site, "_write", full)
        result = annotate("-o", "out", "--format", "html")
    assert (result.exit_code, "out: cannot be written: No space left" in result.stderr) == (1, True)
    assert Path("out/articles/9.html").exists()
    assert not Path("out/index.html").exists(), "where the index is, the site is whole"
    result = annotate("-o", "out", "--format", "html")
    assert "goes on behind 4 parts" in result.stderr
    assert result.exit_code == 1
    assert tree(Path("out")) == tree(Path("whole"))


@pytest.mark.parametrize("format", ["jsonl", "parquet", "brat"])
def test_a_part_of_which_nothing_can_be_read_is_a_part(annotate: Khabar, tmp_path: Path, format: str) -> None:
    # the last part, behind three of three, has one input, which is empty
    write_input(tmp_path, 9)
    result = annotate("-o", "out", "--format", format)
    assert "8 articles" in result.stderr.splitlines()[-1], result.stderr
    manifest = json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))
    assert [part["articles"] for part in manifest["parts"]] == [3, 2, 3, 0]


def test_what_is_too_long_or_too_slow_goes_to_the_quarantine(annotate: Khabar, monkeypatch: pytest.MonkeyPatch) -> None:
    from khabar.pipeline import Pipeline  # noqa: PLC0415

    whole = Pipeline.stream

    def slow(self: Pipeline, items: list[Article]) -> object:
        if any(item.id == "n2" for item in items):
            # the time is over at once, however slow this machine is
            signal.raise_signal(signal.SIGALRM)
        return whole(self, items)

    monkeypatch.setattr(Pipeline, "stream", slow)
    limits = f"limits: {{seconds: 1000, characters: {len(TEXT) * 3}}}\npart: 3"
    Path("small.yaml").write_text(limits, encoding="utf-8")
    result = annotate("-o", "out")
    assert result.exit_code == 1
    reasons = {row["line"]: row["reason"] for row in _lines(Path("out/quarantine.jsonl"))}
    assert reasons[3] == "article n2 took more than 1000 s"
    assert f"at most {len(TEXT) * 3} are read" in str(reasons[4])
    assert result.stderr.splitlines()[-1].startswith("6 articles")


def test_an_alarm_ends_with_its_block() -> None:
    with pytest.raises(TooSlowError), within(0.05):
        time.sleep(5)
    with within(0.2):
        pass
    time.sleep(0.3)


def test_workers_change_nothing(annotate: Khabar, tmp_path: Path, tiny_run: Path) -> None:
    annotate("-o", "one", "--format", "jsonl")
    finish(tmp_path, tiny_run / "onnx", "two", "--workers", "2")
    assert tree(Path("one")) == tree(Path("two"))
    finish(tmp_path, tiny_run / "onnx", "two.jsonl", "--workers", "2")
    parts = [content for name, content in sorted(tree(Path("one")).items()) if name.startswith("part-")]
    assert Path("two.jsonl").read_bytes() == b"".join(parts)


@pytest.mark.parametrize("workers", [1, 2])
def test_no_more_is_held_than_workers_need(workers: int) -> None:
    read = 0

    def parts() -> Iterator[Part]:
        nonlocal read
        for read in range(1, 30):
            yield Part(read, ())

    for done, _ in enumerate(engine.run(_number, parts(), workers, print), 1):
        assert read - done < 2 * workers
    assert read == 29


def _number(part: Part) -> int:
    return part.number


def test_two_runs_do_not_share_a_folder(tmp_path: Path, tiny_run: Path) -> None:
    write_input(tmp_path, 600)
    first = start(tmp_path, tiny_run / "onnx", "out")
    while not list(tmp_path.glob("out/.done/*")):
        assert first.poll() is None
        time.sleep(0.01)
    first.send_signal(signal.SIGSTOP)
    second = start(tmp_path, tiny_run / "onnx", "out")
    _, said = second.communicate(timeout=600)
    first.kill()
    first.communicate()
    assert second.returncode == 2
    assert "another run is writing there" in said


def _die_once(part: Part) -> int:
    marker = Path(str(part.items[0]))
    if part.number == 3 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return part.number


def _die(part: Part) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return part.number


def test_a_killed_worker_is_reported_and_its_part_done_again(tmp_path: Path) -> None:
    told: list[str] = []
    marker = str(tmp_path / "died")
    parts = iter([Part(i, (marker,)) for i in range(12)])  # type: ignore[arg-type]
    assert list(engine.run(_die_once, parts, 2, told.append)) == list(range(12))
    assert len(told) == 1
    assert "a worker died" in told[0]


def test_workers_that_always_die_stop_the_run() -> None:
    told: list[str] = []
    with pytest.raises(KhabarError, match="workers died 4 times in a row"):
        list(engine.run(_die, iter([Part(0, ())]), 2, told.append))
    assert len(told) == 3


def test_no_worker_outlives_a_killed_run(tmp_path: Path, tiny_run: Path) -> None:
    psutil = pytest.importorskip("psutil")
    write_input(tmp_path, 600)
    run = start(tmp_path, tiny_run / "onnx", "out", "--workers", "2")
    while not list(tmp_path.glob("out/.done/*")):
        assert run.poll() is None
        time.sleep(0.01)
    children = psutil.Process(run.pid).children(recursive=True)
    assert len(children) >= 2
    run.kill()
    run.communicate()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []


def test_a_full_disk_is_told_and_the_run_goes_on_later(tmp_path: Path, tiny_run: Path) -> None:
    write_input(tmp_path, 10)
    # so many bytes may a file have: the note of a part fits, a part of three articles does not
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))\n"
        "if __name__ == '__main__':\n from khabar.cli import main; main()"
    )
    words = ["annotate", "in.jsonl", "empty.txt", "-o", "out", "--model", str(tiny_run / "onnx")]
    command = [sys.executable, "-c", code, *words, "--config", "small.yaml"]
    full = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600)
    assert full.returncode == 1
    assert "out: cannot be written: File too large" in full.stderr
    assert "run the same command again" in full.stderr
    assert "Traceback" not in full.stderr
    finish(tmp_path, tiny_run / "onnx", "out")
    went_on = tree(tmp_path / "out")
    finish(tmp_path, tiny_run / "onnx", "fresh")
    assert went_on == tree(tmp_path / "fresh")
