"""Whether the training data will follow a schedule's image size, asked before the first step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from effnetv2_keras.configs.schedule import Schedule
from effnetv2_keras.errors import UsageError

WITHOUT_END = -1  # tf.data.INFINITE_CARDINALITY


def check_data(model: keras.Model, schedule: Schedule, data: Any, steps_per_epoch: int | None) -> None:
    """Refuses data that would not follow the knobs: sets two of the sizes and looks at a batch of each.

    Raises:
        UsageError: for `steps_per_epoch`, data without end, a cache behind the resize, and data of other knobs.
    """
    if steps_per_epoch is not None:
        raise UsageError(
            f"`steps_per_epoch` must not be given to fit with a ProgressiveCallback, since batches of the old size "
            f"would outlive a phase: pass it to make_dataset. Got: {steps_per_epoch}."
        )
    if hasattr(data, "cardinality") and int(data.cardinality()) == WITHOUT_END:
        raise UsageError(
            "The training data must end with the epoch, for a phase to begin with batches of its own size: leave out "
            "`repeat()`, or end it with `take(steps)`. Got: a dataset without end."
        )
    put_back = model.knobs.keeping()
    try:
        sizes = _two_sizes(schedule)
        for cache in _caches(data):
            if [_side_at(model, size, cache) for size in sizes] == sizes != sizes[:1]:
                raise UsageError(
                    f"The training data must not be cached behind the resize, or every phase gets the first one's "
                    f"images: call `cache()` before it. Got: a cache that holds {sizes[0]} px or {sizes[1]} px."
                )
        for size in sizes:
            side = _side_at(model, size, data)
            if side not in (None, size):
                raise UsageError(
                    f"The training data must follow the classifier's knobs: make_dataset(..., knobs=clf.knobs). "
                    f"Asked for {size} px. Got: {side} px."
                )
    finally:
        put_back()


def _two_sizes(schedule: Schedule) -> list[int]:
    """Returns the last phase's size and another one, where there is another."""
    sizes = [phase.image_size for phase in schedule.phases]
    return [sizes[-1], *[size for size in sizes if size != sizes[-1]][:1]]


def _side_at(model: keras.Model, size: int, data: Any) -> int | None:
    """Returns the height in px of what `data` gives first at `size`, None where it cannot be asked."""
    model.knobs.image_size = size
    if hasattr(data, "element_spec"):
        for element in data.take(1):
            return _side(element)
        raise UsageError("The training data must hold at least one full batch. Got: none.")
    return _side(data) if len(getattr(data, "shape", ())) == 4 else None


def _side(element: Any) -> int | None:
    shapes = [part.shape for part in keras.tree.flatten(element) if len(getattr(part, "shape", ())) in (3, 4)]
    return int(shapes[0][-3]) if shapes else None


def _caches(data: Any) -> Iterator[Any]:
    """Yields every dataset that keeps what it was given, from the end of the pipeline to its beginning."""
    if type(data).__name__ == "CacheDataset":
        yield data
    for source in data._inputs() if hasattr(data, "_inputs") else ():
        yield from _caches(source)
