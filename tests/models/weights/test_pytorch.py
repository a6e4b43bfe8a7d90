"""Weights of timm, torchvision and the listing against what these answer: see tests/goldens/make_torch_weights.py."""

import importlib.util
import json

import keras
import numpy as np
import pytest
from safetensors.numpy import save_file
from torch_weights import TIMM, logits_of, tensors_of

from effnetv2_keras.configs import get_config, lite
from effnetv2_keras.configs.schema import ModelConfig, Stage
from effnetv2_keras.errors import DataError, UsageError
from effnetv2_keras.models import create_model
from effnetv2_keras.models.weights.fitting import fitting
from effnetv2_keras.models.weights.formats import open_weights

LITE = lite(get_config("efficientnet-b0"))
# fmt: off
SMALL = ModelConfig(
    "small",
    (
        Stage("fused",  3, 1, 1,  8, 2),
        Stage("fused",  3, 2, 4, 16, 2),
        Stage("mbconv", 3, 2, 4, 24, 3, 0.25),
        Stage("mbconv", 3, 1, 6, 32, 1, 0.25),
        Stage("mbconv", 3, 2, 6, 40, 2, 0.25),
    ),
    stem=8, head=64,
)
NETWORKS = {
    #  weights                        called                                   for
    "timm/tf_efficientnetv2_b0":     ("tf_efficientnetv2_b0.in1k",             "efficientnetv2-b0"),
    "timm/tf_efficientnet_b0":       ("tf_efficientnet_b0.in1k",               "efficientnet-b0"),
    "timm/efficientnet_b0":          ("efficientnet_b0_ra-3dd342df",           "efficientnet-b0"),
    "timm/mobilenetv2_100":          ("mobilenetv2_100.ra_in1k",               "mobilenet-v2"),
    "torchvision/efficientnet_b0":   ("anything",                              "efficientnet-b0"),
    "torchvision/efficientnet_v2_s": ("anything",                              "efficientnetv2-s"),
    "listing/small":                 ("anything",                              SMALL),
}
SLOW = {
    "timm/tf_efficientnetv2_b1":     ("tf_efficientnetv2_b1.in1k",             "efficientnetv2-b1"),
    "timm/tf_efficientnetv2_b2":     ("tf_efficientnetv2_b2.in1k",             "efficientnetv2-b2"),
    "timm/tf_efficientnetv2_b3":     ("tf_efficientnetv2_b3.in1k",             "efficientnetv2-b3"),
    "timm/tf_efficientnet_b3":       ("tf_efficientnet_b3.ns_jft_in1k",        "efficientnet-b3"),
    "timm/tf_efficientnet_b7":       ("tf_efficientnet_b7.ra_in1k",            "efficientnet-b7"),
    "timm/tf_efficientnet_b8":       ("tf_efficientnet_b8.ra_in1k",            "efficientnet-b8"),
    **{f"torchvision/efficientnet_b{n}": ("anything", f"efficientnet-b{n}") for n in range(1, 8)},
    "torchvision/efficientnet_v2_m": ("anything",                              "efficientnetv2-m"),
    "torchvision/efficientnet_v2_l": ("anything",                              "efficientnetv2-l"),
    "listing/s":                     ("anything",                              "efficientnetv2-s"),
}
# asked with another normalisation in timm_logits.json than the weights ask for: with x / 128 - 1, or ImageNet's mean
OTHER_PIXELS = {
    "timm/tf_efficientnet_lite0":    ("tf_efficientnet_lite0.in1k",            LITE,                "imagenet"),
}
SLOW_OTHER_PIXELS = {
    "timm/tf_efficientnetv2_s":      ("tf_efficientnetv2_s.in21k_ft_in1k",     "efficientnetv2-s",  "symmetric"),
    "timm/tf_efficientnetv2_m":      ("tf_efficientnetv2_m.in1k",              "efficientnetv2-m",  "symmetric"),
    "timm/tf_efficientnetv2_l":      ("tf_efficientnetv2_l.in1k",              "efficientnetv2-l",  "symmetric"),
    "timm/tf_efficientnetv2_xl":     ("tf_efficientnetv2_xl.in21k_ft_in1k",    "efficientnetv2-xl", "symmetric"),
}
# fmt: on


def cases(quick, slow):
    return [
        *(pytest.param(key, *row, id=key) for key, row in quick.items()),
        *(pytest.param(key, *row, id=key, marks=pytest.mark.slow) for key, row in slow.items()),
    ]


@pytest.fixture
def write(tmp_path):
    """Writes a state dict as safetensors and returns its path."""

    def write(tensors, name="weights"):
        path = tmp_path / f"{name}.safetensors"
        save_file(tensors, path)
        return path

    return write


@pytest.mark.parametrize(("key", "name", "config"), cases(NETWORKS, SLOW))
def test_logits_are_those_of_the_library(key, name, config, write, relative_error):
    model = create_model(config, weights=write(tensors_of(key), name))
    for size, expected in logits_of(key).items():  # even and odd
        assert np.std(expected) > 0.05
        assert relative_error(model(TIMM.images(size)), expected) < 1e-4


@pytest.mark.parametrize(("key", "name", "config", "pixels"), cases(OTHER_PIXELS, SLOW_OTHER_PIXELS))
def test_logits_are_those_of_the_library_under_its_normalisation(key, name, config, pixels, write, relative_error):
    loaded = create_model(config, weights=write(tensors_of(key), name))
    assert loaded.get_layer("pixels").pixels == "inception"
    asked = (get_config(config) if isinstance(config, str) else config).replace(pixels=pixels)
    model = create_model(asked, num_classes=TIMM.NUM_CLASSES)
    model.set_weights(loaded.get_weights())
    for size, expected in logits_of(key).items():
        assert relative_error(model(TIMM.images(size)), expected) < 1e-4


def test_another_padding_epsilon_normalisation_or_layout_would_be_noticed(write, relative_error):
    key = "torchvision/efficientnet_b0"
    loaded = create_model("efficientnet-b0", weights=write(tensors_of(key)))
    right = get_config("efficientnet-b0").replace(padding="torch", bn_epsilon=1e-5)

    def errors(**wrong):
        model = create_model(right.replace(**wrong), num_classes=TIMM.NUM_CLASSES)
        model.set_weights(loaded.get_weights())
        return [relative_error(model(TIMM.images(size)), logits_of(key)[size]) for size in (64, 97)]

    assert max(errors()) < 1e-4
    even, odd = errors(padding="tf")
    assert even > 1e-2
    assert odd < 1e-4  # at 97 px both pad alike: no side that is halved is even
    assert min(errors(bn_epsilon=1e-3)) > 1e-3
    assert min(errors(pixels="inception")) > 1e-2
    stem = loaded.get_layer("stem").conv.kernel
    stem.assign(np.asarray(stem).transpose(1, 0, 2, 3))
    assert min(errors()) > 1e-2


def test_a_classifier_of_other_classes_starts_new_and_the_rest_is_kept(write):
    path = write(tensors_of("listing/small"))
    whole, other = create_model(SMALL, weights=path), create_model(SMALL, num_classes=3, weights=path)
    assert (whole.output_shape[-1], other.output_shape[-1]) == (10, 3)
    for ours, theirs in zip(other.weights[:-2], whole.weights[:-2], strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_network_of_timm_without_a_classifier_loads_as_features(write):
    tensors = tensors_of("timm/efficientnet_b0")
    features = {name: value for name, value in tensors.items() if not name.startswith("classifier")}
    path = write(features, "efficientnet_b0.ra_in1k")
    assert create_model("efficientnet-b0", include_top=False, weights=path).output_shape == (None, None, None, 1280)
    with pytest.raises(UsageError, match="`num_classes` must be given with weights that have no classifier"):
        create_model("efficientnet-b0", weights=path)


def test_wrappers_prefixes_and_counters_make_no_difference(write, images):
    plain = create_model(SMALL, weights=write(tensors_of("listing/small"), "plain"))
    wrapped = {f"module.model.{name}": value for name, value in tensors_of("listing/small").items()}
    wrapped["n_averaged"] = np.array(12)
    other = create_model(SMALL, weights=write(wrapped, "wrapped"))
    np.testing.assert_array_equal(other(images(32, 32)), plain(images(32, 32)))


@pytest.mark.parametrize(("kind", "tolerance"), [("float16", 1e-3), ("bfloat16", 1e-2)])
def test_half_precision_is_read(kind, tolerance, write):
    whole = tensors_of("listing/small")
    model = create_model(SMALL, weights=write({name: value.astype(kind) for name, value in whole.items()}))
    kernel = np.asarray(model.get_layer("head").conv.kernel)
    np.testing.assert_allclose(
        kernel[0, 0].T, whole["head.project_conv.conv.weight"][:, :, 0, 0], rtol=tolerance, atol=1e-6
    )


def test_left_over_and_missing_tensors_are_named(write):
    tensors = tensors_of("listing/small")
    with pytest.raises(DataError, match=r"not used: head\.extra\.weight\."):
        create_model(SMALL, weights=write({**tensors, "head.extra.weight": np.zeros(3, "float32")}))
    del tensors["blocks.9.se.conv_expand.bias"]
    with pytest.raises(DataError, match=r"not there: blocks\.9\.se\.conv_expand\.bias\."):
        create_model(SMALL, weights=write(tensors))


def test_a_network_that_no_such_library_has_is_refused(write):
    with pytest.raises(DataError, match=r"no name for stage1_block1_shortcut_conv/kernel, .* and more"):
        create_model("resnet-50", weights=write(tensors_of("torchvision/efficientnet_b0")))


def test_a_file_is_told_to_fit_the_network_it_is_of(write):
    assert fitting(open_weights(write(tensors_of("torchvision/efficientnet_b0")))) == ["efficientnet-b0"]
    path = write(tensors_of("timm/tf_efficientnetv2_s"), "tf_efficientnetv2_s.in1k")
    assert fitting(open_weights(path)) == ["efficientnetv2-s"]


TF, TORCH = ("tf", 1e-3), ("torch", 1e-5)


@pytest.mark.parametrize(
    ("name", "numbers", "pixels"),
    [
        # names in timm's repositories and of its older files; normalisation as timm's own `default_cfgs`
        ("tf_efficientnet_b0.in1k", TF, "imagenet"),
        ("tf_efficientnet_b0.ns_jft_in1k", TF, "imagenet"),
        ("tf_efficientnet_b0.ap_in1k", TF, "inception"),
        ("tf_efficientnet_b5_ap-9e82fae8", TF, "inception"),
        ("tf_efficientnet_b5_ra-9a3e5369", TF, "imagenet"),
        ("tf_efficientnet_b8", TF, "inception"),
        ("tf_efficientnet_b8_ra-572d5dd9", TF, "imagenet"),
        ("tf_efficientnet_l2_ns_475-bebbd00a", TF, "imagenet"),
        ("tf_efficientnet_lite4-741542c3", TF, "inception"),
        ("tf_efficientnetv2_b2-847de54e", TF, "imagenet"),
        ("tf_efficientnetv2_b3-57773f13", TF, "imagenet"),
        ("tf_efficientnetv2_b3.in1k", TF, "imagenet"),
        ("tf_efficientnetv2_b3.in21k", TF, "inception"),
        ("tf_efficientnetv2_b3", TF, "inception"),
        ("tf_efficientnetv2_s_21ft1k-d7dafa41", TF, "inception"),
        ("tf_efficientnetv2_xl.in21k_ft_in1k", TF, "inception"),
        ("efficientnet_b0.ra4_e3600_r224_in1k", TORCH, "inception"),
        ("efficientnet_b1-533bc792", TORCH, "imagenet"),
        ("efficientnet_b1", TORCH, "inception"),
        ("efficientnet_b5.sw_in12k_ft_in1k", TORCH, "imagenet"),
        ("efficientnet_lite0_ra-37913777", TORCH, "imagenet"),
        ("efficientnetv2_rw_t.ra2_in1k", TORCH, "imagenet"),
    ],
)
def test_the_name_of_a_file_of_timm_says_what_its_weights_ask_for(name, numbers, pixels, write):
    path = write({"conv_stem.weight": np.zeros((32, 3, 3, 3), "float32")}, name)
    changes = open_weights(path).changes
    assert ((changes["padding"], changes["bn_epsilon"]), changes["pixels"]) == (numbers, pixels)


# as in timm's repositories, shortened
CONFIG = {
    "architecture": "tf_efficientnetv2_b0",
    "num_classes": 1000,
    "pretrained_cfg": {
        "tag": "in1k",
        "input_size": [3, 192, 192],
        "test_input_size": [3, 224, 224],
        "mean": [0.485, 0.456, 0.406],
        "std": [0.229, 0.224, 0.225],
    },
}


def test_timms_own_file_beside_says_it_too(write, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    path = write(tensors_of("timm/tf_efficientnetv2_b0"), "model")
    assert open_weights(path).changes == {
        **{"padding": "tf", "bn_epsilon": 1e-3, "pixels": "imagenet", "eval_size": 224}
    }
    half = {**CONFIG["pretrained_cfg"], "mean": [0.5] * 3, "std": [0.5] * 3}
    (tmp_path / "config.json").write_text(json.dumps({**CONFIG, "pretrained_cfg": half}))
    assert create_model("efficientnetv2-b0", weights=path).get_layer("pixels").pixels == "inception"
    odd = {**half, "std": [0.3] * 3}
    (tmp_path / "config.json").write_text(json.dumps({**CONFIG, "pretrained_cfg": odd}))
    with pytest.raises(DataError, match=r"must have a mean and a std of symmetric, inception, .*\[0\.3, 0\.3, 0\.3\]"):
        open_weights(path)


def test_weights_of_timm_that_do_not_say_how_they_pad_are_refused(write):
    path = write({"conv_stem.weight": np.zeros((32, 3, 3, 3), "float32")}, "best")
    with pytest.raises(DataError, match=r"must say which network of timm it is of, since `tf_` .*Got: best\."):
        open_weights(path)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("efficientnetv2_rw_s.ra2_in1k", "two convolutions in the blocks of the first stage"),
        ("gc_efficientnetv2_rw_t.agc_in1k", "global context instead of squeeze-and-excitation"),
        ("tf_efficientnet_cc_b0_4e.in1k", "mixtures of convolutions"),
        ("efficientnet_es_pruned.in1k", "blocks of EdgeTPU networks"),
        ("efficientnet_b3_pruned.in1k", "pruned channels"),
        ("efficientnet_b3_g8_gn", "other normalisations than BatchNorm"),
    ],
)
def test_networks_of_timm_that_ours_cannot_be_are_refused_by_name(name, why, write):
    path = write({"conv_stem.weight": np.zeros((32, 3, 3, 3), "float32")}, name)
    with pytest.raises(DataError, match=rf"must be of a network that ours can be\. Got: {name}, which has {why}"):
        open_weights(path)


def test_torchvisions_other_networks_are_refused(write):
    tensors = tensors_of("torchvision/efficientnet_b0")
    fewer = {name: value for name, value in tensors.items() if ".3.1.block" not in name}
    with pytest.raises(DataError, match=r"one of torchvision's EfficientNets\. Got: 15 blocks and 1280 channels\."):
        open_weights(write(fewer))


def test_other_names_and_damaged_files_are_refused(write, tmp_path):
    path = write({"encoder.weight": np.zeros(3, "float32")})
    with pytest.raises(DataError, match=r"names of timm, torchvision, pytorch listing\. Got: 1 tensors, encoder\.w"):
        open_weights(path)
    path.write_bytes(write(tensors_of("listing/small")).read_bytes()[:1000])
    with pytest.raises(DataError, match="must be a whole file of safetensors"):
        open_weights(path)


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="PyTorch is installed here")
@pytest.mark.parametrize("name", ["weights.pth", "weights.pt", "model_best.pth.tar", "pytorch_model.bin"])
def test_without_pytorch_its_own_files_are_answered_with_what_to_do(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(b"PK")
    with pytest.raises(UsageError, match=r"not installed: pip install torch\. Or, .*safetensors\.torch\.save_file"):
        open_weights(path)


def test_a_loaded_network_is_saved_and_loaded_whole(write, tmp_path, images):
    model = create_model(SMALL, weights=write(tensors_of("listing/small")))
    model.save(tmp_path / "whole.keras")
    again = keras.saving.load_model(tmp_path / "whole.keras")
    np.testing.assert_array_equal(again(images(64, 64)), model(images(64, 64)))
