"""How much wider, deeper and larger: the three factors of compound scaling from one number."""

from __future__ import annotations

from dataclasses import dataclass

from effnetv2_keras.configs.rules import check_above_zero, check_at_least
from effnetv2_keras.configs.scaling import scale
from effnetv2_keras.configs.schema import ModelConfig


@dataclass(frozen=True, slots=True)
class Factors:
    """What to multiply a baseline by.

    Attributes:
        depth: of the layers, above 0.
        width: of the channels, above 0.
        resolution: of the image side, above 0.

    Raises:
        UsageError: if a factor is not a finite number above 0.
    """

    depth: float
    width: float
    resolution: float

    def __post_init__(self) -> None:
        for name in ("depth", "width", "resolution"):
            check_above_zero(name, getattr(self, name))

    @property
    def macs(self) -> float:
        """How many times the multiply-adds this costs, by the paper's rule depth * width^2 * resolution^2."""
        return self.depth * self.width**2 * self.resolution**2

    def apply(self, config: ModelConfig, *, name: str | None = None, multiple: int = 4) -> ModelConfig:
        """Returns `config` scaled by these factors, with an image side that is the nearest multiple of `multiple`.

        Args:
            config: the baseline.
            name: of the result.
            multiple: px, at least 1; the side is the nearest multiple of it.

        Raises:
            UsageError: if `multiple` is out of its range, or the side would be below 32 px.
        """
        check_at_least("multiple", multiple, 1)
        side = round(config.eval_size * self.resolution / multiple) * multiple
        return scale(config, self.width, self.depth, side, name=name)


def compound(phi: float, alpha: float = 1.2, beta: float = 1.1, gamma: float = 1.15) -> Factors:
    """Returns depth alpha^phi, width beta^phi and resolution gamma^phi.

    Args:
        phi: how much to grow; with the defaults multiply-adds grow by about 2^phi.
        alpha: depth at phi 1. The defaults are the published coefficients of EfficientNet-B0.
        beta: width at phi 1.
        gamma: resolution at phi 1.

    Source: Tan & Le 2019, equation 3 and section 4.

    >>> compound(1)
    Factors(depth=1.2, width=1.1, resolution=1.15)
    """
    return Factors(depth=alpha**phi, width=beta**phi, resolution=gamma**phi)
