import pickle
import time

import datasets
import pytest
from encoded_photos import encoded_photos

from effnetv2_keras.data.manifest import BadFile
from effnetv2_keras.data.open_source import open_source
from effnetv2_keras.data.sources.hugging_face import list_hugging_face
from effnetv2_keras.errors import DataError, UsageError

PHOTOS = encoded_photos(12)
NAMES = ["zebra", "ant"]


def carried(photos):
    return [None if photo is None else {"bytes": photo, "path": None} for photo in photos]


def dataset(labels, label_kind=None, photos=PHOTOS, image="image", label="label", **more):
    """Has the library build a data set with a photo a label."""
    kinds = {image: datasets.Image(), label: label_kind or datasets.ClassLabel(names=NAMES)}
    kinds |= {name: kind for name, (kind, _) in more.items()}
    columns = {image: carried(photos[: len(labels)]), label: labels}
    columns |= {name: values for name, (_, values) in more.items()}
    return datasets.Dataset.from_dict(columns, features=datasets.Features(kinds))


def number(split, index):
    return PHOTOS.index(split.bytes(index))


def held(split):
    return [number(split, index) for index in range(len(split))]


def refusal(location):
    with pytest.raises(DataError) as error:
        open_source(location)
    return str(error.value)


def test_a_data_set_that_is_open_gives_the_very_bytes():
    source = open_source(dataset([0, 1] * 6))
    assert source.class_names == ("zebra", "ant")
    assert sorted(held(source.train) + held(source.validation)) == list(range(12))
    assert [int(label) for label in source.train.labels] == [n % 2 for n in held(source.train)]
    assert source.train.sizes[:, 1].tolist() == [20 + n for n in held(source.train)]
    assert source.train.locations[0] == f"the data set row {number(source.train, 0)}"


def test_the_order_of_rows_is_that_of_the_data_set():
    mixed = dataset([0, 1] * 6).shuffle(seed=1).select(range(3, 11))
    listing = list_hugging_face(mixed)
    store = pickle.loads(pickle.dumps(listing.parts["all"].store))
    order = [PHOTOS.index(store.read(i)) for i in range(8)]
    assert order != sorted(order)
    assert len(set(order)) == 8
    assert listing.parts["all"].labels.tolist() == [n % 2 for n in order]


def test_splits_are_those_of_the_dictionary():
    splits = datasets.DatasetDict(
        {
            "unsupervised": dataset([-1] * 3),
            "test": dataset([1, 1]),
            "train": dataset([0, 1, 0, 1]),
            "validation": dataset([1, 0, 1]),
        }
    )
    source = open_source(splits)
    assert source.train.labels.tolist() == [0, 1, 0, 1]
    assert source.validation.labels.tolist() == [1, 0, 1]
    assert source.validation.locations[2] == "the data set validation row 2"


@pytest.mark.parametrize("as_splits", [False, True])
def test_a_saved_folder_opens_by_its_path(tmp_path, as_splits):
    rows = dataset([0, 1] * 6)
    saved = datasets.DatasetDict({"train": rows, "test": rows.select([3, 2])}) if as_splits else rows
    saved.save_to_disk(tmp_path / "saved")
    source = open_source(tmp_path / "saved")
    assert source.class_names == ("zebra", "ant")
    assert len(source.train) == (12 if as_splits else 10)
    assert [int(label) for label in source.train.labels] == [n % 2 for n in held(source.train)]
    if as_splits:
        assert held(source.validation) == [3, 2]


def test_files_beside_the_data_set(tmp_path):
    for name in ("a", "b"):
        (tmp_path / "photos" / name).mkdir(parents=True)
    for n in range(8):
        (tmp_path / "photos" / "ab"[n % 2] / f"{n}.jpg").write_bytes(PHOTOS[n])
    rows = datasets.load_dataset("imagefolder", data_dir=str(tmp_path / "photos"), cache_dir=str(tmp_path / "cache"))
    source = open_source(rows)
    assert source.class_names == ("a", "b")
    assert sorted(held(source.train) + held(source.validation)) == list(range(8))
    assert [int(label) for label in source.train.labels] == [n % 2 for n in held(source.train)]


def test_lists_of_classes_are_several_labels():
    kind = datasets.Sequence(datasets.ClassLabel(names=["a", "b", "c"]))
    labels = list_hugging_face(dataset([[0, 2], [1], [], [2, 1]], kind, label="labels")).parts["all"].labels
    assert [labels.at(i).tolist() for i in range(4)] == [[0, 2], [1], [], [2, 1]]
    assert labels.num_classes == 3


def test_plain_numbers_and_names_are_labels():
    listing = list_hugging_face(dataset([2, 0, 1, 2], datasets.Value("int16")))
    assert listing.class_names == ("0", "1", "2")
    assert listing.parts["all"].labels.tolist() == [2, 0, 1, 2]
    listing = list_hugging_face(dataset(["dog", "cat", "dog"], datasets.Value("string")))
    assert listing.class_names == ("cat", "dog")
    assert listing.parts["all"].labels.tolist() == [1, 0, 1]


def test_of_several_columns_those_with_usual_names_are_taken():
    coarse = datasets.ClassLabel(names=["x"]), [0] * 4
    thumbnail = datasets.Image(), carried(PHOTOS[8:12])
    rows = dataset([0, 1, 0, 1], image="img", label="fine_label", coarse_label=coarse, thumbnail=thumbnail)
    listing = list_hugging_face(rows)
    assert listing.class_names == ("zebra", "ant")
    assert listing.parts["all"].store.read(1) == PHOTOS[1]


def test_rows_without_a_photo_are_named(tmp_path):
    rows = dataset([0, 1] * 6, photos=[*PHOTOS[:9], b"nothing", None, PHOTOS[9]])
    assert open_source(rows).bad_files == (
        BadFile("the data set row 9", "not an image"),
        BadFile("the data set row 10", "no image: neither bytes nor a path"),
    )
    gone = {"image": [str(tmp_path / "gone.jpg")] * 2, "label": [0, 1]}
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=NAMES)})
    assert "2 image files are unreadable, the first: the data set row 0 (No such file or directory)" in refusal(
        datasets.Dataset.from_dict(gone, features=features)
    )


def test_a_test_split_that_hides_its_labels_is_left_out():
    splits = datasets.DatasetDict({"train": dataset([0, 1] * 6), "test": dataset([-1, -1])})
    assert len(open_source(splits).validation) == 2


INT, TEXT = datasets.Value("int64"), datasets.Value("string")


@pytest.mark.parametrize(
    ("location", "message"),
    [
        (
            datasets.Dataset.from_dict({"text": ["a"], "label": [0]}),
            "the data set (all) must have a column of images and one of labels, called label or labels or fine_label "
            "where there are several. Got: text (Value), label (Value).",
        ),
        (
            dataset([0, 1]).to_iterable_dataset(),
            "the data set must be a Dataset or DatasetDict, not a stream. Got: IterableDataset.",
        ),
        (
            datasets.DatasetDict({"dev": dataset([0, 1])}),
            "the data set must have a split called train. Got: dev.",
        ),
        (
            dataset([0, -1, None, 1]),
            "Labels of the all rows of the data set must be class numbers from 0 to 1. Got -1 in row 1, None in row 2.",
        ),
        (
            dataset(["a", None, ""], TEXT),
            "Labels of the all rows of the data set must be names or whole numbers. Got None in row 1, '' in row 2.",
        ),
        (
            datasets.DatasetDict({"train": dataset([0, 1], INT), "test": dataset([0, 2], INT)}),
            "Labels of the test rows of the data set must be among the 2 classes to train on (0, 1). Got '2' in row 1.",
        ),
        (
            datasets.DatasetDict(
                {"train": dataset([0, 1]), "test": dataset([0], datasets.ClassLabel(names=["a", "b"]))}
            ),
            "The test split of the data set must have the classes of train. Got: a, b instead of zebra, ant.",
        ),
    ],
)
def test_data_sets_that_break_a_rule_are_refused(location, message):
    assert refusal(location) == message


def test_a_damaged_folder_is_refused(tmp_path):
    dataset([0, 1] * 6).save_to_disk(tmp_path / "saved")
    (file,) = (tmp_path / "saved").glob("*.arrow")
    whole = file.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2]):
        file.write_bytes(damaged)
        assert refusal(tmp_path / "saved").startswith(f"{tmp_path}/saved must be a whole data set")
    file.unlink()
    assert refusal(tmp_path / "saved").startswith(f"{tmp_path}/saved must be a whole data set")


def test_without_a_network_it_ends_in_seconds_and_says_what_to_do(no_network):
    start = time.monotonic()
    message = refusal("hf:nobody/nothing")
    assert time.monotonic() - start < 10
    assert message.startswith("hf:nobody/nothing must be in ")
    assert message.endswith(
        "Got neither. Where there is a network: load it, `save_to_disk` it, and give the folder's path."
    )
    assert refusal("hf:") == "Data sets of Hugging Face are named 'hf:ORG/NAME'. Got: 'hf:'."
    assert not datasets.config.HF_HUB_OFFLINE


def test_a_name_that_the_library_can_load_without_a_network(no_network, tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    for split in ("train", "test"):
        for n in range(4):
            folder = tmp_path / "photos" / split / "ab"[n % 2]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{n}.jpg").write_bytes(PHOTOS[n])
    source = open_source(f"hf:{tmp_path}/photos")
    assert source.class_names == ("a", "b")
    assert sorted(held(source.validation)) == [0, 1, 2, 3]


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    with pytest.raises(UsageError, match=r"pip install 'effnetv2_keras\[hf\]'"):
        open_source("hf:org/name")
