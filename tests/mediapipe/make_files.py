"""Trains a small network, exports it in every precision, and notes what Keras says of some photos.

Command: python tests/mediapipe/make_files.py FOLDER      (under a minute; `make test-mediapipe` runs it)

MediaPipe wants other versions of things than TensorFlow, so it runs in an environment of its own and reads FOLDER:
<precision>-<input>.tflite, photos/*.png, and answers.json with the labels and the probabilities of the Keras model.
"""

import contextlib
import json
import sys
from pathlib import Path
from typing import get_args

from PIL import Image

from effnetv2_keras.cli.main import main
from effnetv2_keras.export.tflite import Precision, export_tflite
from effnetv2_keras.inference.answer import photos_of_files
from effnetv2_keras.inference.predictor import load_predictor

SUPPORT = Path(__file__).parents[1] / "support"
MODEL = """\
name: small
stem: 8
head: 32
dropout: 0.1
drop_path: 0.0
stages:
  - [fused, 3, 2, 2, 16, 1]
  - [mbconv, 3, 2, 4, 24, 2, 0.25]
"""
SIDE = 48  # px
NAMES = {"blue": "blau", "green": "grün", "red": "red"}  # a label may be written in any script
CALIBRATED = ("int8", "int16x8")
WIDE = (96, 48)  # px: MediaPipe squeezes the whole photo into the square, and so does "photos"


def train(folder: Path) -> Path:
    """Writes photos and trains on them; returns the run."""
    sys.path.insert(0, str(SUPPORT))
    from small_photos import write_photos

    write_photos(folder / "data" / "train", 40, side=SIDE)
    write_photos(folder / "data" / "test", 8, side=SIDE, seed=1)
    for part in ("train", "test"):
        for old, new in NAMES.items():
            (folder / "data" / part / old).rename(folder / "data" / part / new)
    (folder / "small.yaml").write_text(MODEL)
    words = f"train {folder}/data --model {folder}/small.yaml --image-size {SIDE} --epochs 4 --batch-size 8"
    with contextlib.suppress(SystemExit):  # the command line ends the process; `open_trained` sees whether it worked
        main([*words.split(), "--learning-rate", "0.02", "--randaugment", "0", "--out", f"{folder}/run"])
    return folder / "run"


def write_test_photos(folder: Path) -> list[Path]:
    """Writes the test photos as they are, and half of them wider."""
    (folder / "photos").mkdir()
    paths = []
    for number, path in enumerate(sorted((folder / "data" / "test").rglob("*.jpg"))):
        photo = Image.open(path).convert("RGB")
        paths.append(folder / "photos" / f"{number:02d}.png")
        (photo.resize(WIDE) if number % 2 else photo).save(paths[-1])
    return paths


def write_all(folder: Path) -> None:
    """Fills `folder`, which must be new."""
    folder.mkdir(parents=True)
    run = train(folder)
    for precision in get_args(Precision):
        for kind in ("uint8", "float32"):
            calibration = {"calibrate_on": folder / "data" / "train"} if precision in CALIBRATED else {}
            export_tflite(run, folder / f"{precision}-{kind}.tflite", precision=precision, input=kind, **calibration)
    paths = write_test_photos(folder)
    model = load_predictor(run)
    answers = [
        {
            "photo": path.name,
            "scores": dict(zip(answer.labels, answer.scores, strict=True)),
        }
        for path, answer in zip(paths, model.answer(list(photos_of_files(paths)), top=3), strict=True)
    ]
    (folder / "answers.json").write_text(json.dumps({"side": SIDE, "labels": model.labels, "answers": answers}))


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
