import io
import pickle
import zlib

import numpy as np
import pytest
from PIL import Image
from splits import Held

from effnetv2_keras.data.stores import cache as cache_module
from effnetv2_keras.data.stores.arrays import Arrays
from effnetv2_keras.data.stores.cache import cached
from effnetv2_keras.data.stores.files import Files
from effnetv2_keras.data.stores.records import Records
from effnetv2_keras.data.stores.store import Selected, select
from effnetv2_keras.errors import DataError, UsageError

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 5, 7, 3)).astype("uint8")


def test_files_are_read_as_they_are(tmp_path):
    (tmp_path / "a").write_bytes(b"1\n\0")
    assert pickle.loads(pickle.dumps(Files([str(tmp_path / "a")]))).read(0) == b"1\n\0"


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        (PIXELS, PIXELS),
        (PIXELS[..., 0], np.repeat(PIXELS[..., :1], 3, axis=-1)),
        (PIXELS[..., :1], np.repeat(PIXELS[..., :1], 3, axis=-1)),
        (np.concatenate([PIXELS, PIXELS[..., :1]], axis=-1), PIXELS),
    ],
    ids=["colour", "grey without channel", "grey", "with transparency"],
)
def test_arrays_come_out_as_files_that_lose_nothing(images, expected):
    data = Arrays(images).read(1)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(data))), expected[1])


def test_selected_rows_of_selected_rows_are_one_step():
    store = Held([b"a", b"b", b"c", b"d"])
    picked = select(select(store, np.array([3, 1, 0])), np.array([2, 0]))
    assert [picked.read(0), picked.read(1)] == [b"a", b"d"]
    assert isinstance(picked, Selected)
    assert picked.store is store


def records(folder, pieces):
    path = folder / "pieces"
    path.write_bytes(b"--".join(pieces))
    lengths = np.array([len(piece) for piece in pieces])
    offsets = np.cumsum([0, *(lengths[:-1] + 2)])
    crc = [zlib.crc32(piece) for piece in pieces]
    return Records([str(path)], np.zeros(len(pieces)), offsets, lengths, np.array(crc)), path


def test_records_are_read_at_their_place(tmp_path):
    store, _ = records(tmp_path, [b"first", b"second one", b"3"])
    assert [store.read(index) for index in (2, 0, 1)] == [b"3", b"first", b"second one"]
    assert pickle.loads(pickle.dumps(store)).read(1) == b"second one"


def test_records_that_changed_are_refused(tmp_path):
    store, path = records(tmp_path, [b"first", b"second one"])
    path.write_bytes(path.read_bytes().replace(b"second", b"sec0nd"))
    assert store.read(0) == b"first"
    with pytest.raises(DataError) as caught:
        store.read(1)
    assert str(caught.value) == "damaged, or changed since it was indexed"


@pytest.mark.parametrize("kind", ["ram", "disk"])
def test_a_cache_reads_every_photo_once(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(cache_module.tempfile, "gettempdir", lambda: str(tmp_path))
    store = Held([b"a", b"b"])
    near = cached(store, kind, ["a.jpg", "b.jpg"])
    assert [near.read(i) for i in (1, 0, 1, 1)] == [b"b", b"a", b"b", b"b"]
    assert store.reads == [1, 0]
    again = cached(store, kind, ["a.jpg", "b.jpg"])
    assert again.read(1) == b"b"
    assert store.reads == ([1, 0] if kind == "disk" else [1, 0, 1])  # a disk keeps it for the next process
    cached(store, kind, ["c.jpg", "d.jpg"]).read(1)
    assert len(store.reads) == (3 if kind == "disk" else 4)  # other data, another cache


def test_no_cache_is_the_store_itself():
    store = Held([])
    assert cached(store, None, []) is store
    with pytest.raises(UsageError, match=r"`cache` must be 'ram', 'disk' or None\. Got: 'tape'\."):
        cached(store, "tape", [])
