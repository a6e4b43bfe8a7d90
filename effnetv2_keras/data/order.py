"""Which photo stands at which place of an epoch: computed, so that any place can be reached again."""

from __future__ import annotations

import threading

import numpy as np

from effnetv2_keras.data.labels import LabelSets
from effnetv2_keras.data.manifest import Split

SHUFFLE_STREAM, CROP_STREAM = 1, 2  # keep the draws of one seed apart


class Order:
    """The order of a training split, a pure function of (seed, epoch).

    An epoch shows every photo once. Where the split is balanced, each class gets its share of as many places, and a
    class with fewer photos than places begins anew; one with more shows others in each epoch.

    Args:
        split: the photos.
        seed: at least 0.
    """

    def __init__(self, split: Split, seed: int) -> None:
        self.seed = seed
        self.count = len(split)
        self._members: list[np.ndarray] = [np.arange(self.count)]
        self._shares = [self.count]
        if split.balance:
            self._members, self._shares = _classes(split)
        self._lock = threading.Lock()
        self._epoch = -1
        self._order = np.array([], np.int64)

    def at(self, epoch: int, places: np.ndarray) -> np.ndarray:
        """Returns the index of the photo at each place, (B,) int64; places past the end begin the order again."""
        with self._lock:
            if epoch != self._epoch:
                self._order, self._epoch = self._shuffled(epoch), epoch
            order = self._order
        return order[np.asarray(places) % len(order)]

    def _shuffled(self, epoch: int) -> np.ndarray:
        rng = np.random.default_rng((self.seed, SHUFFLE_STREAM, epoch))
        shown = [_repeat(members, share, rng) for members, share in zip(self._members, self._shares, strict=True)]
        return rng.permutation(np.concatenate(shown))


def shown_in(split: Split, seed: int, epoch: int, step: int, batch_size: int) -> list[str]:
    """Returns the locations of the photos that a training step shows, in the order of its batch.

    A photo that turned out to be damaged is named too; the next one of the order stood in for it.

    Args:
        split: the photos.
        seed: of the order.
        epoch: 0-based.
        step: 0-based.
        batch_size: photos a step, of all workers together.
    """
    places = np.arange(step * batch_size, (step + 1) * batch_size)
    return [split.locations[index] for index in Order(split, seed).at(epoch, places)]


def _repeat(members: np.ndarray, share: int, rng: np.random.Generator) -> np.ndarray:
    """Returns `share` of the members, each as often as the others or once more."""
    if share == len(members):
        return members
    whole, rest = divmod(share, len(members))
    return np.concatenate([np.tile(members, whole), rng.permutation(members)[:rest]])


def _classes(split: Split) -> tuple[list[np.ndarray], list[int]]:
    """Returns the photos of each class that has any, and how many places an epoch gives them."""
    assert not isinstance(split.labels, LabelSets)  # Split.balanced has refused these
    members = [np.flatnonzero(split.labels == k) for k in range(len(split.class_names))]
    members = [photos for photos in members if len(photos)]
    weights = np.array([len(photos) for photos in members], np.float64) ** (1.0 - split.balance)
    shares = np.maximum(np.rint(len(split) * weights / weights.sum()), 1).astype(int)
    return members, shares.tolist()
