"""Compound scaling: one network wider, deeper and for larger images.  Source: Tan & Le 2019, equation 3."""

from __future__ import annotations

import math

from effnetv2_keras.configs.schema import ModelConfig


def scale(
    config: ModelConfig,
    width: float = 1.0,
    depth: float = 1.0,
    image_size: int | None = None,
    *,
    name: str | None = None,
) -> ModelConfig:
    """Returns `config` with `width` times the channels and `depth` times the layers.

    Channels are rounded to multiples of 8, layers up. Stem and head are scaled like every other row.

    Args:
        config: the baseline.
        width: factor of the channels.
        depth: factor of the layers.
        image_size: evaluation size, px; training gets 80 % of it, rounded down to a multiple of 16, as released.
        name: of the result.

    Source: facts 1.1, 1.2 (`round_filters`, `round_repeats`).
    """
    stages = tuple(
        stage.replace(
            channels=round_channels(stage.channels, width, config.rounding), layers=math.ceil(depth * stage.layers)
        )
        for stage in config.stages
    )
    scaled = config.replace(
        name=name or f"{config.name}-w{width:g}-d{depth:g}",
        stages=stages,
        stem=round_channels(config.stem, width, config.rounding),
        head=None if config.head is None else round_channels(config.head, width, config.rounding),
        source=f"{config.name}, width {width:g}, depth {depth:g}",
    )
    if image_size is None:
        return scaled
    return scaled.replace(eval_size=image_size, train_size=int(0.8 * image_size) // 16 * 16)


def round_channels(channels: int, width: float, rounding: str) -> int:
    """Returns `channels * width`, rounded to a multiple of 8, at least 8.

    With `rounding="v1"` a result below 90 % of the exact value goes up by 8. V1's checkpoints need that rule and V2's
    must not have it; of all published models only V1-B3 and V2-B3 tell them apart.

    >>> round_channels(1280, 1.1, "v2")
    1408
    """
    if width == 1.0:
        return channels
    exact = channels * width
    rounded = max(8, int(exact + 4) // 8 * 8)
    if rounding == "v1" and rounded < 0.9 * exact:
        rounded += 8
    return rounded
