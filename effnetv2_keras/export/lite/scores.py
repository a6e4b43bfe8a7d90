"""What a file and the Keras model say of the same images, and how long a file takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from effnetv2_keras.export.subject import Subject
from effnetv2_keras.inference.interpreter import make_interpreter

AT_ONCE = 16  # images that the Keras model sees together
ROUNDS, SECONDS = 7, 0.05  # of a timing: turns, and CPU time that a turn takes at least


def scores_of_model(subject: Subject, pixels: np.ndarray) -> np.ndarray:
    """Returns the probabilities (N, K) of the Keras model for (N, S, S, 3)."""
    batches = [pixels[begin : begin + AT_ONCE] for begin in range(0, len(pixels), AT_ONCE)]
    return np.concatenate([subject.probabilities(tf.constant(batch)).numpy() for batch in batches])


def scores_of_file(
    content: bytes, pixels: np.ndarray, advance: Callable[[int], None] = lambda done: None
) -> np.ndarray:
    """Returns the probabilities (N, K) of a file for (N, S, S, 3), computed from its logits where it gives those."""
    score = _caller(content)
    rows = []
    for done, image in enumerate(pixels, 1):
        rows.append(score(image))
        advance(done)
    return np.stack(rows)


def latency_ratio(content: bytes, reference: bytes, image: np.ndarray) -> float:
    """Returns the CPU time of a call, as a share of that of another file's: one thread, turn by turn, the median."""
    one, other = _caller(content, 1), _caller(reference, 1)
    ratios = []
    for _ in range(ROUNDS):
        ratios.append(_cpu_seconds(one, image) / _cpu_seconds(other, image))
    return float(np.median(ratios))


def _caller(content: bytes, num_threads: int | None = None) -> Callable[[np.ndarray], np.ndarray]:
    runner = make_interpreter(content, num_threads).get_signature_runner()
    [(name, details)] = runner.get_input_details().items()

    def call(image: np.ndarray) -> np.ndarray:
        answer: dict[str, Any] = runner(**{name: image[None].astype(details["dtype"])})
        [(output, row)] = answer.items()
        return softmax(row[0]) if output == "logits" else row[0]

    return call


def softmax(logits: np.ndarray) -> np.ndarray:
    """Returns probabilities (K,) for logits (K,)."""
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def _cpu_seconds(call: Callable[[np.ndarray], Any], image: np.ndarray) -> float:
    """Returns the CPU time of a call, averaged over as many as make the clock's steps small."""
    begun = time.process_time()
    calls = 0
    while calls == 0 or time.process_time() - begun < SECONDS:
        call(image)
        calls += 1
    return (time.process_time() - begun) / calls
