"""Encoders of other kinds: half-spaces as they read them, RoBERTa's positions and its one token type."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
import tiny
from tokenizers import Tokenizer
from transformers import DistilBertConfig, DistilBertModel

from khabar.encode.subwords import HalfSpaces, Subwords, surface_form
from khabar.errors import ModelError, UsageError
from khabar.manifest import write_manifest
from khabar.models import load_runner
from khabar.models.folder import read_config
from khabar.models.network import Tagger, load_encoder, longest_window
from khabar.schema import load_schema
from khabar_train.config import read_config as read_training
from khabar_train.run import train
from khabar_train.scratch import write_encoder

TEXT = "علی حسینی در نشست وزارت نیرو در تهران می‌گفت ۱۲ بار."


@pytest.mark.parametrize(("halfspaces", "shown"), [("keep", " می‌رود"), ("space", " می رود"), ("delete", " میرود")])
def test_a_half_space_is_read_as_the_model_says(halfspaces: HalfSpaces, shown: str) -> None:
    assert surface_form("می‌رود", halfspaces) == shown


def test_a_word_of_half_spaces_alone_still_has_a_subword(tmp_path: Path) -> None:
    write_encoder(tmp_path, [TEXT])
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    tokenizer.enable_padding(length=64)
    tokenizer.enable_truncation(2)
    subwords = Subwords(tokenizer, unknown=1, halfspaces="delete")
    assert subwords(["‌"]) == [(1,)]
    assert 0 not in subwords(["نشست"])[0], "no padding among a word's subwords"


def test_a_roberta_trains_and_both_folders_find_the_same(tmp_path: Path) -> None:
    config = tiny.write_all(tmp_path, epochs=1, kind="roberta", window=128, halfspaces="keep")
    train(read_training(config), tmp_path, resume=False)
    kept = read_config(tmp_path / "run" / "onnx", load_schema())
    assert (kept.start_id, kept.padding_id, kept.end_id, kept.halfspaces) == (0, 1, 2, "keep")
    window = [(5 + i,) for i in range(126)]
    runners = (load_runner(tmp_path / "run" / kind, kept, 1) for kind in ("onnx", "torch"))
    small, full = (list(runner.tag([window, window[:9]], 0)) for runner in runners)
    for some, same in zip(small, full, strict=True):
        assert np.abs(some.names - same.names).max() < 0.15, "8-bit weights against 32-bit ones"


def test_roberta_s_positions_begin_behind_padding(tmp_path: Path) -> None:
    write_encoder(tmp_path / "roberta", [TEXT], kind="roberta")
    write_encoder(tmp_path / "bert", [TEXT])
    assert longest_window(tmp_path / "roberta") == longest_window(tmp_path / "bert") == 128
    config = tiny.write_all(tmp_path / "run", kind="roberta", window=129)
    with pytest.raises(UsageError, match="at most 128"):
        train(read_training(config), tmp_path / "run", resume=False)


def test_an_encoder_without_token_types_or_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="DistilBertModel has no token types"):
        Tagger(
            DistilBertModel(DistilBertConfig(vocab_size=9, dim=12, n_layers=1, n_heads=2)),
            names=3,
            facts=3,
            conventions=1,
        )
    with pytest.raises(ModelError, match="no usable encoder"):
        load_encoder(tmp_path, pretrained=True)


def test_a_folder_from_before_the_field_reads_a_space(tiny_run: Path, tmp_path: Path) -> None:
    raw = json.loads((tiny_run / "onnx" / "config.json").read_text(encoding="utf-8"))
    del raw["halfspaces"]
    (tmp_path / "config.json").write_text(json.dumps(raw), encoding="utf-8")
    write_manifest(tmp_path)
    assert read_config(tmp_path, load_schema()).halfspaces == "space"
    (tmp_path / "config.json").write_text(json.dumps(raw | {"halfspaces": "dance"}), encoding="utf-8")
    write_manifest(tmp_path)
    with pytest.raises(ModelError, match="halfspaces: expected keep, space, delete"):
        read_config(tmp_path, load_schema())


def test_an_unknown_way_with_half_spaces_is_a_usage_error(tmp_path: Path) -> None:
    config = tiny.write_all(tmp_path, halfspaces="dance")
    with pytest.raises(UsageError, match="halfspaces: expected keep or space or delete"):
        read_training(config)
