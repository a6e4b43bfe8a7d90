import doctest

import keras
import pytest

from effnetv2_keras.configs.precision import set_kernels
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.errors import UsageError
from effnetv2_keras.training import compute
from effnetv2_keras.training.compute import choose_compute
from effnetv2_keras.training.run import prepare, train

OLD, NEW = "avx2", "avx2 avx512f avx512_bf16 amx_bf16"
TOLD = {"TF_SET_ONEDNN_FPMATH_MODE": "BF16"}


def choose(precision=None, xla=None, device="CPU", features=OLD, environment=TOLD):
    return choose_compute(precision, xla, device=device, features=features, environment=environment)


def test_the_docstring_holds():
    assert doctest.testmod(compute).failed == 0


@pytest.mark.parametrize(
    ("device", "features", "compiled", "says"),
    [
        ("CPU", OLD, False, "precision float32: this processor has no bfloat16, narrower numbers are slower on it"),
        ("CPU", "none of avx512_bf16 amx_bf16", False, "precision float32: this processor has no bfloat16"),
        ("CPU", NEW, False, "precision float32: mixed_bfloat16 and bfloat16-math are faster on this processor"),
        ("GPU", OLD, True, "precision float32: narrower ones were not measured here"),
    ],
)
def test_what_is_not_asked_for_follows_the_device(device, features, compiled, says):
    chosen = choose(device=device, features=features)
    assert (chosen.precision, chosen.xla) == ("float32", compiled)
    assert chosen.reasons[0].startswith(says)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16", "bfloat16-math"])
def test_what_is_asked_for_is_taken_and_its_price_said(precision):
    assert choose(precision, features=NEW).precision == precision
    assert choose(precision, features=NEW).reasons[0] == f"precision {precision}: as asked"
    assert "this processor has no bfloat16" in choose(precision).reasons[0]


@pytest.mark.parametrize(
    ("asked", "device", "says"),
    [
        (True, "CPU", "compiled by XLA: as asked"),
        (False, "GPU", "not compiled by XLA: as asked"),
        (None, "CPU", "not compiled by XLA: on a processor single kernels are faster; some parts are compiled"),
        (None, "GPU", "compiled by XLA: what Keras does on a GPU; not measured here"),
    ],
)
def test_xla_can_be_overruled_and_its_reason_is_said(asked, device, says):
    assert choose(xla=asked, device=device).reasons[1] == says


def test_an_unknown_precision_is_refused():
    with pytest.raises(UsageError, match="mixed_bfloat16"):
        choose("bfloat16")
    with pytest.raises(UsageError, match="mixed_bfloat16"):
        TrainSettings("photos", precision="mixed_bfloat")


@pytest.mark.parametrize("environment", [{}, {**TOLD, "TF_ENABLE_ONEDNN_OPTS": "0"}])
def test_math_mode_is_refused_where_tensorflow_was_not_told_of_it(environment):
    with pytest.raises(UsageError, match="needs TF_SET_ONEDNN_FPMATH_MODE=BF16 in the environment before"):
        choose("bfloat16-math", environment=environment)


def test_kernels_are_chosen_before_tensorflow_is_loaded_and_the_user_has_the_last_word():
    environment = {}
    set_kernels(environment, "bfloat16-math")
    assert environment == {"TF_ENABLE_ONEDNN_OPTS": "1", "TF_SET_ONEDNN_FPMATH_MODE": "BF16"}
    environment = {"TF_ENABLE_ONEDNN_OPTS": "0"}
    set_kernels(environment, "mixed_bfloat16")
    assert environment == {"TF_ENABLE_ONEDNN_OPTS": "0"}


def test_the_policy_holds_for_what_is_built_within_alone():
    with choose("mixed_bfloat16").policy():
        assert keras.layers.Dense(1).compute_dtype == "bfloat16"
    assert keras.layers.Dense(1).compute_dtype == "float32"


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_a_run_trains_in_the_precision_and_traces_no_size_anew(
    precision, photo_folder, tiny_model_file, tmp_path, monkeypatch
):
    traces = []
    stock = keras.Model.train_step
    monkeypatch.setattr(keras.Model, "train_step", lambda self, *a: traces.append(1) or stock(self, *a))
    settings = TrainSettings(
        str(photo_folder), str(tiny_model_file), epochs=2, batch_size=4, progressive="32:48/2", precision=precision
    )
    said = []
    training = prepare(settings, tmp_path / "run", say=said.append)
    rows = train(training)
    network = training.classifier.network
    assert {network.get_layer("stem").compute_dtype, network.layers[-1].compute_dtype} == {precision[6:], "float32"}
    assert {str(weight.dtype) for weight in network.trainable_weights} == {"float32"}
    assert all(row["loss"] < 5 for row in rows)
    assert any(line.startswith(f"precision {precision}") for line in said)
    assert any("XLA" in line for line in said)
    assert len(traces) == 1  # for two sizes
    assert keras.config.dtype_policy().name == "float32"
