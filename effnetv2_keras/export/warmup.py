"""The requests that a server answers before it lets clients in, so that nobody waits for the first of a kind.

Source: TF Serving, `saved_model_warmup_util.h`: a TFRecord file of at most 1000 `PredictionLog` in `assets.extra`;
one that fails keeps the version from being served. Field numbers: `prediction_log.proto`, `predict.proto`,
`classification.proto`, `input.proto`, `model.proto`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from effnetv2_keras.export.protobuf import field, map_entry
from effnetv2_keras.export.signatures import PHOTO_FEATURE

FILE = Path("assets.extra") / "tf_serving_warmup_requests"
GREY = 127  # one number stands for all pixels of a tensor: the file stays small


@dataclass(frozen=True, slots=True)
class WarmupRequest:
    """One call of a signature.

    Args:
        signature: its name.
        input: name of its only input.
        tensor: the value, a `TensorProto`.
    """

    signature: str
    input: str
    tensor: Any

    def value(self) -> np.ndarray:
        """Returns the value as an array."""
        return tf.make_ndarray(self.tensor)

    def log(self, model: str) -> bytes:
        """Returns the serialised `PredictionLog`; one of Classify where the signature takes examples."""
        spec = field(1, field(1, model) + field(3, self.signature))
        if self.input == "inputs":
            examples = b"".join(field(1, example) for example in self.value().tolist())
            return field(2, field(1, spec + field(2, field(1, examples))))
        return field(6, field(1, spec + map_entry(2, self.input, self.tensor.SerializeToString(deterministic=True))))


def warmup_requests(signatures: dict[str, Any], batch_sizes: Sequence[int], image_size: int) -> Iterator[WarmupRequest]:
    """Yields a request for every signature at every batch size.

    Args:
        signatures: `SignatureDef` by name, each with one input.
        batch_sizes: images in a request.
        image_size: px.
    """
    photo = tf.io.encode_jpeg(tf.fill((image_size, image_size, 3), tf.constant(GREY, tf.uint8))).numpy()
    values = {"image_bytes": photo, "inputs": photo_example(photo)}
    for name, definition in signatures.items():
        [(given, info)] = definition.inputs.items()
        for size in batch_sizes:
            if info.dtype == tf.string.as_datatype_enum:
                tensor = tf.make_tensor_proto([values[given]] * size)
            else:
                tensor = _grey_images(size, image_size, tf.as_dtype(info.dtype))
            yield WarmupRequest(name, given, tensor)


def write_warmup(folder: Path, requests: Sequence[WarmupRequest], model: str) -> None:
    """Writes the file into the folder of a version."""
    path = folder / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for request in requests:
            writer.write(request.log(model))


def photo_example(file: bytes) -> bytes:
    """Returns the serialised `tf.train.Example` that `serving_example` takes for an image file."""
    feature = tf.train.Feature(bytes_list=tf.train.BytesList(value=[file]))
    return tf.train.Example(features=tf.train.Features(feature={PHOTO_FEATURE: feature})).SerializeToString(
        deterministic=True
    )


def _grey_images(count: int, side: int, dtype: tf.DType) -> Any:
    tensor = tf.make_tensor_proto(GREY, dtype, shape=())
    for length in (count, side, side, 3):
        tensor.tensor_shape.dim.add(size=length)
    return tensor
