"""What is held back while a network that has learnt one thing learns another."""

from __future__ import annotations

from dataclasses import dataclass

from effnetv2_keras.configs.rules import check_at_least
from effnetv2_keras.errors import UsageError


@dataclass(frozen=True, slots=True)
class TuningSpec:
    """Three ways to keep what was learnt before; the defaults hold nothing back.

    Attributes:
        freeze_until: layers in front of this one never learn, such as "stage5"; None lets all learn.
        head_epochs: in so many epochs at the start the classifier learns alone, at least 0.
        layer_decay: of the learning rate, from block to block downwards, in (0, 1]; 1 is the same rate for all.

    Raises:
        UsageError: if `head_epochs` or `layer_decay` is out of its range.
    """

    freeze_until: str | None = None
    head_epochs: int = 0
    layer_decay: float = 1.0

    def __post_init__(self) -> None:
        check_at_least("head_epochs", self.head_epochs, 0)
        check_layer_decay(self.layer_decay)


def check_layer_decay(value: object) -> None:
    """Refuses anything outside (0, 1].

    Raises:
        UsageError: with the name, the rule and the value.
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value <= 1:
        raise UsageError(f"`layer_decay` must be above 0 and at most 1. Got: {value!r}.")
