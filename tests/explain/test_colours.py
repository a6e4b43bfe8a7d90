import numpy as np

from effnetv2_keras.explain.colours import colour, overlay


def test_cold_is_black_and_warm_is_bright():
    cold, warm = colour(np.array([0.0, 1.0]))
    assert cold.tolist() == [0, 0, 3]  # as near to black as the colours begin
    assert warm.tolist() == [252, 254, 164]


def test_where_it_is_cold_the_image_stays_and_where_it_is_warm_most_of_it_is_covered():
    images = np.full((1, 1, 2, 3), 100, np.uint8)
    [[[cold, warm]]] = overlay(images, np.array([[[0.0, 1.0]]]))
    assert cold.tolist() == [100, 100, 100]
    assert warm.tolist() == [round(40 + 0.6 * channel) for channel in (252, 254, 164)]
