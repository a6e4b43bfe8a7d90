"""What docs/methods/serving.md says, against a real server."""

import pytest
from pages import DOCS, blocks, execute, replaced

from effnetv2_keras.inference.answer import Photo
from effnetv2_keras.inference.predictor import load_predictor
from effnetv2_keras.serving.model_server import ModelServer
from effnetv2_keras.serving.model_source import ModelSource
from effnetv2_keras.serving.server_options import ServerOptions

PAGE = DOCS / "methods" / "serving.md"


def test_the_client_of_the_page_asks_by_a_label(photo_model, photo_file, tmp_path, monkeypatch):
    (tmp_path / "photo.jpg").write_bytes(photo_file)
    monkeypatch.chdir(tmp_path)
    source = ModelSource("photos", photo_model, labels={"stable": 1})
    with ModelServer(ServerOptions(models=(source,), rest_api_port=0, port=0)) as server:
        [code] = blocks(PAGE)
        names = execute(PAGE, replaced(code, {"localhost:8501": f"localhost:{server.rest_port}"}))
    [expected] = load_predictor(photo_model).answer([Photo("photo.jpg", photo_file)], 3)
    assert tuple(names["labels"]) == tuple(expected.labels)
    assert list(names["scores"]) == pytest.approx(list(expected.scores), abs=1e-6)
