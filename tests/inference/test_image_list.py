import hashlib
import os

import pytest

from effnetv2_keras.errors import DataError
from effnetv2_keras.inference.image_list import list_images, sha256_of_names


def test_a_folder_gives_its_images_in_an_order_that_does_not_change(tmp_path):
    for name in ("b/2.jpg", "a/10.PNG", "a/9.webp", "0.gif", "a/notes.txt", ".hidden/1.jpg", ".1.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert list_images(tmp_path) == [f"{tmp_path}/{name}" for name in ("0.gif", "a/10.PNG", "a/9.webp", "b/2.jpg")]


def test_a_text_file_gives_its_lines_in_their_order_from_its_folder(tmp_path):
    (tmp_path / "list.txt").write_bytes(b"\xef\xbb\xbfb.jpg\r\n\n/far/a b.jpg\nb.jpg\ncaf\xe9.jpg")
    strange = os.fsdecode(b"caf\xe9.jpg")
    assert list_images(tmp_path / "list.txt") == [
        f"{tmp_path}/b.jpg",
        "/far/a b.jpg",
        f"{tmp_path}/b.jpg",
        f"{tmp_path}/{strange}",
    ]


def test_paths_beside_a_list_in_the_working_directory_stay_as_they_are(tmp_path, monkeypatch):
    (tmp_path / "list.txt").write_text("photos/a.jpg\n")
    monkeypatch.chdir(tmp_path)
    from pathlib import Path

    assert list_images(Path("list.txt")) == ["photos/a.jpg"]


@pytest.mark.parametrize(
    "text",
    [
        "label,Path\ncat,x/a.jpg\ndog,/b.jpg\n",
        "location;reason\nx/a.jpg;empty file\n/b.jpg;no\n\n",
        "file\nx/a.jpg\n/b.jpg",
    ],
)
def test_a_table_gives_its_column_of_paths(tmp_path, text):
    (tmp_path / "list.csv").write_text(text)
    assert list_images(tmp_path / "list.csv") == [f"{tmp_path}/x/a.jpg", "/b.jpg"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("list.csv", "a,b\n1,2\n", "must have a column path or location or image or file or filename. Got: a, b."),
        ("list.csv", "", "must have a column path or location or image or file or filename. Got: no columns."),
        ("list.csv", "path,label\na.jpg,x\n,y\n", "Every row must name an image. Got none in row 3."),
        ("list.csv", "path\n", "must name images. Got none."),
        ("list.txt", "\n", "must name images. Got none."),
        ("list.csv", 'path\n"a\n', "must be a table in UTF-8. Got: unexpected end of data."),
        ("photo.jpg", "x", "SRC must be a folder of images or a list of paths (.txt .csv). Got: "),
    ],
)
def test_refuses_lists_that_are_none(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError) as refused:
        list_images(tmp_path / name)
    assert message in str(refused.value)


def test_refuses_what_is_not_there_and_folders_without_images(tmp_path):
    with pytest.raises(DataError, match=f"^No such file or directory: {tmp_path}/gone.$"):
        list_images(tmp_path / "gone")
    with pytest.raises(DataError, match=r"must hold images \(.jpg .jpeg .png .bmp .gif .webp\). Got none."):
        list_images(tmp_path)


def test_names_are_told_apart_by_their_order_and_their_bounds():
    assert sha256_of_names(["a", "b"]) == hashlib.sha256(b"a\0b\0").hexdigest()
    assert len({sha256_of_names(names) for names in (["a", "b"], ["b", "a"], ["ab"], ["a"])}) == 4
