"""Ray's output is the local one, also where a worker is killed; what kills every worker is listed."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from batches import finish, start, tree, write_input

from khabar.batch.folder import Folder, WritePart
from khabar.batch.identity import identity
from khabar.batch.work import Annotate, Input, Part, Settings
from khabar.config import Limits
from khabar.document import Article
from khabar.errors import KhabarError
from khabar.sources import find

psutil = pytest.importorskip("psutil")
ray = pytest.importorskip("ray")
ray_engine = pytest.importorskip("khabar.batch.ray_engine", exc_type=ImportError)
RAY = ("--engine", "ray", "--workers", "2")


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Start a cluster that holds 80 MB of what is read and done, whose workers can import this file; its address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
        with ExitStack() as stack:
            try:
                stack.enter_context(ray_engine.cluster(2, object_store_memory=80_000_000))
            except KhabarError as error:
                # Ray gives itself 30 seconds, which a machine under load may exceed
                pytest.skip(f"no Ray here: {error.message}")
            yield ray.get_runtime_context().gcs_address


def test_a_killed_worker_changes_nothing(
    tmp_path: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch, cluster: str
) -> None:
    model = tiny_run / "onnx"
    write_input(tmp_path, 90)
    finish(tmp_path, model, "local")
    monkeypatch.setenv("RAY_ADDRESS", cluster)
    run = start(tmp_path, model, "out", *RAY)
    while len(list(tmp_path.glob("out/.done/*"))) < 3:
        assert run.poll() is None, run.stderr and run.stderr.read()
        time.sleep(0.01)
    here = [p for p in psutil.process_iter(["cwd", "cmdline"]) if p.info["cwd"] == str(tmp_path)]
    workers = [p for p in here if "MapBatches(_Worker)" in " ".join(p.info["cmdline"] or ())]
    # perhaps between two parts, which nobody is told
    workers[0].kill()
    _, said = run.communicate(timeout=600)
    assert run.returncode == 1, said
    assert "Traceback" not in said
    assert said.splitlines()[-1].startswith("89 articles")
    assert tree(tmp_path / "out") == tree(tmp_path / "local")


@dataclass(frozen=True, slots=True)
class _Deadly(WritePart):
    """Kills every worker that gets the second part, once the others have something to do."""

    def __call__(self, part: Part) -> object:
        if part.number == 1:
            time.sleep(1)
            os.kill(os.getpid(), signal.SIGKILL)
        return WritePart.__call__(self, part)


@pytest.mark.long
def test_a_part_that_kills_its_workers_is_listed_and_the_others_go_on(
    tmp_path: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch, cluster: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_input(tmp_path, 12)
    settings = Settings(str(tiny_run / "onnx"), "small.yaml")
    folder, sources = Folder(Path("out"), "jsonl"), find(["in.jsonl"])
    told: list[str] = []
    own = identity(settings, sources, "jsonl", None)
    with folder.opened(own):
        done = list(ray_engine.run(_Deadly(settings, folder), Input(sources, None, 3, Limits()), 2, told.append))
        totals = folder.finish(own)
    assert [(d.number, d.summary.articles) for d in done] == [(0, 3), (1, 0), (2, 3), (3, 3)]
    assert (totals.articles, totals.rejected) == (9, 3)
    assert "is in part 1, of which 3 workers died" in (tmp_path / "out/quarantine.jsonl").read_text(encoding="utf-8")
    assert sum("a worker died" in message for message in told) >= 1


@dataclass(frozen=True, slots=True)
class _Long(Input):
    """Reads 300 parts of 1 MB, and leaves a mark of each."""

    def parts(self, notice: Callable[[str], None]) -> Iterator[Part]:
        for number in range(300):
            Path(f"read-{number}").touch()
            yield Part(number, (Article("x" * 1_000_000, str(number)),))


@dataclass(frozen=True, slots=True)
class _Number(Annotate):
    def __call__(self, part: Part) -> object:
        # slower than reading
        time.sleep(0.02)
        return part.number


@pytest.mark.long
def test_the_reader_waits_for_the_workers(
    tmp_path: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch, cluster: str
) -> None:
    monkeypatch.chdir(tmp_path)
    work = _Number(Settings(str(tiny_run / "onnx")))
    for number, done in enumerate(ray_engine.run(work, _Long((), None, 1, Limits()), 1, print)):
        assert done == number, "the parts come in their order"
        assert len(list(tmp_path.iterdir())) - done <= 80
    assert number == 299


def test_standard_input_is_refused(tmp_path: Path, tiny_run: Path) -> None:
    write_input(tmp_path, 5)
    run = start(tmp_path, tiny_run / "onnx", "out.jsonl", "-", *RAY)
    _, said = run.communicate(timeout=600)
    assert run.returncode == 2
    assert "cannot read standard input" in said
