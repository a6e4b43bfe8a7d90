"""How a SavedModel is made for its server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from effnetv2_keras.configs.rules import check_choice
from effnetv2_keras.errors import UsageError

Precision = Literal["float32", "bfloat16"]
PRECISIONS = ("float32", "bfloat16")
FORMATS = ("jpeg", "png", "gif", "bmp")  # what TensorFlow decodes from 2.0 on
MORE_FORMATS = (*FORMATS, "webp")  # servers before TensorFlow 2.21 do not decode WebP
MOST_BATCH_SIZES = 200  # five signatures each: a server refuses a model with more than 1000 warm-up requests


@dataclass(frozen=True, slots=True)
class Serving:
    """What happens to the network, and what the server is told.

    Args:
        fold_bn: every batch normalisation goes into the convolution in front of it.
        freeze: whether weights become constants of the graph: faster, and several times their size in memory when a
            server loads them. None for yes up to 128 MB of weights; True for yes up to 0.9 GB, more fits no graph.
        formats: of the image files that are taken, of jpeg, png, gif (the first picture), bmp and webp. WebP needs a
            server of TensorFlow 2.21 or newer.
        batch_sizes: the server is warmed up with every signature at each of these, which are the
            `allowed_batch_sizes` where it batches by itself. Empty for no warm-up file.
        has_features: adds the signature `serving_features`, the network's output in front of its last layer.

    Raises:
        UsageError: for no format or an unknown one, or batch sizes that do not rise from 1 up or are more than 200.
    """

    fold_bn: bool = True
    freeze: bool | None = None
    formats: Sequence[str] = FORMATS
    batch_sizes: Sequence[int] = (1, 8, 32)
    has_features: bool = False

    def __post_init__(self) -> None:
        if not self.formats:
            raise UsageError(f"`formats` must name at least one of {', '.join(MORE_FORMATS)}. Got: none.")
        for name in self.formats:
            check_choice("formats", name, MORE_FORMATS)
        sizes = list(self.batch_sizes)
        if any(size < 1 for size in sizes) or sizes != sorted(set(sizes)):
            raise UsageError(f"`batch_sizes` must be at least 1 and rise. Got: {sizes}.")
        if len(sizes) > MOST_BATCH_SIZES:
            raise UsageError(f"`batch_sizes` must be at most {MOST_BATCH_SIZES}. Got: {len(sizes)}.")
