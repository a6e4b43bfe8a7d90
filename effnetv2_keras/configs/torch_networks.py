"""What weights trained in PyTorch ask of a network, by the name that timm or torchvision gives it.

timm's `tf_` networks were ported from TensorFlow and keep its padding and epsilon; all others pad as PyTorch does. The
tensors of both have the same names and shapes, so the file has to say which it is.

Source: timm 1.0.31, `models/efficientnet.py` (epsilon, padding, `default_cfgs`); torchvision 0.29.1,
`models/efficientnet.py`.
"""

from __future__ import annotations

from typing import Any

TF = {"padding": "tf", "bn_epsilon": 1e-3}
TORCH = {"padding": "torch", "bn_epsilon": 1e-5}

# fmt: off
TIMM: tuple[tuple[str, dict[str, Any], str, dict[str, str]], ...] = (
    #  networks                             numbers  pixels       but where the tag holds
    (r"tf_efficientnetv2_b[0-2]",           TF,      "imagenet",  {}),
    (r"tf_efficientnetv2_b3",               TF,      "imagenet",  {"": "inception", "in21": "inception"}),
    (r"tf_efficientnetv2_(s|m|l|xl)",       TF,      "inception", {}),
    (r"tf_efficientnet_b[0-7]",             TF,      "imagenet",  {"ap": "inception"}),
    (r"tf_efficientnet_b8",                 TF,      "imagenet",  {"": "inception", "ap": "inception"}),
    (r"tf_efficientnet_l2",                 TF,      "imagenet",  {}),
    (r"tf_efficientnet_lite[0-4]",          TF,      "inception", {}),
    (r"efficientnetv2_(s|m|l|xl|rw_t)",     TORCH,   "imagenet",  {}),
    (r"efficientnet_b0",                    TORCH,   "imagenet",  {"ra4": "inception"}),
    (r"efficientnet_b1",                    TORCH,   "imagenet",  {"": "inception", "ra4": "inception"}),
    (r"efficientnet_(b[2-8]|l2|lite[0-4])", TORCH,   "imagenet",  {}),
    (r"mobilenetv2_(\d{3}d?)",              TORCH,   "imagenet",  {}),
)
REFUSED = (
    #  networks                                    what they have that ours have not
    (r"efficientnetv2_rw_[sm]",                    "two convolutions in the blocks of the first stage"),
    (r"gc_efficientnetv2_rw_t",                    "global context instead of squeeze-and-excitation"),
    (r"(tf_)?efficientnet_cc_b[01]_[48]e",         "mixtures of convolutions"),
    (r"(tf_)?efficientnet_(es|em|el)(_pruned)?",   "blocks of EdgeTPU networks"),
    (r"efficientnet_b[123]_pruned",                "pruned channels"),
    (r"efficientnet_blur_b0",                      "blurred downsampling"),
    (r"efficientnet_(x_b[35]|h_b5)",               "a stem that moves space into channels"),
    (r"efficientnet_b[03]_(g8_gn|g16_evos|gn)",    "other normalisations than BatchNorm"),
    (r"test_efficientnet(_gn|_ln|_evos)?",         "blocks made for tests"),
)

TORCHVISION: dict[tuple[int, int], tuple[str, float, str, int]] = {
    # blocks, head    name                epsilon pixels       evaluated at, px
    (16, 1280):     ("efficientnet_b0",   1e-5,   "imagenet",  224),
    (23, 1280):     ("efficientnet_b1",   1e-5,   "imagenet",  240),
    (23, 1408):     ("efficientnet_b2",   1e-5,   "imagenet",  288),
    (26, 1536):     ("efficientnet_b3",   1e-5,   "imagenet",  300),
    (32, 1792):     ("efficientnet_b4",   1e-5,   "imagenet",  380),
    (39, 2048):     ("efficientnet_b5",   1e-3,   "imagenet",  456),
    (45, 2304):     ("efficientnet_b6",   1e-3,   "imagenet",  528),
    (55, 2560):     ("efficientnet_b7",   1e-3,   "imagenet",  600),
    (40, 1280):     ("efficientnet_v2_s", 1e-3,   "imagenet",  384),
    (57, 1280):     ("efficientnet_v2_m", 1e-3,   "imagenet",  480),
    (79, 1280):     ("efficientnet_v2_l", 1e-3,   "inception", 480),
}
# fmt: on
