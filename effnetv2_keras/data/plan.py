"""What each step of training shows: which photos, which windows, from which copies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from effnetv2_keras.configs.preprocessing import Crop
from effnetv2_keras.data.bad_files import BadFileLog, read_or_reason, why_undecoded
from effnetv2_keras.data.crop import draw_windows
from effnetv2_keras.data.header import JPEG_FORMATS
from effnetv2_keras.data.labels import label_rows
from effnetv2_keras.data.manifest import BadFile, Level, Split
from effnetv2_keras.data.order import CROP_STREAM, Order
from effnetv2_keras.data.stores.files import paths_of
from effnetv2_keras.errors import DataError

ATTEMPTS = 16  # photos of the order that are tried for one place
NONE_LEFT = f"{ATTEMPTS} photos in a row cannot be decoded"


class Moment(NamedTuple):
    """Where training stands when a batch is made."""

    image_size: int  # px
    epoch: int
    step: int  # of the epoch
    worker: int
    num_workers: int
    batch_size: int  # photos a worker


class Shown(NamedTuple):
    """The photos of one batch, not decoded yet."""

    indices: np.ndarray  # (B,) int64, in the split
    files: np.ndarray  # (B,) object: the bytes of each file, or its path where the plan `reads_paths`
    windows: np.ndarray  # (B, 4) int32: top, left, height, width in px of the file, or of half of it
    is_halved: np.ndarray  # (B,) bool: the file is a JPEG that is decoded at half its size
    orientations: np.ndarray  # (B,) int32
    labels: np.ndarray  # (B,) int32 or (B, K) uint8


class Plan:
    """A pure function of (seed, epoch, step): the same moment gives the same batch, whatever came before.

    With several workers a step's places are dealt out in turn, so the whole of a step is the same for any number of
    workers that shares its batch.

    Args:
        split: the photos.
        crop: of the windows.
        seed: of order and windows.
        log: is told of damaged photos; the next good one of the order stands in for each.
    """

    def __init__(self, split: Split, crop: Crop, seed: int, log: BadFileLog) -> None:
        self.split = split
        self.crop = crop
        self.order = Order(split, seed)
        self.log = log
        self._bad: set[int] = set()
        self._paths = paths_of(split.full.store) if not split.shrunk else None
        self.reads_paths = self._paths is not None  # spares copying the bytes from Python to TensorFlow

    def batch(self, moment: Moment) -> Shown:
        """Returns what the moment's worker shows; a file that cannot be read has no bytes.

        Raises:
            DataError: if none of the photos that should stand in for a damaged one is good.
        """
        places = self._places(moment)
        indices = self.order.at(moment.epoch, places)
        for row in np.flatnonzero(np.isin(indices, list(self._bad))):
            indices[row] = self._next_good(moment.epoch, int(places[row]))
        return self._show(moment, np.arange(len(places)), indices)

    def replace(self, moment: Moment, row: int, index: int) -> Shown:
        """Takes down that the photo `index`, shown in `row`, cannot be decoded; returns the next good one instead.

        Raises:
            DataError: if none of the next photos is good, or more are damaged than the run bears.
        """
        place = int(self._places(moment)[row])
        self._bad.add(index)
        reason = why_undecoded(self.split.level_for(moment.image_size).store, index)
        self.log.note(BadFile(self.split.locations[index], reason))
        return self._show(moment, np.array([row]), np.array([self._next_good(moment.epoch, place)]))

    def _next_good(self, epoch: int, place: int) -> int:
        """Returns the photo at `place`, or the next one of the order that is not known to be damaged."""
        for index in self.order.at(epoch, np.arange(place, place + ATTEMPTS)):
            if int(index) not in self._bad:
                return int(index)
        raise DataError(f"Photos to train on must be readable. Got: {NONE_LEFT}.")

    def _show(self, moment: Moment, rows: np.ndarray, indices: np.ndarray) -> Shown:
        level = self.split.level_for(moment.image_size)
        windows = draw_windows(level.sizes[indices], self.crop, self._uniforms(moment)[rows])
        # a JPEG halves itself nearly for free while it is decoded, as a mean over 2 x 2 pixels does
        is_halved = (windows[:, 2:] >= 2 * moment.image_size).all(axis=1)
        is_halved &= np.isin(level.formats[indices], JPEG_FORMATS)
        return Shown(
            indices,
            np.array([self._file(level, int(index)) for index in indices], object),
            np.where(is_halved[:, None], windows // 2, windows),
            is_halved,
            level.orientations[indices].astype(np.int32),
            label_rows(self.split.labels, indices),
        )

    def _file(self, level: Level, index: int) -> bytes | str:
        return read_or_reason(level.store, index)[0] if self._paths is None else self._paths[index]

    def _places(self, moment: Moment) -> np.ndarray:
        whole = moment.batch_size * moment.num_workers
        first = moment.step * whole + moment.worker * moment.batch_size
        return np.arange(first, first + moment.batch_size)

    def _uniforms(self, moment: Moment) -> np.ndarray:
        rng = np.random.default_rng((self.order.seed, CROP_STREAM, moment.epoch, moment.step))
        count = moment.batch_size * moment.num_workers
        uniforms = rng.random((count, self.crop.tries, 4))
        first = moment.worker * moment.batch_size
        return uniforms[first : first + moment.batch_size]
