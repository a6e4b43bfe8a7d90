import csv
import hashlib
from dataclasses import replace

import numpy as np
import pytest
from photo_corpus import PHOTO, encode
from PIL import Image

from effnetv2_keras.data.check import run
from effnetv2_keras.data.check.classes import class_notes, imbalance
from effnetv2_keras.data.check.files import COLUMNS, refuse_foreign_manifest, write_bad_files, write_manifest
from effnetv2_keras.data.check.run import check_source
from effnetv2_keras.data.labels import LabelSets
from effnetv2_keras.data.listing import EVERYTHING, Listing, Part
from effnetv2_keras.data.stores.files import Files
from effnetv2_keras.errors import DataError, UsageError

RNG = np.random.default_rng(3)


def photo(side=48):
    return Image.fromarray(np.kron(RNG.integers(0, 256, (8, 8, 3)), np.ones((side // 8, side // 8, 1))).astype("uint8"))


def write(folder, **counts):
    """Writes so many different PNG photos a class."""
    for name, count in counts.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            photo().save(folder / name / f"{number:02d}.png")
    return folder


def listing_of(paths, labels, class_names=("a", "b"), **part):
    stored = Part(tuple(map(str, paths)), labels, Files(list(map(str, paths))), **part)
    return Listing("here", class_names, {EVERYTHING: stored})


@pytest.fixture
def check(monkeypatch):
    """Checks a listing in place of a location."""

    def check(listing, **options):
        monkeypatch.setattr(run, "list_source", lambda location: listing)
        return check_source("here", **options)

    return check


def names(checked):
    return {finding.name: [row.location for row in rows] for finding, rows in checked.found().items()}


def test_photos_without_a_fault_give_no_finding(tmp_path):
    checked = check_source(write(tmp_path, a=3, b=2))
    assert (checked.found(), checked.bad, checked.verdict, checked.notes, checked.duplicates) == ({}, [], None, (), ())
    assert checked.counts == {EVERYTHING: [3, 2]}


def test_progress_tells_how_many_of_how_many(tmp_path):
    told = []
    check_source(write(tmp_path, a=3, b=2), advance=lambda done, total: told.append((done, total)))
    assert told == [(5, 5)]


def test_bytes_are_hashed_and_headers_kept(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.jpg").write_bytes(encode(PHOTO, "JPEG"))
    (row,) = check_source(tmp_path).rows
    assert row.look.sha256 == hashlib.sha256((tmp_path / "a" / "1.jpg").read_bytes()).hexdigest()
    assert (row.look.header.width, row.look.header.height, row.look.header.format) == (96, 64, "JPEG")


def test_bytes_that_are_not_those_of_a_kept_checksum_are_found(check, tmp_path):
    write(tmp_path, a=2, b=2)
    paths = sorted(tmp_path.rglob("*.png"))
    kept = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    photo().save(paths[1])  # still a whole photo, and another one
    checked = check(listing_of(paths, np.array([0, 0, 1, 1], np.int32), sha256=tuple(kept)))
    assert names(checked) == {"changed": [str(paths[1])]}
    assert checked.verdict is None


@pytest.mark.parametrize("label", [-1, 2, 99])
def test_labels_that_are_no_class_are_found_and_stop_training(check, tmp_path, label):
    paths = sorted(write(tmp_path, a=2, b=2).rglob("*.png"))
    checked = check(listing_of(paths, np.array([0, 0, 1, label], np.int32)))
    assert names(checked) == {"wrong label": [str(paths[3])]}
    assert checked.verdict == f"Labels must be class numbers from 0 to 1. Got 1 others: {paths[3]}: {label}."
    assert checked.counts == {EVERYTHING: [2, 1]}


def test_photos_with_several_labels_count_for_each(check, tmp_path):
    paths = sorted(write(tmp_path, a=2, b=2).rglob("*.png"))
    checked = check(listing_of(paths, LabelSets.of([[0], [0, 1], [1], [1]], 2)))
    assert checked.counts == {EVERYTHING: [2, 3]}
    assert checked.label_names(checked.rows[1]) == ("a", "b")
    assert checked.verdict is None


def test_what_stops_training_is_the_sentence_of_training(tmp_path):
    write(tmp_path, a=3, b=1)
    assert check_source(tmp_path).verdict == (
        "Class 'b' needs at least 2 images, one to train on and one to validate on. Got: 1."
    )


def test_too_many_damaged_files_stop_training_though_their_headers_are_whole(tmp_path):
    write(tmp_path, a=20, b=20)
    for number in range(10):
        path = tmp_path / "a" / f"{number:02d}.png"
        path.write_bytes(path.read_bytes()[:200])
    checked = check_source(tmp_path)
    assert len(names(checked)["damaged"]) == 10
    assert checked.verdict.startswith(
        "At most 0.01 of the images may be unreadable (`max_bad_fraction`). Got: 10 of 40"
    )
    assert "data check" not in checked.verdict
    assert check_source(tmp_path, max_bad_fraction=0.25).verdict is None


def test_a_share_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(UsageError, match=r"`max_bad_fraction` must be between 0 and 1\. Got: 2\."):
        check_source(tmp_path / "gone", max_bad_fraction=2)


def test_there_must_be_something(tmp_path):
    with pytest.raises(DataError, match="No such directory"):
        check_source(tmp_path / "gone")


def test_classes_that_a_split_lacks_are_named(tmp_path):
    write(tmp_path / "train", a=3, b=3, c=3)
    write(tmp_path / "val", a=2, c=1)
    checked = check_source(tmp_path)
    assert checked.notes == ("1 of 3 classes without a readable image in validation: b",)
    assert checked.counts == {"train": [3, 3, 3], "validation": [2, 0, 1]}


def test_a_class_twenty_times_as_large_as_another_gets_a_hint():
    assert imbalance([40, 2, 0]) == 20
    assert imbalance([0, 0]) is None
    (note,) = class_notes({EVERYTHING: [40, 2]}, ["a", "b"])
    assert note.startswith("the largest class has 20 times as many images as the smallest: `--balance 1`")
    assert "`--class-weights`" in note
    assert class_notes({EVERYTHING: [20, 2]}, ["a", "b"]) == []


def test_the_manifest_has_a_row_an_image(tmp_path):
    write(tmp_path / "photos", a=2)
    (tmp_path / "photos" / "b").mkdir()
    (tmp_path / "photos" / "b" / "page, 1.jpg").write_bytes(b"<html>")
    checked = check_source(tmp_path / "photos")
    with write_manifest(checked, tmp_path / "out").open(newline="") as text:
        rows = list(csv.reader(text))
    first = tmp_path / "photos" / "a" / "00.png"
    assert rows[0] == [
        *("id", "location", "sha256", "width", "height", "format", "orientation", "label", "split", "status"),
    ]
    assert rows[1] == [
        *("0", str(first), hashlib.sha256(first.read_bytes()).hexdigest()),
        *("48", "48", "PNG", "1", "a", "", "ok"),
    ]
    page = f"{tmp_path}/photos/b/page, 1.jpg"
    checksum = hashlib.sha256(b"<html>").hexdigest()
    assert rows[3] == ["2", page, checksum, "", "", "", "", "b", "", "not an image: an HTML page"]
    with write_bad_files(checked, tmp_path / "out").open(newline="") as text:
        assert list(csv.reader(text)) == [["location", "reason"], [page, "not an image: an HTML page"]]


def test_paths_in_the_manifest_are_relative_where_images_lie_beside_it(tmp_path, monkeypatch):
    write(tmp_path / "photos" / "train", a=2, b=2)
    write(tmp_path / "photos" / "test", a=1)
    monkeypatch.chdir(tmp_path)
    checked = check_source("photos")
    with write_manifest(checked, tmp_path / "photos").open(newline="") as text:
        rows = list(csv.DictReader(text))
    assert [(row["location"], row["split"]) for row in rows] == [
        *(("train/a/00.png", "train"), ("train/a/01.png", "train"), ("train/b/00.png", "train")),
        *(("train/b/01.png", "train"), ("test/a/00.png", "test")),
    ]


def test_several_labels_are_parted_by_a_bar(check, tmp_path):
    paths = sorted(write(tmp_path, a=2, b=2).rglob("*.png"))
    checked = check(listing_of(paths, LabelSets.of([[0], [0, 1], [1], [1]], 2)))
    with write_manifest(checked, tmp_path / "out").open(newline="") as text:
        assert [row["label"] for row in csv.DictReader(text)] == ["a", "a|b", "b", "b"]


def test_a_table_of_somebody_else_is_not_replaced(tmp_path):
    refuse_foreign_manifest(tmp_path)
    (tmp_path / "manifest.csv").write_text(",".join(COLUMNS) + "\n")
    refuse_foreign_manifest(tmp_path)
    (tmp_path / "manifest.csv").write_text("name,price\n")
    with pytest.raises(UsageError, match=r"`--out` must not hold a manifest\.csv of another kind\. Got: "):
        refuse_foreign_manifest(tmp_path)


def test_what_could_not_be_listed_is_in_the_report(check, tmp_path):
    paths = sorted(write(tmp_path, a=2, b=2).rglob("*.png"))
    from effnetv2_keras.data.manifest import BadFile

    listing = replace(listing_of(paths, np.array([0, 0, 1, 1], np.int32)), bad_files=(BadFile("row 7", "no path"),))
    checked = check(listing)
    assert names(checked) == {"unreadable": ["row 7"]}
    assert checked.verdict is None
