"""The expected numbers are those of the released code's table; see docs/methods/augmentation.md."""

import numpy as np
import pytest

from effnetv2_keras.augment import strengths
from effnetv2_keras.augment.level import Level


def at(strength, *magnitudes, sign=1.0, height=300, width=300):
    count = len(magnitudes)
    level = Level(
        np.array(magnitudes, "float32"), np.full(count, sign, "float32"), np.zeros((count, 2), "float32"), height, width
    )
    return np.asarray(strength(level))


# fmt: off
RELEASED = [
    #                                  5     10    15    20
    (strengths.released_bits,         (2,    4,    6,    8)),
    (strengths.released_threshold,    (128,  0,    128,  0)),
    (strengths.addition,              (55,   110,  165,  220)),
    (strengths.degrees,               (15,   30,   45,   60)),
    (strengths.released_factor,       (1.0,  1.9,  2.8,  3.7)),
    (strengths.slope,                 (0.15, 0.3,  0.45, 0.6)),
    (strengths.released_shift,        (50,   100,  150,  200)),
    (strengths.released_cutout,       (20,   40,   60,   80)),
    (strengths.autoaugment_shift,     (125,  250,  375,  500)),
    (strengths.autoaugment_cutout,    (50,   100,  150,  200)),
]
ADAPTIVE = [
    #                                  0     10    15    30
    (strengths.adaptive_bits,         (8,    4,    2,    1)),
    (strengths.adaptive_threshold,    (256,  171,  128,  0)),
    (strengths.adaptive_factor,       (1.0,  1.9,  2.35, 3.7)),
    (strengths.adaptive_shift_x,      (0,    100,  150,  300)),
    (strengths.adaptive_shift_y,      (0,    100,  150,  300)),
    (strengths.adaptive_cutout,       (0,    40,   60,   120)),
]
# fmt: on


def name(value):
    return getattr(value, "__name__", None)


@pytest.mark.parametrize(("strength", "expected"), RELEASED, ids=name)
def test_released_strengths_are_those_of_the_released_code(strength, expected):
    np.testing.assert_allclose(at(strength, 5, 10, 15, 20), expected, rtol=1e-6)


@pytest.mark.parametrize(("strength", "expected"), ADAPTIVE, ids=name)
def test_adaptive_strengths_go_from_nothing_to_the_most(strength, expected):
    np.testing.assert_allclose(at(strength, 0, 10, 15, 30), expected, rtol=1e-6)


@pytest.mark.parametrize("strength", [row[0] for row in ADAPTIVE], ids=name)
def test_adaptive_strengths_never_turn_back(strength):
    steps = np.diff(at(strength, *np.linspace(0, 30, 301)))
    assert (steps >= 0).all() or (steps <= 0).all()


def test_adaptive_lengths_grow_with_the_image():
    small = [at(strength, 10, height=150, width=120)[0] for strength in
             (strengths.adaptive_shift_x, strengths.adaptive_shift_y, strengths.adaptive_cutout)]  # fmt: skip
    np.testing.assert_allclose(small, [40, 50, 16])


def test_the_sign_turns_geometry_and_adaptive_colour_around():
    assert at(strengths.degrees, 10, sign=-1.0) == -30
    assert at(strengths.released_shift, 10, sign=-1.0) == -100
    np.testing.assert_allclose(at(strengths.adaptive_factor, 5, 10, 20, sign=-1.0), [0.55, 0.1, 0.1], rtol=1e-6)


def test_fractions_of_a_magnitude_count():
    np.testing.assert_allclose(at(strengths.degrees, 8.5), 25.5)
    np.testing.assert_allclose(at(strengths.addition, 8.5), 93)
