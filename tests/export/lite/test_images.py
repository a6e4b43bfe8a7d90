import numpy as np
import pytest
from PIL import Image
from small_photos import write_photos

from effnetv2_keras import Classifier, create_model
from effnetv2_keras.errors import DataError, UsageError
from effnetv2_keras.export.lite.images import calibration_and_held_out, held_out, stand_in
from effnetv2_keras.export.subject import make_subject

LABELS = ("blue", "green", "red")


@pytest.fixture(scope="module")
def subject(tiny_model_file):
    return make_subject(Classifier(create_model(tiny_model_file, num_classes=3)), LABELS, 32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("photos")
    write_photos(place / "train", 6)
    write_photos(place / "test", 4, seed=1)
    return place


def rows(views):
    return {image.tobytes() for image in views.pixels}


def test_of_data_with_splits_training_images_calibrate_and_test_images_measure(folder, subject):
    calibration, checked = calibration_and_held_out(folder, subject, (100, 100))
    assert (len(calibration), len(checked)) == (18, 12)
    assert not rows(calibration) & rows(checked)
    assert (calibration.pixels.shape, calibration.pixels.dtype) == ((18, 32, 32, 3), np.uint8)
    assert checked.origin == "the validation images"


def test_labels_are_the_numbers_of_the_models_classes(folder, subject):
    _, checked = calibration_and_held_out(folder, subject, (1, 100))
    for image, shown in zip(checked.pixels, checked.truth, strict=True):
        [number] = shown
        assert LABELS[number] == ("red", "green", "blue")[int(image.mean(axis=(0, 1)).argmax())]


def test_data_without_splits_are_divided_and_capped(folder, subject):
    calibration, checked = calibration_and_held_out(folder / "train", subject, (5, 2))
    assert (len(calibration), len(checked)) == (5, 2)
    assert not rows(calibration) & rows(checked)
    assert len({next(iter(shown)) for shown in calibration.truth}) > 1  # not class by class


def test_a_folder_whose_folders_are_no_classes_has_no_labels(tmp_path, subject):
    write_photos(tmp_path / "2024", 3)
    calibration, checked = calibration_and_held_out(tmp_path, subject, (100, 100))
    assert (len(calibration), len(checked)) == (4, 5)
    assert calibration.truth is checked.truth is None
    assert not rows(calibration) & rows(checked)


def test_arrays_and_paths_are_taken(folder, subject):
    arrays = np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3)).astype("uint8")
    assert len(held_out(arrays, subject, 4)) == 4
    paths = sorted((folder / "test" / "red").iterdir())
    views = held_out(paths, subject, 100)
    assert (len(views), views.truth) == (4, None)
    assert len(held_out(paths[0], subject, 100)) == 1


def test_labelled_images_to_measure_on_keep_their_labels(folder, subject):
    views = held_out(folder, subject, 100)
    assert (len(views), len(views.truth)) == (12, 12)


def test_files_that_cannot_be_read_are_left_out(tmp_path, subject):
    for number in range(3):
        Image.new("RGB", (40, 40), (number, 0, 0)).save(tmp_path / f"{number}.png")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    assert len(held_out(tmp_path, subject, 100)) == 3


def test_without_images_of_your_own_a_portrait_stands_in(subject):
    views = stand_in(subject)
    assert views.pixels.shape == (6, 32, 32, 3)
    assert not views.are_own


def test_refuses_one_image_for_two_purposes(tmp_path, subject):
    Image.new("RGB", (40, 40)).save(tmp_path / "only.png")
    with pytest.raises(DataError, match="at least 2 images, one to calibrate on and one to measure on"):
        calibration_and_held_out(tmp_path, subject, (10, 10))


@pytest.mark.parametrize(
    "array", [np.zeros((2, 16, 16, 3), np.uint8), np.zeros((2, 32, 32, 3), np.float32), np.zeros((32, 32, 3), np.uint8)]
)
def test_refuses_arrays_of_another_size_or_type(array, subject):
    with pytest.raises(UsageError, match=r"must be uint8 \(N, \(32, 32, 3\)\)"):
        held_out(array, subject, 10)


def test_refuses_a_place_where_nothing_is(tmp_path, subject):
    with pytest.raises(DataError):
        held_out(tmp_path / "nowhere", subject, 10)
    with pytest.raises(DataError, match="must hold images"):
        held_out(tmp_path, subject, 10)
