import pytest

from effnetv2_keras.configs import get_config, list_configs, profile


# efficientnet_lite_builder.py and its test
@pytest.mark.parametrize(
    ("name", "trainable", "side", "dropout"),
    [
        ("efficientnet-lite0", 4_652_008, 224, 0.2),
        ("efficientnet-lite1", 5_416_680, 240, 0.2),
        ("efficientnet-lite2", 6_092_072, 260, 0.3),
        ("efficientnet-lite3", 8_197_096, 280, 0.3),
        ("efficientnet-lite4", 13_006_568, 300, 0.3),
    ],
)
def test_efficientnet_lite_is_the_published_one(name, trainable, side, dropout):
    config = get_config(name)
    assert (config.eval_size, config.dropout, config.activation) == (side, dropout, "relu6")
    assert profile(config).total.trainable == trainable


@pytest.mark.parametrize("size", ["b0", "b1", "b2", "b3", "s"])
@pytest.mark.parametrize(("ending", "activation"), [("lite", "relu6"), ("lite-hard-swish", "hard_swish")])
def test_a_lite_v2_has_the_rows_of_its_network_without_squeeze_and_excitation(size, ending, activation):
    config, network = get_config(f"efficientnetv2-{size}-{ending}"), get_config(f"efficientnetv2-{size}")
    assert config.activation == activation
    assert config.stages == tuple(stage.replace(se=0.0) for stage in network.stages)
    assert config.replace(name="", stages=network.stages, activation="silu") == network.replace(name="")


def test_the_smallest_lite_v2_in_figures():
    # a squeeze-and-excitation from w to s channels and back has 2 * w * s + w + s parameters
    removed = 4_812 + 2 * 18_840 + 28_248 + 5 * 38_332 + 7 * 111_792
    assert profile("efficientnetv2-b0-lite").total.parameters == 7_200_312 - removed == 6_155_368


def test_lite_networks_are_listed_after_the_papers():
    names = list_configs()
    assert names.index("efficientnet-l2") < names.index("efficientnetv2-b0-lite") < names.index("mobilenet-v2")
