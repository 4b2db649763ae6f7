"""`khabar benchmark`: systems side by side, and whether time is linear in the articles."""

import json
import os
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from khabar.errors import UsageError
from khabar_eval.benchmark import benchmark, show_sizes
from khabar_eval.profile import Sampler
from khabar_eval.speed import Measured, of_words, systems

TEXT = "علی حسینی در نشست وزارت نیرو در تهران سخن گفت.\n"
HAZM = """
class Normalizer:
    def normalize(self, text):
        print("told")
        return text

def sent_tokenize(text):
    return text.splitlines()

def word_tokenize(sentence):
    return sentence.split()
"""


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps({"text": TEXT * n}) + "\n" for n in (1, 2)), encoding="utf-8")
    return path


def _annotate(*words: object) -> Result:
    done = CliRunner().invoke(benchmark, ["annotate", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


def test_systems_stand_side_by_side(articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hazm").mkdir()
    (tmp_path / "hazm" / "__init__.py").write_text(HAZM, encoding="utf-8")
    (tmp_path / "hazm-9.dist-info").mkdir()
    (tmp_path / "hazm-9.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: hazm\nVersion: 9\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    monkeypatch.setenv("COLUMNS", "200")
    report = tmp_path / "speed.json"
    done = _annotate(articles, "--systems", "khabar,hazm", "--articles", 3, "--runs", 1, "--json", report)
    khabar, hazm = json.loads(report.read_text())
    assert (khabar["system"], hazm["system"]) == ("khabar (khabar-base)", "hazm 9")
    assert "relations" in khabar["does"] and "relations" not in hazm["does"]
    assert hazm["disk_bytes"] == len(HAZM.encode())
    assert khabar["disk_bytes"] > 10_000_000, "all models are counted"
    for row in (khabar, hazm):
        assert row["articles"] == 3
        # two of the three are the first text
        assert row["words_per_s"] == pytest.approx(row["articles_per_s"] * 40 / 3)
        assert 0 < row["import_s"] < row["init_s"]
    assert hazm["ram_bytes"] < khabar["ram_bytes"], "each process is counted by itself"
    assert all(row["does"][:9] in done.output for row in (khabar, hazm))


def test_a_hugging_face_pipeline_reads_the_same(articles: Path, tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    pytest.importorskip("torch")
    report = tmp_path / "speed.json"
    _annotate(articles, "--systems", "bert-tiny", "--articles", 3, "--runs", 1, "--words", 400, "--json", report)
    (row,) = json.loads(report.read_text())
    assert (row["system"], row["articles"]) == ("bert-tiny", 3)
    # 100,000 words of 128 floats, two layers, no more
    assert 51e6 < row["disk_bytes"] < 60e6


def test_sizes_show_what_is_linear(articles: Path, tmp_path: Path) -> None:
    report = tmp_path / "sizes.json"
    _annotate(articles, "--sizes", "1,3", "--runs", 1, "--threads", 1, "--json", report)
    assert [row["articles"] for row in json.loads(report.read_text())] == [1, 3]


def test_within_a_tenth_of_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    rates = (20.0, 18.1, 23.0)
    rows = [Measured("x", "y", 10**i, 0.1, 0.5, 1, 300_000_000, rate, 1) for i, rate in enumerate(rates)]
    show_sizes(rows)
    shown = capsys.readouterr().out
    assert [word for word in ("yes (+0.0 %)", "yes (-9.5 %)", "no (+15.0 %)") if word not in shown] == []


@pytest.mark.parametrize("given", ["spacy", "hazm=/none/python"])
def test_wrong_systems_are_named(given: str) -> None:
    with pytest.raises(UsageError, match=r"--systems.*(expected one of|no such interp)"):
        systems([given])


@pytest.mark.parametrize("sizes", ["x", "10,0", "10,"])
def test_wrong_sizes_are_named(articles: Path, sizes: str) -> None:
    with pytest.raises(UsageError, match="--sizes"):
        CliRunner().invoke(benchmark, ["annotate", str(articles), "--sizes", sizes], catch_exceptions=False)


def test_sizes_need_khabar(articles: Path) -> None:
    with pytest.raises(UsageError, match="measures Khabar alone"):
        CliRunner().invoke(
            benchmark, ["annotate", str(articles), "--sizes", "1", "--systems", "hazm"], catch_exceptions=False
        )


def test_neighbors_are_joined_to_longer_articles() -> None:
    assert of_words(["a b\n", "c", "d e f", "g"], 3) == ["a b\nc", "d e f"]
    assert of_words(["a", "b"], 9) == ["a\nb"]


def test_a_profile_names_the_stages(articles: Path, tmp_path: Path) -> None:
    report = tmp_path / "profile.json"
    words = ["profile", str(articles), "--articles", "40", "--words", "60", "--threads", "1", "--json", str(report)]
    done = CliRunner().invoke(benchmark, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    seconds = json.loads(report.read_text())["seconds"]
    # short stages may fall between two samples
    assert not {"cli", "batch"} & set(seconds)
    assert max(seconds, key=lambda stage: float(seconds[stage])) == "recognize: network"
    assert "recognize: network" in done.output


def test_a_sampler_tells_stages_apart() -> None:
    from khabar.normalize import Normalizer  # noqa: PLC0415

    spell = Normalizer()
    with Sampler() as sampler:
        sampler.start()
        until = time.perf_counter() + 0.3
        while time.perf_counter() < until:
            spell(TEXT * 50)
        time.sleep(0.3)
    assert set(sampler.seconds) == {"normalize", "other"}
    assert sampler.seconds["normalize"] > 0.1 and sampler.seconds["other"] > 0.1
