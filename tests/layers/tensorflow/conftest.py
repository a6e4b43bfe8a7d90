import keras
import numpy as np
import pytest
import tensorflow as tf

from effnetv2_keras.layers.fast import set_fast_training


@pytest.fixture
def both_ways():
    """Makes a layer twice with the same weights, calls one with the faster kernels and one without.

    Returns two lists of arrays: the output, the gradients of the input and of every trainable weight for a random
    gradient of the output, and the weights after the call.
    """

    def once(build, x, is_fast):
        set_fast_training(is_fast)
        layer = build()
        layer(x)
        rng = np.random.default_rng(1)
        layer.set_weights([rng.normal(1, 0.3, weight.shape) for weight in layer.get_weights()])

        @tf.function(autograph=False, input_signature=[tf.TensorSpec((None, None, None, x.shape[-1]), tf.float32)])
        def step(x):
            taken = tf.cast(x, layer.compute_dtype)
            with tf.GradientTape() as tape:
                tape.watch(taken)
                y = layer(taken, training=True)
                shape = tf.shape(y)
                upstream = tf.reshape(tf.cos(tf.range(tf.size(y), dtype="float32")), shape)
                loss = tf.reduce_sum(tf.cast(y, "float32") * upstream)
            return y, tape.gradient(loss, [taken, *(weight.value for weight in layer.trainable_variables)])

        y, gradients = step(x)
        found = [y, *gradients, *layer.get_weights()]
        return [np.asarray(tf.cast(tf.convert_to_tensor(one), "float32")) for one in found]

    def both(build, x):
        keras.utils.set_random_seed(0)
        try:
            return once(build, tf.constant(x), True), once(build, tf.constant(x), False)
        finally:
            set_fast_training(True)

    return both
