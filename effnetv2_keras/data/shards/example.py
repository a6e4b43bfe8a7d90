"""One photo as the record that google/automl, TF Model Garden and Vertex AI read.

Source: `build_imagenet_data.py` of tensorflow/tpu, the features `image/encoded`, `image/class/label` and their kin.
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from effnetv2_keras.data.header import Header


def photo_example(data: bytes, header: Header, labels: Sequence[int], texts: Sequence[str], name: str) -> bytes:
    """Returns the serialised `tf.train.Example` of a photo; its class numbers begin at 0."""
    features = {
        "image/encoded": _bytes(data),
        "image/format": _bytes(header.format.encode()),
        "image/height": _numbers(header.height),
        "image/width": _numbers(header.width),
        "image/channels": _numbers(3),
        "image/colorspace": _bytes(b"RGB"),
        "image/filename": _bytes(name.encode()),
        "image/class/label": _numbers(*labels),
        "image/class/text": _bytes(*(text.encode() for text in texts)),
    }
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString(deterministic=True)


def _bytes(*values: bytes) -> tf.train.Feature:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))


def _numbers(*values: int) -> tf.train.Feature:
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
