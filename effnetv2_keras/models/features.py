"""Feature pyramids, for decoders that need more than the last map: depth, segmentation, detection."""

from __future__ import annotations

import re
from collections.abc import Sequence

import keras

from effnetv2_keras.errors import UsageError
from effnetv2_keras.models.functional import check_functional

PROBE = 512  # px, for sides that may change: any power of two well above the largest stride

# Where a block ends. Families differ in names alone; a level without a match takes its last layer.
# fmt: off
BLOCK_ENDS = re.compile("|".join((
    r"stage\d+_block\d+",                                # ours
    r"conv_pw_\d+_relu",                                 # MobileNet
    r"(expanded_conv|block_\d+)_(project_BN|add)",       # MobileNetV2
    r"expanded_conv(_\d+)?_(project_bn|add)",            # MobileNetV3
    r"conv\d_block\d+_out|post_relu",                    # ResNet, ResNetV2
    r"block\d+[a-z]_(project_bn|project_activation|add)",  # EfficientNet of keras.applications
)))
# fmt: on


def features(model: keras.Model, levels: Sequence[int] = (1, 2, 3, 4, 5)) -> keras.Model:
    """Returns a network that shares `model`'s weights and gives a list of maps, or the map of a single level.

    Level l has stride 2^l: its map is the output of the last block of that stride. A network built with
    `input_shape=(None, None, 3)` takes images of any size.

    Args:
        model: of this package, or any other functional network with channels last, such as MobileNet, MobileNetV2,
            MobileNetV3 and ResNet of keras.applications. The classifier may be on it or not.
        levels: 1 (stride 2) to 5 (stride 32), in the order of the outputs.

    Returns:
        A `keras.Model` that maps (B, H, W, C) to (B, H / 2^l, W / 2^l, D) for each level l, sides rounded up.

    Raises:
        UsageError: if `model` is not functional, has no map at one of the levels, or `levels` is empty.

    >>> from effnetv2_keras.models import create_model
    >>> [map.shape[-1] for map in features(create_model("efficientnetv2-s"), levels=(2, 5)).outputs]
    [48, 256]
    """
    check_functional(model)
    if not levels:
        raise UsageError(f"`levels` must name at least one level. Got: {levels!r}.")
    ends = level_ends(model)
    missing = [level for level in levels if level not in ends]
    if missing:
        raise UsageError(f"`levels` of {model.name} must be of {sorted(ends)}. Got: {list(levels)}.")
    maps = [ends[level].output for level in levels]
    return keras.Model(model.input, maps if len(maps) > 1 else maps[0], name=f"{model.name}-features")


def level_ends(model: keras.Model) -> dict[int, keras.layers.Layer]:
    """Returns the layer whose output is the map of each level."""
    layers = [one for one in model.layers if not isinstance(one, keras.layers.InputLayer)]
    height, width, channels = (
        side or probe for side, probe in zip(model.input.shape[1:], (PROBE, PROBE, 3), strict=True)
    )
    maps = keras.Model(model.input, [one.output for one in layers])
    shapes = maps.compute_output_shape((1, height, width, channels))
    ends: dict[int, keras.layers.Layer] = {}
    for level in range(1, 6):
        sides = (-(-height // 2**level), -(-width // 2**level))
        of_level = [one for one, shape in zip(layers, shapes, strict=True) if tuple(shape[1:-1]) == sides]
        blocks = [one for one in of_level if BLOCK_ENDS.fullmatch(one.name)]
        if of_level:
            ends[level] = (blocks or of_level)[-1]
    return ends
