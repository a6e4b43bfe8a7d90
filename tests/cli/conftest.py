"""The command line, called as a user calls it, and a small run made by it."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from small_photos import write_photos

from effnetv2_keras.cli.main import main


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


def effnetv2(*words):
    """Runs a command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(word) for word in words])
            code = 0
        except SystemExit as end:
            code = end.code or 0
    return Done(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def cli():
    """Runs a command line in this process and returns its exit code, output and error output."""
    return effnetv2


@pytest.fixture(scope="session")
def python():
    """Runs Python in a process of its own."""

    def python(*words):
        done = subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, check=False)
        return Done(done.returncode, done.stdout, done.stderr)

    return python


@pytest.fixture(scope="session")
def session(tmp_path_factory, tiny_model_file):
    """A folder with photos, a run trained on them and both exports, and what the commands said."""
    folder = tmp_path_factory.mktemp("session")
    write_photos(folder / "photos" / "train", 8)
    write_photos(folder / "photos" / "test", 3, seed=1)
    words = f"train {folder}/photos --model {tiny_model_file} --progressive 32:48/2 --epochs 4 --batch-size 8"
    options = "--learning-rate 0.01 --crop-area 0.5:1 --randaugment 1:3 --dropout 0:0.1"
    command = (*words.split(), *options.split(), "--out", folder / "run")
    trained = effnetv2(*command)
    words = "--to saved_model --to tflite --precision float32 --name photos"
    exported = effnetv2("export", folder / "run", *words.split())
    return Session(folder, command, trained, exported)


@dataclass(frozen=True)
class Session:
    """Paths of a small session and what its commands said."""

    folder: Path
    command: tuple
    trained: Done
    exported: Done

    @property
    def photos(self):
        return self.folder / "photos"

    @property
    def run(self):
        return self.folder / "run"

    def model(self, kind):
        """The path of a form of the model: "run", "saved_model" or "tflite"."""
        exports = self.run / "export"
        return {"run": self.run, "saved_model": exports / "photos", "tflite": exports / "photos.tflite"}[kind]
