"""The network of a well-known PyTorch listing of EfficientNetV2, written anew under the names its weight files have.

The names and what they stand for are those of WZMIAOMIAO/deep-learning-for-image-processing, Test11_efficientnetV2:
`stem.conv`, `blocks.N.expand_conv.bn`, `dwconv`, `se.conv_reduce`, `project_conv`, `head.project_conv`,
`head.classifier`. Blocks are counted over the whole network, every convolution pads (kernel - 1) // 2 on each side,
and the epsilon of BatchNorm is 1e-3.
"""

from collections import OrderedDict

from torch import nn


def unit(inputs, outputs, kernel=1, stride=1, groups=1, *, is_active=True):
    """Returns a convolution with its normalisation, perhaps activated."""
    parts = OrderedDict(
        conv=nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False),
        bn=nn.BatchNorm2d(outputs, eps=1e-3),
    )
    if is_active:
        parts["act"] = nn.SiLU()
    return nn.Sequential(parts)


class Excite(nn.Module):
    """Scales channels by what the whole image says of them."""

    def __init__(self, width, channels):
        super().__init__()
        self.conv_reduce = nn.Conv2d(channels, width, 1)
        self.conv_expand = nn.Conv2d(width, channels, 1)

    def forward(self, x):
        squeezed = nn.functional.silu(self.conv_reduce(x.mean((2, 3), keepdim=True)))
        return x * self.conv_expand(squeezed).sigmoid()


class Shortcut(nn.Sequential):
    """A block whose output is added to its input."""

    def forward(self, x):
        return x + super().forward(x)


def block(operator, kernel, stride, expand, inputs, outputs):
    """Returns one block; `operator` is "fused" or "mbconv"."""
    hidden = inputs * expand
    if operator == "mbconv":
        parts = OrderedDict(
            expand_conv=unit(inputs, hidden),
            dwconv=unit(hidden, hidden, kernel, stride, groups=hidden),
            se=Excite(inputs // 4, hidden),
            project_conv=unit(hidden, outputs, is_active=False),
        )
    elif expand == 1:
        parts = OrderedDict(project_conv=unit(inputs, outputs, kernel, stride))
    else:
        parts = OrderedDict(
            expand_conv=unit(inputs, hidden, kernel, stride),
            project_conv=unit(hidden, outputs, is_active=False),
        )
    return (Shortcut if stride == 1 and inputs == outputs else nn.Sequential)(parts)


def listing_network(stem, rows, head, num_classes):
    """Returns the whole network; a row is (operator, kernel, stride, expand, channels, layers)."""
    blocks, inputs = [], stem
    for operator, kernel, stride, expand, channels, layers in rows:
        for layer in range(layers):
            blocks.append(block(operator, kernel, stride if layer == 0 else 1, expand, inputs, channels))
            inputs = channels
    top = OrderedDict(
        project_conv=unit(inputs, head),
        avgpool=nn.AdaptiveAvgPool2d(1),
        flatten=nn.Flatten(),
        dropout=nn.Dropout(0.2),
        classifier=nn.Linear(head, num_classes),
    )
    return nn.Sequential(OrderedDict(stem=unit(3, stem, 3, 2), blocks=nn.Sequential(*blocks), head=nn.Sequential(top)))
