"""One convolution with its batch normalisation, as data: what a layer builds and what the profile counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Conv:
    """A convolution, then batch normalisation, then perhaps an activation.

    Attributes:
        name: of the unit; its layers are called `<name>_conv` and `<name>_bn`.
        inputs: input channels.
        channels: output channels.
        kernel: side.
        stride: 1 or 2.
        is_depthwise: every channel has its own kernel.
        activation: None for none.
        padding: "tf" or "torch", see `ModelConfig`.
        bn_epsilon: see `ModelConfig`.
        bn_momentum: see `ModelConfig`.
    """

    name: str
    inputs: int
    channels: int
    kernel: int
    stride: int
    is_depthwise: bool
    activation: str | None
    padding: str
    bn_epsilon: float
    bn_momentum: float

    @property
    def pad(self) -> int:
        """Rows and columns to add on each side before a convolution without padding of its own.

        With stride 1 both conventions agree, and the convolution pads by itself.
        """
        return (self.kernel - 1) // 2 if self.padding == "torch" and self.stride > 1 else 0

    @property
    def num_weights(self) -> int:
        """Elements of the kernel."""
        return self.kernel**2 * self.channels * (1 if self.is_depthwise else self.inputs)

    def output_side(self, side: int) -> int:
        """Returns the height or width of the output for that of the input, px."""
        if self.pad:
            return (side + 2 * self.pad - self.kernel) // self.stride + 1
        return -(-side // self.stride)
