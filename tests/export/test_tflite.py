import json
import re
import sys
import warnings
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from uneven_network import digit_network, uneven_twin

from effnetv2_keras.errors import UsageError
from effnetv2_keras.export.lite import gate
from effnetv2_keras.export.lite.lite_parity import SetParity
from effnetv2_keras.export.lite.options import LiteOptions
from effnetv2_keras.export.lite.verdict import AccuracyLost
from effnetv2_keras.export.tflite import export_tflite
from effnetv2_keras.inference.lite_contents import read_lite_contents

FLOAT32 = {"image_size": 32, "precision": "float32"}


@pytest.fixture(scope="module")
def exported(tiny_classifier, labels, tmp_path_factory):
    path = tmp_path_factory.mktemp("phone") / "model.tflite"
    return export_tflite(tiny_classifier, path, labels=labels, **FLOAT32)


def scores_of(path, images):
    score = Interpreter(str(path)).get_signature_runner()
    return np.concatenate([score(image=image[None])["probabilities"] for image in images])


def flatbuffer(path):
    return schema.Model.GetRootAs(path.read_bytes(), 0)


def operators(path):
    """Returns the names of the operations in a file; one that is not built in has the name it brings along."""
    names = {value: name for name, value in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
    model = flatbuffer(path)
    codes = [model.OperatorCodes(i) for i in range(model.OperatorCodesLength())]
    return {str(c.CustomCode() or names[max(c.BuiltinCode(), c.DeprecatedBuiltinCode())]) for c in codes}


def tensors(path):
    graph = flatbuffer(path).Subgraphs(0)
    return [graph.Tensors(i) for i in range(graph.TensorsLength())]


def test_only_built_in_operations_are_used(exported):
    found = operators(exported.path)
    assert {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "SOFTMAX"} <= found
    builtin = {name for name in vars(schema.BuiltinOperator) if not name.startswith("_")} - {"CUSTOM", "VAR_HANDLE"}
    assert found <= builtin


def test_every_shape_is_fixed(exported):
    signatures = [tensor.ShapeSignatureAsNumpy() for tensor in tensors(exported.path)]
    assert all(np.all(np.asarray(signature) >= 0) for signature in signatures if not isinstance(signature, int))


def test_one_image_of_bytes_in_and_probabilities_out(exported, images):
    runner = Interpreter(str(exported.path)).get_signature_runner("serving_default")
    (image,) = runner.get_input_details().values()
    (probabilities,) = runner.get_output_details().values()
    assert list(runner.get_input_details()) == ["image"]
    assert list(runner.get_output_details()) == ["probabilities"]
    assert (image["dtype"], image["shape"].tolist()) == (np.uint8, [1, 32, 32, 3])
    assert (probabilities["dtype"], probabilities["shape"].tolist()) == (np.float32, [1, 3])
    np.testing.assert_allclose(scores_of(exported.path, images).sum(axis=1), 1.0, atol=1e-6)


def test_probabilities_are_those_of_the_model(exported, images, expected):
    np.testing.assert_allclose(scores_of(exported.path, images), expected, atol=1e-5)
    assert exported.max_abs_error < 1e-5


def test_no_knob_is_in_the_file(exported):
    names = [tensor.Name().decode() for tensor in tensors(exported.path)]
    assert len(names) > 20
    assert [name for name in names if "rate" in name or "seed" in name or "knob" in name or "mixup" in name] == []


def test_labels_are_a_zip_entry_that_is_not_compressed(exported):
    with zipfile.ZipFile(exported.path) as archive:
        assert archive.namelist() == ["labels.txt", "preprocessing.txt", "parity.json"]
        assert archive.getinfo("labels.txt").compress_type == zipfile.ZIP_STORED
        assert archive.read("labels.txt").decode() == "blau\ngrün\nred\n"
        assert archive.testzip() is None


def test_the_same_export_is_the_same_file(tiny_classifier, exported, labels, tmp_path):
    again = export_tflite(tiny_classifier, tmp_path / "again.tflite", labels=labels, **FLOAT32)
    assert len(again.path.read_bytes()) == exported.num_bytes == exported.path.stat().st_size


@pytest.mark.parametrize(
    ("precision", "tolerance", "kind"),
    [("float16", 2e-3, "FLOAT16"), ("dynamic", 5e-2, "INT8"), ("hybrid", 5e-2, "INT8")],
)
def test_smaller_precisions_hold_smaller_weights_and_stay_close(
    images, labels, tmp_path, precision, tolerance, kind, wide_classifier
):
    small = export_tflite(wide_classifier, tmp_path / "small.tflite", labels=labels, image_size=32, precision=precision)
    share = small.lite.num_bytes / small.lite.float32_bytes
    assert share < {"float16": 0.6, "dynamic": 0.4, "hybrid": 0.45}[precision]
    assert small.lite.latency_ratio > 0
    assert getattr(schema.TensorType, kind) in {tensor.Type() for tensor in tensors(small.path)}
    logits = np.asarray(wide_classifier(images.astype("float32")), np.float64)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(
        scores_of(small.path, images), powers / powers.sum(axis=1, keepdims=True), atol=tolerance
    )


def test_hybrid_is_what_is_taken_where_nothing_is_said(tiny_classifier, tmp_path):
    done = export_tflite(tiny_classifier, tmp_path / "model.tflite", image_size=32)
    assert done.lite.precision == "hybrid"
    assert "int8" in read_lite_contents(done.path.read_bytes()).weight_bytes


@pytest.fixture
def wide_classifier():
    """A classifier whose weights outweigh the rest of a file."""
    from effnetv2_keras import Classifier, ModelConfig, Stage, create_model

    keras.utils.set_random_seed(2)
    stages = (Stage("fused", 3, 2, 2, 32, 1), Stage("mbconv", 3, 2, 4, 64, 1, 0.25))
    config = ModelConfig("wide", stages=stages, stem=16, head=256)
    classifier = Classifier(create_model(config, num_classes=3))
    classifier.network.layers[-1].kernel.assign(np.random.default_rng(0).normal(0, 1, (256, 3)))
    return classifier


def test_a_sigmoid_stays_a_sigmoid(tiny_model_file, images, tmp_path):
    from effnetv2_keras import create_model

    network = create_model(tiny_model_file, num_classes=3, activation="sigmoid")
    exported = export_tflite(network, tmp_path / "model.tflite", **FLOAT32)
    got = scores_of(exported.path, images)
    np.testing.assert_allclose(got, network(images), atol=1e-5)
    assert (np.abs(got.sum(axis=1) - 1) > 0.05).all()


def test_logits_are_given_only_where_the_network_has_some(tiny_classifier, tiny_model_file, images, tmp_path):
    from effnetv2_keras import create_model

    path, asked = tmp_path / "model.tflite", LiteOptions(output="logits")
    export_tflite(tiny_classifier, path, input="float32", options=asked, **FLOAT32)
    runner = Interpreter(str(path)).get_signature_runner()
    assert runner.get_input_details()["image"]["dtype"] == np.float32
    got = np.concatenate([runner(image=image[None].astype("float32"))["logits"] for image in images])
    np.testing.assert_allclose(got, tiny_classifier(images.astype("float32")), atol=1e-5)
    sigmoid = create_model(tiny_model_file, num_classes=3, activation="sigmoid")
    with pytest.raises(UsageError, match="`output` can be logits where the network gives some. Got: a sigmoid"):
        export_tflite(sigmoid, path, options=asked, **FLOAT32)


def test_the_file_can_be_written_into_a_new_folder_and_over_an_old_one(tiny_classifier, tmp_path):
    path = tmp_path / "new" / "model.tflite"
    assert export_tflite(tiny_classifier, path, **FLOAT32).image_size == 32
    assert export_tflite(tiny_classifier, path, image_size=40, precision="float32").image_size == 40
    assert Interpreter(str(path)).get_input_details()[0]["shape"].tolist() == [1, 40, 40, 3]
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["model.parity.json", "model.tflite"]


def test_a_file_that_strays_is_not_written(tiny_classifier, tmp_path, monkeypatch):
    monkeypatch.setitem(gate.TOLERANCE, "float32", -1.0)
    monkeypatch.setattr(gate, "SMALL", -1.0)
    with pytest.raises(RuntimeError, match=r"logits of a float32 file must be within -1\.0 standard deviations"):
        export_tflite(tiny_classifier, tmp_path / "model.tflite", **FLOAT32)
    assert list(tmp_path.iterdir()) == []


def test_int8_holds_on_channels_of_uneven_size(uneven, scans, tmp_path):
    labelled = (scans.fit[:700], scans.fit_labels[:700])
    done = export_tflite(uneven, tmp_path / "model.tflite", image_size=32, precision="int8", calibrate_on=labelled)
    assert done.lite.calibrated_on == "plain"  # this network has never seen an augmented digit
    plain, shifted = done.lite.sets
    assert (plain.name, shifted.name, plain.num_images) == ("plain", "shifted", 140)
    assert plain.keras_top1 - plain.top1 <= 0.01
    assert done.lite.channel_ratios["before"]["residual"] > 30
    assert done.lite.channel_ratios["after"]["residual"] < 2
    assert any("residual stream differed" in note for note in done.notes)
    right = np.mean(scores_of(done.path, scans.test).argmax(axis=1) == scans.test_labels)
    expected = np.mean(np.asarray(uneven(scans.test.astype("float32"))).argmax(axis=1) == scans.test_labels)
    assert expected > 0.85
    assert right >= expected - 0.02
    told = json.loads((tmp_path / "model.parity.json").read_text(encoding="utf-8"))
    assert told["sets"][0]["top1"] == pytest.approx(plain.top1, abs=1e-5)
    assert told["latency_ratio"] > 0
    inside = json.loads(read_lite_contents(done.path.read_bytes()).texts["parity.json"])
    assert inside == {name: value for name, value in told.items() if name != "latency_ratio"}


def test_a_file_that_loses_too_much_says_where_and_is_published_by_force(uneven, scans, tmp_path):
    # without labels agreement counts, and int8 agrees on fewer than all of them
    path = tmp_path / "model.tflite"
    asked = {"image_size": 32, "precision": "int8", "calibrate_on": scans.test, "max_accuracy_drop": 0.0}
    done = export_tflite(uneven, path, **asked, options=LiteOptions(force=True))
    warning = done.notes[0]
    assert warning == done.lite.warning
    assert warning.startswith("`max_accuracy_drop` lets a int8 file lose 0 of agreement with the Keras model. Got: 0.0")
    worst = re.search(r" on 297 images\. Most damaged blocks: (\w+) \(logit error", warning)
    assert worst is not None
    assert set(done.lite.damage) == {
        "stem", "stage1_block1", "stage2_block1", "stage2_block2", "stage3_block1", "stage3_block2", "head",
    }  # fmt: skip
    assert worst[1] == next(iter(done.lite.damage))  # which one it is depends on the processor
    assert done.lite.damage == dict(sorted(done.lite.damage.items(), key=lambda item: -item[1]))
    seen = read_lite_contents(path.read_bytes())
    assert json.loads(seen.texts["parity.json"])["warning"] == warning
    assert path.read_bytes().count(warning.encode()) == 2  # in the metadata as well


def test_a_file_that_loses_too_much_is_not_written(tiny_classifier, images, tmp_path, monkeypatch):
    monkeypatch.setattr(SetParity, "exceeds", lambda self, most: True)
    with pytest.raises(AccuracyLost, match=r"of agreement with the Keras model\. Got: .* Try: take hybrid") as refused:
        export_tflite(tiny_classifier, tmp_path / "model.tflite", options=LiteOptions(check_on=images), **FLOAT32)
    assert refused.value.parity.plain.num_images == 5
    assert list(tmp_path.iterdir()) == []


def test_refuses_an_unknown_precision(tiny_classifier, tmp_path):
    with pytest.raises(UsageError) as caught:
        export_tflite(tiny_classifier, tmp_path / "model.tflite", image_size=32, precision="int4")
    assert str(caught.value) == "Unknown precision: 'int4'. Nearest: int8, int16x8."


@pytest.mark.parametrize("precision", ["int8", "int16x8"])
def test_refuses_to_calibrate_on_nothing(tiny_classifier, tmp_path, precision):
    with pytest.raises(UsageError, match=f"`calibrate_on` must give images .* for a {precision} file. Got: none"):
        export_tflite(tiny_classifier, tmp_path / "model.tflite", image_size=32, precision=precision)


def test_refuses_a_drop_that_is_no_share(tiny_classifier, tmp_path):
    with pytest.raises(UsageError, match=r"`max_accuracy_drop` must be a share between 0 and 1. Got: 5"):
        export_tflite(tiny_classifier, tmp_path / "model.tflite", max_accuracy_drop=5, **FLOAT32)


@pytest.mark.parametrize("precision", ["hybrid", "int8"])
def test_without_the_quantizer_it_says_what_to_install(tiny_classifier, tmp_path, monkeypatch, precision):
    monkeypatch.setitem(sys.modules, "ai_edge_quantizer", None)
    with pytest.raises(UsageError, match=r"effnetv2_keras\[tflite\]"):
        export_tflite(tiny_classifier, tmp_path / "x.tflite", image_size=32, precision=precision, calibrate_on=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["int16x8", "dynamic"])
def test_what_the_converter_makes_agrees_on_digits(even, scans, tmp_path, precision):
    labelled = (scans.fit[:400], scans.fit_labels[:400])
    done = export_tflite(even, tmp_path / "model.tflite", image_size=32, precision=precision, calibrate_on=labelled)
    assert done.lite.sets[0].agreement > 0.95


@pytest.mark.slow
def test_the_plain_conversion_of_a_trained_network_fails_where_ours_holds(scans, tmp_path):
    """The same network, images and held-out digits for both; the network is trained, as a user's is."""
    network = trained_on_digits(scans)
    spoiled = uneven_twin(network, 64)
    expected = np.asarray(spoiled(scans.test.astype("float32"))).argmax(axis=1)
    plain = plain_int8(spoiled, scans.fit[:100], tmp_path)
    labelled = (scans.fit[:700], scans.fit_labels[:700])
    ours = export_tflite(spoiled, tmp_path / "ours.tflite", image_size=32, precision="int8", calibrate_on=labelled)

    def right(answers):
        return np.mean(answers == scans.test_labels)

    assert right(expected) > 0.93
    assert right(plain(scans.test)) < right(expected) - 0.05
    assert right(scores_of(ours.path, scans.test).argmax(axis=1)) > right(expected) - 0.01


def trained_on_digits(scans):
    network = digit_network(scans)
    network.compile(keras.optimizers.Adam(2e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    network.fit(scans.fit, scans.fit_labels, batch_size=32, epochs=6, verbose=0)
    return network


def plain_int8(network, images, folder):
    """Converts as Keras's and TensorFlow's documentation say; returns what it answers."""
    spec = keras.InputSpec(shape=(1, 32, 32, 3), dtype="float32", name="image")
    network.export(folder / "plain", format="tf_saved_model", input_signature=[spec], verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder / "plain"))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ({"image": image[None].astype("float32")} for image in images)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    with warnings.catch_warnings(action="ignore"):
        score = Interpreter(model_content=converter.convert()).get_signature_runner()
    return lambda pixels: np.array(
        [next(iter(score(image=one[None].astype("float32")).values())).argmax() for one in pixels]
    )
