"""Maps of what speaks for a class, on the JAX backend, without TensorFlow."""

import keras
import numpy as np

from effnetv2_keras.explain.grad_cam import grad_cam


def small_network():
    images = keras.Input((24, 32, 3))
    x = keras.layers.Rescaling(1 / 128, -1)(images)
    x = keras.layers.Conv2D(4, 3, strides=4, activation="relu", name="maps", kernel_initializer=by(1))(x)
    x = keras.layers.Conv2D(6, 3, activation="tanh", kernel_initializer=by(2))(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(images, keras.layers.Dense(3, activation="softmax", kernel_initializer=by(3))(x))


def by(seed):
    return keras.initializers.GlorotUniform(seed=seed)


def test_maps_are_those_of_differences_of_the_logit():
    assert keras.backend.backend() == "jax"
    network = small_network()
    images = np.random.default_rng(0).integers(0, 256, (2, 24, 32, 3)).astype("float32")
    maps = np.array(keras.Model(network.input, network.get_layer("maps").output)(images), np.float32)
    first, second = network.layers[-3].get_weights(), network.layers[-1].get_weights()

    def logits(maps):
        windows = np.lib.stride_tricks.sliding_window_view(maps, (3, 3), axis=(1, 2))  # (B, h, w, C, 3, 3)
        mixed = np.tanh(np.einsum("bhwcij,ijcd->bhwd", windows, first[0]) + first[1])
        return mixed.mean(axis=(1, 2)) @ second[0] + second[1]

    maps = maps.astype(np.float64)
    step, slopes = 1e-4, np.zeros((2, 4))
    for channel in range(4):
        nudge = np.zeros(maps.shape)
        nudge[..., channel] = step
        slopes[:, channel] = (logits(maps + nudge) - logits(maps - nudge))[:, 1] / (2 * step)
    places = maps.shape[1] * maps.shape[2]
    expected = np.maximum((maps * slopes[:, None, None] / places).sum(axis=-1), 0)
    seen = grad_cam(network, images, 1, layer="maps")
    np.testing.assert_allclose(seen.maps, expected, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(seen.scores, np.array(network(images))[:, 1], rtol=1e-5)
    assert grad_cam(network, images).heat.shape == (2, 24, 32)
