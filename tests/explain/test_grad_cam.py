import keras
import numpy as np
import pytest
import tensorflow as tf
from small_applications import build_applications
from small_networks import plain_network

from effnetv2_keras import Classifier, UsageError, create_model
from effnetv2_keras.explain.grad_cam import grad_cam


def small_network(activation=None, side=None):
    """Two convolutions and a classifier, weights by a seed."""
    images = keras.Input((side, side, 3))
    x = keras.layers.Rescaling(1 / 128, -1)(images)
    x = keras.layers.Conv2D(6, 3, strides=2, padding="same", activation="relu", name="first", kernel_initializer=by(1))(
        x
    )
    x = keras.layers.Conv2D(
        8, 3, strides=2, padding="same", activation="relu", name="second", kernel_initializer=by(2)
    )(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dense(4, activation=activation, name="classes", kernel_initializer=by(3))(x)
    return keras.Model(images, x, name="small")


def by(seed):
    return keras.initializers.GlorotUniform(seed=seed)


@pytest.fixture(scope="module")
def network():
    return small_network()


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (5, 24, 32, 3)).astype("uint8")


def recomputed(images, chosen, layer):
    """The maps by TensorFlow's tape and NumPy, on a network cut in two, and the probabilities by hand."""
    network = small_network()
    cut = keras.Model(network.input, [network.get_layer(layer).output, network.output])
    with tf.GradientTape() as tape:
        maps, logits = cut(images.astype("float32"))
        asked = tf.gather(logits, chosen, axis=1, batch_dims=1)
    slopes = tape.gradient(asked, maps).numpy()
    maps = np.maximum((maps.numpy() * slopes.mean(axis=(1, 2), keepdims=True)).sum(axis=-1), 0)
    scores = np.exp(logits.numpy())
    return maps, (scores / scores.sum(axis=1, keepdims=True))[np.arange(len(images)), chosen]


@pytest.mark.parametrize("layer", ["first", "second"])
@pytest.mark.parametrize("activation", [None, "softmax"])
def test_maps_and_scores_are_those_of_a_tape(images, layer, activation):
    chosen = [0, 3, 1, 1, 2]
    seen = grad_cam(small_network(activation), images, chosen, layer)
    maps, scores = recomputed(images, chosen, layer)
    assert seen.maps.max() > 0
    np.testing.assert_allclose(seen.maps, maps, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(seen.scores, scores, rtol=1e-5)
    assert (seen.class_index.tolist(), seen.source, seen.image_size) == (chosen, layer, (24, 32))


def test_of_a_sigmoid_the_logit_is_explained_and_the_sigmoid_is_the_score(images):
    seen = grad_cam(small_network("sigmoid"), images, 2)
    np.testing.assert_allclose(seen.maps, recomputed(images, [2] * 5, "second")[0], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(seen.scores, small_network("sigmoid")(images.astype("float32")).numpy()[:, 2], rtol=1e-5)


def test_a_softmax_layer_of_its_own_is_left_out_too(images):
    network = small_network()
    wrapped = keras.Sequential([network, keras.layers.Softmax()])
    np.testing.assert_allclose(grad_cam(wrapped, images, 1).maps, grad_cam(network, images, 1).maps, rtol=1e-5)


def test_without_a_class_the_best_of_each_image_is_explained(network, images):
    best = network(images.astype("float32")).numpy().argmax(axis=1)
    seen = grad_cam(network, images)
    assert seen.class_index.tolist() == best.tolist()
    np.testing.assert_array_equal(seen.maps, grad_cam(network, images, best).maps)


def test_an_image_is_explained_alike_alone_and_in_a_batch(network, images):
    alone = [grad_cam(network, images[i : i + 1]).maps[0] for i in range(5)]
    np.testing.assert_allclose(grad_cam(network, images).maps, alone, rtol=1e-4, atol=1e-6)


def test_heat_is_between_0_and_1_at_the_images_size(network, images):
    heat = grad_cam(network, images).heat
    assert heat.shape == (5, 24, 32)
    assert heat.min() >= 0
    assert set(heat.max(axis=(1, 2)).round(6).tolist()) <= {0.0, 1.0}


def test_a_network_that_wraps_another_gives_the_maps_of_the_one_inside(network, images):
    inner = keras.Input((None, None, 3))
    once = keras.Model(inner, network(inner))
    outer = keras.Input((None, None, 3))
    twice = keras.Model(outer, once(outer[:, :, ::-1]))
    seen = grad_cam(twice, images[:, :, ::-1], 1)
    assert seen.source == "second"
    np.testing.assert_allclose(seen.maps, grad_cam(network, images, 1).maps, rtol=1e-5)


def test_a_classifier_is_explained_with_its_preprocessing_and_its_moving_average(images):
    network = small_network()
    classifier = Classifier(network, preprocess=lambda pixels: 255.0 - pixels)
    expected = grad_cam(network, 255 - images, 1).maps
    classifier.compile("adamw", ema_decay=0.99)
    classifier.ema.updates.assign(1)  # as after a step
    network.get_layer("classes").kernel.assign(np.zeros((8, 4)))  # the average still has the old ones
    np.testing.assert_allclose(grad_cam(classifier, images, 1).maps, expected, rtol=1e-4, atol=1e-6)


def test_the_network_is_left_as_it_was(images):
    network = small_network("softmax")
    before = network(images.astype("float32")).numpy()
    grad_cam(network, images)
    with pytest.raises(UsageError):
        grad_cam(network, images, 9)
    np.testing.assert_array_equal(network(images.astype("float32")).numpy(), before)
    assert network.get_layer("second").output.shape == (None, None, None, 8)
    assert "call" not in vars(network.get_layer("second"))


def test_half_precision_is_near_float32(tiny_model_file):
    keras.utils.set_random_seed(0)
    network = create_model(tiny_model_file, num_classes=3)
    photos = np.random.default_rng(1).integers(0, 256, (2, 48, 48, 3)).astype("uint8")
    kept = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        half = create_model(tiny_model_file, num_classes=3)
    finally:
        keras.config.set_dtype_policy(kept)
    half.set_weights(network.get_weights())
    np.testing.assert_allclose(grad_cam(half, photos, 1).heat, grad_cam(network, photos, 1).heat, atol=0.1)


@pytest.mark.parametrize(("name", "source"), [("small-v1", "top_activation"), ("MobileNetV3Small", "activation_17")])
def test_networks_of_keras_applications_are_explained_by_their_last_maps(name, source):
    keras.backend.clear_session()  # its layers are numbered
    network = build_applications(name)
    seen = grad_cam(network, np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3)))
    assert (seen.source, seen.maps.shape) == (source, (2, 2, 2))


def test_a_base_with_its_pooling_inside_another_model(images):
    base = build_applications("small-v2", include_top=False, pooling="avg")
    network = keras.Sequential([base, keras.layers.Dense(3)])
    assert grad_cam(network, np.zeros((1, 64, 64, 3))).source == "top_activation"


def test_our_networks_are_explained_by_their_head(tiny_model_file):
    network = create_model(tiny_model_file, num_classes=3)
    assert grad_cam(network, np.zeros((1, 48, 48, 3))).source == "head"
    assert grad_cam(network, np.zeros((1, 48, 48, 3)), layer="stage1_block1").source == "stage1_block1"


def refusal(*words, **named):
    with pytest.raises(UsageError) as caught:
        grad_cam(*words, **named)
    return str(caught.value)


def test_refuses_what_is_no_classifier(network, images):
    maps = keras.Model(network.input, network.get_layer("second").output)
    assert refusal(maps, images) == "A classifier's output must have shape (B, classes). Got: (None, None, None, 8)."
    assert refusal("a path", images) == (
        "`model` must be a functional or Sequential network of one input, built, or a Classifier of one. Got: 'a path'."
    )
    numbers = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name="table")
    assert refusal(numbers, images) == (
        "A network must give maps (B, H, W, C) before its classifier. Got: none in 'table'."
    )


def test_refuses_a_layer_that_is_not_there_or_gives_no_maps(network, images):
    assert refusal(network, images, layer="secnd") == "Unknown layer: 'secnd'. Nearest: second."
    assert refusal(network, images, layer="pool") == (
        "`layer` must give maps (B, H, W, C). Got: 'pool', which gives (None, 8)."
    )


def test_refuses_a_layer_that_is_computed_twice():
    images = keras.Input((16, 16, 3))
    shared = keras.layers.Conv2D(3, 3, padding="same", name="shared")
    pooled = keras.layers.GlobalAveragePooling2D()(shared(shared(images)))
    network = keras.Model(images, keras.layers.Dense(2)(pooled))
    assert refusal(network, np.zeros((1, 16, 16, 3))) == (
        "`layer` must be computed once. Got: 'shared', which is 2 times."
    )


def test_refuses_a_layer_that_no_class_depends_on():
    images = keras.Input((16, 16, 3))
    x = keras.layers.Conv2D(3, 3, name="lost")(images)
    x = keras.layers.Lambda(tf.stop_gradient, output_shape=(14, 14, 3))(x)
    network = keras.Model(images, keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(x)))
    assert refusal(network, np.zeros((1, 16, 16, 3)), layer="lost") == (
        "`layer` must lead to the classes. Got: 'lost', which no score depends on."
    )


@pytest.mark.parametrize("asked", [4, -1, 1.5, [0, 1, 2, 3, 4]])
def test_refuses_a_class_out_of_range(network, images, asked):
    assert refusal(network, images, asked) == f"`class_index` must be between 0 and 3. Got: {asked}."


def test_refuses_another_number_of_classes_than_of_images(network, images):
    assert refusal(network, images, [0, 1]) == (
        "`class_index` must be one number, or one for each of 5 images. Got: [0, 1]."
    )


def test_refuses_images_that_do_not_fit():
    fixed = plain_network(side=32)
    assert refusal(fixed, np.zeros((1, 24, 32, 3))) == (
        "`images` must have shape (None, 32, 32, 3), one at least. Got: (1, 24, 32, 3)."
    )
    assert refusal(fixed, np.zeros((32, 32, 3))).endswith("Got: (32, 32, 3).")
    assert refusal(fixed, np.zeros((0, 32, 32, 3))).endswith("Got: (0, 32, 32, 3).")
