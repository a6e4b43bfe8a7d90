import numpy as np
import tensorflow as tf
from PIL import Image, ImageOps

from effnetv2_keras.augment.equalize import equalize


def pillow(photos):
    return np.stack([np.asarray(ImageOps.equalize(Image.fromarray(photo))) for photo in photos])


def test_equalize_is_pillows_pixel_by_pixel(photos):
    np.testing.assert_array_equal(equalize(photos.astype("float32")), pillow(photos))


def test_the_compiled_one_too(photos):
    compiled = tf.function(equalize, autograph=False, jit_compile=True)
    np.testing.assert_array_equal(compiled(photos.astype("float32")), pillow(photos))


def test_small_and_flat_images_stay_whole_as_in_pillow(photos):
    small = photos[:, :9, :9]
    np.testing.assert_array_equal(equalize(small.astype("float32")), pillow(small))
    flat = np.full((1, 40, 40, 3), 9, "uint8")
    np.testing.assert_array_equal(equalize(flat.astype("float32")), flat)


def test_images_do_not_share_a_histogram(photos):
    alone = equalize(photos[3:].astype("float32"))
    together = equalize(photos.astype("float32"))[3:]
    np.testing.assert_array_equal(alone, together)
