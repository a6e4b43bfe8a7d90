"""Small photos, and the smallest network of the family, for the rooms that need both."""

from __future__ import annotations

import importlib.util
import os

import numpy as np
import pytest
from small_photos import write_photos

# as `effnetv2 train` does it, so that runs in this process and in others compute the same
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

# what runs in environments of its own: `make test-jax`, `make test-peers`, `make test-mediapipe`, `make test-keras-cv`,
# `make test-scale`
collect_ignore = ["peers", "mediapipe"]
if os.environ.get("KERAS_BACKEND") != "jax":
    collect_ignore += ["jax", "jax_training"]
if importlib.util.find_spec("keras_cv") is None:
    collect_ignore.append("augment/test_keras_cv.py")
if importlib.util.find_spec("ray") is None or importlib.util.find_spec("apache_beam") is None:
    collect_ignore.append("scale")


TINY_MODEL = """\
name: tiny
stem: 8
head: 16
eval_size: 32
dropout: 0.1
drop_path: 0.1
stages:
  - [fused, 3, 2, 2, 8, 1]
  - [mbconv, 3, 2, 2, 12, 2, 0.25]
"""


@pytest.fixture
def photo_folder(tmp_path):
    """A folder of three classes with four photos each."""
    return write_photos(tmp_path / "photos", 4)


@pytest.fixture(scope="session")
def tiny_model_file(tmp_path_factory):
    """The YAML file of a network of a few thousand weights."""
    path = tmp_path_factory.mktemp("model") / "tiny.yaml"
    path.write_text(TINY_MODEL)
    return path


@pytest.fixture(scope="module")
def tiny_classifier(tiny_model_file):
    """A classifier of three classes with weights that tell images apart."""
    import keras

    from effnetv2_keras import Classifier, create_model

    keras.utils.set_random_seed(1)
    classifier = Classifier(create_model(tiny_model_file, num_classes=3))
    classifier.network.layers[-1].bias.assign([0.3, -0.2, 0.1])
    classifier.network.layers[-1].kernel.assign(np.random.default_rng(0).normal(0, 1, (16, 3)))
    return classifier
