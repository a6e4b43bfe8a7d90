import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from small_networks import at_the_knobs_size, plain_network, probe_network

from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.models.create import create_model
from effnetv2_keras.training.classifier import Classifier

IMAGES = np.random.default_rng(0).integers(0, 256, (8, 40, 40, 3)).astype("uint8")
LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1], "int32")


def numbers(variables):
    return [ops.convert_to_numpy(ops.copy(variable)) for variable in variables]


def test_knobs_and_counters_are_no_parameters():
    classifier = Classifier(create_model("efficientnetv2-b0"))
    assert classifier.count_params() == 7_200_312  # facts 1.1
    assert classifier.network.count_params() == 7_200_312


def test_weights_go_to_the_plain_network_and_back(tmp_path):
    network = create_model("efficientnetv2-b0", num_classes=3)
    Classifier(network).save_weights(tmp_path / "a.weights.h5")
    plain = create_model("efficientnetv2-b0", num_classes=3)
    assert not all(np.array_equal(a, b) for a, b in zip(numbers(plain.weights), numbers(network.weights), strict=True))
    plain.load_weights(tmp_path / "a.weights.h5")
    for a, b in zip(numbers(plain.weights), numbers(network.weights), strict=True):
        assert np.array_equal(a, b)
    plain.save_weights(tmp_path / "b.weights.h5")
    again = Classifier(create_model("efficientnetv2-b0", num_classes=3))
    again.load_weights(tmp_path / "b.weights.h5")
    for a, b in zip(numbers(again.network.weights), numbers(network.weights), strict=True):
        assert np.array_equal(a, b)


def test_no_knob_is_in_a_weights_file(tmp_path):
    import h5py

    classifier = Classifier(probe_network())
    classifier.save_weights(tmp_path / "a.weights.h5")
    names = []
    with h5py.File(tmp_path / "a.weights.h5") as file:
        file.visit(names.append)
        shapes = [file[name].shape for name in names if isinstance(file[name], h5py.Dataset)]
    assert not any(word in name for name in names for word in ("knob", "step", "side", "magnitude"))
    assert sorted(shapes) == sorted(tuple(weight.shape) for weight in classifier.network.weights)


def test_class_numbers_and_label_rows_train_alike():
    losses = []
    for labels in (LABELS, np.eye(3, dtype="float32")[LABELS]):
        keras.utils.set_random_seed(0)
        classifier = Classifier(plain_network(dropout=0.0), seed=1)
        classifier.compile(keras.optimizers.SGD(0.1))
        losses.append(classifier.fit(IMAGES, labels, batch_size=4, epochs=2, shuffle=False, verbose=0).history["loss"])
    assert losses[0] == losses[1]


def test_loss_and_accuracy_of_evaluation_equal_a_recomputation():
    classifier = Classifier(plain_network())
    classifier.compile("sgd")
    loss, accuracy = classifier.evaluate(IMAGES, LABELS, verbose=0)
    logits = ops.convert_to_numpy(classifier.network(IMAGES.astype("float32"))).astype("float64")
    log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    assert loss == pytest.approx(-log_probabilities[np.arange(8), LABELS].mean(), abs=1e-5)
    assert accuracy == pytest.approx((logits.argmax(axis=1) == LABELS).mean())


def test_the_same_seed_draws_the_same_augmentation():
    histories = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(0)
        classifier = Classifier(plain_network(dropout=0.0), seed=seed)
        classifier.knobs.turn("randaugment", 10.0)
        classifier.knobs.turn("mixup", 0.4)
        classifier.compile(keras.optimizers.SGD(0.1))
        histories.append(
            classifier.fit(IMAGES, LABELS, batch_size=8, epochs=3, shuffle=False, verbose=0).history["loss"]
        )
    assert histories[0] == histories[1]
    assert histories[0] != histories[2]


def test_without_augmentation_images_reach_the_network_untouched():
    class Keep(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.kept = self.add_weight(shape=(8, 40, 40, 3), trainable=False, name="kept")

        def call(self, images, training=False):
            if training:
                self.kept.assign(images)
            return images

    keep = Keep()
    x = keras.Input((40, 40, 3))
    network = keras.Model(x, keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(keep(x))))
    classifier = Classifier(network, augmentation=None)
    classifier.compile("sgd", jit_compile=False)
    classifier.fit(IMAGES, LABELS, batch_size=8, shuffle=False, verbose=0)
    assert np.array_equal(numbers([keep.kept])[0], IMAGES.astype("float32"))


def test_stock_dropout_becomes_adjustable_and_weights_stay_the_same_variables():
    network = plain_network(dropout=0.3)
    classifier = Classifier(network)
    assert classifier.knobs.values()["dropout"] == pytest.approx(0.3)
    assert [id(a) for a in classifier.network.weights] == [id(b) for b in network.weights]


def test_steps_are_counted():
    classifier = Classifier(plain_network())
    classifier.compile("sgd")
    classifier.fit(IMAGES, LABELS, batch_size=4, epochs=3, verbose=0)
    assert numbers([classifier.step])[0] == 6


def test_class_weights_and_sample_weights_are_taken():
    classifier = Classifier(plain_network(dropout=0.0), augmentation=Augmentation(horizontal_flip=False))
    classifier.compile(keras.optimizers.SGD(0.0))
    plain = classifier.fit(IMAGES, LABELS, batch_size=8, verbose=0).history["loss"][0]
    doubled = classifier.fit(IMAGES, LABELS, batch_size=8, class_weight={0: 2.0, 1: 2.0, 2: 2.0}, verbose=0)
    assert doubled.history["loss"][0] == pytest.approx(2 * plain, rel=0.02)
    tripled = classifier.fit(IMAGES, LABELS, batch_size=8, sample_weight=np.full(8, 3.0), verbose=0)
    assert tripled.history["loss"][0] == pytest.approx(3 * plain, rel=0.02)


def test_a_classifier_comes_back_from_a_keras_file(tmp_path):
    augmentation = Augmentation(
        horizontal_flip=False, operations=("Rotate", "Color"), layers=(keras.layers.RandomErasing(0.5, seed=1),)
    )
    network = create_model("efficientnetv2-b0", num_classes=3)
    classifier = Classifier(network, augmentation=augmentation, image_size=96, seed=7)
    classifier.save(tmp_path / "all.keras")
    again = keras.saving.load_model(tmp_path / "all.keras")
    assert (again.knobs.seed, again.knobs.image_size) == (7, 96)
    assert again.augmentation.operations == ("Rotate", "Color")
    assert not again.augmentation.horizontal_flip
    assert [(type(layer), layer.factor) for layer in again.augmentation.layers] == [
        (keras.layers.RandomErasing, (0, 0.5))
    ]
    expected = ops.convert_to_numpy(classifier(IMAGES.astype("float32")))
    assert np.abs(ops.convert_to_numpy(again(IMAGES.astype("float32"))) - expected).max() < 1e-5


def test_validation_size_is_remembered_for_export():
    import tensorflow as tf

    classifier = Classifier(plain_network())
    classifier.compile("sgd")
    classifier.knobs.image_size = 32
    held_out = tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).batch(4)
    classifier.fit(at_the_knobs_size(classifier.knobs, batches=1), validation_data=held_out, verbose=0)
    assert classifier.eval_size == 40


def test_class_numbers_are_smoothed_in_training_and_evaluation():
    classifier = Classifier(plain_network(dropout=0.0), augmentation=None)
    smooth = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.3)
    classifier.compile(keras.optimizers.SGD(0.0), loss=smooth)
    logits = ops.convert_to_numpy(classifier.network(IMAGES.astype("float32"))).astype("float64")
    log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    rows = np.full((8, 3), 0.1)
    rows[np.arange(8), LABELS] = 0.8  # 0.7 and a third of 0.3
    assert classifier.evaluate(IMAGES, LABELS, verbose=0)[0] == pytest.approx(
        -(rows * log_probabilities).sum(axis=1).mean(), abs=1e-5
    )


def test_l2_is_in_the_loss_and_moves_the_kernels_alone():
    losses, moved = [], []
    for rate in (0.0, 0.5):
        keras.utils.set_random_seed(0)
        classifier = Classifier(plain_network(dropout=0.0), augmentation=None)
        classifier.compile(keras.optimizers.SGD(0.1), l2=rate)
        before = numbers(classifier.network.trainable_variables)
        losses.append(classifier.evaluate(IMAGES, LABELS, verbose=0)[0])
        classifier.train_on_batch(IMAGES, LABELS)
        moved.append(numbers(classifier.network.trainable_variables))
    names = [variable.name for variable in classifier.network.trainable_variables]
    kernels = [value for name, value in zip(names, before, strict=True) if name == "kernel"]
    assert losses[1] - losses[0] == pytest.approx(0.5 * sum((value**2).sum() for value in kernels) / 2, rel=1e-4)
    for name, start, without, with_l2 in zip(names, before, *moved, strict=True):
        # one step of 0.1 along 0.5 * w
        expected = 0.05 * start if name == "kernel" else np.zeros_like(start)
        assert without - with_l2 == pytest.approx(expected, abs=1e-5)


def test_a_batch_is_a_step_also_where_two_make_one_update():
    classifier = Classifier(plain_network(), augmentation=None)
    classifier.compile(keras.optimizers.SGD(0.1, gradient_accumulation_steps=2))
    classifier.fit(IMAGES, LABELS, batch_size=2, epochs=2, verbose=0)
    assert numbers([classifier.step])[0] == 8
    assert int(ops.convert_to_numpy(ops.convert_to_tensor(classifier.optimizer.iterations))) == 4


def batches_of(*counts):
    """A dataset of noise whose batches have so many images each."""
    spec = (tf.TensorSpec((None, 32, 32, 3), tf.uint8), tf.TensorSpec((None,), tf.int64))
    rng = np.random.default_rng(0)
    rows = [(rng.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8), np.arange(count) % 3) for count in counts]
    dataset = tf.data.Dataset.from_generator(lambda: iter(rows), output_signature=spec)
    return dataset.apply(tf.data.experimental.assert_cardinality(len(rows)))


def test_a_batch_of_no_images_counts_for_nothing(tiny_model_file):
    keras.utils.set_random_seed(0)
    classifier = Classifier(create_model(tiny_model_file, num_classes=3), augmentation=None)
    classifier.compile(keras.optimizers.SGD(0.0))
    expected = classifier.evaluate(batches_of(4, 2), verbose=0)
    assert classifier.evaluate(batches_of(4, 0, 2), verbose=0) == pytest.approx(expected)
    history = classifier.fit(batches_of(0, 4), verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert all(np.isfinite(weight).all() for weight in classifier.get_weights())
