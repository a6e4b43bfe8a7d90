"""PyTorch's own files, written by PyTorch, against the networks that they were taken from.

Command: make test-peers        (KERAS_BACKEND=torch python -m pytest --noconftest tests/peers; about a minute)

It runs where PyTorch, torchvision and timm are installed and TensorFlow is not: ours answer on Keras's PyTorch backend.
"""

import argparse
import json
import logging

import keras
import numpy as np
import pytest
import timm
import torch
import torchvision
from safetensors.torch import save_file
from torch_weights import tensors_of

from effnetv2_keras.errors import DataError
from effnetv2_keras.models import create_model
from effnetv2_keras.models.weights.formats import open_weights

MEAN, DEVIATION = torch.tensor([123.675, 116.28, 103.53]), torch.tensor([58.395, 57.12, 57.375])


def alive(network, key):
    """Gives a network the weights that the goldens have under `key`, with which an image reaches its logits."""
    drawn = {name: torch.from_numpy(np.array(value)) for name, value in tensors_of(key).items()}
    network.load_state_dict(drawn)
    return network.eval()


def images(size):
    return np.random.default_rng(size).integers(0, 256, (2, size, size, 3)).astype("float32")


def assert_same_answers(model, network, mean=MEAN, deviation=DEVIATION):
    for size in (64, 97):
        pixels = (torch.from_numpy(images(size)) - mean) / deviation
        with torch.no_grad():
            theirs = network(pixels.permute(0, 3, 1, 2)).numpy()
            ours = keras.ops.convert_to_numpy(model(images(size)))
        assert np.abs(theirs[0] - theirs[1]).max() > 0.03 * np.abs(theirs).max()  # images matter
        assert np.abs(ours - theirs).max() < 1e-4 * np.abs(theirs).max()


@pytest.fixture(scope="module")
def b0():
    return alive(torchvision.models.efficientnet_b0(num_classes=10, weights=None), "torchvision/efficientnet_b0")


def test_keras_runs_on_pytorch():
    assert keras.backend.backend() == "torch"


@pytest.mark.parametrize("is_zipped", [True, False])
def test_torchvisions_file_gives_its_answers(b0, is_zipped, tmp_path):
    path = tmp_path / "b0.pth"
    torch.save(b0.state_dict(), path, _use_new_zipfile_serialization=is_zipped)
    assert_same_answers(create_model("efficientnet-b0", weights=path), b0)


def test_half_precision_is_read(b0, tmp_path):
    path = tmp_path / "b0.pt"
    halves = {name: value.half() if value.is_floating_point() else value for name, value in b0.state_dict().items()}
    torch.save(halves, path)
    kernel = keras.ops.convert_to_numpy(create_model("efficientnet-b0", weights=path).get_layer("logits").kernel)
    np.testing.assert_allclose(kernel.T, b0.classifier[1].weight.detach(), rtol=1e-3, atol=1e-6)


def test_the_average_in_a_file_of_torchvisions_training_is_taken_and_said(b0, tmp_path, caplog):
    average = torch.optim.swa_utils.AveragedModel(b0)
    other = torchvision.models.efficientnet_b0(num_classes=10, weights=None)
    path = tmp_path / "model_3.pth"
    arguments = argparse.Namespace(model="efficientnet_b0", lr=0.1)
    torch.save({"model": other.state_dict(), "model_ema": average.state_dict(), "args": arguments, "epoch": 3}, path)
    with caplog.at_level(logging.WARNING, logger="effnetv2_keras"):
        model = create_model("efficientnet-b0", weights=path)
    assert_same_answers(model, b0)
    assert "their moving average, model_ema" in caplog.text
    assert "n_averaged" in open_weights(path).ignored


def test_a_file_of_timms_training_says_which_network_it_is_of(tmp_path):
    network = alive(timm.create_model("tf_efficientnetv2_b0", num_classes=10), "timm/tf_efficientnetv2_b0")
    path = tmp_path / "model_best.pth.tar"
    wrapped = {f"module.{name}": value for name, value in network.state_dict().items()}
    state = {"epoch": 1, "arch": "tf_efficientnetv2_b0", "state_dict": wrapped, "args": argparse.Namespace(lr=0.1)}
    torch.save(state, path)
    assert_same_answers(create_model("efficientnetv2-b0", weights=path), network)


def test_timms_own_repository_gives_its_answers(tmp_path):
    """As timm itself writes it for the hub."""
    network = timm.create_model("tf_efficientnet_b0.ap_in1k", pretrained=False, num_classes=10)
    alive(network, "timm/tf_efficientnet_b0")
    timm.models.save_for_hf(network, tmp_path, safe_serialization=True)
    assert json.loads((tmp_path / "config.json").read_text())["architecture"] == "tf_efficientnet_b0"
    half = torch.tensor(127.5)
    assert_same_answers(create_model("efficientnet-b0", weights=tmp_path / "model.safetensors"), network, half, half)


def test_safetensors_of_pytorch_give_its_answers(b0, tmp_path):
    path = tmp_path / "b0.safetensors"
    save_file(b0.state_dict(), path)
    assert_same_answers(create_model("efficientnet-b0", weights=path), b0)


def test_a_file_with_more_than_tensors_is_refused(b0, tmp_path):
    path = tmp_path / "whole.pth"
    torch.save(b0, path)
    with pytest.raises(DataError, match=r"must hold tensors alone: anything else could run foreign code"):
        open_weights(path)


def test_damaged_files_and_files_without_weights_are_refused(b0, tmp_path):
    path = tmp_path / "b0.pth"
    torch.save(b0.state_dict(), path)
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(DataError, match="must be a whole file of PyTorch"):
        open_weights(path)
    torch.save({"epoch": 3, "optimizer": {}}, path)
    with pytest.raises(DataError, match=r"must hold a state dict, alone or under .*\. Got: epoch, optimizer\."):
        open_weights(path)
    torch.save([1, 2], path)
    with pytest.raises(DataError, match=r"Got: list\."):
        open_weights(path)
