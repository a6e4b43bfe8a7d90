import io
import shutil

import numpy as np
import pytest
from photo_corpus import rotated
from PIL import Image, ImageFilter

from effnetv2_keras.data.check.near import MOST_BITS, load_picture_hash, near_pairs
from effnetv2_keras.data.check.run import check_source

RNG = np.random.default_rng(11)


def picture(seed):
    """Soft patches of colour, as in a photo."""
    small = np.random.default_rng(seed).integers(0, 256, (7, 9, 3)).astype("uint8")
    return Image.fromarray(small).resize((360, 280), Image.Resampling.BICUBIC)


@pytest.fixture
def folder(tmp_path):
    """Four different photos in each of two classes, in two splits."""
    for part, seed in (("train", 0), ("val", 100)):
        for label in ("cat", "dog"):
            (tmp_path / part / label).mkdir(parents=True)
            for number in range(4):
                seed += 1
                picture(seed).save(tmp_path / part / label / f"{number}.jpg", quality=90)
    return tmp_path


def told(pairs, folder):
    def short(row):
        return row.location.removeprefix(f"{folder}/")

    return [(short(pair.first), short(pair.second), pair.crosses_splits, pair.disagrees) for pair in pairs]


def test_the_same_bytes_are_named_across_splits_first(folder):
    shutil.copy(folder / "train/cat/0.jpg", folder / "train/cat/again.jpg")
    shutil.copy(folder / "train/cat/1.jpg", folder / "train/dog/wrong.jpg")
    shutil.copy(folder / "train/dog/2.jpg", folder / "val/dog/seen.jpg")
    checked = check_source(folder)
    assert told(checked.duplicates, folder) == [
        ("train/dog/2.jpg", "val/dog/seen.jpg", True, False),
        ("train/cat/1.jpg", "train/dog/wrong.jpg", False, True),
        ("train/cat/0.jpg", "train/cat/again.jpg", False, False),
    ]
    assert checked.near is None
    assert checked.verdict is None


def test_files_that_cannot_be_read_are_nobodys_duplicates(folder):
    for name in ("x.jpg", "y.jpg"):
        (folder / "train/cat" / name).touch()
    assert check_source(folder).duplicates == ()


def test_pictures_saved_again_smaller_or_turned_are_near(folder):
    with Image.open(folder / "train/cat/0.jpg") as image:
        image.resize((180, 140)).save(folder / "val/cat/small.jpg", quality=50)
    with Image.open(folder / "train/dog/1.jpg") as image:
        image.filter(ImageFilter.GaussianBlur(1)).save(folder / "train/dog/soft.png")
        image.rotate(90, expand=True).save(folder / "train/dog/turned.jpg", exif=rotated(6))
    checked = check_source(folder, near=True)
    assert checked.duplicates == ()
    assert told(checked.near, folder)[0] == ("train/cat/0.jpg", "val/cat/small.jpg", True, False)
    groups = [{pair.first.location[-9:], pair.second.location[-9:]} for pair in checked.near]
    assert {"dog/1.jpg", "/soft.png"} in groups
    assert len(checked.near) == 3
    assert all(pair.bits <= 4 for pair in checked.near)


def test_flat_pictures_have_no_hash():
    hash_of = load_picture_hash()
    file = io.BytesIO()
    Image.new("RGB", (50, 50), (200, 30, 30)).save(file, "PNG")
    assert hash_of(file.getvalue()) is None
    assert hash_of(b"no picture") is None


def flip(value, bits):
    for bit in bits:
        value ^= 1 << int(bit)
    return value


def test_near_pairs_are_those_of_comparing_all_with_all():
    values = [int(value) for value in RNG.integers(0, 2**63, 60)]
    for value in values[:30]:
        values += [flip(value, RNG.choice(64, count, replace=False)) for count in (1, 3, 4, 5)]
    found = {(first, second): bits for first, second, bits in near_pairs(dict(enumerate(values)))}
    expected = {
        (i, j): (values[i] ^ values[j]).bit_count()
        for i in range(len(values))
        for j in range(i + 1, len(values))
        if (values[i] ^ values[j]).bit_count() <= MOST_BITS
    }
    assert found == expected
    assert len(expected) >= 90


def test_equal_hashes_are_paired_with_the_first():
    assert list(near_pairs({3: 5, 8: 5, 9: 5, 4: 2**64 - 1})) == [(3, 8, 0), (3, 9, 0)]
