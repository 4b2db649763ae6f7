"""The server's page in a real browser: typing, keyboard, files, direction, colors, widths, and no request elsewhere."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chrome
import pytest
import uvicorn
from chrome import look
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

import khabar
from khabar.serve.app import create_app
from khabar.serve.limits import Limits

pytestmark = chrome.needed
TEXT = "علی حسینی در نشست وزارت نیرو در تهران سخن گفت. مریم صادقی هم آنجا بود."
SAMPLES = Path(__file__).parents[1] / "data" / "samples"


@pytest.fixture(scope="module")
def address(tiny_run: Path) -> Iterator[str]:
    app = create_app(khabar.load(tiny_run / "onnx"), Limits(characters=20_000))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    server.should_exit = True
    thread.join()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    look(browser)
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(address)
    yield browser
    complaints = [entry["message"] for entry in browser.get_log("browser")]
    assert not [c for c in complaints if " 422 " not in c], "nothing offends the page's own policy"
    sent = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {m["params"]["request"]["url"] for m in sent if m["method"] == "Network.requestWillBeSent"}
    assert asked
    assert not [url for url in asked if not url.startswith((address, "data:"))], "nothing is fetched from elsewhere"


def send(page: Any, text: str = TEXT) -> Any:
    """Type a text, press the button, and return the result."""
    field = page.find_element(By.ID, "text")
    field.clear()
    field.send_keys(text)
    page.find_element(By.ID, "read").click()
    return result(page)


def result(page: Any) -> Any:
    return WebDriverWait(page, 60).until(lambda b: b.find_element(By.ID, "result"))


def active(page: Any) -> str:
    return str(page.switch_to.active_element.get_attribute("id"))


def text_of(page: Any) -> str:
    return str(page.execute_script("return document.querySelector('#result .text').textContent"))


def test_typed_text_is_read_and_shown_right_to_left(page: Any) -> None:
    send(page)
    assert TEXT in text_of(page)
    assert page.find_elements(By.CSS_SELECTOR, "#result .text .m"), "the tiny model finds something"
    assert page.find_element(By.ID, "text").get_attribute("value") == TEXT
    first, later, direction = page.execute_script("""
        const box = document.querySelector('#result .text');
        const walk = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
        const nodes = []; while (walk.nextNode()) if (walk.currentNode.data.trim()) nodes.push(walk.currentNode);
        const left = (n, i) => { const r = document.createRange(); r.setStart(n, i); r.setEnd(n, i + 1);
            return r.getBoundingClientRect().left; };
        return [left(nodes[0], 0), left(nodes[0], 2), getComputedStyle(box).direction];""")
    assert direction == "rtl"
    assert first > later, "a word's first letter stands to the right of its third"


def test_the_keyboard_alone_is_enough(page: Any) -> None:
    keys = webdriver.ActionChains(page)
    keys.send_keys(Keys.TAB).perform()
    assert active(page) == "text"
    keys.send_keys(TEXT).perform()
    seen = []
    while active(page) != "read":
        webdriver.ActionChains(page).send_keys(Keys.TAB).perform()
        seen.append(active(page))
        assert len(seen) < 12, seen
    assert [*dict.fromkeys(seen)] == ["file", "published", "read"]
    assert page.execute_script("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    webdriver.ActionChains(page).send_keys(Keys.ENTER).perform()
    result(page)
    assert TEXT in text_of(page)
    assert active(page) == "result", "what was found has the focus, so a screen reader goes on there"
    webdriver.ActionChains(page).send_keys(Keys.TAB).perform()
    inside = "return document.querySelector('#result').contains(document.activeElement)"
    assert page.execute_script(inside)
    assert active(page) != "result"


@pytest.mark.parametrize("name", ["sports-futsal-final.html", "science-zagros-satellite.txt"])
def test_a_file_is_read(page: Any, name: str) -> None:
    page.find_element(By.ID, "file").send_keys(str(SAMPLES / name))
    page.find_element(By.ID, "read").click()
    result(page)
    assert name in page.find_element(By.ID, "result").text
    assert len(text_of(page)) > 1000


def test_a_published_day_is_kept(page: Any) -> None:
    page.execute_script("document.getElementById('published').value = '2025-11-01'")
    assert "2025-11-01" in send(page).text
    assert page.find_element(By.ID, "published").get_attribute("value") == "2025-11-01"


def test_json_is_a_document(page: Any) -> None:
    page.find_element(By.ID, "text").send_keys("یک\nدو در تهران")
    page.find_element(By.ID, "json").click()
    WebDriverWait(page, 60).until(lambda b: not b.find_elements(By.ID, "json"))
    shown = page.execute_script("return document.body.querySelector('pre').textContent")
    assert json.loads(shown)["text"] == "یک\nدو در تهران"


def test_an_empty_form_is_told(page: Any) -> None:
    told = send(page, " ")
    assert told.get_attribute("role") == "alert"
    assert "متنی برای خواندن پیدا نشد" in told.text


def test_markup_in_a_text_stays_text(page: Any) -> None:
    hostile = "<img src=x onerror=\"document.title='no'\"><script>document.title='no'</script> در تهران"
    send(page, hostile)
    assert hostile in text_of(page)
    assert page.title == "خبر"
    assert not page.find_elements(By.CSS_SELECTOR, "img, script")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_it_fits_narrow_and_wide_light_and_dark(page: Any, tmp_path: Path, dark: bool, width: int) -> None:
    look(page, dark=dark, width=width)
    page.find_element(By.ID, "file").send_keys(str(SAMPLES / "science-zagros-satellite.txt"))
    page.find_element(By.ID, "read").click()
    result(page)
    wide = "return [document.documentElement.scrollWidth, window.innerWidth]"
    needed, given = page.execute_script(wide)
    assert given == width
    assert needed <= given, "no scrolling sideways"
    shades = page.execute_script("""
        const shade = c => c.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0) / 3;
        return ['body', '#text', '#result .khabar'].map(q => { const s = getComputedStyle(document.querySelector(q));
            return [shade(s.backgroundColor), shade(s.color)]; });""")
    for paper, ink in shades:
        assert (paper < 60 and ink > 180) if dark else (paper > 230 and ink < 60)
    assert page.save_screenshot(str(tmp_path / "result.png"))
