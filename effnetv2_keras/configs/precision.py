"""The precisions that a run can train in."""

from __future__ import annotations

from collections.abc import MutableMapping

#  name             policy of Keras
PRECISIONS = {
    "float32": "float32",
    "mixed_bfloat16": "mixed_bfloat16",
    "mixed_float16": "mixed_float16",
    "bfloat16-math": "float32",  # oneDNN rounds what it multiplies
}
MATH_MODE = "TF_SET_ONEDNN_FPMATH_MODE"
ONEDNN = "TF_ENABLE_ONEDNN_OPTS"


def set_kernels(environment: MutableMapping[str, str], precision: str | None) -> None:
    """Chooses TensorFlow's kernels for processors, which has to be done before TensorFlow is loaded.

    TensorFlow takes oneDNN's by itself only where the processor has AVX512's instructions for networks, but they
    train faster without, too (docs/methods/speed.md). What the user has set stays.
    """
    environment.setdefault(ONEDNN, "1")
    if precision == "bfloat16-math":
        environment.setdefault(MATH_MODE, "BF16")
