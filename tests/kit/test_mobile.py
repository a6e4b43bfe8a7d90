"""The page for phones, held against a real file and against the steps it asks for."""

import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from effnetv2_keras.export.lite.options import LiteOptions
from effnetv2_keras.export.tflite import export_tflite
from effnetv2_keras.inference.lite_contents import read_lite_contents

PAGE = (Path(__file__).parents[2] / "export" / "mobile" / "README.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| (.+?) \| (.+) \|$", PAGE, re.M))
CODE = {language: re.findall(rf"```{language}\n(.*?)```", PAGE, re.S) for language in ("kotlin", "swift")}
LABELS = ("blau", "grün", "red")


@pytest.fixture(scope="module")
def file(tiny_classifier, tmp_path_factory):
    """An export with everything left at its default."""
    path = tmp_path_factory.mktemp("phone") / "photos.tflite"
    export_tflite(tiny_classifier, path, labels=LABELS, image_size=32)
    yield path
    keras.backend.clear_session()


def described(end, letters):
    """Writes an end as the page does: `name`, type, shape."""
    shape = " x ".join(letters.get(place, str(side)) for place, side in enumerate(end.shape))
    return f"`{end.argument}`, {end.dtype}, {shape}"


def test_input_and_output_are_those_of_a_real_file(file):
    seen = read_lite_contents(file.read_bytes())
    assert described(seen.inputs[0], {1: "S", 2: "S"}) in ROWS["input"]
    assert described(seen.outputs[0], {1: "K"}) in ROWS["output"]


def test_what_other_options_give_is_said_too(tiny_classifier, tmp_path):
    path, options = tmp_path / "other.tflite", LiteOptions(output="logits")
    export_tflite(tiny_classifier, path, image_size=32, precision="float32", input="float32", options=options)
    seen = read_lite_contents(path.read_bytes())
    assert described(seen.inputs[0], {1: "S", 2: "S"}) in ROWS["with `--input float32`"]
    assert described(seen.outputs[0], {1: "K"}) in ROWS["output"].split("with `--logits`")[1]


def test_labels_and_preprocessing_are_where_the_page_says(file):
    seen = read_lite_contents(file.read_bytes())
    for name in re.findall(r"`(\w+\.txt)`", ROWS["labels"] + ROWS["part of the photo"]):
        assert name in seen.texts
    assert f"`{seen.texts['preprocessing.txt'].strip()}`" in ROWS["part of the photo"]
    assert seen.labels == LABELS


@pytest.mark.parametrize("command", [["unzip"], [sys.executable, "-m", "zipfile"]], ids=["unzip", "python"])
def test_the_labels_come_out_as_the_page_says(file, command, tmp_path):
    assert "unzip -p photos.tflite labels.txt > labels.txt" in PAGE
    if command == ["unzip"]:
        try:
            done = subprocess.run(["unzip", "-p", file, "labels.txt"], capture_output=True, check=False)
        except FileNotFoundError:
            pytest.skip("unzip is not installed")
        text = done.stdout.decode()
    else:
        subprocess.run([*command, "-e", file, tmp_path], check=True)
        text = (tmp_path / "labels.txt").read_text(encoding="utf-8")
    assert text == "blau\ngrün\nred\n"


def test_bytes_in_that_order_give_the_models_probabilities(file, tiny_classifier):
    """The steps of the plain code: squeeze, then red, green, blue of each pixel as bytes, row by row."""
    rng = np.random.default_rng(3)
    photo = Image.fromarray(rng.integers(0, 256, (60, 90, 3)).astype("uint8")).resize(
        (32, 32), Image.Resampling.BILINEAR
    )
    bytes_in_order = b"".join(bytes(photo.getpixel((x, y))) for y in range(32) for x in range(32))
    interpreter = Interpreter(str(file))
    interpreter.allocate_tensors()
    [image], [scores] = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.set_tensor(image["index"], np.frombuffer(bytes_in_order, np.uint8).reshape(image["shape"]))
    interpreter.invoke()
    logits = np.asarray(tiny_classifier(np.asarray(photo, "float32")[None]), np.float64)[0]
    expected = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    # default files are quantised: see the page on TFLite
    np.testing.assert_allclose(interpreter.get_tensor(scores["index"])[0], expected, atol=5e-2)


@pytest.mark.parametrize("language", ["kotlin", "swift"])
def test_the_code_is_whole_and_normalises_nothing(language):
    mediapipe, plain = CODE[language]
    for code in (mediapipe, plain):
        for pair in ("()", "{}", "[]"):
            assert code.count(pair[0]) == code.count(pair[1])
        assert "photos" in code
        assert re.search(r"255|127|128", code) is None
    assert "labels" not in mediapipe  # they are read from the file
    assert "labels" in plain


def test_kotlin_takes_red_then_green_then_blue():
    places = re.findall(r"bytes\.put\((.+?)\.toByte\(\)\)", CODE["kotlin"][1])
    assert places == ["(pixel shr 16)", "(pixel shr 8)", "pixel"]  # a pixel is 0xAARRGGBB
