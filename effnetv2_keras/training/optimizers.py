"""The optimizers of the recipes, made from what a recipe says."""

from __future__ import annotations

from typing import Any

import keras

from effnetv2_keras.configs.optimizer import OptimizerSpec
from effnetv2_keras.errors import UsageError
from effnetv2_keras.training.lamb import Lamb
from effnetv2_keras.training.one_pass import OnePassAdam
from effnetv2_keras.training.released_rules import ReleasedRules
from effnetv2_keras.training.rmsprop import RMSPropTF
from effnetv2_keras.training.weight_decay import L2


@keras.saving.register_keras_serializable("effnetv2_keras")
class AdamW(ReleasedRules, OnePassAdam, keras.optimizers.AdamW):
    """`keras.optimizers.AdamW` with the arguments of `ReleasedRules`; None is no decay, as with the others."""

    def __init__(self, *args: Any, weight_decay: float | None = 0.004, **kwargs: Any) -> None:
        super().__init__(*args, weight_decay=weight_decay or 0.0, **kwargs)
        self.weight_decay = weight_decay or None  # Keras wants a number to begin with


@keras.saving.register_keras_serializable("effnetv2_keras")
class SGD(ReleasedRules, keras.optimizers.SGD):
    """`keras.optimizers.SGD` with the arguments of `ReleasedRules`."""


# fmt: off
#  name          class       its word for:  momentum      decay       epsilon
KINDS: dict[str, tuple[type, dict[str, str]]] = {
    "rmsprop_tf": (RMSPropTF, {"momentum": "momentum", "decay": "rho",    "epsilon": "epsilon"}),
    "adamw":      (AdamW,     {"momentum": "beta_1",   "decay": "beta_2", "epsilon": "epsilon"}),
    "lamb":       (Lamb,      {"momentum": "beta_1",   "decay": "beta_2", "epsilon": "epsilon"}),
    "sgd":        (SGD,       {"momentum": "momentum"}),
}
# fmt: on


def make_optimizer(
    spec: OptimizerSpec, learning_rate: float | keras.optimizers.schedules.LearningRateSchedule
) -> keras.optimizers.Optimizer:
    """Returns the optimizer that `spec` describes.

    Its moving average and its L2 penalty are not the optimizer's: `clf.compile(..., **compile_options(spec))`.

    Args:
        spec: kind and numbers.
        learning_rate: a number, or a schedule of the batch's number; gradient accumulation does not slow it down.
    """
    kind, words = KINDS[spec.name]
    is_decoupled = spec.weight_decay_kind == "decoupled" and spec.weight_decay > 0
    return kind(
        learning_rate,
        weight_decay=spec.weight_decay if is_decoupled else None,
        clip_norm_per_variable=spec.clip_norm_per_variable,
        global_clip_norm=spec.global_clip_norm,
        gradient_accumulation_steps=spec.accumulation_steps if spec.accumulation_steps > 1 else None,
        exclude=spec.exclude,
        **{word: getattr(spec, name) for name, word in words.items()},
    )


def by_name(optimizer: Any) -> Any:
    """Returns Keras's own AdamW as ours for its name, whose step is quicker; anything else as it is."""
    return AdamW(exclude=()) if isinstance(optimizer, str) and optimizer.lower() == "adamw" else optimizer


def compile_options(spec: OptimizerSpec) -> dict[str, Any]:
    """Returns what `Classifier.compile` takes of `spec` beside the optimizer: the average, and L2 in the loss."""
    is_l2 = spec.weight_decay_kind == "l2" and spec.weight_decay > 0
    return {
        "ema_decay": spec.ema_decay,
        "ema_warmup": spec.ema_warmup,
        "l2": L2(spec.weight_decay, spec.exclude) if is_l2 else None,
    }


def check_optimizer(optimizer: Any, ema_decay: float, num_replicas: int) -> None:
    """Refuses two moving averages at once, and what Keras cannot do on several replicas.

    Raises:
        UsageError: for `use_ema` beside `ema_decay`, or gradients that several replicas are to accumulate.
    """
    if ema_decay and getattr(optimizer, "use_ema", False):
        raise UsageError(
            f"There must be one moving average: either `ema_decay` or the optimizer's `use_ema`, which leaves out "
            f"BatchNorm and overwrites the weights after `fit`. Got: ema_decay={ema_decay} and use_ema=True."
        )
    steps = getattr(optimizer, "gradient_accumulation_steps", None)
    if steps and num_replicas > 1:
        raise UsageError(
            f"Gradients can be accumulated on one replica only: Keras breaks off on several. "
            f"Got: {steps} batches an update on {num_replicas} replicas."
        )
