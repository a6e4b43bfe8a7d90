import zipfile

import keras
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from effnetv2_keras.errors import UsageError
from effnetv2_keras.export import tflite
from effnetv2_keras.export.tflite import export_tflite


@pytest.fixture(scope="module")
def exported(tiny_classifier, labels, tmp_path_factory):
    return export_tflite(
        tiny_classifier, tmp_path_factory.mktemp("phone") / "model.tflite", labels=labels, image_size=32
    )


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
        assert archive.namelist() == ["labels.txt", "preprocessing.txt"]
        assert archive.getinfo("labels.txt").compress_type == zipfile.ZIP_STORED
        assert archive.read("labels.txt").decode() == "blau\ngrün\nred\n"
        assert archive.testzip() is None


def test_the_same_export_is_the_same_file(tiny_classifier, exported, labels, tmp_path):
    again = export_tflite(tiny_classifier, tmp_path / "again.tflite", labels=labels, image_size=32)
    assert len(again.path.read_bytes()) == exported.num_bytes == exported.path.stat().st_size


@pytest.mark.parametrize(
    ("precision", "tolerance", "kind"),
    [("float16", 2e-3, "FLOAT16"), ("dynamic", 5e-2, "INT8")],
)
def test_smaller_precisions_hold_smaller_weights_and_stay_close(
    images, labels, tmp_path, precision, tolerance, kind, wide_classifier
):
    wide_expected = scores_of(
        export_tflite(wide_classifier, tmp_path / "full.tflite", labels=labels, image_size=32).path, images
    )
    small = export_tflite(wide_classifier, tmp_path / "small.tflite", labels=labels, image_size=32, precision=precision)
    share = small.num_bytes / (tmp_path / "full.tflite").stat().st_size
    assert share < {"float16": 0.6, "dynamic": 0.4}[precision]
    assert getattr(schema.TensorType, kind) in {tensor.Type() for tensor in tensors(small.path)}
    np.testing.assert_allclose(scores_of(small.path, images), wide_expected, atol=tolerance)


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
    exported = export_tflite(network, tmp_path / "model.tflite", image_size=32)
    got = scores_of(exported.path, images)
    np.testing.assert_allclose(got, network(images), atol=1e-5)
    assert (np.abs(got.sum(axis=1) - 1) > 0.05).all()


def test_the_file_can_be_written_into_a_new_folder_and_over_an_old_one(tiny_classifier, tmp_path):
    path = tmp_path / "new" / "model.tflite"
    assert export_tflite(tiny_classifier, path, image_size=32).image_size == 32
    assert export_tflite(tiny_classifier, path, image_size=40).image_size == 40
    assert Interpreter(str(path)).get_input_details()[0]["shape"].tolist() == [1, 40, 40, 3]
    assert [entry.name for entry in path.parent.iterdir()] == ["model.tflite"]


def test_a_file_that_strays_is_not_written(tiny_classifier, tmp_path, monkeypatch):
    monkeypatch.setitem(tflite.TOLERANCE, "float32", -1.0)
    with pytest.raises(RuntimeError, match=r"A float32 file must agree within -1\.0\. Got: "):
        export_tflite(tiny_classifier, tmp_path / "model.tflite", image_size=32)
    assert list(tmp_path.iterdir()) == []


def test_refuses_an_unknown_precision(tiny_classifier, tmp_path):
    with pytest.raises(UsageError) as caught:
        export_tflite(tiny_classifier, tmp_path / "model.tflite", image_size=32, precision="int4")
    assert str(caught.value) == "`precision` must be one of float32, float16, dynamic. Got: 'int4'."
