"""What a trained model is, and the files it consists of. Loads no TensorFlow."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from effnetv2_keras.errors import DataError
from effnetv2_keras.files.digest import sha256_of
from effnetv2_keras.runs.run_directory import RunDirectory

Kind = Literal["tflite", "run", "saved_model"]


def locate_model(location: Path) -> tuple[Kind, Path]:
    """Says what a location is, and where exactly: of a folder of versions the highest counts.

    Raises:
        DataError: if it is no run directory, SavedModel folder (with or without its version) or TFLite file.
    """
    if not location.exists():
        raise DataError(f"No such file or directory: {location}.")
    if location.is_file() and location.suffix == ".tflite":
        return "tflite", location
    if RunDirectory(location).is_run:
        return "run", location
    folder = _newest_version(location)
    if folder is not None:
        return "saved_model", folder
    raise DataError(f"{location} must be a run directory, a SavedModel folder or a .tflite file. Got none of these.")


def model_sha256(location: Path) -> str:
    """Returns a SHA-256 over all that decides what a model answers, wherever it lies.

    Raises:
        DataError: if `location` is no model.
    """
    kind, place = locate_model(location)
    if kind == "tflite":
        return sha256_of(place)
    if kind == "run":
        run = RunDirectory(place)
        files = [run.model_file, run.recipe_file, run.labels_file, run.data_file, run.weights()]
    else:
        files = sorted(place.rglob("*"))
    digest = hashlib.sha256()
    for file in files:
        if file.is_file():
            digest.update(f"{file.relative_to(place).as_posix()}\0{sha256_of(file)}\n".encode())
    return digest.hexdigest()


def _newest_version(location: Path) -> Path | None:
    if (location / "saved_model.pb").is_file():
        return location
    versions = [entry for entry in location.iterdir() if entry.name.isdecimal()] if location.is_dir() else []
    inside = [entry for entry in versions if (entry / "saved_model.pb").is_file()]
    return max(inside, key=lambda entry: int(entry.name), default=None)
