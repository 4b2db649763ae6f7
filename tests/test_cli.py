"""The command `khabar` on good and bad input: messages, exit codes, whole files."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from khabar.cli import main
from khabar.manifest import write_manifest
from khabar.normalize import Normalizer

TEXT = "علی حسینی در نشست وزارت نیرو در تهران سخن گفت.\n"
Khabar = Callable[..., Result]


@pytest.fixture
def khabar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Khabar:
    """Return the command, run in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object, stdin: bytes | None = None) -> Result:
        result = CliRunner().invoke(main, [str(w) for w in words], input=stdin)
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def annotate(khabar: Khabar, tiny_run: Path) -> Khabar:
    """Return `khabar annotate` with the tiny model."""
    return lambda *words, **more: khabar("annotate", "--model", tiny_run / "onnx", *words, **more)


def _broken(name: str, data: bytes) -> None:
    Path(name).write_bytes(data)
    Path("good.txt").write_text(TEXT, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.txt", b"", "a.txt: is empty"),
        ("a.txt", b" \n\r\n", "a.txt: is empty"),
        ("a.txt", b"\x7fELF\x00\x01", "a.txt: is binary"),
        ("a.txt", b"\xff\xfe\x00", "a.txt: begins like utf-16"),
        ("a.txt", "élève très zélé".encode("latin-1"), "a.txt: is neither UTF-8 nor Persian"),
        ("a.html", b"<html><head><title>x</title></head><body></body></html>", "a.html: no article was found"),
        ("a.jsonl", b"[1]\n", "a.jsonl:1: is a JSON array"),
        ("a.jsonl", b"\n\n7\n", "a.jsonl:3: is a JSON number"),
        ("a.jsonl", b'{"no": 1}\n', "a.jsonl:1: has no text"),
        ("a.jsonl", b'{"text": null}\n', "a.jsonl:1: its text is a JSON null"),
        ("a.jsonl", b'{"text": "  "}\n', "a.jsonl:1: its text is empty"),
        ("a.jsonl", b'{"text": \n', "a.jsonl:1: is no JSON"),
        ("a.jsonl", b"[" * 100_000, "a.jsonl:1: is no JSON"),
    ],
)
def test_one_bad_input_is_named_and_stops_nothing(annotate: Khabar, name: str, data: bytes, said: str) -> None:
    _broken(name, data)
    result = annotate(name, "good.txt", "-o", "out.jsonl")
    assert result.exit_code == 1
    (told,) = [line for line in result.stderr.splitlines() if line.startswith(said)]
    assert ";" in told, "a remedy is given"
    assert "1 input could not be read" in result.stderr.splitlines()[-1]
    (document,) = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert document["text"] == TEXT
    (kept,) = [json.loads(line) for line in Path("out.jsonl.quarantine.jsonl").read_text(encoding="utf-8").splitlines()]
    assert kept["path"] == name
    assert kept["reason"] in told


def test_an_unreadable_file_is_named_and_stops_nothing(annotate: Khabar) -> None:
    if not Path("/proc/self/mem").exists():
        pytest.skip("needs a file that even root cannot read")
    _broken("x", b"")
    Path("locked.txt").symlink_to("/proc/self/mem")
    result = annotate("locked.txt", "good.txt", "-o", "out.jsonl")
    assert result.exit_code == 1
    assert "locked.txt: cannot be read" in result.stderr
    assert len(Path("out.jsonl").read_text(encoding="utf-8").splitlines()) == 1


def test_old_encodings_are_read_with_a_notice(annotate: Khabar) -> None:
    # windows-1256 has no Persian ye; sites wrote the Arabic one
    old = TEXT.replace("ی", "ي")
    _broken("old.txt", old.encode("cp1256"))
    result = annotate("old.txt", "-o", "-")
    assert result.exit_code == 0
    assert "old.txt: is no UTF-8, read as windows-1256" in result.stderr
    assert json.loads(result.stdout)["text"] == old


def test_broken_html_is_read_as_far_as_it_goes(annotate: Khabar) -> None:
    _broken("a.html", f"<html><body><div><p>{TEXT * 3}<b>".encode())
    result = annotate("a.html", "-o", "-")
    assert result.exit_code == 0
    assert "علی حسینی" in json.loads(result.stdout)["text"]


def test_a_text_without_persian_gives_a_notice(annotate: Khabar) -> None:
    _broken("a.txt", b"Nothing Persian here.")
    result = annotate("a.txt", "-o", "-")
    assert result.exit_code == 0
    assert "a.txt: article a has no Persian text" in result.stderr


def test_lone_surrogates_become_a_sign_and_offsets_stay(annotate: Khabar) -> None:
    _broken(
        "a.jsonl", b'{"text": "\\u0639\\u0644\\u06cc \\ud800 \\u0631\\u0641\\u062a", "id": "\\udfff", "k": ["\\ud900"]}'
    )
    result = annotate("a.jsonl", "-o", "out.jsonl", "-o", "out.html")
    assert result.exit_code == 0
    assert "a.jsonl:1: 1 lone surrogate became U+FFFD" in result.stderr
    document = json.loads(Path("out.jsonl").read_text(encoding="utf-8"))
    assert document["text"] == "علی \ufffd رفت"
    assert document["id"] == "\ufffd"


def test_a_huge_line_meets_the_limit_and_stops_nothing(annotate: Khabar) -> None:
    line = TEXT.strip() + " "
    _broken("huge.txt", (line * (5_000_000 // len(line.encode()))).encode())
    started = time.process_time()
    result = annotate("huge.txt", "good.txt", "-o", "out.jsonl")
    assert time.process_time() - started < 15
    assert result.exit_code == 1
    assert "huge.txt: article huge has" in result.stderr
    assert "limits.characters" in result.stderr
    assert len(Path("out.jsonl").read_text(encoding="utf-8").splitlines()) == 1


def test_a_huge_line_below_the_limit_is_read(annotate: Khabar) -> None:
    _broken("wide.txt", "ب".encode() * 2_500_000)
    Path("wide.yaml").write_text("limits: {characters: 3000000}", encoding="utf-8")
    result = annotate("wide.txt", "--config", "wide.yaml", "-o", "out.jsonl")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["annotate"], "Missing argument"),
        (["annotate", "missing.txt"], "missing.txt: no such file or folder"),
        (["annotate", "."], ".: holds no file"),
        (["annotate", "x.pdf"], "x.pdf: expected a folder or a file"),
        (["annotate", "good.txt", "--config", "no.yaml"], "no.yaml: cannot be read"),
        (["annotate", "good.txt", "--config", "bad.yaml"], "bad.yaml: unknown key thresold"),
        (["annotate", "good.txt", "--date", "yesterday"], "does not match the format"),
        (["annotate", "good.txt", "--min-score", "7"], "not in the range"),
        (["annotate", "good.txt", "-o", "out.html", "--format", "jsonl"], "out.html: its ending says html"),
        (["normalize", "missing.txt"], "missing.txt: cannot be read"),
        (["normalize", "."], ".: cannot be read"),
        (["nonsense"], "No such command"),
    ],
)
def test_wrong_usage_exits_with_two(khabar: Khabar, words: list[str], said: str) -> None:
    if words != ["annotate", "."]:
        _broken("x.pdf", b"%PDF")
        Path("bad.yaml").write_text("thresold: 1", encoding="utf-8")
    result = khabar(*words)
    assert result.exit_code == 2, result.output
    assert said in result.stderr


@pytest.mark.parametrize("output", ["taken.jsonl", "good.txt/out.jsonl"])
def test_an_output_that_cannot_be_written_is_refused(annotate: Khabar, output: str) -> None:
    _broken("x", b"")
    Path("taken.jsonl").mkdir()
    result = annotate("good.txt", "-o", output)
    assert result.exit_code == 2
    assert f"khabar: {output}: " in result.stderr
    assert "-o" in result.stderr


def test_a_bad_model_folder_is_refused(khabar: Khabar) -> None:
    for folder in ("bare", "broken"):
        Path(folder).mkdir()
        _broken(f"{folder}/config.json", b"{}")
    write_manifest("broken")
    for model, said in (
        ("bare", "no usable manifest: No such file"),
        ("broken", "no usable model configuration"),
        ("nowhere", "no shipped model"),
        ("a/b", "no such"),
    ):
        result = khabar("annotate", "good.txt", "--model", model)
        assert result.exit_code == 1
        assert said in result.stderr


def test_an_unknown_label_is_named_with_its_line(khabar: Khabar) -> None:
    pytest.importorskip("seqeval")
    Path("c.txt").write_text("علی|B_PER\nرفت|B_FOO\n", encoding="utf-8")
    result = khabar("evaluate", "names", "--format", "peyma", "c.txt")
    assert result.exit_code == 1
    assert "c.txt:2: unknown label 'FOO'" in result.stderr
    assert "configs/corpora.yaml" in result.stderr


def test_only_debug_shows_where_a_fault_is(khabar: Khabar, monkeypatch: pytest.MonkeyPatch) -> None:
    _broken("x", b"")

    def fail(*_: object) -> None:
        raise TypeError("a fault")

    monkeypatch.setattr(Normalizer, "__call__", fail)
    result = khabar("normalize", "good.txt")
    assert result.exit_code == 1
    assert "khabar: TypeError: a fault" in result.stderr
    assert "--debug" in result.stderr
    assert isinstance(khabar("normalize", "good.txt", "--debug").exception, TypeError)


def test_normalize_reads_standard_input(khabar: Khabar) -> None:
    result = khabar("normalize", "--json", stdin="كتاب".encode())
    assert json.loads(result.stdout) == {"text": "کتاب", "starts": [0, 1, 2, 3]}


def test_standard_input_is_told_apart(annotate: Khabar) -> None:
    for data in (TEXT, json.dumps({"text": TEXT}), f"<html><body><p>{TEXT * 3}</p></body></html>"):
        result = annotate("-", "-o", "-", stdin=data.encode())
        assert result.exit_code == 0, result.output
        assert "علی حسینی" in json.loads(result.stdout)["text"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_leaves_the_old_file_whole(
    tmp_path: Path, tiny_run: Path, number: signal.Signals, code: int
) -> None:
    lines = "".join(json.dumps({"text": TEXT * 20}) + "\n" for _ in range(2000))
    (tmp_path / "in.jsonl").write_text(lines, encoding="utf-8")
    (tmp_path / "out.jsonl").write_text("old\n", encoding="utf-8")
    words = ["annotate", "in.jsonl", "-o", "out.jsonl", "--model", str(tiny_run / "onnx")]
    command = [sys.executable, "-c", "from khabar.cli import main; main()", *words]
    run = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, env=os.environ, text=True)
    while not list(tmp_path.glob(".out.jsonl.*")):
        assert run.poll() is None
        time.sleep(0.02)
    run.send_signal(number)
    _, said = run.communicate(timeout=60)
    assert run.returncode == code, said
    assert "Traceback" not in said
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == "old\n"
