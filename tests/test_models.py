"""The exported model against the trained one, and articles against their neighbors."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import khabar
from khabar.errors import DataError, ModelError, UsageError
from khabar.manifest import write_manifest
from khabar.models import load_runner
from khabar.models.folder import read_config
from khabar.models.runner import Links, Runner
from khabar.pipeline import Pipeline
from khabar.schema import load_schema

TEXTS = [
    "علی حسینی در نشست وزارت نیرو در تهران سخن گفت. مریم صادقی هم آنجا بود.",
    "بانک مرکزی دیروز در شیراز نشست داشت.",
    "رضا کاظمی ۱۲ مرداد به کرمان رفت؛ ۴۰ درصد مردم در نشست شهرداری بودند.\n" * 12,
]
# 8-bit weights against 32-bit ones, in logits whose spread is about 1
TOLERANCE = 0.15


@pytest.fixture(scope="module")
def runners(tiny_run: Path) -> tuple[Runner, Runner]:
    onnx, torch = (tiny_run / kind for kind in ("onnx", "torch"))
    return load_runner(onnx, read_config(onnx, load_schema()), 1), load_runner(
        torch, read_config(torch, load_schema()), 1
    )


@pytest.fixture(scope="module")
def pipeline(tiny_run: Path) -> Pipeline:
    return khabar.load(tiny_run / "onnx")


def test_onnx_equals_torch_within_tolerance(runners: tuple[Runner, Runner]) -> None:
    random = np.random.default_rng(3)
    windows = [[(int(i),) for i in random.integers(5, 60, size)] for size in (40, 7, 23)]
    small, full = (list(runner.tag(windows, 0)) for runner in runners)
    for ours, theirs, window in zip(small, full, windows, strict=True):
        for name in ("words", "names", "facts"):
            assert len(getattr(ours, name)) == len(window)
            assert np.abs(getattr(ours, name) - getattr(theirs, name)).max() < TOLERANCE, name
    words = full[0].words[None]
    tags = np.zeros((1, 40), np.int64)
    links = Links(
        words=words,
        word_mask=np.ones((1, 40), np.int64),
        names=tags,
        facts=tags,
        spans=np.array([[0, 1, 2], [0, 5, 5], [0, 9, 12]]),
        pairs=np.array([[0, 1], [1, 2], [2, 0]]),
        features=np.zeros((3, _columns()), np.int64),
    )
    (ours,), (theirs,) = (runner.relate([links]) for runner in runners)
    assert np.abs(ours - theirs).max() < TOLERANCE


def _columns() -> int:
    from khabar.relate.features import PairFinder  # noqa: PLC0415

    return len(PairFinder(load_schema()).sizes)


def test_what_is_no_text_and_no_day_is_refused_before_it_is_read(pipeline: Pipeline) -> None:
    with pytest.raises(UsageError, match="expected a text, found int"):
        pipeline(5)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="expected a text, found dict"):
        list(pipeline.stream([{"text": "متن"}]))  # type: ignore[list-item]
    with pytest.raises(DataError, match="2025-13-01"):
        pipeline("متنی بی‌تاریخ", published="2025-13-01")


def test_an_article_does_not_depend_on_its_neighbors(pipeline: Pipeline) -> None:
    together = list(pipeline.stream(TEXTS))
    backwards = list(pipeline.stream(TEXTS[::-1]))[::-1]
    alone = [pipeline(text) for text in TEXTS]
    for text, a, b, c in zip(TEXTS, together, backwards, alone, strict=True):
        assert a.text == b.text == c.text == text
        assert a.mentions == b.mentions == c.mentions
        assert a.relations == b.relations == c.relations
        assert a.records == b.records == c.records


def test_neighbors_change_nothing(runners: tuple[Runner, Runner]) -> None:
    windows = [[(5,), (6,), (7,)], [(8,)] * 30]
    both, alone = ([next(runner.tag(w, 0)) for runner in runners] for w in (windows, windows[:1]))
    np.testing.assert_array_equal(both[0].names, alone[0].names)
    np.testing.assert_allclose(both[1].names, alone[1].names, atol=1e-4)


def test_torch_and_onnx_folders_load_the_same_way(tiny_run: Path) -> None:
    full, small = (khabar.load(tiny_run / kind)(TEXTS[0]) for kind in ("torch", "onnx"))
    # 8 bits may tip what is undecided, of which a model trained for seconds has much
    found, again = ({(m.type, m.start, m.end) for m in d.mentions} for d in (full, small))
    assert len(found & again) > 0.7 * len(found | again) > 0


@pytest.mark.parametrize("missing", ["config.json", "tokenizer.json", "tagger.onnx", "relator.onnx"])
@pytest.mark.parametrize("broken", [None, b"", b"no model"])
def test_a_broken_model_folder_is_refused_by_name(
    tiny_run: Path, tmp_path: Path, missing: str, broken: bytes | None
) -> None:
    shutil.copytree(tiny_run / "onnx", tmp_path, dirs_exist_ok=True)
    if broken is None:
        (tmp_path / missing).unlink()
    else:
        (tmp_path / missing).write_bytes(broken)
    with pytest.raises(ModelError, match=missing):
        khabar.load(tmp_path)
    # one that was made so tells what is wrong with it
    write_manifest(tmp_path)
    with pytest.raises(ModelError, match=missing if missing != "relator.onnx" else "onnx"):
        khabar.load(tmp_path)


def test_a_folder_for_other_labels_is_refused(tiny_run: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_run / "onnx", tmp_path, dirs_exist_ok=True)
    config = tmp_path / "config.json"
    config.write_text(config.read_text(encoding="utf-8").replace('"MEETING"', '"PARTY"'), encoding="utf-8")
    write_manifest(tmp_path)
    with pytest.raises(ModelError, match="PARTY"):
        khabar.load(tmp_path)


def test_single_relations_have_thresholds_of_their_own(tmp_path: Path) -> None:
    config = tmp_path / "own.yaml"
    config.write_text("thresholds: {relation: 0.1, relations: {held_at: 1.1}}\n", encoding="utf-8")
    text = "نشست وزیران نفت ایران و عراق دوشنبه در بغداد برگزار شد. وزیر نفت در این نشست سخن گفت."
    before, after = ({(r.head, r.type, r.tail) for r in khabar.load(config=c)(text).relations} for c in (None, config))
    assert {r for r in before if r[1] == "held_at"}
    assert after == {r for r in before if r[1] != "held_at"}


@pytest.mark.parametrize("wrong", ["{held_in: 0.5}", "{held_at: high}", "{held_at: true}"])
def test_a_wrong_threshold_of_a_relation_is_named(tmp_path: Path, wrong: str) -> None:
    config = tmp_path / "own.yaml"
    config.write_text(f"thresholds: {{relations: {wrong}}}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"(?s)thresholds.relations.*held_at"):
        khabar.load(config=config)
