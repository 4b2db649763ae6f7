"""The engine on Ray Data: what it writes is what a local run writes, also when workers die. Skipped without ray."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from batches import tree, write_input
from click.testing import CliRunner, Result

from khabar.batch.limits import TooSlowError, within
from khabar.batch.work import Part
from khabar.cli import main
from khabar.document import Article
from khabar.errors import KhabarError

ray = pytest.importorskip("ray")

from khabar.batch import ray_engine  # noqa: E402  needs ray

Run = Callable[..., Result]


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    """Start a cluster of one machine, whose workers can import this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        ray.init(address="local", num_cpus=4, include_dashboard=False, log_to_driver=False)
        yield
        ray.shutdown()


def _parts(count: int, *items: str) -> Iterator[Part]:
    return iter(
        [Part(i, tuple(Article(text, f"a{i}", {"source": "in.jsonl"}) for text in items)) for i in range(count)]
    )


def _number(part: Part) -> int:
    return part.number


def _die_once(part: Part) -> int:
    marker = Path(str(part.items[0].text))  # type: ignore[union-attr]
    if part.number == 3 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return part.number


def test_results_come_in_order_and_a_killed_workers_parts_are_done_again(tmp_path: Path) -> None:
    told: list[str] = []
    parts = _parts(12, str(tmp_path / "died"))
    assert list(ray_engine.run(_die_once, parts, 2, told.append)) == list(range(12))
    assert len(told) == 1
    assert "a worker died" in told[0]


def test_no_more_is_held_than_workers_need() -> None:
    read = 0

    def parts() -> Iterator[Part]:
        nonlocal read
        for read in range(1, 30):
            yield Part(read, ())

    for done, _ in enumerate(ray_engine.run(_number, parts(), 2, print), 1):
        assert read - done < 8
    assert read == 29


@cache
def _load() -> float:
    return time.time()


def _worker(_: Part) -> tuple[int, float, bool, str]:
    began = _load()
    try:
        with within(0.05):
            time.sleep(5)
    except TooSlowError:
        return os.getpid(), began, threading.current_thread() is threading.main_thread(), "too slow"
    return os.getpid(), began, False, "no limit"


def test_a_worker_loads_once_and_limits_the_time_of_an_article() -> None:
    found = list(ray_engine.run(_worker, _parts(8), 2, print))
    assert len({row[:2] for row in found}) == len({row[0] for row in found}) <= 2
    assert {row[2:] for row in found} == {(True, "too slow")}
    assert os.getpid() not in {row[0] for row in found}


def _fail(part: Part) -> int:
    if part.number == 2:
        raise KhabarError("cannot be written", path="out", remedy="make room")
    return part.number


def test_an_error_is_the_one_of_a_local_run() -> None:
    with pytest.raises(KhabarError, match="out: cannot be written\n  make room"):
        list(ray_engine.run(_fail, _parts(4), 2, print))


def _die_at_five(part: Part) -> int:
    if part.number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return part.number


def test_a_part_that_kills_its_workers_is_listed_and_stops_no_other() -> None:
    told: list[str] = []
    found: list[int] = []
    with pytest.raises(KhabarError, match=r"1 parts failed, their workers died:\n  part 5: in.jsonl to in.jsonl"):
        for number in ray_engine.run(_die_at_five, _parts(8, "x"), 2, told.append):
            found.append(number)
    assert found == [0, 1, 2, 3, 4, 6, 7]
    assert "one at a time" in told[-1] or "one at a time" in told[-2]


@pytest.fixture
def annotate(tmp_path: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    write_input(tmp_path, 20)

    def run(*words: str) -> Result:
        given = ["annotate", "in.jsonl", "empty.txt", "--model", str(tiny_run / "onnx"), "--config", "small.yaml"]
        return CliRunner().invoke(main, [*given, *words])

    return run


def test_a_cluster_writes_what_a_local_run_writes(annotate: Run) -> None:
    for name in ("out", "out.jsonl"):
        ours = annotate("-o", f"ray-{name}", "--engine", "ray", "--workers", "2")
        assert ours.exit_code == 1, ours.output
        assert ours.stderr.splitlines()[-1].count("2 inputs could not be read") == 1
        annotate("-o", f"local-{name}")
    assert tree(Path("ray-out")) == tree(Path("local-out"))
    assert Path("ray-out.jsonl").read_bytes() == Path("local-out.jsonl").read_bytes()
    quarantine = "{}-out.jsonl.quarantine.jsonl"
    assert Path(quarantine.format("ray")).read_bytes() == Path(quarantine.format("local")).read_bytes()


def test_a_folder_of_one_engine_is_finished_by_the_other(annotate: Run) -> None:
    annotate("-o", "out", "--engine", "ray", "--workers", "2")
    assert "out: is complete" in annotate("-o", "out").stderr
