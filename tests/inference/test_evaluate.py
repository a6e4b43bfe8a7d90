import tracemalloc
from dataclasses import replace

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


class Noisy:
    """Answers at random, all classes in some order, the same for the same photo."""

    kind, labels, image_size = "noisy", NAMES, 32

    def answer(self, photos, top):
        orders = [np.random.default_rng(int(photo.name)).permutation(len(NAMES)) for photo in photos]
        return [answer(photo.name, *(NAMES[i] for i in order)) for photo, order in zip(photos, orders, strict=True)]


def test_precision_recall_and_confusions_are_those_of_scikit_learn():
    from sklearn.metrics import confusion_matrix, f1_score, precision_score, recall_score

    labels = np.random.default_rng(0).integers(0, 5, 200)  # nothing shows a fox
    measured = evaluate(Noisy(), split_of(*labels.tolist()))
    best = [NAMES.index(given.labels[0]) for given in measured.answers]
    classes = list(measured.counts.classes.values())
    every = {"labels": list(range(6)), "average": None, "zero_division": np.nan}
    assert [one.precision for one in classes] == pytest.approx(list(precision_score(labels, best, **every)))
    assert [one.f1 for one in classes] == pytest.approx(list(f1_score(labels, best, **every)))
    recalls = list(recall_score(labels, best, **every))
    assert [one.recall for one in classes[:5]] == pytest.approx(recalls[:5])
    assert classes[5].recall is None
    assert measured.counts.mean_recall == pytest.approx(np.mean(recalls[:5]))
    matrix = confusion_matrix(labels, best, labels=range(6))
    off_diagonal = matrix - np.diag(matrix.diagonal())
    got = np.zeros((6, 6), int)
    for (truth, given), count in measured.counts.confused.items():
        got[NAMES.index(truth), NAMES.index(given)] = count
    assert np.array_equal(got, off_diagonal)


def test_of_several_classes_precision_and_recall_are_those_of_scikit_learns_indicators():
    from sklearn.metrics import precision_recall_fscore_support

    rng = np.random.default_rng(1)
    sets = [tuple(rng.permutation(6)[: rng.integers(1, 4)].tolist()) for _ in range(150)]
    measured = evaluate(Noisy(), split_of(*sets))
    shown, given = np.zeros((2, 150, 6), int)
    for row, (numbers, one) in enumerate(zip(sets, measured.answers, strict=True)):
        shown[row, list(numbers)] = 1
        given[row, [NAMES.index(name) for name in one.labels[: len(numbers)]]] = 1
    precision, recall, f1, support = precision_recall_fscore_support(shown, given)
    classes = list(measured.counts.classes.values())
    assert [one.precision for one in classes] == pytest.approx(list(precision))
    assert [one.recall for one in classes] == pytest.approx(list(recall))
    assert [one.f1 for one in classes] == pytest.approx(list(f1))
    assert [one.shown for one in classes] == support.tolist()


def test_all_classes_of_an_image_with_many_are_asked_for():
    model = Fixed({"0": answer("0", *NAMES)})
    asked = []
    model.answer = lambda photos, top: asked.append(top) or Fixed.answer(model, photos, top)
    measured = evaluate(model, split_of((0, 1, 2, 3, 4, 5)))
    assert asked[-1] == 6
    assert measured.recall == dict.fromkeys(NAMES, 1.0)


def test_pictures_are_not_kept():
    class Heavy:
        def __len__(self):
            return 400

        def read(self, index):
            return bytes(200_000)

    split = split_of(*[0] * 400)
    heavy = replace(split, full=replace(split.full, store=Heavy()))
    model = Fixed({str(number): answer(str(number), "ant") for number in range(400)})
    tracemalloc.start()
    evaluate(model, heavy)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 6_000_000 < peak < 16_000_000  # 32 photos of 200 kB at a time, twice at a change of batches; all are 80 MB
