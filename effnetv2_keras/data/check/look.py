"""One image, looked at: decoded to the last row, hashed, and what its file tells written down."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf
from PIL import Image

from effnetv2_keras.data.bad_files import read_or_reason
from effnetv2_keras.data.decode import decode
from effnetv2_keras.data.diagnose import diagnose
from effnetv2_keras.data.header import HEADER_ERRORS, JPEG_FORMATS, Header, header_of
from effnetv2_keras.data.quiet_pillow import WITHOUT_WARNINGS
from effnetv2_keras.data.stores.store import Store

OK = "ok"
ALPHA_MODES = ("RGBA", "LA", "PA", "La", "RGBa")
PNG_BITS_AT = 24  # IHDR: bits a sample, behind width and height
NO_HEADER = Header(0, 0, 1, "")
_decode = tf.function(decode, input_signature=[tf.TensorSpec([], tf.string)], autograph=False)


@dataclass(frozen=True, slots=True)
class Look:
    """What one image turned out to be.

    Args:
        status: `OK`, or why it cannot be trained on.
        sha256: of its bytes; "" where they cannot be read.
        header: sizes of 0 px where there is none.
        mode: Pillow's name for how the pixels are stored: "RGB", "CMYK", "P", ...
        bits: a sample, 8 or 16.
        has_alpha: whether some pixels may be transparent.
        is_animated: whether more pictures follow the first.
        complaint: what libjpeg says of a file that it decodes all the same; asked for by `strict` only.
        picture_hash: 64 bits that change little where the picture does; None where not asked for, or without detail.
    """

    status: str
    sha256: str = ""
    header: Header = NO_HEADER
    mode: str = ""
    bits: int = 8
    has_alpha: bool = False
    is_animated: bool = False
    complaint: str = ""
    picture_hash: int | None = None

    @property
    def is_ok(self) -> bool:
        """Whether it can be trained on."""
        return self.status == OK


def look_at(
    store: Store,
    index: int,
    complaint_of: Callable[[bytes, str], str] | None = None,
    hash_of: Callable[[bytes], int | None] | None = None,
) -> Look:
    """Reads and decodes the image at `index`; may be called from many threads.

    Args:
        store: gives the bytes.
        index: of the image.
        complaint_of: maps the bytes of a JPEG and its mode to what libjpeg has to say.
        hash_of: maps the bytes of an image to its `picture_hash`.
    """
    data, reason = read_or_reason(store, index)
    if reason is not None:
        return Look(reason)
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        with WITHOUT_WARNINGS, Image.open(io.BytesIO(data)) as image:
            header = header_of(image)
            told = {
                "mode": image.mode,
                "bits": 16 if header.format == "PNG" and data[PNG_BITS_AT] == 16 else 8,
                "has_alpha": image.mode in ALPHA_MODES or "transparency" in image.info,
                "is_animated": header.format not in JPEG_FORMATS and bool(getattr(image, "is_animated", False)),
            }
        _decode(tf.constant(data))
    except (*HEADER_ERRORS, tf.errors.InvalidArgumentError):
        return Look(diagnose(data), sha256, _stored_header(data))
    complaint = ""
    if complaint_of is not None and header.format in JPEG_FORMATS:
        complaint = complaint_of(data, str(told["mode"]))
    picture_hash = None if hash_of is None else hash_of(data)
    return Look(OK, sha256, header, complaint=complaint, picture_hash=picture_hash, **told)  # type: ignore[arg-type]


def _stored_header(data: bytes) -> Header:
    """Returns what the header of an image says that cannot be decoded, as far as it can be read."""
    try:
        with WITHOUT_WARNINGS, Image.open(io.BytesIO(data)) as image:
            return Header(image.height, image.width, 1, str(image.format))
    except HEADER_ERRORS:
        return NO_HEADER
