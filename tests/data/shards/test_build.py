import hashlib
import io
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from effnetv2_keras.data.open_source import open_source
from effnetv2_keras.data.pipeline import make_dataset
from effnetv2_keras.data.shards.build import build_shards
from effnetv2_keras.errors import DataError, UsageError

RNG = np.random.default_rng(0)


def write_photos(folder, count=6, size=(90, 60)):
    """Writes noisy photos of two classes, in train and val; one lies on its side, one is a PNG."""
    for split, number in (("train", count), ("val", 2)):
        for name in ("ant", "bee"):
            place = folder / split / name
            place.mkdir(parents=True)
            for i in range(number):
                coarse = RNG.integers(0, 256, (6, 9, 3)).astype("uint8")
                Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(place / f"{i}.jpg", quality=95)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = folder / "train" / "ant" / "0.jpg"
    Image.open(turned).save(turned, quality=95, exif=exif)
    Image.open(folder / "train" / "bee" / "0.jpg").save(folder / "train" / "bee" / "0.jpg", format="PNG")
    return folder


@pytest.fixture
def photos(tmp_path):
    return write_photos(tmp_path / "photos")


def bytes_of(split):
    return sorted(split.bytes(index) for index in range(len(split)))


def test_shards_hold_what_the_folder_held(photos, tmp_path):
    source = open_source(photos)
    built = build_shards(source, tmp_path / "shards", num_shards=2)
    assert (built.num_images, built.num_shards, built.num_reused, built.bad_files) == (16, 3, 0, ())
    again = open_source(tmp_path / "shards")
    assert again.class_names == ("ant", "bee")
    assert again.train.counts() == {"ant": 6, "bee": 6}
    assert again.validation.counts() == {"ant": 2, "bee": 2}
    assert bytes_of(again.validation) == bytes_of(source.validation)
    upright = [i for i in range(12) if source.train.orientations[i] == 1]
    assert {source.train.bytes(i) for i in upright} < set(bytes_of(again.train))
    for index in range(12):
        assert again.train.sha256[index] == hashlib.sha256(again.train.bytes(index)).hexdigest()


def test_the_labels_go_with_their_photos(photos, tmp_path):
    source = open_source(photos)
    build_shards(source, tmp_path / "shards")
    again = open_source(tmp_path / "shards").train
    known = {source.train.bytes(i): source.train.label_names(i) for i in range(12)}
    same = [again.label_names(i) == known[again.bytes(i)] for i in range(12) if again.bytes(i) in known]
    assert same == [True] * 11


def test_a_photo_on_its_side_is_stored_upright(photos, tmp_path):
    build_shards(open_source(photos), tmp_path / "shards")
    again = open_source(tmp_path / "shards").train
    (turned,) = [i for i in range(12) if again.sizes[i].tolist() == [90, 60]]
    assert again.orientations.tolist() == [1] * 12
    expected = Image.open(photos / "train" / "ant" / "0.jpg").transpose(Image.Transpose.ROTATE_270)
    got = Image.open(io.BytesIO(again.bytes(turned)))
    assert np.abs(np.asarray(got, float) - np.asarray(expected)).mean() < 2


def test_the_pyramid_holds_smaller_copies_of_the_same_photos(photos, tmp_path):
    build_shards(open_source(photos), tmp_path / "shards", pyramid=(32, 48))
    train = open_source(tmp_path / "shards").train
    assert [level.side for level in train.levels()] == [None, 32, 48]
    assert [train.level_for(size).side for size in (20, 25, 26, 38, 39)] == [32, 32, 48, 48, None]
    for level in train.shrunk:
        for index in range(12):
            copy = Image.open(io.BytesIO(level.store.read(index)))
            assert min(copy.size) == level.side
            assert (copy.height, copy.width) == tuple(level.sizes[index])
            whole = (
                Image.open(io.BytesIO(train.bytes(index))).convert("RGB").resize(copy.size, Image.Resampling.LANCZOS)
            )
            assert np.abs(np.asarray(copy, float) - np.asarray(whole)).mean() < 6


def test_a_photo_smaller_than_a_level_is_kept_as_it_is(photos, tmp_path):
    build_shards(open_source(photos), tmp_path / "shards", pyramid=(200,))
    train = open_source(tmp_path / "shards").train
    assert [train.shrunk[0].store.read(i) for i in range(12)] == [train.bytes(i) for i in range(12)]


def test_other_programs_read_the_records(photos, tmp_path):
    build_shards(open_source(photos), tmp_path / "shards")
    (file,) = (tmp_path / "shards").glob("train-*.tfrecord")
    schema = {
        "image/encoded": tf.io.FixedLenFeature([], tf.string),
        "image/class/label": tf.io.FixedLenFeature([], tf.int64),
        "image/class/text": tf.io.FixedLenFeature([], tf.string),
        "image/height": tf.io.FixedLenFeature([], tf.int64),
    }
    rows = [tf.io.parse_single_example(record, schema) for record in tf.data.TFRecordDataset(str(file))]
    assert len(rows) == 12
    for row in rows:
        assert (b"ant", b"bee")[int(row["image/class/label"])] == row["image/class/text"]
        assert tf.io.decode_image(row["image/encoded"]).shape[0] == int(row["image/height"])


def test_training_reads_shards_as_it_reads_a_folder(photos, tmp_path):
    import keras

    from effnetv2_keras.layers.knobs import Knobs

    build_shards(open_source(photos), tmp_path / "shards", pyramid=(40,))
    inputs = keras.Input((None, None, 3))
    knobs = Knobs(keras.Model(inputs, inputs), image_size=32)
    dataset = make_dataset(open_source(tmp_path / "shards").train, 4, knobs=knobs)
    assert [images.shape for images, _ in dataset] == [(4, 32, 32, 3)] * 3
    knobs.image_size = 64
    assert [images.shape for images, _ in dataset] == [(4, 64, 64, 3)] * 3


def test_damaged_photos_are_left_out_and_named(photos, tmp_path):
    damaged = photos / "train" / "ant" / "3.jpg"
    damaged.write_bytes(damaged.read_bytes()[:-400])
    built = build_shards(open_source(photos), tmp_path / "shards")
    assert [bad.location for bad in built.bad_files] == [str(damaged)]
    assert built.bad_files[0].reason.startswith("cannot be decoded: truncated or damaged")
    assert open_source(tmp_path / "shards").train.counts() == {"ant": 5, "bee": 6}


def test_several_labels_are_kept(tmp_path):
    from splits import grey_split

    from effnetv2_keras.data.manifest import Source

    sets = [(0,), (1, 2), (), (0, 1, 2)]
    split = grey_split(4, sets, ("a", "b", "c"))
    build_shards(Source(split, split.select(np.arange(2), "validation")), tmp_path / "shards")
    train = open_source(tmp_path / "shards").train
    expected = {split.bytes(i): sets[i] for i in range(4)}
    assert {train.bytes(i): tuple(train.labels.at(i)) for i in range(4)} == expected


def test_several_processes_write_what_one_does(photos, tmp_path):
    source = open_source(photos)
    told = []
    build_shards(source, tmp_path / "one", num_shards=3, pyramid=(32,))
    build_shards(source, tmp_path / "two", num_shards=3, pyramid=(32,), workers=2, advance=lambda *a: told.append(a))
    for file in sorted((tmp_path / "one").rglob("*.tfrecord")):
        assert file.read_bytes() == (tmp_path / "two" / file.relative_to(tmp_path / "one")).read_bytes()
    assert told[0] == (0, 16)
    assert told[-1] == (16, 16)


def test_a_build_that_was_broken_off_goes_on(photos, tmp_path):
    source = open_source(photos)
    build_shards(source, tmp_path / "whole", num_shards=3)
    build_shards(source, tmp_path / "again", num_shards=3)
    (tmp_path / "again" / "shards.json").unlink()
    (tmp_path / "again" / "train-00001-of-00003.npz").unlink()  # written last: its shard was not finished
    (tmp_path / "again" / ".tmp-999999999-train-00001-of-00003.tfrecord").touch()
    built = build_shards(source, tmp_path / "again", num_shards=3)
    assert (built.num_shards, built.num_reused) == (4, 3)
    assert not list((tmp_path / "again").glob(".tmp-*"))
    for file in sorted((tmp_path / "whole").glob("*.tfrecord")):
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()


BUILD = """
import sys
from effnetv2_keras.data.open_source import open_source
from effnetv2_keras.data.shards import build, write
real, count = write._add, 0
def slow(*args):
    global count
    count += 1
    if count == int(sys.argv[3]):
        print("here", flush=True)
        import time; time.sleep(60)
    return real(*args)
write._add = slow
build.build_shards(open_source(sys.argv[1]), __import__("pathlib").Path(sys.argv[2]), num_shards=4)
"""


@pytest.mark.parametrize("photo", [2, 8])
def test_a_killed_build_leaves_no_half_shard_and_goes_on(photos, tmp_path, photo):
    child = subprocess.Popen(
        [sys.executable, "-c", BUILD, str(photos), str(tmp_path / "shards"), str(photo)], stdout=subprocess.PIPE
    )
    assert child.stdout.readline() == b"here\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    finished = len(list((tmp_path / "shards").glob("*.npz")))
    assert len(list((tmp_path / "shards").glob("train-*.tfrecord"))) == finished == (photo - 1) // 3
    assert not (tmp_path / "shards" / "shards.json").exists()
    built = build_shards(open_source(photos), tmp_path / "shards", num_shards=4)
    assert (built.num_images, built.num_reused) == (16, finished)
    assert open_source(tmp_path / "shards").train.counts() == {"ant": 6, "bee": 6}


def refusal(folder):
    with pytest.raises(DataError) as caught:
        open_source(folder)
    return str(caught.value)


@pytest.fixture
def shard(photos, tmp_path):
    build_shards(open_source(photos), tmp_path / "shards")
    (file,) = (tmp_path / "shards").glob("train-*.tfrecord")
    return file


def test_a_truncated_shard_is_refused_with_what_it_must_hold(shard):
    size = shard.stat().st_size
    records = list(tf.data.TFRecordDataset(str(shard)))
    end_of_seven = sum(len(record.numpy()) + 16 for record in records[:7])
    shard.write_bytes(shard.read_bytes()[:end_of_seven])  # at a border of records, where TensorFlow sees nothing wrong
    assert len(list(tf.data.TFRecordDataset(str(shard)))) == 7
    assert refusal(shard.parent) == (
        f"{shard} must hold 12 records in {size} bytes. Got: 7 whole records in {end_of_seven} bytes."
    )
    shard.write_bytes(shard.read_bytes()[:-5])
    assert refusal(shard.parent).endswith(f"Got: 6 whole records in {end_of_seven - 5} bytes.")
    shard.write_bytes(b"")
    assert refusal(shard.parent).endswith("Got: 0 whole records in 0 bytes.")
    shard.unlink()
    assert refusal(shard.parent).endswith("Got: no such file.")


def test_a_flipped_bit_is_refused_at_opening(shard):
    content = bytearray(shard.read_bytes())
    content[1000] ^= 1
    shard.write_bytes(content)
    assert refusal(shard.parent).startswith(f"{shard} must hold 12 records as they were written (sha256 ")


def test_damage_after_opening_costs_its_photo_and_is_named(shard):
    from effnetv2_keras.data.bad_files import BadFileLog

    train = open_source(shard.parent).train
    content = bytearray(shard.read_bytes())
    content[int(train.full.store.offsets[4]) + 99] ^= 1
    shard.write_bytes(content)
    log = BadFileLog()
    assert sum(len(labels) for _, labels in make_dataset(train, 4, image_size=32, bad_files=log)) == 11
    (bad,) = log.files
    assert bad.location == f"{shard}#4"
    assert bad.reason == "damaged, or changed since it was indexed"


def test_an_index_that_is_gone_and_a_catalogue_of_another_kind_are_refused(shard):
    shard.with_suffix(".npz").unlink()
    assert "must hold the index of every shard as it was written" in refusal(shard.parent)
    (shard.parent / "shards.json").write_text(json.dumps({"version": 9}))
    assert refusal(shard.parent) == f"{shard.parent}/shards.json must be of version 1. Got: 9."
    (shard.parent / "shards.json").write_text("{")
    assert "must be what `effnetv2 data build` writes" in refusal(shard.parent)


def test_another_data_set_is_not_overwritten(photos, tmp_path):
    source = open_source(photos)
    build_shards(source, tmp_path / "shards")
    with pytest.raises(UsageError, match="OUT must be a new folder or hold a build of the same images and settings"):
        build_shards(source, tmp_path / "shards", pyramid=(32,))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    with pytest.raises(UsageError, match="OUT must be a new folder or one of shards"):
        build_shards(source, tmp_path / "mine")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pyramid": (16,)}, "`pyramid` must be sizes of at least 32 px. Got: 16."),
        ({"pyramid": (64, 64)}, "`pyramid` must hold every size once. Got: 64,64."),
        ({"num_shards": 0}, "`num_shards` must be at least 1. Got: 0."),
        ({"workers": 0}, "`workers` must be at least 1. Got: 0."),
    ],
)
def test_refuses_settings_out_of_their_range(photos, tmp_path, settings, message):
    with pytest.raises(UsageError) as caught:
        build_shards(open_source(photos), tmp_path / "shards", **settings)
    assert str(caught.value) == message
    assert not (tmp_path / "shards").exists()
