"""smoke.py against a server that answers with a real export, by the rules of TF Serving's REST API that it needs."""

import base64
import io
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import tensorflow as tf
from PIL import Image

from effnetv2_keras.export.saved_model import export_saved_model
from effnetv2_keras.export.serving import Serving
from effnetv2_keras.export.session import ServedSession

SMOKE = Path(__file__).parents[2] / "export" / "smoke.py"


def rows_of(outputs):
    """Turns outputs into the rows that REST answers with."""
    text = {
        name: [[c.decode() if isinstance(c, bytes) else float(c) for c in row] for row in v]
        for name, v in outputs.items()
    }
    return [dict(zip(text, row, strict=True)) for row in zip(*text.values(), strict=True)]


@pytest.fixture(scope="module")
def session(tiny_classifier, labels, tmp_path_factory):
    serving = Serving(batch_sizes=())
    folder = tmp_path_factory.mktemp("served")
    export_saved_model(tiny_classifier, folder, labels=labels, image_size=32, serving=serving)
    with ServedSession(folder / "1") as session:
        yield session


@pytest.fixture
def server(session):
    """A server on a free port; `answers` may be changed by a test."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            states = [{"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}]
            self.reply(200, {"model_version_status": states})

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            files = [base64.b64decode(instance["b64"]) for instance in body["instances"]]
            try:
                self.reply(200, {"predictions": made.answers(files)})
            except tf.errors.InvalidArgumentError as error:
                self.reply(400, {"error": str(error)})

        def reply(self, code, answer):
            data = json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *words):
            pass

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.answers = lambda files: rows_of(session.run("serving_default", {"image_bytes": files}))
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def smoke(server, tmp_path):
    file = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(file, "JPEG")
    (tmp_path / "photo.jpg").write_bytes(file.getvalue())
    words = [
        sys.executable,
        str(SMOKE),
        f"http://127.0.0.1:{server.server_port}",
        "effnetv2",
        str(tmp_path / "photo.jpg"),
    ]
    return lambda: subprocess.run(words, capture_output=True, text=True, check=False)


def test_a_server_that_answers_well_passes(smoke, labels):
    done = smoke()
    assert (done.returncode, done.stderr) == (0, "")
    name, score = done.stdout.removeprefix("effnetv2 version 1: ").split()
    assert name in labels
    assert 1 / 3 <= float(score) <= 1


def test_a_server_that_takes_anything_for_an_image_fails(smoke, server):
    server.answers = lambda files: [{"classes": ["a"], "scores": [0.5]} for _ in files]
    done = smoke()
    assert done.returncode == 1
    assert done.stderr.startswith("A file that is no image must be refused by its place, with 400. Got: 200 ")


def test_a_server_that_loses_an_image_fails(smoke, server):
    server.answers = lambda files: [{"classes": ["a"], "scores": [0.5]}]
    done = smoke()
    assert done.returncode == 1
    assert done.stderr.startswith("Two photos must give two predictions. Got: 200 ")
