"""What a network is: one `Stage` a row of the paper's table, and the `ModelConfig` that holds the rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from effnetv2_keras.configs.block import Block
from effnetv2_keras.configs.conv import Conv
from effnetv2_keras.configs.rules import check_at_least, check_choice, check_probability

OPERATORS = ("mbconv", "fused", "bottleneck")
ACTIVATIONS = ("silu", "relu", "relu6", "hard_swish", "gelu")
PADDINGS = ("tf", "torch")
ROUNDINGS = ("v1", "v2")
PIXELS = ("symmetric", "inception", "imagenet", "caffe", "unit", "none")


@dataclass(frozen=True, slots=True)
class Stage:
    """A row of the architecture: `layers` blocks, of which the first has the stride and changes the channels.

    Attributes:
        operator: "mbconv", "fused" (Fused-MBConv) or "bottleneck" (ResNet's).
        kernel: side of the spatial convolution, odd.
        stride: 1 or 2.
        expand: hidden channels over the block's input channels, at least 1/64; for "bottleneck" over its output
            channels.
        channels: output channels, at least 1.
        layers: number of blocks, at least 1.
        se: squeeze-and-excitation width over the block's input channels, in [0, 1]; 0 for none.

    Raises:
        UsageError: if a field is out of its range.

    Source: the columns of Tan & Le 2021, Table 4.
    """

    operator: str
    kernel: int
    stride: int
    expand: float
    channels: int
    layers: int
    se: float = 0.0

    def __post_init__(self) -> None:
        check_choice("operator", self.operator, OPERATORS)
        check_at_least("kernel", self.kernel, 1, odd=True)
        check_choice("stride", self.stride, (1, 2))
        check_at_least("channels", self.channels, 1)
        check_at_least("layers", self.layers, 1)
        check_probability("se", self.se)
        check_at_least("expand", self.expand, 1 / 64, whole=False)

    def replace(self, **changes: Any) -> Stage:
        """Returns a copy with other values."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """A whole network as data.

    Attributes:
        name: lower case, with hyphens; the model's name.
        stages: the rows, top to bottom. Input channels are derived: each row starts from the row above.
        stem: channels of the first convolution (stride 2).
        head: channels of the last 1x1 convolution; None for none.
        eval_size: image side for evaluation, px.
        train_size: image side for training, px; None for `eval_size`.
        dropout: drop rate before the classifier, in [0, 1); None for no such layer.
        drop_path: stochastic depth's drop rate at the end of the net, in [0, 1); block i of n drops with
            `drop_path * i / n`.
        pixels: how [0, 255] is normalised: "symmetric" x / 128 - 1, "inception" x / 127.5 - 1, "imagenet" mean and
            deviation of ImageNet, "caffe" BGR minus ImageNet's mean, "unit" x / 255, "none".
        activation: of every block, the stem and the head: "silu", "relu", "relu6", "hard_swish" or "gelu".
        padding: "tf" pads stride 2 at the bottom right first, "torch" by (kernel - 1) // 2 on all sides.
        bn_epsilon: added to the variance, at least 0. Released 1e-3; torchvision's B0-B4 were trained with 1e-5.
        bn_momentum: of the running statistics, in [0, 1). Released V2 0.9; paper and V1 0.99.
        stem_kernel: side of the first convolution, odd.
        stem_pool: a 3x3 max-pooling of stride 2 after the stem, as in ResNet.
        rounding: "v1" keeps scaled channels above 90 % of the exact value, "v2" does not.
        source: where the numbers come from.

    Raises:
        UsageError: if there is no stage, or a field is out of its range.

    >>> ModelConfig("tiny", stages=(Stage("fused", 3, 2, 4, 16, 2),), stem=8, head=32).num_blocks
    2
    """

    name: str
    stages: tuple[Stage, ...]
    stem: int = 32
    head: int | None = 1280
    eval_size: int = 224
    train_size: int | None = None
    dropout: float | None = 0.2
    drop_path: float = 0.2
    pixels: str = "symmetric"
    activation: str = "silu"
    padding: str = "tf"
    bn_epsilon: float = 1e-3
    bn_momentum: float = 0.9
    stem_kernel: int = 3
    stem_pool: bool = False
    rounding: str = "v2"
    source: str = "a user's own"

    def __post_init__(self) -> None:
        object.__setattr__(self, "stages", tuple(self.stages))
        check_at_least("number of stages", len(self.stages), 1)
        check_at_least("stem", self.stem, 1)
        check_at_least("stem_kernel", self.stem_kernel, 1, odd=True)
        check_at_least("eval_size", self.eval_size, 1)
        if self.head is not None:
            check_at_least("head", self.head, 1)
        if self.train_size is not None:
            check_at_least("train_size", self.train_size, 1)
        if self.dropout is not None:
            check_probability("dropout", self.dropout, below_one=True)
        check_probability("drop_path", self.drop_path, below_one=True)
        check_at_least("bn_epsilon", self.bn_epsilon, 0, whole=False)
        check_probability("bn_momentum", self.bn_momentum, below_one=True)
        check_choice("pixels", self.pixels, PIXELS)
        check_choice("activation", self.activation, ACTIVATIONS)
        check_choice("padding", self.padding, PADDINGS)
        check_choice("rounding", self.rounding, ROUNDINGS)

    def __str__(self) -> str:
        from effnetv2_keras.configs.table import paper_table

        return paper_table(self)

    def replace(self, **changes: Any) -> ModelConfig:
        """Returns a copy with other values."""
        return dataclasses.replace(self, **changes)

    @property
    def num_blocks(self) -> int:
        """Blocks over all stages."""
        return sum(stage.layers for stage in self.stages)

    def stem_conv(self, image_channels: int = 3) -> Conv:
        """Returns the first convolution."""
        return self._conv("stem", image_channels, self.stem, self.stem_kernel, 2)

    def head_conv(self) -> Conv | None:
        """Returns the last convolution, if there is one."""
        return None if self.head is None else self._conv("head", self.stages[-1].channels, self.head, 1, 1)

    @property
    def feature_channels(self) -> int:
        """Channels that are pooled for the classifier."""
        return self.stages[-1].channels if self.head is None else self.head

    def _conv(self, name: str, inputs: int, channels: int, kernel: int, stride: int) -> Conv:
        norm = (self.bn_epsilon, self.bn_momentum)
        return Conv(name, inputs, channels, kernel, stride, False, self.activation, self.padding, *norm)

    def blocks(self) -> Iterator[Block]:
        """Yields every block, top to bottom, with its input channels and its place in the net.

        Stages and blocks count from 1; stage 0 is the stem, as in the paper's table.
        """
        inputs = self.stem
        index = 0
        for row, stage in enumerate(self.stages, start=1):
            for layer in range(1, stage.layers + 1):
                yield Block(
                    name=f"stage{row}_block{layer}",
                    operator=stage.operator,
                    inputs=inputs,
                    channels=stage.channels,
                    kernel=stage.kernel,
                    stride=stage.stride if layer == 1 else 1,
                    expand=stage.expand,
                    se=stage.se,
                    activation=self.activation,
                    padding=self.padding,
                    bn_epsilon=self.bn_epsilon,
                    bn_momentum=self.bn_momentum,
                    drop_path=self.drop_path,
                    position=index / self.num_blocks,
                )
                inputs = stage.channels
                index += 1
