"""In which precision a run computes, and whether XLA compiles its step: asked for, or chosen by the device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import keras

from effnetv2_keras.configs.precision import MATH_MODE, ONEDNN, PRECISIONS
from effnetv2_keras.configs.rules import check_choice
from effnetv2_keras.errors import UsageError

NARROW = ("avx512_bf16", "amx_bf16", "bf16")  # processors that multiply bfloat16, by the names of their features


@dataclass(frozen=True, slots=True)
class Compute:
    """How the step of a run is computed.

    Attributes:
        precision: one of `PRECISIONS`.
        xla: whether XLA compiles the whole step.
        reasons: a sentence for each of the two.
    """

    precision: str
    xla: bool
    reasons: tuple[str, str]

    @contextmanager
    def policy(self) -> Iterator[None]:
        """Builds what is built in this `with` for the precision."""
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(PRECISIONS[self.precision])
        try:
            yield
        finally:
            keras.config.set_dtype_policy(before)


def choose_compute(
    precision: str | None, xla: bool | None, *, device: str, features: str, environment: Mapping[str, str]
) -> Compute:
    """Takes what is asked for, and chooses the rest.

    Args:
        precision: one of `PRECISIONS`; None is float32 everywhere: narrower numbers change what is learnt.
        xla: None compiles the step on accelerators alone.
        device: "CPU", "GPU" or "TPU".
        features: of the processor, as `cpu_features` gives them.
        environment: variables that TensorFlow was loaded with.

    Raises:
        UsageError: for an unknown precision, or for "bfloat16-math" where TensorFlow was not told of it in time.

    >>> chosen = choose_compute(None, None, device="CPU", features="avx2", environment={})
    >>> for reason in chosen.reasons:
    ...     print(reason)
    precision float32: this processor has no bfloat16, narrower numbers are slower on it
    not compiled by XLA: on a processor single kernels are faster; some parts are compiled
    """
    check_choice("precision", "float32" if precision is None else precision, tuple(PRECISIONS))
    if precision == "bfloat16-math" and (environment.get(MATH_MODE) != "BF16" or environment.get(ONEDNN) == "0"):
        raise UsageError(
            f"`precision` bfloat16-math needs {MATH_MODE}=BF16 in the environment before TensorFlow is loaded, and "
            f"oneDNN. Got: {MATH_MODE}={environment.get(MATH_MODE)}, {ONEDNN}={environment.get(ONEDNN)}."
        )
    compiled = device != "CPU" if xla is None else xla
    return Compute(
        precision or "float32", compiled, (_why_precision(precision, device, features), _why_xla(xla, device))
    )


def device_kind() -> str:
    """Returns what the step runs on: "TPU", "GPU" or "CPU"."""
    if keras.backend.backend() == "jax":
        import jax

        return str(jax.default_backend()).upper()
    import tensorflow as tf

    return next((kind for kind in ("TPU", "GPU") if tf.config.list_logical_devices(kind)), "CPU")


def _why_precision(asked: str | None, device: str, features: str) -> str:
    has_narrow = any(name in features.split() for name in NARROW) and not features.startswith("none of")
    if device != "CPU":
        return f"precision {asked or 'float32'}: {'as asked' if asked else 'narrower ones were not measured here'}"
    if asked not in (None, "float32"):
        if has_narrow:
            return f"precision {asked}: as asked"
        effect = "has no effect" if asked == "bfloat16-math" else "is slower than float32"
        return f"precision {asked}: as asked, but this processor has no bfloat16, and it {effect}"
    if asked == "float32":
        return "precision float32: as asked"
    if has_narrow:
        return "precision float32: mixed_bfloat16 and bfloat16-math are faster on this processor, and less exact"
    return "precision float32: this processor has no bfloat16, narrower numbers are slower on it"


def _why_xla(asked: bool | None, device: str) -> str:
    verb = "compiled" if (device != "CPU" if asked is None else asked) else "not compiled"
    if asked is not None:
        return f"{verb} by XLA: as asked"
    if device == "CPU":
        return "not compiled by XLA: on a processor single kernels are faster; some parts are compiled"
    return f"compiled by XLA: what Keras does on a {device}; not measured here"
