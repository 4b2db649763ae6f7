"""What a folder of output was made from and with, so that only the same run goes on in it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import khabar
from khabar.batch.work import Settings
from khabar.config import read_pipeline_config
from khabar.manifest import MANIFEST, sha256
from khabar.models.folder import find_model, read_config
from khabar.schema import load_schema
from khabar.sources import Source

# the model has a key of its own; the others set the speed and change nothing in what is written
_FREE = ("model", "threads", "batch")


def identity(settings: Settings, sources: Iterable[Source], format: str, date: str | None) -> dict[str, Any]:
    """Return the inputs and their hashes, the model's name and hash, the configuration, the version and the format."""
    config = read_pipeline_config(settings.config)
    if settings.min_score is not None:
        config = config.with_min_score(settings.min_score)
    # its manifest has the hashes of all that is read of it
    folder = find_model(settings.model, config.model)
    return {
        "khabar": khabar.__version__,
        "format": format,
        "model": {"name": read_config(folder, load_schema()).name, "sha256": sha256(folder / MANIFEST)},
        "configuration": {k: v for k, v in asdict(config).items() if k not in _FREE},
        "date": date,
        "inputs": {source.path: _hash(Path(source.path)) for source in sources},
    }


def difference(begun: Mapping[str, Any], asked: Mapping[str, Any]) -> str | None:
    """Return in what two identities differ, None where they are the same."""
    for what in ("khabar", "format", "model", "configuration", "date"):
        before, now = begun.get(what), asked[what]
        if before != now:
            if isinstance(before, dict) and isinstance(now, dict):
                key = next(k for k in {**before, **now} if before.get(k) != now.get(k))
                return f"another {what}: {key} {_short(before.get(key))}, not {_short(now.get(key))}"
            return f"another {what}: {_short(before)}, not {_short(now)}"
    before, now = begun.get("inputs") or {}, asked["inputs"]
    for path in {**before, **now}:
        if path not in now or path not in before:
            return f"other inputs: {path} was {'there' if path in before else 'not there'}"
        if before[path] != now[path]:
            return f"other inputs: {path} has changed"
    # parts are cut in the order of the inputs
    return None if list(before) == list(now) else "the inputs in another order"


def _short(value: Any) -> str:
    return str(value)[:60]


def _hash(path: Path) -> str | None:
    """Return a file's SHA-256, None where it cannot be read."""
    try:
        return sha256(path)
    except OSError:
        return None
