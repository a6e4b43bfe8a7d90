"""How strongly each image is changed: a magnitude and the random numbers that go with it."""

from __future__ import annotations

from typing import NamedTuple

import keras
from keras import ops

MAX_MAGNITUDE = 30.0


class Level(NamedTuple):
    """What an operation's arguments are computed from; one entry an image."""

    magnitude: keras.KerasTensor  # (B,) float32 in [0, 30]
    sign: keras.KerasTensor  # (B,) float32, -1 or 1
    place: keras.KerasTensor  # (B, 2) float32 in [0, 1): down and right, in sides of the image
    height: int  # px, a scalar tensor where the shape is known at run time only
    width: int

    def pick(self, index: keras.KerasTensor | slice) -> Level:
        """Returns the level of the images that `index` names: a slice, or numbers (N,)."""
        if isinstance(index, slice):
            return self._replace(magnitude=self.magnitude[index], sign=self.sign[index], place=self.place[index])
        return self._replace(
            magnitude=ops.take(self.magnitude, index, axis=0),
            sign=ops.take(self.sign, index, axis=0),
            place=ops.take(self.place, index, axis=0),
        )
