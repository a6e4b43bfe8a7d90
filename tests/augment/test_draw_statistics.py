"""What holds of RandAugment's draws, over 100,000 steps with batches of 32 and two layers.

Exactly uniform: the operation, sign and place of any image. Exactly independent: layers, steps, seeds, and signs and
places everywhere. Not independent, by design: the operations of two images of a batch. They are spread evenly, so two
images share one more rarely than the 1 in 16 of independent draws, with a probability that can be counted:
(r q (q + 1) + (16 - r) q (q - 1)) / (B (B - 1)) for B = 16 q + r.
"""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from effnetv2_keras.augment.mixing import draw_mix
from effnetv2_keras.augment.rand_augment import draw_layers
from effnetv2_keras.augment.randomness import StepSeed

STEPS = 100_000
ONE, OTHER = 3, 20  # two images of the batch
CHANCE = 1e-3  # what a true statement's test may fall below; the seeds are fixed, so it does or does not for good


def over_steps(draw, steps=STEPS, seed=0):
    """Returns what `draw` gives in each step, with the steps as first axis."""
    like = tf.nest.map_structure(lambda field: tf.TensorSpec(field.shape, field.dtype), draw(StepSeed(seed, 0)))
    traced = tf.function(
        lambda: tf.map_fn(lambda step: draw(StepSeed(seed, step)), tf.range(steps), fn_output_signature=like),
        autograph=False,
    )
    return tf.nest.map_structure(lambda field: field.numpy(), traced())


@pytest.fixture(scope="module")
def layers():
    return over_steps(lambda seed: draw_layers(32, 2, 16, seed))


def uniformity(numbers, kinds):
    return stats.chisquare(np.bincount(numbers, minlength=kinds)).pvalue


def independence(one, other):
    return stats.chi2_contingency(stats.contingency.crosstab(one, other).count).pvalue


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("image", [0, 13, 31])
def test_an_image_gets_each_operation_equally_often(layers, image, layer):
    operations = layers[layer].operation[:, image]
    assert operations.size == 100_000
    assert uniformity(operations, 16) > CHANCE


def test_every_batch_of_32_holds_each_operation_twice(layers):
    assert (np.sort(layers[0].operation, axis=1) == np.repeat(np.arange(16), 2)).all()


@pytest.mark.parametrize(
    ("count", "same"), [(2, 0.0), (16, 0.0), (20, 2 / 95), (24, 2 / 69), (32, 1 / 31), (100, 4 / 75), (128, 7 / 127)]
)
def test_two_images_share_an_operation_as_often_as_can_be_counted(count, same):
    """By hand, for 20: 12 operations fall to one image and 4 to two; 4 * 2 of the 20 * 19 ordered pairs are alike."""
    [draw] = over_steps(lambda seed: draw_layers(count, 1, 16, seed), steps=20_000)
    alike = int((draw.operation[:, 0] == draw.operation[:, count - 1]).sum())
    assert stats.binomtest(alike, 20_000, same).pvalue > CHANCE


def test_nothing_else_ties_two_images_of_a_batch_together(layers):
    one, other = layers[0].operation[:, ONE], layers[0].operation[:, OTHER]
    alike = one == other
    assert stats.binomtest(int(alike.sum()), STEPS, 1 / 31).pvalue > CHANCE
    assert uniformity(one[alike], 16) > CHANCE
    different = np.bincount(16 * one[~alike] + other[~alike], minlength=256).reshape(16, 16)
    assert stats.chisquare(different[~np.eye(16, dtype=bool)]).pvalue > CHANCE


@pytest.mark.parametrize("other", [ONE, OTHER])
def test_layers_are_independent(layers, other):
    assert independence(layers[0].operation[:, ONE], layers[1].operation[:, other]) > CHANCE


@pytest.mark.parametrize("other", [ONE, OTHER])
def test_steps_are_independent(layers, other):
    operations = layers[0].operation
    assert independence(operations[:-1, ONE], operations[1:, other]) > CHANCE


def test_seeds_are_independent(layers):
    [draw] = over_steps(lambda seed: draw_layers(32, 1, 16, seed), steps=20_000, seed=1)
    assert independence(layers[0].operation[:20_000, ONE], draw.operation[:, ONE]) > CHANCE


def test_signs_are_balanced(layers):
    signs = np.stack([layer.sign for layer in layers])
    assert set(np.unique(signs)) == {-1.0, 1.0}
    assert stats.binomtest(int((signs > 0).sum()), signs.size).pvalue > CHANCE
    assert stats.binomtest(int((signs[0, :, ONE] > 0).sum()), STEPS).pvalue > CHANCE


def test_signs_follow_neither_each_other_nor_the_operation(layers):
    first, second = layers
    assert independence(first.sign[:, ONE], first.sign[:, OTHER]) > CHANCE
    assert independence(first.sign[:, ONE], second.sign[:, ONE]) > CHANCE
    assert independence(first.sign[:-1, ONE], first.sign[1:, ONE]) > CHANCE
    assert independence(first.operation[:, ONE], first.sign[:, ONE]) > CHANCE


def test_places_are_uniform_and_independent(layers):
    first, second = layers
    columns = [first.place[:, ONE, 0], first.place[:, ONE, 1], first.place[:, OTHER, 0], second.place[:, ONE, 0]]
    assert min(stats.kstest(column, "uniform").pvalue for column in columns) > CHANCE
    others = [first.sign[:, ONE], first.operation[:, ONE].astype("float32")]
    correlations = np.corrcoef([*columns, *others]) - np.eye(6)
    assert np.abs(correlations).max() < 4 / np.sqrt(STEPS)


def test_partners_weights_and_kinds_of_mixing_are_evenly_drawn():
    """One distance turns the whole batch, so partners hang together; the weights of two images do not."""
    draw = over_steps(lambda seed: draw_mix(9, seed), steps=20_000)
    distance = (draw.partner - np.arange(9)) % 9
    assert (distance == distance[:, :1]).all()
    assert uniformity(distance[:, 0] - 1, 8) > CHANCE
    assert uniformity((draw.turn[:, 4] * 9).astype(int), 9) > CHANCE
    fields = [draw.spread[:, 0], draw.spread[:, 5], draw.angle[:, 0], draw.place[:, 0, 0], draw.place[:, 5, 1]]
    assert min(stats.kstest(field, "uniform").pvalue for field in fields) > CHANCE
    assert np.abs(np.corrcoef(fields) - np.eye(5)).max() < 4 / np.sqrt(20_000)
