import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from effnetv2_keras.augment.mixing import MixDraw, draw_mix, mix, symmetric_beta
from effnetv2_keras.augment.randomness import StepSeed, uniform


def beta(alpha, count=20_000):
    seed = StepSeed(1, 0)
    return np.asarray(
        symmetric_beta(np.full(count, alpha, "float32"), uniform((count,), seed), uniform((count,), seed))
    )


@pytest.mark.parametrize("alpha", [0.05, 0.2, 0.5, 1.0, 2.0, 8.0])
def test_symmetric_beta_is_the_beta_distribution(alpha):
    draws = beta(alpha).astype("float64")
    exact = stats.beta(alpha, alpha)
    inner = draws[(draws > 1e-4) & (draws < 1 - 1e-4)]  # a float32 near 1 is coarser than the distribution there
    low, high = exact.cdf([1e-4, 1 - 1e-4])
    assert stats.kstest(inner, lambda x: (exact.cdf(x) - low) / (high - low)).pvalue > 0.01
    assert stats.binomtest(len(inner), len(draws), high - low).pvalue > 0.01
    assert abs(draws.mean() - 0.5) < 0.012
    assert abs(draws.var() - 1 / (4 * (2 * alpha + 1))) < 0.003


def test_symmetric_beta_of_alpha_0_is_exactly_1():
    np.testing.assert_array_equal(beta(0.0), np.ones(20_000))


def test_tiny_alphas_hardly_mix():
    draws = beta(1e-3)
    assert np.isfinite(draws).all()
    assert np.maximum(draws, 1 - draws).mean() > 0.998


def test_the_ends_of_the_draws_are_finite():
    ends = np.array([0.0, 0.0, 1 - 2**-24, 1 - 2**-24, 0.3], "float32")
    angles = np.array([0.0, 0.25, 0.25, 0.5, 0.25], "float32")
    for alpha in (1e-6, 0.2, 5.0):
        kept = np.asarray(symmetric_beta(np.full(5, alpha, "float32"), ends, angles))
        assert ((kept >= 0) & (kept <= 1)).all()


def by_hand(images, labels, draw, mixup, cutmix, share):
    """NumPy, one image at a time."""
    count, height, width, _ = images.shape
    share = (share if mixup > 0 else 1.0) if cutmix > 0 else 0.0
    mixed, rows = images.astype("float64"), labels.astype("float64")
    for i in range(count):
        partner = int(draw.partner[i])
        cuts = draw.turn[i] < share
        alpha = cutmix if cuts else mixup
        if alpha == 0:
            continue
        radius = (1 - np.float64(draw.spread[i])) ** (-1 / alpha) - 1
        t = np.sqrt(radius) * np.cos(2 * np.pi * np.float64(draw.angle[i]))
        kept = 0.5 + 0.5 * t / np.sqrt(1 + t * t)
        if cuts:
            tall, wide = int(np.sqrt(1 - kept) * height), int(np.sqrt(1 - kept) * width)
            y = int(draw.place[i, 0] * height) - tall // 2
            x = int(draw.place[i, 1] * width) - wide // 2
            y0, y1, x0, x1 = max(y, 0), min(y + tall, height), max(x, 0), min(x + wide, width)
            mixed[i, y0:y1, x0:x1] = images[partner, y0:y1, x0:x1]
            weight = 1 - (y1 - y0) * (x1 - x0) / (height * width)
        else:
            weight = max(kept, 1 - kept)
            mixed[i] = weight * images[i] + (1 - weight) * images[partner]
        rows[i] = weight * labels[i] + (1 - weight) * labels[partner]
    return mixed, rows


@pytest.mark.parametrize(("mixup", "cutmix"), [(0.2, 0.0), (0.0, 1.0), (0.4, 0.6), (0.0, 0.0)])
def test_mixing_is_what_numpy_gives_one_image_at_a_time(world, rows, mixup, cutmix):
    images = np.random.default_rng(0).uniform(0, 255, (13, 21, 17, 3)).astype("float32")
    draw = draw_mix(13, StepSeed(3, 5))
    run = world(lambda a, b: mix(images, rows(13), draw, mixup=a, cutmix=b, cutmix_share=0.4))
    got, got_labels = run(tf.constant(mixup), tf.constant(cutmix))
    expected, labels = by_hand(images, rows(13), MixDraw(*map(np.asarray, draw)), mixup, cutmix, 0.4)
    np.testing.assert_allclose(got, expected, atol=2e-3)
    np.testing.assert_allclose(got_labels, labels, atol=1e-5)
    np.testing.assert_allclose(np.sum(got_labels, axis=1), 1, atol=1e-6)


def test_alpha_0_changes_no_bit(rows):
    images = np.random.default_rng(0).uniform(0, 255, (6, 8, 8, 3)).astype("float32")
    got, labels = mix(images, rows(6), draw_mix(6, StepSeed(0, 0)), mixup=0.0, cutmix=0.0)
    np.testing.assert_array_equal(got, images)
    np.testing.assert_array_equal(labels, rows(6))


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.25, 5), (0.5, 10), (1.0, 20)])
def test_both_share_a_batch_in_the_given_proportion(share, expected):
    images = np.arange(20, dtype="float32")[:, None, None, None] * np.ones((1, 30, 30, 1), "float32")
    draw = draw_mix(20, StepSeed(0, 1))._replace(place=np.full((20, 2), 0.5, "float32"))
    mixed, _ = mix(images, np.eye(20, dtype="float32"), draw, mixup=1.0, cutmix=1.0, cutmix_share=share)
    has_box = np.asarray(mixed).std(axis=(1, 2, 3)) > 1e-3
    assert has_box.sum() == expected


def test_nobody_is_its_own_partner_and_everybody_is_one():
    for step in range(20):
        partner = np.asarray(draw_mix(7, StepSeed(0, step)).partner)
        assert sorted(partner) == list(range(7))
        assert (partner != np.arange(7)).all()


def test_a_single_image_stays_itself():
    image = np.random.default_rng(0).uniform(0, 255, (1, 8, 8, 3)).astype("float32")
    mixed, labels = mix(image, np.ones((1, 1), "float32"), draw_mix(1, StepSeed(0, 0)), mixup=1.0, cutmix=1.0)
    np.testing.assert_allclose(mixed, image, rtol=1e-6)
    np.testing.assert_allclose(labels, [[1.0]])


def test_centres_of_the_boxes_are_uniform():
    places = np.concatenate([draw_mix(50, StepSeed(0, step)).place for step in range(40)])
    assert stats.kstest(places[:, 0], "uniform").pvalue > 0.01
    assert stats.kstest(places[:, 1], "uniform").pvalue > 0.01
