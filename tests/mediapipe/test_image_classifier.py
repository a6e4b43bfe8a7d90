"""The real MediaPipe on our files.

Command: make test-mediapipe        (python -m pytest --noconftest tests/mediapipe, with MEDIAPIPE_FILES=FOLDER)

It runs where MediaPipe is installed and TensorFlow is not; `make_files.py` has written FOLDER before.
"""

import json
import os
from pathlib import Path

import mediapipe
import numpy as np
import pytest
from mediapipe.tasks.metadata import metadata_schema_py_generated as schema
from mediapipe.tasks.python import BaseOptions
from mediapipe.tasks.python.vision import ImageClassifier, ImageClassifierOptions
from PIL import Image

FOLDER = Path(os.environ["MEDIAPIPE_FILES"])
MODELS = sorted(FOLDER.glob("*.tflite"))
KNOWN = json.loads((FOLDER / "answers.json").read_text())
# fmt: off
#             largest difference of a probability on photos that are not resized
TOLERANCE = {
    "float32":  1e-5,
    "float16":  5e-3,
    "dynamic":  5e-2,
    "hybrid":   5e-2,
    "int16x8":  5e-2,
    "int8":     1e-1,
}
# fmt: on


def pixels(name):
    return np.asarray(Image.open(FOLDER / "photos" / name).convert("RGB"))


def is_square(answer):
    return pixels(answer["photo"]).shape[:2] == (KNOWN["side"], KNOWN["side"])


def classify(path):
    """Returns what MediaPipe says of every photo: names and scores, best first."""
    options = ImageClassifierOptions(base_options=BaseOptions(model_asset_path=str(path)), max_results=3)
    found = []
    with ImageClassifier.create_from_options(options) as classifier:
        for answer in KNOWN["answers"]:
            image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=pixels(answer["photo"]))
            [head] = classifier.classify(image).classifications
            found.append({one.category_name: one.score for one in head.categories})
    return found


def test_there_are_files_of_every_precision():
    assert {path.stem for path in MODELS} == {f"{name}-{kind}" for name in TOLERANCE for kind in ("uint8", "float32")}


def test_the_photos_show_every_class():
    best = {max(answer["scores"], key=answer["scores"].get) for answer in KNOWN["answers"]}
    assert best == set(KNOWN["labels"]) == {"blau", "grün", "red"}
    assert {is_square(answer) for answer in KNOWN["answers"]} == {True, False}


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_mediapipe_gives_our_labels_and_scores(path):
    tolerance = TOLERANCE[path.stem.split("-")[0]]
    for answer, found in zip(KNOWN["answers"], classify(path), strict=True):
        expected = answer["scores"]
        assert next(iter(found)) == max(expected, key=expected.get)
        assert set(found) == set(KNOWN["labels"])
        if is_square(answer):  # another resize gives other pixels
            assert max(abs(found[name] - score) for name, score in expected.items()) < tolerance


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_the_tables_of_mediapipe_read_what_we_wrote(path):
    content = path.read_bytes()
    start = content.index(b"M001") - 4  # the identifier is the fifth byte of the metadata
    model = schema.ModelMetadataT.InitFromObj(schema.ModelMetadata.GetRootAs(content[start:], 0))
    [graph] = model.subgraphMetadata
    [image], [scores] = graph.inputTensorMetadata, graph.outputTensorMetadata
    [unit] = image.processUnits
    assert image.content.contentProperties.colorSpace == schema.ColorSpaceType.RGB
    assert (list(unit.options.mean), list(unit.options.std)) == ([0.0], [1.0])
    assert (list(image.stats.min), list(image.stats.max)) == ([0.0], [255.0])
    assert (image.name, scores.name) == (b"image", b"probabilities")
    assert [file.type for file in scores.associatedFiles] == [schema.AssociatedFileType.TENSOR_AXIS_LABELS]
    assert model.minParserVersion == b"1.0.0"
