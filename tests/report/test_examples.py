import pytest
from PIL import Image

from effnetv2_keras.inference.answer import Answer
from effnetv2_keras.report.examples import Told, _choose, draw_examples


@pytest.fixture
def photo(tmp_path):
    Image.new("RGB", (30, 20), (200, 30, 30)).save(tmp_path / "photo.jpg")
    return (tmp_path / "photo.jpg").read_bytes()


def answer(path, label, score):
    return Answer(path, (label, "other"), (score, 1 - score))


def test_the_surest_mistakes_come_first(photo):
    photos = [
        Told(0, answer("right", "cat", 0.99), ("cat",)),
        Told(1, answer("unsure mistake", "dog", 0.4), ("cat",)),
        Told(2, answer("sure mistake", "dog", 0.9), ("cat",)),
        Told(3, answer("one of two", "dog", 0.9), ("cat", "dog")),
    ]
    chosen = [one.answer.path for one in _choose(photos, seed=0)]
    assert chosen == ["sure mistake", "unsure mistake", "right", "one of two"]


def test_at_most_half_are_mistakes_where_there_is_something_right_to_show():
    wrong = [Told(number, answer(f"wrong{number}", "dog", 0.9), ("cat",)) for number in range(40)]
    right = [Told(number, answer(f"right{number}", "cat", 0.9), ("cat",)) for number in range(40)]
    chosen = [one.answer.path for one in _choose(wrong + right, seed=0)]
    assert len(chosen) == 32
    assert sum(path.startswith("wrong") for path in chosen) == 16


@pytest.mark.parametrize(("count", "height"), [(1, 198), (8, 198), (9, 396), (50, 792)])
def test_the_picture_has_a_row_for_every_eight_photos(tmp_path, photo, count, height):
    draw_examples([answer("a", "cat", 0.9)] * count, [["cat"]] * count, lambda index: photo, tmp_path / "examples.png")
    with Image.open(tmp_path / "examples.png") as picture:
        assert (picture.format, picture.size) == ("PNG", (1320, height))


def test_unreadable_files_are_left_out(tmp_path, photo):
    answers = [answer("a", "cat", 0.9), Answer("gone.jpg", error="truncated")]
    draw_examples(answers, [["cat"], ["cat"]], [photo].__getitem__, tmp_path / "examples.png")
    assert (tmp_path / "examples.png").is_file()


def test_nothing_to_show_is_an_empty_picture(tmp_path):
    draw_examples([], [], [].__getitem__, tmp_path / "examples.png")
    assert (tmp_path / "examples.png").is_file()


def test_class_names_are_text_whatever_they_hold(tmp_path, photo):
    names = ["a$b$", r"$\frac$", "猫", "_x_"]
    draw_examples(
        [answer("a", name, 0.5) for name in names],
        [[name] for name in names[::-1]],
        lambda index: photo,
        tmp_path / "examples.png",
    )
    assert (tmp_path / "examples.png").is_file()


def test_a_camera_photo_and_one_in_cmyk_are_drawn(tmp_path):
    Image.new("CMYK", (4000, 3000), (0, 200, 200, 0)).save(tmp_path / "big.jpg")
    read = [(tmp_path / "big.jpg").read_bytes()].__getitem__
    draw_examples([answer("big.jpg", "cat", 0.5)], [["cat"]], read, tmp_path / "examples.png")
    with Image.open(tmp_path / "examples.png") as picture:
        red, green, blue = picture.convert("RGB").getpixel((90, 110))
    assert red > 200 > 100 > max(green, blue)
