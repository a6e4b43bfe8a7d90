"""Says in a few words why the bytes of a file are no photo that can be read."""

from __future__ import annotations

import io

from PIL import Image

from effnetv2_keras.data.file_kind import DAMAGED, kind_of
from effnetv2_keras.data.header import HEADER_ERRORS, header_error, header_of
from effnetv2_keras.data.quiet_pillow import WITHOUT_WARNINGS


def diagnose(data: bytes) -> str:
    """Says why `data` cannot be decoded, for a file that a decoder has refused.

    Nothing is decoded of an image that its header rules out, a large one above all.
    """
    if not data:
        return kind_of(data)
    try:
        with WITHOUT_WARNINGS, Image.open(io.BytesIO(data)) as image:
            header = header_of(image)
            try:
                image.load()
            except Exception as error:  # Pillow raises what its parsers run into
                return f"{DAMAGED} ({error})"
    except HEADER_ERRORS as error:
        return header_error(data, error)
    return f"{DAMAGED} ({header.format})"
