import pickle
import threading

import pytest
from encoded_photos import encoded_photo, encoded_photos
from example_shards import example, write_array_record, write_tfrecord

from effnetv2_keras.data.manifest import BadFile
from effnetv2_keras.data.open_source import open_source
from effnetv2_keras.data.sources.records import list_records
from effnetv2_keras.data.stores.records import Records
from effnetv2_keras.errors import DataError, UsageError

PHOTOS = encoded_photos(12)
WRITERS = {"tfrecord": write_tfrecord, "array_record": write_array_record}


def examples(labels, first=0, **options):
    return [example(PHOTOS[first + number], [label], **options) for number, label in enumerate(labels)]


@pytest.fixture
def released(tmp_path):
    """Shards named and labelled like the released ones: two to train on, one to validate on."""
    folder = tmp_path / "shards"
    write_tfrecord(folder / "train-00000-of-00002", examples([1, 2, 3, 1]))
    write_tfrecord(folder / "train-00001-of-00002", examples([2, 3, 1, 2], 4))
    write_tfrecord(folder / "validation-00000-of-00001", examples([3, 1], 8))
    return folder


def held(split):
    return [PHOTOS.index(split.bytes(index)) for index in range(len(split))]


def refusal(place):
    with pytest.raises(DataError) as error:
        open_source(place)
    return str(error.value)


def test_released_shards_give_the_very_bytes_and_labels_from_0(released):
    source = open_source(released)
    assert held(source.train) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert held(source.validation) == [8, 9]
    assert source.class_names == ("1", "2", "3")
    assert source.train.labels.tolist() == [0, 1, 2, 0, 1, 2, 0, 1]
    assert source.validation.labels.tolist() == [2, 0]
    assert source.train.sizes.tolist() == [[20, 20 + number] for number in range(8)]
    assert source.train.full.formats.tolist() == ["JPEG", "JPEG", "JPEG", "PNG"] * 2
    assert source.train.locations[4] == f"{released}/train-00001-of-00002 record 0"


def test_labels_with_a_0_stay_as_they_are(tmp_path):
    write_tfrecord(tmp_path / "a.tfrecord", examples([0, 1, 2, 0, 1, 2]))
    listing = list_records(tmp_path)
    assert listing.class_names == ("0", "1", "2")
    assert listing.parts["all"].labels.tolist() == [0, 1, 2, 0, 1, 2]


def test_a_label_that_is_missing_among_those_to_validate_on_changes_nothing(tmp_path):
    write_tfrecord(tmp_path / "train.tfrecord", examples([0, 1, 2, 0, 1, 2]))
    write_tfrecord(tmp_path / "test.tfrecord", examples([1, 2], 6))
    source = open_source(tmp_path)
    assert source.train.labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert source.validation.labels.tolist() == [1, 2]


def test_names_beside_the_shards_or_in_them(released, tmp_path):
    (released / "labels.txt").write_text("ant\nbee\ncow\n")
    assert open_source(released).class_names == ("ant", "bee", "cow")
    (released / "labels.txt").write_text("background\nant\nbee\ncow\n")
    assert open_source(released).class_names == ("ant", "bee", "cow")
    (released / "labels.txt").write_text("ant\nbee\n")
    assert refusal(released) == f"{released}/labels.txt must have a line a class, 3 in all. Got: 2."
    (released / "labels.txt").write_text("ant\nbee\nant\n")
    assert refusal(released) == f"Lines of {released}/labels.txt must differ. Got twice: ant."
    texts = [example(PHOTOS[n], [n % 2 + 1], ("über", "bee")[n % 2]) for n in range(4)]
    assert list_records(write_tfrecord(tmp_path / "named.tfrecord", texts)).class_names == ("über", "bee")


def test_several_labels_a_photo(tmp_path):
    records = [example(PHOTOS[n], labels) for n, labels in enumerate(([0, 2], [1], [], [2, 1]))]
    listing = list_records(write_tfrecord(tmp_path / "all.tfrecord", records))
    labels = listing.parts["all"].labels
    assert [labels.at(i).tolist() for i in range(4)] == [[0, 2], [1], [], [2, 1]]
    assert labels.num_classes == 3


def test_shards_in_folders_of_splits_and_single_files(tmp_path):
    write_tfrecord(tmp_path / "train" / "train-00000-of-00001", examples([0, 1, 0, 1]))
    write_tfrecord(tmp_path / "validation" / "validation-00000-of-00001", examples([1, 0], 4))
    assert held(open_source(tmp_path).validation) == [4, 5]
    file = write_tfrecord(tmp_path / "data.tfrecord-00000-of-00003", examples([0, 1, 0, 1]))
    assert list_records(file).parts["all"].store.read(3) == PHOTOS[3]


@pytest.mark.parametrize("kind", WRITERS)
def test_the_index_is_made_once_and_tells_how_far_it_is(tmp_path, index_folder, kind):
    file = WRITERS[kind](tmp_path / f"data.{kind}", examples([0, 1] * 6))
    told = []
    first = list_records(file, lambda done, total: told.append((done, total)))
    assert told == [(12, 12)]
    (kept,) = index_folder.iterdir()
    before = kept.stat().st_mtime_ns
    again = list_records(file, lambda done, total: told.append((done, total)))
    assert kept.stat().st_mtime_ns == before
    assert told == [(12, 12)]
    assert again.parts["all"].locations == first.parts["all"].locations
    assert again.parts["all"].labels.tolist() == [0, 1] * 6
    assert again.parts["all"].full.sizes.tolist() == first.parts["all"].full.sizes.tolist()
    assert [again.parts["all"].store.read(i) for i in range(12)] == PHOTOS


@pytest.mark.parametrize("kind", WRITERS)
def test_stores_travel_to_other_processes_and_serve_threads(tmp_path, kind):
    file = WRITERS[kind](tmp_path / f"data.{kind}", examples([0, 1] * 6))
    store = pickle.loads(pickle.dumps(list_records(file).parts["all"].store))
    wrong = []

    def read_all():
        wrong.extend(n for _ in range(20) for n in range(12) if store.read(n) != PHOTOS[n])

    threads = [threading.Thread(target=read_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("kind", WRITERS)
def test_photos_that_are_none_are_named(tmp_path, kind):
    records = [*examples([0, 1, 0, 1]), example(b"", [0]), example(b"<html>404</html>", [1])]
    file = WRITERS[kind](tmp_path / f"data.{kind}", records)
    source = open_source(file)
    assert sorted(held(source.train) + held(source.validation)) == [0, 1, 2, 3]
    assert source.bad_files == (
        BadFile(f"{file} record 4", "empty file"),
        BadFile(f"{file} record 5", "not an image: an HTML page"),
    )


def damaged(path, at, data=b"\xff\0\xff"):
    """Overwrites some bytes of a file, from byte `at` of it on."""
    whole = path.read_bytes()
    path.write_bytes(whole[:at] + data + whole[at + len(data) :])
    return whole


def test_a_flipped_byte_is_an_error_with_the_shard_and_the_records_before_it(released):
    path = released / "train-00001-of-00002"
    whole = damaged(path, path.read_bytes().index(PHOTOS[6]) + 200)
    message = f"Shard {path} must be whole. Got: damage after 2 records, a checksum does not match."
    assert refusal(released) == message
    path.write_bytes(whole[: whole.index(PHOTOS[7]) + 50])
    message = f"Shard {path} must be whole. Got: damage after 3 records, the file ends inside a record."
    assert refusal(released) == message


def test_empty_missing_and_compressed_shards_are_refused(released):
    path = released / "train-00001-of-00002"
    path.write_bytes(b"")
    assert refusal(released) == f"Shard {path} must have records. Got: an empty file."
    path.unlink()
    assert refusal(released) == f"{released} must hold all 2 shards of 'train'. Got 1, without 00001."
    write_tfrecord(path, examples([1]), "GZIP")
    message = f"Shard {path} must not be compressed. Got: GZIP, in which no photo can be found on its own."
    assert refusal(released) == message


def test_a_photo_that_changes_under_way_is_an_error(released):
    split = open_source(released).train
    assert split.bytes(5) == PHOTOS[5]
    path = released / "train-00001-of-00002"
    damaged(path, path.read_bytes().index(PHOTOS[5]) + 200)
    with pytest.raises(DataError, match="damaged, or changed since it was indexed"):
        split.bytes(5)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match="damaged, or changed since it was indexed"):
        split.bytes(7)


def test_records_of_other_kinds_are_refused(tmp_path):
    other = example(PHOTOS[0], [0], label_key="label")
    path = write_tfrecord(tmp_path / "a.tfrecord", [*examples([0, 1]), other])
    assert refusal(path) == (
        f"Records of {path} must hold 'image/encoded' and 'image/class/label'. "
        "Got in record 2: no 'image/class/label' of int64_list among image/encoded, image/height, label."
    )
    path = write_tfrecord(tmp_path / "b.tfrecord", [b"\xff\xff\xff"])
    assert refusal(path).endswith("Got in record 0: no tf.train.Example.")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, -1, 1, 0], "Labels must be from 0 to 1. Got 1 others: -1 in {} record 1."),
        ([0, 2, 2, 0], "Every class of {} must have images to train on. Got none for 1 of 3: 1."),
        ([1, 1, 1], "{} must hold at least 2 classes. Got one only: '1'."),
    ],
)
def test_labels_that_are_no_class_numbers_are_refused(tmp_path, labels, message):
    path = write_tfrecord(tmp_path / "a.tfrecord", examples(labels))
    assert refusal(path) == message.replace("{}", str(path))


def test_a_record_without_a_label_is_refused(tmp_path):
    path = write_tfrecord(tmp_path / "a.tfrecord", [*examples([0, 1]), example(PHOTOS[2], [])])
    assert refusal(path) == f"Every record must have a label. Got none in {path} record 2."


def test_labels_to_validate_on_must_be_known(released):
    write_tfrecord(released / "validation-00000-of-00001", examples([3, 4], 8))
    path = released / "validation-00000-of-00001"
    assert refusal(released) == f"Labels must be from 1 to 3. Got 1 others: 4 in {path} record 1."


def test_shards_without_a_split_beside_others_are_refused(released):
    write_tfrecord(released / "more.tfrecord", examples([1]))
    assert refusal(released) == (
        f"Shards in {released} must all be named after their splits, or none. Got without one: more.tfrecord."
    )


def test_array_records_of_the_same_schema(tmp_path):
    write_array_record(tmp_path / "train-00000-of-00001.array_record", examples([1, 2, 1, 2]))
    write_array_record(tmp_path / "test-00000-of-00001.array_record", examples([2, 1], 4))
    source = open_source(tmp_path)
    assert held(source.train) == [0, 1, 2, 3]
    assert held(source.validation) == [4, 5]
    assert source.train.labels.tolist() == [0, 1, 0, 1]


def test_damaged_array_records_are_refused(tmp_path):
    path = write_array_record(tmp_path / "a.arrayrecord", examples([0, 1] * 6))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert refusal(path).startswith(f"Shard {path} must be a whole ArrayRecord file. Got: ")
    path.write_bytes(b"")
    message = f"Shard {path} must be a whole ArrayRecord file. Got: ArrayRecord file should be at least 64KB big."
    assert refusal(path) == message
    path.write_bytes(whole)
    split = open_source(path, validation=0.3).train
    at = whole.index(PHOTOS[7][300:340])
    damaged(path, at)
    assert refusal(path).startswith(f"Shard {path} must be whole. Got: damage after 7 records (")
    index = next(i for i in range(len(split)) if split.locations[i] == f"{path} record 7")
    with pytest.raises(DataError):
        split.bytes(index)


def test_an_array_record_without_records_is_refused(tmp_path):
    path = write_array_record(tmp_path / "a.array_record", [])
    assert "Got: " in refusal(path)


def test_without_the_library_the_extra_is_named(tmp_path, monkeypatch):
    path = write_array_record(tmp_path / "a.array_record", examples([0, 1]))
    monkeypatch.setitem(__import__("sys").modules, "array_record.python.array_record_module", None)
    with pytest.raises(
        UsageError, match=r"ArrayRecord files need a library .*: pip install 'effnetv2_keras\[arrayrecord\]'"
    ):
        open_source(path)


def test_more_shards_than_are_kept_open(tmp_path, monkeypatch):
    monkeypatch.setattr("effnetv2_keras.data.stores.records.KEPT_OPEN", 2)
    for number in range(6):
        write_tfrecord(tmp_path / f"{number}.tfrecord", examples([0, 1], 2 * number))
    store = list_records(tmp_path).parts["all"].store
    assert isinstance(store, Records)
    assert [store.read(i) for _ in range(2) for i in range(12)] == PHOTOS * 2


def test_orientation_comes_with_the_index(tmp_path):
    records = [example(encoded_photo(n, orientation=6 if n == 2 else 1), [n % 2]) for n in range(4)]
    part = list_records(write_tfrecord(tmp_path / "a.tfrecord", records)).parts["all"]
    assert part.full.orientations.tolist() == [1, 1, 6, 1]
