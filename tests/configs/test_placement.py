import pytest

from effnetv2_keras.configs import get_config, lite, profile, with_operator
from effnetv2_keras.errors import UsageError

B4 = get_config("efficientnet-b4")


@pytest.mark.parametrize(
    ("stages", "operators"),
    [
        ((1, 2, 3), ["fused"] * 3 + ["mbconv"] * 4),
        (range(1, 6), ["fused"] * 5 + ["mbconv"] * 2),
        (range(1, 8), ["fused"] * 7),
    ],
)
def test_the_placements_of_the_papers_table_3(stages, operators):
    config = with_operator(B4, "fused", stages=stages)
    assert [stage.operator for stage in config.stages] == operators
    assert [stage.se for stage in config.stages] == [0.0 if one == "fused" else 0.25 for one in operators]
    assert [stage.expand for stage in config.stages] == [stage.expand for stage in B4.stages]


def test_se_may_be_kept():
    assert with_operator(B4, "fused", stages=(1,), se=0.25).stages[0].se == 0.25


def test_fusing_late_stages_costs_most():
    three, five, seven = (profile(with_operator(B4, "fused", range(1, last + 1))).total for last in (3, 5, 7))
    assert (three.parameters, five.parameters, seven.parameters) == (21_067_086, 43_631_024, 132_191_096)


def test_lite_has_no_sigmoid_left():
    config = lite(get_config("efficientnet-b0"))
    assert config.activation == "relu6"
    assert {stage.se for stage in config.stages} == {0.0}
    assert profile(config).total.trainable == 4_652_008  # EfficientNet-Lite0, tensorflow/tpu


def test_lite_may_use_hard_swish():
    assert lite(get_config("efficientnetv2-b0"), "hard_swish").activation == "hard_swish"


@pytest.mark.parametrize(("stages", "given"), [((0,), "[0]"), (["1"], "['1']"), ((), "[]"), (5, "5")])
def test_unknown_stage_is_refused(stages, given):
    with pytest.raises(UsageError) as error:
        with_operator(B4, "fused", stages=stages)
    assert str(error.value) == f"`stages` must be numbers from 1 to 7, at least one. Got: {given}."


def test_unknown_operator_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match=r"Unknown operator: 'fuse'\. Nearest: fused"):
        with_operator(B4, "fuse", stages=(1,))
