"""What `make_dataset` gives. Long because one function has that many promises, on the same small photos."""

import re
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from splits import grey, grey_split, level_of, photos_in

from effnetv2_keras.configs.preprocessing import Crop, Preprocessing, View
from effnetv2_keras.data.bad_files import BadFileLog
from effnetv2_keras.data.open_source import open_source
from effnetv2_keras.data.pipeline import make_dataset
from effnetv2_keras.errors import UsageError
from effnetv2_keras.layers.knobs import Feed, Knobs

SEVEN_TENTHS = Preprocessing("own", Crop((0.7, 0.7), (3 / 4, 4 / 3)), View(), "a test")
CODES = range(0, 240, 20)  # each photo is one grey, so that a batch tells which photos it holds


def write_codes(folder, codes=CODES, side=40):
    """Writes photos of one grey each, by turns in class `a` and `b`, and opens them as one split."""
    for code in codes:
        path = folder / "train" / "ab"[code // 20 % 2] / f"{code:03d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (side, side), (code,) * 3).save(path)
    return open_split_of_all(folder)


def open_split_of_all(folder):
    if not (folder / "val").exists():
        (folder / "val").symlink_to(folder / "train")
    return open_source(folder).train


@pytest.fixture
def split(tmp_path):
    return write_codes(tmp_path)


def knobs_of(**settings):
    import keras

    inputs = keras.Input((None, None, 3))
    return Knobs(keras.Model(inputs, inputs), **settings)


def codes_of(images):
    """Returns which photos a batch holds."""
    return [int(value) for value in np.asarray(images)[:, 0, 0, 0]]


def epoch_codes(dataset):
    return [code for images, _ in dataset for code in codes_of(images)]


def truncate(path):
    """Cuts a photo in the middle of its pixels; the header stays whole."""
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype("uint8")
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damaged_split(folder, codes):
    """Opens the photos with those of `codes` truncated; returns the split and the damaged files."""
    split = write_codes(folder)
    damaged = [location for location in split.locations if int(location[-7:-4]) in codes]
    for location in damaged:
        truncate(folder / location)
    return open_split_of_all(folder), damaged


def test_batches_are_square_bytes_and_class_numbers(split):
    dataset = make_dataset(split, 4, knobs=knobs_of(), image_size=32)
    images, labels = next(iter(dataset))
    assert images.shape == (4, 32, 32, 3)
    assert images.dtype == tf.uint8
    assert labels.dtype == tf.int32
    assert [code // 20 % 2 for code in codes_of(images)] == labels.numpy().tolist()


def test_an_epoch_shows_every_photo_once_in_an_order_of_its_own(split):
    knobs = knobs_of()
    dataset = make_dataset(split, 4, knobs=knobs, image_size=32)
    first = epoch_codes(dataset)
    knobs.epoch = 1
    second = epoch_codes(dataset)
    assert sorted(first) == sorted(second) == list(CODES)
    assert first != second
    knobs.epoch = 0
    assert epoch_codes(dataset) == first


def test_the_seed_decides_the_order_and_the_windows(tmp_path):
    rng = np.random.default_rng(0)
    for name in "aabb":
        path = tmp_path / "train" / name / f"{rng.integers(1000)}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (40, 40, 3)).astype("uint8")).save(path)
    noisy = open_split_of_all(tmp_path)

    def pixels(seed):
        return next(iter(make_dataset(noisy, 4, knobs=knobs_of(seed=seed), image_size=32)))[0].numpy()

    np.testing.assert_array_equal(pixels(5), pixels(5))
    assert (pixels(5) != pixels(6)).any()


def test_the_order_wraps_around_where_batches_do_not_divide_the_photos(split):
    dataset = make_dataset(split, 5, knobs=knobs_of(), image_size=32)
    codes = epoch_codes(dataset)
    assert dataset.cardinality().numpy() == 3
    assert len(codes) == 15
    assert sorted(codes[:12]) == list(CODES)
    assert codes[12:] == codes[:3]


def test_a_batch_may_be_larger_than_the_data(split):
    codes = epoch_codes(make_dataset(split, 30, knobs=knobs_of(), image_size=32))
    assert len(codes) == 30
    assert set(codes) == set(CODES)


def test_the_number_of_steps_can_be_set(split):
    knobs = knobs_of()
    dataset = make_dataset(split, 4, knobs=knobs, image_size=32, steps_per_epoch=7)
    assert dataset.cardinality().numpy() == 7
    assert len(epoch_codes(dataset)) == 28
    assert knobs.feed == Feed(num_images=28, batch_sizes=(4,))
    assert knobs.feed.steps_at(None) == 7


def test_an_epoch_goes_on_from_its_middle_with_the_same_images(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(12):
        path = tmp_path / "train" / "ab"[number % 2] / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (50, 60, 3)).astype("uint8")).save(path)
    knobs = knobs_of(seed=1)
    dataset = make_dataset(open_split_of_all(tmp_path), 3, knobs=knobs, image_size=32)
    knobs.epoch = 2
    whole = list(dataset)
    knobs.start_step = 2
    rest = list(dataset)[:2]
    for (images, labels), (expected_images, expected_labels) in zip(rest, whole[2:], strict=True):
        np.testing.assert_array_equal(images, expected_images)
        np.testing.assert_array_equal(labels, expected_labels)


def test_the_size_is_read_when_an_iteration_starts(split):
    knobs = knobs_of(image_size=32)
    dataset = make_dataset(split, 4, knobs=knobs)
    assert dataset.element_spec[0].shape.as_list() == [4, None, None, 3]
    iterator = iter(dataset)
    assert next(iterator)[0].shape == (4, 32, 32, 3)
    knobs.image_size = 48
    assert next(iterator)[0].shape == (4, 32, 32, 3)
    assert next(iter(dataset))[0].shape == (4, 48, 48, 3)


def test_a_size_that_nobody_sets_is_said(split):
    dataset = make_dataset(split, 4, knobs=knobs_of())
    with pytest.raises(tf.errors.OpError, match="`image_size` is not set: give it to make_dataset"):
        next(iter(dataset))


def test_training_crops_follow_the_orientation(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the stored top is the right side
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:20] = 255
    for name in "ab":
        (tmp_path / "train" / name).mkdir(parents=True)
        Image.fromarray(pixels).save(tmp_path / "train" / name / "1.jpg", exif=exif, quality=95)
    dataset = make_dataset(open_split_of_all(tmp_path), 2, knobs=knobs_of(), image_size=32, preprocessing=SEVEN_TENTHS)
    images = next(iter(dataset))[0].numpy()
    assert (images[:, :, -4:] > 250).all()
    assert (images[:, :, :4] < 5).all()


def test_measuring_shows_every_photo_once_in_order(split):
    dataset = make_dataset(split, 5, image_size=32)
    assert dataset.cardinality().numpy() == 3
    assert dataset.element_spec[0].shape.as_list() == [None, 32, 32, 3]
    assert epoch_codes(dataset) == [int(location[-7:-4]) for location in split.locations]
    labels = np.concatenate([labels for _, labels in dataset])
    np.testing.assert_array_equal(labels, split.labels)


def test_a_damaged_photo_is_named_and_its_place_filled_in_training(tmp_path):
    split, (damaged,) = damaged_split(tmp_path, {40})
    told = []
    log = BadFileLog(told=told.append)
    knobs = knobs_of()
    dataset = make_dataset(split, 4, knobs=knobs, image_size=32, bad_files=log)
    batches = list(dataset)
    assert [len(labels) for _, labels in batches] == [4, 4, 4]
    shown = [code for images, _ in batches for code in codes_of(images)]
    assert set(shown) == set(CODES) - {40}
    for images, labels in batches:
        assert [code // 20 % 2 for code in codes_of(images)] == labels.numpy().tolist()
    assert [bad.location for bad in log.files] == [damaged]
    assert log.files[0].reason.startswith("cannot be decoded: truncated or damaged")
    knobs.epoch = 1
    list(dataset)
    assert told == list(log.files)  # once, however often it is met


def test_damaged_photos_are_named_and_left_out_in_measuring(tmp_path):
    split, damaged = damaged_split(tmp_path, {0, 60, 220})
    log = BadFileLog()
    dataset = make_dataset(split, 5, image_size=32, bad_files=log)
    assert sorted(epoch_codes(dataset)) == sorted(set(CODES) - {0, 60, 220})
    assert sorted(bad.location for bad in log.files) == damaged
    labels = np.concatenate([labels for _, labels in dataset])
    assert [code // 20 % 2 for code in epoch_codes(dataset)] == labels.tolist()


def test_a_measuring_batch_may_be_all_damaged(tmp_path):
    split, _ = damaged_split(tmp_path, {0, 40, 80})  # the first three of class a
    sizes = [images.shape for images, _ in make_dataset(split, 3, image_size=32)]
    assert sizes == [(0, 32, 32, 3), *[(3, 32, 32, 3)] * 3]


def test_a_training_batch_that_is_all_damaged_borrows_from_the_order(tmp_path):
    split, _ = damaged_split(tmp_path, {40, 60})
    codes = epoch_codes(make_dataset(split, 1, knobs=knobs_of(), image_size=32))
    assert len(codes) == 12
    assert set(codes) == set(CODES) - {40, 60}


def test_training_stops_where_no_photo_can_be_read(tmp_path):
    split, _ = damaged_split(tmp_path, set(CODES))
    dataset = make_dataset(split, 4, knobs=knobs_of(), image_size=32)
    with pytest.raises(tf.errors.OpError, match="16 photos in a row cannot be decoded"):
        list(dataset)


def test_a_file_that_is_gone_is_a_bad_file_too(split, tmp_path):
    (tmp_path / "train" / "a" / "000.png").unlink()
    log = BadFileLog()
    codes = epoch_codes(make_dataset(split, 4, image_size=32, bad_files=log))
    assert codes == [40, 80, 120, 160, 200, *range(20, 240, 40)]
    assert log.files[0].location.endswith("/train/a/000.png")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 0, "image_size": 32}, "`batch_size` must be at least 1. Got: 0."),
        ({"batch_size": 4}, "`image_size` must be given where no `knobs` set it. Got: None."),
        ({"batch_size": 4, "image_size": 31}, "`image_size` must be at least 32 px. Got: 31."),
        ({"batch_size": 4, "image_size": 0}, "`image_size` must be at least 32 px. Got: 0."),
        (
            {"batch_size": 4, "image_size": 32, "steps_per_epoch": 0},
            "`steps_per_epoch` must be at least 1. Got: 0.",
        ),
        (
            {"batch_size": 4, "image_size": 32, "cache": "tape"},
            "`cache` must be 'ram', 'disk' or None. Got: 'tape'.",
        ),
        (
            {"batch_size": 4, "image_size": 32, "crop_area": (0.5, 0.2)},
            "`crop_area` must be two shares of the area, 0 < first <= last <= 1. Got: (0.5, 0.2).",
        ),
        (
            {"batch_size": 4, "image_size": 32, "preprocessing": "v3"},
            "Unknown preprocessing: 'v3'. Nearest: v2, v1.",
        ),
    ],
)
def test_refuses_settings_out_of_their_range(split, settings, message):
    with pytest.raises(UsageError) as caught:
        make_dataset(split, **settings)
    assert str(caught.value) == message


@pytest.mark.parametrize(("name", "value"), [("crop_area", (0.5, 1.0)), ("steps_per_epoch", 3)])
def test_what_only_training_has_is_refused_where_it_would_change_nothing(split, name, value):
    with pytest.raises(UsageError) as caught:
        make_dataset(split, 4, image_size=32, **{name: value})
    assert str(caught.value) == f"`{name}` must be None without `knobs`: only training has it. Got: {value}."


def test_refuses_a_split_without_images(split):
    with pytest.raises(UsageError, match=r"The none split must hold at least one image\. Got: 0\."):
        make_dataset(split.select(np.array([], int), "none"), 4, image_size=32)


def test_balance_shows_a_rare_class_as_often(tmp_path):
    split = write_codes(tmp_path, [0, 40, 80, 120, 160, 200, 220])  # six of class a, one of b
    dataset = make_dataset(split.balanced(), 4, knobs=knobs_of(), image_size=32, steps_per_epoch=10)
    labels = np.concatenate([labels for _, labels in dataset])
    assert abs(int(labels.sum()) - 20) <= 4


def test_images_with_several_classes_come_with_rows():
    split = grey_split(6, [(0,), (1, 2), (), (2,), (0, 1, 2), (1,)], ("a", "b", "c"))
    expected = [[1, 0, 0], [0, 1, 1], [0, 0, 0], [0, 0, 1], [1, 1, 1], [0, 1, 0]]
    dataset = make_dataset(split, 4, image_size=32)
    assert dataset.element_spec[1] == tf.TensorSpec((None, 3), tf.uint8)
    assert np.concatenate([labels for _, labels in dataset]).tolist() == expected
    training = make_dataset(split, 3, knobs=knobs_of(), image_size=32)
    for images, labels in training:
        assert labels.numpy().tolist() == [expected[photo] for photo in photos_in(images)]


def test_small_phases_read_the_smaller_copies_and_large_ones_the_photos():
    copies = level_of([grey(200)] * 4, side=40)  # told apart by their grey
    split = grey_split(4, shrunk=(copies,))
    knobs = knobs_of(image_size=32)
    dataset = make_dataset(split, 4, knobs=knobs)
    assert photos_in(next(iter(dataset))[0]) == [20] * 4  # 1.25 x 32 = 40 px are enough
    knobs.image_size = 33
    assert sorted(photos_in(next(iter(dataset))[0])) == [0, 1, 2, 3]


def test_measuring_takes_the_photos_as_they_came():
    split = grey_split(4, shrunk=(level_of([grey(200)] * 4, side=40),))
    assert photos_in(next(iter(make_dataset(split, 4, image_size=32)))[0]) == [0, 1, 2, 3]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_files_of_one_kind_are_read_as_mixed_ones_are(kind):
    split = grey_split(6, kind=kind)
    mixed = replace(split, full=replace(split.full, formats=np.array([kind] * 5 + ["GIF"])))
    for known, asked in zip(
        make_dataset(split, 3, knobs=knobs_of(), image_size=32),
        make_dataset(mixed, 3, knobs=knobs_of(), image_size=32),
        strict=True,
    ):
        np.testing.assert_array_equal(known[0], asked[0])


def test_two_workers_show_what_one_does():
    def shown(worker, num_workers, batch_size):
        knobs = knobs_of()
        knobs.worker, knobs.num_workers = worker, num_workers
        dataset = make_dataset(grey_split(12), batch_size, knobs=knobs, image_size=32)
        return [photos_in(images) for images, _ in dataset]

    whole, halves = shown(0, 1, 4), [shown(worker, 2, 2) for worker in range(2)]
    assert [first + second for first, second in zip(*halves, strict=True)] == whole


@pytest.mark.parametrize("cache", ["ram", "disk"])
def test_a_cache_saves_reading_in_the_second_epoch(tmp_path, monkeypatch, cache):
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    split = grey_split(6)
    knobs = knobs_of()
    dataset = make_dataset(split, 3, knobs=knobs, image_size=32, cache=cache)
    first = sorted(photo for images, _ in dataset for photo in photos_in(images))
    knobs.epoch = 1
    second = sorted(photo for images, _ in dataset for photo in photos_in(images))
    assert first == second == list(range(6))
    assert sorted(split.full.store.reads) == list(range(6))


def test_batches_may_come_as_they_get_ready():
    dataset = make_dataset(grey_split(6), 3, image_size=32, deterministic=False)
    assert dataset.options().deterministic is False
    assert sorted(photo for images, _ in dataset for photo in photos_in(images)) == list(range(6))
    assert make_dataset(grey_split(6), 3, image_size=32).options().deterministic is True


def test_too_many_damaged_photos_stop_an_epoch_by_name(tmp_path):
    split = grey_split(24)
    for index in range(0, 24, 2):
        split.full.store.files[index] = b""
    log = BadFileLog(total=24)
    with pytest.raises(tf.errors.OpError, match="At most 0.01 of the images may be unreadable"):
        list(make_dataset(split, 4, knobs=knobs_of(), image_size=32, bad_files=log))
    assert re.match(r"At most 0\.01 of the images may be unreadable .* Got: 1\d of 24, among them", log.verdict)


def test_batches_have_the_size_that_the_knobs_ask_for(split):
    knobs = knobs_of(image_size=32)
    data = make_dataset(split, [6, 4, 5], knobs=knobs)
    assert data.element_spec[0].shape.as_list() == [None, None, None, 3]
    assert data.cardinality().numpy() == 3  # the most that an epoch needs
    for asked, size in ((None, 6), (4, 4), (5, 5), (6, 6)):
        knobs.batch_size = asked
        batches = [images.numpy()[:, 0, 0, 0] for images, _ in data]
        assert [len(images) for images in batches] == [size] * 3
        assert set(np.concatenate(batches[: knobs.feed.steps_at(asked)])) == set(CODES)


def test_steps_an_epoch_are_of_the_first_size(split):
    knobs = knobs_of(image_size=32)
    make_dataset(split, [8, 4], knobs=knobs, steps_per_epoch=3)
    assert [knobs.feed.steps_at(size) for size in (None, 8, 4)] == [3, 3, 6]


def test_an_epoch_of_another_batch_size_begins_in_its_middle(split):
    knobs = knobs_of(image_size=32)
    data = make_dataset(split, [6, 4], knobs=knobs)
    knobs.batch_size = 4
    whole = [images.numpy() for images, _ in data]
    knobs.start_step = 2
    np.testing.assert_array_equal(next(iter(data))[0], whole[2])


def test_batch_sizes_that_make_no_sense_are_refused(split):
    for sizes, got in (([6, 0], "6, 0"), ([], "none")):
        with pytest.raises(UsageError, match=f"`batch_size` must be at least 1. Got: {got}."):
            make_dataset(split, sizes, knobs=knobs_of(image_size=32))
    with pytest.raises(UsageError, match="`batch_size` must be one that make_dataset was given, 6, 4. Got: 5."):
        Feed(num_images=12, batch_sizes=(6, 4)).size_at(5)


def test_measuring_has_one_batch_size(split):
    with pytest.raises(UsageError, match="`batch_size` must be one number where no `knobs` choose. Got: 2."):
        make_dataset(split, [6, 4], image_size=32)
