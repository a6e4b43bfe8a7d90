import json
from pathlib import Path

import keras
import numpy as np
import pytest

from effnetv2_keras.configs import ModelConfig, Stage, dump, get_config, lite, profile, with_operator
from effnetv2_keras.errors import UsageError
from effnetv2_keras.models import create_model

GOLDENS = Path(__file__).parents[1] / "goldens"

# Source: google/automl, effnetv2_model_test.py, and facts 1.1. The larger ones are counted from their tables, in
# tests/configs/test_profile.py.
# fmt: off
PUBLISHED = [
    # name                  total      trainable
    ("efficientnetv2-b0",  7_200_312,  7_139_704),
    ("efficientnetv2-b1",  8_212_124,  8_141_052),
    ("efficientnetv2-b2", 10_178_374, 10_096_086),
    ("efficientnetv2-b3", 14_467_622, 14_358_406),
    ("efficientnetv2-s",  21_612_360, 21_458_488),
    ("efficientnet-b0",    5_330_564,  5_288_548),
    ("efficientnet-b1",    7_856_232,  7_794_184),
    ("efficientnet-b2",    9_177_562,  9_109_994),
    ("efficientnet-b3",   12_320_528, 12_233_232),
    pytest.param("efficientnetv2-m",   54_431_388,  54_139_356, marks=pytest.mark.slow),
    pytest.param("efficientnetv2-l",  119_027_848, 118_515_272, marks=pytest.mark.slow),
    pytest.param("efficientnetv2-xl", 208_896_832, 208_119_808, marks=pytest.mark.slow),
    pytest.param("efficientnet-b4",    19_466_816,  19_341_616, marks=pytest.mark.slow),
    pytest.param("efficientnet-b5",    30_562_520,  30_389_784, marks=pytest.mark.slow),
    pytest.param("efficientnet-b6",    43_265_136,  43_040_704, marks=pytest.mark.slow),
    pytest.param("efficientnet-b7",    66_658_680,  66_347_960, marks=pytest.mark.slow),
    pytest.param("efficientnet-b8",    87_793_174,  87_413_142, marks=pytest.mark.slow),
    pytest.param("efficientnet-l2",   481_399_996, 480_309_308, marks=pytest.mark.slow),
]
# fmt: on

TINY = ModelConfig(
    name="tiny",
    stages=(Stage("fused", 3, 1, 1, 8, 1), Stage("fused", 3, 2, 2, 16, 2, 0.25), Stage("mbconv", 5, 2, 4, 24, 2, 0.25)),
    stem=8,
    head=32,
)

USERS = {
    "mixed": TINY,
    "lite": lite(get_config("efficientnetv2-b0")),
    "hard-swish": lite(get_config("efficientnet-b0"), "hard_swish"),
    "fused-everywhere": with_operator(TINY, "fused", (1, 2, 3), se=0.25),
    "mbconv-everywhere": with_operator(TINY, "mbconv", (1, 2, 3)),
    "torch-padding": TINY.replace(padding="torch", bn_epsilon=1e-5, activation="gelu"),
    "no-head": TINY.replace(head=None, dropout=None, stem_pool=True, stem_kernel=7),
}


@pytest.fixture
def precision():
    """Sets the precision of layers that are built from now on, until the test ends."""
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy("float32")


def count(weights):
    return sum(int(np.prod(weight.shape)) for weight in weights)


@pytest.mark.parametrize(("name", "total", "trainable"), PUBLISHED)
def test_parameters_are_the_published_ones(name, total, trainable):
    model = create_model(name)
    assert (model.count_params(), count(model.trainable_weights)) == (total, trainable)
    assert model.name == name


@pytest.mark.parametrize("name", USERS)
def test_any_config_gives_the_network_that_its_profile_counts(name, images):
    config = USERS[name]
    model = create_model(config, num_classes=5, input_shape=(65, 97, 3))
    found = profile(config, (65, 97), num_classes=5)
    assert (model.count_params(), count(model.trainable_weights)) == (found.total.parameters, found.total.trainable)
    assert np.isfinite(model(images(65, 97))).all()


@pytest.mark.parametrize("name", ["efficientnetv2-s", "efficientnet-b0", "mobilenet-v2", "resnet-50"])
def test_the_profile_equals_the_built_network_stage_by_stage(name):
    model = create_model(name, input_shape=(129, 161, 3))
    stages = profile(name, (129, 161)).stages
    for number, stage in enumerate(stages[1:-1], start=1):
        blocks = [layer for layer in model.layers if layer.name.startswith(f"stage{number}_")]
        assert sum(block.count_params() for block in blocks) == stage.cost.parameters
        assert blocks[-1].output.shape[1:] == stage.output


def test_multiply_adds_equal_those_of_the_built_network():
    model = create_model("efficientnetv2-b0", input_shape=(129, 161, 3))
    assert count_macs(model, (1, 129, 161, 3)) == profile("efficientnetv2-b0", (129, 161)).total.macs


def count_macs(model, shape):
    """Counts multiply-adds from the kernels and the maps that a call really makes."""
    seen = []

    def listen(layer):
        plain = layer.call

        def call(x, *args, **kwargs):
            y = plain(x, *args, **kwargs)
            seen.append(int(np.prod(layer.kernel.shape[:-1]) * np.prod(y.shape[1:])))
            if isinstance(layer, keras.layers.DepthwiseConv2D):
                seen[-1] //= layer.kernel.shape[2]
            return y

        layer.call = call

    for layer in model._flatten_layers():
        if isinstance(layer, (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)):
            listen(layer)
    model(np.zeros(shape, "float32"))
    return sum(seen)


def test_weights_keep_their_names():
    model = create_model("efficientnetv2-b0")
    golden = json.loads((GOLDENS / "layer_names.json").read_text())
    assert [[weight.path, list(weight.shape)] for weight in model.weights] == golden


def test_a_block_is_a_row_of_the_summary():
    names = [layer.name for layer in create_model(TINY).layers]
    assert names == [
        *("images", "pixels", "stem", "stage1_block1", "stage2_block1", "stage2_block2", "stage3_block1"),
        *("stage3_block2", "head", "pool", "dropout", "logits"),
    ]


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32", "float64"])
def test_pixels_of_any_dtype(dtype, images):
    model = create_model(TINY, num_classes=5)
    x = images(64, 64)
    np.testing.assert_array_equal(model(x.astype(dtype)), model(x))


@pytest.mark.parametrize("size", [(97, 133), (32, 32), (33, 257)])
def test_odd_sizes(size, images):
    assert create_model(TINY, num_classes=5)(images(*size)).shape == (2, 5)


def test_without_top_it_gives_the_last_map(images):
    assert create_model("efficientnetv2-b0", include_top=False)(images(97, 133)).shape == (2, 4, 5, 1280)


@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_without_top_the_map_may_be_pooled(pooling, images):
    pooled = create_model(TINY, include_top=False, pooling=pooling)
    plain = create_model(TINY, include_top=False)
    plain.set_weights(pooled.get_weights())
    reduce = {"avg": np.mean, "max": np.max}[pooling]
    np.testing.assert_allclose(pooled(images(64, 64)), reduce(plain(images(64, 64)), axis=(1, 2)), rtol=1e-4, atol=1e-6)


def test_no_classes_give_pooled_features(images):
    model = create_model(TINY, num_classes=0)
    assert model.layers[-1].name == "pool"
    assert model(images(64, 64)).shape == (2, 32)


def test_logits_by_default_and_an_activation_on_request(images):
    logits, scores = create_model(TINY, num_classes=5), create_model(TINY, num_classes=5, activation="softmax")
    assert (logits.layers[-1].name, scores.layers[-1].name) == ("logits", "predictions")
    scores.set_weights(logits.get_weights())
    np.testing.assert_allclose(scores(images(64, 64)), keras.ops.softmax(logits(images(64, 64))), rtol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_keeps_pixels_and_head_in_float32(policy, precision, images):
    precision(policy)
    model = create_model("efficientnetv2-b0", num_classes=5)
    logits = model(images(64, 64))
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"
    assert np.isfinite(logits).all()
    assert model.get_layer("pixels").compute_dtype == "float32"
    assert model.get_layer("stage2_block1").compute_dtype == policy.removeprefix("mixed_")
    assert {weight.dtype for weight in model.weights} == {"float32"}


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_stays_near_float32(policy, precision, perturb, images, relative_error):
    exact = perturb(create_model("efficientnetv2-b0", num_classes=5))
    precision(policy)
    mixed = create_model("efficientnetv2-b0", num_classes=5)
    mixed.set_weights(exact.get_weights())
    assert relative_error(mixed(images(64, 64)), exact(images(64, 64))) < 0.05


def test_rates_may_be_set():
    model = create_model(TINY, dropout_rate=0.4, drop_path_rate=0.1)
    assert model.get_layer("dropout").rate == 0.4
    depth = model.get_layer("stage3_block2").stochastic_depth
    assert (depth.rate, depth.position) == (0.1, 0.8)


def test_the_dropout_is_there_even_at_rate_zero():
    assert create_model(TINY, dropout_rate=0.0).get_layer("dropout").rate == 0.0


def test_knobs_and_seeds_are_no_weights():
    model = create_model(TINY, num_classes=5)
    assert not [weight.path for weight in model.weights if "drop" in weight.path or "seed" in weight.path]


def test_a_whole_model_is_saved_and_loaded(tmp_path, perturb, images):
    model = perturb(create_model("efficientnetv2-b0", num_classes=5, dropout_rate=0.25, drop_path_rate=0.15))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(images(64, 64)), model(images(64, 64)))
    assert [layer.get_config() for layer in loaded.layers] == [layer.get_config() for layer in model.layers]
    assert (loaded.name, loaded.get_layer("dropout").rate) == ("efficientnetv2-b0", 0.25)


def test_weights_are_saved_and_loaded(tmp_path, perturb, images):
    model = perturb(create_model(TINY, num_classes=5))
    path = tmp_path / "tiny.weights.h5"
    model.save_weights(path)
    again = create_model(TINY, num_classes=5, weights=path)
    np.testing.assert_array_equal(again(images(64, 64)), model(images(64, 64)))


def test_a_config_clones_the_model(images):
    model = create_model(TINY, num_classes=5)
    clone = keras.Model.from_config(model.get_config())
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(clone(images(64, 64)), model(images(64, 64)))


def test_a_file_is_a_model(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(dump(TINY.replace(name="mine")))
    assert create_model(path).name == "mine"


def test_a_training_step_moves_every_weight(images):
    model = create_model(TINY, num_classes=5)
    model.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    before = [keras.ops.convert_to_numpy(keras.ops.copy(weight)) for weight in model.trainable_weights]
    model.fit(images(64, 64), np.array([0, 1]), epochs=2, verbose=0)
    after = [keras.ops.convert_to_numpy(keras.ops.copy(weight)) for weight in model.trainable_weights]
    assert all(np.any(old != new) for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input_shape": (31, 64, 3)}, r"Images must be at least 32 px high and wide\. Got: 31 x 64\."),
        ({"input_shape": (64, 64)}, r"`input_shape` must be \(height, width, channels\)"),
        ({"input_shape": (64, 64, None)}, r"`input_shape` must be \(height, width, channels\)"),
        ({"num_classes": -1}, r"`num_classes` must be a whole number of at least 0\. Got: -1\."),
        ({"pooling": "mean"}, r"Unknown pooling: 'mean'\."),
        ({"dropout_rate": 1.0}, r"`dropout` must be at least 0 and below 1\. Got: 1\.0\."),
        ({"drop_path_rate": -0.5}, r"`drop_path` must be at least 0 and below 1\. Got: -0\.5\."),
        ({"weights": "imagnet"}, r"Unknown weights: 'imagnet'\. Nearest: imagenet, "),
    ],
)
def test_arguments_that_break_a_rule_are_refused(arguments, message):
    with pytest.raises(UsageError, match=message):
        create_model(TINY, **arguments)


def test_an_image_below_32_px_is_refused_when_it_comes(images):
    with pytest.raises(UsageError, match=r"Images must be at least 32 px high and wide\. Got: 16 x 16\."):
        create_model(TINY)(images(16, 16))


def test_channels_first_is_refused():
    keras.config.set_image_data_format("channels_first")
    try:
        with pytest.raises(UsageError, match=r"Networks take channels last: .* Got: 'channels_first'\."):
            create_model(TINY)
    finally:
        keras.config.set_image_data_format("channels_last")
