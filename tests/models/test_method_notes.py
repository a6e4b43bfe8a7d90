"""The examples of the method notes run as they stand."""

import keras
import numpy as np
import pytest
from pages import DOCS, run_page

from effnetv2_keras.models.fuse import num_normalisations

NOTES = DOCS / "methods"


def run(note):
    """Executes the code of a note, block after block, and returns what it defined."""
    return run_page(NOTES / note)


@pytest.fixture(scope="module")
def dense():
    keras.utils.set_random_seed(0)
    return run("dense_prediction.md")


@pytest.mark.slow
def test_the_depth_decoder_learns(dense):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (4, 64, 96, 3)).astype("float32")
    # depth that can be seen: brighter columns are nearer
    shade = np.linspace(0.2, 1.0, 96)[None, None, :, None]
    images = images * shade
    depth = np.repeat((5.0 / shade)[:, :, ::2], 32, axis=1) * np.ones((4, 1, 1, 1))
    network = dense["network"]
    stem = keras.ops.convert_to_numpy(network.get_layer("efficientnetv2-b0-features").get_layer("stem").conv.kernel)
    losses = network.fit(images, depth, epochs=8, batch_size=4, verbose=0).history["loss"]
    assert losses[-1] < 0.8 * losses[0]
    moved = keras.ops.convert_to_numpy(network.get_layer("efficientnetv2-b0-features").get_layer("stem").conv.kernel)
    assert np.any(moved != stem)


def test_the_depth_decoder_takes_any_size(dense):
    depth = np.asarray(dense["network"](np.zeros((1, 97, 133, 3), "float32")))
    assert depth.shape == (1, 49, 67, 1)
    assert (depth > 0).all()
    for height, width in ((64, 96), (97, 133), (75, 61)):  # from the second on the graph knows no size
        depth = dense["network"].predict(np.zeros((1, height, width, 3), "float32"), verbose=0)
        assert depth.shape == (1, -(-height // 2), -(-width // 2), 1)


def test_the_depth_decoder_is_folded_whole(dense):
    assert num_normalisations(dense["network"]) > 0
    assert num_normalisations(dense["deployed"]) == 0


def test_other_backbones_take_its_place(dense):
    backbone = keras.applications.MobileNetV3Small(weights=None, include_top=False)
    network = dense["depth_network"](backbone)
    assert network(np.zeros((1, 64, 96, 3), "float32")).shape == (1, 32, 48, 1)
    assert network(np.zeros((1, 79, 101, 3), "float32")).shape == (1, 40, 51, 1)


def test_the_scaling_note_runs(capsys):
    names = run("scaling.md")
    assert names["deep"].num_blocks == 53
    assert names["found"].best.macs == pytest.approx(2.0, abs=0.1)
    assert "MBConv6, k5x5, SE0.25" in capsys.readouterr().out


def test_the_networks_note_runs():
    names = run("networks.md")
    assert names["network"].output_shape == (None, 10)
    assert num_normalisations(names["deployed"]) == 0
