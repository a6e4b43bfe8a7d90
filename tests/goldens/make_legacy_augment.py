"""Writes legacy_augment.npz: what tensorflow-addons and keras-cv make of a small picture.

Command: make goldens-legacy        (Python 3.11: libraries that cannot live beside Keras 3, in their own environment)
Cost:    a minute and a half, nearly all of it for installing. Last written with tensorflow 2.15.1, tensorflow-addons
         0.23.0, keras-cv 0.9.0; a second run writes the same bytes.
"""

from pathlib import Path

import keras_cv
import numpy as np
import tensorflow as tf
import tensorflow_addons as tfa
from matplotlib import cbook
from PIL import Image

GREY = 128
COUNT = 24  # images that are mixed


def main() -> None:
    with cbook.get_sample_data("grace_hopper.jpg") as file:
        photo = Image.open(file).convert("RGB").crop((140, 60, 400, 360)).resize((26, 30))
    picture = np.asarray(photo)[None]
    golden = {"picture": picture}

    def transform(*data):
        return tfa.image.transform(picture, [*data, 0.0, 0.0], "NEAREST", "constant", fill_value=GREY)

    for degrees in (15, -30, 90):
        radians = np.deg2rad(degrees)
        golden[f"rotate_{degrees}"] = tfa.image.rotate(picture, radians, "NEAREST", "constant", fill_value=GREY)
    for slope in (0.15, -0.3):
        golden[f"shear_x_{slope}"] = transform(1.0, slope, 0.0, 0.0, 1.0, 0.0)
        golden[f"shear_y_{slope}"] = transform(1.0, 0.0, 0.0, slope, 1.0, 0.0)
    for pixels in (7, -12):
        golden[f"translate_x_{pixels}"] = tfa.image.translate(picture, [-pixels, 0], fill_value=GREY)
        golden[f"translate_y_{pixels}"] = tfa.image.translate(picture, [0, -pixels], fill_value=GREY)
    golden["equalize"] = tfa.image.equalize(picture)
    for factor in (0.1, 1.9):
        golden[f"sharpness_{factor}"] = tfa.image.sharpness(picture, factor)
    golden["cutout"] = tfa.image.cutout(picture, (8, 8), offset=(13, 20), constant_values=GREY)

    # Image i is flat at level 10 i and has class i, so partner, box and weight can be read off the result.
    images = np.ones((COUNT, 12, 10, 3), "float32") * 10 * np.arange(COUNT, dtype="float32")[:, None, None, None]
    labels = np.eye(COUNT, dtype="float32")
    for name, layer in (
        ("mixup", keras_cv.layers.MixUp(alpha=0.4, seed=3)),
        ("cutmix", keras_cv.layers.CutMix(alpha=1.0, seed=3)),
    ):
        tf.keras.utils.set_random_seed(3)  # the layers shuffle with the global generator, whatever their own seed
        result = layer({"images": tf.constant(images), "labels": tf.constant(labels)}, training=True)
        golden[f"{name}_images"], golden[f"{name}_labels"] = result["images"], result["labels"]
    path = Path(__file__).parent / "legacy_augment.npz"
    np.savez_compressed(path, **{name: np.asarray(array) for name, array in golden.items()})
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
