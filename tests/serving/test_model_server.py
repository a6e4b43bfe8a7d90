"""A server as a whole: reload and stop under load, too much at once, its other paths."""

import json
import shutil
import socket
import threading
import time

import grpc
import numpy as np
import pytest
import tensorflow as tf
from plain_http import ask
from tensorflow_serving.apis import (
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from effnetv2_keras.errors import DataError, UsageError
from effnetv2_keras.serving.model_server import ModelServer
from effnetv2_keras.serving.model_source import ModelSource
from effnetv2_keras.serving.server_options import ServerOptions

WAIT = 60  # s
BODY = b'{"instances": [2.0]}'
LOCAL = {"rest_api_port": 0, "port": 0, "file_system_poll_wait_seconds": 0.1}


@pytest.fixture
def folder(half_plus, tmp_path):
    shutil.copytree(half_plus / "half_plus_two" / "123", tmp_path / "m" / "1")
    return tmp_path / "m"


@pytest.fixture
def server(folder):
    with ModelServer(ServerOptions(models=(ModelSource("m", folder),), **LOCAL)) as made:
        yield made


class Load:
    """Asks on and on in several threads, over REST and gRPC; keeps what came back."""

    def __init__(self, server):
        self.rest_port, self.grpc_port = server.rest_port, server.grpc_port
        self.seen, self.is_over = [], False
        self.threads = [threading.Thread(target=work) for work in (self.rest, self.rest, self.grpc)]
        for thread in self.threads:
            thread.start()

    def rest(self):
        while not self.is_over:
            try:
                status, _, body = ask(self.rest_port, "POST", "/v1/models/m:predict", BODY)
                self.seen.append((status, json.loads(body)["predictions"][0]))
            except ConnectionError as error:
                self.seen.append(error)
                return

    def grpc(self):
        request = predict_pb2.PredictRequest()
        request.model_spec.name = "m"
        request.inputs["x"].CopyFrom(tf.make_tensor_proto(np.array([2.0], np.float32)))
        with grpc.insecure_channel(f"127.0.0.1:{self.grpc_port}") as channel:
            stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
            while not self.is_over:
                try:
                    self.seen.append((200, stub.Predict(request, timeout=WAIT).outputs["y"].float_val[0]))
                except grpc.RpcError as error:
                    self.seen.append(error)
                    return

    def stop(self):
        self.is_over = True
        for thread in self.threads:
            thread.join()


def wait_for(condition):
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_no_request_is_lost_when_a_new_version_comes(server, folder, half_plus):
    load = Load(server)
    wait_for(lambda: len(load.seen) > 20)
    shutil.copytree(half_plus / "half_plus_three" / "123", folder / ".tmp-2")
    (folder / ".tmp-2").rename(folder / "2")
    wait_for(lambda: (200, 4.0) in load.seen)
    wait_for(lambda: [one.state.name for one in server.repository.status("m")] == ["AVAILABLE", "END"])
    load.stop()
    assert set(load.seen) == {(200, 3.0), (200, 4.0)}
    assert load.seen[-1] == (200, 4.0)


def test_what_is_begun_is_answered_when_the_server_stops(folder):
    server = ModelServer(ServerOptions(models=(ModelSource("m", folder),), **LOCAL))
    server.start()
    begun, go_on, answers = threading.Event(), threading.Event(), []
    lease = server.repository.lease

    def slow_lease(*words):
        begun.set()
        go_on.wait(WAIT)
        return lease(*words)

    server.repository.lease = slow_lease
    client = threading.Thread(
        target=lambda: answers.append(ask(server.rest_port, "POST", "/v1/models/m:predict", BODY)[::2])
    )
    client.start()
    assert begun.wait(WAIT)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    wait_for(lambda: refuses(server.rest_port))
    assert answers == []
    go_on.set()
    client.join(WAIT)
    stopping.join(WAIT)
    assert answers == [(200, b'{"predictions": [3.0]}')]


def refuses(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return True
    return False


def test_more_than_it_can_do_is_refused_at_once(folder):
    options = ServerOptions(models=(ModelSource("m", folder),), max_requests_in_flight=1, **LOCAL)
    with ModelServer(options) as server:
        server.admission.enter("REST")
        status, _, body = ask(server.rest_port, "POST", "/v1/models/m:predict", BODY)
        assert status == 503
        assert json.loads(body)["error"] == "The server answers at most 1 requests at once. Try again."
        with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
            with pytest.raises(grpc.RpcError) as error:
                prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(predict_pb2.PredictRequest())
            assert error.value.code() == grpc.StatusCode.UNAVAILABLE
        server.admission.leave("REST")
        assert ask(server.rest_port, "POST", "/v1/models/m:predict", BODY)[0] == 200
        assert server.metrics.refused.value("REST") == server.metrics.refused.value("GRPC") == 1


def test_a_request_that_takes_too_long_is_a_504(folder):
    options = ServerOptions(models=(ModelSource("m", folder),), rest_api_timeout_in_ms=200, **LOCAL)
    with ModelServer(options) as server, socket.create_connection(("127.0.0.1", server.rest_port)) as connection:
        connection.sendall(b"POST /v1/models/m:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n{")
        assert connection.recv(100).startswith(b"HTTP/1.1 504")


def test_other_models_can_be_asked_for_over_grpc(server, half_plus):
    request = model_management_pb2.ReloadConfigRequest()
    config = request.config.model_config_list.config.add(name="n", base_path=str(half_plus / "half_plus_three"))
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        stub = model_service_pb2_grpc.ModelServiceStub(channel)
        assert stub.HandleReloadConfigRequest(request, timeout=WAIT).status.error_code == 0
        assert ask(server.rest_port, "POST", "/v1/models/n:predict", BODY)[0] == 200
        assert ask(server.rest_port, "POST", "/v1/models/m:predict", BODY)[0] == 404
        config.version_labels["stable"] = 7
        status = stub.HandleReloadConfigRequest(request, timeout=WAIT).status
        assert (status.error_code, "n/stable" in status.error_message) == (9, True)
        config.name = ""
        assert stub.HandleReloadConfigRequest(request, timeout=WAIT).status.error_code == 3


@pytest.mark.parametrize(("path", "answer"), [("/healthz", b"ok\n"), ("/readyz", b"ok\n")])
def test_it_says_that_it_is_well(half_plus_server, path, answer):
    assert ask(half_plus_server.rest_port, "GET", path)[::2] == (200, answer)


def test_it_is_not_ready_without_its_models(server, tmp_path):
    server.repository.set_models([*server.options.models, ModelSource("n", tmp_path / "nowhere")])
    assert ask(server.rest_port, "GET", "/readyz")[::2] == (503, b"loading\n")


def test_pages_of_others_may_call_only_where_that_is_asked_for(folder, half_plus_server):
    origin = {"Origin": "https://example.org"}
    path = "/v1/models/m:predict"
    with ModelServer(ServerOptions(models=(ModelSource("m", folder),), has_cors=True, **LOCAL)) as server:
        status, headers, _ = ask(server.rest_port, "OPTIONS", path, headers=origin)
        assert (status, headers["access-control-allow-origin"]) == (200, "*")
        assert headers["access-control-allow-methods"] == "POST, GET"
        assert ask(server.rest_port, "OPTIONS", path, headers={"Origin": "file:x"})[0] == 400
        assert ask(server.rest_port, "POST", path, BODY)[1]["access-control-allow-origin"] == "*"
    status, headers, _ = ask(half_plus_server.rest_port, "OPTIONS", path, headers=origin)
    assert (status, "access-control-allow-origin" in headers) == (400, False)


def test_what_is_outside_the_api_is_a_404(half_plus_server):
    assert ask(half_plus_server.rest_port, "GET", "/v2/models")[0] == 404


def test_the_counters_count(half_plus_server):
    def value():
        text = ask(half_plus_server.rest_port, "GET", "/monitoring/prometheus/metrics")[2].decode()
        lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        name = ':tensorflow:serving:request_count{model_name="half_plus_two",status="OK"}'
        labels = 'model_name="half_plus_two",API="Predict",entrypoint="REST",le="+Inf"'
        slow = f":tensorflow:serving:request_latency_bucket{{{labels}}}"
        return float(lines.get(name, 0)), float(lines.get(slow, 0))

    before = value()
    for _ in range(3):
        ask(half_plus_server.rest_port, "POST", "/v1/models/half_plus_two:predict", BODY)
    assert np.subtract(value(), before).tolist() == [3, 3]


def test_a_port_that_is_taken_is_said_before_anything_is_loaded(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for settings in ({"rest_api_port": port, "port": None}, {"rest_api_port": None, "port": port}):
            with pytest.raises(UsageError, match=f"must be free. Got: 127.0.0.1:{port}"):
                ModelServer(ServerOptions(models=(ModelSource("m", folder),), **settings)).start()


def test_a_folder_without_a_version_and_a_version_that_is_none_are_said(tmp_path):
    for name, message in (("1x", "must hold a folder a version"), ("1", "m must have a version that can be served")):
        (tmp_path / name).mkdir()
        with pytest.raises(DataError, match=message):
            ModelServer(ServerOptions(models=(ModelSource("m", tmp_path),), rest_api_port=0, port=None)).start()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"models": ()}, "Name either a model's folder or a file of models"),
        ({"port": 70_000}, "`port` must be between 0 and 65535. Got: 70000"),
        ({"max_requests_in_flight": 0}, "`max_requests_in_flight` must be at least 1. Got: 0"),
        ({"file_system_poll_wait_seconds": -1}, "`file_system_poll_wait_seconds` must be at least 0"),
        ({"metrics_path": "metrics"}, "must begin with /"),
    ],
)
def test_options_that_break_a_rule_are_refused(folder, settings, message):
    with pytest.raises(UsageError, match=message):
        ServerOptions(**{"models": (ModelSource("m", folder),), **settings})
