"""TF Serving's gRPC services, called with the stubs of tensorflow-serving-api, case by case."""

import logging
import time

import grpc
import numpy as np
import pytest
import tensorflow as tf
from serving_cases import array_of, cases
from serving_models import write_functions
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from effnetv2_keras.errors import UsageError
from effnetv2_keras.serving.model_server import ModelServer
from effnetv2_keras.serving.model_source import ModelSource
from effnetv2_keras.serving.server_options import ServerOptions

WAIT = 30  # s
TYPES = {"float": tf.float32, "string": tf.string}


@pytest.fixture(scope="module")
def other_server(tmp_path_factory):
    """A server with the two models of TensorFlow 2 that two cases ask for."""
    base = tmp_path_factory.mktemp("tf2")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    write_functions(
        base / "custom_signature" / "1",
        serving_default=(lambda x: tf.constant(1.0), [None]),
        custom_signature_key=(lambda x: tf.constant(2.0), [None]),
    )
    write_functions(base / "keras_sequential_batched" / "1", serving_default=(lambda x: x, [None, 1]))
    models = tuple(ModelSource(name, base / name) for name in ("custom_signature", "keras_sequential_batched"))
    with ModelServer(ServerOptions(models=models, rest_api_port=None, port=0)) as server:
        yield server


def address_of(server):
    return f"127.0.0.1:{server.grpc_port}"


def fill_spec(spec, asked):
    spec.name = asked.get("model", "")
    spec.signature_name = asked.get("signature_name", "")
    if "version" in asked:
        spec.version.value = asked["version"]


def examples(asked, given):
    for example in asked:
        one = given.example_list.examples.add()
        for name, feature in example.items():
            for kind, values in feature.items():
                getattr(one.features.feature[name], kind).value.extend(values)


def request_of(case):
    asked = case["request"]
    match case["rpc"]:
        case "Predict":
            request = predict_pb2.PredictRequest(output_filter=asked.get("output_filter", []))
            for name, tensor in asked.get("inputs", {}).items():
                proto = tf.make_tensor_proto(array_of(tensor), TYPES[tensor["dtype"]], tensor["shape"])
                request.inputs[name].CopyFrom(proto)
        case "Classify":
            request = classification_pb2.ClassificationRequest()
            examples(asked["examples"], request.input)
        case "MultiInference":
            request = inference_pb2.MultiInferenceRequest()
            examples(asked["examples"], request.input)
            for task in asked["tasks"]:
                fill_spec((made := request.tasks.add(method_name=task["method_name"])).model_spec, task)
                assert made.model_spec.name
            return request
        case "GetModelMetadata":
            request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=asked["metadata_field"])
        case "GetModelStatus":
            request = get_model_status_pb2.GetModelStatusRequest()
    fill_spec(request.model_spec, asked)
    return request


def call(address, case):
    stubs = {
        "PredictionService": prediction_service_pb2_grpc.PredictionServiceStub,
        "ModelService": model_service_pb2_grpc.ModelServiceStub,
    }
    with grpc.insecure_channel(address) as channel:
        return getattr(stubs[case["service"]](channel), case["rpc"])(request_of(case), timeout=WAIT)


def check(case, answer):
    """Compares an answer with what the case expects; every key of that is looked at."""
    expect = dict(case["expect"])
    spec = expect.pop("model_spec", {})
    for name, value in spec.items():
        assert (answer.model_spec.version.value if name == "version" else getattr(answer.model_spec, name)) == value
    if "outputs" in expect:
        wanted = expect.pop("outputs")
        assert set(answer.outputs) == set(wanted)
        for name, tensor in wanted.items():
            np.testing.assert_array_equal(tf.make_ndarray(answer.outputs[name]), array_of(tensor), strict=True)
    if "classifications" in expect:
        assert classes(answer.result.classifications) == expect.pop("classifications")
    if "results" in expect:
        regression, classification = answer.results
        assert [
            {"regressions": [one.value for one in regression.regression_result.regressions]},
            {"classifications": classes(classification.classification_result.classifications)},
        ] == expect.pop("results")
    if "metadata_keys" in expect:
        assert list(answer.metadata) == expect.pop("metadata_keys")
        assert answer.metadata["signature_def"].type_url.split("/")[-1] == expect.pop("any_type")
    if "versions" in expect:
        got = [{"version": v.version, "error_code": v.status.error_code} for v in answer.model_version_status]
        assert got == expect.pop("versions")
    assert expect == {}


def classes(classifications):
    return [[{"label": c.label, "score": c.score} for c in one.classes] for one in classifications]


def refused(case, address):
    expect = case["expect"]
    with pytest.raises(grpc.RpcError) as error:
        call(address, case)
    assert error.value.code().name == expect["grpc_code"]
    assert expect.get("details_contains", "") in error.value.details()


@pytest.mark.parametrize("case", cases("grpc"))
def test_grpc(case, request, tmp_path):
    if case["id"] in OF_THEIR_OWN:
        OF_THEIR_OWN[case["id"]](case, request.getfixturevalue("half_plus"), tmp_path)
    elif case["id"] in ("custom_signature", "keras_sequential_batched"):
        server = request.getfixturevalue("other_server")
        check(case, call(address_of(server), {**case, "request": {**case["request"], "model": case["id"]}}))
    else:
        server = request.getfixturevalue("half_plus_server")
        if "grpc_code" in case["expect"]:
            refused(case, address_of(server))
        else:
            check(case, call(address_of(server), case))


def over_a_unix_socket(case, models, tmp_path):
    options = ServerOptions(
        models=(ModelSource("default", models / "half_plus_two"),),
        rest_api_port=None,
        port=None,
        grpc_socket_path=tmp_path / "s",
    )
    with ModelServer(options):
        check(case, call(f"unix:{tmp_path / 's'}", case))


def with_another_file_of_models(case, models, tmp_path):
    file = tmp_path / "models.config"
    write = 'model_config_list {{ config {{ name: "{0}" base_path: "{1}/{0}" model_platform: "tensorflow" }} }}'
    file.write_text(write.format("half_plus_two", models))
    options = ServerOptions(model_config_file=file, model_config_file_poll_wait_seconds=1, rest_api_port=None, port=0)
    with ModelServer(options) as server:
        assert server.repository.models == ["half_plus_two"]
        file.write_text(write.format("half_plus_three", models))
        end = time.monotonic() + WAIT
        while server.repository.models != ["half_plus_three"] or not server.repository.is_ready:
            assert time.monotonic() < end
            time.sleep(0.05)
        check(case, call(address_of(server), case))


def with_a_bad_file_of_models(case, models, tmp_path):
    file = tmp_path / "models.config"
    file.write_text(case["request"]["model_config_file"])
    with pytest.raises(UsageError, match=case["expect"]["stderr_contains"]):
        ModelServer(ServerOptions(model_config_file=file, rest_api_port=None, port=0)).start()


OF_THEIR_OWN = {
    "predict_unix_socket": over_a_unix_socket,
    "config_reload_by_poll": with_another_file_of_models,
    "bad_model_config": with_a_bad_file_of_models,
}
