import numpy as np
import pytest

from effnetv2_keras.data.labels import LabelSets
from effnetv2_keras.data.manifest import Level, Split
from effnetv2_keras.data.stores.files import Files
from effnetv2_keras.inference.answer import Answer
from effnetv2_keras.inference.evaluate import evaluate

NAMES = ("ant", "bee", "cat", "dog", "emu", "fox")


class Fixed:
    """Gives the answers it is told to."""

    kind, labels, image_size = "fixed", NAMES, 32

    def __init__(self, best):
        self.best = best

    def answer(self, photos, top):
        return [self.best[photo.name] for photo in photos]


def split_of(*labels):
    names = tuple(f"{number}" for number in range(len(labels)))
    ones = np.ones(len(labels), np.int32)
    full = Level(Files(names), np.stack([ones, ones], 1), ones, np.array(["JPEG"] * len(labels)))
    table = LabelSets.of(labels, len(NAMES)) if isinstance(labels[0], tuple) else np.array(labels, np.int32)
    return Split("test", NAMES, names, table, full)


def answer(name, *labels):
    return Answer(name, labels, tuple(0.5**i for i in range(len(labels))))


def test_counts_the_right_ones_of_all_and_of_each_class():
    model = Fixed(
        {
            "0": answer("0", "ant", "bee", "cat", "dog", "emu"),  # right
            "1": answer("1", "bee", "cat", "dog", "emu", "ant"),  # right among five
            "2": answer("2", "bee", "ant", "cat", "dog", "emu"),  # right
            "3": answer("3", "ant", "bee", "cat", "dog", "emu"),  # fox: not even among five
        }
    )
    measured = evaluate(model, split_of(0, 0, 1, 5))
    assert measured.num_images == 4
    assert measured.accuracy == 0.5
    assert measured.top5_accuracy == 0.75
    assert measured.recall == {"ant": 0.5, "bee": 1.0, "fox": 0.0}
    assert measured.ms_per_image >= 0
    assert [given.path for given in measured.answers] == ["0", "1", "2", "3"]


def test_files_that_cannot_be_read_do_not_count():
    bad = Answer("1", error="truncated")
    model = Fixed({"0": answer("0", "ant"), "1": bad, "2": answer("2", "ant")})
    measured = evaluate(model, split_of(0, 0, 1))
    assert measured.num_images == 2
    assert measured.accuracy == 0.5
    assert measured.recall == {"ant": 1.0, "bee": 0.0}
    assert measured.skipped == (bad,)
    assert len(measured.answers) == 3


def test_nothing_readable_is_an_accuracy_of_nothing():
    measured = evaluate(Fixed({"0": Answer("0", error="truncated")}), split_of(0))
    assert measured.num_images == 0
    assert measured.accuracy == pytest.approx(0.0)


def test_tells_each_file_as_it_is_done():
    model = Fixed({str(number): answer(str(number), "ant") for number in range(40)})
    done = []
    evaluate(model, split_of(*[0] * 40), advance=done.append)
    assert done == [1] * 40


def test_of_images_with_several_classes_any_of_them_is_right():
    model = Fixed(
        {
            "0": answer("0", "ant", "bee", "cat"),  # shows ant and bee: both found
            "1": answer("1", "cat", "ant", "bee"),  # shows bee and cat: cat found
            "2": answer("2", "fox", "ant", "bee"),  # shows ant: not the best
        }
    )
    measured = evaluate(model, split_of((0, 1), (1, 2), (0,)))
    assert measured.accuracy == pytest.approx(2 / 3)
    assert measured.top5_accuracy == 1.0
    assert measured.recall == {"ant": 0.5, "bee": 0.5, "cat": 1.0}
