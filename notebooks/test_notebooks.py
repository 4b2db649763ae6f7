"""Every notebook runs from its first cell to its last: `make notebooks`."""

import os
import sys
from pathlib import Path

import pytest

import khabar
from khabar.errors import KhabarError

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

FOLDER = Path(__file__).parent
NEED_THE_MODEL = ("1-first-steps", "3-read-an-evaluation")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda p: p.stem)
def test_notebook_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if path.stem in NEED_THE_MODEL:
        try:
            khabar.load()
        except KhabarError as error:
            pytest.skip(f"no default model: {error}")
    # the command khabar of this environment, and one thread, so that the run measures no machine
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("MPLBACKEND", "agg")
    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "strip the outputs before you commit"
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(FOLDER)}}).execute()
    # a failing command in a cell raises nothing
    told = "".join(o.get("text", "") for cell in notebook.cells for o in cell.get("outputs", []))
    assert "Traceback" not in told and "khabar: " not in told, told
