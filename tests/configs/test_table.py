from effnetv2_keras.configs import ModelConfig, Stage, get_config

TABLE_4 = """\
stage  operator                stride  channels  layers
    0  Conv, k3x3                   2        24       1
    1  Fused-MBConv1, k3x3          1        24       2
    2  Fused-MBConv4, k3x3          2        48       4
    3  Fused-MBConv4, k3x3          2        64       4
    4  MBConv4, k3x3, SE0.25        2       128       6
    5  MBConv6, k3x3, SE0.25        1       160       9
    6  MBConv6, k3x3, SE0.25        2       256      15
    7  Conv1x1 & Pooling & FC       -      1280       1"""


def test_s_prints_as_in_the_paper():
    assert str(get_config("efficientnetv2-s")) == TABLE_4


def test_a_network_without_head_convolution_says_so():
    config = ModelConfig(
        "tiny", (Stage("bottleneck", 3, 1, 0.25, 32, 1),), stem=8, head=None, stem_kernel=7, stem_pool=True
    )
    assert "Conv, k7x7 & MaxPool, k3x3" in str(config)
    assert "Bottleneck, k3x3" in str(config)
    assert "Conv1x1" not in str(config)
