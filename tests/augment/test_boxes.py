import numpy as np

from effnetv2_keras.augment.boxes import box_around


def test_a_box_lies_around_its_place_and_ends_at_the_border():
    place = np.array([[0.5, 0.5], [0.0, 0.999]], "float32")
    box = box_around(place, np.array([4, 4], "int32"), np.array([2, 2], "int32"), 10, 20)
    np.testing.assert_array_equal(np.stack(box), [[3, 0], [7, 2], [9, 18], [11, 20]])
    np.testing.assert_array_equal(box.area(), [8, 4])
    np.testing.assert_array_equal(np.asarray(box.mask(10, 20)).sum(axis=(1, 2, 3)), [8, 4])


def test_an_empty_box_holds_nothing():
    box = box_around(np.array([[0.3, 0.3]], "float32"), np.array([0], "int32"), np.array([5], "int32"), 8, 8)
    assert int(box.area()[0]) == 0
    assert not np.asarray(box.mask(8, 8)).any()
