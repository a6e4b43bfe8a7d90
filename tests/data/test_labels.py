import numpy as np

from effnetv2_keras.data.labels import LabelSets, label_counts, label_rows

SETS = LabelSets.of([(0, 2), (), (1,), (2, 1, 0)], 4)


def test_rows_mark_what_an_image_shows():
    assert SETS.rows(np.array([3, 1, 0])).tolist() == [[1, 1, 1, 0], [0, 0, 0, 0], [1, 0, 1, 0]]
    assert SETS.rows(np.array([3])).dtype == np.uint8
    assert label_rows(SETS, np.array([2])).tolist() == [[0, 1, 0, 0]]
    assert label_rows(np.array([5, 6, 7]), np.array([2, 0])).tolist() == [7, 5]


def test_selected_sets_keep_their_numbers():
    some = SETS[np.array([3, 0])]
    assert (len(some), some.at(0).tolist(), some.at(1).tolist()) == (2, [2, 1, 0], [0, 2])


def test_counts_say_how_many_images_show_each_class():
    assert SETS.counts().tolist() == [2, 2, 2, 0]
    assert label_counts(np.array([0, 0, 2]), 4).tolist() == [2, 0, 1, 0]
