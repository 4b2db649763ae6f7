"""What is installed, what is missing, and whether the shipped model runs."""

import importlib.metadata
import platform
from collections.abc import Iterator
from dataclasses import dataclass

import khabar
from khabar.config import PipelineConfig
from khabar.errors import KhabarError
from khabar.resources import resource

CORE = ("onnxruntime", "tokenizers", "numpy", "trafilatura")
# package -> the extra that brings it, and what for
EXTRAS = {
    "torch": ("torch", "models of your own on torch, GPUs"),
    "transformers": ("torch", "any Hugging Face encoder"),
    "datasets": ("train", "khabar train"),
    "seqeval": ("train", "khabar evaluate names"),
    "pyarrow": ("formats", "parquet"),
    "warcio": ("formats", "web archives"),
    "zstandard": ("formats", "files packed as .zst"),
    "fastapi": ("serve", "khabar serve"),
    "ray": ("ray", "khabar annotate --engine ray"),
    "pandas": ("notebook", "data frames, graphs and plots"),
    "stanza": ("stanza", "comparison with stanza"),
    "hazm": ("hazm", "comparison with hazm"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of the report, and whether all is well with it."""

    line: str
    healthy: bool = True


def examine() -> Iterator[Finding]:
    """Yield findings: versions, models, threads, extras."""
    yield Finding(f"khabar {khabar.__version__}, Python {platform.python_version()}, {platform.platform()}")
    yield Finding("core: " + ", ".join(f"{name} {_version(name) or 'MISSING'}" for name in CORE))
    config = PipelineConfig()
    yield _model(config.model)
    yield Finding(f"licence of the weights: {resource('models/LICENSE.md')} (research and teaching)")
    yield Finding(f"threads of the model: {config.threads}")
    for name, (extra, purpose) in EXTRAS.items():
        version = _version(name)
        has = version or f"not installed (pip install 'khabar[{extra}]')"
        yield Finding(f"{name}: {has}; for {purpose}")


def _model(name: str) -> Finding:
    try:
        folder = resource(f"models/{name}")
        size = sum(f.stat().st_size for f in folder.iterdir() if f.is_file())
        khabar.load()
    except KhabarError as error:
        return Finding(f"model {name}: {error}", healthy=False)
    return Finding(f"model {name}: {folder}, {size / 1e6:.1f} MB, runs")


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
