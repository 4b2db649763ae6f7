"""A model with fewer layers, taught by a larger one."""

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")
import tiny
import torch
import yaml

import khabar
from khabar.errors import UsageError
from khabar.models.folder import read_config as read_model
from khabar.models.torch import load_joint
from khabar.schema import load_schema
from khabar_train.config import read_config
from khabar_train.distill import divergence, smaller
from khabar_train.run import train


def test_a_taught_model_has_fewer_layers_and_loads_like_any_other(tiny_run: Path, tmp_path: Path) -> None:
    path = tiny.write_all(tmp_path, epochs=1)
    (tmp_path / "more.txt").write_text("علی حسینی در شیراز ماند .\nبانک مرکزی نشست داشت .\n", encoding="utf-8")
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    config |= {"task": "distill", "name": "small", "init": str(tiny_run / "torch"), "layers": [1], "inner": 24}
    config |= {"text": {"lines": ["more.txt"]}, "distill": {"soft": 0.5}}
    path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    metrics = train(read_config(path), tmp_path, resume=False)
    assert 0 <= metrics["score"] <= 1
    encoder = json.loads((tmp_path / "run/torch/encoder/config.json").read_text(encoding="utf-8"))
    assert (encoder["num_hidden_layers"], encoder["intermediate_size"]) == (1, 24)
    small, large = (sum(f.stat().st_size for f in (run / "onnx").iterdir()) for run in (tmp_path / "run", tiny_run))
    assert small < large
    assert khabar.load(tmp_path / "run/onnx")("علی حسینی در تهران بود.").text
    # one that is already small learns on, from a light teacher, too
    config |= {"init": str(tiny_run / "onnx"), "beside": [str(tmp_path / "run/torch")]}
    config |= {"student": str(tmp_path / "run/onnx"), "layers": [0], "inner": 0}
    path.write_text(yaml.safe_dump(config | {"output": str(tmp_path / "again")}, allow_unicode=True), encoding="utf-8")
    assert train(read_config(path), tmp_path, resume=False)["score"] >= 0
    assert json.loads((tmp_path / "again/torch/encoder/config.json").read_text(encoding="utf-8")) == encoder


def test_a_teacher_that_was_not_trained_is_refused(tmp_path: Path) -> None:
    path = tiny.write_all(tmp_path, epochs=1, task="distill", layers=[1])
    with pytest.raises(UsageError, match="encoder is no trained model"):
        train(read_config(path), tmp_path, resume=False)


def test_of_the_inner_units_the_heaviest_stay(tiny_run: Path) -> None:
    model = load_joint(tiny_run / "torch", read_model(tiny_run / "torch", load_schema()))
    layer = model.tagger.encoder.encoder.layer[0]
    with torch.no_grad():
        layer.intermediate.dense.weight[5:] = 0
        layer.intermediate.dense.bias[5:] = 0
    states = torch.randn(2, 7, model.tagger.encoder.config.hidden_size)
    narrow = smaller(model, [0], inner=5).tagger.encoder.encoder.layer[0]
    whole, less = (part.output.dense(part.intermediate(states)) for part in (layer, narrow))
    torch.testing.assert_close(less, whole)


def test_a_model_like_its_teacher_has_nothing_to_learn() -> None:
    scores = torch.randn(5, 7)
    assert divergence(scores, scores).item() == pytest.approx(0, abs=1e-6)
    assert divergence(scores, scores + 3).item() == pytest.approx(0, abs=1e-6), "only differences count"
    assert divergence(scores, torch.zeros(5, 7)).item() > 0.01
