"""The client over REST and gRPC, against a real server."""

import contextlib
import threading

import pytest

from effnetv2_keras.errors import DataError, UsageError
from effnetv2_keras.inference.answer import Photo, answers
from effnetv2_keras.inference.predictor import load_predictor
from effnetv2_keras.serving.client import Client, Served
from effnetv2_keras.serving.refusal import Refusal
from effnetv2_keras.serving.retrying import Patience, ask_patiently

QUICK = Patience(timeout_seconds=20, retries=30, wait_seconds=0.01)


@pytest.fixture(params=["http", "grpc"])
def url(request, photo_server):
    port = photo_server.rest_port if request.param == "http" else photo_server.grpc_port
    return f"{request.param}://127.0.0.1:{port}"


def test_it_says_what_the_model_says_on_this_machine(url, photo_model, photo_file):
    photos = [Photo("a", photo_file), Photo("b", photo_file)]
    [expected, _] = load_predictor(photo_model).answer(photos, 2)
    with Client(url, Served("photos", version=1)) as client:
        for name, got in zip("ab", client.answer(photos, 2), strict=True):
            assert (got.path, got.labels) == (name, expected.labels)
            assert got.scores == pytest.approx(expected.scores, abs=1e-6)


def test_a_bad_file_among_others_is_named_and_the_others_are_answered(url, photo_file):
    photos = [Photo("a", photo_file), Photo("b", b"none"), Photo("c", b"", "not there"), Photo("d", photo_file)]
    with Client(url, Served("photos")) as client:
        got = list(answers(client, photos, 3))
    assert [(one.path, len(one.labels)) for one in got] == [("a", 3), ("b", 0), ("c", 0), ("d", 3)]
    assert "it is of no format that this model takes" in got[1].error
    assert got[2].error == "not there"


def test_a_model_that_is_not_there_is_said(url, photo_file):
    with (
        Client(url, Served("nope")) as client,
        pytest.raises(DataError, match=f"{url} does not answer for nope: Servable not found for request: Latest"),
    ):
        client.answer([Photo("a", photo_file)], 1)


def test_it_asks_again_while_the_server_is_busy(url, photo_server, photo_file):
    photo_server.admission.most, before = 0, photo_server.admission.most
    try:
        with Client(url, Served("photos"), Patience(retries=0)) as client, pytest.raises(Refusal) as error:
            client.classify([photo_file])
        assert error.value.code == "UNAVAILABLE"
        threading.Timer(0.3, lambda: setattr(photo_server.admission, "most", before)).start()
        with Client(url, Served("photos"), QUICK) as client:
            assert len(client.classify([photo_file])) == 1
    finally:
        photo_server.admission.most = before


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "grpc://127.0.0.1:9"])
def test_a_server_that_is_not_there_is_said(url):
    patience = Patience(timeout_seconds=5, retries=1, wait_seconds=0.01)
    with Client(url, Served("photos"), patience) as client, pytest.raises(DataError, match="does not answer"):
        client.answer([Photo("a", b"x")], 1)


def test_it_gives_up_when_the_time_is_over():
    asked = []

    def ask(left):
        asked.append(left)
        raise Refusal("UNAVAILABLE", "busy")

    with contextlib.suppress(Refusal):
        ask_patiently(ask, Patience(timeout_seconds=0.5, retries=1000, wait_seconds=0.02))
    assert 2 <= len(asked) < 10
    assert asked == sorted(asked, reverse=True)


def test_it_does_not_ask_again_where_that_cannot_help():
    asked = []

    def ask(left):
        asked.append(left)
        raise Refusal("INVALID_ARGUMENT", "wrong")

    with pytest.raises(Refusal, match="wrong"):
        ask_patiently(ask, QUICK)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Client("localhost:8501"), "must begin with http://, https:// or grpc://. Got: localhost:8501"),
        (lambda: Served("m", 1, "stable"), "Got both: 1 and stable"),
        (lambda: Patience(timeout_seconds=0), "`timeout_seconds` must be above 0"),
        (lambda: Patience(retries=-1), "`retries` must be at least 0"),
    ],
)
def test_what_breaks_a_rule_is_refused(make, message):
    with pytest.raises(UsageError, match=message):
        make()


def test_names_with_signs_of_a_path_are_escaped():
    assert Served("a/b:c", label="x y").path == "/v1/models/a%2Fb%3Ac/labels/x%20y"
