"""Model folders that were tampered with, and what of strangers' may be read at all."""

import json
import os
import pickle
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

import khabar
from khabar.cli import main
from khabar.errors import ModelError
from khabar.manifest import MANIFEST, check_manifest, write_manifest
from khabar.normalize.halfspace_model import HalfSpaceModel
from khabar.recognize.others import load_tagger
from khabar.resources import resource
from khabar.segment.page import PageModel


class Bomb:
    """Unpickled, it leaves a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.path,)


def _flip(folder: Path) -> None:
    path = folder / "tagger.onnx"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _edit(change: Callable[[dict[str, dict[str, object]]], object]) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        change(manifest["files"])
        (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")

    return edit


def _write(name: str, text: str = "{}") -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")

    return write


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (_flip, "tagger.onnx: its sha256 is not the one"),
        (_write("config.json"), "config.json: its size is not the one"),
        (lambda folder: (folder / "relator.onnx").unlink(), "relator.onnx: is missing"),
        (lambda folder: (folder / MANIFEST).unlink(), "no usable manifest"),
        (_write(MANIFEST, "[" * 100_000), "no usable manifest"),
        (_write(MANIFEST, '{"files": 3}'), "no usable manifest"),
        (_write("another/config.json"), "config.json: is not in manifest.json"),
        (_write("heads.safetensors"), "heads.safetensors: is not in manifest.json"),
        (_write("pytorch_model.bin"), "pytorch_model.bin: is of a kind that can hold code"),
        (_write("deep/x.PKL"), "x.PKL: is of a kind that can hold code"),
        (_edit(lambda files: files.update({"../../secret.json": {}})), "secret.json: is missing"),
        (_edit(lambda files: files.update({"tokenizer.json": None})), "tokenizer.json: its size is not"),
        (_edit(lambda files: files.pop("tokenizer.json")), "tokenizer.json: is not in"),
    ],
)
def test_a_tampered_folder_is_refused(
    tiny_run: Path, tmp_path: Path, tamper: Callable[[Path], None], said: str
) -> None:
    folder = tmp_path / "a" / "b"
    shutil.copytree(tiny_run / "onnx", folder)
    (tmp_path / "secret.json").write_text("{}", encoding="utf-8")
    khabar.load(folder)
    (folder / "README.md").write_text("documents are not weights", encoding="utf-8")
    khabar.load(folder)
    tamper(folder)
    with pytest.raises(ModelError) as refused:
        khabar.load(folder)
    assert said in str(refused.value)
    assert refused.value.path
    assert refused.value.remedy


def test_a_trained_folder_is_checked_with_all_its_subfolders(tiny_run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "torch"
    shutil.copytree(tiny_run / "torch", folder)
    khabar.load(folder)
    (folder / "encoder" / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match=r"encoder/config\.json: its size"):
        khabar.load(folder)


@pytest.mark.parametrize("model", sorted(path.name for path in resource("models").iterdir() if path.is_dir()))
def test_shipped_folders_are_those_of_their_manifests(model: str) -> None:
    check_manifest(resource(f"models/{model}"))


def test_half_space_and_page_models_are_checked(tmp_path: Path) -> None:
    for name, load in (("halfspace", HalfSpaceModel.load), ("page", PageModel.load)):
        folder = tmp_path / name
        shutil.copytree(resource(f"models/{name}"), folder)
        load(folder)
        path = folder / ("halfspace.npz" if name == "halfspace" else "page.json")
        path.write_bytes(path.read_bytes() + b" ")
        with pytest.raises(ModelError, match="its size is not"):
            load(folder)


def test_a_run_ends_where_a_model_is_refused_with_the_first_article(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(resource("models/halfspace"), tmp_path / "halfspace")
    _write("halfspace.npz")(tmp_path / "halfspace")
    # `khabar.normalize` is also the function, which hides its package
    normalizer = sys.modules["khabar.normalize.normalizer"]
    monkeypatch.setattr(normalizer, "resource", lambda _: tmp_path / "halfspace")
    # as in a process that has read nothing yet
    normalizer._shipped_model.cache_clear()
    rows = (json.dumps({"text": "علی در تهران بود."}) + "\n" for _ in range(3))
    (tmp_path / "in.jsonl").write_text("".join(rows), encoding="utf-8")
    result = CliRunner().invoke(main, ["annotate", str(tmp_path / "in.jsonl"), "-o", str(tmp_path / "out.jsonl")])
    assert result.exit_code == 1
    assert result.stderr.count("halfspace.npz: its size is not the one in manifest.json") == 1
    assert sorted(path.name for path in tmp_path.glob("*.jsonl")) == ["in.jsonl"]


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    """Not even from a folder whose manifest fits."""
    numpy = pytest.importorskip("numpy")
    shutil.copytree(resource("models/halfspace"), tmp_path / "halfspace")
    went_off = tmp_path / "went-off"
    arrays = dict(numpy.load(tmp_path / "halfspace" / "halfspace.npz"))
    numpy.savez(tmp_path / "halfspace" / "halfspace.npz", **arrays | {"rows": numpy.array([Bomb(went_off)], object)})
    write_manifest(tmp_path / "halfspace")
    with pytest.raises(ModelError, match="not a half-space model"):
        HalfSpaceModel.load(tmp_path / "halfspace")
    assert not went_off.exists()
    pickle.loads(pickle.dumps(Bomb(went_off)))
    assert went_off.exists(), "it would have"


def test_a_tagger_of_others_is_read_from_safetensors_alone(tiny_run: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from khabar_train.scratch import write_encoder  # noqa: PLC0415  needs torch, too

    write_encoder(tmp_path / "tagger", ["علی در تهران بود"])
    config = json.loads((tmp_path / "tagger" / "config.json").read_text(encoding="utf-8"))
    labels = {"id2label": {"0": "O", "1": "B-PER"}, "label2id": {"O": 0, "B-PER": 1}}
    (tmp_path / "tagger" / "config.json").write_text(json.dumps(config | labels), encoding="utf-8")
    load_tagger("transformers", str(tmp_path / "tagger"))
    from safetensors.torch import load_file  # noqa: PLC0415

    torch.save(load_file(tmp_path / "tagger" / "model.safetensors"), tmp_path / "tagger" / "pytorch_model.bin")
    os.unlink(tmp_path / "tagger" / "model.safetensors")
    with pytest.raises(ModelError, match="no usable tagger"):
        load_tagger("transformers", str(tmp_path / "tagger"))
