import numpy as np
import tensorflow as tf
from scipy import stats

from effnetv2_keras.augment.auto_augment import POLICY_V0, PolicyDraw, StepDraw, auto_augment, draw_policy
from effnetv2_keras.augment.color import color
from effnetv2_keras.augment.equalize import equalize
from effnetv2_keras.augment.randomness import StepSeed


def draw_line(line, chance, count=4):
    step = StepDraw(np.full(count, chance, "float32"), np.ones(count, "float32"), np.zeros((count, 2), "float32"))
    return PolicyDraw(np.full(count, line, "int32"), (step, step))


def run(photos, *arguments):
    """One picture a batch: a batch may hold only its even part of one line."""
    return np.concatenate([auto_augment(photo[None], draw_line(*arguments, count=1)) for photo in photos])


def test_the_policy_has_25_lines_of_two_operations():
    assert len(POLICY_V0) == 25
    assert all(len(line) == 2 and all(0 <= p <= 1 and 0 <= level <= 10 for _, p, level in line) for line in POLICY_V0)


def test_both_operations_act_one_after_the_other(photos):
    expected = equalize(color(photos.astype("float32"), np.full(4, 1.72, "float32")))  # Color 9, then Equalize
    np.testing.assert_array_equal(run(photos, 1, 0.0), expected)


def test_an_operation_rests_when_chance_says_so(photos):
    np.testing.assert_array_equal(run(photos, 1, 0.5), equalize(photos.astype("float32")))  # Color .4, Equalize .6
    np.testing.assert_array_equal(run(photos, 1, 0.7), photos)


def test_translate_y_of_level_9_is_225_pixels():
    photo = np.zeros((1, 250, 8, 3), "uint8")
    step = draw_line(15, 0.7, 1).steps[0]  # TranslateY .8
    rest = step._replace(chance=np.ones(1, "float32"))  # no rotation
    moved = np.asarray(auto_augment(photo, PolicyDraw(np.array([15], "int32"), (rest, step))))
    assert (moved[0, :25] == 0).all()
    assert (moved[0, 25:] == 128).all()


def test_lines_are_drawn_equally_often():
    lines = np.concatenate([draw_policy(32, StepSeed(0, step)).choice for step in range(400)])
    assert stats.chisquare(np.bincount(lines, minlength=25)).pvalue > 0.01


def test_any_batch_has_room_for_its_draw():
    for count in (1, 7, 25, 60):
        photos = np.random.default_rng(0).integers(0, 256, (count, 12, 12, 3)).astype("uint8")
        draw = draw_policy(count, StepSeed(3, count))
        alone = [
            auto_augment(photos[i : i + 1], tf.nest.map_structure(lambda field, i=i: field[i : i + 1], draw))
            for i in range(min(count, 6))
        ]
        np.testing.assert_array_equal(auto_augment(photos, draw)[:6], np.concatenate(alone))
