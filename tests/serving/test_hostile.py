"""What nobody should send: the server says so, and goes on answering the others."""

import base64
import gzip
import json
import socket
import struct
import zlib

import grpc
import numpy as np
import pytest
import tensorflow as tf
from plain_http import ask
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

PREDICT = "/v1/models/half_plus_two:predict"
FINE = b'{"instances": [1.0]}'
LIMIT = 2**20  # bytes of a body that the servers of the tests take


@pytest.fixture(autouse=True)
def still_answers(half_plus_server):
    yield
    assert ask(half_plus_server.rest_port, "POST", PREDICT, FINE)[::2] == (200, b'{"predictions": [2.5]}')


def refused(server, body, headers=(), path=PREDICT):
    status, _, answer = ask(server.rest_port, "POST", path, body, headers)
    return status, json.loads(answer)["error"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (np.random.default_rng(0).bytes(5000), "UTF-8"),
        (FINE[:-4], "JSON Parse error"),
        (b'{"instances": ' + b"[" * 200_000, "ends before its value"),
        (b'{"instances": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "at most 64 dimensions"),
        (b'{"instances": [' + b"9" * 5000 + b"]}", "Number too big"),
        (b'{"instances": [' + b"9" * 400 + b"]}", "Number too big"),
        (b'{"instances": [[[1.0], [2.0]], [3.0]]}', "Expecting shape"),
        (b'{"instances": [{"b64": "aGVsbG8="}]}', "Type: Object is not of expected type: float"),
        (b'{"instances": [null]}', "Type: Null is not of expected type: float"),
        (b'{"signature_name": "regress_x_to_y", "inputs": ["no example"]}', "Could not parse example"),
        (b'{"signature_name": "\\ud800", "inputs": [1]}', "not found in signature def"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_body_that_makes_no_sense_is_a_400(half_plus_server, body, message):
    status, error = refused(half_plus_server, body)
    assert status == 400
    assert message in error


@pytest.mark.parametrize("has_length", [True, False])
def test_a_body_that_is_too_large_is_not_taken_in(half_plus_server, has_length):
    body = b'{"instances": [1.0], "more": "' + b"x" * LIMIT + b'"}'
    parts = iter([body[: LIMIT // 2], body[LIMIT // 2 :]])
    status, error = refused(half_plus_server, body if has_length else parts)
    assert status == 413
    assert error.startswith(f"The body of a request must have at most {LIMIT} bytes. Got: ")


def test_a_body_far_too_large_ends_the_connection(half_plus_server):
    with socket.create_connection(("127.0.0.1", half_plus_server.rest_port)) as connection:
        connection.sendall(f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Length: {3 * LIMIT}\r\n\r\n{{".encode())
        connection.settimeout(30)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 413")


def test_a_small_body_that_unpacks_to_a_large_one_is_refused(half_plus_server):
    bomb = gzip.compress(b'{"instances": [1.0]}' + b" " * 50 * LIMIT)
    assert len(bomb) < LIMIT // 10
    assert refused(half_plus_server, bomb, {"Content-Encoding": "gzip"})[0] == 413


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(FINE)[:-9]], ids=["other", "cut off"])
def test_a_body_that_is_not_packed_as_it_says_is_a_400(half_plus_server, body):
    status, error = refused(half_plus_server, body, {"Content-Encoding": "gzip"})
    assert (status, error[:21]) == (400, "The body must be gzip")


def test_a_client_that_goes_away_in_the_middle_disturbs_nobody(half_plus_server):
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", half_plus_server.rest_port)) as connection:
            connection.sendall(f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{{".encode())
    with socket.create_connection(("127.0.0.1", half_plus_server.rest_port)) as connection:
        connection.sendall(b"\x16\x03\x01\x00 no HTTP at all\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    ("shape", "dtype", "message"),
    [
        ((2**40,), tf.float32, "must have at most 268435456 bytes"),
        ((2**31, 2**31, 2**31), tf.float32, "must have at most 268435456 bytes"),
        ((-1,), tf.float32, "must be known"),
        ((3,), tf.string, "must be of type float. Got: string"),
        ((3,), tf.complex64, "Got: complex64"),
    ],
)
def test_a_tensor_that_only_says_it_is_large_is_refused_over_grpc(half_plus_server, shape, dtype, message):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "half_plus_two"
    tensor = request.inputs["x"]
    tensor.dtype = dtype.as_datatype_enum
    for side in shape:
        tensor.tensor_shape.dim.add(size=side)
    tensor.float_val.append(1.0)
    tensor.string_val.append(b"x")
    tensor.scomplex_val.extend([1.0, 2.0])
    with grpc.insecure_channel(f"127.0.0.1:{half_plus_server.grpc_port}") as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        with pytest.raises(grpc.RpcError, match=message) as error:
            stub.Predict(request, timeout=30)
        assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def png(width, height):
    """The beginning of a PNG that says it is large, and has no more than a line."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 999)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (b"", "it is empty"),
        (b"GIF89a", "A GIF must hold a picture"),
        (png(60_000, 60_000), "it has more than 89478485 pixels"),
        (png(2**31 - 1, 2**31 - 1), "it has more than 89478485 pixels"),
    ],
)
def test_a_file_that_is_no_image_or_a_bomb_is_a_400(photo_server, photo_file, file, message):
    def body(one):
        return json.dumps({"instances": [{"b64": base64.b64encode(one).decode()}]}).encode()

    path = "/v1/models/photos:predict"
    status, error = refused(photo_server, body(file), path=path)
    assert status == 400
    assert message in error
    assert "function_node" not in error
    assert ask(photo_server.rest_port, "POST", path, body(photo_file))[0] == 200
