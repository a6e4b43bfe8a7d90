"""The networks of the papers, and small ones of the same build for small presets."""

from __future__ import annotations

from effnetv2_keras.configs.profile import profile
from effnetv2_keras.configs.registry import get_config
from effnetv2_keras.configs.scaling import scale
from effnetv2_keras.configs.schema import ModelConfig, Stage
from effnetv2_keras.errors import unknown_name
from paper.presets import Preset

# 8 x 8 values are left of 64 px: smaller maps hardly learn
# fmt: off
V1 = ModelConfig(
    name="small-v1", stem=8, head=192, eval_size=64,
    stages=(
        #      operator kernel stride expand channels layers  se
        Stage("mbconv",   3,    1,     1,       8,      1,  0.25),
        Stage("mbconv",   3,    2,     4,      16,      2,  0.25),
        Stage("mbconv",   3,    2,     4,      24,      2,  0.25),
        Stage("mbconv",   3,    1,     4,      48,      1,  0.25),
    ),
)
V2 = ModelConfig(
    name="small-v2", stem=8, head=192, eval_size=64,
    stages=(
        #      operator kernel stride expand channels layers  se
        Stage("fused",    3,    1,     1,       8,      1),
        Stage("fused",    3,    2,     4,      16,      2),
        Stage("mbconv",   3,    2,     4,      24,      2,  0.25),
        Stage("mbconv",   3,    1,     4,      48,      1,  0.25),
    ),
)
MOBILENET = ModelConfig(
    name="small-mobilenet-v2", stem=8, head=192, eval_size=64, activation="relu6", drop_path=0.0,
    stages=(
        #      operator kernel stride expand channels layers
        Stage("mbconv",   3,    1,     1,       8,      1),
        Stage("mbconv",   3,    2,     6,      16,      2),
        Stage("mbconv",   3,    2,     6,      24,      2),
        Stage("mbconv",   3,    1,     6,      32,      1),
    ),
)
RESNET = ModelConfig(
    name="small-resnet", stem=16, head=None, eval_size=64, activation="relu", drop_path=0.0,
    stages=(
        #      operator   kernel stride expand channels layers
        Stage("bottleneck", 3,    2,    0.25,    64,      2),
        Stage("bottleneck", 3,    2,    0.25,   128,      2),
        Stage("bottleneck", 3,    1,    0.25,   192,      2),
    ),
)

RESNET_152 = get_config("resnet-50").replace(
    name="resnet-152", source="He et al. 2016, Table 1",
    stages=tuple(
        stage.replace(layers=layers)
        for stage, layers in zip(get_config("resnet-50").stages, (3, 8, 36, 3), strict=True)
    ),
)
#  role                   small                                            published
ROLES: dict[str, tuple[ModelConfig, ModelConfig]] = {
    "EfficientNet-B0":    (V1,                                             get_config("efficientnet-b0")),
    "EfficientNet-B4":    (V1,                                             get_config("efficientnet-b4")),
    "EfficientNet-B6":    (V1,                                             get_config("efficientnet-b6")),
    "EfficientNet-B7":    (scale(V1, depth=2, name="small-v1-deep"),       get_config("efficientnet-b7")),
    "EfficientNetV2-S":   (V2,                                             get_config("efficientnetv2-s")),
    "EfficientNetV2-M":   (scale(V2, depth=2, name="small-v2-deep"),       get_config("efficientnetv2-m")),
    "MobileNetV2":        (MOBILENET,                                      get_config("mobilenet-v2")),
    "ResNet-50":          (RESNET,                                         get_config("resnet-50")),
    "ResNet-152":         (scale(RESNET, depth=2, name="small-resnet-deep"), RESNET_152),
}
# fmt: on


def get_network(role: str, preset: Preset) -> ModelConfig:
    """Returns the network that plays a role under a preset; dropout is there for schedules to turn."""
    if role not in ROLES:
        raise unknown_name("network", role, ROLES)
    small, published = ROLES[role]
    network = published if preset.is_published else small
    return network if network.dropout is not None else network.replace(dropout=0.0)


def scaled_to(base: ModelConfig, way: str, macs: float, side: int, multiple: int) -> ModelConfig:
    """Returns `base` scaled in one way alone until it costs about `macs` multiply-adds.

    Args:
        base: the baseline.
        way: "width", "depth" or "resolution".
        macs: multiply-adds of one image.
        side: px of the baseline's images.
        multiple: of px, that sides are rounded to.

    Returns:
        The network whose rounded channels, layers and side come nearest; its `eval_size` is its side.
    """
    steps = [1 + step / 50 for step in range(250)]
    name, base = f"{base.name}-{way}", base.replace(eval_size=side)
    if way == "width":
        found = [scale(base, width=factor, name=name) for factor in steps]
    elif way == "depth":
        found = [scale(base, depth=factor, name=name) for factor in steps]
    elif way == "resolution":
        sides = dict.fromkeys(round(side * factor / multiple) * multiple for factor in steps)
        found = [base.replace(name=name, eval_size=one) for one in sides]
    else:
        raise unknown_name("way to scale", way, ("width", "depth", "resolution"))
    return min(found, key=lambda one: abs(profile(one).total.macs - macs))
