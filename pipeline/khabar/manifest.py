"""What a model folder has to hold: size and SHA-256 of each file that is read, checked before any of them is.

Whatever exports a model writes `manifest.json` last of all; it is no signature, and shows damage and mix-ups, and
tampering by whoever cannot change it too.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from khabar.errors import ModelError, reason

MANIFEST = "manifest.json"
# numbers and text; README.md and the like are not read, and may change
_KINDS = (".json", ".npz", ".onnx", ".safetensors")
# reading one of these may run what is in it
_CODE = (".bin", ".ckpt", ".dill", ".h5", ".joblib", ".keras", ".npy", ".pickle", ".pkl", ".pt", ".pth", ".py", ".so")
_REMEDY = "fetch or export the model again; a folder that you changed yourself needs khabar.manifest.write_manifest"


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal digits.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: str | Path) -> None:
    """Write down the files of a model folder, its subfolders' too.

    Raises:
        ModelError: one is of a kind that can hold code.
    """
    folder = Path(folder)
    files = {name: _entry(folder / name) for name in _names(folder)}
    text = json.dumps({"files": files}, ensure_ascii=False, indent=1) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8", newline="\n")


def check_manifest(folder: Path) -> None:
    """Make sure that a model folder holds the files of its manifest, and no other that would be read.

    Raises:
        ModelError: it has no manifest, a file is missing, changed or not in it, or is of a kind that can hold code.
    """
    path = folder / MANIFEST
    try:
        expected: dict[str, dict[str, Any]] = dict(json.loads(path.read_text(encoding="utf-8"))["files"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"no usable manifest: {reason(error)}", path=path, remedy=_REMEDY) from error
    found = list(_names(folder))
    for name in sorted({*expected, *found}):
        if name not in expected:
            raise ModelError(f"is not in {MANIFEST}", path=folder / name, remedy=f"take it away, or {_REMEDY}")
        # a name that leads out of the folder is none of those found
        if name not in found:
            raise ModelError(f"is missing, {MANIFEST} has it", path=folder / name, remedy=_REMEDY)
        if (entry := _entry(folder / name)) != expected[name]:
            what = next(k for k in entry if not isinstance(expected[name], dict) or entry[k] != expected[name].get(k))
            raise ModelError(f"its {what} is not the one in {MANIFEST}", path=folder / name, remedy=_REMEDY)


def _names(folder: Path) -> Iterator[str]:
    for file in sorted(f for f in folder.rglob("*") if f.is_file()):
        if file.suffix.lower() in _CODE:
            remedy = "take it away; weights are read from safetensors, ONNX and plain numpy arrays alone"
            raise ModelError("is of a kind that can hold code, which is never read", path=file, remedy=remedy)
        if file.suffix.lower() in _KINDS and file != folder / MANIFEST:
            yield file.relative_to(folder).as_posix()


def _entry(path: Path) -> dict[str, int | str]:
    try:
        return {"size": path.stat().st_size, "sha256": sha256(path)}
    except OSError as error:
        raise ModelError(f"cannot be read: {reason(error)}", path=path, remedy="check its permissions") from error
