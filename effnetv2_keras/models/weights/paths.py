"""What the weights of a network are called and how large they are, from its table alone.

A weight's path is the name of its layer and its own: `stage3_block2_expand_conv/kernel`. The classifier's layer is
"logits" here, whatever its activation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import keras

from effnetv2_keras.configs.block import Block, part_name
from effnetv2_keras.configs.conv import Conv
from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.models.weights.checkpoint import Shape

NORM = ("gamma", "beta", "moving_mean", "moving_variance")
HEAD = ("logits/kernel", "logits/bias")
CLASSIFIERS = ("logits", "predictions")


@dataclass(frozen=True, slots=True)
class Unit:
    """A convolution of a network and where it is.

    Attributes:
        conv: the convolution.
        part: "stem", "head", or the part of its block: "expand", "depthwise", "project" and so on.
        block: None for stem and head.
        index: number of the block among all of the net, from 0.
        stage, layer: the same by stage, from 1, as in our names.
    """

    conv: Conv
    part: str
    block: Block | None = None
    index: int = 0
    stage: int = 0
    layer: int = 0


def units(config: ModelConfig, image_channels: int = 3) -> Iterator[Unit]:
    """Yields every convolution of a network, top to bottom."""
    yield Unit(config.stem_conv(image_channels), "stem")
    index = 0
    blocks = config.blocks()
    for stage, row in enumerate(config.stages, start=1):
        for layer in range(1, row.layers + 1):
            block = next(blocks)
            for part, conv in block.convs().items():
                yield Unit(conv, part, block, index, stage, layer)
            index += 1
    head = config.head_conv()
    if head is not None:
        yield Unit(head, "head")


def weight_shapes(config: ModelConfig, num_classes: int, image_channels: int = 3) -> dict[str, Shape]:
    """Returns the shape of every weight by its path; `num_classes` 0 for a network without a classifier."""
    shapes: dict[str, Shape] = {}
    for unit in units(config, image_channels):
        conv = unit.conv
        channels = (conv.inputs, 1) if conv.is_depthwise else (conv.inputs, conv.channels)
        shapes[f"{part_name(conv.name, 'conv')}/kernel"] = (conv.kernel, conv.kernel, *channels)
        shapes |= {f"{part_name(conv.name, 'bn')}/{weight}": (conv.channels,) for weight in NORM}
    for block in config.blocks():
        if block.se_width:
            ends = {"reduce": (block.se_channels, block.se_width), "expand": (block.se_width, block.se_channels)}
            for part, (inputs, outputs) in ends.items():
                name = se_name(block, part)
                shapes |= {f"{name}/kernel": (1, 1, inputs, outputs), f"{name}/bias": (outputs,)}
    if num_classes:
        shapes |= dict(zip(HEAD, ((config.feature_channels, num_classes), (num_classes,)), strict=True))
    return shapes


def se_name(block: Block, part: str) -> str:
    """Returns the name of the layer that reduces or expands in squeeze-and-excitation."""
    return part_name(part_name(block.name, "se"), part_name(part, "conv"))


def path_of(weight: keras.Variable) -> str:
    """Returns the path of a weight of a built network."""
    layer, name = weight.path.split("/")[-2:]
    return f"{'logits' if layer in CLASSIFIERS else layer}/{name}"
