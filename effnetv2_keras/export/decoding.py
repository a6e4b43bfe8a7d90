"""From the image files of a request to one batch of pixels; a file that cannot be read is named by its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tensorflow as tf

from effnetv2_keras.configs.preprocessing import View
from effnetv2_keras.data.dimensions import declared_pixels
from effnetv2_keras.data.header import MAX_PIXELS
from effnetv2_keras.data.resize import read_view

# fmt: off
#          how a file begins               and where
SIGNS = {
    "jpeg": ((0, b"\xff\xd8\xff"),),
    "png":  ((0, b"\x89PNG\r\n\x1a\n"),),
    "gif":  ((0, b"GIF8"),),
    "bmp":  ((0, b"BM"),),
    "webp": ((0, b"RIFF"), (8, b"WEBP")),
}
# fmt: on
OfOneFile = Callable[[tf.Tensor], tf.Tensor]
AT_ONCE = 8  # files of a request that are decoded side by side


def read_batch(files: tf.Tensor, image_size: int, view: View, formats: Sequence[str]) -> tf.Tensor:
    """Decodes the files of a request, with TensorFlow operations only.

    Args:
        files: (B,) string, the bytes of image files.
        image_size: S, px.
        view: which part of a photo is seen.
        formats: names in `SIGNS`. A file of another format, a damaged one and one that declares more than 89 million
            pixels fail the request with an INVALID_ARGUMENT that says which file it was and why.

    Returns:
        (B, S, S, 3) uint8, upright.
    """
    shape = (image_size, image_size, 3)

    @_once
    def refuse(data: tf.Tensor) -> tf.Tensor:
        return _refusal(data, formats)

    @_once
    def read(data: tf.Tensor) -> tf.Tensor:
        reason = refuse(data)
        with tf.control_dependencies([_assert_readable(tf.equal(reason, ""), 0, reason)]):
            return tf.ensure_shape(read_view(tf.identity(data), image_size, view), shape)

    def one() -> tf.Tensor:
        return read(files[0])[None]  # a dataset of one costs a millisecond

    def several() -> tf.Tensor:
        return _read_several(files, shape, read, refuse)

    with tf.device("/CPU:0"):
        images = tf.cond(tf.equal(tf.size(files), 1), one, several)
        return tf.ensure_shape(images, (None, *shape))


def _once(function: OfOneFile) -> OfOneFile:
    """Keeps a function of one string in one piece in the graph: copies of it take a second to prepare for each."""
    signature = [tf.TensorSpec([], tf.string)]
    return tf.function(
        function, input_signature=signature, autograph=False, experimental_attributes={"_noinline": True}
    )


def _read_several(files: tf.Tensor, shape: tuple[int, ...], read: OfOneFile, refuse: OfOneFile) -> tf.Tensor:
    """Decodes side by side; nothing but a dataset goes on where a decoder fails, and so knows where that was."""
    count = tf.size(files, out_type=tf.int64)
    numbered = tf.data.Dataset.from_tensor_slices((tf.range(count), files))
    decoded = numbered.map(lambda number, data: (number, read(data)), num_parallel_calls=AT_ONCE, deterministic=True)
    first = tf.data.Dataset.from_tensors((tf.constant(-1, tf.int64), tf.zeros(shape, tf.uint8)))  # never empty
    numbers, images = first.concatenate(decoded.ignore_errors()).batch(count + 1).get_single_element()
    numbers, images = numbers[1:], images[1:]
    is_in_place = tf.cast(tf.equal(numbers, tf.range(tf.size(numbers, out_type=tf.int64))), tf.int64)
    bad = tf.reduce_sum(tf.math.cumprod(is_in_place))  # how many came through before the first that did not
    is_whole = tf.equal(bad, count)
    reason = tf.cond(is_whole, lambda: tf.constant(""), lambda: _reason(refuse(files[bad])))
    with tf.control_dependencies([_assert_readable(is_whole, bad, reason)]):
        return tf.identity(images)


def _assert_readable(condition: tf.Tensor, number: tf.Tensor | int, reason: tf.Tensor) -> tf.Operation:
    return tf.debugging.Assert(condition, ["Image", number, "of the request (from 0) cannot be read:", reason])


def _reason(refusal: tf.Tensor) -> tf.Tensor:
    return tf.where(tf.equal(refusal, ""), f"it is truncated, damaged or has more than {MAX_PIXELS} pixels", refusal)


def _refusal(data: tf.Tensor, formats: Sequence[str]) -> tf.Tensor:
    """Returns why a file is not decoded, "" where it is to be tried."""
    known = tf.reduce_any(tf.stack([_is(data, name) for name in formats]))
    names = ", ".join(name.upper() for name in formats)
    return tf.case(
        [
            (tf.equal(tf.strings.length(data), 0), lambda: tf.constant("it is empty")),
            (~known, lambda: tf.constant(f"it is of no format that this model takes ({names})")),
            (_is_too_large(data), lambda: tf.constant(f"it has more than {MAX_PIXELS} pixels")),
        ],
        default=lambda: tf.constant(""),
    )


def _is(data: tf.Tensor, name: str) -> tf.Tensor:
    length = tf.strings.length(data)
    parts = [tf.strings.substr(data, tf.minimum(at, length), len(sign)) for at, sign in SIGNS[name]]
    return tf.reduce_all(tf.equal(tf.stack(parts), tf.constant([sign for _, sign in SIGNS[name]])))


def _is_too_large(data: tf.Tensor) -> tf.Tensor:
    """Tells it of what has its size at the front; that of a JPEG is looked at when it is decoded."""
    return declared_pixels(data) > MAX_PIXELS
