"""Other families as rows, so that `scale`, `compound` and `profile` apply to them."""

from __future__ import annotations

from effnetv2_keras.configs.schema import ModelConfig, Stage

# fmt: off
MOBILENET_V2 = ModelConfig(
    name="mobilenet-v2",
    source="Sandler et al. 2018, Table 2; normalisation as in keras.applications",
    stem=32,
    stages=(
        #      operator kernel stride expand channels layers
        Stage("mbconv",   3,    1,     1,      16,      1),
        Stage("mbconv",   3,    2,     6,      24,      2),
        Stage("mbconv",   3,    2,     6,      32,      3),
        Stage("mbconv",   3,    2,     6,      64,      4),
        Stage("mbconv",   3,    1,     6,      96,      3),
        Stage("mbconv",   3,    2,     6,     160,      3),
        Stage("mbconv",   3,    1,     6,     320,      1),
    ),
    eval_size=224, train_size=224, dropout=None, drop_path=0.0, pixels="inception", activation="relu6",
    bn_momentum=0.999, rounding="v1",
)

# keras.applications gives every convolution a bias in front of its batch normalisation: 26,560 parameters more, which
# change nothing the network can compute.
RESNET_50 = ModelConfig(
    name="resnet-50",
    source="He et al. 2016, Table 1; normalisation as in keras.applications",
    stem=64, stem_kernel=7, stem_pool=True,
    stages=(
        #      operator   kernel stride expand channels layers
        Stage("bottleneck", 3,    1,    0.25,   256,      3),
        Stage("bottleneck", 3,    2,    0.25,   512,      4),
        Stage("bottleneck", 3,    2,    0.25,  1024,      6),
        Stage("bottleneck", 3,    2,    0.25,  2048,      3),
    ),
    head=None, eval_size=224, train_size=224, dropout=None, drop_path=0.0, pixels="caffe", activation="relu",
    padding="torch", bn_epsilon=1.001e-5, bn_momentum=0.99, rounding="v1",
)
# fmt: on

MODELS = (MOBILENET_V2, RESNET_50)
