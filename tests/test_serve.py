"""The server: the API, the page without a browser, its limits, and how it ends."""

import http.client
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

import khabar
from khabar.cli import main
from khabar.document import Article, Document
from khabar.pipeline import Pipeline
from khabar.serve.app import create_app
from khabar.serve.limits import Limits

TEXT = "علی حسینی در نشست وزارت نیرو در تهران سخن گفت.\nمریم صادقی هم آنجا بود."
SAMPLES = Path(__file__).parents[1] / "data" / "samples"


@pytest.fixture(scope="module")
def pipeline(tiny_run: Path) -> Pipeline:
    return khabar.load(tiny_run / "onnx")


@pytest.fixture(scope="module")
def client(pipeline: Pipeline) -> Iterator[TestClient]:
    with TestClient(create_app(pipeline, Limits(body=200_000, characters=20_000, seconds=30, waiting=2))) as client:
        yield client


class Slow:
    """Stands for a pipeline: reads a text when it is told to."""

    def __init__(self) -> None:
        self.go, self.begun = threading.Event(), threading.Event()
        self.read: list[str] = []

    def stream(self, articles: Iterable[Article]) -> Iterator[Document]:
        for article in articles:
            self.begun.set()
            assert self.go.wait(20)
            self.read.append(article.text)
            yield Document(article.id or "1", article.text)


def serving(slow: Any, **limits: Any) -> TestClient:
    return TestClient(create_app(slow, Limits(**limits)))


def post(client: TestClient, **body: Any) -> Any:
    return client.post("/api/annotate", json=body)


def test_api_returns_the_pipelines_document(client: TestClient, pipeline: Pipeline) -> None:
    answer = post(client, text=TEXT, published="2025-11-01", id="a-7")
    assert answer.status_code == 200
    article = Article(TEXT, "a-7", {"published": "2025-11-01"})
    assert answer.json() == next(pipeline.stream([article])).to_dict()
    assert answer.json()["mentions"], "the tiny model finds something, else this shows nothing"


def test_openapi_describes_the_document_that_comes(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    reference = described["paths"]["/api/annotate"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    schema = {**reference, "components": described["components"]}
    jsonschema.validate(post(client, text=TEXT).json(), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"id": 7, "text": TEXT}, schema)
    assert set(described["paths"]) == {"/api/annotate", "/health", "/metrics"}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{}", "text: Field required"),
        (b"no json", "no JSON"),
        (b"[1]", "object"),
        (b'{"text": ""}', "text: "),
        (b'{"text": " \\n\\t "}', "the text is empty"),
        (b'{"text": 7}', "text: "),
        (b'{"text": "\\ud800"}', "text: "),
        (b'{"text": "x", "published": "1404/08/10"}', "published: "),
        (b'{"text": "x", "url": "http://example.org"}', "url: "),
        (b"\xff\xfe", ""),
        (b"[" * 150_000, ""),
    ],
)
def test_bad_requests_are_told_in_one_message(client: TestClient, body: bytes, told: str) -> None:
    answer = client.post("/api/annotate", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert list(answer.json()) == ["error"]
    assert told in answer.json()["error"]
    assert "\n" not in answer.json()["error"]


def test_unknown_paths_and_methods_are_json_too(client: TestClient) -> None:
    for answer, status in ((client.get("/nowhere"), 404), (client.get("/api/annotate"), 405)):
        assert answer.status_code == status
        assert list(answer.json()) == ["error"]


def test_long_texts_and_bodies_are_refused(client: TestClient) -> None:
    text = post(client, text="م" * 20_001)
    assert text.status_code == 413
    assert "20001" in text.json()["error"]
    assert post(client, text="م" * 20_000).status_code == 200
    declared = post(client, text="م" * 100_000)
    assert declared.status_code == 413
    assert "200000 bytes" in declared.json()["error"]
    assert declared.headers["x-content-type-options"] == "nosniff"


def test_a_body_of_unknown_length_is_counted_as_it_comes(client: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"text": "'
        for _ in range(300):
            yield b"x" * 1000

    assert client.post("/api/annotate", content=pieces()).status_code == 413


def test_a_full_line_is_answered_503_and_empties_again() -> None:
    slow = Slow()
    with serving(slow, waiting=1, seconds=30) as client, ThreadPoolExecutor(4) as pool:
        first = pool.submit(post, client, text="یک")
        assert slow.begun.wait(10)
        second = pool.submit(post, client, text="دو")
        wait_for(lambda: "khabar_texts_held 2.0" in client.get("/metrics").text)
        refused = post(client, text="سه")
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
        page = client.post("/", data={"text": "سه"})
        assert page.status_code == 503
        assert "retry-after" in page.headers
        slow.go.set()
        assert [first.result(10).status_code, second.result(10).status_code] == [200, 200]
        assert post(client, text="چهار").status_code == 200
    assert slow.read == ["یک", "دو", "چهار"]


def test_who_waits_too_long_is_answered_504_and_leaves_the_line() -> None:
    slow = Slow()
    with serving(slow, waiting=1, seconds=0.3) as client, ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(post, client, text=text) for text in ("یک", "دو")]
        assert [a.result(10).status_code for a in answers] == [504, 504]
        slow.go.set()
        wait_for(lambda: "khabar_texts_held 0.0" in client.get("/metrics").text)
        assert len(slow.read) == 1, "what nobody waits for is not read"


def test_a_failure_inside_is_no_traceback_to_the_client(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def stream(self, articles: Iterable[Article]) -> Iterator[Document]:
            raise ZeroDivisionError("secret")
            yield

    with serving(Broken()) as client:
        answer = post(client, text="متن")
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert client.get("/health").json() == {"status": "ok", "version": khabar.__version__}
    assert "secret" in caplog.text


def test_metrics_count_in_prometheus_form(pipeline: Pipeline) -> None:
    with serving(pipeline) as client:
        post(client, text=TEXT)
        post(client, text="")
        client.get("/a/" + "b" * 50)
        answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert 'khabar_http_answers_total{path="/api/annotate",status="200"} 1.0' in lines
    assert 'khabar_http_answers_total{path="/api/annotate",status="422"} 1.0' in lines
    assert 'khabar_http_answers_total{path="other",status="404"} 1.0' in lines
    assert f"khabar_read_characters_total {len(TEXT)}.0" in lines
    assert "khabar_read_seconds_count 1.0" in lines


def test_every_answer_has_a_strict_policy(client: TestClient) -> None:
    answers = [client.get(p) for p in ("/", "/health", "/metrics", "/openapi.json", "/nowhere")]
    for answer in (*answers, post(client, text=TEXT), post(client), client.post("/", data={"text": TEXT})):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"


def test_the_page_has_neither_script_nor_foreign_address(client: TestClient) -> None:
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> در تهران </textarea><b>"
    page = client.post("/", data={"text": hostile, "published": ""}).text
    assert "<script" not in page
    assert "<img" not in page
    assert "<b>" not in page.split("<textarea")[1].split("</textarea>")[0]
    assert not re.search(r"""\s(on\w+|style)=["']""", page)
    assert not re.findall(r"(?:src|href|action)=[\"'](?!#|data:,)", page)
    assert "http" not in page.replace('http-equiv="', "")


def test_the_page_shows_what_the_api_finds(client: TestClient) -> None:
    found = post(client, text=TEXT).json()["mentions"]
    page = client.post("/", data={"text": TEXT})
    assert page.status_code == 200
    assert page.text.count('id="m') >= len(found) > 0
    assert TEXT.replace("\n", "\r\n") not in page.text
    assert client.post("/", data={"text": TEXT.replace("\n", "\r\n"), "as": "json"}).json()["text"] == TEXT


@pytest.mark.parametrize("name", ["sports-futsal-final.html", "science-zagros-satellite.txt"])
def test_files_are_read_as_the_command_reads_them(client: TestClient, tiny_run: Path, name: str) -> None:
    path = SAMPLES / name
    form = {"as": "json", "text": "", "published": "2025-11-25"}
    document = client.post("/", data=form, files={"file": (name, path.read_bytes())}).json()
    command = ["annotate", str(path), "--date", "2025-11-25", "--model", str(tiny_run / "onnx"), "-o", "-"]
    expected = json.loads(CliRunner().invoke(main, command).stdout)
    assert document["meta"].pop("source") == name
    del expected["meta"]["source"]
    assert document == expected


@pytest.mark.parametrize(
    ("form", "files", "status"),
    [
        ({"text": ""}, {}, 422),
        ({"text": "م" * 20_001}, {}, 413),
        ({"text": "متن", "published": "yesterday"}, {}, 422),
        ({}, {"file": ("a.txt", b"\x00\x01\x02" * 50)}, 422),
        ({}, {"file": ("a.html", b"<html><body></body></html>")}, 422),
        ({}, {"file": ("big.txt", b"x" * 200_001)}, 413),
    ],
)
def test_the_page_says_what_cannot_be_read(client: TestClient, form: Any, files: Any, status: int) -> None:
    answer = client.post("/", data=form, files=files)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert answer.headers["content-type"].startswith("text/html")
    # of a form that is too long to be read, nobody knows that JSON was wanted
    if "big.txt" not in str(files):
        as_json = client.post("/", data={**form, "as": "json"}, files=files)
        assert as_json.status_code == status
        assert list(as_json.json()) == ["error"]


def test_the_command_serves_and_ends_when_it_is_told(tiny_run: Path) -> None:
    command = [
        sys.executable,
        "-c",
        "from khabar.serve.cli import serve; serve()",
        "--port",
        "0",
        "--model",
        str(tiny_run / "onnx"),
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            port = listening(process)
            slow = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            slow.request(
                "POST", "/api/annotate", json.dumps({"text": TEXT * 100}), {"content-type": "application/json"}
            )
            time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            assert slow.getresponse().status == 200, "what was asked before the end is answered"
            slow.close()
            assert process.wait(30) in (0, -signal.SIGTERM, 128 + signal.SIGTERM)
        finally:
            process.kill()


def listening(process: subprocess.Popen[str]) -> int:
    assert process.stderr
    said = []
    for line in process.stderr:
        said.append(line)
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
            return int(found[1])
    raise AssertionError("".join(said))


def test_without_the_extra_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from khabar.serve.cli import serve  # noqa: PLC0415

    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.setattr("khabar.cli._entry_points", lambda: {"serve": Point(serve)})
    result = CliRunner().invoke(main, ["serve"])
    assert result.exit_code == 1
    assert "uvicorn" in result.output
    assert "pip install 'khabar[serve]'" in result.output


class Point:
    def __init__(self, command: Any) -> None:
        self.load = lambda: command


def wait_for(condition: Any, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not come true in time"
        time.sleep(0.02)
