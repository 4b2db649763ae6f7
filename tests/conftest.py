"""What several test files share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Yield a browser that logs what it asks for; tests that take it are marked `chrome.needed`."""
    import chrome  # noqa: PLC0415  these three only for tests of pages
    from selenium import webdriver  # noqa: PLC0415
    from selenium.webdriver.chrome.service import Service  # noqa: PLC0415

    options = webdriver.ChromeOptions()
    options.binary_location = str(chrome.CHROMIUM)
    for flag in (*chrome.FLAGS.split(), f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(chrome.DRIVER)))
    driver.set_page_load_timeout(120)
    yield driver
    driver.quit()
