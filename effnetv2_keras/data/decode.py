"""From the bytes of an image file to upright RGB pixels, in TensorFlow operations only."""

from __future__ import annotations

import tensorflow as tf

from effnetv2_keras.data.dimensions import refuse_large, refuse_large_jpeg
from effnetv2_keras.data.first_gif_frame import decode_first_frame
from effnetv2_keras.data.moving_webp import with_room_for_alpha
from effnetv2_keras.data.orientation import exif_orientation, upright
from effnetv2_keras.data.palette_bmp import decode_palette_bmp, has_palette

JPEG_METHOD = "INTEGER_ACCURATE"  # bit-equal to Pillow; the default is a grey level off


def decode(data: tf.Tensor) -> tf.Tensor:
    """Decodes a whole image as it is stored, orientation not applied.

    Args:
        data: scalar string, the bytes of a JPEG, PNG, BMP, WebP or GIF file (its first frame). Transparency is
            dropped: what lies below shows.

    Returns:
        (H, W, 3) uint8. Anything else, and what declares more than 89 million pixels, is an INVALID_ARGUMENT.
    """
    image = tf.cond(
        tf.io.is_jpeg(data),
        lambda: tf.io.decode_jpeg(refuse_large_jpeg(data), channels=3, dct_method=JPEG_METHOD),
        lambda: _decode_other(data),
    )
    return tf.ensure_shape(image, (None, None, 3))


def decode_upright(data: tf.Tensor) -> tf.Tensor:
    """Decodes a whole image and turns it the way its EXIF tag says; returns (H, W, 3) uint8."""
    return upright(decode(data), exif_orientation(data))


def decode_window(
    data: tf.Tensor, window: tf.Tensor, is_halved: tf.Tensor | bool = False, *, is_always_jpeg: bool = False
) -> tf.Tensor:
    """Decodes the part `window` = (top, left, height, width) in px of the image as it is stored.

    A JPEG is decoded no further than the window needs. `is_halved` decodes a JPEG at half its size, and `window` is
    one of that; `is_always_jpeg` saves asking each file.

    Args:
        data: scalar string, the bytes of an image file.
        window: (4,) int32.
        is_halved: whether the file is a JPEG to be halved.
        is_always_jpeg: whether there are no other files.

    Returns:
        (H, W, 3) uint8, of the window's size.
    """

    def jpeg(ratio: int = 1) -> tf.Tensor:
        return tf.io.decode_and_crop_jpeg(data, window, channels=3, ratio=ratio, dct_method=JPEG_METHOD)

    def other() -> tf.Tensor:
        top, left, height, width = tf.unstack(window)
        return _decode_other(data)[top : top + height, left : left + width]

    def whole() -> tf.Tensor:
        return jpeg() if is_always_jpeg else tf.cond(tf.io.is_jpeg(data), jpeg, other)

    part = whole() if is_halved is False else tf.cond(is_halved, lambda: jpeg(ratio=2), whole)
    return tf.ensure_shape(part, (None, None, 3))


@tf.function(
    input_signature=[tf.TensorSpec([], tf.string)], autograph=False, experimental_attributes={"_noinline": True}
)
def _decode_other(data: tf.Tensor) -> tf.Tensor:
    """Decodes what is no JPEG; a function of its own, since branches that are not taken cost time where inlined."""
    data = refuse_large(data)
    return tf.case(
        [
            (_starts(data, b"RIFF"), lambda: _decode_webp(data)),
            (_starts(data, b"GIF8"), lambda: decode_first_frame(data)),
            (has_palette(data), lambda: decode_palette_bmp(data)),
        ],
        default=lambda: tf.io.decode_image(data, channels=3, expand_animations=False),
    )


def _decode_webp(data: tf.Tensor) -> tf.Tensor:
    """Decodes a WebP; the decoder refuses to drop a fourth channel, so that is done here."""
    return tf.io.decode_image(with_room_for_alpha(data), channels=0, expand_animations=False)[..., :3]


def _starts(data: tf.Tensor, sign: bytes) -> tf.Tensor:
    return tf.equal(tf.strings.substr(data, 0, len(sign)), sign)
