import logging
import os

import pytest
from serving_models import LABEL, write_half_plus

os.environ.setdefault("GRPC_VERBOSITY", "ERROR")


@pytest.fixture(scope="session")
def half_plus(tmp_path_factory):
    """Folders of models with one version 123: half_plus_two and half_plus_three."""
    base = tmp_path_factory.mktemp("models")
    logger = logging.getLogger("tensorflow")
    logger.setLevel(logging.ERROR)  # its own builder is deprecated
    for name, addend in (("half_plus_two", 2.0), ("half_plus_three", 3.0)):
        write_half_plus(base / name / "123", addend)
    return base


@pytest.fixture(scope="session")
def half_plus_server(half_plus):
    """A server with half_plus_two under three names, on free ports."""
    from effnetv2_keras.serving.model_server import ModelServer
    from effnetv2_keras.serving.model_source import ModelSource
    from effnetv2_keras.serving.server_options import ServerOptions

    names = ("saved_model_half_plus_two_2_versions", "default", "half_plus_two")
    models = tuple(ModelSource(name, half_plus / "half_plus_two", labels={LABEL: 123}) for name in names)
    options = ServerOptions(
        models=models, rest_api_port=0, port=0, metrics_path="/monitoring/prometheus/metrics", max_body_bytes=2**20
    )
    with ModelServer(options) as server:
        yield server
