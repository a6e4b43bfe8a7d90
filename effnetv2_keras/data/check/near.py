"""Pictures that look alike though their bytes differ: saved again, shrunk, a little darker.

Hashes of 64 bits are cut into five bands. Two that differ in at most four bits have a band in common, so only pictures
that share one are compared.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from PIL import Image, ImageOps, ImageStat

from effnetv2_keras.data.quiet_pillow import WITHOUT_WARNINGS
from effnetv2_keras.errors import UsageError

MOST_BITS = 4  # that the hashes of two near duplicates differ in
BANDS = ((0, 13), (13, 13), (26, 13), (39, 13), (52, 12))  # first bit and number of bits; one more than MOST_BITS
LEAST_CONTRAST = 4.0  # grey levels, standard deviation: flat pictures have all the same hash
SIDE = 128  # px, of what is hashed: four times what the hash looks at


def load_picture_hash() -> Callable[[bytes], int | None]:
    """Returns a function from the bytes of an image to its perceptual hash, 64 bits.

    The hash is None where a picture shows next to nothing.

    Raises:
        UsageError: if imagehash is not installed.
    """
    try:
        import imagehash
    except ImportError:
        raise UsageError(
            "`--near` needs imagehash: pip install 'effnetv2_keras[dedup]'. Got an environment without it."
        ) from None

    def hash_of(data: bytes) -> int | None:
        try:
            with WITHOUT_WARNINGS, Image.open(io.BytesIO(data)) as image:
                image.draft("L", (SIDE, SIDE))  # a JPEG is decoded no larger than needed
                upright = ImageOps.exif_transpose(image).convert("RGB")
                grey = upright.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
        except Exception:  # Pillow raises what its parsers run into, where TensorFlow's see nothing
            return None
        if ImageStat.Stat(grey).stddev[0] < LEAST_CONTRAST:
            return None
        return int(str(imagehash.phash(grey)), 16)

    return hash_of


def near_pairs(hashes: Mapping[int, int]) -> Iterator[tuple[int, int, int]]:
    """Yields (first, second, number of bits) for pictures whose hashes differ in at most `MOST_BITS`.

    Pictures with one and the same hash are each paired with the first of them, and it alone with others.

    Args:
        hashes: 64 bits for each picture's number.
    """
    first_of: dict[int, int] = {}
    for picture, value in sorted(hashes.items()):
        first = first_of.setdefault(value, picture)
        if first != picture:
            yield first, picture, 0
    values = np.array(list(first_of), np.uint64)
    pictures = list(first_of.values())
    seen: set[tuple[int, int]] = set()
    for start, count in BANDS:
        buckets: defaultdict[int, list[int]] = defaultdict(list)
        for row, band in enumerate(((values >> np.uint64(start)) & np.uint64(2**count - 1)).tolist()):
            buckets[band].append(row)
        for rows in buckets.values():
            for at, row in enumerate(rows[:-1]):
                others = np.array(rows[at + 1 :])
                bits = np.bitwise_count(values[others] ^ values[row])
                for other, distance in zip(others[bits <= MOST_BITS], bits[bits <= MOST_BITS], strict=True):
                    if (row, int(other)) not in seen:
                        seen.add((row, int(other)))
                        yield pictures[row], pictures[int(other)], int(distance)
