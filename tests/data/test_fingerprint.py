import shutil

import pytest
from PIL import Image
from small_photos import write_photos

from effnetv2_keras import open_source
from effnetv2_keras.data.fingerprint import fingerprint


def of(folder):
    return fingerprint(open_source(folder, validation=0.25).train, str(folder))


@pytest.fixture
def changed(photo_folder, tmp_path):
    """A copy of the photos to change."""
    return shutil.copytree(photo_folder, tmp_path / "copy")


def test_counts_images_and_classes(photo_folder):
    found = of(photo_folder)
    assert (found["images"], found["classes"]) == (9, {"blue": 3, "green": 3, "red": 3})
    assert len(found["sha256"]) == 64


def test_photos_that_were_moved_are_the_same(photo_folder, changed):
    assert of(changed) == of(photo_folder)


def test_a_new_photo_and_another_name_are_noticed(photo_folder, changed):
    (changed / "red" / "00.jpg").rename(changed / "red" / "99.jpg")
    renamed = of(changed)
    assert (renamed["images"], renamed["classes"]) == (9, {"blue": 3, "green": 3, "red": 3})
    assert renamed["sha256"] != of(photo_folder)["sha256"]
    shutil.copy(changed / "red" / "99.jpg", changed / "red" / "98.jpg")
    assert of(changed)["classes"] == {"blue": 3, "green": 3, "red": 4}


def test_a_photo_of_another_size_is_noticed(photo_folder, changed):
    for path in changed.rglob("*.jpg"):
        Image.new("RGB", (41, 40)).save(path)
    assert of(changed)["sha256"] != of(photo_folder)["sha256"]


def test_the_seed_of_the_split_is_noticed(tmp_path):
    photos = write_photos(tmp_path / "photos", 8)
    first, second = (
        fingerprint(open_source(photos, validation=0.25, seed=seed).train, str(photos))["sha256"] for seed in (0, 1)
    )
    assert first != second
