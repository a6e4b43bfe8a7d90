"""Maps lie on what tells the classes apart: glyphs in noise, at places that are known."""

import keras
import numpy as np
import pytest

from effnetv2_keras.explain.grad_cam import grad_cam
from effnetv2_keras.explain.occlusion import occlusion

SIDE, GLYPH = 40, 12  # px
HALF = SIDE // 2


def glyphs():
    """A ring, a cross and two bars, each (GLYPH, GLYPH) bool."""
    y, x = np.mgrid[:GLYPH, :GLYPH] - (GLYPH - 1) / 2
    radius = np.hypot(x, y)
    return [(radius > 3.5) & (radius < 6), (abs(x) < 1.6) | (abs(y) < 1.6), abs(abs(x) - 4) < 1.6]


def scenes(count, seed):
    """Grey noise with a glyph whole inside of a quadrant: images, classes and quadrants (0 to 3, row by row)."""
    rng = np.random.default_rng(seed)
    images = rng.normal(128, 20, (count, SIDE, SIDE, 3))
    classes, quadrants = rng.integers(0, 3, count), rng.integers(0, 4, count)
    for image, kind, quadrant in zip(images, classes, quadrants, strict=True):
        row, column = rng.integers(1, HALF - GLYPH, 2) + HALF * np.array(divmod(quadrant, 2))
        image[row : row + GLYPH, column : column + GLYPH][glyphs()[kind]] = rng.integers(0, 70, 3)
    return np.clip(images, 0, 255).astype("float32"), classes, quadrants


def network_of_glyphs():
    """A network of a few thousand weights for them."""
    keras.utils.set_random_seed(0)
    images = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Rescaling(1 / 40, -128 / 40)(images)
    for width, stride in ((8, 2), (16, 2), (24, 1)):
        x = keras.layers.Conv2D(width, 5 if stride == 2 else 3, strides=stride, padding="same", use_bias=False)(x)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
    outputs = keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(x))
    return keras.Model(images, outputs)


@pytest.fixture(scope="module")
def trained():
    """One that has learnt the glyphs, wherever they are."""
    network = network_of_glyphs()
    network.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    network.optimizer.learning_rate.assign(3e-3)
    network.fit(*scenes(1024, seed=0)[:2], epochs=5, batch_size=32, verbose=0)
    return network


def share_in_its_quadrant(heat, quadrants):
    """The share of each map's mass that lies in the quadrant of the glyph."""
    blocks = heat.reshape(len(heat), 2, HALF, 2, HALF).sum(axis=(2, 4)).reshape(len(heat), 4)
    return blocks[np.arange(len(heat)), quadrants] / blocks.sum(axis=1)


def left_share(heat):
    return heat[:, :, :HALF].sum(axis=(1, 2)) / heat.sum(axis=(1, 2))


def test_nine_in_ten_maps_have_most_of_their_mass_on_the_glyph(trained):
    images, classes, quadrants = scenes(120, seed=1)
    assert (trained.predict(images, verbose=0).argmax(axis=1) == classes).mean() > 0.95
    shares = share_in_its_quadrant(grad_cam(trained, images, classes).heat, quadrants)
    assert np.mean(shares > 0.5) >= 0.9


def test_maps_of_a_network_that_has_learnt_nothing_do_not():
    images, classes, quadrants = scenes(60, seed=1)
    shares = share_in_its_quadrant(grad_cam(network_of_glyphs(), images, classes).heat, quadrants)
    assert np.mean(np.nan_to_num(shares) > 0.5) < 0.5


def test_of_two_glyphs_each_class_is_found_at_its_own(trained):
    images, classes, quadrants = scenes(60, seed=2)
    others, other_classes, other_quadrants = scenes(60, seed=3)
    differ = (classes != other_classes) & (quadrants % 2 == 0) & (other_quadrants % 2 == 1)
    left, right = images[differ], others[differ]
    both = np.concatenate([left[:, :, :HALF], right[:, :, HALF:]], axis=2)
    assert len(both) > 5
    on_the_left = grad_cam(trained, both, classes[differ]).heat
    on_the_right = grad_cam(trained, both, other_classes[differ]).heat
    assert np.mean(left_share(on_the_left) > 0.5) >= 0.9
    assert np.mean(left_share(on_the_right) < 0.5) >= 0.9


def test_occlusion_finds_the_glyph_too(trained):
    images, classes, quadrants = scenes(20, seed=4)

    def score(batch):
        return keras.ops.convert_to_numpy(keras.ops.softmax(trained(batch.astype("float32"))))

    seen = occlusion(score, images.astype("uint8"), classes, patch=10, stride=5)
    shares = share_in_its_quadrant(seen.heat, quadrants)
    assert np.mean(shares > 0.5) >= 0.9
