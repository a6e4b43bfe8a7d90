"""Servers in the field are older than the TensorFlow that a model is exported with."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from effnetv2_keras.export.graph_facts import complaints
from effnetv2_keras.export.parity import check_photos
from effnetv2_keras.export.saved_model import export_saved_model
from effnetv2_keras.export.serving import Serving
from effnetv2_keras.export.session import ServedSession

GOLDEN = Path(__file__).parents[1] / "goldens" / "legacy_operations.txt"
# runs a version in an older TensorFlow and prints what it says of photos
PROGRAM = """
import json, sys
import numpy as np
import tensorflow as tf
classify = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
files = np.load(sys.argv[2], allow_pickle=True)["files"].tolist()
print(json.dumps(classify(image_bytes=tf.constant(files))["scores"].numpy().tolist()))
"""


@pytest.fixture(scope="module", params=["float32", pytest.param("bfloat16", marks=pytest.mark.slow)])
def exported(request, tiny_classifier, tmp_path_factory):
    serving = Serving(batch_sizes=(), has_features=True)
    options = {"image_size": 48, "precision": request.param, "serving": serving}
    return export_saved_model(tiny_classifier, tmp_path_factory.mktemp("served"), **options).path


def nodes_of(folder):
    graph = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes()).meta_graphs[0].graph_def
    functions = {function.signature.name for function in graph.library.function}
    inside = [node for function in graph.library.function for node in function.node_def]
    return [node for node in (*graph.node, *inside) if node.op not in functions]


def test_tensorflow_2_15_knows_every_operation_and_its_settings(exported):
    lines = [line.split() for line in GOLDEN.read_text().splitlines() if not line.startswith("#")]
    known = {name: set(settings) for name, *settings in lines}
    nodes = nodes_of(exported)
    assert len(nodes) > 500
    assert {node.op for node in nodes} - set(known) == set()
    unknown = {
        (node.op, setting)
        for node in nodes
        for setting in node.attr
        if not setting.startswith("_") and setting not in known[node.op]
    }
    assert unknown == set()


def test_nothing_calls_back_into_python_and_nothing_is_compiled(exported):
    nodes = nodes_of(exported)
    assert {node.op for node in nodes} & {"PyFunc", "PyFuncStateless", "EagerPyFunc", "XlaLaunch"} == set()
    assert not any(node.attr["_XlaMustCompile"].b for node in nodes)
    with ServedSession(exported) as session:
        assert list(complaints(session.meta)) == []


def test_the_manifest_lists_the_operations(exported):
    listed = json.loads((exported / "manifest.json").read_text(encoding="utf-8"))["operations"]
    assert listed == sorted({node.op for node in nodes_of(exported)})


def test_a_compiled_function_and_an_output_without_a_batch_are_complained_of(tmp_path):
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec([None, 2], name="x")], jit_compile=True)
    def double(x):
        return {"y": 2 * x, "names": tf.constant(["a", "b"])}

    module.double = double
    tf.saved_model.save(module, str(tmp_path / "m"), signatures={"serving_default": double})
    with ServedSession(tmp_path / "m") as session:
        found = list(complaints(session.meta))
    assert found[0].endswith("is compiled by XLA, which servers turn off")
    assert found[1:] == ["serving_default gives names as string [2], without a batch in front"]


@pytest.mark.skipif("LEGACY_PYTHON" not in os.environ, reason="needs TensorFlow 2.15: make goldens-legacy")
def test_tensorflow_2_15_answers_the_same(exported, tmp_path):
    files = check_photos()
    np.savez(tmp_path / "photos.npz", files=np.array(files, object))
    words = [os.environ["LEGACY_PYTHON"], "-c", PROGRAM, str(exported), str(tmp_path / "photos.npz")]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=clean)
    assert done.returncode == 0, done.stderr
    ours = tf.saved_model.load(str(exported)).signatures["serving_default"](image_bytes=tf.constant(files))["scores"]
    np.testing.assert_allclose(json.loads(done.stdout), ours, atol=2e-3)
