import numpy as np
import pytest
import tensorflow as tf
from bare_lite import convert_flat

from effnetv2_keras.errors import DataError
from effnetv2_keras.inference.lite_model import LiteModel

KERNEL = np.random.default_rng(0).normal(0, 0.05, (192, 3)).astype("float32")
IMAGE = np.random.default_rng(1).integers(0, 256, (8, 8, 3)).astype("uint8")


def softmax(values):
    powers = np.exp(values - values.max())
    return powers / powers.sum()


@pytest.fixture
def written(tmp_path):
    """Converts a function of tensors, writes it, and returns the path."""

    def written(function, *specs, **options):
        concrete = tf.function(function, autograph=False, input_signature=specs).get_concrete_function()
        converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
        for name, value in options.items():
            setattr(converter, name, value)
        path = tmp_path / "some.tflite"
        path.write_bytes(converter.convert())
        return path

    return written


def test_bytes_go_in_as_they_are(tmp_path):
    content, net = convert_flat()
    (tmp_path / "flat.tflite").write_bytes(content)
    model = LiteModel(tmp_path / "flat.tflite", num_threads=2)
    expected = softmax(IMAGE.reshape(-1) / 255.0 @ net.kernel.numpy() + net.bias.numpy())
    np.testing.assert_allclose(model.score(IMAGE), expected, atol=1e-5)
    assert (model.image_size, model.output, model.labels) == (8, "probabilities", None)


def test_a_file_of_keras_own_export_gets_floats_from_0_to_255(written):
    spec = tf.TensorSpec([None, 8, 8, 3], tf.float32, name="keras_tensor")
    path = written(lambda x: tf.nn.softmax(tf.reshape(x, [-1, 192]) / 255.0 @ KERNEL), spec)
    np.testing.assert_allclose(LiteModel(path).score(IMAGE), softmax(IMAGE.reshape(-1) / 255.0 @ KERNEL), atol=1e-5)


@pytest.mark.filterwarnings("ignore:Statistics for quantized inputs were expected")
def test_quantised_scores_come_back_as_floats(written):
    def images():
        yield [IMAGE[None].astype("float32")]
        yield [np.full((1, 8, 8, 3), 255, np.float32)]
        yield [np.zeros((1, 8, 8, 3), np.float32)]

    path = written(
        lambda x: tf.nn.softmax(tf.reshape(x, [1, 192]) / 255.0 @ KERNEL),
        tf.TensorSpec([1, 8, 8, 3], tf.float32, name="image"),
        optimizations=[tf.lite.Optimize.DEFAULT],
        representative_dataset=images,
        target_spec=tf.lite.TargetSpec([tf.lite.OpsSet.TFLITE_BUILTINS_INT8]),
        inference_input_type=tf.uint8,
        inference_output_type=tf.uint8,
    )
    scores = LiteModel(path).score(IMAGE)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, softmax(IMAGE.reshape(-1) / 255.0 @ KERNEL), atol=0.02)
    np.testing.assert_allclose(scores * 256, np.round(scores * 256), atol=1e-4)  # eight bits


@pytest.mark.parametrize(
    ("specs", "complaint"),
    [
        ([([1, 8, 8, 3], tf.int8)], r"must take images as uint8 or float32\. Got: int8\."),
        ([([1, 8, 6, 3], tf.float32)], r"must take one square image, 1 x S x S x 3\. Got: 1 x 8 x 6 x 3\."),
        ([([1, 8], tf.float32)], r"must take one square image, 1 x S x S x 3\. Got: 1 x 8\."),
        ([([1, 8, 8, 3], tf.float32)] * 2, r"must have one input and one output\. Got: 2 on one side\."),
    ],
)
def test_what_is_no_classifier_of_images_is_refused(written, specs, complaint):
    named = [tf.TensorSpec(shape, dtype, name=f"x{number}") for number, (shape, dtype) in enumerate(specs)]
    path = written(lambda *xs: tf.add_n([tf.reduce_sum(tf.cast(x, tf.float32), axis=-1) for x in xs]) * 2.0, *named)
    with pytest.raises(DataError, match=complaint):
        LiteModel(path)
