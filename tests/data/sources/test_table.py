import os
import pickle

import numpy as np
import pyarrow
import pytest
from encoded_photos import encoded_photo, encoded_photos
from pyarrow import parquet

from effnetv2_keras.data.manifest import BadFile
from effnetv2_keras.data.open_source import open_source
from effnetv2_keras.data.sources.table import list_table
from effnetv2_keras.errors import DataError, UsageError

PHOTOS = encoded_photos(8)


@pytest.fixture
def folder(tmp_path):
    """A folder with photos 0.jpg to 7.jpg in a folder of its own."""
    (tmp_path / "photos").mkdir()
    for number, photo in enumerate(PHOTOS):
        (tmp_path / "photos" / f"{number}.jpg").write_bytes(photo)
    return tmp_path


def write_csv(folder, text):
    path = folder / "table.csv"
    path.write_text(text)
    return path


def write_parquet(folder, columns, **options):
    path = folder / "table.parquet"
    parquet.write_table(pyarrow.table(columns), path, **options)
    return path


def refusal(path):
    with pytest.raises(DataError) as error:
        open_source(path)
    return str(error.value)


def held(split):
    return [PHOTOS.index(split.bytes(index)) for index in range(len(split))]


def rows(*labels, split=None):
    """Returns the lines of a table, photo after photo."""
    tails = [f",{name}" for name in split] if split else [""] * len(labels)
    return "".join(f"photos/{number}.jpg,{label}{tails[number]}\n" for number, label in enumerate(labels))


@pytest.mark.parametrize("name", ["path", "image", "file", "filename", "Path"])
def test_paths_are_relative_to_the_folder_of_the_table(folder, name):
    split = open_source(write_csv(folder, f"{name},label\n" + rows(*"abababab"))).train
    assert [location.removeprefix(f"{folder}/") for location in split.locations] == [
        f"photos/{number}.jpg" for number in held(split)
    ]
    assert split.class_names == ("a", "b")
    assert [split.label_names(i) for i in range(len(split))] == [("ab"[number % 2],) for number in held(split)]
    assert split.sizes[:, 1].tolist() == [20 + number for number in held(split)]


def test_rows_go_to_the_split_that_they_name(folder):
    splits = ["Train", "TRAINING", "train", "train", "val", "Validation", "test", "testing"]
    listing = list_table(write_csv(folder, "path,label,split\n" + rows(*"abababab", split=splits)))
    sizes = {split: len(part.locations) for split, part in listing.parts.items()}
    assert sizes == {"train": 4, "validation": 2, "test": 2}
    assert listing.parts["test"].store.read(1) == PHOTOS[7]
    source = open_source(folder / "table.csv")
    assert (held(source.train), held(source.validation)) == ([0, 1, 2, 3], [4, 5])
    assert source.validation.labels.tolist() == [0, 1]


def test_semicolons_tabs_quotes_and_byte_order_marks_are_read(folder):
    for delimiter in (";", "\t"):
        lines = ["path", "label"], *(["photos/0.jpg", '"a, ""b"""'], ["photos/1.jpg", "c"]) * 2
        text = "\ufeff" + "\r\n".join(delimiter.join(line) for line in lines)
        assert list_table(write_csv(folder, text)).class_names == ('a, "b"', "c")


def test_whole_numbers_stay_what_they_are(folder):
    listing = list_table(write_csv(folder, "path,label\n" + rows(1, 0, 2, 1)))
    assert listing.class_names == ("0", "1", "2")
    assert listing.parts["all"].labels.tolist() == [1, 0, 2, 1]


def test_numbers_with_leading_zeros_are_names(folder):
    assert list_table(write_csv(folder, "path,label\n" + rows("001", "002", "001"))).class_names == ("001", "002")


def test_several_labels_a_row(folder):
    for texts in (("b|a", "c", "a|c", "a"), ('"[""b"", ""a""]"', '"[""c""]"', '"[""a"", ""c""]"', "a")):
        listing = list_table(write_csv(folder, "path,labels\n" + rows(*texts)))
        labels = listing.parts["all"].labels
        assert listing.class_names == ("a", "b", "c")
        assert [labels.at(i).tolist() for i in range(4)] == [[1, 0], [2], [0, 2], [0]]
    listing = list_table(write_csv(folder, "path,labels\n" + rows('"[0, 2]"', "1", "[]", "2")))
    labels = listing.parts["all"].labels
    assert listing.class_names == ("0", "1", "2")
    assert [labels.at(i).tolist() for i in range(4)] == [[0, 2], [1], [], [2]]
    assert open_source(folder / "table.csv", validation=0.3).train.is_multilabel


MANIFEST = """\
id,location,sha256,width,height,format,orientation,label,split,status
0,photos/0.jpg,aa,20,30,JPEG,6,10,train,ok
1,photos/1.jpg,bb,21,20,PNG,1,9,train,ok
2,photos/2.jpg,,,,,,9,train,empty file
3,gone.jpg,,,,,,,train,No such file or directory
4,photos/4.jpg,cc,24,20,JPEG,1,9,validation,ok
"""


def test_a_manifest_needs_no_header_read_and_names_its_bad_files(folder):
    for photo in (folder / "photos").iterdir():
        photo.write_bytes(b"nothing that could be opened")
    source = open_source(write_csv(folder, MANIFEST))
    assert source.class_names == ("10", "9")  # names, in the order of the folders that they were
    assert source.train.labels.tolist() == [0, 1]
    assert source.train.sizes.tolist() == [[30, 20], [20, 21]]
    assert source.train.orientations.tolist() == [6, 1]
    assert source.train.full.formats.tolist() == ["JPEG", "PNG"]
    assert source.train.sha256 == ("aa", "bb")
    assert source.validation.locations == (f"{folder}/photos/4.jpg",)
    assert source.bad_files == (
        BadFile(f"{folder}/photos/2.jpg", "empty file"),
        BadFile(f"{folder}/gone.jpg", "No such file or directory"),
    )


def test_a_manifest_of_photos_with_several_labels(folder):
    text = MANIFEST.replace(",10,", ",10|9,").replace("JPEG,1,9,", "JPEG,1,,")
    source = open_source(write_csv(folder, text))
    assert source.class_names == ("10", "9")
    assert [source.train.labels.at(i).tolist() for i in range(2)] == [[0, 1], [1]]
    assert source.validation.labels.at(0).tolist() == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,label,note\n" + rows("a"), "Columns of {} must be among path, location, image, file, filename, label, "
         "labels, split, id, width, height, orientation, format, sha256, status. Got also: note."),
        ("path,split\n", "{} must have a column label or labels. Got: path, split."),
        ("label\n", "{} must have a column path or location or image or file or filename. Got: label."),
        ("path,label,labels\n", "{} must have one column of label, labels. Got: label, labels."),
        ("", "{} must have a column path or location or image or file or filename. Got: no columns."),
        ("path,label\n", "No images in {}: at least one row is needed. Other files seen: none."),
        ("path,label\n" + rows("a", "", "b", "", "", ""),
         "{}: Labels must not be empty. Got row 3, row 5, row 6 and 1 more."),
        ("path,label\nphotos/0.jpg\n", "{}: Every row must have 2 values, as the header has. Got row 2."),
        ("path,label,split\n" + rows("a", "b", split=["train", "dev"]),
         "{}: Splits must be among train, training, val, valid, validation, test, testing. Got 'dev' in row 3."),
        ("path,label,split\n" + rows("a", "b", split=["val", "val"]),
         "{} must have rows of the split 'train'. Got: validation."),
        ("path,label\nphotos/0.jpg,a\nphotos/90.jpg,b\ngone/0.jpg,b\n",
         "{}: Images must be there, relative to {folder}. Got 'photos/90.jpg' in row 3, 'gone/0.jpg' in row 4."),
        ("path,label\n" + rows(0, -1, 1, 1), "Labels of {} that are numbers must be 0 or more. Got -1 in row 3."),
        ("path,label\n" + rows(0, 3, 1, 1), "Labels of {} that are numbers must have images to train on for each from "
         "0 to 3. Got none for 1 of 4: 2."),
        ("path,label,split\n" + rows("a", "b", "b", "c", split=["train", "train", "val", "val"]),
         "Labels of the validation rows of {} must be among the 2 classes to train on (a, b). Got 'c' in row 5."),
        ("path,label,split\n" + rows(0, 1, 1, 2, split=["train", "train", "val", "val"]),
         "Labels of the validation rows of {} must be among the 2 classes to train on (0, 1). Got '2' in row 5."),
        ("path,labels\n" + rows("a|b", "[broken"), "{}: Labels must be separated by | or a JSON list. "
         "Got '[broken' in row 3."),
        ("path,labels\n" + rows("a|b", ""), "{}: Labels must not be empty; [] says that nothing is shown. "
         "Got '' in row 3."),
        (MANIFEST.replace("20,30,JPEG", "wide,30,JPEG"), "{}: `width` must be a whole number from 1. "
         "Got 'wide' in row 2."),
        (MANIFEST.replace("JPEG,6", "JPEG,9"), "{}: `orientation` must be a whole number from 1 to 8. "
         "Got '9' in row 2."),
        (MANIFEST.replace("PNG", "TIFF"), "{}: `format` must be among JPEG, MPO, PNG, BMP, GIF, WEBP. "
         "Got 'TIFF' in row 3."),
    ],
)  # fmt: skip
def test_tables_that_break_a_rule_are_refused(folder, text, message):
    path = write_csv(folder, text)
    assert refusal(path) == message.replace("{}", str(path)).replace("{folder}", str(folder))


def test_what_is_no_text_is_refused(folder):
    (folder / "table.csv").write_bytes(b"path,label\n\xff\xfe,a\n")
    assert refusal(folder / "table.csv").startswith(f"{folder}/table.csv must be a CSV file in UTF-8. Got: 'utf-8'")
    assert refusal(folder / "none.csv") == f"No such file: {folder}/none.csv."


def test_parquet_with_paths(folder):
    paths = [f"photos/{number}.jpg" for number in range(8)]
    path = write_parquet(folder, {"image": paths, "label": pyarrow.array([1, 0] * 4, pyarrow.int8())})
    source = open_source(path)
    assert source.class_names == ("0", "1")
    assert [int(label) for label in source.train.labels] == [1 - number % 2 for number in held(source.train)]
    path = write_parquet(folder, {"file": paths[:3], "labels": [["b", "a"], [], ["c"]]})
    labels = list_table(path).parts["all"].labels
    assert [labels.at(i).tolist() for i in range(3)] == [[1, 0], [], [2]]


def structs(photos, path=None):
    kind = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    return pyarrow.array([{"bytes": photo, "path": path} for photo in photos], kind)


@pytest.mark.parametrize("wrap", [structs, pyarrow.array], ids=["struct", "binary"])
def test_parquet_that_carries_the_photos(folder, index_folder, wrap):
    path = write_parquet(
        folder,
        {"image": wrap(PHOTOS), "label": list("abababab"), "split": ["train"] * 6 + ["test"] * 2},
        row_group_size=3,
    )
    source = open_source(path)
    assert held(source.train) == [0, 1, 2, 3, 4, 5]
    assert held(source.validation) == [6, 7]
    assert source.validation.locations == (f"{path} row 6", f"{path} row 7")
    store = pickle.loads(pickle.dumps(source.train.full.store))
    assert [PHOTOS.index(store.read(i)) for i in (5, 0, 3)] == [5, 0, 3]
    (kept,) = index_folder.iterdir()
    before = kept.stat().st_mtime_ns
    open_source(path)
    assert kept.stat().st_mtime_ns == before  # made once


def test_parquet_rows_may_name_a_photo_instead_of_carrying_it(folder):
    column = pyarrow.concat_arrays([structs(PHOTOS[:5]), structs([None] * 2, "photos/5.jpg"), structs([None])])
    source = open_source(write_parquet(folder, {"image": column, "label": list("abababab")}), validation=0.3)
    found = sorted(held(source.train) + held(source.validation))
    assert found == [0, 1, 2, 3, 4, 5, 5]
    assert source.bad_files == (BadFile(f"{folder}/table.parquet row 7", "no image: neither bytes nor a path"),)


def test_class_names_that_hugging_face_left_in_parquet(folder):
    import datasets

    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=["zebra", "ant"])})
    rows = {"image": [{"bytes": photo, "path": None} for photo in PHOTOS], "label": [0, 1] * 4}
    datasets.Dataset.from_dict(rows, features).to_parquet(folder / "table.parquet")
    source = open_source(folder / "table.parquet")
    assert source.class_names == ("zebra", "ant")
    assert [int(label) for label in source.train.labels] == [number % 2 for number in held(source.train)]


def test_damaged_parquet_is_refused(folder):
    path = write_parquet(folder, {"image": structs(PHOTOS), "label": list("abababab")})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert refusal(path).startswith(f"{path} must be a Parquet file. Got: ")
    path.write_bytes(b"")
    assert refusal(path).startswith(f"{path} must be a Parquet file. Got: ")
    path.write_bytes(whole[:4] + bytes(60) + whole[64:])  # where the first page begins
    assert refusal(path).startswith(f"{path} must be a whole Parquet file. Got: ")


def test_labels_that_are_neither_names_nor_whole_numbers(folder):
    columns = {"image": structs(PHOTOS[:3]), "label": [0.0, 1.5, 1.0]}
    path = write_parquet(folder, columns)
    assert (
        refusal(path) == f"{path}: Labels must be names or whole numbers. Got 0.0 in row 0, 1.5 in row 1, 1.0 in row 2."
    )
    path = write_parquet(folder, {**columns, "label": [0, None, 1]})
    assert refusal(path) == f"{path}: Labels must not be empty. Got row 1."


def test_without_pyarrow_the_extra_is_named(folder, monkeypatch):
    path = write_parquet(folder, {"image": structs(PHOTOS[:2]), "label": ["a", "b"]})
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(UsageError) as error:
        open_source(path)
    assert str(error.value) == (
        "Parquet files need a library that is not installed (pyarrow): pip install 'effnetv2_keras[parquet]'."
    )


def test_photos_of_parquet_are_indexed_anew_when_the_file_changes(folder, index_folder):
    path = write_parquet(folder, {"image": structs(PHOTOS[:2]), "label": ["a", "b"]})
    list_table(path)
    path = write_parquet(folder, {"image": structs([encoded_photo(50), PHOTOS[1]]), "label": ["a", "b"]})
    os.utime(path, ns=(10**18, 10**18))
    assert list_table(path).parts["all"].store.read(np.int64(0)) == encoded_photo(50)
    assert len(list(index_folder.iterdir())) == 2
