"""What a network costs, from its table alone: parameters, multiply-adds and activations of every stage."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from effnetv2_keras.configs.block import Block
from effnetv2_keras.configs.conv import Conv
from effnetv2_keras.configs.registry import resolve_config
from effnetv2_keras.configs.rules import SMALLEST_IMAGE, check_at_least
from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.configs.table import stage_texts


@dataclass(frozen=True, slots=True)
class Cost:
    """What a piece of a network costs for one image.

    Attributes:
        parameters: all of them, the running statistics of batch normalisation included.
        trainable: without the running statistics.
        macs: multiply-adds of convolutions and of the classifier; the papers call them FLOPs.
        activations: numbers that convolutions and the classifier write.
    """

    parameters: int = 0
    trainable: int = 0
    macs: int = 0
    activations: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.parameters + other.parameters,
            self.trainable + other.trainable,
            self.macs + other.macs,
            self.activations + other.activations,
        )


@dataclass(frozen=True, slots=True)
class StageCost:
    """A line of the profile: a stage, its cost and the shape (H, W, C) or (C,) it hands on."""

    text: str
    cost: Cost
    output: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """The cost of every stage of `config` at one image size.

    Attributes:
        config: the network.
        image_size: (height, width) px.
        stages: stem, stages and head, top to bottom, as in the paper's table.
    """

    config: ModelConfig
    image_size: tuple[int, int]
    stages: tuple[StageCost, ...]

    @property
    def total(self) -> Cost:
        """The whole network."""
        return add_up(stage.cost for stage in self.stages)

    def __str__(self) -> str:
        from effnetv2_keras.configs.table import profile_table

        return profile_table(self)


def profile(
    model: str | os.PathLike[str] | ModelConfig,
    image_size: int | tuple[int, int] | None = None,
    num_classes: int = 1000,
) -> Profile:
    """Returns what a network costs, without building it.

    Args:
        model: a name, the path of a YAML file, or a `ModelConfig`.
        image_size: side or (height, width) px; None for the config's `eval_size`.
        num_classes: outputs of the classifier; 0 for none.

    Returns:
        A `Profile`; `print` it for a table, `.total` is the whole network.

    Raises:
        UsageError: for an unknown network, a side below 32 px, or `num_classes` below 0.

    Source: facts 1.1; batch normalisation, activations and biases count no multiply-adds there.

    >>> f"{profile('efficientnetv2-s').total.macs / 1e9:.3f}"
    '8.366'
    """
    config = resolve_config(model)
    size = config.eval_size if image_size is None else image_size
    height, width = (size, size) if isinstance(size, int) else size
    for side in (height, width):
        check_at_least("image_size", side, SMALLEST_IMAGE)
    check_at_least("num_classes", num_classes, 0)

    texts = stage_texts(config)
    stem = config.stem_conv()
    cost, sides = conv_cost(stem, (height, width))
    if config.stem_pool:
        sides = (-(-sides[0] // 2), -(-sides[1] // 2))
    lines = [StageCost(texts[0], cost, (*sides, stem.channels))]
    blocks = config.blocks()
    for text, stage in zip(texts[1:-1], config.stages, strict=True):
        cost = Cost()
        for _, block in zip(range(stage.layers), blocks, strict=False):
            one, sides = block_cost(block, sides)
            cost += one
        lines.append(StageCost(text, cost, (*sides, stage.channels)))
    lines.append(head_cost(config, texts[-1], sides, num_classes))
    return Profile(config, (height, width), tuple(lines))


def add_up(costs: Iterable[Cost]) -> Cost:
    """Returns the sum of `costs`."""
    return sum(costs, start=Cost())


def conv_cost(conv: Conv, sides: tuple[int, int]) -> tuple[Cost, tuple[int, int]]:
    """Returns the cost of a convolution with its batch normalisation, and the sides of its output."""
    height, width = (conv.output_side(side) for side in sides)
    pixels = height * width
    weights = conv.num_weights
    cost = Cost(weights + 4 * conv.channels, weights + 2 * conv.channels, weights * pixels, conv.channels * pixels)
    return cost, (height, width)


def block_cost(block: Block, sides: tuple[int, int]) -> tuple[Cost, tuple[int, int]]:
    """Returns the cost of a block and the sides of its output."""
    total = excite_cost(block)
    for part, conv in block.convs().items():
        cost, after = conv_cost(conv, sides)
        total += cost
        if part != "shortcut":
            sides = after
    return total, sides


def excite_cost(block: Block) -> Cost:
    """Returns the cost of a block's squeeze-and-excitation."""
    channels, width = block.se_channels, block.se_width
    weights = 2 * channels * width
    biases = channels + width
    return Cost(weights + biases, weights + biases, weights, biases)


def head_cost(config: ModelConfig, text: str, sides: tuple[int, int], num_classes: int) -> StageCost:
    """Returns the line of the last convolution, the pooling and the classifier."""
    head = config.head_conv()
    cost = Cost() if head is None else conv_cost(head, sides)[0]
    weights = config.feature_channels * num_classes
    cost += Cost(weights + num_classes, weights + num_classes, weights, num_classes)
    return StageCost(text, cost, (num_classes or config.feature_channels,))
