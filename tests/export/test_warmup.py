import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import classification_pb2, predict_pb2, prediction_log_pb2

from effnetv2_keras.export.protobuf import field, varint
from effnetv2_keras.export.saved_model import export_saved_model
from effnetv2_keras.export.serving import Serving
from effnetv2_keras.export.session import ServedSession
from effnetv2_keras.export.warmup import warmup_requests

FILE = "assets.extra/tf_serving_warmup_requests"


@pytest.fixture(scope="module")
def exported(tiny_classifier, tmp_path_factory):
    serving = Serving(batch_sizes=(1, 3), has_features=True)
    return export_saved_model(tiny_classifier, tmp_path_factory.mktemp("served"), image_size=32, serving=serving).path


def records(folder):
    return [record.numpy() for record in tf.data.TFRecordDataset(str(folder / FILE))]


def parsed(folder):
    return [prediction_log_pb2.PredictionLog.FromString(record) for record in records(folder)]


def request_of(log):
    kind = log.WhichOneof("log_type")
    return {"predict_log": log.predict_log, "classify_log": log.classify_log}[kind].request


def test_every_signature_is_warmed_up_at_every_batch_size(exported):
    seen = []
    for log in parsed(exported):
        request = request_of(log)
        if isinstance(request, classification_pb2.ClassificationRequest):
            size = len(request.input.example_list.examples)
        else:
            [tensor] = request.inputs.values()
            size = tensor.tensor_shape.dim[0].size
        seen.append((request.model_spec.signature_name, size))
    names = ["serving_default", "serving_example", "serving_features", "serving_images", "serving_images_uint8"]
    assert seen == [(name, size) for name in names for size in (1, 3)]


def test_the_bytes_are_those_that_the_api_package_writes(exported):
    for record, log in zip(records(exported), parsed(exported), strict=True):
        again = prediction_log_pb2.PredictionLog()
        if log.HasField("predict_log"):
            request = predict_pb2.PredictRequest()
            request.model_spec.name = exported.parent.name
            request.model_spec.signature_name = log.predict_log.request.model_spec.signature_name
            for name, tensor in log.predict_log.request.inputs.items():
                request.inputs[name].CopyFrom(tensor)
            again.predict_log.request.CopyFrom(request)
        else:
            request = classification_pb2.ClassificationRequest()
            request.model_spec.name = exported.parent.name
            request.model_spec.signature_name = "serving_example"
            request.input.example_list.examples.extend(log.classify_log.request.input.example_list.examples)
            again.classify_log.request.CopyFrom(request)
        assert record == again.SerializeToString(deterministic=True)


def test_requests_hold_photos_and_stay_small(exported):
    default, pixels = parsed(exported)[1].predict_log.request, parsed(exported)[7].predict_log.request
    files = tf.make_ndarray(default.inputs["image_bytes"])
    assert [tf.io.decode_jpeg(file).shape for file in files] == [(32, 32, 3)] * 3
    assert tf.make_ndarray(pixels.inputs["images"]).shape == (3, 32, 32, 3)
    assert tf.make_ndarray(pixels.inputs["images"]).dtype == np.float32
    assert (exported / FILE).stat().st_size < 20_000


def test_the_server_answers_them(exported):
    with ServedSession(exported) as session:
        requests = list(warmup_requests(session.signatures, (1, 3), 32))
        answers = [session.run(request.signature, {request.input: request.value()}) for request in requests]
    assert [len(value) for answer in answers for value in answer.values()] == [1, 1, 3, 3, 1, 1, 3, 3, 1, 3, 1, 3, 1, 3]


@pytest.mark.parametrize(("number", "data"), [(1, b"\x01"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02")])
def test_numbers_are_written_as_the_documentation_shows(number, data):
    assert varint(number) == data


def test_fields_are_written_as_the_documentation_shows():
    assert field(2, "testing") == bytes.fromhex("120774657374696e67")  # protobuf.dev, "Length-Delimited Records"
    assert field(1, "") == b""
