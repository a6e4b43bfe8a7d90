import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from effnetv2_keras.inference.lite_contents import read_lite_contents

KIT = Path(__file__).parents[2] / "export"
EXAMPLES = Path(__file__).parents[2] / "examples"


def test_says_what_it_wrote_and_where(session):
    assert session.exported.code == 0
    served, phone = session.exported.out.splitlines()
    assert served.startswith(f"wrote {session.run}/export/photos/1  ")
    assert phone.startswith(f"wrote {session.run}/export/photos.tflite  ")
    for line in (served, phone):
        assert " MB, 48 px, within " in line
        assert line.endswith(" of the Keras model")


@pytest.mark.parametrize(
    ("second", "package", "extra"), [("tflite", "ai_edge_quantizer", "tflite"), ("onnx", "tf2onnx", "onnx")]
)
def test_what_is_not_installed_is_said_before_anything_is_written(
    cli, session, tmp_path, monkeypatch, second, package, extra
):
    monkeypatch.setitem(sys.modules, package, None)
    done = cli("export", session.run, "--to", "saved_model", "--to", second, "--out", tmp_path / "new")
    assert done.code == 2
    assert f"pip install 'effnetv2_keras[{extra}]'" in done.err
    assert not (tmp_path / "new").exists()


def test_another_export_is_another_version_in_another_place_and_size(cli, session, tmp_path):
    done = cli("export", session.run, "--to", "saved_model", "--out", tmp_path, "--name", "x", "--image-size", 32)
    assert done.code == 0
    assert done.out.startswith(f"wrote {tmp_path}/x/1  ")
    assert " 32 px, " in done.out
    assert (tmp_path / "x" / "1" / "saved_model.pb").is_file()


def test_a_smaller_precision_is_a_smaller_file(cli, session, tmp_path):
    done = cli("export", session.run, "--to", "tflite", "--out", tmp_path, "--precision", "float16")
    assert done.code == 0
    assert (tmp_path / "run.tflite").is_file()


def test_int8_is_measured_on_images_that_it_is_not_calibrated_on(cli, session, tmp_path):
    asked = ("--precision", "int8", "--calibrate-on", session.photos, "--max-accuracy-drop", 0.5)
    done = cli("export", session.run, "--to", "tflite", "--out", tmp_path, *asked)
    assert done.code == 0, done.err
    assert "int8 against the Keras model, on the validation images" in done.out
    told = json.loads((tmp_path / "run.parity.json").read_text(encoding="utf-8"))
    assert [(one["name"], one["num_images"]) for one in told["sets"]] == [("plain", 9), ("shifted", 9)]
    for one in told["sets"]:
        assert f"{one['agreement']:.2%}" in done.out
    size, wrote = [line for line in done.out.splitlines() if line.startswith(("0.", "wrote "))]
    assert size.endswith(" of its CPU time on this machine")
    assert wrote.startswith(f"wrote {tmp_path}/run.tflite  ")
    assert cli("predict", tmp_path / "run.tflite", session.photos / "test").code == 0


def test_logits_of_float_pixels_are_given_where_they_are_asked_for(cli, session, tmp_path):
    asked = ("--precision", "float32", "--logits", "--input", "float32")
    done = cli("export", session.run, "--to", "tflite", "--out", tmp_path, *asked)
    assert done.code == 0, done.err
    seen = read_lite_contents((tmp_path / "run.tflite").read_bytes())
    assert [(one.argument, one.dtype) for one in (*seen.inputs, *seen.outputs)] == [
        ("image", "float32"),
        ("logits", "float32"),
    ]


@pytest.mark.parametrize("precision", ["int8", "int16x8"])
def test_refuses_int8_without_images_before_anything_is_written(cli, session, tmp_path, precision):
    words = ("--to", "saved_model", "--to", "tflite", "--precision", precision, "--out", tmp_path)
    done = cli("export", session.run, *words)
    assert (done.code, done.err) == (
        2,
        f"effnetv2: `--calibrate-on` must give images for a TFLite file in {precision}. Got: none.\n",
    )
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_loses_too_much_is_shown_and_refused_and_forced(cli, session, tmp_path, monkeypatch):
    from effnetv2_keras.export.lite import lite_parity

    # so small a network is right in int8 as well: count the smallest gain as a loss
    monkeypatch.setattr(lite_parity.SetParity, "exceeds", lambda self, most: True)
    words = ("export", session.run, "--to", "tflite", "--out", tmp_path, "--calibrate-on", session.photos)
    done = cli(*words)
    assert done.code == 2
    assert "hybrid against the Keras model" in done.out
    assert "lets a hybrid file lose 0.01 of top-1. Got: " in done.err
    assert "Try: take float16" in done.err
    assert not (tmp_path / "run.tflite").exists()
    forced = cli(*words, "--force")
    assert forced.code == 0
    assert "note: `max_accuracy_drop` lets a hybrid file lose 0.01 of top-1" in forced.out


def test_a_precision_goes_to_the_artefact_that_can_have_it(cli, session, tmp_path):
    done = cli(
        *("export", session.run, "--to", "saved_model", "--to", "onnx", "--out", tmp_path, "--name", "x"),
        *("--precision", "bfloat16", "--version", 7, "--top-k", 2, "--batch-sizes", "1,4", "--formats", "jpeg,png"),
        *("--features", "--check-on", session.photos / "test" / "red"),
    )
    assert done.code == 0, done.err
    served, onnx = done.out.splitlines()
    assert served.startswith(f"wrote {tmp_path}/x/7  ")
    assert onnx.startswith(f"wrote {tmp_path}/x.onnx  ")
    manifest = json.loads((tmp_path / "x" / "7" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["precision"] == "bfloat16"
    assert manifest["formats"] == ["jpeg", "png"]
    assert manifest["warmup"] == {"batch_sizes": [1, 4], "requests": 10}
    assert manifest["signatures"]["serving_default"]["outputs"]["scores"] == {"dtype": "float32", "shape": [-1, 2]}
    assert manifest["signatures"]["serving_features"]["outputs"] == {
        "features": {"dtype": "float32", "shape": [-1, 16]}
    }
    assert manifest["parity"]["num_images"] == 5
    assert manifest["labels"] == ["blue", "green", "red"]
    assert manifest["metrics"]["num_training_images"] == 24


def test_refuses_a_precision_that_no_artefact_has(cli, session):
    done = cli("export", session.run, "--to", "saved_model", "--to", "onnx", "--precision", "dynamic")
    assert (done.code, done.err) == (
        2,
        "effnetv2: `--precision` must be one that the artefact can have "
        "(saved_model: float32, bfloat16; onnx: float32). Got: dynamic.\n",
    )


def test_refuses_batch_sizes_that_are_no_numbers(cli, session):
    done = cli("export", session.run, "--to", "saved_model", "--batch-sizes", "1;8")
    assert (done.code, done.err) == (
        2,
        "effnetv2: `--batch-sizes` must be whole numbers with commas between them. Got: 1;8.\n",
    )


@pytest.mark.parametrize(("script", "kind"), [("saved_model", "saved_model"), ("tflite", "tflite")])
def test_the_examples_classify_with_an_artefact_without_this_package(session, script, kind):
    path = session.model(kind) / "1" if kind == "saved_model" else session.model(kind)
    program = (
        f"import runpy, sys; sys.argv = ['x', {str(path)!r}, {str(session.photos / 'test')!r}]; "
        f"runpy.run_path({str(EXAMPLES / f'classify_{script}.py')!r}, run_name='__main__'); "
        "assert not any(name.startswith('effnetv2_keras') for name in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 9


@pytest.mark.parametrize(("script", "made"), [("to_saved_model", "served/1"), ("to_tflite", "served")])
def test_the_scripts_of_the_kit_do_the_same(session, script, made, tmp_path, monkeypatch, capsys):
    words = [script, str(session.run), str(tmp_path / "served"), "--image-size", "32"]
    monkeypatch.setattr(sys, "argv", words + (["--batch-sizes"] if script == "to_saved_model" else []))
    runpy.run_path(str(KIT / f"{script}.py"), run_name="__main__")
    assert f"path=PosixPath('{tmp_path}/{made}')" in capsys.readouterr().out
    assert (tmp_path / made).exists()


def test_refuses_what_is_no_run(cli, tmp_path):
    done = cli("export", tmp_path, "--to", "tflite")
    assert done.code == 3
    assert done.err == f"effnetv2: {tmp_path} must be a run directory (it has settings.yaml). Got none.\n"


def test_refuses_a_size_below_the_smallest(cli, session):
    done = cli("export", session.run, "--to", "tflite", "--image-size", 16)
    assert (done.code, done.err) == (2, "effnetv2: `image_size` must be at least 32 px. Got: 16.\n")
