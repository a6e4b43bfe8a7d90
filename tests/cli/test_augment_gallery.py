import numpy as np
import pytest
from PIL import Image

from effnetv2_keras.cli.main import main


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.jpg"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 120, 3)).astype("uint8")).save(path)
    return path


def run(*arguments):
    with pytest.raises(SystemExit) as ended:
        main(["augment-gallery", *map(str, arguments)])
    return ended.value.code


def test_a_published_schedule_is_drawn_with_its_table(photo, tmp_path, capsys):
    assert run(photo, "--schedule", "paper:efficientnetv2-s", "--columns", 2, "--out", tmp_path / "g.png") == 0
    printed = capsys.readouterr().out
    assert "    3  262..349         300         15.0   0.00     0.30" in printed
    with Image.open(tmp_path / "g.png") as picture:
        assert picture.format == "PNG"
        assert picture.height > picture.width * 0.9  # four rows, two columns and the settings


def test_a_schedule_of_ones_own_is_drawn(photo, tmp_path, capsys):
    settings = ("--progressive", "32:48/2", "--randaugment", "1:5", "--mixup", "0.2", "--columns", 3)
    assert run(photo, *settings, "--out", tmp_path / "g.png") == 0
    assert (tmp_path / "g.png").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "One of `--schedule` and `--progressive` must be given. Got: none."),
        (("--schedule", "paper:efficientnetv2-s", "--progressive", "32:64/2"), "Got: both."),
        (("--schedule", "efficientnetv2-s"), "`--schedule` must be paper:MODEL"),
        (("--schedule", "paper:efficientnetv2-b0"), "Nearest: efficientnetv2-"),
        (("--progressive", "32:64/2", "--columns", "0"), "`--columns` must be at least 1. Got: 0."),
        (("--progressive", "32:64/2", "--randaugment", "much"), "`--randaugment` must be a number or FIRST:LAST"),
    ],
)
def test_mistakes_are_told_in_a_sentence(photo, arguments, message, capsys):
    assert run(photo, *arguments) == 2
    assert message in capsys.readouterr().err


def test_a_file_that_is_no_photo_is_named(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("no photo")
    assert run(tmp_path / "notes.txt", "--progressive", "32:64/2") == 3
    assert "notes.txt must be a photo" in capsys.readouterr().err
    assert run(tmp_path / "nothing.jpg", "--progressive", "32:64/2") == 3
    assert "No such file or directory" in capsys.readouterr().err
