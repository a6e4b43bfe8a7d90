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


@pytest.fixture(scope="session")
def photo_model(tmp_path_factory, tiny_model_file):
    """The folder of an exported classifier of blue, green and red, 32 px, version 1."""
    import keras

    from effnetv2_keras import Serving, create_model, export_saved_model

    keras.utils.set_random_seed(1)
    network = create_model(tiny_model_file, num_classes=3)
    folder = tmp_path_factory.mktemp("photos") / "photos"
    serving = Serving(batch_sizes=())
    export_saved_model(network, folder, labels=("blue", "green", "red"), image_size=32, serving=serving)
    return folder


@pytest.fixture(scope="session")
def photo_server(photo_model):
    """A server of that classifier under the name photos, which merges requests."""
    from effnetv2_keras.serving.batching import Batching
    from effnetv2_keras.serving.model_server import ModelServer
    from effnetv2_keras.serving.model_source import ModelSource
    from effnetv2_keras.serving.server_options import ServerOptions

    batching = Batching(max_batch_size=4, batch_timeout_micros=20_000, num_batch_threads=2, allowed_batch_sizes=(1, 4))
    options = ServerOptions(
        models=(ModelSource("photos", photo_model),),
        rest_api_port=0,
        port=0,
        batching=batching,
        metrics_path="/metrics",
        max_body_bytes=2**20,
    )
    with ModelServer(options) as server:
        yield server


@pytest.fixture(scope="session")
def photo_file():
    """The bytes of a JPEG, 40 x 30 px."""
    import io

    import numpy as np
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)).save(file, "JPEG")
    return file.getvalue()
