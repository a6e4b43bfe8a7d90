"""One network wider, deeper and for larger images.  Source: Tan & Le 2019, equation 3."""

from __future__ import annotations

import math
from collections.abc import Collection

from effnetv2_keras.configs.placement import check_stages
from effnetv2_keras.configs.rules import SMALLEST_IMAGE, check_above_zero, check_at_least
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
        width: factor of the channels, above 0.
        depth: factor of the layers, above 0.
        image_size: evaluation size, px, at least 32; None for the config's sizes. Training gets 80 % of it, rounded
            down to a multiple of 16, as released.
        name: of the result.

    Raises:
        UsageError: if a factor is not a finite number above 0, or `image_size` is below 32 px.

    Source: facts 1.1, 1.2 (`round_filters`, `round_repeats`).
    """
    check_above_zero("width", width)
    check_above_zero("depth", depth)
    if image_size is not None:
        check_at_least("image_size", image_size, SMALLEST_IMAGE)
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
    return scaled.replace(eval_size=image_size, train_size=released_train_size(image_size))


def deepen(
    config: ModelConfig,
    depth: float,
    stages: Collection[int],
    *,
    image_size: int | None = None,
    largest_image: int = 480,
    name: str | None = None,
) -> ModelConfig:
    """Returns `config` with more layers in some stages only, and an image size that stops growing.

    Late stages gain more from layers than they cost, and large images cost memory and training time.

    Args:
        config: the network; `scale` it first to change its width or all of its depth.
        depth: factor of the layers of `stages`, rounded up.
        stages: their numbers; 1 is the first after the stem. The paper deepens 5 and 6 of EfficientNetV2.
        image_size: evaluation size, px, at least 32; None for the config's. Either is cut to `largest_image`.
        largest_image: px, at least 32.
        name: of the result.

    Raises:
        UsageError: for a number that is that of no stage, a factor that is not a finite number above 0, or a size below
            32 px.

    Source: Tan & Le 2021, section 3.3.
    """
    check_stages(config, stages)
    check_above_zero("depth", depth)
    if image_size is not None:
        check_at_least("image_size", image_size, SMALLEST_IMAGE)
    check_at_least("largest_image", largest_image, SMALLEST_IMAGE)
    rows = tuple(
        stage.replace(layers=math.ceil(depth * stage.layers)) if number in stages else stage
        for number, stage in enumerate(config.stages, start=1)
    )
    side = min(config.eval_size if image_size is None else image_size, largest_image)
    train_size = config.train_size if side == config.eval_size else released_train_size(side)
    numbers = "-".join(map(str, sorted(stages)))
    return config.replace(
        name=name or f"{config.name}-deep{depth:g}-{numbers}", stages=rows, eval_size=side, train_size=train_size
    )


def released_train_size(eval_size: int) -> int:
    """Returns 80 % of `eval_size`, rounded down to a multiple of 16 (facts 1.1)."""
    return int(0.8 * eval_size) // 16 * 16


def round_channels(channels: int, width: float, rounding: str) -> int:
    """Returns `channels * width`, rounded to a multiple of 8, at least 8.

    With `rounding="v1"` a result below 90 % of the exact value goes up by 8. V1's checkpoints need that rule and V2's
    must not have it; of all published models only V1-B3 and V2-B3 tell them apart.

    Source: facts 1.1 and 1.2 (`round_filters` of tensorflow/tpu and of google/automl).

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
