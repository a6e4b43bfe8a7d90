"""`effnetv2 weights`, called as a user calls it, on files that keras.applications and we wrote."""

import hashlib
import subprocess
import sys

import keras
import pytest
from small_applications import build_applications

from effnetv2_keras.configs import registry
from effnetv2_keras.models import create_model


@pytest.fixture(scope="module")
def b0(tmp_path_factory):
    """A file of keras.applications' EfficientNetV2B0 with seven classes."""
    path = tmp_path_factory.mktemp("weights") / "b0.weights.h5"
    build_applications("EfficientNetV2B0").save_weights(path)
    keras.backend.clear_session()
    return path


def cells(done):
    """Returns the rows of a table without a header."""
    rows = [line.split("│")[1:-1] for line in done.out.splitlines() if line.startswith("│")]
    return {row[0].strip(): row[1].strip() for row in rows}


def test_list_says_what_weights_were_trained_with(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    kept = tmp_path / "models/effnetv2_keras/efficientnetv2-s-imagenet21k.weights.h5"
    kept.parent.mkdir(parents=True)
    kept.touch()
    done = cli("weights", "list", "--filter", "v2-s")
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.out.splitlines() if "v2-s:" in line]
    assert rows == [
        ["efficientnetv2-s:imagenet", "1,000", "symmetric", "v2", "384", ""],
        ["efficientnetv2-s:imagenet21k", "21,843", "symmetric", "v2", "384", "yes"],
        ["efficientnetv2-s:imagenet21k-ft1k", "1,000", "inception", "finetune", "384", ""],
    ]
    assert cli("weights", "list", "--filter", "v9").code == 2


def test_list_loads_no_framework():
    code = "import sys; from effnetv2_keras.cli.main import main\n"
    code += "try: main(['weights', 'list'])\nexcept SystemExit: pass\n"
    code += "print('keras' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False False"


def test_inspect_names_the_format_the_network_and_the_classes(cli, b0):
    done = cli("weights", "inspect", b0)
    assert done.code == 0
    assert cells(done) == {
        "format": "keras.applications",
        "fits": "efficientnetv2-b0",
        "classes": "7",
        "numbers": "5,928,279 in 361 tensors",
        "asks for": "nothing: see its network",
        "released as": "not known",
    }


def test_convert_finds_the_network_and_says_what_it_wrote(cli, b0, tmp_path):
    target = tmp_path / "ours.weights.h5"
    digest = hashlib.sha256(b0.read_bytes()).hexdigest()
    done = cli("weights", "convert", b0, target, "--sha256", digest)
    assert (done.code, done.out) == (0, f"wrote {target}: efficientnetv2-b0, 7 classes, pixels imagenet\n")
    assert create_model("efficientnetv2-b0", weights=target).output_shape == (None, 7)
    found = cells(cli("weights", "inspect", target))
    assert (found["format"], found["fits"]) == ("effnetv2_keras", "efficientnetv2-b0")
    assert found["asks for"] == "pixels imagenet, padding tf, bn_epsilon 0.001"


def test_mistakes_are_one_sentence(cli, b0, tmp_path, tiny_model_file):
    done = cli("weights", "convert", b0, tmp_path / "a.weights.h5", "--sha256", "0" * 64)
    assert (done.code, done.err.count("\n")) == (3, 1)
    assert "must have the SHA-256 000" in done.err
    done = cli("weights", "convert", b0, tmp_path / "a.h5")
    assert (done.code, done.err) == (
        2,
        f"effnetv2: The converted file must be called *.weights.h5. Got: {tmp_path / 'a.h5'}.\n",
    )
    done = cli("weights", "convert", b0, tmp_path / "a.weights.h5", "--model", "efficientnetv2-s")
    assert done.code == 3
    assert "must hold exactly the weights of efficientnetv2-s." in done.err
    done = cli("weights", "inspect", tmp_path / "none.h5")
    assert (done.code, "a path that exists" in done.err) == (2, True)
    done = cli("weights", "convert", "efficientnetv2-s:advprop", tmp_path / "a.weights.h5")
    assert (done.code, "Got: 'advprop'." in done.err) == (2, True)
    small = tmp_path / "tiny.weights.h5"
    create_model(tiny_model_file, num_classes=3).save_weights(small)
    done = cli("weights", "convert", small, tmp_path / "a.weights.h5")
    assert (done.code, "they fit none of these." in done.err) == (2, True)
    assert not (tmp_path / "a.weights.h5").exists()
    assert "tiny" not in registry.CONFIGS
