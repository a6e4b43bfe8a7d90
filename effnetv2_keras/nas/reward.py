"""One number for a network: how accurate it is, for the time it takes and the weights it has."""

from __future__ import annotations

from dataclasses import dataclass

from effnetv2_keras.errors import UsageError


@dataclass(frozen=True, slots=True)
class Reward:
    """A * S^w * P^v: accuracy, the time of a training step, parameters.

    S is over the time of a reference network on the same machine, P over the reference's parameters: a factor common
    to all networks changes no order, and a slower machine changes no reward.

    Attributes:
        w: exponent of the time.
        v: exponent of the parameters.

    Source: Tan & Le 2021, section 3.2 (w = -0.07, v = -0.05).

    >>> round(Reward().of(accuracy=0.8, time=1.0, size=1.0), 4)
    0.8
    """

    w: float = -0.07
    v: float = -0.05

    def of(self, accuracy: float, time: float, size: float) -> float:
        """Returns the reward.

        Args:
            accuracy: in [0, 1].
            time: seconds a step over the reference's, above 0.
            size: parameters over the reference's, above 0.

        Raises:
            UsageError: if a value is out of its range.
        """
        if not 0 <= accuracy <= 1:
            raise UsageError(f"`accuracy` must be from 0 to 1. Got: {accuracy}.")
        for name, value in (("time", time), ("size", size)):
            if not value > 0:
                raise UsageError(f"`{name}` must be above 0. Got: {value}.")
        return accuracy * time**self.w * size**self.v

    def bound(self, time: float, size: float, best_accuracy: float = 1.0) -> float:
        """Returns what a network of this time and size earns at most, if no accuracy exceeds `best_accuracy`.

        Args:
            time: seconds a step over the reference's, above 0.
            size: parameters over the reference's, above 0.
            best_accuracy: in [0, 1].

        Raises:
            UsageError: if a value is out of its range.
        """
        return self.of(best_accuracy, time, size)


def v1_reward(accuracy: float, flops: float, target: float) -> float:
    """Returns accuracy * (FLOPs / T)^-0.07, the reward that found EfficientNet-B0.

    Args:
        accuracy: in [0, 1].
        flops: multiply-adds of the network.
        target: T, those that it should have.

    Source: Tan & Le 2019, section 4.
    """
    return Reward(v=0.0).of(accuracy, flops / target, 1.0)
