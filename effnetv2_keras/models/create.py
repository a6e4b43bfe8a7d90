"""Networks from their tables."""

from __future__ import annotations

import os

import keras

from effnetv2_keras.configs.registry import resolve_config
from effnetv2_keras.configs.rules import check_at_least, check_choice
from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.configs.weight_sets import WeightSet
from effnetv2_keras.errors import UsageError
from effnetv2_keras.layers.adjustable_dropout import AdjustableDropout
from effnetv2_keras.layers.bottleneck import Bottleneck
from effnetv2_keras.layers.conv_norm import ConvNorm
from effnetv2_keras.layers.fused_mbconv import FusedMBConv
from effnetv2_keras.layers.initializers import dense_initializer
from effnetv2_keras.layers.mbconv import MBConv
from effnetv2_keras.layers.pixels import NormalizePixels
from effnetv2_keras.layers.stem_pool import StemPool
from effnetv2_keras.models.weights.facts import make_facts
from effnetv2_keras.models.weights.pretrained import Pretrained, choose_classes, find_pretrained

OPERATORS = {"mbconv": MBConv, "fused": FusedMBConv, "bottleneck": Bottleneck}
POOLINGS = {"avg": keras.layers.GlobalAveragePooling2D, "max": keras.layers.GlobalMaxPooling2D}


def create_model(
    name_or_config: str | os.PathLike[str] | ModelConfig,
    num_classes: int | None = None,
    include_top: bool = True,
    pooling: str | None = None,
    weights: str | os.PathLike[str] | Pretrained | None = None,
    activation: str | None = None,
    input_shape: tuple[int | None, int | None, int] = (None, None, 3),
    dropout_rate: float | None = None,
    drop_path_rate: float | None = None,
) -> keras.Model:
    """Builds a functional network that takes pixels in [0, 255].

    Args:
        name_or_config: a name (`list_configs`), the path of a YAML file, or a `ModelConfig`.
        num_classes: outputs, at least 0; 0 for pooled features instead of a classifier, None for as many as the weights
            have, else 1000.
        include_top: False for the last feature map, or for its pooling.
        pooling: "avg" or "max", without a classifier; with one the average is taken.
        weights: None for new ones; a tag such as "imagenet21k" (`effnetv2 weights list`), which is downloaded once; a
            path; or "hf://ORG/NAME". They must be exactly those of the network, and bring their normalisation; for
            other `num_classes` than they have the classifier alone starts new, which is said.
        activation: of the classifier; None for logits.
        input_shape: (H, W, C) px, sides at least 32; None for sides that may change.
        dropout_rate: before the classifier, in [0, 1); None for the config's.
        drop_path_rate: stochastic depth at the end of the net, in [0, 1); None for the config's.

    Returns:
        A `keras.Model` called like its config. It maps (B, H, W, C) to (B, num_classes) float32, whatever the precision
        of the rest; without a classifier to the last map (B, h, w, D), or to (B, D) where that is pooled.

    Raises:
        UsageError: for an unknown name, pooling or tag, a rate outside [0, 1), sides below 32 px or `channels_first`.
        DataError: if `weights` are not those of this network, or cannot be downloaded; nothing of them is taken then.

    Source: the config's own `source`; facts 1.2 for what all networks share.

    >>> create_model("efficientnetv2-b0", num_classes=10).count_params()
    5932122
    """
    config = resolve_config(name_or_config)
    check_at_least("num_classes", 1 if num_classes is None else num_classes, 0)
    check_choice("pooling", pooling, (None, *POOLINGS))
    channels = _checked_shape(input_shape)[-1]
    pretrained = find_pretrained(config, weights, channels) if isinstance(weights, str | os.PathLike) else weights
    config = config if pretrained is None else pretrained.config
    num_classes = choose_classes(num_classes, pretrained, has_top=include_top)
    if dropout_rate is not None:
        config = config.replace(dropout=dropout_rate)
    if drop_path_rate is not None:
        config = config.replace(drop_path=drop_path_rate)
    images = keras.Input(_checked_shape(input_shape), name="images")
    x = build_features(config, images, None if pretrained is None else pretrained.checkpoint.weight_set)
    if include_top and num_classes > 0:
        x = build_classifier(config, x, num_classes, activation)
    elif include_top or pooling:
        x = POOLINGS[pooling or "avg"](name="pool")(x)
    model = keras.Model(images, x, name=config.name)
    if pretrained is not None:
        pretrained.give_to(model)
    return model


def build_features(
    config: ModelConfig, images: keras.KerasTensor, weight_set: WeightSet | None = None
) -> keras.KerasTensor:
    """Returns the last feature map of `images` (B, H, W, C) in [0, 255]; `weight_set` is what it starts from.

    Raises:
        UsageError: for sides below 32 px, or channels that the config's `pixels` do not know.
    """
    x = NormalizePixels(config.pixels, make_facts(config, weight_set), name="pixels")(images)
    x = ConvNorm(config.stem_conv(images.shape[-1]))(x)
    if config.stem_pool:
        x = StemPool(config.padding, name="stem_pool")(x)
    for block in config.blocks():
        x = OPERATORS[block.operator](block)(x)
    head = config.head_conv()
    return x if head is None else ConvNorm(head)(x)


def build_classifier(
    config: ModelConfig, x: keras.KerasTensor, num_classes: int, activation: str | None
) -> keras.KerasTensor:
    """Returns (B, num_classes) float32 for the last feature map."""
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    if config.dropout is not None:
        x = AdjustableDropout(config.dropout, name="dropout")(x)
    return keras.layers.Dense(
        num_classes,
        activation=activation,
        kernel_initializer=dense_initializer(num_classes, x.shape[-1]),
        dtype="float32",
        name="logits" if activation is None else "predictions",
    )(x)


def _checked_shape(shape: tuple[int | None, int | None, int]) -> tuple[int | None, int | None, int]:
    if keras.config.image_data_format() != "channels_last":
        raise UsageError(
            "Networks take channels last: keras.config.set_image_data_format('channels_last'). Got: 'channels_first'."
        )
    if len(shape) != 3 or not isinstance(shape[-1], int):
        raise UsageError(f"`input_shape` must be (height, width, channels), sides in px or None. Got: {shape!r}.")
    return shape
