from random import Random

import pytest

from effnetv2_keras.configs import ModelConfig, Stage, get_config, profile
from effnetv2_keras.errors import UsageError
from effnetv2_keras.nas.point import Gene, Point
from effnetv2_keras.nas.space import SearchSpace

BACKBONE = ModelConfig(
    "small", stem=8, head=16, stages=(Stage("mbconv", 3, 1, 1, 8, 1, 0.25), Stage("fused", 3, 2, 4, 16, 2))
)
SPACE = SearchSpace(BACKBONE, layers=((1, 2), (2,)))


def test_the_size_is_the_product_of_all_options():
    assert SPACE.size() == (2 * 2 * 3 * 2) * (2 * 2 * 3 * 1)
    assert SearchSpace(BACKBONE).layers == ((1, 2), (1, 2, 3, 4))


def test_points_are_equal_and_hash_alike_exactly_where_the_networks_are_the_same():
    point = Point((Gene("fused", 3, 1, 2), Gene("mbconv", 5, 6, 2)))
    assert point == Point.parse("f3e1x2 m5e6x2")
    assert hash(point) == hash(Point.parse(str(point)))
    assert len({SPACE.sample(Random(seed)) for seed in range(3000)}) == SPACE.size()


def test_a_point_becomes_a_network_with_the_backbones_channels_and_strides():
    config = SPACE.config(Point.parse("f3e1x2 m5e6x2"), "found")
    assert config == BACKBONE.replace(
        name="found",
        stages=(Stage("fused", 3, 1, 1, 8, 2), Stage("mbconv", 5, 2, 6, 16, 2, 0.25)),
        source="searched on small",
    )
    assert profile(config, 32, 10).total.parameters == 12168  # 248 + 2 * 608 + 3042 + 7172 + 490


@pytest.mark.parametrize("seed", range(20))
def test_a_mutation_changes_one_axis_of_one_stage(seed):
    random = Random(seed)
    point = SPACE.sample(random)
    other = SPACE.mutate(point, random)
    before, after = SPACE.values(point), SPACE.values(other)
    assert sum(before[axis] != after[axis] for axis in before) == 1


def test_the_stages_of_efficientnetv2_s_are_a_point():
    network = get_config("efficientnetv2-s")
    space = SearchSpace(network)
    point = space.point_of(network)
    assert str(point) == "f3e1x2 f3e4x4 f3e4x4 m3e4x6 m3e6x9 m3e6x15"
    assert space.config(point).stages == network.stages


def test_the_default_backbone_of_the_paper_has_seven_stages():
    space = SearchSpace(get_config("efficientnet-b4"))
    assert [len(options) for options in space.layers] == [4, 8, 8, 12, 12, 16, 4]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"layers": ((1,),)}, "`layers` must have options for each of the 2 stages"),
        ({"kernels": (4,)}, "`kernel` must be an odd whole number of at least 1. Got: 4"),
        ({"operators": ("bottleneck",)}, "Unknown operator: 'bottleneck'"),
        ({"expansions": ()}, "`expand` must have options that differ, at least one. Got: ()"),
        ({"layers": ((1, 1), (2,))}, "`layers` must have options that differ, at least one. Got: (1, 1)"),
    ],
)
def test_a_wrong_option_is_named(changes, sentence):
    with pytest.raises(UsageError) as error:
        SearchSpace(BACKBONE, **changes)
    assert sentence in str(error.value)


@pytest.mark.parametrize("text", ["f3e1x2", "f3e1x2 m5e6x9", "f3e1x2 m7e6x2"])
def test_a_point_of_another_space_is_refused(text):
    with pytest.raises(UsageError):
        SPACE.config(Point.parse(text))


def test_text_that_is_no_point_is_refused():
    with pytest.raises(UsageError, match="written like 'f3e1x2 m5e6x3'. Got: 'x3'"):
        Point.parse("x3")
