"""Networks for processors that dislike sigmoids: no squeeze-and-excitation, ReLU6 or hard-swish.

Source: tensorflow/tpu, `efficientnet_lite_builder.py`, for EfficientNet-Lite. Nobody has published such V2 networks.
"""

from __future__ import annotations

from effnetv2_keras.configs import v1, v2
from effnetv2_keras.configs.placement import lite
from effnetv2_keras.configs.scaling import scale
from effnetv2_keras.configs.schema import ModelConfig

# fmt: off
PUBLISHED = (
    # name               width depth eval dropout
    ("efficientnet-lite0", 1.0, 1.0, 224, 0.2),
    ("efficientnet-lite1", 1.0, 1.1, 240, 0.2),
    ("efficientnet-lite2", 1.1, 1.2, 260, 0.3),
    ("efficientnet-lite3", 1.2, 1.4, 280, 0.3),
    ("efficientnet-lite4", 1.4, 1.8, 300, 0.3),
)
ENDINGS = (
    # of the name        activation
    ("-lite",            "relu6"),
    ("-lite-hard-swish", "hard_swish"),
)
# fmt: on


def published(name: str, width: float, depth: float, eval_size: int, dropout: float) -> ModelConfig:
    """Returns an EfficientNet-Lite: stem, head and the layers of the first and the last stage are not scaled.

    The released code subtracts 127 from a pixel and divides by 128; "inception" is within 0.008 of that.
    """
    base = lite(v1.B0)
    scaled = scale(base, width, depth, eval_size, name=name)
    (first, *middle, last), layers = scaled.stages, (base.stages[0].layers, base.stages[-1].layers)
    stages = (first.replace(layers=layers[0]), *middle, last.replace(layers=layers[1]))
    ends = {"stem": base.stem, "head": base.head, "stages": stages}
    return scaled.replace(
        **ends, dropout=dropout, pixels="inception", source="tensorflow/tpu, efficientnet_lite_builder.py"
    )


MODELS = (
    *(
        lite(config, activation, name=f"{config.name}{ending}")
        for ending, activation in ENDINGS
        for config in (v2.B0, v2.B1, v2.B2, v2.B3, v2.S)
    ),
    *(published(*row) for row in PUBLISHED),
)
