"""EfficientNet V1's tables.  Source: Tan & Le 2019, Table 1 (B0); the released code for the others (facts 1.1)."""

from __future__ import annotations

from effnetv2_keras.configs.scaling import scale
from effnetv2_keras.configs.schema import ModelConfig, Stage

# fmt: off
B0 = ModelConfig(
    name="efficientnet-b0",
    source="Tan & Le 2019, Table 1",
    stem=32,
    stages=(
        #      operator kernel stride expand channels layers   se
        Stage("mbconv",   3,    1,     1,      16,      1,  0.25),
        Stage("mbconv",   3,    2,     6,      24,      2,  0.25),
        Stage("mbconv",   5,    2,     6,      40,      2,  0.25),
        Stage("mbconv",   3,    2,     6,      80,      3,  0.25),
        Stage("mbconv",   5,    1,     6,     112,      3,  0.25),
        Stage("mbconv",   5,    2,     6,     192,      4,  0.25),
        Stage("mbconv",   3,    1,     6,     320,      1,  0.25),
    ),
    eval_size=224, train_size=176, dropout=0.2, pixels="imagenet", bn_momentum=0.99, rounding="v1",
)

SCALED = (
    # name             width depth eval dropout
    ("efficientnet-b1", 1.0, 1.1, 240, 0.2),
    ("efficientnet-b2", 1.1, 1.2, 260, 0.3),
    ("efficientnet-b3", 1.2, 1.4, 300, 0.3),
    ("efficientnet-b4", 1.4, 1.8, 380, 0.4),
    ("efficientnet-b5", 1.6, 2.2, 456, 0.4),
    ("efficientnet-b6", 1.8, 2.6, 528, 0.5),
    ("efficientnet-b7", 2.0, 3.1, 600, 0.5),
    ("efficientnet-b8", 2.2, 3.6, 672, 0.5),
    ("efficientnet-l2", 4.3, 5.3, 800, 0.5),
)
# fmt: on

B1, B2, B3, B4, B5, B6, B7, B8, L2 = (
    scale(B0, width, depth, eval_size, name=name).replace(dropout=dropout)
    for name, width, depth, eval_size, dropout in SCALED
)

MODELS = (B0, B1, B2, B3, B4, B5, B6, B7, B8, L2)
