import io
import shutil
import time

import pytest
import tensorflow_datasets as tfds
from encoded_photos import encoded_photos

from effnetv2_keras.data.manifest import BadFile
from effnetv2_keras.data.open_source import open_source
from effnetv2_keras.data.sources.tfds import is_prepared, list_prepared
from effnetv2_keras.errors import DataError, UsageError

PHOTOS = encoded_photos(12)
NAMES = ["zebra", "ant", "bee"]


class PhotosOfTests(tfds.core.GeneratorBasedBuilder):
    """Twelve photos: six to train on, three to validate on, three to test on."""

    VERSION = tfds.core.Version("1.0.0")
    pkg_dir_path = None

    def _info(self):
        features = tfds.features.FeaturesDict(
            {
                "file_name": tfds.features.Text(),
                "image": tfds.features.Image(),
                "segmentation": tfds.features.Image(shape=(None, None, 1)),
                "label": tfds.features.ClassLabel(names=NAMES),
                "species": tfds.features.ClassLabel(num_classes=50),
            }
        )
        return tfds.core.DatasetInfo(builder=self, features=features, supervised_keys=("image", "label"))

    def _split_generators(self, dl_manager):
        return {"train": self.rows(0, 6), "validation": self.rows(6, 9), "test": self.rows(9, 12)}

    def _generate_examples(self):
        raise NotImplementedError

    def rows(self, first, last):
        for n in range(first, last):
            yield (
                n,
                {
                    "file_name": f"{n}.jpg",
                    "image": io.BytesIO(PHOTOS[n]),
                    "segmentation": io.BytesIO(PHOTOS[3]),
                    "label": n % 3,
                    "species": n,
                },
            )


def store(folder, features, rows, name="made_by_hand", **options):
    """Has TFDS write a data set of its own; returns where."""
    splits = rows if isinstance(rows, dict) else {"train": rows}
    builder = tfds.dataset_builders.store_as_tfds_dataset(
        name=name,
        version="1.0.0",
        features=tfds.features.FeaturesDict(features),
        split_datasets={split: list(enumerate(rows)) for split, rows in splits.items()},
        data_dir=folder,
        disable_shuffling=True,
        **options,
    )
    return builder.data_path


IMAGE_AND_LABEL = {"image": tfds.features.Image(), "label": tfds.features.ClassLabel(names=NAMES)}


def images(labels, photos=PHOTOS):
    return [{"image": io.BytesIO(photos[n]), "label": label} for n, label in enumerate(labels)]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A directory for TFDS of its own, for name and downloads."""
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    return tmp_path / "tfds"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What TFDS writes for `PhotosOfTests`: copied by the tests that damage it."""
    folder = tmp_path_factory.mktemp("tfds")
    tfds.builder("photos_of_tests", data_dir=folder).download_and_prepare()
    return folder


def number(split, index):
    return PHOTOS.index(split.bytes(index))


def held(split):
    return sorted(number(split, index) for index in range(len(split)))


def refusal(location):
    with pytest.raises(DataError) as error:
        open_source(location)
    return str(error.value)


def test_a_name_is_prepared_and_opened_with_the_very_bytes(home):
    source = open_source("tfds:photos_of_tests")
    assert source.class_names == ("zebra", "ant", "bee")
    assert (held(source.train), held(source.validation)) == ([0, 1, 2, 3, 4, 5], [6, 7, 8])
    assert [int(label) for label in source.train.labels] == [number(source.train, i) % 3 for i in range(6)]
    assert source.train.sizes[:, 1].tolist() == [20 + number(source.train, i) for i in range(6)]
    assert (home / "photos_of_tests" / "1.0.0" / "dataset_info.json").is_file()
    assert open_source("tfds:photos_of_tests:1.0.0").train.locations == source.train.locations


def test_what_was_prepared_opens_by_its_path_and_by_those_above(made):
    for path in (made / "photos_of_tests" / "1.0.0", made / "photos_of_tests", made):
        assert is_prepared(path)
        assert held(open_source(path).validation) == [6, 7, 8]


def test_several_data_sets_in_one_folder_are_told_apart(tmp_path):
    for name in ("one", "two"):
        store(tmp_path, IMAGE_AND_LABEL, images([0, 1, 2, 0, 1, 2]), name)
    assert refusal(tmp_path) == (
        f"{tmp_path} must hold one data set: name one of its folders. Got: one/1.0.0, two/1.0.0."
    )
    assert open_source(tmp_path / "two").num_classes == 3


def test_files_of_array_record(tmp_path):
    path = store(tmp_path, IMAGE_AND_LABEL, images([2, 1, 0] * 4), file_format="array_record")
    assert list(path.glob("*.array_record*"))
    source = open_source(path)
    assert sorted(held(source.train) + held(source.validation)) == list(range(12))
    assert [int(label) for label in source.train.labels] == [2 - number(source.train, i) % 3 for i in range(9)]


def test_sequences_of_classes_are_several_labels(tmp_path):
    features = {
        "image": tfds.features.Image(),
        "labels": tfds.features.Sequence(tfds.features.ClassLabel(names=NAMES)),
    }
    given = [[0, 2], [1], [], [2, 1]]
    rows = [{"image": row["image"], "labels": labels} for row, labels in zip(images(given), given, strict=True)]
    listing = list_prepared(store(tmp_path, features, rows))
    labels = listing.parts["train"].labels
    assert [labels.at(i).tolist() for i in range(4)] == [[0, 2], [1], [], [2, 1]]
    assert listing.class_names == ("zebra", "ant", "bee")


def test_a_test_split_that_hides_its_labels_is_left_out(tmp_path):
    features = {"image": tfds.features.Image(), "label": tfds.features.ClassLabel(names=NAMES)}
    path = store(tmp_path, features, {"train": images([0, 1, 2] * 4), "test": images([-1, -1])})
    assert len(open_source(path).validation) == 3


def test_photos_that_are_none_are_named(tmp_path):
    path = store(tmp_path, IMAGE_AND_LABEL, images([0, 1, 2, 0, 1, 2, 0], [*PHOTOS[:6], b"nothing"]))
    (shard,) = path.glob("*.tfrecord*")
    assert open_source(path).bad_files == (BadFile(f"{shard} record 6", "not an image"),)


def test_shards_that_do_not_hold_what_was_written_down_are_refused(made, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(made / "photos_of_tests" / "1.0.0", folder)
    (shard,) = folder.glob("*-train.tfrecord*")
    (other,) = folder.glob("*-test.tfrecord*")
    whole = shard.read_bytes()
    shard.write_bytes(other.read_bytes())
    assert refusal(folder) == f"Shard {shard} must have 6 records. Got: 3."
    shard.write_bytes(b"")
    assert refusal(folder) == f"Shard {shard} must have records. Got: an empty file, 0 of 6 records."
    shard.write_bytes(whole[:-100])
    assert refusal(folder) == (
        f"Shard {shard} must be whole. Got: damage after 5 of 6 records, the file ends inside a record."
    )
    shard.unlink()
    assert refusal(folder) == f"Shard {shard} must be there. Got: no such file."


def test_data_without_images_or_without_classes_are_refused(tmp_path):
    features = {"image": tfds.features.Image(), "text": tfds.features.Text()}
    path = store(tmp_path, features, [{"image": row["image"], "text": "a"} for row in images([0, 1])])
    assert refusal(path) == (
        f"{path} must have an image and a class label a record. Got images: image; labels: none; features: image, text."
    )


@pytest.mark.parametrize("name", ["oxford_flowers102", "cifar100"])
def test_without_a_network_it_ends_in_seconds_and_says_what_to_do(home, no_network, name):
    start = time.monotonic()
    message = refusal(f"tfds:{name}")
    assert time.monotonic() - start < 10
    assert message.startswith(f"tfds:{name} must be prepared in {home}/{name}/")
    assert "or its hosts must answer. Got no answer of https://www." in message
    assert f"into {home}/downloads/manual: https://www." in message
    assert not home.exists()


def test_what_must_be_downloaded_by_hand_is_said_before_anything_is_tried(home):
    message = refusal("tfds:imagenet2012")
    assert message.startswith(
        f"tfds:imagenet2012 must be downloaded by hand into {home}/downloads/manual. Got: nothing"
    )
    assert "ILSVRC2012_img_train.tar and ILSVRC2012_img_val.tar" in message


def test_names_that_are_none_are_refused(home):
    message = "Unknown data set of TFDS: 'oxford_flower102'. Nearest: oxford_flowers102"
    assert refusal("tfds:oxford_flower102").startswith(message)
    assert refusal("tfds:two words").startswith("Unknown data set: 'tfds:two words'. Parsing builder name")
    assert refusal("tfds:huggingface:mnist").startswith("Data sets of Hugging Face are named 'hf:ORG/NAME'.")


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tensorflow_datasets", None)
    with pytest.raises(UsageError, match=r"pip install 'effnetv2_keras\[tfds\]'"):
        open_source("tfds:beans")
