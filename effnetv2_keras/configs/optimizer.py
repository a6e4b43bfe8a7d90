"""How weights are updated, as data: the optimizer with its numbers, and the course of the learning rate."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from effnetv2_keras.configs.rules import check_above_zero, check_at_least, check_choice, check_probability

OPTIMIZERS = ("rmsprop_tf", "adamw", "lamb", "sgd")
DECAY_KINDS = ("l2", "decoupled")
COURSES = ("exponential", "cosine", "constant", "held_cosine")
NO_DECAY = ("bias", "gamma", "beta")  # facts 1.3: `.*(bias|gamma|beta).*`


@dataclass(frozen=True, slots=True)
class OptimizerSpec:
    """An optimizer, and what is done to gradients before it and to weights after it.

    Attributes:
        name: "rmsprop_tf" (TensorFlow 1's, whose slots start at ones and whose epsilon is inside the root), "adamw",
            "lamb" or "sgd".
        momentum: of "rmsprop_tf" and "sgd"; beta 1 of "adamw" and "lamb"; in [0, 1).
        decay: of the squared gradients' mean, rho of "rmsprop_tf"; beta 2 of "adamw" and "lamb"; "sgd" has none. In
            [0, 1).
        epsilon: keeps the division finite, at least 0; "sgd" has none.
        weight_decay: at least 0; 0 is off.
        weight_decay_kind: "l2" adds `weight_decay * sum(w ** 2) / 2` to the loss, as released; "decoupled" takes
            `learning_rate * weight_decay * w` off the weight.
        exclude: texts; weights with one of them in their path are not decayed.
        clip_norm_per_variable: largest norm of each gradient; 0 is off. Comes before the next.
        global_clip_norm: largest norm of all gradients together; 0 is off.
        accumulation_steps: batches whose gradients are averaged into one update, at least 1.
        ema_decay: of the moving average of weights and BatchNorm statistics that evaluation uses, in [0, 1); 0 is off.
        ema_warmup: whether update n averages with `min(ema_decay, (1 + n) / (10 + n))`.

    Raises:
        UsageError: for an unknown name or kind, or a number out of its range.

    Source: facts 1.3 for the released values; the defaults are those of the `laptop` recipe.
    """

    name: str = "adamw"
    momentum: float = 0.9
    decay: float = 0.999
    epsilon: float = 1e-7
    weight_decay: float = 1e-2
    weight_decay_kind: str = "decoupled"
    exclude: tuple[str, ...] = NO_DECAY
    clip_norm_per_variable: float = 0.0
    global_clip_norm: float = 0.0
    accumulation_steps: int = 1
    ema_decay: float = 0.0
    ema_warmup: bool = True

    def __post_init__(self) -> None:
        check_choice("optimizer", self.name, OPTIMIZERS)
        check_choice("weight_decay_kind", self.weight_decay_kind, DECAY_KINDS)
        for name in ("momentum", "decay", "ema_decay"):
            check_probability(name, getattr(self, name), below_one=True)
        for name in ("epsilon", "weight_decay", "clip_norm_per_variable", "global_clip_norm"):
            check_at_least(name, getattr(self, name), 0, whole=False)
        check_at_least("accumulation_steps", self.accumulation_steps, 1)

    def replace(self, **changes: Any) -> OptimizerSpec:
        """Returns a copy with other values."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, slots=True)
class LearningRateSpec:
    """The course of the learning rate; its peak is `base * batch_size / per_images`.

    Attributes:
        base: peak rate for a batch of `per_images` images, above 0.
        per_images: 0 for a peak of `base` at every batch size.
        course: "exponential" (times `factor` every `decay_epochs`, in steps), "cosine" to `floor` at the last step,
            "constant", or "held_cosine" (held for `held` of the steps, then a cosine to 0).
        warmup_epochs: length of the linear rise, at least 0. The decay counts from step 0, not from the end of the
            warm-up (facts 1.3).
        factor: of "exponential", above 0.
        decay_epochs: of "exponential", above 0.
        floor: no course falls below this but "held_cosine"; at least 0; 0 is none.
        held: of "held_cosine", share of the steps before the fall, in [0, 1); where the last phase begins is a good
            place to end.

    Raises:
        UsageError: for an unknown course, or a number out of its range.

    Source: facts 1.3.

    >>> LearningRateSpec(base=0.016).peak(4096)
    0.256
    """

    base: float = 0.016
    per_images: int = 256
    course: str = "exponential"
    warmup_epochs: float = 5.0
    factor: float = 0.97
    decay_epochs: float = 2.4
    floor: float = 0.0
    held: float = 0.6

    def __post_init__(self) -> None:
        check_choice("course", self.course, COURSES)
        check_probability("held", self.held, below_one=True)
        for name in ("warmup_epochs", "floor"):
            check_at_least(name, getattr(self, name), 0, whole=False)
        check_at_least("per_images", self.per_images, 0)
        for name in ("base", "factor", "decay_epochs"):
            check_above_zero(name, getattr(self, name))

    def peak(self, batch_size: int) -> float:
        """Returns the highest rate at `batch_size` images a step."""
        return self.base * batch_size / self.per_images if self.per_images else self.base
