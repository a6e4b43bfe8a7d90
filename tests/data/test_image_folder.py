from collections import Counter

import numpy as np
import pytest
from PIL import Image

from effnetv2_keras.data.image_folder import Scan, class_folders, image_files, read_folder, read_header
from effnetv2_keras.data.manifest import BadFile

SQUARE = Image.new("RGB", (40, 30), (200, 30, 30))


def save(path, picture=SQUARE, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, **options)
    return path


def rotated(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def test_lists_images_by_class_in_order_of_their_names(tmp_path):
    for name in ("b/2.jpg", "b/1.png", "a/deep/er/3.jpeg", "a/4.JPG", "a/5.webp", "a/6.gif", "a/7.bmp"):
        save(tmp_path / name)
    scan = Scan()
    split = read_folder(tmp_path, "train", ("a", "b"), scan)
    names = [location.removeprefix(f"{tmp_path}/") for location in split.locations]
    assert names == ["a/4.JPG", "a/5.webp", "a/6.gif", "a/7.bmp", "a/deep/er/3.jpeg", "b/1.png", "b/2.jpg"]
    assert split.labels.tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert split.sizes.tolist() == [[30, 40]] * 7
    assert split.orientations.tolist() == [1] * 7
    assert split.counts() == {"a": 5, "b": 2}
    assert scan == Scan()


def test_other_files_are_counted_by_extension(tmp_path):
    save(tmp_path / "a" / "1.jpg")
    for name in ("2.heic", "3.HEIC", "notes.txt", "README"):
        (tmp_path / "a" / name).touch()
    scan = Scan()
    read_folder(tmp_path, "train", ("a",), scan)
    assert scan.ignored == Counter({".heic": 2, ".txt": 1, "no extension": 1})


def test_hidden_files_and_folders_are_no_data(tmp_path):
    save(tmp_path / "a" / "1.jpg")
    save(tmp_path / "a" / ".ipynb_checkpoints" / "1.jpg")
    (tmp_path / "a" / "._1.jpg").write_bytes(b"\0\5\x16\7 a resource fork")
    (tmp_path / "a" / ".DS_Store").touch()
    (tmp_path / ".cache").mkdir()
    scan = Scan()
    split = read_folder(tmp_path, "train", ("a",), scan)
    assert split.locations == (f"{tmp_path}/a/1.jpg",)
    assert scan == Scan()
    assert class_folders(tmp_path) == ["a"]


def test_files_that_are_no_images_are_named_with_a_reason(tmp_path):
    save(tmp_path / "a" / "good.jpg")
    (tmp_path / "a" / "empty.jpg").touch()
    (tmp_path / "a" / "page.jpg").write_text("<html>404</html>")
    (tmp_path / "a" / "start.jpg").write_bytes((tmp_path / "a" / "good.jpg").read_bytes()[:60])
    save(tmp_path / "a" / "scan.jpg", format="TIFF")
    (tmp_path / "a" / "gone.jpg").symlink_to(tmp_path / "nowhere")
    scan = Scan()
    split = read_folder(tmp_path, "train", ("a",), scan)
    assert len(split) == 1
    folder = tmp_path / "a"
    assert scan.bad_files == [
        BadFile(f"{folder}/empty.jpg", "empty file"),
        BadFile(f"{folder}/gone.jpg", "No such file or directory"),
        BadFile(f"{folder}/page.jpg", "not an image"),
        BadFile(f"{folder}/scan.jpg", "TIFF images cannot be decoded here; JPEG, MPO, PNG, BMP, GIF, WEBP can"),
        BadFile(f"{folder}/start.jpg", "Truncated File Read"),
    ]


def test_an_extension_may_lie(tmp_path):
    save(tmp_path / "a" / "1.jpg", format="PNG")
    assert len(read_folder(tmp_path, "train", ("a",), Scan())) == 1


def test_a_missing_class_folder_has_no_images(tmp_path):
    save(tmp_path / "a" / "1.jpg")
    split = read_folder(tmp_path, "test", ("a", "b"), Scan())
    assert split.counts() == {"a": 1, "b": 0}


@pytest.mark.parametrize("value", range(1, 9))
def test_headers_tell_stored_size_and_orientation(tmp_path, value):
    assert read_header(save(tmp_path / "1.jpg", exif=rotated(value))) == (30, 40, value)


def test_photos_of_two_pictures_are_taken_as_jpeg(tmp_path):
    path = save(tmp_path / "1.jpg", format="MPO", save_all=True, append_images=[SQUARE], exif=rotated(6))
    assert read_header(path) == (30, 40, 6)


def test_only_a_jpeg_has_an_orientation_as_in_the_decoder(tmp_path):
    assert read_header(save(tmp_path / "1.png", exif=rotated(6))) == (30, 40, 1)


@pytest.mark.parametrize(
    "block",
    [b"Exif\0\0", b"Exif\0\0nonsense", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0II*\0\x08\0\0\0\xff\xff"],
    ids=["empty", "nonsense", "directory beyond", "entries beyond"],
)
def test_a_damaged_exif_block_does_not_cost_the_photo(tmp_path, block):
    assert read_header(save(tmp_path / "1.jpg", exif=block)) == (30, 40, 1)


def test_xmp_is_not_asked_for_the_orientation_as_in_the_decoder(tmp_path):
    path = save(tmp_path / "1.jpg", xmp=b'<x:xmpmeta tiff:Orientation="6"/>')
    assert read_header(path) == (30, 40, 1)


def test_image_files_follow_the_names(tmp_path):
    for name in ("b.jpg", "a.jpg", "c/0.jpg"):
        save(tmp_path / name)
    assert [path.name for path in image_files(tmp_path)] == ["a.jpg", "b.jpg", "0.jpg"]


def test_selected_rows_keep_their_columns_together(tmp_path):
    for name, value in (("a/1.jpg", 1), ("a/2.jpg", 6), ("b/3.jpg", 8)):
        save(tmp_path / name, exif=rotated(value))
    split = read_folder(tmp_path, "train", ("a", "b"), Scan()).select(np.array([2, 0]), "some")
    assert split.name == "some"
    assert [location[-5:] for location in split.locations] == ["3.jpg", "1.jpg"]
    assert split.labels.tolist() == [1, 0]
    assert split.orientations.tolist() == [8, 1]
    assert split.bytes(0) == (tmp_path / "b" / "3.jpg").read_bytes()
