"""Writes a TFLite file from its objects, every weight inside the flatbuffer and where a runtime can use it in place."""

from __future__ import annotations

from typing import Any

import flatbuffers
import numpy as np

from effnetv2_keras.inference.lite_contents import IDENTIFIER, lite_schema

WEIGHT_ALIGNMENT = 16  # bytes: `force_align` of a buffer in schema.fbs, which Python's writer does not heed
OUTSIDE = 1  # from this offset on, a buffer's bytes lie behind the flatbuffer


def pack_model(model: Any, expected_bytes: int = 1024) -> bytes:
    """Returns the file of a `ModelT`."""
    builder = _AlignedBuilder(expected_bytes)
    builder.Finish(model.Pack(builder), IDENTIFIER)
    return bytes(builder.Output())


def with_weights_inside(content: bytes) -> bytes:
    """Returns a file with all weights in the flatbuffer itself.

    The quantizer writes large ones behind it, at offsets that are wrong as soon as anything is added to the file.
    """
    model = lite_schema().ModelT.InitFromPackedBuf(content)
    outside = [buffer for buffer in model.buffers if buffer.offset > OUTSIDE]
    if not outside:
        return content
    for buffer in outside:
        buffer.data = np.frombuffer(content, np.uint8, buffer.size, buffer.offset)
        buffer.offset = buffer.size = 0
    return pack_model(model, len(content) + 1024)


class _AlignedBuilder(flatbuffers.Builder):
    """Lets weights begin where the converter lets them begin."""

    def CreateNumpyVector(self, x: np.ndarray) -> int:
        if x.dtype == np.uint8:
            self.Prep(WEIGHT_ALIGNMENT, x.size)
        return super().CreateNumpyVector(x)
