"""Tags, from download to network, against a server on the loopback."""

import dataclasses
import hashlib
import io
import tarfile

import numpy as np
import pytest
import yaml
from file_server import file_server
from released_checkpoints import released_values, write_checkpoint
from small_applications import SIDE, SMALL_V2

from effnetv2_keras.configs import registry, weight_sets
from effnetv2_keras.configs.weight_sets import TAGS, WEIGHT_SETS, get_weight_set, tags_of
from effnetv2_keras.errors import DataError, UsageError
from effnetv2_keras.files import download
from effnetv2_keras.models import create_model
from effnetv2_keras.models.weights.facts import weight_set_of
from effnetv2_keras.models.weights.fetch import fetch, fetch_labels
from effnetv2_keras.models.weights.formats import open_weights

MODEL = "small-v2"
MADE = {}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The folder of downloaded weights, in a Keras cache of its own."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "keras/models/effnetv2_keras"


@pytest.fixture
def release(tmp_path, theirs, cache, monkeypatch):
    """Serves "imagenet21k-ft1k" of a small network as an archive, and gives the row, the server and the network."""
    if not MADE:  # once for all tests
        MADE["network"] = theirs("small-v2")
        folder = tmp_path / "efficientnetv2-b0-21k-ft1k"
        folder.mkdir()
        write_checkpoint(released_values(MADE["network"], "efficientnetv2-b0"), folder / "model")
        with tarfile.open(tmp_path / "made.tgz", "w:gz") as tar:
            tar.add(folder, arcname=folder.name)
        MADE["archive"] = (tmp_path / "made.tgz").read_bytes()
    monkeypatch.setattr(download, "PAUSE", 0.0)
    monkeypatch.setitem(registry.CONFIGS, MODEL, SMALL_V2)
    with file_server() as server:
        server.files["/made.tgz"] = MADE["archive"]
        row = dataclasses.replace(
            get_weight_set("efficientnetv2-b0", "imagenet21k-ft1k"), model=MODEL, url=f"{server.url}/made.tgz"
        )
        monkeypatch.setattr(weight_sets, "WEIGHT_SETS", (row,))
        yield row, server, MADE["network"]


def digest(data):
    return hashlib.sha256(data).hexdigest()


def test_a_tag_is_downloaded_converted_and_kept(release, cache, images, relative_error, capsys):
    row, server, reference = release
    server.breaks = [50_000]
    model = create_model(MODEL, weights="imagenet21k-ft1k")
    assert model.get_layer("pixels").pixels == "inception"
    assert (weight_set_of(model).tag, weight_set_of(model).preprocessing) == ("imagenet21k-ft1k", "finetune")
    x = images(SIDE, SIDE)
    means, deviations = np.array([0.485, 0.456, 0.406]) * 255, np.array([0.229, 0.224, 0.225]) * 255
    as_theirs = (x / 127.5 - 1) * deviations + means  # their network normalises with ImageNet's numbers
    assert relative_error(model(x), reference(as_theirs)) < 1e-4
    assert f"Downloading {row.url}" in capsys.readouterr().out
    assert [name for name, _ in server.asked] == ["/made.tgz", "/made.tgz"]
    create_model(MODEL, weights="imagenet21k-ft1k")
    assert len(server.asked) == 2
    assert sorted(path.name for path in cache.iterdir() if not path.name.startswith(".")) == [
        "small-v2-imagenet21k-ft1k.weights.h5",
        "weights.lock.yaml",
    ]
    lock = yaml.safe_load((cache / "weights.lock.yaml").read_text())
    assert lock[row.url]["sha256"] == digest(server.files["/made.tgz"])


def test_another_file_than_at_the_first_use_is_refused(release, cache):
    row, server, _ = release
    fetch(row)
    (cache / "small-v2-imagenet21k-ft1k.weights.h5").unlink()
    other = io.BytesIO()
    with tarfile.open(fileobj=other, mode="w:gz"):
        pass
    server.files["/made.tgz"] = other.getvalue()
    with pytest.raises(DataError, match=r"made\.tgz must have the SHA-256 \w{64} \(as at its first use, in weights"):
        create_model(MODEL, weights="imagenet21k-ft1k")
    assert not (cache / "small-v2-imagenet21k-ft1k.tgz").exists()


def test_a_pinned_hash_holds_at_the_first_use_and_later(release, cache):
    row, server, _ = release
    with pytest.raises(DataError, match=r"must have the SHA-256 0{64} \(as asked for\)\. Got: \w{64}\."):
        fetch(row, sha256="0" * 64)
    assert not (cache / "weights.lock.yaml").exists()
    fetch(row, sha256=digest(server.files["/made.tgz"]).upper())
    with pytest.raises(DataError, match=r"must have the SHA-256 0{64} \(as asked for\)"):
        fetch(row, sha256="0" * 64)


def test_a_converted_file_that_changed_is_refused(release, cache):
    row, _, _ = release
    ours = fetch(row)
    damaged = bytearray(ours.read_bytes())
    damaged[-1000] ^= 0xFF
    ours.write_bytes(damaged)
    with pytest.raises(DataError, match=r"small-v2-imagenet21k-ft1k\.weights\.h5 must have the SHA-256"):
        create_model(MODEL, weights="imagenet21k-ft1k")


def test_a_file_that_nothing_is_known_of_is_made_again(release, cache):
    row, server, _ = release
    ours = fetch(row)
    (cache / "weights.lock.yaml").unlink()
    ours.write_bytes(b"anything")
    assert fetch(row) == ours
    assert len(server.asked) == 2
    assert open_weights(ours).shapes["logits/bias"] == (7,)


def test_labels_are_downloaded_once_and_counted(release, cache):
    row, server, _ = release
    server.files["/labels.txt"] = "".join(f"thing {n}\n" for n in range(1000)).encode()
    row = dataclasses.replace(row, labels=f"{server.url}/labels.txt")
    assert fetch_labels(row)[:2] == ("thing 0", "thing 1")
    assert fetch_labels(row)[-1] == "thing 999"
    assert len(server.asked) == 1
    with pytest.raises(DataError, match=r"labels\.txt must name 21843 classes\. Got: 1000 lines\."):
        fetch_labels(dataclasses.replace(row, num_classes=21843))


def test_a_failed_download_makes_no_network(release):
    _, server, _ = release
    server.files.clear()
    with pytest.raises(DataError, match=r"made\.tgz must be there to be downloaded\. Got: 404 Not Found\."):
        create_model(MODEL, weights="imagenet21k-ft1k")


def test_an_archive_of_another_network_makes_no_network(release, cache):
    row, _, _ = release
    row = dataclasses.replace(row, model="efficientnetv2-b1")
    with pytest.raises(DataError, match=r"`weights` must hold exactly the weights of efficientnetv2-b1\. Got: "):
        fetch(row)
    assert list(cache.glob("*.weights.h5")) == []


def test_a_tag_that_a_network_has_not_is_refused_with_those_it_has(cache):
    with pytest.raises(
        UsageError,
        match=r"`weights` of efficientnetv2-xl must be of those released for it: imagenet21k, imagenet21k-ft1k\. "
        r"Got: 'imagenet'\.",
    ):
        create_model("efficientnetv2-xl", weights="imagenet")
    with pytest.raises(UsageError, match=r"Unknown weights: 'noisy_student'\. Nearest: noisy-student"):
        create_model("efficientnet-b0", weights="noisy_student")


def test_the_released_sets_are_those_of_the_facts():
    """Facts 1.4, 1.7 and 1.8, by hand."""
    assert len(WEIGHT_SETS) == 56
    assert TAGS == (
        "imagenet", "imagenet21k", "imagenet21k-ft1k", "autoaugment", "advprop", "noisy-student", "noisy-student-475",
    )  # fmt: skip
    assert tags_of("efficientnetv2-xl") == ("imagenet21k", "imagenet21k-ft1k")
    assert tags_of("efficientnet-b8") == ("advprop",)
    rows = {str(row): row for row in WEIGHT_SETS}
    small, student = rows["efficientnetv2-s:imagenet21k"], rows["efficientnet-b7:noisy-student"]
    store = "https://storage.googleapis.com/cloud-tpu-checkpoints/efficientnet"
    assert (small.url, small.num_classes) == (f"{store}/v2/efficientnetv2-s-21k.tgz", 21843)
    assert student.url == f"{store}/noisystudent/noisy_student_efficientnet-b7.tar.gz"
    assert rows["efficientnet-l2:noisy-student-475"].eval_size == 475
    assert {row.pixels for row in WEIGHT_SETS if row.tag == "imagenet21k"} == {"symmetric"}
    assert {(row.pixels, row.preprocessing) for row in WEIGHT_SETS if row.tag == "imagenet21k-ft1k"} == {
        ("inception", "finetune")
    }
    assert (rows["efficientnetv2-b3:imagenet"].pixels, rows["efficientnetv2-b3:imagenet"].preprocessing) == (
        "imagenet",
        "v1",
    )
    assert (rows["efficientnetv2-m:imagenet"].pixels, rows["efficientnetv2-m:imagenet"].preprocessing) == (
        "symmetric",
        "v2",
    )
