"""One block of a network as data: its convolutions, its squeeze-and-excitation, its shortcut."""

from __future__ import annotations

from dataclasses import dataclass

from effnetv2_keras.configs.conv import Conv


@dataclass(frozen=True, slots=True)
class Block:
    """A block with everything decided that a `Stage` leaves to its place in the net.

    Attributes:
        name: `stage3_block2`; the convolutions and their layers start with it.
        operator: "mbconv", "fused" or "bottleneck".
        inputs: input channels.
        channels: output channels.
        kernel: side of the spatial convolution.
        stride: of the block.
        expand: see `Stage`.
        se: see `Stage`.
        activation: see `ModelConfig`, as the next three.
        padding: "tf" or "torch".
        bn_epsilon: added to the variance.
        bn_momentum: of the running statistics.
        drop_path: the net's drop rate.
        position: i / n of this block among the n of the net; it drops with `drop_path * position`.
    """

    name: str
    operator: str
    inputs: int
    channels: int
    kernel: int
    stride: int
    expand: float
    se: float
    activation: str
    padding: str
    bn_epsilon: float
    bn_momentum: float
    drop_path: float
    position: float

    @property
    def has_residual(self) -> bool:
        """Whether the input is added to the output. Only equal shapes can be, but ResNet projects its shortcut."""
        return self.operator == "bottleneck" or (self.stride == 1 and self.inputs == self.channels)

    @property
    def has_expansion(self) -> bool:
        """Whether the block widens its input first."""
        return self.operator != "bottleneck" and self.expand != 1

    @property
    def hidden(self) -> int:
        """Channels inside the block."""
        return int((self.channels if self.operator == "bottleneck" else self.inputs) * self.expand)

    @property
    def se_channels(self) -> int:
        """Channels that the squeeze-and-excitation scales; 0 where there is none."""
        return self.hidden if self.se > 0 else 0

    @property
    def se_width(self) -> int:
        """Channels it squeezes to: counted from the block's input, not from the expanded channels."""
        return max(1, int(self.inputs * self.se)) if self.se > 0 else 0

    def convs(self) -> dict[str, Conv]:
        """Returns the convolutions in the order in which they run, by part name.

        Source: facts 1.2. A Fused-MBConv of expansion 1 is a single activated k x k convolution.
        """
        if self.operator == "mbconv":
            return self._mbconv()
        if self.operator == "fused":
            return self._fused()
        return self._bottleneck()

    def _mbconv(self) -> dict[str, Conv]:
        expand = {"expand": self._conv("expand", self.inputs, self.hidden)} if self.has_expansion else {}
        return expand | {
            "depthwise": self._conv("depthwise", self.hidden, self.hidden, self.kernel, self.stride, is_depthwise=True),
            "project": self._conv("project", self.hidden, self.channels, is_active=False),
        }

    def _fused(self) -> dict[str, Conv]:
        if not self.has_expansion:
            return {"project": self._conv("project", self.inputs, self.channels, self.kernel, self.stride)}
        return {
            "expand": self._conv("expand", self.inputs, self.hidden, self.kernel, self.stride),
            "project": self._conv("project", self.hidden, self.channels, is_active=False),
        }

    def _bottleneck(self) -> dict[str, Conv]:
        """He et al. 2016: the stride is in the first convolution; the last one is activated after the sum."""
        same_shape = self.stride == 1 and self.inputs == self.channels
        shortcut = self._conv("shortcut", self.inputs, self.channels, 1, self.stride, is_active=False)
        return ({} if same_shape else {"shortcut": shortcut}) | {
            "reduce": self._conv("reduce", self.inputs, self.hidden, 1, self.stride),
            "spatial": self._conv("spatial", self.hidden, self.hidden, self.kernel),
            "project": self._conv("project", self.hidden, self.channels, is_active=False),
        }

    def _conv(
        self,
        part: str,
        inputs: int,
        channels: int,
        kernel: int = 1,
        stride: int = 1,
        *,
        is_depthwise: bool = False,
        is_active: bool = True,
    ) -> Conv:
        return Conv(
            part_name(self.name, part),
            inputs,
            channels,
            kernel,
            stride,
            is_depthwise,
            self.activation if is_active else None,
            self.padding,
            self.bn_epsilon,
            self.bn_momentum,
        )


def part_name(owner: str, part: str) -> str:
    """Returns the name of a part: every layer and so every weight of a network is named here.

    >>> part_name("stage3_block2", part_name("expand", "conv"))
    'stage3_block2_expand_conv'
    """
    return f"{owner}_{part}"
