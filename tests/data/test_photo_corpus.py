"""Every fault of the corpus through everything that reads photos: opening, measuring, training, serving, checking."""

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from means import mean_square
from photo_corpus import CORPUS, IGNORED, write_corpus
from PIL import Image, ImageOps

from effnetv2_keras.configs.preprocessing import get_preprocessing
from effnetv2_keras.data.bad_files import BadFileLog
from effnetv2_keras.data.check.run import check_source
from effnetv2_keras.data.decode import decode_upright
from effnetv2_keras.data.open_source import open_source
from effnetv2_keras.data.pipeline import make_dataset
from effnetv2_keras.data.resize import read_view
from effnetv2_keras.layers.knobs import Knobs

SIDE = 32
BLOCK = 0.5  # grey levels that our squares differ from Pillow's at most, on average
GOOD = [name for name, case in CORPUS.items() if case.is_good]
BAD = [name for name, case in CORPUS.items() if not case.is_good]
HIDDEN = [name for name in BAD if not CORPUS[name].known_at_opening]
WHOLE = "finetune"  # the preprocessing that shows the whole photo in training too

upright_in_graph = tf.function(decode_upright, autograph=False, input_signature=[tf.TensorSpec([], tf.string)])
view_in_graph = tf.function(
    lambda data: read_view(data, SIDE, get_preprocessing(WHOLE).view),
    autograph=False,
    input_signature=[tf.TensorSpec([], tf.string)],
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus") / "photos")


@pytest.fixture(scope="module")
def source(folder):
    return open_source(folder, validation=0.2, max_bad_fraction=1.0)


@pytest.fixture(scope="module")
def numbered(source):
    """All images that the headers let pass, as one split in which each is a class of its own."""
    places = {
        Path(location).name: (split, at)
        for split in (source.train, source.validation)
        for at, location in enumerate(split.locations)
    }
    odd = {name: place for name, place in places.items() if name in CORPUS}
    rows = [(split, at) for split, at in odd.values()]
    return replace(
        source.train,
        class_names=tuple(odd),
        locations=tuple(split.locations[at] for split, at in rows),
        labels=np.arange(len(rows), dtype=np.int32),
        full=replace(
            source.train.full,
            store=Joined([(split.full.store, at) for split, at in rows]),
            sizes=np.array([split.sizes[at] for split, at in rows]),
            orientations=np.array([split.orientations[at] for split, at in rows]),
            formats=np.array([split.full.formats[at] for split, at in rows]),
        ),
    )


class Joined:
    """Rows of several stores."""

    def __init__(self, rows):
        self.rows = rows

    def read(self, index):
        store, at = self.rows[index]
        return store.read(at)


@pytest.fixture(scope="module")
def measured(numbered):
    """What a pass of measuring gave: the image of each name, and what it left out."""
    log = BadFileLog()
    batches = make_dataset(numbered, 16, image_size=SIDE, preprocessing=WHOLE, bad_files=log)
    return by_name(numbered, batches), log


@pytest.fixture(scope="module")
def trained(numbered):
    """The same of an epoch of training."""
    log = BadFileLog()
    inputs = keras.Input((None, None, 3))
    knobs = Knobs(keras.Model(inputs, inputs))
    batches = make_dataset(numbered, 16, image_size=SIDE, knobs=knobs, preprocessing=WHOLE, bad_files=log)
    return by_name(numbered, batches), log


def by_name(split, batches):
    images = {}
    for batch, labels in batches:
        images |= {split.class_names[label]: image for image, label in zip(batch.numpy(), labels.numpy(), strict=True)}
    return images


@pytest.fixture(scope="module")
def checked(folder):
    return check_source(folder, strict=True)


def square(name, resampling):
    """Pillow's square of a case."""
    return np.asarray(Image.fromarray(CORPUS[name].reference()).resize((SIDE, SIDE), resampling), np.float32)


def halved_square(name):
    """Pillow's square of a JPEG that is decoded at half its size, as large windows are; None for a smaller one."""
    with Image.open(io.BytesIO(CORPUS[name].data)) as photo:
        if photo.format != "JPEG" or min(photo.size) < 2 * SIDE:
            return None
        photo.draft(None, (photo.width // 2, photo.height // 2))
        return mean_square(np.asarray(ImageOps.exif_transpose(photo).convert("RGB")), SIDE)


def off(image, expected):
    return np.abs(np.asarray(image, np.float32) - expected).mean()


@pytest.mark.parametrize("name", BAD)
def test_opening_leaves_out_and_names_what_a_header_gives_away(source, folder, name):
    reasons = {bad.location: bad.reason for bad in source.bad_files}
    location = f"{folder}/odd/{name}"
    assert (location in reasons) == CORPUS[name].known_at_opening
    if CORPUS[name].known_at_opening:
        assert reasons[location].startswith(CORPUS[name].reason)


def test_opening_names_nothing_else_and_counts_other_extensions(source):
    assert len(source.bad_files) == len(BAD) - len(HIDDEN) == 10
    assert source.ignored == IGNORED
    assert "ignored 3 other files (.heic 2, .tif 1); save .heic and .tif as JPEG to have them used" in str(source)


@pytest.mark.parametrize("name", GOOD)
def test_measuring_sees_what_pillow_sees(measured, name):
    images, _ = measured
    assert off(images[name], square(name, Image.Resampling.BILINEAR)) <= BLOCK + CORPUS[name].tolerance


@pytest.mark.parametrize("name", GOOD)
def test_training_sees_what_pillow_sees(trained, name):
    images, _ = trained
    expected = halved_square(name)
    if expected is None:
        expected = square(name, Image.Resampling.BOX if name != "tiny.png" else Image.Resampling.BILINEAR)
    assert off(images[name], expected) <= BLOCK + CORPUS[name].tolerance


@pytest.mark.parametrize("way", ["measured", "trained"])
def test_what_only_decoding_shows_is_left_out_counted_and_named(way, folder, request):
    images, log = request.getfixturevalue(way)
    assert sorted(images) == sorted(GOOD)
    assert sorted(Path(bad.location).name for bad in log.files) == sorted(HIDDEN)
    assert all(bad.reason.startswith(CORPUS[Path(bad.location).name].reason) for bad in log.files)
    assert all(bad.location == f"{folder}/odd/{Path(bad.location).name}" for bad in log.files)


@pytest.mark.parametrize("name", GOOD)
def test_whole_photos_are_pillows_upright(name):
    got, expected = upright_in_graph(CORPUS[name].data).numpy(), CORPUS[name].reference()
    assert got.shape == expected.shape
    assert off(got, expected.astype(np.float32)) <= CORPUS[name].tolerance


@pytest.mark.parametrize("name", GOOD)
def test_predictions_see_what_measuring_sees(measured, name):
    images, _ = measured
    np.testing.assert_array_equal(view_in_graph(CORPUS[name].data), images[name])


@pytest.mark.parametrize("name", BAD)
def test_predictions_refuse_what_is_no_photo(name):
    with pytest.raises(tf.errors.InvalidArgumentError):
        view_in_graph(CORPUS[name].data)


@pytest.mark.parametrize("name", CORPUS)
def test_a_check_finds_what_is_odd_and_nothing_else(checked, folder, name):
    case = CORPUS[name]
    location = f"{folder}/odd/{name}"
    found = {finding.name for finding, rows in checked.found().items() if location in [row.location for row in rows]}
    (row,) = (row for row in checked.rows if row.location == location)
    assert found == case.findings
    assert row.look.status.startswith("ok" if case.is_good else case.reason)


BOMBS = ("header_bomb.png", "header_bomb.jpg", "bomb.gif", "bomb.png")
PEAK = """
import resource, sys
from pathlib import Path
import tensorflow as tf
from effnetv2_keras.data.check.look import look_at
from effnetv2_keras.data.decode import decode_upright
from effnetv2_keras.data.stores.files import Files

read = tf.function(decode_upright, autograph=False, input_signature=[tf.TensorSpec([], tf.string)])
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # MiB

def refused(path):
    try:
        read(tf.constant(Path(path).read_bytes()))
    except tf.errors.InvalidArgumentError:
        return True
    return False

good, *bombs = sys.argv[1:]
assert not refused(good) and look_at(Files([good]), 0).is_ok
before = peak()
assert all(refused(bomb) for bomb in bombs)
assert not any(look_at(Files(bombs), index).is_ok for index in range(len(bombs)))
print(peak() - before)
"""


def test_bombs_are_refused_before_memory_is_taken(folder):
    paths = [str(folder / "odd" / name) for name in ("plain.jpg", *BOMBS)]
    done = subprocess.run([sys.executable, "-c", PEAK, *paths], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 60  # MiB; the smallest of them would be 412
