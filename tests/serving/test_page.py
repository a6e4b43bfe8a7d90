"""The page at `/`, in a real browser."""

import os
from pathlib import Path

import browser as browsers
import numpy as np
import pytest
from PIL import Image
from plain_http import ask

PHONE = 360  # px
SCROLL_BAR = 20  # px, on a desk
TEXTS = "[...document.querySelectorAll('#rows td.name')].map(cell => cell.textContent)"
ANSWERED = "document.getElementById('state').textContent.startsWith('Answered')"


@pytest.fixture(scope="module")
def page(photo_server, tmp_path_factory):
    """A browser; without one the tests are skipped, where CI is set they fail."""
    if browsers.find() is None:
        assert not os.environ.get("CI"), "Chromium must be installed"
        pytest.skip("needs Chromium")
    made = browsers.Browser(tmp_path_factory.mktemp("browser"))
    yield made
    made.close()


@pytest.fixture
def opened(page, photo_server):
    page.events.clear()
    page.width(1000)
    page.open(f"http://127.0.0.1:{photo_server.rest_port}/")
    page.wait("document.getElementById('model').value === 'photos'")
    return page


def test_the_keyboard_alone_gets_an_answer(opened, photo_server):
    for _ in range(20):
        opened.press("Tab")
        if opened.value("(document.activeElement.getAttribute('aria-label') || '').startsWith('Sample: green')"):
            break
    opened.press("Enter")
    opened.wait(ANSWERED)
    assert sorted(opened.value(TEXTS)) == ["blue", "green", "red"]
    scores = opened.value("[...document.querySelectorAll('td.score')].map(cell => parseFloat(cell.textContent))")
    assert scores == sorted(scores, reverse=True)
    assert sum(scores) == pytest.approx(100, abs=0.2)
    widths = opened.value("[...document.querySelectorAll('.fill')].map(bar => parseFloat(bar.style.width))")
    assert widths == pytest.approx(scores, abs=0.06)
    curl = opened.value("document.getElementById('curl').textContent")
    assert f"'http://127.0.0.1:{photo_server.rest_port}/v1/models/photos:predict'" in curl


def test_a_dropped_file_is_asked_about(opened):
    opened.value(
        """fetch(document.querySelector('link[rel=icon]').href).catch(() => 0).then(() => {
            const canvas = document.createElement('canvas'); canvas.width = canvas.height = 20;
            return new Promise(done => canvas.toBlob(done)); }).then(blob => {
            const data = new DataTransfer(); data.items.add(new File([blob], 'mine.png', {type: 'image/png'}));
            document.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})); })"""
    )
    opened.wait(ANSWERED)
    assert opened.value("document.getElementById('caption').textContent").startswith("mine.png, ")
    assert len(opened.value(TEXTS)) == 3


def test_a_file_that_is_no_image_is_said(opened):
    opened.value("ask(new Blob(['no image']), 'notes.txt')")
    opened.wait("document.getElementById('state').className === 'error'")
    assert "of no format that this model takes" in opened.value("document.getElementById('state').textContent")
    assert opened.value(TEXTS) == []


def test_nothing_is_loaded_from_elsewhere_and_nothing_is_wrong(opened, photo_server):
    opened.value("document.querySelector('#samples button').click()")
    opened.wait(ANSWERED)
    home = f"http://127.0.0.1:{photo_server.rest_port}/"
    assert sorted({url.removeprefix(home) for url in opened.asked()}) == ["", "page/models", "v1/models/photos:predict"]
    assert opened.complaints() == []


@pytest.mark.parametrize("width", [PHONE, 1000])
def test_it_fits_a_phone_and_a_desk(opened, width, tmp_path):
    opened.width(width)
    opened.value("document.querySelector('#samples button').click()")
    opened.wait(ANSWERED)
    assert opened.value("document.documentElement.scrollWidth") <= width
    small = opened.value(
        "[...document.querySelectorAll('button, select')].filter(one => one.getBoundingClientRect().height < 44).length"
    )
    assert small == 0  # px that a finger needs
    opened.screenshot(tmp_path / "page.png")
    kept = os.environ.get("EFFNETV2_SCREENSHOTS")
    if kept:
        opened.screenshot(Path(kept) / f"page_{width}.png")
    pixels = np.asarray(Image.open(tmp_path / "page.png").convert("RGB"))
    assert width - SCROLL_BAR <= pixels.shape[1] <= width
    assert (np.abs(pixels.astype(int) - [0x2F, 0x6F, 0xDE]).max(axis=2) < 8).sum() > 100  # the bars


def test_the_page_may_load_and_tell_nothing_elsewhere(photo_server):
    _, headers, body = ask(photo_server.rest_port, "GET", "/")
    assert "default-src 'none'" in headers["content-security-policy"]
    assert b"https://" not in body
