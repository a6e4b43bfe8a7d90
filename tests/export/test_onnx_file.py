import json

import numpy as np
import onnx
import onnxruntime
import pytest

from effnetv2_keras import create_model
from effnetv2_keras.errors import UsageError
from effnetv2_keras.export import onnx_file
from effnetv2_keras.export.onnx_file import export_onnx


@pytest.fixture(scope="module")
def exported(tiny_classifier, labels, tmp_path_factory):
    return export_onnx(tiny_classifier, tmp_path_factory.mktemp("onnx") / "m.onnx", labels=labels, image_size=32)


@pytest.mark.parametrize("count", [1, 5])
def test_probabilities_are_those_of_the_model_for_any_batch(exported, images, expected, count):
    session = onnxruntime.InferenceSession(str(exported.path), providers=["CPUExecutionProvider"])
    [got] = session.run(["probabilities"], {"images": images[:count].astype("float32")})
    np.testing.assert_allclose(got, expected[:count], atol=1e-5)


def test_weights_are_inside_and_pixels_are_the_only_input(exported):
    graph = onnx.load(str(exported.path)).graph
    assert [tensor.name for tensor in graph.input] == ["images"]
    assert [tensor.name for tensor in graph.output] == ["probabilities"]
    sides = [dim.dim_param or dim.dim_value for dim in graph.input[0].type.tensor_type.shape.dim]
    assert sides == ["batch", 32, 32, 3]
    kernels = [tensor.dims for tensor in graph.initializer if len(tensor.dims) == 4]
    assert len(kernels) == 10  # two of the fused block, stem, head, two blocks of three
    matrices = [tensor.dims for tensor in graph.initializer if len(tensor.dims) == 2]
    assert len(matrices) == 5  # squeeze-excite of two blocks, and the classifier
    assert {"BatchNormalization"} & {node.op_type for node in graph.node} == set()


def test_it_passes_the_checker_of_onnx(exported):
    onnx.checker.check_model(str(exported.path), full_check=True)


def test_labels_size_and_preprocessing_are_in_its_metadata(exported):
    about = {entry.key: entry.value for entry in onnx.load(str(exported.path)).metadata_props}
    assert json.loads(about["labels"]) == ["blau", "grün", "red"]
    assert (about["image_size"], about["preprocessing"]) == ("32", "photos")


def test_says_how_far_it_strays(exported):
    assert exported.parity.num_images == 6
    assert exported.parity.agreement == 1.0
    assert exported.max_abs_error < 1e-5
    assert exported.num_bytes == exported.path.stat().st_size


def test_a_sigmoid_stays_a_sigmoid(tiny_model_file, images, tmp_path):
    network = create_model(tiny_model_file, num_classes=3, activation="sigmoid")
    path = export_onnx(network, tmp_path / "m.onnx", image_size=32).path
    [got] = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(
        None, {"images": images.astype("float32")}
    )
    np.testing.assert_allclose(got, network(images), atol=1e-5)


def test_a_file_that_strays_is_not_written(tiny_classifier, tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_file, "TOLERANCE", -1.0)
    with pytest.raises(RuntimeError, match=r"An ONNX file must agree within -1\.0\. Got: "):
        export_onnx(tiny_classifier, tmp_path / "m.onnx", image_size=32)
    assert list(tmp_path.iterdir()) == []


def test_says_what_to_install_where_it_is_missing(tiny_classifier, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tf2onnx", None)
    with pytest.raises(UsageError, match=r"An ONNX file needs `pip install 'effnetv2_keras\[onnx\]'`"):
        export_onnx(tiny_classifier, tmp_path / "m.onnx", image_size=32)
