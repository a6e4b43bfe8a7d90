"""What an exported network takes to answer on this machine."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np

from effnetv2_keras.export.saved_model import export_saved_model
from effnetv2_keras.export.serving import Serving
from effnetv2_keras.export.session import ServedSession
from effnetv2_keras.export.tflite import export_tflite
from effnetv2_keras.inference.latency import WARM_UP
from effnetv2_keras.inference.lite_model import LiteModel
from effnetv2_keras.nas.step_time import has_accelerator
from effnetv2_keras.training.classifier import Classifier

CALLS = 20  # timed
Call = Callable[[], object]


def latency_seconds(classifier: Classifier, kind: str, image_size: int, calls: int = CALLS) -> float:
    """Returns the seconds of the fastest of a few calls with one image.

    The network is exported as `export_saved_model` and `export_tflite` do by default. Seconds are the process's CPU
    time, which other programs disturb least; of a SavedModel on an accelerator they are those of the clock.

    Args:
        classifier: of the network; what its weights are does not matter.
        kind: "saved_model", or "tflite" on one thread.
        image_size: px.
        calls: timed.
    """
    image = np.random.default_rng(0).integers(0, 256, (image_size, image_size, 3), dtype=np.uint8)
    on_device = kind == "saved_model" and has_accelerator()
    clock = time.perf_counter if on_device else time.process_time
    with tempfile.TemporaryDirectory() as scratch, OPENED[kind](classifier, image, Path(scratch)) as call:
        for _ in range(WARM_UP):
            call()
        return min(_seconds(call, clock) for _ in range(calls))


def _seconds(call: Call, clock: Callable[[], float]) -> float:
    begun = clock()
    call()
    return clock() - begun


@contextmanager
def _saved_model(classifier: Classifier, image: np.ndarray, scratch: Path) -> Iterator[Call]:
    options = Serving(batch_sizes=())  # no warm-up file
    done = export_saved_model(classifier, scratch, image_size=len(image), top_k=1, serving=options)
    with ServedSession(done.path) as served:
        yield lambda: served.run("serving_images_uint8", {"images": image[None]})


@contextmanager
def _tflite(classifier: Classifier, image: np.ndarray, scratch: Path) -> Iterator[Call]:
    done = export_tflite(classifier, scratch / "network.tflite", image_size=len(image))
    model = LiteModel(done.path, num_threads=1)
    model.put(image)
    yield model.run


OPENED: dict[str, Callable[[Classifier, np.ndarray, Path], AbstractContextManager[Call]]] = {
    "saved_model": _saved_model,
    "tflite": _tflite,
}
