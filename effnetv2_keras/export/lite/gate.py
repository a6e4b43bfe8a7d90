"""What every file has to pass before it gets its name."""

from __future__ import annotations

import numpy as np

from effnetv2_keras.export.lite.float_file import IMAGE, Ends
from effnetv2_keras.export.lite.graph import LiteGraph
from effnetv2_keras.export.lite.lite_parity import SetParity
from effnetv2_keras.export.lite.scores import scores_of_file
from effnetv2_keras.export.subject import Subject
from effnetv2_keras.inference.lite_contents import LiteContents, LiteTensor, read_lite_contents

SMALLEST_QUANTISED = 1024  # values of a kernel; the quantisers leave smaller ones in float32
# fmt: off
#            largest mean logit error, in standard deviations of the logits; and a type that the file must hold
TOLERANCE = {
    "float32":  1e-3,
    "float16":  2e-2,
    "hybrid":   0.25,
    "dynamic":  0.35,
    "int8":     0.50,
    "int16x8":  0.25,
}
SMALL = 1e-3  # error of a probability that passes whatever the logits do: those of a new network hardly differ
WEIGHTS = {"float32": "float32", "float16": "float16", "hybrid": "int8", "dynamic": "int8", "int8": "int8",
           "int16x8": "int8"}
VALUES = {"int8": "int8", "int16x8": "int16"}
# fmt: on


def check_contents(content: bytes, precision: str, ends: Ends, subject: Subject, float32: bytes) -> LiteContents:
    """Reads a file and refuses one that a phone could not run as it was meant.

    Args:
        content: the file.
        precision: that was asked for.
        ends: that were asked for.
        subject: the Keras model.
        float32: the float32 file of the same network.

    Raises:
        RuntimeError: that names what is wrong.
    """
    seen = read_lite_contents(content)
    image = (IMAGE, ends.input, (1, subject.image_size, subject.image_size, 3))
    scores = (ends.output, "float32", (1, len(subject.labels)))
    # fmt: off
    wrong = {
        "operations that every runtime has":     ", ".join(seen.not_built_in),
        "constant weights, no variables":        "VAR_HANDLE" if seen.has_variables else "",
        "fixed shapes":                          ", ".join(seen.dynamic[:3]),
        "a signature":                           "" if seen.signatures else "none",
        f"one input {IMAGE}, {ends.input}":      _other(seen.inputs, image),
        f"one output {ends.output}, float32":    _other(seen.outputs, scores),
        f"weights and values in {precision}":    _wrong_types(seen, precision, float32),
    }
    # fmt: on
    for rule, got in wrong.items():
        if got:
            raise RuntimeError(f"The written {precision} file must have {rule}. Got: {got}.")
    return seen


def check_answers(parity: SetParity, precision: str) -> None:
    """Refuses a file that answers nonsense.

    Raises:
        RuntimeError: if an answer is not finite, or the logits stray further than the precision explains.
    """
    error = parity.mean_logit_error / max(parity.logit_spread, 1e-12)
    if parity.max_probability_error <= SMALL:
        return
    if not error <= TOLERANCE[precision]:  # NaN too
        raise RuntimeError(
            f"The logits of a {precision} file must be within {TOLERANCE[precision]} standard deviations of the Keras "
            f"model's on average. Got: {error:.3g}, over {parity.num_images} images."
        )


def check_unchanged(content: bytes, measured: bytes, pixels: np.ndarray) -> None:
    """Refuses a file that answers otherwise than what was measured before metadata were added.

    Raises:
        RuntimeError: if it does, or cannot be run.
    """
    some = pixels[:2]
    got, expected = scores_of_file(content, some), scores_of_file(measured, some)
    if not np.array_equal(got, expected):
        raise RuntimeError(
            f"A file must answer with its metadata as it did without. Got: {np.abs(got - expected).max()} between them."
        )


def _other(found: tuple[LiteTensor, ...], wanted: tuple[str, str, tuple[int, ...]]) -> str:
    got = [(one.argument, one.dtype, one.shape) for one in found]
    return "" if got == [wanted] else str(got)


def _wrong_types(seen: LiteContents, precision: str, float32: bytes) -> str:
    weights, values = WEIGHTS[precision], VALUES.get(precision, "float32")
    got = f"weights {seen.weight_bytes}, values {seen.values}"
    if values in seen.values and (weights in seen.weight_bytes or not _has_large_kernel(float32)):
        return ""
    return got


def _has_large_kernel(float32: bytes) -> bool:
    graph = LiteGraph(float32)
    kernels = (op.inputs[1] for op in graph.operations if op.kind in ("CONV_2D", "FULLY_CONNECTED"))
    return any(graph.constant(kernel).size >= SMALLEST_QUANTISED for kernel in kernels)
