import keras
import numpy as np
import pytest

import effnetv2_keras as ev2
from effnetv2_keras.layers.initializers import dense_initializer


@pytest.mark.parametrize(
    ("num_classes", "num_features", "limit"),
    [
        (1000, 1280, 0.0316228),  # as released
        (21843, 1280, 0.0067662),
        (1000, 2560, 0.0316228),
        (300, 192, 0.0577350),
        (4, 1280, 0.0316228),  # released: 0.5
        (49, 192, 0.0721688),
        (3, 16, 0.25),
    ],
)
def test_the_limit_is_the_released_one_unless_classes_are_few(num_classes, num_features, limit):
    drawn = np.abs(keras.ops.convert_to_numpy(dense_initializer(num_classes, num_features)((400, 400))))
    assert drawn.max() == pytest.approx(limit, rel=1e-3)
    assert drawn.mean() == pytest.approx(limit / 2, rel=0.02)


def test_a_new_classifier_of_few_classes_begins_near_guessing():
    keras.utils.set_random_seed(0)
    network = ev2.create_model("efficientnetv2-b0", num_classes=4)
    images = np.random.default_rng(0).integers(0, 256, (16, 64, 64, 3)).astype("float32")
    labels = np.arange(16) % 4
    loss = keras.losses.sparse_categorical_crossentropy(labels, network(images, training=True), from_logits=True)
    assert float(keras.ops.mean(loss)) == pytest.approx(1.386, abs=0.2)  # log(4); with the released limit 3 to 5
