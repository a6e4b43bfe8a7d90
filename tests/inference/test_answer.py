import pytest
from PIL import Image

from effnetv2_keras.errors import DataError
from effnetv2_keras.inference.answer import Answer, Photo, answers, image_paths, photos_of_files


class Echo:
    """Answers with the name of the file, and keeps how many were asked for at a time."""

    kind, labels, image_size = "echo", (), 32

    def __init__(self):
        self.batches = []

    def answer(self, photos, top):
        self.batches.append(len(photos))
        return [Answer(photo.name, (photo.name,) * top, (1.0,) * top) for photo in photos]


def test_files_become_photos_or_say_why_not(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"abc")
    found = list(photos_of_files([tmp_path / "a.jpg", tmp_path / "b.jpg"]))
    assert found == [
        Photo(f"{tmp_path}/a.jpg", b"abc"),
        Photo(f"{tmp_path}/b.jpg", b"", "No such file or directory"),
    ]


def test_answers_come_in_order_batch_by_batch():
    echo = Echo()
    photos = (Photo(str(number), b"") for number in range(7))
    given = list(answers(echo, photos, top=2, batch_size=3))
    assert [answer.labels for answer in given] == [(str(number),) * 2 for number in range(7)]
    assert echo.batches == [3, 3, 1]


def test_files_are_taken_as_they_are_and_folders_for_their_images(tmp_path):
    for name in ("photos/b.jpg", "photos/a.PNG", "photos/deep/c.webp"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4)).save(tmp_path / name)
    (tmp_path / "photos" / "notes.txt").touch()
    (tmp_path / "photos" / "._a.jpg").touch()
    (tmp_path / "photos" / "folder.jpg").mkdir()
    (tmp_path / "strange.raw").touch()
    found = image_paths([tmp_path / "strange.raw", tmp_path / "photos"])
    names = [str(path.relative_to(tmp_path)) for path in found]
    assert names == ["strange.raw", "photos/a.PNG", "photos/b.jpg", "photos/deep/c.webp"]


def test_refuses_what_is_not_there(tmp_path):
    with pytest.raises(DataError) as caught:
        image_paths([tmp_path / "nothing.jpg"])
    assert str(caught.value) == f"No such file or directory: {tmp_path}/nothing.jpg."


def test_refuses_a_folder_without_images(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DataError) as caught:
        image_paths([tmp_path])
    assert str(caught.value) == f"{tmp_path} must hold images (.jpg .jpeg .png .bmp .gif .webp). Got none."
