"""What a tf.train.Example says of a photo."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from effnetv2_keras.data.header import HEADER_ERRORS, Header, header_error, read_header
from effnetv2_keras.data.sources.image_folder import some


@dataclass(frozen=True, slots=True)
class Keys:
    """Names of the features; the defaults are those of the shards that are made by the released ImageNet scripts."""

    image: str = "image/encoded"
    label: str = "image/class/label"
    text: str = "image/class/text"


@dataclass(frozen=True, slots=True)
class Found:
    """A photo inside a record.

    Args:
        offset: where its bytes begin in the record.
        length: how many they are.
        checksum: zlib.crc32 of them.
        labels: class numbers as written.
        text: what the class is called, where that is written.
        header: size, orientation and format; or why the photo cannot be used.
    """

    offset: int
    length: int
    checksum: int
    labels: tuple[int, ...]
    text: str
    header: Header | str


def find_photo(record: bytes, keys: Keys) -> Found:
    """Finds the photo and its labels in a record.

    Raises:
        ValueError: if the record is no Example, or one without a photo or a label.
    """
    import tensorflow as tf
    from google.protobuf.message import DecodeError

    try:
        features = tf.train.Example.FromString(record).features.feature
    except DecodeError:
        raise ValueError("no tf.train.Example") from None
    for key, kind in ((keys.image, "bytes_list"), (keys.label, "int64_list")):
        if key not in features or features[key].WhichOneof("kind") not in (kind, None):
            raise ValueError(f"no {key!r} of {kind} among {some(sorted(features)) or 'no features'}")
    images = features[keys.image].bytes_list.value
    if len(images) != 1:
        raise ValueError(f"{len(images)} photos in {keys.image!r}")
    texts = features[keys.text].bytes_list.value if keys.text in features else ()
    try:
        header: Header | str = read_header(images[0])
    except HEADER_ERRORS as error:
        header = header_error(images[0], error)
    return Found(
        record.find(images[0]),
        len(images[0]),
        zlib.crc32(images[0]),
        tuple(features[keys.label].int64_list.value),
        texts[0].decode("utf-8", "replace") if texts else "",
        header,
    )
