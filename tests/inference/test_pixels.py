"""What is trained on is what is served: one photo on every way from a file to the network."""

import io

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps
from splits import Held

from effnetv2_keras.configs.preprocessing import PREPROCESSING, get_preprocessing
from effnetv2_keras.data.manifest import Level, Split
from effnetv2_keras.data.pipeline import make_dataset
from effnetv2_keras.export.saved_model import export_saved_model
from effnetv2_keras.export.serving import MORE_FORMATS, Serving
from effnetv2_keras.inference.pixels import read_pixels

TOLERANCE = 0.35  # grey levels on average; the largest difference is 1 where Pillow and TensorFlow round apart


def photo(kind, exif_value=None, **options):
    coarse = np.random.default_rng(0).integers(0, 256, (9, 13, 3)).astype("uint8")
    image = Image.fromarray(coarse).resize((130, 90), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    if exif_value:
        exif[0x0112] = exif_value
    file = io.BytesIO()
    image.save(file, kind, exif=exif, **options)
    return file.getvalue()


FILES = [photo("JPEG", 6, quality=92), photo("JPEG", quality=92), photo("PNG"), photo("WEBP", lossless=True)]


class Echo(keras.layers.Layer):
    """Gives each colour of each pixel as a class, so that a SavedModel shows what its network saw."""

    def call(self, images):
        return keras.ops.reshape(keras.ops.cast(images, "float32") / 1000.0 + 1e-3, (-1, 32 * 32 * 3))


@pytest.fixture(scope="module")
def echo():
    images = keras.Input((32, 32, 3))
    return keras.Model(images, keras.layers.Activation("sigmoid")(Echo()(images)))


def from_pillow(data, size, name):
    """The same again, written out: the independent reference."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    view = {"v1": ("centre", "BICUBIC"), "v2": ("centre", "BILINEAR")}.get(name, ("whole", "BILINEAR"))
    if view[0] == "centre":
        side = int(size / (size + 32) * min(image.size))
        left, top = (image.width - side + 1) // 2, (image.height - side + 1) // 2
        image = image.crop((left, top, left + side, top + side))
    return np.asarray(image.resize((size, size), Image.Resampling[view[1]]), float)


def validation_pixels(name):
    ones = np.ones(len(FILES), np.int32)
    level = Level(Held(FILES), np.tile([90, 130], (len(FILES), 1)), ones, np.array(["JPEG"] * len(FILES)))
    split = Split("validation", ("a",), tuple("0123"), ones * 0, level)
    return np.concatenate([images for images, _ in make_dataset(split, 3, image_size=32, preprocessing=name)])


@pytest.mark.parametrize("name", PREPROCESSING)
def test_validation_and_the_helper_for_tflite_see_the_same_pixels(name):
    for data, seen in zip(FILES, validation_pixels(name), strict=True):
        helper = read_pixels(data, 32, name).astype(float)
        np.testing.assert_array_equal(helper, from_pillow(data, 32, name))
        assert np.abs(seen - helper).mean() < TOLERANCE
        assert np.abs(seen - helper).max() <= (1 if get_preprocessing(name).view.interpolation == "bilinear" else 3)


@pytest.mark.parametrize("name", ["photos", "v1", "v2"])
def test_a_saved_model_sees_the_pixels_of_validation(echo, tmp_path, name):
    serving = Serving(formats=MORE_FORMATS, batch_sizes=())
    exported = export_saved_model(
        echo, tmp_path / "served", image_size=32, top_k=32 * 32 * 3, preprocessing=name, serving=serving
    )
    classify = tf.saved_model.load(str(exported.path)).signatures["serving_default"]
    answers = classify(image_bytes=tf.constant(FILES))
    for names, scores, seen in zip(
        answers["classes"].numpy(), answers["scores"].numpy(), validation_pixels(name), strict=True
    ):
        logits = np.log(scores / (1 - scores))
        pixels = np.zeros(32 * 32 * 3)
        pixels[[int(number) for number in names]] = (logits - 1e-3) * 1000
        np.testing.assert_allclose(pixels.reshape(32, 32, 3), seen, atol=0.2)  # float32 on the way through the sigmoid
