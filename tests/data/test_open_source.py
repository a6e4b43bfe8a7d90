import shutil

import numpy as np
import pytest
from PIL import Image

from effnetv2_keras.data.open_source import open_source, open_split
from effnetv2_keras.errors import DataError, UsageError


def fill(folder, **counts):
    """Writes so many images into each class folder."""
    for name, count in counts.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            Image.new("RGB", (20, 20)).save(folder / name / f"{number:02d}.png")
    return folder


def names(split):
    return ["/".join(location.split("/")[-2:]) for location in split.locations]


def test_sets_aside_the_share_of_each_class(tmp_path):
    source = open_source(fill(tmp_path / "data", cat=10, dog=20, emu=2), validation=0.2)
    assert source.class_names == ("cat", "dog", "emu")
    assert source.num_classes == 3
    assert source.train.counts() == {"cat": 8, "dog": 16, "emu": 1}
    assert source.validation.counts() == {"cat": 2, "dog": 4, "emu": 1}
    assert (source.train.name, source.validation.name) == ("train", "validation")
    assert set(names(source.train)).isdisjoint(names(source.validation))


def test_the_same_seed_sets_aside_the_same_images_wherever_the_folder_is(tmp_path):
    folder = fill(tmp_path / "data", cat=20, dog=20)
    first = names(open_source(folder, seed=3).validation)
    shutil.move(folder, tmp_path / "elsewhere")
    assert names(open_source(tmp_path / "elsewhere", seed=3).validation) == first
    assert names(open_source(tmp_path / "elsewhere", seed=4).validation) != first


def test_a_class_keeps_its_split_when_another_class_grows(tmp_path):
    folder = fill(tmp_path / "data", cat=20, dog=20)
    before = [name for name in names(open_source(folder).validation) if name.startswith("dog")]
    Image.new("RGB", (20, 20)).save(folder / "cat" / "more.png")
    assert [name for name in names(open_source(folder).validation) if name.startswith("dog")] == before


@pytest.mark.parametrize("training", ["train", "training", "Train"])
@pytest.mark.parametrize("held_out", ["val", "valid", "validation", "test", "Testing"])
def test_folders_named_like_splits_are_the_splits(tmp_path, training, held_out):
    fill(tmp_path / training, cat=3, dog=2)
    fill(tmp_path / held_out, cat=1, dog=1)
    source = open_source(tmp_path)
    assert source.train.counts() == {"cat": 3, "dog": 2}
    assert source.validation.counts() == {"cat": 1, "dog": 1}


def test_val_is_measured_on_in_training_and_test_in_evaluation(tmp_path):
    fill(tmp_path / "train", cat=3, dog=3)
    fill(tmp_path / "val", cat=1, dog=2)
    fill(tmp_path / "test", cat=2, dog=1)
    assert open_source(tmp_path).validation.counts() == {"cat": 1, "dog": 2}
    assert open_split(tmp_path, ("cat", "dog"))[0].counts() == {"cat": 2, "dog": 1}
    assert open_split(tmp_path / "val", ("cat", "dog"))[0].counts() == {"cat": 1, "dog": 2}


def test_a_train_folder_alone_is_split(tmp_path):
    fill(tmp_path / "train", cat=5, dog=5)
    source = open_source(tmp_path)
    assert source.train.counts() == {"cat": 4, "dog": 4}
    assert source.validation.counts() == {"cat": 1, "dog": 1}


def test_a_class_may_be_called_train(tmp_path):
    assert open_source(fill(tmp_path, bus=4, car=4, train=4)).class_names == ("bus", "car", "train")


def test_validation_may_lack_a_class(tmp_path):
    fill(tmp_path / "train", cat=3, dog=3)
    fill(tmp_path / "val", cat=1)
    assert open_source(tmp_path).validation.counts() == {"cat": 1, "dog": 0}


def test_evaluation_keeps_the_label_numbers_of_the_known_classes(tmp_path):
    split, bad = open_split(fill(tmp_path, emu=2), ("cat", "dog", "emu"))
    assert split.labels.tolist() == [2, 2]
    assert bad == ()
    assert split.class_names == ("cat", "dog", "emu")


def test_the_summary_names_what_was_left_out(tmp_path):
    folder = fill(tmp_path / "data", cat=5, dog=5)
    (folder / "cat" / "broken.jpg").touch()
    (folder / "cat" / "raw.heic").touch()
    (folder / "dog" / "notes.txt").touch()
    assert str(open_source(folder)) == (
        "2 classes, 8 training and 2 validation images\n"
        "skipped 1 unreadable:\n"
        f"  {folder}/cat/broken.jpg: empty file\n"
        "ignored 2 other files (.heic 1, .txt 1); save .heic as JPEG to have them used"
    )


def test_the_summary_names_ten_unreadable_files_and_counts_the_rest(tmp_path):
    folder = fill(tmp_path / "data", cat=5, dog=5)
    for number in range(12):
        (folder / "cat" / f"broken{number:02d}.jpg").touch()
    lines = str(open_source(folder, max_bad_fraction=1.0)).splitlines()
    assert lines[1] == "skipped 12 unreadable:"
    assert lines[-1] == "  and 2 more"
    assert len(lines) == 13


def refusal(location, **settings):
    with pytest.raises(DataError) as caught:
        open_source(location, **settings)
    return str(caught.value)


def test_refuses_a_directory_that_is_not_there(tmp_path):
    assert refusal(tmp_path / "nowhere") == f"No such directory: {tmp_path}/nowhere."


def test_refuses_a_file(tmp_path):
    (tmp_path / "data.zip").touch()
    assert refusal(tmp_path / "data.zip") == (
        f"{tmp_path}/data.zip must be a directory of class folders, a table or shards (docs/data.md). Got a file."
    )


def test_no_images_lists_the_extensions_seen(tmp_path):
    (tmp_path / "cat").mkdir()
    for name in ("1.heic", "2.heic", "3.tiff"):
        (tmp_path / "cat" / name).touch()
    assert refusal(tmp_path) == (
        f"No images in {tmp_path}: a folder a class is needed, with .jpg .jpeg .png .bmp .gif .webp files in it. "
        "Other files seen: 2 .heic, 1 .tiff."
    )


def test_images_without_class_folders_are_seen_and_said(tmp_path):
    Image.new("RGB", (20, 20)).save(tmp_path / "1.jpg")
    message = refusal(tmp_path)
    assert message.startswith(f"No images in {tmp_path}: a folder a class is needed")
    assert message.endswith("Other files seen: 1 .jpg.")


def test_an_empty_folder_has_no_images(tmp_path):
    assert refusal(tmp_path).endswith("Other files seen: none.")


def test_only_unreadable_images_are_no_images(tmp_path):
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "1.jpg").touch()
    assert refusal(tmp_path).endswith(
        f"Other files seen: none. 1 image file is unreadable, the first: {tmp_path}/cat/1.jpg (empty file)."
    )


def test_refuses_one_class_only(tmp_path):
    assert refusal(fill(tmp_path, cat=5)) == (f"{tmp_path} must hold at least 2 classes. Got one only: 'cat'.")


def test_refuses_an_empty_class(tmp_path):
    assert refusal(fill(tmp_path, cat=5, dog=5, emu=0)) == (
        f"Every class of {tmp_path} must have images to train on. Got none for 1 of 3: emu."
    )


def test_refuses_a_class_with_a_single_image_where_it_has_to_be_split(tmp_path):
    assert refusal(fill(tmp_path, cat=5, dog=1)) == (
        "Class 'dog' needs at least 2 images, one to train on and one to validate on. Got: 1."
    )


def test_a_single_image_is_enough_where_there_is_a_validation_folder(tmp_path):
    fill(tmp_path / "train", cat=1, dog=1)
    fill(tmp_path / "val", cat=1, dog=1)
    assert len(open_source(tmp_path).train) == 2


def test_refuses_a_validation_class_that_training_lacks(tmp_path):
    fill(tmp_path / "train", cat=3, dog=3)
    fill(tmp_path / "val", cat=1, emu=1)
    assert refusal(tmp_path) == (
        f"Class folders in {tmp_path}/val must be among the 2 known classes (cat, dog). Got also: emu."
    )


def test_refuses_splits_without_one_to_train_on(tmp_path):
    fill(tmp_path / "val", cat=1, dog=1)
    fill(tmp_path / "test", cat=1, dog=1)
    assert refusal(tmp_path) == f"{tmp_path} must hold a train folder beside test and val. Got none."


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 2])
def test_refuses_a_share_outside_its_range(tmp_path, share):
    with pytest.raises(UsageError, match=r"`validation` must be between 0 and 1, a share of each class\. Got: "):
        open_source(fill(tmp_path, cat=2, dog=2), validation=share)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"validation": 1.0}, "`validation` must be between 0 and 1, a share of each class. Got: 1.0."),
        ({"seed": -1}, "`seed` must be a whole number of at least 0. Got: -1."),
        ({"max_per_class": 0}, "`max_per_class` must be a whole number of at least 1. Got: 0."),
        ({"max_bad_fraction": 1.5}, "`max_bad_fraction` must be between 0 and 1. Got: 1.5."),
    ],
)
def test_settings_are_refused_before_a_file_is_looked_at(tmp_path, settings, sentence):
    with pytest.raises(UsageError) as error:
        open_source(tmp_path / "gone", **settings)
    assert str(error.value) == sentence


def test_every_photo_is_in_exactly_one_split(tmp_path):
    source = open_source(fill(tmp_path, cat=7, dog=9), validation=0.35)
    everything = sorted(names(source.train) + names(source.validation))
    assert everything == [f"cat/{i:02d}.png" for i in range(7)] + [f"dog/{i:02d}.png" for i in range(9)]
    assert np.all(np.diff(source.train.labels) >= 0)


def test_too_many_unreadable_files_stop_before_anything_is_trained(tmp_path):
    folder = fill(tmp_path / "data", cat=500, dog=489)
    for number in range(9):
        (folder / "cat" / f"broken{number:02d}.jpg").touch()
    assert len(open_source(folder, max_bad_fraction=0.0).bad_files) == 9  # fewer than ten always are borne
    for number in range(9, 11):
        (folder / "cat" / f"broken{number:02d}.jpg").touch()
    first = "; ".join(f"{folder}/cat/broken{number:02d}.jpg (empty file)" for number in range(3))
    assert refusal(folder) == (
        "At most 0.01 of the images may be unreadable (`max_bad_fraction`). "
        f"Got: 11 of 1000, among them {first}. `effnetv2 data check` lists them all."
    )
    assert len(open_source(folder, max_bad_fraction=0.011).bad_files) == 11


def test_a_cap_keeps_some_training_images_of_each_class(tmp_path):
    source = open_source(fill(tmp_path, cat=20, dog=5, emu=10), max_per_class=6)
    assert source.train.counts() == {"cat": 6, "dog": 4, "emu": 6}
    assert source.validation.counts() == {"cat": 4, "dog": 1, "emu": 2}
    again = open_source(tmp_path, max_per_class=6)
    assert again.train.locations == source.train.locations
    assert open_source(tmp_path, max_per_class=6, seed=1).train.locations != source.train.locations


def test_class_weights_make_every_class_count_as_much(tmp_path):
    source = open_source(fill(tmp_path, cat=40, dog=10))
    assert source.train.counts() == {"cat": 32, "dog": 8}
    assert source.train.class_weights() == {0: 0.625, 1: 2.5}


def test_reading_headers_is_told(tmp_path):
    told = []
    open_source(fill(tmp_path, cat=300, dog=10), advance=lambda done, total: told.append((done, total)))
    assert told == [(256, 310), (310, 310)]


def test_refuses_a_cap_below_one(tmp_path):
    with pytest.raises(UsageError, match=r"`max_per_class` must be a whole number of at least 1\. Got: 0\."):
        open_source(fill(tmp_path, cat=2, dog=2), max_per_class=0)
