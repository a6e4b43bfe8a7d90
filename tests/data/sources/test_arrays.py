import io

import numpy as np
import pytest
from PIL import Image

from effnetv2_keras.data.open_source import open_source, open_split
from effnetv2_keras.errors import DataError

RNG = np.random.default_rng(0)


def pixels(count, *shape):
    return RNG.integers(0, 256, (count, *shape), np.uint8)


def refusal(location):
    with pytest.raises(DataError) as error:
        open_source(location)
    return str(error.value)


def decoded(split, index):
    return np.asarray(Image.open(io.BytesIO(split.bytes(index))))


def test_images_and_labels_are_split_by_class():
    images = pixels(20, 8, 10, 3)
    source = open_source((images, np.arange(20) % 2), validation=0.2)
    assert source.class_names == ("0", "1")
    assert source.train.counts() == {"0": 8, "1": 8}
    assert source.validation.counts() == {"0": 2, "1": 2}
    row = int(source.train.locations[3].removeprefix("row "))
    assert np.array_equal(decoded(source.train, 3), images[row])
    assert source.train.sizes[0].tolist() == [8, 10]
    assert source.train.full.formats[0] == "BMP"


def test_tuples_of_keras_datasets_are_train_and_test():
    (x, y), (x2, y2) = (pixels(6, 4, 4, 3), [[0], [1], [2], [0], [1], [2]]), (pixels(2, 4, 4, 3), [[2], [0]])
    source = open_source(((x, np.array(y, np.uint8)), (x2, np.array(y2, np.uint8))))
    assert source.train.labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert source.validation.labels.tolist() == [2, 0]
    assert source.validation.locations == ("test row 0", "test row 1")
    assert np.array_equal(decoded(source.validation, 1), x2[1])


def test_grey_images_and_those_with_alpha_become_rgb():
    for images in (pixels(4, 5, 5), pixels(4, 5, 5, 1)):
        split = open_source(((images, [0, 1, 0, 1]), (images, [0, 1, 0, 1]))).train
        assert np.array_equal(decoded(split, 2), np.repeat(images.reshape(4, 5, 5, 1)[2], 3, axis=-1))
    images = pixels(4, 5, 5, 4)
    split = open_source(((images, [0, 1, 0, 1]), (images, [0, 1, 0, 1]))).train
    assert np.array_equal(decoded(split, 2), images[2, ..., :3])


def test_one_hot_rows_become_class_numbers():
    rows = np.eye(3, dtype=np.float32)[[2, 0, 1, 2, 1, 0]]
    split = open_split((pixels(6, 4, 4), rows), ("0", "1", "2"))[0]
    assert split.labels.tolist() == [2, 0, 1, 2, 1, 0]


def test_rows_with_several_ones_are_several_classes():
    rows = np.array([[1, 1, 0], [0, 0, 0], [0, 1, 1], [1, 0, 0]])
    source = open_source(((pixels(4, 4, 4), rows), (pixels(2, 4, 4), np.eye(3, dtype=int)[:2])))
    assert source.train.is_multilabel
    assert [source.train.labels.at(i).tolist() for i in range(4)] == [[0, 1], [], [1, 2], [0]]
    assert [source.validation.labels.at(i).tolist() for i in range(2)] == [[0], [1]]


@pytest.mark.parametrize(
    ("location", "message"),
    [
        (
            (np.zeros((2, 4, 4, 3)), [0, 1]),
            "`images` must be uint8, pixels in [0, 255]. Got: float64.",
        ),
        (
            (pixels(2, 4), [0, 1]),
            "`images` must have the shape (N, H, W), (N, H, W, 1), (N, H, W, 3) or (N, H, W, 4). Got: (2, 4).",
        ),
        (
            (pixels(2, 3, 4, 4, 2), [0, 1]),
            "`images` must have the shape (N, H, W), (N, H, W, 1), (N, H, W, 3) or (N, H, W, 4). Got: (2, 3, 4, 4, 2).",
        ),
        (
            (pixels(2, 4, 4, 2), [0, 1]),
            "`images` must have the shape (N, H, W), (N, H, W, 1), (N, H, W, 3) or (N, H, W, 4). Got: (2, 4, 4, 2).",
        ),
        ((pixels(3, 4, 4), [0, 1]), "`images` and `labels` must be equally many. Got: 3 and 2."),
        ((pixels(2, 4, 4), [0.0, 1.0]), "`labels` must be class numbers or rows of 0 and 1. Got: float64."),
        ((pixels(2, 4, 4), ["cat", "dog"]), "`labels` must be class numbers or rows of 0 and 1. Got: <U3."),
        (
            (pixels(2, 4, 4), np.zeros((2, 2, 2), int)),
            "`labels` must have the shape (N,), (N, 1) or (N, K). Got: (2, 2, 2).",
        ),
        ((pixels(3, 4, 4), [0, -1, 1]), "`labels` must be class numbers from 0 to 1. Got: -1 in row 1."),
        ((pixels(2, 4, 4), [[1, 0], [0, 2]]), "Rows of `labels` must hold 0 and 1 only. Got: 2 in row 1."),
        (
            ((pixels(2, 4, 4), [0, 1]), (pixels(2, 4, 4), [0, 2])),
            "`test labels` must be class numbers from 0 to 1. Got: 2 in row 1.",
        ),
        (
            ((pixels(2, 4, 4), np.eye(2)), (pixels(3, 4, 4), np.eye(3))),
            "Train and test labels must be rows of the same width, or numbers. Got: (2, 2) and (3, 3).",
        ),
        (
            (pixels(4, 4, 4), [0, 2, 2, 0]),
            "Every class of the arrays must have images to train on. Got none for 1 of 3: 1.",
        ),
        (
            (pixels(4, 4, 4),),
            "Arrays must be (images, labels) or ((images, labels), (images, labels)). Got: 1 things.",
        ),
        (((pixels(4, 4, 4), [0, 1, 0, 1]), 3), "The test arrays must be (images, labels). Got: int."),
        (
            (pixels(0, 4, 4), np.array([], int)),
            "No images in the arrays: at least one row is needed. Other files seen: none.",
        ),
    ],
)
def test_arrays_that_break_a_rule_are_refused(location, message):
    assert refusal(location) == message


def test_data_of_an_unknown_kind_are_refused():
    assert refusal(pixels(2, 4, 4)) == "Data must be a path, a name or arrays (docs/data.md). Got: ndarray."
