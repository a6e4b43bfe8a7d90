"""What tells one set of images from another, without reading the images."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from effnetv2_keras.data.labels import LabelSets
from effnetv2_keras.data.manifest import Split


def fingerprint(split: Split, place: str = "") -> dict[str, Any]:
    """Returns the number of images in all and of each class, and a SHA-256 over everything that is listed of them.

    That is, for each image in its order: its name, label, size, orientation, format, and its own SHA-256 where the
    source keeps one. Pixels that were changed in a file of the same size are not noticed.

    Args:
        split: the images.
        place: where they lie; what names begin with does not count, so that data may be moved.
    """
    digest = hashlib.sha256()
    for part in _parts(split, place):
        digest.update(part)
        digest.update(b"\0")
    return {"images": len(split), "classes": split.counts(), "sha256": digest.hexdigest()}


def _parts(split: Split, place: str) -> list[bytes]:
    labels = split.labels
    numbers = (labels.numbers, labels.starts) if isinstance(labels, LabelSets) else (labels,)
    names = "\n".join(location.removeprefix(place) for location in split.locations)
    parts = [
        "\n".join(split.class_names).encode(),
        names.encode(errors="surrogateescape"),
        repr(split.balance).encode(),
    ]
    parts += [np.ascontiguousarray(one, np.int64).tobytes() for one in numbers]
    for level in split.levels():
        parts += [
            np.ascontiguousarray(level.sizes, np.int64).tobytes(),
            np.ascontiguousarray(level.orientations, np.int64).tobytes(),
            "\n".join(map(str, level.formats)).encode(),
        ]
    return [*parts, "\n".join(split.sha256 or ()).encode()]
