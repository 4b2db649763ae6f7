"""What several test files share."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished tiny training run: `onnx/`, `torch/`, `metrics.jsonl`."""
    torch = pytest.importorskip("torch")
    import tiny  # noqa: PLC0415  needs the training packages

    from khabar_train.config import read_config  # noqa: PLC0415
    from khabar_train.run import train  # noqa: PLC0415

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("tiny")
    train(read_config(tiny.write_all(folder)), folder, resume=False)
    torch.set_num_threads(threads)
    return folder / "run"
