"""Checkpoints as TensorFlow 1 wrote them, under the released names, with weights of keras.applications."""

import tarfile

import numpy as np
import pytest
from released_checkpoints import released_values, with_averages, write_checkpoint
from small_applications import SIDE, SMALL_V1, SMALL_V2

from effnetv2_keras.configs import get_config
from effnetv2_keras.errors import DataError
from effnetv2_keras.models import create_model
from effnetv2_keras.models.weights.facts import weight_set_of
from effnetv2_keras.models.weights.formats import open_weights, released


@pytest.fixture
def checkpoint(tmp_path, theirs):
    """Writes a small network as a checkpoint in a folder and returns the folder and the network."""

    def checkpoint(name="small-v2", root="efficientnetv2-b0", folder="mine", change=lambda values: values, **options):
        model = theirs(name, **options)
        path = tmp_path / folder
        path.mkdir(parents=True)
        write_checkpoint(change(released_values(model, root)), path / "model.ckpt-7")
        return path, model

    return checkpoint


@pytest.mark.parametrize(
    ("name", "config", "root"),
    [("small-v2", SMALL_V2, "efficientnetv2-b0"), ("small-v1", SMALL_V1, "efficientnet-b0")],
)
def test_a_checkpoint_gives_the_logits_of_the_same_weights(name, config, root, checkpoint, images, relative_error):
    folder, reference = checkpoint(name, root)
    model = create_model(config, weights=folder)
    assert relative_error(model(images(SIDE, SIDE)), reference(images(SIDE, SIDE))) < 1e-4


def test_averages_are_taken_where_there_are_any(checkpoint, images, relative_error, caplog):
    folder, reference = checkpoint("small-v1", "efficientnet-b0", change=with_averages)
    model = create_model(SMALL_V1, weights=folder / "model.ckpt-7.index")
    assert relative_error(model(images(SIDE, SIDE)), reference(images(SIDE, SIDE))) < 1e-4
    assert "moving averages of 159 of 159 weights are taken" in caplog.text


def test_an_archive_is_unpacked_read_and_removed(checkpoint, tmp_path, images, relative_error, monkeypatch):
    folder, reference = checkpoint()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "unpacked"))
    (tmp_path / "unpacked").mkdir()
    (folder / "._model.ckpt-7.index").write_bytes(b"what another system kept beside it")
    with tarfile.open(tmp_path / "mine.tgz", "w:gz") as tar:
        tar.add(folder, arcname="efficientnetv2-b0")
    model = create_model(SMALL_V2, weights=tmp_path / "mine.tgz")
    assert relative_error(model(images(SIDE, SIDE)), reference(images(SIDE, SIDE))) < 1e-4
    assert list((tmp_path / "unpacked").iterdir()) == []


@pytest.mark.parametrize(
    ("folder", "root", "classes", "tag", "pixels"),
    [
        ("odd", "efficientnetv2-b0", 21843, "imagenet21k", "symmetric"),
        ("efficientnetv2-b0-21k-ft1k", "efficientnetv2-b0", 1000, "imagenet21k-ft1k", "inception"),
        ("efficientnetv2-b0", "efficientnetv2-b0", 1000, "imagenet", "imagenet"),
    ],
)
def test_a_known_checkpoint_brings_its_normalisation(folder, root, classes, tag, pixels, checkpoint, tmp_path):
    path, _ = checkpoint(root=root, folder=folder, classes=classes)
    model = create_model(SMALL_V2.replace(pixels="none"), weights=path)
    assert (weight_set_of(model).tag, model.get_layer("pixels").pixels) == (tag, pixels)
    assert model.output_shape == (None, classes)


@pytest.mark.parametrize(("folder", "pixels"), [("advprop/efficientnet-b0", "inception"), ("efficientnet-b0", "none")])
def test_v1_is_told_apart_by_its_folder_or_left_to_the_table(folder, pixels, checkpoint, caplog):
    path, _ = checkpoint("small-v1", "efficientnet-b0", folder=folder, classes=1000)
    model = create_model(SMALL_V1.replace(pixels="none"), weights=path)
    assert model.get_layer("pixels").pixels == pixels
    assert ("do not tell which of imagenet, autoaugment, advprop" in caplog.text) == (pixels == "none")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"drop": "efficientnetv2-b0/head/conv2d/kernel"}, r"not there: efficientnetv2-b0/head/conv2d/kernel\."),
        (
            {"add": "efficientnetv2-b0/blocks_99/conv2d/kernel"},
            r"not used: efficientnetv2-b0/blocks_99/conv2d/kernel\.",
        ),
        (
            {"cut": "efficientnetv2-b0/stem/conv2d/kernel"},
            r"other shape: efficientnetv2-b0/stem/conv2d/kernel \(3, 3, 3, 4\) for stem_conv/kernel \(3, 3, 3, 8\)\.",
        ),
    ],
    ids=["missing", "unused", "misshapen"],
)
def test_a_checkpoint_that_does_not_fit_exactly_is_refused(change, said, checkpoint):
    def spoilt(values):
        [(how, name)] = change.items()
        if how == "drop":
            return {other: value for other, value in values.items() if other != name}
        return {**values, name: np.zeros((1, 1), "float32") if how == "add" else values[name][..., :4]}

    folder, _ = checkpoint(change=spoilt)
    with pytest.raises(DataError, match=r"`weights` must hold exactly the weights of small-v2\. Got: .*" + said):
        create_model(SMALL_V2, weights=folder)


def test_damaged_values_are_refused_before_any_weight_changes(checkpoint):
    folder, _ = checkpoint()
    [data] = folder.glob("*.data-*")
    damaged = bytearray(data.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    data.write_bytes(damaged)
    with pytest.raises(DataError, match=r"mine must be whole\. Got: efficientnetv2-b0/.* cannot be read"):
        create_model(SMALL_V2, weights=folder)


def test_a_cut_off_index_and_several_checkpoints_are_refused(checkpoint):
    folder, _ = checkpoint()
    [index] = folder.glob("*.index")
    (folder / "other.index").write_bytes(index.read_bytes()[:100])
    with pytest.raises(DataError, match=r"mine must hold one checkpoint; give the path of its \.index file\."):
        create_model(SMALL_V2, weights=folder)
    with pytest.raises(DataError, match=r"other must be a whole checkpoint of TensorFlow\."):
        create_model(SMALL_V2, weights=folder / "other.index")


def test_names_are_the_published_ones(checkpoint):
    """Facts 1.7, written out for the blocks of S and B0."""
    folder, _ = checkpoint()
    opened = open_weights(folder)
    names = {path: tensor.name for path, tensor in released.names(get_config("efficientnetv2-s"), opened).items()}
    root = "efficientnetv2-b0"
    assert names["stage1_block1_project_conv/kernel"] == f"{root}/blocks_0/conv2d/kernel"
    assert names["stage2_block1_project_bn/beta"] == f"{root}/blocks_2/tpu_batch_normalization_1/beta"
    assert names["stage4_block1_depthwise_conv/kernel"] == f"{root}/blocks_10/depthwise_conv2d/depthwise_kernel"
    assert names["stage4_block1_project_conv/kernel"] == f"{root}/blocks_10/conv2d_1/kernel"
    assert names["stage4_block1_se_expand_conv/bias"] == f"{root}/blocks_10/se/conv2d_1/bias"
    assert names["stage6_block15_project_bn/moving_variance"] == (
        f"{root}/blocks_39/tpu_batch_normalization_2/moving_variance"
    )
    first = {path: tensor.name for path, tensor in released.names(get_config("efficientnet-b0"), opened).items()}
    assert first["stage1_block1_project_conv/kernel"] == f"{root}/blocks_0/conv2d/kernel"
    assert first["stage1_block1_project_bn/gamma"] == f"{root}/blocks_0/tpu_batch_normalization_1/gamma"
