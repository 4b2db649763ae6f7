"""What of a text is article and what a page puts around it."""

import itertools
import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from khabar.errors import DataError, ModelError
from khabar.manifest import write_manifest
from khabar.normalize import normalize
from khabar.segment import Segmenter
from khabar.segment.page import FILE, PageModel, _best_path, default_page_model
from khabar_eval.cli import evaluate
from khabar_eval.page import MarkedPage, lines_in, read_pages, score

ROOT = Path(__file__).parents[1]
SEED = ROOT.parent / "shared/seed/interpol_kalkan.txt"
SAMPLES = ("police-antiquities-ring", "politics-caspian-ministers", "science-zagros-satellite")


def _kept(text: str) -> list[int]:
    """Return the numbers of the lines that are not blank and are taken for article."""
    clean = normalize(text)
    page = MarkedPage("", text, (None,) * len(text.split("\n")))
    touched = lines_in(page, [clean.to_source(*span) for span in default_page_model()(clean)])
    return [i for i, (line, here) in enumerate(zip(page.lines, touched, strict=True), 1) if here and line.strip()]


@pytest.mark.parametrize("name", SAMPLES)
def test_gold_mentions_of_copied_pages_are_all_read(name: str) -> None:
    gold = json.loads((ROOT / f"data/articles/{name}.json").read_text(encoding="utf-8"))
    clean = normalize(gold["text"])
    spans = [clean.to_source(*span) for span in default_page_model()(clean)]
    lost = [m for m in gold["mentions"] if not any(a <= m["start"] and m["end"] <= b for a, b in spans)]
    assert [gold["text"][m["start"] : m["end"]] for m in lost] == []


@pytest.mark.parametrize("path", sorted((ROOT / "data/samples").glob("*.txt")), ids=lambda p: p.stem)
def test_menus_forms_and_footers_of_copied_pages_are_left_out(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    kept = {lines[i - 1] for i in _kept(text)}
    assert lines[0] not in kept
    assert [line for line in lines[-6:] if line in kept] == []


@pytest.mark.skipif(not SEED.exists(), reason="the seed article is not here")
def test_the_seed_article() -> None:
    text = SEED.read_text(encoding="utf-8")
    lines = text.split("\n")
    kept = [lines[i - 1] for i in _kept(text)]
    assert len([line for line in kept if len(line) > 100]) == len([line for line in lines if len(line) > 100])
    assert lines[0] not in kept
    assert [line for line in lines[-8:] if line in kept] == []


@pytest.mark.parametrize(
    "text",
    [
        "وزیر نیرو دیروز از سد تازه بازدید کرد.",
        "دیدگاهتان را بنویسید",
        "تیم ملی برد\nتیم ملی فوتبال ایران دیروز در دوحه قطر را دو بر یک شکست داد و به مرحله پایانی رسید.",
        "قیمت طلا بالا رفت\nدلار ارزان شد\nبورس سبز ماند",
        "وزير الخارجية يصل إلى بغداد\nوصل وزير الخارجية اليوم إلى بغداد في زيارة رسمية تستمر يومين.",
        "",
        "\n\n \n",
    ],
)
def test_what_has_no_chrome_stays_whole(text: str) -> None:
    assert default_page_model()(text) == [(0, len(text))]


def _texts(folder: str) -> list[str]:
    files = sorted((ROOT / "data" / folder).glob("*.json"))
    return [json.loads(f.read_text(encoding="utf-8"))["text"] for f in files]


def test_passages_stay_whole() -> None:
    texts = _texts("passages")
    assert [t for t in texts if default_page_model()(normalize(t)) != [(0, len(normalize(t)))]] == []


def test_the_segmenter_yields_no_sentence_of_chrome_unless_told_to() -> None:
    text = (ROOT / "data/samples/science-zagros-satellite.txt").read_text(encoding="utf-8")
    clean = normalize(text)
    found = "\n".join(clean.text[s.start : s.end] for s in Segmenter()(clean))
    assert "ماهواره زاگرس" in found
    assert "پرش به محتوا" not in found
    everything = "\n".join(clean.text[s.start : s.end] for s in Segmenter(page=False)(clean))
    assert "پرش به محتوا" in everything


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=300), st.integers(1, 4))
def test_any_text_is_read_and_spans_lie_in_it_in_order(text: str, times: int) -> None:
    clean = normalize("\n".join([text, "او دیروز در تهران گفت که این طرح تا پایان سال اجرا می‌شود."] * times))
    spans = default_page_model()(clean)
    assert all(0 <= a <= b <= len(clean) for a, b in spans)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))


def test_time_grows_with_length_alone() -> None:
    text = (ROOT / "data/samples/science-zagros-satellite.txt").read_text(encoding="utf-8")
    model = default_page_model()

    def seconds(copies: int) -> float:
        clean = normalize("\n".join([text] * copies))
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            model(clean)
            best = min(best, time.process_time() - started)
        return best

    assert seconds(40) < 4 * 10 * seconds(4)


def test_a_line_of_any_length_costs_little() -> None:
    clean = normalize("خبر\n" + "او رفت. " * 100_000 + "\nنظر")
    started = time.process_time()
    default_page_model()(clean)
    assert time.process_time() - started < 1


def test_the_best_path_weighs_lines_against_changes() -> None:
    changes = [-2.0, -0.5, -2.0, -0.5]
    assert _best_path([1.0, -1.0, 1.0], [False] * 3, changes) == [True, True, True]
    assert _best_path([3.0, -5.0, 3.0], [False, False, True], changes) == [True, False, True]
    assert _best_path([-1.5, -1.5, 3.0], [False] * 3, changes) == [False, False, True]


def test_a_broken_model_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{}", encoding="utf-8")
    write_manifest(tmp_path)
    with pytest.raises(ModelError, match="no usable page model"):
        PageModel.load(tmp_path)


def test_lines_and_characters_are_counted() -> None:
    page = MarkedPage("a", "منو\n\nسرخط خبر\nمتن", (False, None, True, True))
    report = score([page], [[True, True, True, False]], "given", 1.0)
    assert {layer.name: layer.overall.row() for layer in report.layers} == {
        "lines of article": [1, 1, 1, 0],
        "lines of chrome": [0, 1, 1, 0],
        "characters of article": [8, 3, 3, 0],
        "characters of chrome": [0, 3, 3, 0],
    }


def test_the_command_scores_a_folder_and_names_a_line_without_a_mark(tmp_path: Path) -> None:
    (tmp_path / "a.lines").write_text("- منو\n\n+ وزیر به تهران آمد.\n", encoding="utf-8")
    result = CliRunner().invoke(evaluate, ["page", str(tmp_path), "--json", str(tmp_path / "r.json")])
    assert result.exit_code == 0, result.output
    assert (
        json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["layers"]["lines of article"]["overall"]["tp"]
        == 1
    )
    (tmp_path / "b.lines").write_text("+ سرخط\nبی‌نشان\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"b\.lines:2"):
        read_pages([tmp_path])
    with pytest.raises(DataError, match="no marked pages"):
        read_pages([(tmp_path / "empty").resolve()] if (tmp_path / "empty").mkdir() is None else [])


def test_the_gradient_is_that_of_the_loss() -> None:
    pytest.importorskip("torch")
    import numpy as np  # noqa: PLC0415
    from scipy.optimize import check_grad  # noqa: PLC0415

    from khabar_train.page import Batch, examples  # noqa: PLC0415

    pages = read_pages(
        [ROOT / "data/samples/chrome/telegram-brief.lines", ROOT / "data/samples/chrome/photo-cranes.lines"]
    )
    data = [e for page in pages for e in examples(page)]
    batch = Batch.of(data, default_page_model().words, ["خبر", "عکس"], 2.0)
    size = batch.features.shape[1]
    point = np.random.default_rng(0).normal(size=size + 4) / 10
    error = check_grad(lambda p: batch.loss(p[:size], p[size:])[0], lambda p: batch.loss(p[:size], p[size:])[1], point)
    assert error < 1e-3
