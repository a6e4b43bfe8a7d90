import pytest

from effnetv2_keras.configs import deepen, get_config, scale
from effnetv2_keras.configs.scaling import round_channels
from effnetv2_keras.errors import UsageError


def rows(config):
    return (
        config.stem,
        [stage.channels for stage in config.stages],
        [stage.layers for stage in config.stages],
        config.head,
    )


# Source: keras_cv_attention_models and the released code (v2-b3); timm and keras.applications (v1-b3, v1-b7).
# fmt: off
SCALED = [
    ("efficientnetv2-b1", 32, [16, 32, 48, 96, 112, 192],          [2, 3, 3, 4, 6, 9],          1280),
    ("efficientnetv2-b2", 32, [16, 32, 56, 104, 120, 208],         [2, 3, 3, 4, 6, 10],         1408),
    ("efficientnetv2-b3", 40, [16, 40, 56, 112, 136, 232],         [2, 3, 3, 5, 7, 12],         1536),
    ("efficientnet-b3",   40, [24, 32, 48, 96, 136, 232, 384],     [2, 3, 3, 5, 5, 6, 2],       1536),
    ("efficientnet-b7",   64, [32, 48, 80, 160, 224, 384, 640],    [4, 7, 7, 10, 10, 13, 4],    2560),
]
SIZES = [
    #  name               train eval dropout
    ("efficientnetv2-b0", 192, 224, 0.2), ("efficientnetv2-b1", 192, 240, 0.2), ("efficientnetv2-b2", 208, 260, 0.3),
    ("efficientnetv2-b3", 240, 300, 0.3), ("efficientnetv2-s",  300, 384, 0.2), ("efficientnetv2-m",  384, 480, 0.3),
    ("efficientnetv2-l",  384, 480, 0.4), ("efficientnetv2-xl", 384, 512, 0.4), ("efficientnet-b0",   176, 224, 0.2),
    ("efficientnet-b1",   192, 240, 0.2), ("efficientnet-b2",   208, 260, 0.3), ("efficientnet-b3",   240, 300, 0.3),
    ("efficientnet-b4",   304, 380, 0.4), ("efficientnet-b5",   352, 456, 0.4), ("efficientnet-b6",   416, 528, 0.5),
    ("efficientnet-b7",   480, 600, 0.5), ("efficientnet-b8",   528, 672, 0.5), ("efficientnet-l2",   640, 800, 0.5),
]
BLOCKS = {
    "efficientnetv2-b0": 21, "efficientnetv2-b1": 27, "efficientnetv2-b2": 28, "efficientnetv2-b3": 32,
    "efficientnetv2-s": 40, "efficientnetv2-m": 57, "efficientnetv2-l": 79, "efficientnetv2-xl": 100,
    "efficientnet-b0": 16, "efficientnet-b1": 23, "efficientnet-b2": 23, "efficientnet-b3": 26, "efficientnet-b4": 32,
    "efficientnet-b5": 39, "efficientnet-b6": 45, "efficientnet-b7": 55, "efficientnet-b8": 61, "efficientnet-l2": 88,
}
# fmt: on


@pytest.mark.parametrize(("name", "stem", "channels", "layers", "head"), SCALED)
def test_scaled_rows_are_the_published_ones(name, stem, channels, layers, head):
    assert rows(get_config(name)) == (stem, channels, layers, head)


@pytest.mark.parametrize(("name", "train_size", "eval_size", "dropout"), SIZES)
def test_sizes_and_dropout_are_the_released_ones(name, train_size, eval_size, dropout):
    config = get_config(name)
    assert (config.train_size, config.eval_size, config.dropout) == (train_size, eval_size, dropout)


@pytest.mark.parametrize("name", BLOCKS)
def test_number_of_blocks(name):
    assert get_config(name).num_blocks == len(list(get_config(name).blocks())) == BLOCKS[name]


def test_only_v1_stays_above_ninety_percent():
    assert round_channels(16, 1.2, "v1") == 24
    assert round_channels(16, 1.2, "v2") == 16


def test_width_one_leaves_odd_channels_alone():
    assert round_channels(20, 1.0, "v2") == 20


def test_channels_never_fall_below_eight():
    assert round_channels(8, 0.1, "v2") == 8


def test_scale_names_the_result():
    scaled = scale(get_config("efficientnetv2-s"), width=0.5, depth=0.5)
    assert scaled.name == "efficientnetv2-s-w0.5-d0.5"
    assert (scaled.eval_size, scaled.train_size) == (384, 300)


def test_scale_sets_both_image_sizes():
    scaled = scale(get_config("efficientnetv2-s"), image_size=260, name="mine")
    assert (scaled.name, scaled.eval_size, scaled.train_size) == ("mine", 260, 208)


@pytest.mark.parametrize("factors", [{"width": 0}, {"depth": -1.0}, {"width": float("inf")}, {"depth": float("nan")}])
def test_factors_must_be_finite_and_above_zero(factors):
    with pytest.raises(UsageError, match=rf"`{next(iter(factors))}` must be a finite number above 0\. Got: "):
        scale(get_config("efficientnetv2-s"), **factors)


@pytest.mark.parametrize("size", [0, 16, 64.5])
def test_scale_refuses_a_size_by_its_name(size):
    with pytest.raises(UsageError, match=rf"`image_size` must be a whole number of at least 32\. Got: {size}\."):
        scale(get_config("efficientnetv2-s"), image_size=size)


def test_deepen_adds_layers_to_late_stages_only():
    deep = deepen(get_config("efficientnetv2-s"), 1.5, stages=(5, 6), image_size=600)
    assert [stage.layers for stage in deep.stages] == [2, 4, 4, 6, 14, 23]
    assert [stage.channels for stage in deep.stages] == [24, 48, 64, 128, 160, 256]
    assert (deep.eval_size, deep.train_size) == (480, 384)


def test_deepen_keeps_the_sizes_it_need_not_cut():
    deep = deepen(get_config("efficientnetv2-s"), 1.5, stages=(5, 6))
    assert (deep.eval_size, deep.train_size) == (384, 300)


def test_deepen_refuses_stages_that_are_not_there():
    with pytest.raises(UsageError, match=r"`stages` must be numbers from 1 to 6, at least one\. Got: \[6, 7\]\."):
        deepen(get_config("efficientnetv2-s"), 1.5, stages=(6, 7))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"image_size": 0}, r"`image_size` must be a whole number of at least 32\. Got: 0\."),
        ({"largest_image": 16}, r"`largest_image` must be a whole number of at least 32\. Got: 16\."),
        ({"depth": float("inf")}, r"`depth` must be a finite number above 0\. Got: inf\."),
    ],
)
def test_deepen_refuses_settings_out_of_range(settings, message):
    with pytest.raises(UsageError, match=message):
        deepen(get_config("efficientnetv2-s"), **{"depth": 1.5, "stages": (5, 6), **settings})
