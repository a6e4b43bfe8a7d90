"""An exported classifier behind the server, through every signature that it has."""

import base64
import json

import numpy as np
import pytest
from plain_http import ask

from effnetv2_keras.export.session import ServedSession

MODEL = "/v1/models/photos"


@pytest.fixture(scope="module")
def expected(photo_model, photo_file):
    """What the model gives in a session of its own."""
    with ServedSession(photo_model / "1", threads=1) as session:
        yield session.run("serving_default", {"image_bytes": [photo_file]})


def post(server, verb, body):
    status, _, answer = ask(server.rest_port, "POST", f"{MODEL}:{verb}", json.dumps(body).encode())
    assert status == 200, answer
    return json.loads(answer)


def encoded(file):
    return {"b64": base64.b64encode(file).decode()}


def test_files_by_row(photo_server, photo_file, expected):
    rows = post(photo_server, "predict", {"instances": [encoded(photo_file)] * 2})["predictions"]
    for row in rows:
        assert row["classes"] == [label.decode() for label in expected["classes"][0]]
        assert row["scores"] == pytest.approx(expected["scores"][0].tolist(), abs=1e-6)


def test_files_by_column(photo_server, photo_file, expected):
    outputs = post(photo_server, "predict", {"inputs": {"image_bytes": [encoded(photo_file)]}})["outputs"]
    assert outputs["scores"][0] == pytest.approx(expected["scores"][0].tolist(), abs=1e-6)


def test_examples_are_classified(photo_server, photo_file, expected):
    body = {"signature_name": "serving_example", "examples": [{"image/encoded": encoded(photo_file)}]}
    [classes] = post(photo_server, "classify", body)["results"]
    assert [label for label, _ in classes] == [label.decode() for label in expected["classes"][0]]
    assert [score for _, score in classes] == pytest.approx(expected["scores"][0].tolist(), abs=1e-6)


def test_pixels_as_bytes_and_as_floats_are_the_same(photo_server):
    pixels = np.random.default_rng(3).integers(0, 256, (2, 32, 32, 3)).tolist()
    whole = post(photo_server, "predict", {"signature_name": "serving_images_uint8", "instances": pixels})
    floats = post(photo_server, "predict", {"signature_name": "serving_images", "instances": pixels})
    assert np.shape(whole["predictions"]) == (2, 3)
    np.testing.assert_allclose(whole["predictions"], floats["predictions"], atol=1e-6)
    np.testing.assert_allclose(np.sum(whole["predictions"], axis=1), 1, atol=1e-5)


def test_the_metadata_name_all_signatures(photo_server):
    metadata = json.loads(ask(photo_server.rest_port, "GET", f"{MODEL}/metadata")[2])["metadata"]
    assert sorted(metadata["signature_def"]["signature_def"]) == [
        *("serving_default", "serving_example", "serving_images", "serving_images_uint8"),
    ]
