import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from effnetv2_keras.augment.randomness import StepSeed, draw_sign, shuffled, spread, uniform


def pair(seed, step, position):
    generator = StepSeed(seed, step)
    return tuple([generator.next().numpy() for _ in range(position + 1)][-1].tolist())


def test_a_resumed_step_repeats_its_draws():
    first = [uniform((3,), seed).numpy() for seed in [StepSeed(5, 100)] for _ in range(4)]
    again = [uniform((3,), seed).numpy() for seed in [StepSeed(5, 100)] for _ in range(4)]
    np.testing.assert_array_equal(first, again)


def test_no_two_draws_share_a_pair():
    pairs = {pair(seed, step, position) for seed in (0, 1, 2, 77) for step in range(40) for position in (0, 1, 20)}
    assert len(pairs) == 4 * 40 * 3


def test_seeds_of_any_size_are_told_apart():
    seeds = (0, 1, -1, 2**19 - 1, 2**19, 2**19 + 1, 2**29 - 1, 20_240_101)
    assert len({pair(seed, 7, position) for seed in seeds for position in (0, 1, 2)}) == len(seeds) * 3


def test_draws_of_neighbouring_steps_are_not_alike():
    rows = np.stack([uniform((2000,), StepSeed(0, step)).numpy() for step in range(4)])
    assert np.abs(np.corrcoef(rows) - np.eye(4)).max() < 0.08


def test_it_holds_no_variable_and_can_be_made_inside_a_compiled_function():
    draw = tf.function(lambda step: uniform((3,), StepSeed(1, step)), jit_compile=True)
    draw(tf.constant(0))
    draw(tf.constant(1))
    assert draw.experimental_get_tracing_count() == 1
    assert not draw.get_concrete_function(tf.constant(0)).variables


def test_it_is_not_saved():
    with pytest.raises(NotImplementedError, match="lives for one step"):
        StepSeed(0, 0).get_config()


@pytest.mark.parametrize("step", [7, np.int64(7), tf.constant(7, tf.int64), tf.constant(7, tf.int32)], ids=repr)
def test_any_integer_is_a_step(step):
    np.testing.assert_array_equal(StepSeed(3, step).next(), [3 * 4096, 7])


def test_draws_are_the_same_in_every_world(world):
    def draw(step):
        seed = StepSeed(9, step)
        return uniform((4, 3), seed), shuffled(19, seed), spread(19, 16, seed), draw_sign(8, seed)

    for got, expected in zip(world(draw)(tf.constant(12)), draw(tf.constant(12)), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_uniform_numbers_are_uniform_and_below_one():
    numbers = uniform((100_000,), StepSeed(0, 0)).numpy()
    assert numbers.min() >= 0
    assert numbers.max() < 1
    assert stats.kstest(numbers, "uniform").pvalue > 0.01


@pytest.mark.parametrize("count", [1, 2, 33])
def test_shuffled_is_a_permutation(count):
    assert sorted(shuffled(count, StepSeed(0, 3)).numpy()) == list(range(count))


def test_every_place_is_equally_likely_in_a_shuffle():
    first = [int(shuffled(6, StepSeed(1, step))[0]) for step in range(1200)]
    assert stats.chisquare(np.bincount(first, minlength=6)).pvalue > 0.01


@pytest.mark.parametrize(
    ("count", "kinds", "low", "high"), [(32, 16, 2, 2), (20, 16, 1, 2), (5, 16, 0, 1), (64, 25, 2, 3)]
)
def test_spread_gives_each_kind_its_even_part_of_a_batch(count, kinds, low, high):
    for step in range(30):
        counts = np.bincount(spread(count, kinds, StepSeed(0, step)), minlength=kinds)
        assert low <= counts.min()
        assert counts.max() <= high


def test_spread_gives_one_image_every_kind_equally_often():
    draw = tf.function(lambda step: spread(7, 16, StepSeed(2, step)), autograph=False)
    kinds = np.stack([draw(tf.constant(step)).numpy() for step in range(8000)])
    for image in (0, 3, 6):
        assert stats.chisquare(np.bincount(kinds[:, image], minlength=16)).pvalue > 0.001


def test_signs_are_balanced():
    signs = draw_sign(100_000, StepSeed(4, 0)).numpy()
    assert set(signs) == {-1.0, 1.0}
    assert stats.binomtest(int((signs > 0).sum()), 100_000).pvalue > 0.01


def test_keras_random_takes_it_as_a_seed():
    assert keras.random.randint((2,), 0, 10, seed=StepSeed(0, 1)).shape == (2,)
