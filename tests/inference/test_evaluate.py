import numpy as np
import pytest

from effnetv2_keras.data.manifest import Split
from effnetv2_keras.inference.answer import Answer
from effnetv2_keras.inference.evaluate import evaluate

NAMES = ("ant", "bee", "cat", "dog", "emu", "fox")


class Fixed:
    """Gives the answers it is told to."""

    kind, labels, image_size = "fixed", NAMES, 32

    def __init__(self, best):
        self.best = best

    def answer(self, paths, top):
        return [self.best[path.name] for path in paths]


def split_of(*labels):
    names = tuple(f"{number}" for number in range(len(labels)))
    ones = np.ones(len(labels), np.int32)
    return Split("test", NAMES, names, np.array(labels, np.int32), np.stack([ones, ones], 1), ones)


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
