import numpy as np

from effnetv2_keras.augment.grouping import find_places


def test_images_line_up_by_group_in_their_order():
    places = find_places(np.array([2, 0, 2, 1], "int32"), room=[2, 2, 3])
    np.testing.assert_array_equal(places.of_image, [4, 0, 5, 2])
    np.testing.assert_array_equal(places.image, [1, 0, 3, 0, 0, 2, 0])


def test_going_there_and_back_changes_nothing():
    images = np.arange(6)
    places = find_places(np.array([1, 1, 0, 2, 0, 1], "int32"), room=[2, 3, 1])
    np.testing.assert_array_equal(images[places.image][places.of_image], images)
