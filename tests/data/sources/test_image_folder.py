from collections import Counter

import numpy as np
from PIL import Image

from effnetv2_keras.data.listing import EVERYTHING
from effnetv2_keras.data.manifest import BadFile
from effnetv2_keras.data.scan import open_part
from effnetv2_keras.data.sources.image_folder import class_folders, image_files, list_image_folder

SQUARE = Image.new("RGB", (40, 30), (200, 30, 30))


def save(path, picture=SQUARE, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, **options)
    return path


def rotated(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def open_all(folder):
    """Opens a folder without splits; returns the split and what could not be read."""
    listing, bad = list_image_folder(folder), []
    return open_part(listing.parts[EVERYTHING], "train", listing.class_names, bad), bad


def test_lists_images_by_class_in_order_of_their_names(tmp_path):
    for name in ("b/2.jpg", "b/1.png", "a/deep/er/3.jpeg", "a/4.JPG", "a/5.webp", "a/6.gif", "a/7.bmp"):
        save(tmp_path / name)
    listing = list_image_folder(tmp_path)
    split, bad = open_all(tmp_path)
    names = [location.removeprefix(f"{tmp_path}/") for location in split.locations]
    assert names == ["a/4.JPG", "a/5.webp", "a/6.gif", "a/7.bmp", "a/deep/er/3.jpeg", "b/1.png", "b/2.jpg"]
    assert split.labels.tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert split.sizes.tolist() == [[30, 40]] * 7
    assert split.orientations.tolist() == [1] * 7
    assert split.full.formats.tolist() == ["JPEG", "WEBP", "GIF", "BMP", "JPEG", "PNG", "JPEG"]
    assert split.counts() == {"a": 5, "b": 2}
    assert (listing.ignored, bad) == (Counter(), [])


def test_other_files_are_counted_by_extension(tmp_path):
    save(tmp_path / "a" / "1.jpg")
    for name in ("2.heic", "3.HEIC", "notes.txt", "README"):
        (tmp_path / "a" / name).touch()
    assert list_image_folder(tmp_path).ignored == Counter({".heic": 2, ".txt": 1, "no extension": 1})


def test_hidden_files_and_folders_are_no_data(tmp_path):
    save(tmp_path / "a" / "1.jpg")
    save(tmp_path / "a" / ".ipynb_checkpoints" / "1.jpg")
    (tmp_path / "a" / "._1.jpg").write_bytes(b"\0\5\x16\7 a resource fork")
    (tmp_path / "a" / ".DS_Store").touch()
    (tmp_path / ".cache").mkdir()
    split, bad = open_all(tmp_path)
    assert split.locations == (f"{tmp_path}/a/1.jpg",)
    assert bad == []
    assert list_image_folder(tmp_path).ignored == Counter()
    assert class_folders(tmp_path) == ["a"]


def test_files_that_are_no_images_are_named_with_a_reason(tmp_path):
    save(tmp_path / "a" / "good.jpg")
    (tmp_path / "a" / "empty.jpg").touch()
    (tmp_path / "a" / "page.jpg").write_text("<html>404</html>")
    (tmp_path / "a" / "photo.jpg").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    (tmp_path / "a" / "start.jpg").write_bytes((tmp_path / "a" / "good.jpg").read_bytes()[:60])
    save(tmp_path / "a" / "scan.jpg", format="TIFF")
    (tmp_path / "a" / "gone.jpg").symlink_to(tmp_path / "nowhere")
    split, bad = open_all(tmp_path)
    assert len(split) == 1
    folder = tmp_path / "a"
    assert bad == [
        BadFile(f"{folder}/empty.jpg", "empty file"),
        BadFile(f"{folder}/gone.jpg", "No such file or directory"),
        BadFile(f"{folder}/page.jpg", "not an image: an HTML page"),
        BadFile(f"{folder}/photo.jpg", "a HEIC image, which cannot be decoded here: convert it to JPEG"),
        BadFile(f"{folder}/scan.jpg", "TIFF images cannot be decoded here; JPEG, MPO, PNG, BMP, GIF, WEBP can"),
        BadFile(f"{folder}/start.jpg", "cannot be decoded: truncated or damaged (Truncated File Read)"),
    ]


def test_an_extension_may_lie(tmp_path):
    save(tmp_path / "a" / "1.jpg", format="PNG")
    assert len(open_all(tmp_path)[0]) == 1


def test_image_files_follow_the_names(tmp_path):
    for name in ("b.jpg", "a.jpg", "c/0.jpg"):
        save(tmp_path / name)
    assert [path.name for path in image_files(tmp_path)] == ["a.jpg", "b.jpg", "0.jpg"]


def test_selected_rows_keep_their_columns_together(tmp_path):
    for name, value in (("a/1.jpg", 1), ("a/2.jpg", 6), ("b/3.jpg", 8)):
        save(tmp_path / name, exif=rotated(value))
    split = open_all(tmp_path)[0].select(np.array([2, 0]), "some")
    assert split.name == "some"
    assert [location[-5:] for location in split.locations] == ["3.jpg", "1.jpg"]
    assert split.labels.tolist() == [1, 0]
    assert split.orientations.tolist() == [8, 1]
    assert split.bytes(0) == (tmp_path / "b" / "3.jpg").read_bytes()
    assert split.select(np.array([1]), "one").bytes(0) == (tmp_path / "a" / "1.jpg").read_bytes()
