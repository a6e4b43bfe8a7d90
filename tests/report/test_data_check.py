import base64
import io
import re

import pytest
from photo_corpus import CORPUS, write_corpus
from PIL import Image

from effnetv2_keras.data.check.run import check_source
from effnetv2_keras.report.data_check import MOST_SHOWN, data_check_page, write_data_check
from effnetv2_keras.report.thumbnail import thumbnail


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = write_corpus(tmp_path_factory.mktemp("report") / "photos")
    (folder / "odd").rename(folder / "<b>odd&")
    return data_check_page(check_source(folder, near=True))


def test_the_page_is_one_file_that_asks_for_nothing(page):
    assert not re.search(r'(src|href)="(?!data:image/jpeg;base64,|#)', page)
    assert "<script" not in page
    assert 'name="viewport"' in page
    assert page.startswith("<!doctype html>")


def test_names_are_escaped(page):
    assert "<b>odd" not in page
    assert "&lt;b&gt;odd&amp;/truncated.jpg" in page


def test_every_link_leads_somewhere(page):
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))


def test_findings_are_told_with_their_meaning_and_what_becomes_of_them(page):
    titles = re.findall(r"<h2>([^<]+)<small>(\d+)", page)
    assert ("Unreadable", "5") in titles
    assert ("EXIF-rotated", "7") in titles
    assert "More than 89 million pixels: most likely made to fill memory." in page
    assert "Training would stop." in page


def opened(url):
    return Image.open(io.BytesIO(base64.b64decode(url.removeprefix("data:image/jpeg;base64,"))))


def test_thumbnails_are_small_and_upright():
    lying = opened(thumbnail(CORPUS["exif_6.jpg"].data))
    assert lying.size == (64, 96)
    assert opened(thumbnail(CORPUS["plain.jpg"].data)).size == (160, 128)


def test_a_picture_that_is_cut_off_is_shown_as_far_as_it_goes():
    shown = opened(thumbnail(CORPUS["truncated.jpg"].data))
    below = shown.crop((0, 110, 160, 128)).getextrema()
    assert all(low == high for low, high in below)
    assert any(high - low > 50 for low, high in shown.crop((0, 0, 160, 40)).getextrema())


@pytest.mark.parametrize("name", ["page.jpg", "zero.jpg", "bomb.png", "header_bomb.png", "header_bomb.jpg", "bomb.gif"])
def test_of_what_shows_nothing_there_is_no_thumbnail(name):
    assert thumbnail(CORPUS[name].data) is None


def test_sixteen_bits_show_as_grey_not_as_white():
    low, high = opened(thumbnail(CORPUS["sixteen.png"].data)).convert("L").getextrema()
    assert low < 60
    assert high > 190


def test_only_so_many_are_shown_and_the_rest_counted(tmp_path):
    for name in ("a", "b"):
        (tmp_path / "in" / name).mkdir(parents=True)
    for number in range(MOST_SHOWN + 3):
        Image.new("RGB", (40, 20), (number, 90, 30)).save(tmp_path / "in" / "a" / f"{number}.png")
    Image.new("RGB", (40, 40), (9, 9, 9)).save(tmp_path / "in" / "b" / "1.png")
    write_data_check(check_source(tmp_path / "in"), tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert text.count("<img ") == 24
    assert "and 3 more images: see manifest.csv" in text
