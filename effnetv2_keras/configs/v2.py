"""EfficientNetV2's tables.  Source: Tan & Le 2021, Table 4 (S); the released code for the others (facts 1.1)."""

from __future__ import annotations

from effnetv2_keras.configs.scaling import scale
from effnetv2_keras.configs.schema import ModelConfig, Stage

# fmt: off
B0 = ModelConfig(
    name="efficientnetv2-b0",
    source="google/automl, effnetv2_configs.py, v2_base_block",
    stem=32,
    stages=(
        #      operator kernel stride expand channels layers   se
        Stage("fused",    3,    1,     1,      16,      1),
        Stage("fused",    3,    2,     4,      32,      2),
        Stage("fused",    3,    2,     4,      48,      2),
        Stage("mbconv",   3,    2,     4,      96,      3,  0.25),
        Stage("mbconv",   3,    1,     6,     112,      5,  0.25),
        Stage("mbconv",   3,    2,     6,     192,      8,  0.25),
    ),
    eval_size=224, train_size=192, dropout=0.2, pixels="imagenet",
)

S = ModelConfig(
    name="efficientnetv2-s",
    source="Tan & Le 2021, Table 4",
    stem=24,
    stages=(
        #      operator kernel stride expand channels layers   se
        Stage("fused",    3,    1,     1,      24,      2),
        Stage("fused",    3,    2,     4,      48,      4),
        Stage("fused",    3,    2,     4,      64,      4),
        Stage("mbconv",   3,    2,     4,     128,      6,  0.25),
        Stage("mbconv",   3,    1,     6,     160,      9,  0.25),
        Stage("mbconv",   3,    2,     6,     256,     15,  0.25),
    ),
    eval_size=384, train_size=300, dropout=0.2,
)

M = ModelConfig(
    name="efficientnetv2-m",
    source="google/automl, effnetv2_configs.py, v2_m_block",
    stem=24,
    stages=(
        #      operator kernel stride expand channels layers   se
        Stage("fused",    3,    1,     1,      24,      3),
        Stage("fused",    3,    2,     4,      48,      5),
        Stage("fused",    3,    2,     4,      80,      5),
        Stage("mbconv",   3,    2,     4,     160,      7,  0.25),
        Stage("mbconv",   3,    1,     6,     176,     14,  0.25),
        Stage("mbconv",   3,    2,     6,     304,     18,  0.25),
        Stage("mbconv",   3,    1,     6,     512,      5,  0.25),
    ),
    eval_size=480, train_size=384, dropout=0.3,
)

L = ModelConfig(
    name="efficientnetv2-l",
    source="google/automl, effnetv2_configs.py, v2_l_block",
    stem=32,
    stages=(
        #      operator kernel stride expand channels layers   se
        Stage("fused",    3,    1,     1,      32,      4),
        Stage("fused",    3,    2,     4,      64,      7),
        Stage("fused",    3,    2,     4,      96,      7),
        Stage("mbconv",   3,    2,     4,     192,     10,  0.25),
        Stage("mbconv",   3,    1,     6,     224,     19,  0.25),
        Stage("mbconv",   3,    2,     6,     384,     25,  0.25),
        Stage("mbconv",   3,    1,     6,     640,      7,  0.25),
    ),
    eval_size=480, train_size=384, dropout=0.4,
)

XL = ModelConfig(
    name="efficientnetv2-xl",
    source="google/automl, effnetv2_configs.py, v2_xl_block",
    stem=32,
    stages=(
        #      operator kernel stride expand channels layers   se
        Stage("fused",    3,    1,     1,      32,      4),
        Stage("fused",    3,    2,     4,      64,      8),
        Stage("fused",    3,    2,     4,      96,      8),
        Stage("mbconv",   3,    2,     4,     192,     16,  0.25),
        Stage("mbconv",   3,    1,     6,     256,     24,  0.25),
        Stage("mbconv",   3,    2,     6,     512,     32,  0.25),
        Stage("mbconv",   3,    1,     6,     640,      8,  0.25),
    ),
    eval_size=512, train_size=384, dropout=0.4,
)

SCALED = (
    # name               width depth eval train dropout
    ("efficientnetv2-b1", 1.0, 1.1, 240, 192, 0.2),
    ("efficientnetv2-b2", 1.1, 1.2, 260, 208, 0.3),
    ("efficientnetv2-b3", 1.2, 1.4, 300, 240, 0.3),
)
# fmt: on

B1, B2, B3 = (
    scale(B0, width, depth, eval_size, name=name).replace(train_size=train_size, dropout=dropout)
    for name, width, depth, eval_size, train_size, dropout in SCALED
)

MODELS = (B0, B1, B2, B3, S, M, L, XL)
