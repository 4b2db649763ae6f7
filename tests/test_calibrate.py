"""Scores that mean what they say."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from khabar.errors import ModelError
from khabar.manifest import write_manifest
from khabar.models.calibration import PLAIN, calibrated
from khabar.models.folder import read_config
from khabar.recognize.tags import TagSet
from khabar.resources import resource
from khabar.schema import load_schema
from khabar_eval.calibration import reliability

FOLDER = resource("models/khabar-base")


def test_a_plain_calibration_leaves_scores_as_they_are_and_any_rising_one_their_order() -> None:
    scores = [0.0, 0.1, 0.5, 0.93, 1.0]
    assert [calibrated(s, PLAIN) for s in scores] == pytest.approx(scores, abs=1e-5)
    moved = [calibrated(s, (1.4, -1.2)) for s in scores]
    assert moved == sorted(moved)
    # log-odds of 0.8 are ln 4: 0.5 ln 4 + ln 2 = ln 4
    assert calibrated(0.8, (0.5, 0.6931472)) == pytest.approx(0.8)
    assert calibrated(1.0, (1e6, 0.0)) == 1.0


def test_a_span_is_scored_also_by_whether_it_goes_on() -> None:
    tags = TagSet(["PER"])
    # probabilities of O, B-PER, I-PER
    rows = np.log(np.array([[0.1, 0.9, 1e-9], [0.1, 0.1, 0.8], [0.6, 0.1, 0.3]], np.float32))
    whole, cut = (tags.decode(rows[None, :n], [n])[0][0] for n in (3, 2))
    assert whole[:3] == cut[:3] == (0, 2, "PER")
    assert whole.score == pytest.approx((0.9 * 0.8 * 0.7) ** (1 / 3), abs=1e-4)
    assert cut.score == pytest.approx((0.9 * 0.8) ** (1 / 2), abs=1e-4), "the text ends: nothing could follow"


def test_platt_finds_the_line_that_outcomes_follow() -> None:
    pytest.importorskip("torch")
    from khabar_train.calibrate import platt  # noqa: PLC0415

    numbers = np.random.default_rng(1)
    raw = numbers.uniform(0.05, 0.99, 4000).tolist()
    outcomes = [(s, bool(numbers.random() < calibrated(s, (1.5, -1.0)))) for s in raw]
    slope, intercept = platt(outcomes)
    assert slope == pytest.approx(1.5, abs=0.15)
    assert intercept == pytest.approx(-1.0, abs=0.15)
    assert reliability(outcomes).error > 0.1
    assert reliability((calibrated(s, (slope, intercept)), right) for s, right in outcomes).error < 0.02


def test_platt_has_an_answer_for_few_outcomes_and_outcomes_all_alike() -> None:
    pytest.importorskip("torch")
    from khabar_train.calibrate import platt  # noqa: PLC0415

    assert platt([]) == PLAIN
    assert platt([(0.9, False), (0.1, True)] * 5) == PLAIN, "such scores would be turned around"
    line = platt([(0.7, True), (0.9, True)])
    assert all(0.5 < calibrated(s, line) < 1 for s in (0.7, 0.9))


def test_a_model_folder_has_its_calibrations_or_none(tmp_path: Path) -> None:
    config = json.loads((FOLDER / "config.json").read_text(encoding="utf-8"))
    schema = load_schema()

    def read(**changed: object) -> dict[str, object]:
        kept = {k: v for k, v in config.items() if not k.endswith("_calibration")}
        (tmp_path / "config.json").write_text(json.dumps(kept | changed), encoding="utf-8")
        write_manifest(tmp_path)
        return asdict(read_config(tmp_path, schema))

    assert read()["names_calibration"] == PLAIN, "a folder from before there were any"
    assert read(facts_calibration=[1.2, -0.5])["facts_calibration"] == (1.2, -0.5)
    with pytest.raises(ModelError, match="facts_calibration: expected a slope and an intercept"):
        read(facts_calibration=[1.2])
